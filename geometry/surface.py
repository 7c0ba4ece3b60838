"""Triangles as a file has them, of which nothing is known yet."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .checks import signed_volumes
from .edges import connected
from .mesh import TriangleMesh


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles with regions that need not be closed, nor wind alike.

    Attributes
    ----------
    vertices : ndarray
        Vertices (um), shape (vertices, 3).
    faces : ndarray of int64
        Vertices of each triangle, shape (faces, 3).
    face_region : ndarray of int64
        Index into ``region_names`` of each triangle.
    region_names : tuple of str
        Names of the regions.
    name : str
        What messages call it.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    face_region: NDArray[np.int64]
    region_names: tuple[str, ...]
    name: str

    @property
    def area(self) -> float:
        """Area of all triangles (um^2)."""
        corners = self.vertices[self.faces]
        return float(
            np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
        )

    @property
    def volume(self) -> float:
        """Volume (um^3) by the divergence theorem, which is the enclosed one if there is one."""
        return float(signed_volumes(self.vertices, self.faces).sum()) if len(self.faces) else 0.0

    @property
    def extent(self) -> float:
        """Length of the longest side of the bounding box (um)."""
        return float(np.ptp(self.vertices, axis=0).max())

    def only(self, kept: NDArray[np.bool_]) -> Surface:
        """Return some of the triangles, with the vertices that they have."""
        used, faces = np.unique(self.faces[kept], return_inverse=True)
        return replace(
            self,
            vertices=self.vertices[used],
            faces=faces.reshape(-1, 3).astype(np.int64),
            face_region=self.face_region[kept],
        )

    def joined(self, within_um: float) -> Surface:
        """Return it with vertices of a place, or so near to each other, made one, without what is left of no area."""
        from scipy.spatial import KDTree

        places, index = np.unique(self.vertices[self.faces].reshape(-1, 3), axis=0, return_inverse=True)
        near = KDTree(places).query_pairs(within_um, output_type="ndarray")
        label = connected(near, len(places))
        _, first = np.unique(label, return_index=True)
        faces = label[index.reshape(-1)].reshape(-1, 3)
        joined = replace(self, vertices=places[first], faces=faces)
        return joined.only((faces != np.roll(faces, 1, axis=1)).all(axis=1))

    def regions(self) -> dict[str, NDArray[np.int64]]:
        """Return the triangles of each region."""
        return {name: np.flatnonzero(self.face_region == number) for number, name in enumerate(self.region_names)}

    def mesh(self, *, unite: bool = False, known_sound: bool = False) -> TriangleMesh:
        """Return the mesh that it is.

        Raises
        ------
        GeometryError
            If it is none.
        """
        return TriangleMesh.from_arrays(
            self.vertices, self.faces, self.regions(), name=self.name, unite=unite, known_sound=known_sound
        )
