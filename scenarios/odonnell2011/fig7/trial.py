"""One trial of Fig. 7, and the film of one channel opening."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ....model import Model
from ....particles import Particles, Simulation, Snapshot
from ....results import Progress, Trajectory
from .head import OPEN, spine_head
from .parameters import Parameters

#: Buffers within this distance (um) of the pore are looked at while the channel is open.
NEAR_PORE = 0.05
OUTPUT_INTERVAL = 1e-4  # s
FILM_BEFORE, FILM_AFTER, FILM_INTERVAL = 0.3e-3, 1.7e-3, 20e-6  # s


class NearPore:
    """An observer that counts the molecules near the pore while the channel is open."""

    def __init__(self, model: Model, pore: tuple[float, float, float], settle: float) -> None:
        self._pore = np.array(pore)
        self._settle = settle
        self._open = model.index(OPEN)
        self.number = np.zeros(len(model.species))
        self.looks = 0

    def __call__(self, snapshot: Snapshot) -> None:
        """Look, if the channel is open."""
        if snapshot.time < self._settle or not snapshot.number[self._open]:
            return
        near = np.linalg.norm(snapshot.position - self._pore, axis=1) < NEAR_PORE
        self.number += np.bincount(snapshot.species[near], minlength=self.number.size)
        self.looks += 1


def run_trial(p: Parameters, volume: float, seed: int, trial: int, progress: Progress) -> xr.Dataset | None:
    """Run one trial; None if it was interrupted.

    Returns
    -------
    xarray.Dataset
        That of :class:`~nanospine.results.Result`, with ``near_pore`` (species): mean number of molecules within
        50 nm of the pore while the channel is open, and ``near_pore_looks``, over how many looks.
    """
    simulation = new_simulation(p, volume, seed, trial)
    near_pore = NearPore(simulation.model, (0.0, 0.0, volume ** (1 / 3) / 2), p.settle)
    result = simulation.run(
        p.duration, every=OUTPUT_INTERVAL, observer=near_pore, observe_every=OUTPUT_INTERVAL, progress=progress
    )
    if not result.complete:
        return None
    mean = near_pore.number / max(near_pore.looks, 1)
    return result.dataset.assign(
        near_pore=("species", mean, {"units": "molecules"}), near_pore_looks=((), near_pore.looks)
    )


def new_simulation(p: Parameters, volume: float, seed: int, trial: int) -> Simulation:
    """Return the simulation of a trial; the same arguments give the same trial, ion by ion."""
    # Volumes have streams of their own: trial 0 of one volume is no neighbour of trial 0 of another.
    key = int(np.random.SeedSequence([seed, round(volume * 1e9)]).generate_state(1)[0])
    return Simulation(spine_head(p, volume), Particles(dt=p.dt, voxel=p.voxel), seed=key, trial=trial)


def first_opening(dataset: xr.Dataset) -> float | None:
    """Return when the channel is first found open (s), or None if never."""
    open_ = np.flatnonzero(dataset["number"].sel(species=OPEN).values > 0)
    return float(dataset["time"].values[open_[0]]) if open_.size else None


def film(
    p: Parameters, volume: float, seed: int, trial: int, opening: float, progress: Progress | None = None
) -> Trajectory:
    """Repeat a trial up to an opening and keep all positions around it.

    The channel opens as it did; buffers, which a look moves up to its time, take other steps, and so do ions with them.
    """
    start = max(0.0, opening - FILM_BEFORE)
    end = min(p.duration, opening + FILM_AFTER)
    frames = np.arange(start, end, FILM_INTERVAL)
    outputs = int(np.ceil(end / OUTPUT_INTERVAL))
    simulation = new_simulation(p, volume, seed, trial)
    result = simulation.run(outputs * OUTPUT_INTERVAL, every=OUTPUT_INTERVAL, frames=frames.tolist(), progress=progress)
    if not result.complete or result.trajectory is None:
        raise KeyboardInterrupt
    return result.trajectory
