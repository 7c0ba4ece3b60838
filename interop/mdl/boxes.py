"""Molecules in counting boxes at single times, as MCell counts them."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ...model import Box, Model
from ...particles.output import Snapshot


class BoxWatch:
    """An observer that counts the molecules in the boxes of a model's samplers.

    Samplers themselves report means over intervals.

    Parameters
    ----------
    model : Model
        What is run.
    """

    def __init__(self, model: Model) -> None:
        self._boxes = [
            (sampler.name, model.index(sampler.species), np.array(box.center), np.array(box.edges) / 2)
            for sampler in model.samplers
            for box in [sampler.within]
            if isinstance(box, Box)
        ]
        self._rows: list[list[int]] = []

    def __call__(self, snapshot: Snapshot) -> None:
        """Count at one time."""
        self._rows.append(
            [
                int((np.abs(snapshot.position[snapshot.species == species] - center) < half).all(axis=1).sum())
                for _, species, center, half in self._boxes
            ]
        )

    def counts(self) -> xr.DataArray:
        """Return the counts (time, box), boxes under the names of their samplers."""
        names = np.array([name for name, *_ in self._boxes], dtype=str)
        values = np.array(self._rows, dtype=np.int64).reshape(len(self._rows), len(self._boxes))
        return xr.DataArray(values, {"box": names}, ("time", "box"), attrs={"units": "molecules"})
