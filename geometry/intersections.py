"""Triangles of a mesh that pass through each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model.mesh import Mesh
from .spatial import WallGrid, wall_grid

# A vertex within this share of the mesh's extent of a plane lies in the plane.
FLAT = 1e-10
PAIRS_AT_ONCE = 100_000

Corners = NDArray[np.float64]  # corners of one triangle of each pair (um), shape (pairs, 3, 3)


def self_intersections(mesh: Mesh) -> NDArray[np.int64]:
    """Return the pairs of triangles that cross or touch each other beyond a common edge or vertex.

    Returns
    -------
    ndarray
        Triangle numbers, the lower first, shape (pairs, 2); empty for a sound mesh.
    """
    pairs = _neighbours(mesh, wall_grid(mesh))
    flat = FLAT * float(np.ptp(mesh.bounds, axis=0).max())
    batches = np.array_split(pairs, 1 + len(pairs) // PAIRS_AT_ONCE)
    return np.concatenate([batch[_meet(mesh, batch, flat)] for batch in batches])


def _neighbours(mesh: Mesh, grid: WallGrid) -> NDArray[np.int64]:
    """Return the pairs of triangles in a common cell whose bounding boxes overlap, shape (pairs, 2)."""
    corners = mesh.vertices[mesh.faces]
    low, high = corners.min(axis=1), corners.max(axis=1)
    cell = np.repeat(np.arange(len(grid.start) - 1), np.diff(grid.start))
    entry = np.arange(len(cell))
    found = [np.empty((0, 2), dtype=np.int64)]
    apart = 1
    while True:
        entry = entry[entry + apart < len(cell)]
        entry = entry[cell[entry] == cell[entry + apart]]
        if not len(entry):
            return np.unique(np.concatenate(found), axis=0)
        s, t = grid.triangles[entry], grid.triangles[entry + apart]
        overlap = ((low[s] <= high[t]) & (low[t] <= high[s])).all(axis=1)
        found.append(np.unique(np.stack([s[overlap], t[overlap]], axis=1).astype(np.int64), axis=0))
        apart += 1


def _meet(mesh: Mesh, pairs: NDArray[np.int64], flat: float) -> NDArray[np.bool_]:
    """Say of each pair whether its triangles meet elsewhere than at the vertices or edge that they share."""
    face, other = mesh.faces[pairs[:, 0]], mesh.faces[pairs[:, 1]]
    first, second = mesh.vertices[face], mesh.vertices[other]
    same = face[:, :, None] == other[:, None, :]
    in_plane = (np.abs(_heights(first, mesh.normals[pairs[:, 0]], second)) <= flat).all(axis=1)
    meet = np.zeros(len(pairs), dtype=np.bool_)
    meet[in_plane] = _overlap_in_plane(first[in_plane], second[in_plane], mesh.normals[pairs[in_plane, 0]], flat)
    candidates = ~in_plane & (same.sum(axis=(1, 2)) < 2)
    for edges, own, triangle, normal in (
        (first, same.any(axis=2), second, mesh.normals[pairs[:, 1]]),
        (second, same.any(axis=1), first, mesh.normals[pairs[:, 0]]),
    ):
        for i in range(3):
            j = (i + 1) % 3
            free = np.flatnonzero(candidates & ~own[:, i] & ~own[:, j])
            meet[free] |= _edges_meet(edges[free, i], edges[free, j], triangle[free], normal[free], flat)
    return meet


def _heights(triangle: Corners, normal: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the signed distances (um) of points, shape (pairs, n, 3), from each triangle's plane."""
    return np.einsum("pk,pnk->pn", normal, points - triangle[:, :1])


def _edges_meet(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    triangle: Corners,
    normal: NDArray[np.float64],
    flat: float,
) -> NDArray[np.bool_]:
    """Say whether each edge meets its triangle in one point."""
    above, below = _heights(triangle, normal, np.stack([start, end], axis=1)).T
    one_side = ((above > flat) & (below > flat)) | ((above < -flat) & (below < -flat)) | (above == below)
    drop = np.where(above == below, 1.0, above - below)
    crossing = start + np.clip(above / drop, 0.0, 1.0)[:, None] * (end - start)
    inside = ~one_side
    for i in range(3):
        along = triangle[:, (i + 1) % 3] - triangle[:, i]
        inward = np.cross(normal, along / np.linalg.norm(along, axis=1, keepdims=True))
        inside &= np.einsum("pk,pk->p", crossing - triangle[:, i], inward) >= -flat
    return inside


def _overlap_in_plane(first: Corners, second: Corners, normal: NDArray[np.float64], flat: float) -> NDArray[np.bool_]:
    """Say whether two triangles of one plane share an area, and not only an edge or a vertex."""
    overlap = np.ones(len(first), dtype=np.bool_)
    for triangle in (first, second):
        for i in range(3):
            axis = np.cross(normal, triangle[:, (i + 1) % 3] - triangle[:, i])
            axis /= np.linalg.norm(axis, axis=1, keepdims=True)
            s, t = np.einsum("pk,pnk->pn", axis, first), np.einsum("pk,pnk->pn", axis, second)
            overlap &= (s.max(axis=1) > t.min(axis=1) + flat) & (t.max(axis=1) > s.min(axis=1) + flat)
    return overlap
