"""One trial: the ions in spine and dendrite, and the channels that are open."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import xarray as xr

from ...particles import Particles, Simulation
from ...results import Progress
from .geometry import Place
from .parameters import Parameters
from .spine import IN_SPINE, LUMEN, ryr_model

EVERY = 1e-5  # s; interval of what peaks and areas are read from
KEPT = 10  # of which one in so many is kept


def new_simulation(p: Parameters, place: Place, seed: int, trial: int) -> Simulation:
    """Return the simulation of a trial; places of the receptors have streams of their own."""
    key = int(np.random.SeedSequence([seed, crc32(place.name.encode())]).generate_state(1)[0])
    return Simulation(ryr_model(p, place.anatomy), Particles(dt=p.dt, voxel=p.voxel), seed=key, trial=trial)


def run_trial(p: Parameters, place: Place, seed: int, trial: int, progress: Progress) -> xr.Dataset | None:
    """Run one trial; None if it was interrupted.

    Returns
    -------
    xarray.Dataset
        ``ions`` in the cytosol of spine and dendrite, ``spine`` those in the spine alone, ``lumen`` those in the
        apparatus, and ``vscc``, ``nmdar``, ``ryr`` that are open (time), every 0.1 ms; of values every 10 us ``peak``
        (ions), ``area`` (ions s) under the ions in time, ``open_ryr`` on average and ``any_ryr``, 1 if one opened.
    """
    result = new_simulation(p, place, seed, trial).run(p.duration, every=EVERY, progress=progress)
    if not result.complete:
        return None
    ions = result.number("Ca")
    inside = result.dataset["sampled"].sel(sampler=IN_SPINE).values
    names = [str(name) for name in result.dataset["species"].values]
    ryr = np.sum([result.number(name) for name in names if name.startswith("RyR_O_")], axis=0)
    looks = slice(None, None, KEPT)
    in_time = {
        "ions": (ions, "ions"), "spine": (inside, "ions"), "lumen": (result.number(LUMEN), "ions"),
        "vscc": (result.number("VSCC_O"), "channels"), "nmdar": (result.number("NMDAR_O"), "channels"),
        "ryr": (ryr, "channels"),
    }  # fmt: skip
    measures = {
        "peak": (ions.max(), "ions"), "area": (ions.sum() * EVERY, "ions s"),
        "open_ryr": (ryr.mean(), "channels"), "any_ryr": (ryr.any(), "1"),
    }  # fmt: skip
    return xr.Dataset(
        {
            **{name: ("time", values[looks], {"units": unit}) for name, (values, unit) in in_time.items()},
            **{name: ((), float(value), {"units": unit}) for name, (value, unit) in measures.items()},
        },
        {"time": ("time", result.time[looks], {"units": "s"})},
    )
