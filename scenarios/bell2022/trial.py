"""One trial of a spine: the ions in it, and what they do to the synapse."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import curve_fit

from ...geometry import Assembly
from ...model.units import molecules
from ...particles import Particles, Simulation
from ...plasticity import CONCENTRATION, CalciumControlRule
from ...results import CaReadout, Progress
from .parameters import Parameters
from .spines import CYTOSOL, NMDAR_OPEN, VSCC_OPEN, AnySpine, spine_model

EVERY = 1e-5  # s; interval of the ions that decays and weights are read from
KEPT = 10  # of which one in so many is kept


def new_simulation(p: Parameters, spine: AnySpine, seed: int, trial: int) -> Simulation:
    """Return the simulation of a trial; spines have streams of their own, by their names."""
    key = int(np.random.SeedSequence([seed, crc32(spine.name.encode())]).generate_state(1)[0])
    model = spine_model(p, spine.mesh, spine.regions)
    return Simulation(model, Particles(dt=p.dt, voxel=p.voxel), seed=key, trial=trial)


def run_trial(p: Parameters, spine: AnySpine, seed: int, trial: int, progress: Progress) -> xr.Dataset | None:
    """Run one trial; None if it was interrupted.

    Returns
    -------
    xarray.Dataset
        ``ions`` in the cytosol and ``vscc``, ``nmdar`` that are open (time), every 0.1 ms; ``peak`` (ions) and
        ``peak_time`` (s) of the ions at all time steps; ``decay`` (1/s) of an exponential from the peak to the end;
        ``weight`` and ``weight_uM`` at the end, by the rule in ions and in uM; ``peak_uM``.
    """
    simulation = new_simulation(p, spine, seed, trial)
    per_look = round(EVERY / p.dt)
    result = simulation.run(p.duration, every=p.dt, progress=progress)
    if not result.complete:
        return None
    inside = CYTOSOL if isinstance(simulation.model.mesh, Assembly) else None
    readout = result.readout("Ca", compartment=inside)
    ions = np.rint(readout.ions)
    peak = int(np.argmax(ions))
    looks = slice(None, None, per_look * KEPT)
    per_uM = molecules(1.0, readout.volume or 0.0)
    return xr.Dataset(
        {
            "ions": ("time", ions[looks], {"units": "ions"}),
            "vscc": ("time", result.number(VSCC_OPEN)[looks], {"units": "channels"}),
            "nmdar": ("time", result.number(NMDAR_OPEN)[looks], {"units": "channels"}),
            "peak": ((), float(ions[peak]), {"units": "ions"}),
            "peak_uM": ((), float(ions[peak] / per_uM), {"units": "uM"}),
            "peak_time": ((), float(result.time[peak]), {"units": "s"}),
            "decay": ((), decay(result.time[peak:], ions[peak:], per_look), {"units": "1/s"}),
            "weight": ((), weight(readout, CalciumControlRule()), {"units": "1"}),
            "weight_uM": ((), weight(readout, CONCENTRATION), {"units": "1"}),
        },
        {"time": ("time", result.time[looks], {"units": "s"})},
    )


def weight(readout: CaReadout, rule: CalciumControlRule) -> float:
    """Return the weight, 0 at the start, at the end of a readout."""
    return float(rule.respond(readout)[-1])


def decay(time: NDArray[np.float64], ions: NDArray[np.float64], per_look: int) -> float:
    """Return the rate (1/s) of the exponential a exp(-b t) fitted to the ions from their peak on; NaN if none fits."""
    whole = ions.size // per_look * per_look
    means = ions[:whole].reshape(-1, per_look).mean(axis=1)
    since = (time[:whole] - time[0]).reshape(-1, per_look).mean(axis=1)
    if means.size < 3:
        return float("nan")
    try:
        (_, rate), _ = curve_fit(lambda t, a, b: a * np.exp(-b * t), since, means, p0=(means[0] + 1.0, 200.0))
    except RuntimeError:
        return float("nan")
    return float(rate)
