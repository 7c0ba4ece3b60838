"""Who is where since when: lists of visits to zones and regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from ..model import Model
from .kernels.residences import FULL, VISITS, Residences
from .kernels.zones import ZONE
from .lowering.zones import accessible_volume, zone_row

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

    Raises
    ------
    GeometryError
        If a shell lies outside the mesh.
    """

    def __init__(self, model: Model, slots: int) -> None:
        self._names = [residence.name for residence in model.residences]
        self._page = new_page(model, slots)
        self._now = self._page
        self._visits = np.zeros((3, 0), np.int64)

    def page(self, slots: int) -> Residences | None:
        """Return a page on which a chunk can be written, with room for all slots; None if nothing is followed."""
        if not self._names:
            return None
        self._page = with_room(self._page, slots, self._page.visit_since.size)
        self._now = self._page._replace(
            visitor=self._page.visitor.copy(), since=self._page.since.copy(), counters=np.zeros(2, np.int64)
        )
        return self._now

    def grow(self) -> bool:
        """Make longer pages if the last one was too short; returns whether it was."""
        if not self._now.counters[FULL]:
            return False
        slots, rows = self._page.visitor.shape[1], self._page.visit_since.size
        self._page = with_room(self._page, slots, 2 * rows)
        return True

    def keep(self) -> None:
        """Take up what the last chunk wrote."""
        self._page = self._now
        rows = slice(self._page.counters[VISITS])
        written = (self._page.visit_residence[rows], self._page.visit_since[rows], self._page.visit_steps[rows])
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
        residence, since, steps = np.concatenate([self._visits, under_way], axis=1)
        finished = np.arange(residence.size) < self._visits.shape[1]
        return xr.Dataset(
            {
                "visit_residence": ("visit", residence),
                "visit_entry": ("visit", (since + 1) * dt, {"units": "s"}),
                "visit_duration": ("visit", steps * dt, {"units": "s"}),
                "visit_finished": ("visit", finished),
            },
            coords={"residence": np.array(self._names, dtype=str)},
        )


def new_page(model: Model, slots: int) -> Residences:
    """Lower what is followed, with nobody there yet."""
    mesh, n = model.mesh, len(model.residences)
    on_face = np.ones((n, len(mesh.faces)), dtype=bool)
    for row, residence in enumerate(model.residences):
        if residence.within is not None:
            accessible_volume(f"Residence {residence.name!r}", residence.within, mesh)
        if residence.region is not None:
            on_face[row] = False
            on_face[row, mesh.region_faces(residence.region)] = True
    return Residences(
        species=np.array([model.index(r.species) for r in model.residences], dtype=np.int32),
        zone=np.array([zone_row(r.within) for r in model.residences], dtype=np.float64).reshape(n, ZONE),
        on_face=on_face,
        visitor=np.full((n, slots), -1, dtype=np.int64),
        since=np.zeros((n, slots), dtype=np.int64),
        visit_residence=np.zeros(ROWS, np.int32),
        visit_since=np.zeros(ROWS, np.int64),
        visit_steps=np.zeros(ROWS, np.int64),
        counters=np.zeros(2, np.int64),
    )


def with_room(page: Residences, slots: int, rows: int) -> Residences:
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
        visit_residence=longer(page.visit_residence, rows, 0),
        visit_since=longer(page.visit_since, rows, 0),
        visit_steps=longer(page.visit_steps, rows, 0),
    )
