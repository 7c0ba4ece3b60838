"""Trials of Fig. 7 whose every number is chosen, so that the analysis has known answers."""

from __future__ import annotations

import numpy as np
import xarray as xr

from nanospine.model.units import micromolar, molecules
from nanospine.scenarios.odonnell2011.fig7.analysis import combine, trial_name
from nanospine.scenarios.odonnell2011.fig7.head import BULK, OPEN, cube_name, spine_head
from nanospine.scenarios.odonnell2011.fig7.parameters import Parameters
from nanospine.scenarios.odonnell2011.fig7.trial import NEAR_PORE

INTERVAL = 1e-4
#: Share of the time that the channel is open, interval by interval, again and again.
OPENINGS = (0.0, 0.5, 1.0, 0.25, 0.0)
#: Events per second of each reaction that moves calcium, and the passages of the neck.
RATES = {"glun_in": 3e5, "ltype_in": 2e5, "pmca_leak": 1e4, "ncx_leak": 2e4, "pmca_out": 6e4, "ncx_out": 7e4}
NECK_OUT, NECK_IN = 9e5, 5e5
BEFORE_SETTLED = 1e6  # uM: spoils any average that does not leave the start out


def synthetic_trial(
    p: Parameters, volume: float, open_uM: dict[str, float], closed_uM: float = 0.5, free_sites: float = 1.0
) -> xr.Dataset:
    """Return a trial with given [Ca2+] (uM) per place while the channel is open, and one while it is closed.

    ``free_sites`` is the number of free sites per calbindin near the pore; 10 ions are there.
    """
    model = spine_head(p, volume)
    species, reactions = list(model.species_names), [step.name for step in model.steps]
    time = np.arange(round(p.duration / INTERVAL) + 1) * INTERVAL
    fraction = np.resize(OPENINGS, time.size)
    settled = time > p.settle + INTERVAL / 2
    places = [BULK, *(cube_name(d) for d in p.distances)]
    sizes = [volume, *(p.cube_edge**3 for _ in p.distances)]
    opened = np.where(settled[:, None], [open_uM[place] for place in places], BEFORE_SETTLED)
    closed = np.where(settled[:, None], closed_uM, BEFORE_SETTLED)
    share = np.repeat(fraction[:, None], len(places), axis=1)
    per_uM = np.array([molecules(1.0, size) for size in sizes])
    number = np.zeros((time.size, len(species)), dtype=np.int64)
    number[:, species.index(OPEN)] = fraction >= 0.5
    for name, value in (("Ca", 5), ("CB_00", 200), ("CB_22", 50), ("CaM_00", 60), ("IB", 30), ("P0", 250), ("N0", 35)):
        number[:, species.index(name)] = value
    event = np.outer(time, [RATES.get(name, 0.0) for name in reactions]).round().astype(np.int64)
    near = np.zeros(len(species))
    near[[species.index(name) for name in ("CB_20", "CB_22", "Ca")]] = free_sites / 2, 1 - free_sites / 2, 10.0
    return xr.Dataset(
        {
            "number": (("time", "species"), number),
            "event": (("time", "reaction"), event),
            "crossing": (("time", "boundary", "direction"), np.outer(time, [NECK_OUT, NECK_IN]).round()[:, None, :]),
            "sampled": (("time", "sampler"), (opened * share + closed * (1 - share)) * per_uM),
            "sampled_open": (("time", "sampler"), np.where(share > 0, opened, 0.0) * per_uM),
            "open_fraction": (("time", "sampler"), share),
            "near_pore": ("species", near),
            "near_pore_looks": ((), 7),
        },
        coords={
            "time": time,
            "species": species,
            "reaction": reactions,
            "boundary": ["neck/Ca"],
            "direction": ["out", "in"],
            "sampler": places,
        },
    )


def synthetic_run(
    p: Parameters, local_uM: dict[float, float], bulk_uM: float = 2.0, spread: float = 0.01
) -> xr.Dataset:
    """Return a run: [Ca2+] near the pore per volume, trials spread evenly by a relative ``spread`` about it."""
    trials = {}
    for volume in p.volumes:
        for k, shift in enumerate(np.linspace(-spread, spread, p.trials)):
            local = {cube_name(d): local_uM[volume] * (1 + shift) / (1 + 10 * d) for d in p.distances}
            trials[trial_name(volume, k)] = synthetic_trial(p, volume, {BULK: bulk_uM, **local})
    return combine(trials, p.volumes, p.trials)


def ions_near_pore_uM(ions: float) -> float:
    """Return the concentration of ions in the half ball around the pore."""
    return micromolar(ions, 2 / 3 * np.pi * NEAR_PORE**3)
