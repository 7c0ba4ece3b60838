"""Parts of space: where molecules are released, counted or followed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from . import checks
from .arguments import checked
from .errors import ModelError

Floats = NDArray[np.float64]
Triple = tuple[float, ...]  # three numbers, which is checked: `(edge,) * 3` is one, too

#: Points of a hull lie so far inside, so that a place flush with a wall counts as inside.
INSIDE = 0.999


class Place(Protocol):
    """A part of space, without walls."""

    @property
    def volume(self) -> float:
        """Volume (um^3)."""
        ...

    @property
    def bounds(self) -> Floats:
        """Lowest and highest corner (um), shape (2, 3)."""
        ...

    def contains(self, points: Floats) -> NDArray[np.bool_]:
        """Say for each point (um), shape (points, 3), whether it lies in the place."""
        ...

    def sample(self, number: int, rng: np.random.Generator) -> Floats:
        """Draw points (um) uniformly, shape (number, 3)."""
        ...

    def hull(self) -> Floats:
        """Return 26 points (um) a hair inside the outer surface: towards a cube's faces, edges and corners."""
        ...


@checked
@dataclass(frozen=True)
class Box:
    """A cuboid along the axes.

    Parameters
    ----------
    center : tuple of float
        um.
    edges : tuple of float
        Edge lengths along x, y and z (um).

    Raises
    ------
    ModelError
        If there are not three finite numbers each, or an edge is not positive.
    """

    center: Triple
    edges: Triple

    def __post_init__(self) -> None:
        _set_triple(self, "center", checks.finite)
        _set_triple(self, "edges", checks.positive)

    @property
    def volume(self) -> float:
        """Volume (um^3)."""
        return float(np.prod(self.edges))

    @property
    def bounds(self) -> Floats:
        """Lowest and highest corner (um), shape (2, 3)."""
        return _around(self.center, np.divide(self.edges, 2))

    def contains(self, points: Floats) -> NDArray[np.bool_]:
        """Say for each point (um), shape (points, 3), whether it lies in the box."""
        low, high = self.bounds
        return np.all((points >= low) & (points <= high), axis=1)

    def sample(self, number: int, rng: np.random.Generator) -> Floats:
        """Draw points (um) uniformly, shape (number, 3)."""
        return np.array(self.center) + (rng.random((number, 3)) - 0.5) * np.array(self.edges)

    def hull(self) -> Floats:
        """Return 26 points (um) a hair inside the surface: the middle of faces and edges, and corners."""
        return np.asarray(np.array(self.center) + INSIDE / 2 * _directions() * np.array(self.edges))


@checked
@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid along the axes; molecules are released in it, but not counted or followed.

    Parameters
    ----------
    center : tuple of float
        um.
    radii : tuple of float
        Half of its extents along x, y and z (um).

    Raises
    ------
    ModelError
        If there are not three finite numbers each, or a radius is not positive.
    """

    center: Triple
    radii: Triple

    def __post_init__(self) -> None:
        _set_triple(self, "center", checks.finite)
        _set_triple(self, "radii", checks.positive)

    @property
    def volume(self) -> float:
        """Volume (um^3)."""
        return float(4 / 3 * np.pi * np.prod(self.radii))

    @property
    def bounds(self) -> Floats:
        """Lowest and highest corner (um), shape (2, 3)."""
        return _around(self.center, np.array(self.radii))

    def contains(self, points: Floats) -> NDArray[np.bool_]:
        """Say for each point (um), shape (points, 3), whether it lies in the ellipsoid."""
        return _distance2((points - np.array(self.center)) / np.array(self.radii)) <= 1

    def sample(self, number: int, rng: np.random.Generator) -> Floats:
        """Draw points (um) uniformly, shape (number, 3)."""
        return np.asarray(np.array(self.center) + _in_unit_ball(number, rng) * np.array(self.radii))

    def hull(self) -> Floats:
        """Return 26 points (um) a hair inside the surface."""
        return np.asarray(np.array(self.center) + INSIDE * _unit(_directions()) * np.array(self.radii))


@checked
@dataclass(frozen=True)
class Ball:
    """The space within a sphere; walls may cut it where molecules are counted, and only the part inside counts.

    Parameters
    ----------
    center : tuple of float
        um.
    radius : float
        um.

    Raises
    ------
    ModelError
        If the centre is not three finite numbers, or the radius is not positive.
    """

    center: Triple
    radius: float

    def __post_init__(self) -> None:
        _set_triple(self, "center", checks.finite)
        checks.positive("Ball: radius (um)", self.radius)

    @property
    def volume(self) -> float:
        """Volume (um^3) without walls."""
        return _shell_volume(0.0, self.radius)

    @property
    def bounds(self) -> Floats:
        """Lowest and highest corner (um), shape (2, 3)."""
        return _around(self.center, self.radius)

    def contains(self, points: Floats) -> NDArray[np.bool_]:
        """Say for each point (um), shape (points, 3), whether it lies in the ball."""
        return _distance2(points - np.array(self.center)) <= self.radius**2

    def sample(self, number: int, rng: np.random.Generator) -> Floats:
        """Draw points (um) uniformly, shape (number, 3)."""
        return np.asarray(np.array(self.center) + _in_unit_ball(number, rng) * self.radius)

    def hull(self) -> Floats:
        """Return 26 points (um) a hair inside the surface."""
        return np.asarray(np.array(self.center) + INSIDE * _unit(_directions()) * self.radius)

    def from_unit(self, points: Floats) -> Floats:
        """Map points of the unit cube, shape (n, 3), to the ball so that equal volumes stay equal."""
        return _from_unit(points, self.center, 0.0, self.radius)


@checked
@dataclass(frozen=True)
class Shell:
    """The space between two concentric spheres; walls may cut it where molecules are counted, as they may a ball.

    Parameters
    ----------
    center : tuple of float
        um.
    inner, outer : float
        Radii (um); the innermost of a row of shells has an inner radius of 0.

    Raises
    ------
    ModelError
        If the centre is not three finite numbers, or a radius is out of range.
    """

    center: Triple
    inner: float
    outer: float

    def __post_init__(self) -> None:
        _set_triple(self, "center", checks.finite)
        checks.finite("Shell: inner radius (um)", self.inner, minimum=0.0)
        checks.positive("Shell: outer radius (um)", self.outer)
        if self.outer <= self.inner:
            raise ModelError(f"Shell: radii are {self.inner:g} and {self.outer:g} um; give the inner one first.")

    @property
    def volume(self) -> float:
        """Volume (um^3) without walls."""
        return _shell_volume(self.inner, self.outer)

    @property
    def bounds(self) -> Floats:
        """Lowest and highest corner (um), shape (2, 3)."""
        return _around(self.center, self.outer)

    def contains(self, points: Floats) -> NDArray[np.bool_]:
        """Say for each point (um), shape (points, 3), whether it lies in the shell."""
        distance2 = _distance2(points - np.array(self.center))
        return (distance2 >= self.inner**2) & (distance2 <= self.outer**2)

    def sample(self, number: int, rng: np.random.Generator) -> Floats:
        """Draw points (um) uniformly, shape (number, 3)."""
        return self.from_unit(rng.random((number, 3)))

    def hull(self) -> Floats:
        """Return 26 points (um) a hair inside the outer surface."""
        return Ball(self.center, self.outer).hull()

    def from_unit(self, points: Floats) -> Floats:
        """Map points of the unit cube, shape (n, 3), to the shell so that equal volumes stay equal."""
        return _from_unit(points, self.center, self.inner, self.outer)


def _set_triple(place: Box | Ellipsoid | Ball | Shell, name: str, check: Callable[[str, float], None]) -> None:
    """Check three numbers (um) and keep them as floats."""
    what, values = f"{type(place).__name__}: {name}", getattr(place, name)
    if not isinstance(values, Sequence | np.ndarray) or len(values) != 3:
        raise ModelError(f"{what} is {values!r}; give three numbers (um).")
    for axis, value in zip("xyz", values, strict=True):
        check(f"{what} {axis} (um)", value)
    object.__setattr__(place, name, tuple(map(float, values)))


def _around(center: Triple, reach: Floats | float) -> Floats:
    return np.stack([np.array(center) - reach, np.array(center) + reach])


def _directions() -> Floats:
    """Return the vectors from the middle of a cube to its 6 faces, 12 edges and 8 corners, shape (26, 3)."""
    grid = np.stack(np.meshgrid(*[[-1.0, 0.0, 1.0]] * 3), axis=-1).reshape(-1, 3)
    return np.asarray(grid[np.abs(grid).max(axis=1) > 0])


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _distance2(vectors: Floats) -> Floats:
    return np.asarray((vectors**2).sum(axis=1))


def _in_unit_ball(number: int, rng: np.random.Generator) -> Floats:
    return np.asarray(_unit(rng.normal(size=(number, 3))) * rng.random((number, 1)) ** (1 / 3))


def _shell_volume(inner: float, outer: float) -> float:
    return float(4 / 3 * np.pi * (outer**3 - inner**3))


def _from_unit(points: Floats, center: Triple, inner: float, outer: float) -> Floats:
    radius = np.cbrt(inner**3 + points[:, 0] * (outer**3 - inner**3))
    height, angle = 2 * points[:, 1] - 1, 2 * np.pi * points[:, 2]
    across = np.sqrt(1 - height**2)
    direction = np.stack([across * np.cos(angle), across * np.sin(angle), height], axis=1)
    return np.asarray(np.array(center) + radius[:, None] * direction)
