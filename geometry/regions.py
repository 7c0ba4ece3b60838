"""Selectors of triangles, of which regions are made: `mesh.with_region("psd", Grown(tip, 0.05), exact=True)`.

A selector says of each triangle of any mesh whether it is chosen. Selectors are combined by ``&``, ``|`` and ``~``;
a place (`Ball`, `Box`, `Shell`, `Ellipsoid`) may stand beside one: ``Height(low=0.5) & Ball(tip, 0.2)``.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..model import checks
from ..model.arguments import checked
from ..model.errors import GeometryError
from ..model.mesh import Mesh
from .selectors import Column, Selector, Triple, Within, centres, triple, unit
from .triangles import nearest_on_surface, twins

__all__ = ["Facing", "Grown", "HalfSpace", "Height", "Nearest", "Region", "RegionOf", "Selector", "Triangles", "Within"]

AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}


@checked
@dataclass(frozen=True)
class HalfSpace(Selector):
    """Triangles whose centre lies on the side of a plane to which its normal points.

    Parameters
    ----------
    point
        A point of the plane (um).
    normal
        Its normal, of any length.

    Raises
    ------
    GeometryError
        If these are not three finite numbers each, or the normal has no length.
    """

    point: Triple
    normal: Triple

    def __post_init__(self) -> None:
        object.__setattr__(self, "point", triple("HalfSpace: point (um)", self.point))
        object.__setattr__(self, "normal", unit("HalfSpace: normal", self.normal))

    def on(self, mesh: Mesh) -> Column:
        """Say of each triangle of a mesh whether it is chosen, shape (faces,)."""
        return (centres(mesh) - self.point) @ self.normal >= 0.0


@checked
@dataclass(frozen=True)
class Height(Selector):
    """Triangles whose centre lies in a range of heights along an axis.

    Parameters
    ----------
    low, high
        Lowest and highest height (um), from the origin; None for no limit.
    axis
        ``"x"``, ``"y"``, ``"z"`` or a direction, of any length.

    Raises
    ------
    GeometryError
        If there is neither limit, the lower is not below the higher, or the axis is no direction.
    """

    low: float | None = None
    high: float | None = None
    axis: str | Triple = "z"

    def __post_init__(self) -> None:
        if isinstance(self.axis, str):
            checks.one_of("Height: axis", self.axis, AXES, error=GeometryError)
        object.__setattr__(
            self, "axis", unit("Height: axis", AXES[self.axis] if isinstance(self.axis, str) else self.axis)
        )
        if self.low is None and self.high is None:
            raise GeometryError("Height has neither low nor high; give at least one (um).")
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise GeometryError(f"Height runs from {self.low:g} to {self.high:g} um; give the lower one first.")

    def on(self, mesh: Mesh) -> Column:
        """Say of each triangle of a mesh whether it is chosen, shape (faces,)."""
        height = centres(mesh) @ np.array(self.axis, dtype=np.float64)
        low, high = (-np.inf if self.low is None else self.low), (np.inf if self.high is None else self.high)
        return (height >= low) & (height <= high)


@checked
@dataclass(frozen=True)
class Facing(Selector):
    """Triangles whose outward normal is within an angle of a direction.

    Parameters
    ----------
    direction
        Three numbers, of any length.
    within_deg
        Largest angle (degrees), up to 180.

    Raises
    ------
    GeometryError
        If the direction is none, or the angle is out of range.
    """

    direction: Triple
    within_deg: float = 30.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "direction", unit("Facing: direction", self.direction))
        if not 0.0 <= self.within_deg <= 180.0:
            raise GeometryError(f"Facing: within_deg is {self.within_deg!r}; give an angle from 0 to 180 degrees.")

    def on(self, mesh: Mesh) -> Column:
        """Say of each triangle of a mesh whether it is chosen, shape (faces,)."""
        return np.degrees(np.arccos(np.clip(mesh.normals @ self.direction, -1.0, 1.0))) <= self.within_deg


@checked
@dataclass(frozen=True)
class Nearest(Selector):
    """The triangles nearest to a point; of several as near the first in number.

    Parameters
    ----------
    point
        um.
    number
        How many.

    Raises
    ------
    GeometryError
        If the point is not three finite numbers, or there are not so many triangles.
    """

    point: Triple
    number: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "point", triple("Nearest: point (um)", self.point))
        checks.whole("Nearest: number", self.number, minimum=1, error=GeometryError)

    def on(self, mesh: Mesh) -> Column:
        """Say of each triangle of a mesh whether it is chosen, shape (faces,)."""
        from trimesh.triangles import closest_point

        if self.number > len(mesh.faces):
            raise GeometryError(f"Nearest: number is {self.number}; give at most {len(mesh.faces)}, all of the mesh.")
        points = np.broadcast_to(self.point, (len(mesh.faces), 3))
        distance = np.linalg.norm(closest_point(mesh.vertices[mesh.faces], points) - points, axis=1)
        chosen = np.zeros(len(mesh.faces), dtype=np.bool_)
        chosen[np.argsort(distance, kind="stable")[: self.number]] = True
        return chosen


@checked
@dataclass(frozen=True)
class Grown(Selector):
    """A connected patch of a given area around the point of the surface nearest to a seed.

    Triangles are taken in the order of their distance from there, neighbours of those taken only, as many as come
    nearest to the area. With ``exact=True`` the patch is what is connected within a ball, cut to the area.

    Parameters
    ----------
    seed
        A point on or near the surface (um).
    area
        um^2.

    Raises
    ------
    GeometryError
        If the seed is not three finite numbers, the area is not positive, or the surface has less.
    """

    seed: Triple
    area: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", triple("Grown: seed (um)", self.seed))
        checks.positive("Grown: area (um^2)", self.area, error=GeometryError)

    def start(self, mesh: Mesh) -> tuple[NDArray[np.float64], int]:
        """Return the nearest point of the surface (um), shape (3,), and its triangle."""
        point, face = nearest_on_surface(mesh.vertices[mesh.faces], np.array([self.seed], dtype=np.float64))
        return point[0], int(face[0])

    def on(self, mesh: Mesh) -> Column:
        """Say of each triangle of a mesh whether it is chosen, shape (faces,)."""
        point, face = self.start(mesh)
        neighbours = (twins(mesh.faces) // 3).reshape(-1, 3)
        distance = np.linalg.norm(centres(mesh) - point, axis=1)
        seen, chosen = (np.zeros(len(mesh.faces), dtype=np.bool_) for _ in range(2))
        edge, total = [(0.0, face)], 0.0
        seen[face] = True
        while edge and total < self.area:
            _, taken = heapq.heappop(edge)
            more = float(mesh.face_areas[taken])
            if chosen.any() and total + more - self.area > self.area - total:
                return chosen
            chosen[taken], total = True, total + more
            for other in neighbours[taken][~seen[neighbours[taken]]].tolist():
                seen[other] = True
                heapq.heappush(edge, (float(distance[other]), other))
        if total < self.area * (1 - 1e-12):
            raise GeometryError(
                f"Grown: area is {self.area:g} um^2, but the surface around the seed {self.seed} has {total:.6g} um^2."
                " Give less."
            )
        return chosen


@checked
@dataclass(frozen=True)
class Triangles(Selector):
    """Triangles by their numbers, from 0.

    Parameters
    ----------
    numbers
        At least one.

    Raises
    ------
    GeometryError
        If there is no such triangle.
    """

    numbers: Sequence[int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", tuple(map(int, self.numbers)))

    def on(self, mesh: Mesh) -> Column:
        """Say of each triangle of a mesh whether it is chosen, shape (faces,)."""
        wrong = [number for number in self.numbers if not 0 <= number < len(mesh.faces)]
        if wrong:
            raise GeometryError(f"Triangles: there is no triangle {wrong[0]}; give numbers from 0 to "
                                f"{len(mesh.faces) - 1}.")  # fmt: skip
        return np.isin(np.arange(len(mesh.faces)), np.array(self.numbers, dtype=np.int64))


@checked
@dataclass(frozen=True)
class Region(Selector):
    """Triangles of a region that the mesh has.

    Parameters
    ----------
    name
        Its name.
    """

    name: str

    def on(self, mesh: Mesh) -> Column:
        """Say of each triangle of a mesh whether it is chosen, shape (faces,)."""
        return np.isin(np.arange(len(mesh.faces)), mesh.region_faces(self.name))


@checked
@dataclass(frozen=True)
class RegionOf(Selector):
    """Triangles whose centre is nearest to a triangle of a region of another mesh, of nearly the same shape.

    Parameters
    ----------
    mesh
        The other mesh.
    name
        Its region.
    """

    mesh: Mesh
    name: str

    def on(self, mesh: Mesh) -> Column:
        """Say of each triangle of a mesh whether it is chosen, shape (faces,)."""
        _, nearest = nearest_on_surface(self.mesh.vertices[self.mesh.faces], centres(mesh))
        return np.isin(nearest, self.mesh.region_faces(self.name))
