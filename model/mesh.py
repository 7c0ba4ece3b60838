"""What a model needs to know of a mesh; `nanospine.geometry` makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Space(Protocol):
    """A volume within closed surfaces."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def vertices(self) -> NDArray[np.float64]:
        """Vertices (um), shape (vertices, 3)."""
        ...

    @property
    def faces(self) -> NDArray[np.int64]:
        """Vertex indices of each triangle, counter-clockwise seen from outside the volume, shape (faces, 3)."""
        ...

    @property
    def volume(self) -> float:
        """Volume (um^3)."""
        ...

    @property
    def bounds(self) -> NDArray[np.float64]:
        """Lowest and highest corner (um), shape (2, 3)."""
        ...

    @property
    def is_convex(self) -> bool:
        """Whether the surface is of one part and bends inwards nowhere."""
        ...

    def contains(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say for each point (um), shape (points, 3), whether it lies inside."""
        ...


class Mesh(Space, Protocol):
    """Closed, outward-oriented triangle meshes whose triangles belong to named regions, and what they divide.

    Classes of meshes are dataclasses that their room exports, so that a model's document can hold them.
    """

    @property
    def face_region(self) -> NDArray[np.int64]:
        """Index into ``region_names`` of each triangle, shape (faces,)."""
        ...

    @property
    def region_names(self) -> tuple[str, ...]:
        """Names of the regions."""
        ...

    @property
    def normals(self) -> NDArray[np.float64]:
        """Outward unit normal of each triangle, shape (faces, 3)."""
        ...

    @property
    def face_areas(self) -> NDArray[np.float64]:
        """Area (um^2) of each triangle, shape (faces,)."""
        ...

    @property
    def sha256(self) -> str:
        """Hash of vertices, triangles and regions."""
        ...

    def area(self, region: str | None = None) -> float:
        """Area (um^2) of a region, or of the whole surface."""
        ...

    def region_faces(self, *regions: str) -> NDArray[np.int64]:
        """Return the numbers of the triangles of regions, in increasing order."""
        ...

    @property
    def compartment_names(self) -> tuple[str, ...]:
        """Names of the compartments."""
        ...

    @property
    def compartments(self) -> Sequence[Space]:
        """The compartments, in the order of their names; molecules are released in the first unless stated."""
        ...

    @property
    def face_compartments(self) -> NDArray[np.int64]:
        """Compartments inside and outside each triangle, -1 outside of everything, shape (faces, 2)."""
        ...

    def compartment_at(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the compartment of each point (um), shape (points, 3); -1 outside of everything."""
        ...
