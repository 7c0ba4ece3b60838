"""Closed parts that overlap, united to one surface."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model.errors import GeometryError
from .checks import check_surface


def united(
    vertices: NDArray[np.float64], faces: NDArray[np.int64], name: str
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the surface around all that any closed part encloses.

    Returns
    -------
    vertices, faces : ndarray
        The surface (um).
    origin : ndarray of int64
        For each triangle the one that it was, or was a piece of.

    Raises
    ------
    GeometryError
        If the parts are not closed and oriented outward.
    """
    from manifold3d import Error, Manifold, Mesh64, OpType

    vertices, faces = np.array(vertices, dtype=np.float64), np.array(faces, dtype=np.int64)
    check_surface(vertices, faces, name)
    numbers = np.arange(len(faces), dtype=np.uint64)
    whole = Manifold(Mesh64(vert_properties=vertices, tri_verts=faces.astype(np.uint64), face_id=numbers))
    sum_of_parts = Manifold.batch_boolean(whole.decompose(), OpType.Add)
    if sum_of_parts.status() != Error.NoError or sum_of_parts.is_empty():
        raise GeometryError(f"The parts of {name!r} cannot be united ({sum_of_parts.status()}); repair the mesh first.")
    surface = sum_of_parts.to_mesh64()
    return (
        np.array(surface.vert_properties[:, :3]),
        np.array(surface.tri_verts, dtype=np.int64),
        np.array(surface.face_id, dtype=np.int64),
    )
