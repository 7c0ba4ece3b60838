"""What MCell counts, and the frames that it writes."""

from __future__ import annotations

import re

from ....model import Model, Sampler
from ..boxes import CountedBox, counting_boxes
from ..expressions import plain
from .space import WORLD, parts

MOST_FRAMES = 100


def counts(model: Model, every: float) -> list[str]:
    """Return the block of counts: species, named reactions and samplers, at an interval (s)."""
    columns = [f'COUNT[{name}, WORLD]:"{name}"' for name in model.species_names]
    columns += [f'COUNT[{r.name}, WORLD]:"{r.name}"' for r in model.reactions if r.name]
    boxes = counting_boxes(model)
    columns += [_box_count(model, boxes.get(number), sampler) for number, sampler in enumerate(model.samplers)]
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


def _box_count(model: Model, box: CountedBox | None, sampler: Sampler) -> str:
    on_surface = sampler.species in model.surface_species
    if box is not None:
        # MCell counts surface molecules in a box only with all that it encloses.
        mode = ", ALL_ENCLOSED" if on_surface else ""
        terms = f"COUNT[{sampler.species}, {WORLD}.{box.name}{mode}]"
    else:
        inner = {hole for part in parts(model) for hole in part.holes}
        # Surface molecules are counted on their own object only, others within all around them.
        places = [part.name for part in parts(model) if on_surface or part.name not in inner]
        terms = " + ".join(f"COUNT[{sampler.species}, {WORLD}.{place}]" for place in places)
    return f'{terms}:"{label_of(sampler)}"'


def label_of(sampler: Sampler) -> str:
    """Return the label of a sampler's column."""
    return re.sub(r"\s+", "_", sampler.name)


def frames(iterations: int, interval: float) -> list[str]:
    """Return the blocks of frames, at most 100 of them, at an interval in iterations."""
    step = max(round(interval), -(-iterations // MOST_FRAMES))
    chosen = f"ITERATION_NUMBERS {{ ALL_DATA @ [[0 TO {iterations} STEP {step}]] }}"
    return [
        f'VIZ_OUTPUT {{ MODE = {mode} FILENAME = "seed_" & seed_name & "/{folder}/scene" '
        f"MOLECULES {{ NAME_LIST {{ ALL_MOLECULES }} {chosen} }} }}"
        for mode, folder in (("ASCII", "ascii"), ("CELLBLENDER", "cellbin"))
    ]
