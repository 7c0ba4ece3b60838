"""What MCell counts, and the frames that it writes."""

from __future__ import annotations

import re

from ....model import Model, Sampler
from ..expressions import plain
from .space import WORLD, box_name, parts

MOST_FRAMES = 100


def counts(model: Model, every: float) -> list[str]:
    """Return the block of counts: species, named reactions and samplers, at an interval (s)."""
    columns = [f'COUNT[{name}, WORLD]:"{name}"' for name in model.species_names]
    columns += [f'COUNT[{r.name}, WORLD]:"{r.name}"' for r in model.reactions if r.name]
    columns += [_box_count(model, number, sampler) for number, sampler in enumerate(model.samplers)]
    return [
        'sprintf(seed_name, "%05g", SEED)',
        "REACTION_DATA_OUTPUT {",
        f" STEP = {plain(every)}",
        ' HEADER = "# "',
        " {",
        "  " + ",\n  ".join(columns),
        ' } => "seed_" & seed_name & "/counts.dat"',
        "}",
    ]


def _box_count(model: Model, number: int, sampler: Sampler) -> str:
    label = re.sub(r"\s+", "_", sampler.name)
    inner = {hole for part in parts(model) for hole in part.holes}
    if sampler.species in model.surface_species:
        inner = set()  # MCell counts surface molecules on their own object only, others within all around them
    whole = [part.name for part in parts(model) if part.name not in inner]
    places = whole if sampler.within is None else [box_name(number)]
    terms = " + ".join(f"COUNT[{sampler.species}, {WORLD}.{place}]" for place in places)
    return f'{terms}:"{label}"'


def frames(iterations: int, interval: float) -> list[str]:
    """Return the blocks of frames, at most 100 of them, at an interval in iterations."""
    step = max(round(interval), -(-iterations // MOST_FRAMES))
    chosen = f"ITERATION_NUMBERS {{ ALL_DATA @ [[0 TO {iterations} STEP {step}]] }}"
    return [
        f'VIZ_OUTPUT {{ MODE = {mode} FILENAME = "seed_" & seed_name & "/{folder}/scene" '
        f"MOLECULES {{ NAME_LIST {{ ALL_MOLECULES }} {chosen} }} }}"
        for mode, folder in (("ASCII", "ascii"), ("CELLBLENDER", "cellbin"))
    ]
