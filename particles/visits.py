"""Who is where since when: lists of visits to zones and regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from ..model import Model
from .kernels.state import FULL, VISITS, Visits

#: Finished visits for which a page has room at first.
ROWS = 4096


class Diary:
    """Follows the visits of a run; the kernels write a page per chunk.

    Parameters
    ----------
    model : Model
        The model with its residences.
    slots : int
        Slots of the store of molecules.
    """

    def __init__(self, model: Model, slots: int) -> None:
        self._names = [residence.name for residence in model.residences]
        self._page = new_page(len(self._names), slots)
        self._now = self._page
        self._visits = np.zeros((3, 0), np.int64)

    def page(self, slots: int) -> Visits:
        """Return a page on which a chunk can be written, with room for all slots."""
        self._page = with_room(self._page, slots, self._page.entry.size)
        self._now = self._page._replace(
            visitor=self._page.visitor.copy(), since=self._page.since.copy(), counters=np.zeros(2, np.int64)
        )
        return self._now

    def grow(self) -> bool:
        """Make longer pages if the last one was too short; returns whether it was."""
        if not self._now.counters[FULL]:
            return False
        slots, rows = self._page.visitor.shape[1], self._page.entry.size
        self._page = with_room(self._page, slots, 2 * rows)
        return True

    def keep(self) -> None:
        """Take up what the last chunk wrote."""
        self._page = self._now
        rows = slice(self._page.counters[VISITS])
        written = (self._page.residence[rows], self._page.entry[rows], self._page.steps[rows])
        self._visits = np.concatenate([self._visits, np.array(written, dtype=np.int64)], axis=1)

    def state(self) -> dict[str, ArrayLike]:
        """Return all that the rest of the run depends on, as arrays."""
        return {"visitor": self._page.visitor, "since": self._page.since, "visits": self._visits}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take up what another diary kept."""
        self._page = self._page._replace(visitor=state["visitor"], since=state["since"])
        self._visits = state["visits"]

    def to_dataset(self, step: int, dt: float) -> xr.Dataset:
        """Label all visits up to a step; see :meth:`~nanospine.results.Result.visits`."""
        which, slot = np.nonzero(self._page.visitor >= 0)
        since = self._page.since[which, slot]
        under_way = np.array([which, since, step - since])
        residence, since, steps = visits = np.concatenate([self._visits, under_way], axis=1)
        order = np.lexsort((since, residence, since + steps))
        residence, since, steps = visits[:, order]
        finished = order < self._visits.shape[1]
        return xr.Dataset(
            {
                "visit_residence": ("visit", residence),
                "visit_entry": ("visit", (since + 1) * dt, {"units": "s"}),
                "visit_duration": ("visit", steps * dt, {"units": "s"}),
                "visit_finished": ("visit", finished),
            },
            coords={"residence": np.array(self._names, dtype=str)},
        )


def new_page(residences: int, slots: int) -> Visits:
    """Return an empty page, with nobody anywhere yet."""
    return Visits(
        visitor=np.full((residences, slots), -1, dtype=np.int64),
        since=np.zeros((residences, slots), dtype=np.int64),
        residence=np.zeros(ROWS, np.int32),
        entry=np.zeros(ROWS, np.int64),
        steps=np.zeros(ROWS, np.int64),
        counters=np.zeros(2, np.int64),
    )


def with_room(page: Visits, slots: int, rows: int) -> Visits:
    """Return a page with room for more slots and finished visits."""

    def longer(array: NDArray[Any], size: int, empty: int) -> NDArray[Any]:
        if array.shape[-1] == size:
            return array
        wide = np.full((*array.shape[:-1], size), empty, dtype=array.dtype)
        wide[..., : array.shape[-1]] = array
        return wide

    return page._replace(
        visitor=longer(page.visitor, slots, -1),
        since=longer(page.since, slots, 0),
        residence=longer(page.residence, rows, 0),
        entry=longer(page.entry, rows, 0),
        steps=longer(page.steps, rows, 0),
    )
