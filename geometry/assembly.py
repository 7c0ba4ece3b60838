"""Several closed meshes, some inside others: cytosol, organelles, and the space around a spine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..compiled.csr import pointers
from ..model.arguments import checked
from ..model.errors import GeometryError
from .arrays import points_array
from .cached import cached_property
from .mesh import TriangleMesh
from .naming import faces_of_regions
from .triangles import nearest_on_surface

OUTSIDE = -1
Number = TypeVar("Number", bound=np.generic)


@checked
@dataclass(frozen=True, eq=False)
class Compartment:
    """The space inside one mesh and outside those within it.

    Attributes
    ----------
    name
        Name of the compartment.
    vertices, faces
        All surfaces that bound it, facing away from it (um).
    mesh
        The mesh around it.
    holes
        The meshes within it.
    """

    name: str
    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    mesh: TriangleMesh
    holes: tuple[TriangleMesh, ...]

    @property
    def volume(self) -> float:
        """Volume (um^3) without the holes."""
        return self.mesh.volume - sum(hole.volume for hole in self.holes)

    @property
    def bounds(self) -> NDArray[np.float64]:
        """Lowest and highest corner (um), shape (2, 3)."""
        return self.mesh.bounds

    @property
    def is_convex(self) -> bool:
        """Whether the surface is of one part and bends inwards nowhere."""
        return not self.holes and self.mesh.is_convex

    def contains(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Say for each point (um), shape (points, 3), whether it lies in the compartment."""
        within = self.mesh.contains(points)
        for hole in self.holes:
            within &= ~hole.contains(points)
        return within


@checked
@dataclass(eq=False, repr=False)
class Assembly:
    """Closed meshes that do not touch; the inside of each, less the meshes within it, is a compartment.

    The regions of a part are called ``<part>.<region>``, for example ``"er.membrane"``. A mesh around everything makes
    the space outside a spine a compartment of its own, with buffers and reactions.

    Parameters
    ----------
    parts
        Meshes by the names of their compartments. The first is where molecules are released unless stated.
    name
        What messages call the assembly.

    Raises
    ------
    GeometryError
        If there are no parts, a name is blank, two surfaces meet, or a part is partly inside another.

    Examples
    --------
    >>> from nanospine.geometry import Assembly, sphere
    >>> spine = Assembly({"cytosol": sphere(0.5), "er": sphere(0.2)})
    >>> spine.region_names
    ('cytosol.membrane', 'er.membrane')
    """

    parts: Mapping[str, TriangleMesh]
    name: str = "assembly"

    def __post_init__(self) -> None:
        if not self.parts or any(not isinstance(key, str) or not key.strip() for key in self.parts):
            raise GeometryError(
                f"The parts of {self.name!r} are called {tuple(self.parts)}; give at least one, none blank."
            )
        self.parts = dict(self.parts)
        meshes = list(self.parts.values())
        sizes = pointers((len(mesh.vertices) for mesh in meshes), np.int64)
        numbers = pointers((len(mesh.region_names) for mesh in meshes), np.int64)
        self.vertices = _frozen([mesh.vertices for mesh in meshes])
        self.faces = _frozen([mesh.faces + first for mesh, first in zip(meshes, sizes, strict=False)])
        self.face_region = _frozen([mesh.face_region + first for mesh, first in zip(meshes, numbers, strict=False)])
        self.region_names = tuple(f"{key}.{region}" for key, mesh in self.parts.items() for region in mesh.region_names)
        self._owner = np.repeat(np.arange(len(meshes)), [len(mesh.faces) for mesh in meshes])
        self._check_apart()
        self._parent = [self._parent_of(key) for key in self.parts]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Assembly) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        inner = ", ".join(f"{c.name} {c.volume:.6g} um^3" for c in self.compartments)
        return f"<Assembly {self.name!r}: {len(self.faces)} triangles, {inner}>"

    @property
    def compartment_names(self) -> tuple[str, ...]:
        """Names of the compartments, which are those of the parts."""
        return tuple(self.parts)

    @cached_property
    def compartments(self) -> tuple[Compartment, ...]:
        """The compartments, in the order of the parts."""
        return tuple(self._compartment(index) for index in range(len(self.parts)))

    @cached_property
    def face_compartments(self) -> NDArray[np.int64]:
        """Compartments inside and outside each triangle, -1 outside of everything, shape (faces, 2)."""
        return np.column_stack([self._owner, np.array(self._parent)[self._owner]])

    @cached_property
    def volume(self) -> float:
        """Volume (um^3) of all compartments together."""
        return float(sum(compartment.volume for compartment in self.compartments))

    @cached_property
    def bounds(self) -> NDArray[np.float64]:
        """Lowest and highest corner (um), shape (2, 3)."""
        return np.stack([self.vertices.min(axis=0), self.vertices.max(axis=0)])

    @cached_property
    def normals(self) -> NDArray[np.float64]:
        """Unit normal of each triangle, out of its own mesh, shape (faces, 3)."""
        return np.concatenate([mesh.normals for mesh in self.parts.values()])

    @cached_property
    def face_areas(self) -> NDArray[np.float64]:
        """Area (um^2) of each triangle, shape (faces,)."""
        return np.concatenate([mesh.face_areas for mesh in self.parts.values()])

    @property
    def is_convex(self) -> bool:
        """Whether there is one part, and it is convex."""
        return len(self.parts) == 1 and next(iter(self.parts.values())).is_convex

    @cached_property
    def sha256(self) -> str:
        """Hash of the parts and their names."""
        parts = [f"{key}={mesh.sha256}" for key, mesh in self.parts.items()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def area(self, region: str | None = None) -> float:
        """Return the area (um^2) of a region ``<part>.<region>``, or of all surfaces.

        Raises
        ------
        GeometryError
            If there is no such region.
        """
        if region is None:
            return sum(mesh.area() for mesh in self.parts.values())
        return float(self.face_areas[self.region_faces(region)].sum())

    def region_faces(self, *regions: str) -> NDArray[np.int64]:
        """Return the numbers of the triangles of one or more regions ``<part>.<region>``, in increasing order.

        Raises
        ------
        GeometryError
            If there is no such region.
        """
        return faces_of_regions(self, regions)

    def contains(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Say for each point (um), shape (points, 3), whether it lies in a compartment."""
        return np.any([mesh.contains(points) for mesh in self.parts.values()], axis=0)

    def compartment_at(self, points: ArrayLike) -> NDArray[np.int64]:
        """Return the compartment of each point (um), shape (points, 3); -1 outside of everything."""
        found = np.full(len(points_array(points)), OUTSIDE)
        for index, compartment in enumerate(self.compartments):
            found[compartment.contains(points)] = index
        return found

    def _check_apart(self) -> None:
        if len(self.parts) == 1:
            return
        from .intersections import meeting_place, self_intersections

        pairs = self_intersections(self.vertices, self.faces)
        crossing = pairs[self._owner[pairs[:, 0]] != self._owner[pairs[:, 1]]]
        if len(crossing):
            first, second = (self.compartment_names[part] for part in self._owner[crossing[0]])
            depth, place = _deepest(*sorted((self.parts[first], self.parts[second]), key=lambda mesh: mesh.volume))
            if not depth:
                place = meeting_place(self.vertices[self.faces[crossing[0]]])
            raise GeometryError(
                f"The surfaces of {first!r} and {second!r} of {self.name!r} meet near {place} um, where one reaches "
                f"{depth:.4g} um through the other; move one, or make it smaller: parts lie inside or outside one "
                "another and do not touch."
            )

    def _parent_of(self, key: str) -> int:
        """Return the smallest part around a part, -1 if there is none."""
        around = {}
        for index, (name, mesh) in enumerate(self.parts.items()):
            within = mesh.contains(self.parts[key].vertices) if name != key else np.zeros(1, dtype=bool)
            if within.all():
                around[index] = mesh.volume
            elif within.any():
                raise GeometryError(
                    f"Some closed pieces of {key!r} of {self.name!r} lie inside {name!r} and some outside; "
                    "make two parts of them."
                )
        return min(around, key=lambda index: around[index], default=OUTSIDE)

    def _compartment(self, index: int) -> Compartment:
        names, meshes = list(self.parts), list(self.parts.values())
        holes = [k for k, parent in enumerate(self._parent) if parent == index]
        surfaces = [self.faces[self._owner == index], *(self.faces[self._owner == k][:, ::-1] for k in holes)]
        used, faces = np.unique(np.concatenate(surfaces), return_inverse=True)
        return Compartment(
            names[index],
            _frozen([self.vertices[used]]),
            _frozen([faces.reshape(-1, 3).astype(np.int64)]),
            meshes[index],
            tuple(meshes[k] for k in holes),
        )


def _deepest(smaller: TriangleMesh, larger: TriangleMesh) -> tuple[float, list[float]]:
    """Return how far (um) a mesh reaches through another's surface, at a vertex, and where; 0 if no vertex does."""
    inside = larger.contains(smaller.vertices)
    through = smaller.vertices[inside != (inside.mean() > 0.5)]
    if not len(through):
        return 0.0, []
    depths = np.linalg.norm(nearest_on_surface(larger.vertices[larger.faces], through)[0] - through, axis=1)
    deepest = int(depths.argmax())
    return float(depths[deepest]), [float(x) for x in through[deepest].round(6)]


def _frozen(parts: list[NDArray[Number]]) -> NDArray[Number]:
    array = np.concatenate(parts)
    array.flags.writeable = False
    return array
