"""Closed triangle meshes with named regions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model import checks
from ..model.arguments import checked
from ..model.errors import GeometryError
from ..model.places import Box, Place
from .arrays import own, points_array, whole
from .cached import cached_property
from .checks import check_surface, components, signed_volumes
from .figures import as_html, figures
from .naming import assign_regions, check_regions, faces_of_regions, with_region, without_region
from .raw import Floats, Longs
from .selectors import Selector
from .soundness import check_sound
from .triangles import shared_edges

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
        vertices = own(self.vertices, np.float64)
        faces = own(whole(self.faces, f"faces of {self.name!r}"), np.int64)
        check_surface(vertices, faces, self.name)
        face_region = own(whole(self.face_region, f"face_region of {self.name!r}"), np.int64)
        region_names = tuple(self.region_names)
        check_regions(face_region, region_names, len(faces), self.name)
        if not known_sound:
            check_sound(vertices, faces, self.name)
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
        face_region, region_names = assign_regions(dict(regions or {}), len(faces), name)
        if unite:
            from .uniting import united

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
        return own(np.stack([self.vertices.min(axis=0), self.vertices.max(axis=0)]), np.float64)

    @cached_property
    def normals(self) -> NDArray[np.float64]:
        """Outward unit normal of each triangle, shape (faces, 3)."""
        return own(self._crosses / np.linalg.norm(self._crosses, axis=1, keepdims=True), np.float64)

    @cached_property
    def face_areas(self) -> NDArray[np.float64]:
        """Area (um^2) of each triangle, shape (faces,)."""
        return own(np.linalg.norm(self._crosses, axis=1) / 2.0, np.float64)

    @cached_property
    def centroids(self) -> NDArray[np.float64]:
        """Centre (um) of each triangle, shape (faces, 3)."""
        return own(self.vertices[self.faces].mean(axis=1), np.float64)

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
        return own(np.broadcast_to([0, -1], (len(self.faces), 2)), np.int64)

    def compartment_at(self, points: ArrayLike) -> NDArray[np.int64]:
        """Return the compartment of each point (um), shape (points, 3): 0 inside, -1 outside."""
        return np.where(self.contains(points), 0, -1)

    def with_region(self, name: str, where: Selector | Place, *, exact: bool = False) -> TriangleMesh:
        """Return the mesh with a region of certain triangles, which leave the regions that they were in.

        Parameters
        ----------
        name
            Name of the region. If there is one of that name, what is not chosen of it becomes ``"membrane"``, so that
            the region is what was asked for; only the membrane keeps what it has.
        where
            A place, for the triangles whose centre lies within, or a selector of `nanospine.regions`.
        exact
            Cut triangles along the border of balls, ellipsoids, shells, boxes, half-spaces, heights and grown patches,
            instead of choosing whole ones. Borders along planes are exact. On a sphere the border is a polygon of some
            hundred corners, each within a hundredth of the radius of the sphere, so that it holds the area (um^2) that
            the true ball holds, or `Grown` states, within 1e-6. All other triangles stay.

        Raises
        ------
        GeometryError
            If nothing is chosen, another region but the membrane would be left without triangles, or there is nothing
            to cut.

        Examples
        --------
        >>> from nanospine import Ball, cube
        >>> round(cube(1.0).with_region("psd", Ball((0, 0, 0.5), 0.1), exact=True).area("psd"), 8)
        0.03141593
        """
        return self._with(*with_region(self, name, where, exact))

    def without_region(self, name: str) -> TriangleMesh:
        """Return the mesh without a region, whose triangles become ``"membrane"``.

        Raises
        ------
        GeometryError
            If there is no such region, or it is the membrane.
        """
        return self._with(self.vertices, self.faces, *without_region(self, name))

    def center(self, region: str | None = None) -> NDArray[np.float64]:
        """Return the centre of area (um) of a region, or of the whole surface, shape (3,).

        Raises
        ------
        GeometryError
            If there is no such region.
        """
        chosen = slice(None) if region is None else self.region_faces(region)
        return np.average(self.centroids[chosen], axis=0, weights=self.face_areas[chosen])

    def moved(self, by: ArrayLike) -> TriangleMesh:
        """Return the mesh, with its regions, moved by a vector (um), shape (3,)."""
        vector = np.asarray(by, dtype=np.float64)
        if vector.shape != (3,):
            raise GeometryError(f"{self.name!r} was to be moved by shape {vector.shape}; give three numbers (um).")
        return replace(self, vertices=self.vertices + vector, known_sound=True)

    def scaled(self, factor: float) -> TriangleMesh:
        """Return the mesh, with its regions, with all coordinates times a factor above 0."""
        checks.positive("scaled: factor", factor, error=GeometryError)
        return replace(self, vertices=self.vertices * factor, known_sound=True)

    def rotated(self, axis: ArrayLike, angle_deg: float, *, about: ArrayLike = (0.0, 0.0, 0.0)) -> TriangleMesh:
        """Return the mesh, with its regions, turned around an axis through a point.

        Parameters
        ----------
        axis
            Direction of any length, shape (3,).
        angle_deg
            Degrees, counter-clockwise seen from the tip of the axis.
        about
            A point of the axis (um), shape (3,).

        Raises
        ------
        GeometryError
            If the axis has no length, or a number is not finite.
        """
        from .reshaping import rotated

        return replace(self, vertices=rotated(self.vertices, axis, angle_deg, about), known_sound=True)

    def refined(self, edge: float) -> TriangleMesh:
        """Return the mesh with smaller triangles, of edges of at most a length (um); shape and regions stay.

        Raises
        ------
        GeometryError
            If the length is not positive, or so short that there would be more than five million triangles.
        """
        from .reshaping import refined

        return self._with(*refined(self, edge), self.region_names)

    def coarsened(self, *, triangles: int | None = None, edge: float | None = None) -> TriangleMesh:
        """Return the mesh with fewer triangles; the borders of regions keep their vertices but for the shortest edges.

        Vertices are left out where the surface is flattest; then all are moved by one distance along their normals, so
        that the volume stays. Without that, a sphere of 1280 triangles would lose 6 % at 308. Areas change: compare
        `area`, of regions too.

        Parameters
        ----------
        triangles
            Largest number of triangles.
        edge
            Instead, the edge (um) of equilateral triangles of which the surface takes as many.

        Raises
        ------
        GeometryError
            If not exactly one of them is given or is positive, or there is no closed shape, free of
            self-intersections, of so few triangles.
        """
        from .reshaping import coarsened

        return self._with(*coarsened(self, triangles, edge), self.region_names)

    def clipped(self, box: Box, *, region: str = "cut", drop: bool = False) -> TriangleMesh:
        """Return the part of the mesh within a box, closed by faces of a region of their own.

        A box whose sides pass through vertices is enlarged by up to a millionth of the mesh's extent.

        Parameters
        ----------
        box
            The box (um).
        region
            Name of the region of the faces along which it was cut.
        drop
            Go without the regions that lie outside of the box.

        Raises
        ------
        GeometryError
            If the box holds all or nothing of the mesh, or nothing of one of its regions without ``drop``.
        """
        from .reshaping import clipped

        return self._with(*clipped(self, box, region, drop))

    def describe(self) -> dict[str, Any]:
        """Return the figures that a check before a run shows."""
        return figures(self)

    def _repr_html_(self) -> str:
        return as_html(self.describe())

    def _with(self, vertices: Floats, faces: Longs, face_region: Longs, region_names: tuple[str, ...]) -> TriangleMesh:
        return TriangleMesh(vertices, faces, face_region, region_names, self.name, known_sound=True)

    @cached_property
    def _crosses(self) -> NDArray[np.float64]:
        a, b, c = self.vertices[self.faces].transpose(1, 0, 2)
        return np.cross(b - a, c - a)

    @cached_property
    def _columns(self) -> Any:
        from .columns import column_index

        return column_index(self.vertices, self.faces)
