"""The binding box of the MCell reference runs as a well-mixed stochastic process, for tests of statistics."""

from __future__ import annotations

import numpy as np
import xarray as xr

from nanospine.interop import label_counts

VOLUME_UM3 = 0.064
MOLECULES_PER_UM = 602.214076 * VOLUME_UM3
STEP, DURATION, EVERY = 2e-6, 4e-3, 25  # s, s, steps


def binding_box(seeds: int, rng: np.random.Generator, on: float = 100.0, off: float = 500.0) -> xr.DataArray:
    """Simulate Ca + B <-> CaB, 1000 of each at the start, with binomial steps much shorter than all times.

    Parameters
    ----------
    seeds : int
        Number of runs.
    rng : numpy.random.Generator
        Source of randomness.
    on, off : float
        1/(uM s) and 1/s.
    """
    free = np.full(seeds, 1000)
    rows = [free]
    for step in range(1, round(DURATION / STEP) + 1):
        bind = rng.binomial(free, on * free / MOLECULES_PER_UM * STEP)
        free = free - bind + rng.binomial(1000 - free, off * STEP)
        if step % EVERY == 0:
            rows.append(free)
    free_course = np.array(rows, dtype=float).T
    counts = np.stack([free_course, free_course, 1000 - free_course], axis=-1)
    time = np.arange(len(rows)) * EVERY * STEP
    return label_counts(time, counts, ["Ca", "B", "CaB"]).assign_coords(seed=np.arange(1, seeds + 1))
