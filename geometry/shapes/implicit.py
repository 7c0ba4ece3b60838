"""Smooth meshes of the zero surface of a signed distance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

SMOOTHING_ROUNDS = 10

Distance = Callable[[Any, Any, Any], Any]


def surface_mesh(
    distance: Distance, bounds: NDArray[np.float64], edge_um: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return vertices and triangles of the surface where ``distance`` is zero.

    Marching tetrahedra make the triangles; then vertices move along the surface towards the middle of their
    neighbours, which takes out slivers.

    Parameters
    ----------
    distance
        Signed distance (um) at x, y, z (um, numbers or arrays), negative inside.
    bounds
        Box that holds the surface (um), shape (2, 3).
    edge_um
        Longest edge of a triangle, roughly (um).
    """
    from manifold3d import Manifold

    solid = Manifold.level_set(lambda x, y, z: -float(distance(x, y, z)), bounds.ravel().tolist(), edge_um)
    raw = solid.to_mesh64()
    vertices = np.array(raw.vert_properties[:, :3], dtype=np.float64)
    faces = np.array(raw.tri_verts, dtype=np.int64)
    return _smoothed(distance, vertices, faces, edge_um), faces


def _smoothed(
    distance: Distance, vertices: NDArray[np.float64], faces: NDArray[np.int64], edge_um: float
) -> NDArray[np.float64]:
    rows, columns = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    neighbours = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(vertices), len(vertices)))
    average = diags_array(1.0 / neighbours.sum(axis=1)) @ neighbours
    for _ in range(SMOOTHING_ROUNDS):
        moved = vertices + 0.5 * (average @ vertices - vertices)
        vertices = _nearer_surface(distance, moved, 1e-3 * edge_um)
    return _nearer_surface(distance, vertices, 1e-3 * edge_um)


def _nearer_surface(distance: Distance, points: NDArray[np.float64], h: float) -> NDArray[np.float64]:
    """Move points by one Newton step along the gradient (central differences, step ``h``) to the surface."""
    steps = h * np.eye(3)
    gradient = np.stack([distance(*(points + d).T) - distance(*(points - d).T) for d in steps], axis=1) / (2 * h)
    share = distance(*points.T) / (gradient**2).sum(axis=1)
    return points - share[:, None] * gradient
