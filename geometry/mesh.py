"""Closed triangle meshes with named regions."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model.arguments import checked
from ..model.errors import GeometryError
from ..model.mesh import Mesh
from .cached import cached_property
from .checks import check_surface, components, signed_volumes
from .triangles import shared_edges

MEMBRANE = "membrane"
INSIDE = "inside"
# Heights above a plane, as a fraction of the mesh's extent, that rounding explains.
ROUNDING = 1e-12


@checked
@dataclass(frozen=True, eq=False, repr=False)
class TriangleMesh:
    """A closed, outward-oriented surface of triangles, each of which belongs to one named region.

    The arrays are copied, made read-only, and checked; see `from_arrays` for the usual way to make one.

    Parameters
    ----------
    vertices
        Vertices (um), shape (vertices, 3).
    faces
        Vertex indices of each triangle, counter-clockwise seen from outside, shape (faces, 3).
    face_region
        Index into ``region_names`` of each triangle, shape (faces,).
    region_names
        Names of the regions, each of which has at least one triangle.
    name
        What messages call the mesh.
    known_sound
        Whether the shape is known not to pass through itself, so that this is not looked for.

    Raises
    ------
    GeometryError
        If the triangles are not a closed, outward-oriented surface that nowhere meets itself, or a region is empty or
        unknown.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    face_region: NDArray[np.int64]
    region_names: tuple[str, ...]
    name: str = "mesh"
    known_sound: InitVar[bool] = False

    def __post_init__(self, known_sound: bool) -> None:
        vertices = _own(self.vertices, np.float64)
        faces = _own(_whole(self.faces, f"faces of {self.name!r}"), np.int64)
        check_surface(vertices, faces, self.name)
        face_region = _own(_whole(self.face_region, f"face_region of {self.name!r}"), np.int64)
        region_names = tuple(self.region_names)
        _check_regions(face_region, region_names, len(faces), self.name)
        if not known_sound:
            _check_sound(vertices, faces, self.name)
        for field, value in zip(
            ("vertices", "faces", "face_region", "region_names"),
            (vertices, faces, face_region, region_names),
            strict=True,
        ):
            object.__setattr__(self, field, value)

    @classmethod
    def from_arrays(
        cls,
        vertices: ArrayLike,
        faces: ArrayLike,
        regions: Mapping[str, Iterable[int]] | None = None,
        *,
        name: str = "mesh",
        unite: bool = False,
        known_sound: bool = False,
    ) -> TriangleMesh:
        """Make a mesh from vertices, triangles and the triangles of each region.

        Parameters
        ----------
        vertices
            Vertices (um), shape (vertices, 3).
        faces
            Vertex indices of each triangle, counter-clockwise seen from outside, shape (faces, 3).
        regions
            Triangle numbers of each named region; triangles in none belong to ``"membrane"``.
        name
            What messages call the mesh.
        unite
            Unite closed parts that overlap, for meshes that several bodies were put into. What lies within another
            part vanishes; the triangles are cut anew, and stay in their regions.
        known_sound
            As in the class.

        Raises
        ------
        GeometryError
            As the class, and if a triangle is in two regions or does not exist.
        """
        vertices, faces = np.asarray(vertices), np.atleast_1d(faces)
        face_region, region_names = _assign_regions(dict(regions or {}), len(faces), name)
        if unite:
            from .repair import united

            vertices, faces, origin = united(vertices, faces, name)
            face_region = face_region[origin]
        return cls(vertices, faces, face_region, region_names, name, known_sound)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TriangleMesh) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        return (
            f"<TriangleMesh {self.name!r}: {len(self.faces)} triangles, {self.volume:.6g} um^3, "
            f"regions {', '.join(self.region_names)}>"
        )

    @cached_property
    def volume(self) -> float:
        """Enclosed volume (um^3)."""
        return float(signed_volumes(self.vertices, self.faces).sum())

    @cached_property
    def bounds(self) -> NDArray[np.float64]:
        """Lowest and highest corner of the bounding box (um), shape (2, 3)."""
        return _own(np.stack([self.vertices.min(axis=0), self.vertices.max(axis=0)]), np.float64)

    @cached_property
    def normals(self) -> NDArray[np.float64]:
        """Outward unit normal of each triangle, shape (faces, 3)."""
        return _own(self._crosses / np.linalg.norm(self._crosses, axis=1, keepdims=True), np.float64)

    @cached_property
    def face_areas(self) -> NDArray[np.float64]:
        """Area (um^2) of each triangle, shape (faces,)."""
        return _own(np.linalg.norm(self._crosses, axis=1) / 2.0, np.float64)

    @cached_property
    def centroids(self) -> NDArray[np.float64]:
        """Centre (um) of each triangle, shape (faces, 3)."""
        return _own(self.vertices[self.faces].mean(axis=1), np.float64)

    @cached_property
    def is_convex(self) -> bool:
        """Whether the surface is of one part and bends inwards nowhere."""
        if components(self.faces, len(self.vertices)).any():
            return False
        _, _, left, right = shared_edges(self.faces).T
        heights = np.einsum("ij,ij->i", self.normals[left], self.centroids[right] - self.centroids[left])
        return bool((heights <= ROUNDING * np.ptp(self.bounds)).all())

    @cached_property
    def sha256(self) -> str:
        """Hash of vertices, triangles and regions, which identifies the mesh in a result."""
        digest = hashlib.sha256()
        for array in (self.vertices, self.faces, self.face_region):
            digest.update(str(array.shape).encode())
            digest.update(array.astype(array.dtype.newbyteorder("<")).tobytes())
        digest.update(repr(self.region_names).encode())
        return digest.hexdigest()

    def area(self, region: str | None = None) -> float:
        """Return the area (um^2) of a region, or of the whole surface.

        Raises
        ------
        GeometryError
            If there is no such region.
        """
        areas = self.face_areas if region is None else self.face_areas[self.region_faces(region)]
        return float(areas.sum())

    def region_faces(self, *regions: str) -> NDArray[np.int64]:
        """Return the numbers of the triangles of one or more regions, in increasing order.

        Raises
        ------
        GeometryError
            If there is no such region.
        """
        return faces_of_regions(self, regions)

    def contains(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Say for each point (um), shape (points, 3), whether it lies inside.

        A point is inside if an odd number of triangles lies above it; points on the surface itself may
        count as either.

        Raises
        ------
        GeometryError
            If ``points`` has another shape or is not finite.
        """
        from .columns import points_inside

        return points_inside(self.vertices, self.faces, *self._columns, points_array(points))

    @property
    def compartment_names(self) -> tuple[str, ...]:
        """Names of the compartments: the inside is the only one."""
        return (INSIDE,)

    @property
    def compartments(self) -> tuple[TriangleMesh, ...]:
        """The mesh itself, which bounds its only compartment."""
        return (self,)

    @cached_property
    def face_compartments(self) -> NDArray[np.int64]:
        """Compartments inside and outside each triangle, -1 outside of everything, shape (faces, 2)."""
        return _own(np.broadcast_to([0, -1], (len(self.faces), 2)), np.int64)

    def compartment_at(self, points: ArrayLike) -> NDArray[np.int64]:
        """Return the compartment of each point (um), shape (points, 3): 0 inside, -1 outside."""
        return np.where(self.contains(points), 0, -1)

    def moved(self, by: ArrayLike) -> TriangleMesh:
        """Return the mesh, with its regions, moved by a vector (um), shape (3,)."""
        vector = np.asarray(by, dtype=np.float64)
        if vector.shape != (3,):
            raise GeometryError(f"{self.name!r} was to be moved by shape {vector.shape}; give three numbers (um).")
        return replace(self, vertices=self.vertices + vector, known_sound=True)

    def describe(self) -> dict[str, Any]:
        """Return the figures that a check before a run shows."""
        edges, angles = self._edges_and_angles()
        return {
            "name": self.name,
            "triangles": len(self.faces),
            "closed_parts": len(np.unique(components(self.faces, len(self.vertices)))),
            "volume_um3": self.volume,
            "area_um2": {region: self.area(region) for region in self.region_names},
            "extent_um": (self.bounds[1] - self.bounds[0]).tolist(),
            "smallest_edge_um": float(edges.min()),
            "smallest_angle_deg": float(np.degrees(angles.min())),
            "sha256": self.sha256,
        }

    @cached_property
    def _crosses(self) -> NDArray[np.float64]:
        a, b, c = self.vertices[self.faces].transpose(1, 0, 2)
        return np.cross(b - a, c - a)

    @cached_property
    def _columns(self) -> Any:
        from .columns import column_index

        return column_index(self.vertices, self.faces)

    def _edges_and_angles(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        corners = self.vertices[self.faces]
        to_next = np.roll(corners, -1, axis=1) - corners
        to_last = np.roll(corners, 1, axis=1) - corners
        crossed = np.linalg.norm(np.cross(to_next, to_last), axis=2)
        angles = np.arctan2(crossed, (to_next * to_last).sum(axis=2))
        return np.linalg.norm(to_next, axis=2), angles


def _check_sound(vertices: NDArray[np.float64], faces: NDArray[np.int64], name: str) -> None:
    """Refuse a surface that passes through itself, or of which one part lies in another."""
    from .intersections import check_self_intersections

    check_self_intersections(vertices, faces, name)
    _check_nesting(vertices, faces, name)


def _check_nesting(vertices: NDArray[np.float64], faces: NDArray[np.int64], name: str) -> None:
    """Refuse a closed part inside another: both face outwards, so that its inside would count twice."""
    part = components(faces, len(vertices))
    for number in np.unique(part) if part.any() else ():
        from .columns import column_index, points_inside

        others = np.ascontiguousarray(faces[part != number])
        own = vertices[np.unique(faces[part == number])]
        if points_inside(vertices, others, *column_index(vertices, others), own).all():
            raise GeometryError(
                f"Closed part {number} of {name!r} lies inside another; remove one, or unite the two with unite=True."
            )


def faces_of_regions(mesh: Mesh, regions: Iterable[str]) -> NDArray[np.int64]:
    """Return the numbers of the triangles of regions, in increasing order.

    Raises
    ------
    GeometryError
        If there is no such region.
    """
    numbers = []
    for region in regions:
        if region not in mesh.region_names:
            near = difflib.get_close_matches(region, mesh.region_names, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise GeometryError(f"{mesh.name!r} has no region {region!r}, only {', '.join(mesh.region_names)}{hint}")
        numbers.append(mesh.region_names.index(region))
    return np.flatnonzero(np.isin(mesh.face_region, numbers))


def points_array(points: ArrayLike) -> NDArray[np.float64]:
    """Return points (um) as an array of shape (points, 3).

    Raises
    ------
    GeometryError
        If they have another shape or are not finite.
    """
    array = np.ascontiguousarray(points, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != 3:
        raise GeometryError(f"The points have shape {array.shape}; give (points, 3) coordinates in um.")
    if not np.isfinite(array).all():
        first = int(np.argmin(np.isfinite(array).all(axis=1)))
        raise GeometryError(f"Point {first} is {array[first].tolist()}; give finite coordinates in um.")
    return array


def _own(values: ArrayLike, dtype: type[Any]) -> NDArray[Any]:
    """Return a read-only, C-contiguous copy."""
    try:
        array = np.array(values, dtype=dtype, order="C")
    except (TypeError, ValueError) as error:
        raise GeometryError(f"Mesh arrays must be rectangular and numeric: {error}.") from error
    array.flags.writeable = False
    return array


def _whole(values: ArrayLike, what: str) -> NDArray[Any]:
    array = np.asarray(values)
    if not np.issubdtype(array.dtype, np.integer):
        raise GeometryError(f"The {what} are {array.dtype}; give whole numbers.")
    return array


def _assign_regions(
    regions: dict[str, Iterable[int]], n_faces: int, name: str
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Turn lists of triangles into one region number per triangle; the membrane takes what is left."""
    owner = np.full(n_faces, -1, dtype=np.int64)
    names = list(regions)
    for number, (region, members) in enumerate(regions.items()):
        chosen = np.asarray(members if isinstance(members, np.ndarray) else list(members))
        if chosen.size == 0:
            raise GeometryError(f"Region {region!r} of {name!r} has no triangles; give at least one or drop it.")
        chosen = np.unique(_whole(chosen, f"triangles of region {region!r}"))
        if chosen[0] < 0 or chosen[-1] >= n_faces:
            wrong = int(chosen[0] if chosen[0] < 0 else chosen[-1])
            raise GeometryError(
                f"Region {region!r} of {name!r} names triangle {wrong}; use numbers from 0 to {n_faces - 1}."
            )
        taken = chosen[owner[chosen] >= 0]
        if taken.size:
            raise GeometryError(
                f"Triangle {int(taken[0])} of {name!r} is in both {names[owner[taken[0]]]!r} and {region!r}; "
                "give each triangle to one region."
            )
        owner[chosen] = number
    if (owner < 0).any():
        if MEMBRANE not in names:
            names.append(MEMBRANE)
        owner[owner < 0] = names.index(MEMBRANE)
    return owner, tuple(names)


def _check_regions(face_region: NDArray[np.int64], names: tuple[str, ...], n_faces: int, name: str) -> None:
    if face_region.shape != (n_faces,):
        raise GeometryError(
            f"The face_region of {name!r} has shape {face_region.shape}; give one number for each of the "
            f"{n_faces} triangles."
        )
    if any(not isinstance(region, str) or not region.strip() for region in names):
        raise GeometryError(f"The regions of {name!r} are called {names}; give each a name that is not blank.")
    if len(set(names)) != len(names):
        raise GeometryError(f"The regions of {name!r} are called {names}; give each a name of its own.")
    if face_region.min() < 0 or face_region.max() >= len(names):
        raise GeometryError(
            f"The face_region of {name!r} runs from {face_region.min()} to {face_region.max()}, but there "
            f"are {len(names)} region names; number them from 0."
        )
    counts = np.bincount(face_region, minlength=len(names))
    if (counts == 0).any():
        raise GeometryError(
            f"Region {names[int(np.argmin(counts))]!r} of {name!r} has no triangles; give at least one or drop it."
        )
