"""Boxes in which molecules are counted: as objects of MDL, and at single times, as MCell counts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...model import Box, Model
from ...particles.output import Snapshot

#: By how much of their edges counting boxes are smaller: MCell refuses walls that lie in one plane and overlap.
SHRINK = 1e-4
#: Of corners (um), far below what boxes differ by: rounding there and back does not add up.
DECIMALS = 16
#: Distance (um) at which planes are not the same.
GAP = 1e-7

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CountedBox:
    """A box of samplers as MDL has it: somewhat smaller, so that it shares no plane with other boxes.

    Parameters
    ----------
    name : str
        Of the object.
    place : Box
        Of the samplers.
    shrink : float
        Factor of the edges.
    """

    name: str
    place: Box
    shrink: float

    @property
    def corners(self) -> tuple[list[float], list[float]]:
        """Lower and upper corner in MDL (um)."""
        center, half = np.array(self.place.center), self.shrink * np.array(self.place.edges) / 2
        return (center - half).round(DECIMALS).tolist(), (center + half).round(DECIMALS).tolist()

    def shares_a_plane(self, other: CountedBox) -> bool:
        """Say whether a face lies in the plane of one of another box, and they overlap there."""
        (low, high), (other_low, other_high) = (np.array(box.corners) for box in (self, other))
        same = np.abs(np.stack([low, high])[:, None] - np.stack([other_low, other_high])[None]).min(axis=(0, 1)) < GAP
        overlap = np.minimum(high, other_high) > np.maximum(low, other_low)
        return any(same[axis] and np.delete(overlap, axis).all() for axis in range(3))


def counting_boxes(model: Model) -> dict[int, CountedBox]:
    """Return the boxes of the samplers that have one, by the sampler's number; samplers of one place share theirs."""
    made: dict[Box, CountedBox] = {}
    found: dict[int, CountedBox] = {}
    for number, sampler in enumerate(model.samplers):
        if not isinstance(sampler.within, Box):
            continue
        if sampler.within not in made:
            made[sampler.within] = _fitted(f"counting_box_{len(made) + 1}", sampler.within, list(made.values()))
        found[number] = made[sampler.within]
    return found


def _fitted(name: str, place: Box, others: list[CountedBox]) -> CountedBox:
    """Return the largest box that shares no plane with others."""
    candidates = (CountedBox(name, place, 1.0 - SHRINK * k) for k in count(1))
    return next(box for box in candidates if not any(box.shares_a_plane(other) for other in others))


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

    @property
    def has_boxes(self) -> bool:
        """Whether there is anything to count."""
        return bool(self._boxes)

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
