"""Columns of outputs: sums and other expressions of what a result holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Dimensions of the variables: what is counted, and what else is chosen from.
DIMENSIONS = {
    "present": ("box", ""),
    "within": ("species", "compartment"),
    "everywhere": ("species", ""),
    "event": ("reaction", ""),
    "crossing": ("boundary", "direction"),
    "hit": ("boundary", "side"),
}


@dataclass(frozen=True)
class Quantity:
    """A sum over labels of one variable of a result, e.g. ``within`` over species.

    Parameters
    ----------
    variable : str
        ``"within"``, ``"everywhere"``, ``"event"``, ``"present"``, ``"crossing"`` or ``"hit"``.
    labels : tuple of str
        Species, reactions, samplers of boxes or boundaries.
    parts : tuple of str
        Compartments of molecules within them, directions of crossings, sides of hits.
    """

    variable: str
    labels: tuple[str, ...]
    parts: tuple[str, ...] = ()

    def course(self, dataset: xr.Dataset) -> Floats:
        """Return the time course, shape (time,)."""
        dimension, divided = DIMENSIONS[self.variable]
        at: dict[str, Any] = {dimension: list(self.labels)}
        if self.variable == "everywhere":
            chosen = (dataset["number"] + dataset["outside"]).sel(at)
        else:
            chosen = dataset[self.variable].sel(at)
        if divided:
            chosen = chosen.sel({divided: list(self.parts)}).sum(divided)
        return np.asarray(chosen.sum(dimension).values, dtype=np.float64)


@dataclass(frozen=True)
class Sum:
    """An arithmetic expression of quantities."""

    kind: str
    parts: tuple[Expression, ...]

    def course(self, dataset: xr.Dataset) -> Floats:
        """Return the time course, shape (time,)."""
        operations = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply}
        values = [part.course(dataset) for part in self.parts]
        if self.kind == "negate":
            return -values[0]
        if self.kind == "divide":
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.divide(values[0], values[1])
        return np.asarray(operations[self.kind](*values))


@dataclass(frozen=True)
class Constant:
    """A number."""

    value: float

    def course(self, dataset: xr.Dataset) -> Floats:
        """Return the number at all times, shape (time,)."""
        return np.full(dataset.sizes["time"], self.value)


Expression = Quantity | Sum | Constant


@dataclass(frozen=True)
class Output:
    """A file of reaction data: where, at which time steps, with what header, and its columns."""

    path: str
    steps: range | tuple[int, ...]
    header: str | None
    columns: tuple[tuple[str, Expression], ...]
