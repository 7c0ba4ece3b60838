"""What selectors of triangles have in common: algebra, and places among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..model.arguments import checked
from ..model.errors import GeometryError
from ..model.mesh import Mesh
from ..model.places import Place

Column = NDArray[np.bool_]
Triple = tuple[float, ...]


class Selector:
    """What chooses triangles of a mesh; combined by ``&``, ``|`` and ``~``."""

    def on(self, mesh: Mesh) -> Column:
        """Say of each triangle of a mesh whether it is chosen, shape (faces,)."""
        return self.combine(lambda leaf: leaf.on(mesh))

    def __and__(self, other: Selector | Place) -> Selector:
        return Both(self, selector(other))

    def __or__(self, other: Selector | Place) -> Selector:
        return Either(self, selector(other))

    def __invert__(self) -> Selector:
        return Other(self)

    __rand__, __ror__ = __and__, __or__

    def leaves(self) -> tuple[Selector, ...]:
        """Return the selectors that this one is combined of, itself if of none."""
        return (self,)

    def combine(self, column: Callable[[Selector], Column]) -> Column:
        """Combine the columns of the leaves as they are combined."""
        return column(self)


@dataclass(frozen=True)
class Both(Selector):
    """Triangles that two selectors choose: ``one & other``."""

    one: Selector
    other: Selector

    def leaves(self) -> tuple[Selector, ...]:
        """Return the selectors that this one is combined of."""
        return self.one.leaves() + self.other.leaves()

    def combine(self, column: Callable[[Selector], Column]) -> Column:
        """Combine the columns of the leaves as they are combined."""
        return self.one.combine(column) & self.other.combine(column)


@dataclass(frozen=True)
class Either(Selector):
    """Triangles that at least one of two selectors chooses: ``one | other``."""

    one: Selector
    other: Selector

    def leaves(self) -> tuple[Selector, ...]:
        """Return the selectors that this one is combined of."""
        return self.one.leaves() + self.other.leaves()

    def combine(self, column: Callable[[Selector], Column]) -> Column:
        """Combine the columns of the leaves as they are combined."""
        return self.one.combine(column) | self.other.combine(column)


@dataclass(frozen=True)
class Other(Selector):
    """Triangles that a selector does not choose: ``~one``."""

    one: Selector

    def leaves(self) -> tuple[Selector, ...]:
        """Return the selectors that this one is combined of."""
        return self.one.leaves()

    def combine(self, column: Callable[[Selector], Column]) -> Column:
        """Combine the columns of the leaves as they are combined."""
        return ~self.one.combine(column)


@checked
@dataclass(frozen=True)
class Within(Selector):
    """Triangles whose centre lies within a place; needed only where places are combined with one another.

    Parameters
    ----------
    place
        A `Ball`, `Box`, `Shell` or `Ellipsoid`.
    """

    place: Place

    def on(self, mesh: Mesh) -> Column:
        """Say of each triangle of a mesh whether it is chosen, shape (faces,)."""
        return self.place.contains(centres(mesh))


def selector(where: Selector | Place) -> Selector:
    """Return a selector; a place chooses the triangles whose centre lies within."""
    return where if isinstance(where, Selector) else Within(where)


def centres(mesh: Mesh) -> NDArray[np.float64]:
    """Return the centre (um) of each triangle, shape (faces, 3)."""
    return np.asarray(mesh.vertices[mesh.faces].mean(axis=1))


def triple(what: str, values: Sequence[float] | NDArray[np.float64]) -> Triple:
    """Return three finite numbers as floats.

    Raises
    ------
    GeometryError
        If they are not.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (3,) or not np.isfinite(array).all():
        raise GeometryError(f"{what} is {values!r}; give three finite numbers.")
    return tuple(array.tolist())


def unit(what: str, values: Sequence[float] | NDArray[np.float64]) -> Triple:
    """Return a direction with a length of 1.

    Raises
    ------
    GeometryError
        If it has no length.
    """
    array = np.array(triple(what, values))
    length = float(np.linalg.norm(array))
    if not length > 0.0:
        raise GeometryError(f"{what} is {values!r}; give a direction, not all zero.")
    return tuple((array / length).tolist())
