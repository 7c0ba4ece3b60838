"""Triangles of a mesh that pass through each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import jit
from ..model.errors import GeometryError
from .spatial import triangles_in_cells, usual_cell
from .triangles import planes

# A vertex within this share of the mesh's extent of a plane lies in the plane.
FLAT = 1e-10
PAIRS_AT_ONCE = 100_000
PLACES_NAMED = 3

Corners = NDArray[np.float64]  # corners of one triangle of each pair (um), shape (pairs, 3, 3)


def check_self_intersections(vertices: NDArray[np.float64], faces: NDArray[np.int64], name: str) -> None:
    """Refuse a surface that passes through itself or touches itself, with the first places."""
    pairs = self_intersections(vertices, faces)
    if not len(pairs):
        return
    places = []
    for one, other in pairs[:PLACES_NAMED].tolist():
        places.append(f"{one} and {other} near {meeting_place(vertices[faces[[one, other]]])}")
    raise GeometryError(
        f"{name!r} passes through itself: {len(pairs)} pairs of triangles meet, {', '.join(places)} um"
        f"{', ...' if len(pairs) > PLACES_NAMED else ''}; unite closed parts that overlap with unite=True, "
        "or repair it in the program that made it."
    )


def meeting_place(corners: Corners) -> list[float]:
    """Return about where two triangles, shape (2, 3, 3), meet: the middle of what their bounding boxes share (um)."""
    middle = (corners.min(axis=1).max(axis=0) + corners.max(axis=1).min(axis=0)) / 2.0
    return [float(x) for x in middle.round(6)]


def self_intersections(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the pairs of triangles that cross or touch each other beyond a common edge or vertex.

    Parameters
    ----------
    vertices
        Vertices (um), shape (vertices, 3).
    faces
        Vertex indices of each triangle, shape (faces, 3).

    Returns
    -------
    ndarray
        Triangle numbers, the lower first, shape (pairs, 2); empty for a sound mesh.
    """
    normals = np.ascontiguousarray(planes(vertices[faces])[:, :3])
    flat = FLAT * float(np.ptp(vertices, axis=0).max())
    pairs = _near_pairs(vertices, faces, normals, flat)
    batches = np.array_split(pairs, 1 + len(pairs) // PAIRS_AT_ONCE)
    return np.concatenate([batch[_meet(vertices, faces, normals, batch, flat)] for batch in batches])


def _near_pairs(
    vertices: NDArray[np.float64], faces: NDArray[np.int64], normals: NDArray[np.float64], flat: float
) -> NDArray[np.int64]:
    """Return the pairs of triangles of which neither lies, but for shared vertices, on one side of the other."""
    corners = vertices[faces]
    area = float(np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum())
    cell_edge = usual_cell(np.ptp(vertices, axis=0), area / 2.0, len(faces))
    _, _, cell, triangle = triangles_in_cells(vertices, faces, cell_edge)
    order = np.argsort(cell, kind="stable")
    bounds = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    arguments = (vertices, faces, normals, bounds, cell[order], triangle[order], flat)
    found = np.empty((_list_pairs(*arguments, np.empty((0, 2), dtype=np.int64)), 2), dtype=np.int64)
    _list_pairs(*arguments, found)
    return np.stack(np.divmod(np.unique(found[:, 0] * len(faces) + found[:, 1]), len(faces)), axis=1)


@jit
def _list_pairs(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int64],
    normals: NDArray[np.float64],
    bounds: NDArray[np.float64],
    cell: NDArray[np.int64],
    triangle: NDArray[np.int64],
    flat: float,
    found: NDArray[np.int64],
) -> int:
    """Write the pairs in common cells, the lower first, as far as ``found`` reaches; return how many there are."""
    count = 0
    for i in range(len(cell)):
        for j in range(i + 1, len(cell)):
            if cell[i] != cell[j]:
                break
            s, t = triangle[i], triangle[j]
            apart = False
            for axis in range(3):
                if bounds[s, axis] > bounds[t, axis + 3] or bounds[t, axis] > bounds[s, axis + 3]:
                    apart = True
            if (
                apart
                or _on_one_side(vertices, faces[s], normals[s], faces[t], flat)
                or _on_one_side(vertices, faces[t], normals[t], faces[s], flat)
            ):
                continue
            if count < len(found):
                found[count, 0], found[count, 1] = s, t
            count += 1
    return count


@jit
def _on_one_side(
    vertices: NDArray[np.float64],
    face: NDArray[np.int64],
    normal: NDArray[np.float64],
    other: NDArray[np.int64],
    flat: float,
) -> bool:
    """Say whether the vertices of another triangle that it does not share lie on one side of a triangle's plane."""
    above = below = False
    for k in range(3):
        if other[k] != face[0] and other[k] != face[1] and other[k] != face[2]:
            height = 0.0
            for axis in range(3):
                height += normal[axis] * (vertices[other[k], axis] - vertices[face[0], axis])
            above |= height >= -flat
            below |= height <= flat
    return not (above and below)


def _meet(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int64],
    normals: NDArray[np.float64],
    pairs: NDArray[np.int64],
    flat: float,
) -> NDArray[np.bool_]:
    """Say of each pair whether its triangles meet elsewhere than at the vertices or edge that they share."""
    face, other = faces[pairs[:, 0]], faces[pairs[:, 1]]
    first, second = vertices[face], vertices[other]
    same = face[:, :, None] == other[:, None, :]
    in_plane = (np.abs(_heights(first, normals[pairs[:, 0]], second)) <= flat).all(axis=1)
    meet = np.zeros(len(pairs), dtype=np.bool_)
    meet[in_plane] = _overlap_in_plane(first[in_plane], second[in_plane], normals[pairs[in_plane, 0]], flat)
    candidates = ~in_plane & (same.sum(axis=(1, 2)) < 2)
    for edges, own, triangle, normal in (
        (first, same.any(axis=2), second, normals[pairs[:, 1]]),
        (second, same.any(axis=1), first, normals[pairs[:, 0]]),
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
