"""Planes, edges and neighbours of triangles, and how a surface of them is bent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model.mesh import Mesh

#: Normals that differ by less (cosine) belong to one flat or gently curved surface.
SHARP = 0.94
#: Distances are compared with this margin for rounding.
MARGIN = 1 + 1e-9
#: Triangles near points that are looked at at once.
CANDIDATES = 100_000


def shared_edges(faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each edge of a closed mesh as (vertex, vertex, triangle, triangle), shape (edges, 4)."""
    edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    owner = np.repeat(np.arange(len(faces)), 3)
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    first, second = order[0::2], order[1::2]
    return np.column_stack([edges[first], owner[first], owner[second]])


def twins(faces: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return per triangle and edge (from corner k to k + 1) the same edge of its neighbour, as 3 x triangle + edge."""
    edges = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    twin = np.empty(len(edges), np.int32)
    twin[order[0::2]], twin[order[1::2]] = order[1::2], order[0::2]
    return twin


def planes(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return outward unit normal and offset of triangles with corners of shape (triangles, 3, 3)."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    offset = np.einsum("ij,ij->i", normal, corners.mean(axis=1))
    return np.column_stack([normal, offset])


def edge_planes(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return per triangle and edge the in-plane normal that points away from the triangle, and its offset."""
    normal = planes(corners)[:, :3]
    result = np.empty((len(corners), 3, 4))
    for k in range(3):
        edge = corners[:, (k + 1) % 3] - corners[:, k]
        away = np.cross(edge, normal)
        away /= np.linalg.norm(away, axis=1, keepdims=True)
        result[:, k, :3] = away
        result[:, k, 3] = np.einsum("ij,ij->i", away, corners[:, k])
    return result.reshape(-1, 12)


def mean_curvature(mesh: Mesh) -> NDArray[np.float64]:
    """Return the mean curvature (1/um) around each triangle, positive where the inside is convex.

    That of an edge, half its angle times its length, is shared by its two triangles. Sharp edges are left out: next to
    them steps are short.
    """
    edges = shared_edges(mesh.faces)
    left, right = edges[:, 2], edges[:, 3]
    normals, centers, area = mesh.normals, mesh.vertices[mesh.faces].mean(axis=1), mesh.face_areas
    cosine = np.einsum("ij,ij->i", normals[left], normals[right]).clip(-1.0, 1.0)
    rises = np.einsum("ij,ij->i", normals[left], centers[right] - centers[left])
    length = np.linalg.norm(mesh.vertices[edges[:, 1]] - mesh.vertices[edges[:, 0]], axis=1)
    amount = np.where(cosine >= SHARP, -np.sign(rises) * np.arccos(cosine) * length / 4, 0.0)
    return np.asarray((np.bincount(left, amount, len(area)) + np.bincount(right, amount, len(area))) / area)


def plane_bases(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return two orthogonal unit vectors in the plane of each triangle, shape (triangles, 6)."""
    first = corners[:, 1] - corners[:, 0]
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), first)
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    return np.column_stack([first, second])


def mean_curvature_product(mesh: Mesh) -> float:
    """Return the mean over the surface of the absolute Gaussian curvature (1/um^2).

    Its integral over a mesh is the sum over vertices of what the angles around them lack to, or exceed, a full turn
    (Gauss and Bonnet).
    """
    corners = mesh.vertices[mesh.faces]
    ahead, behind = np.roll(corners, -1, axis=1) - corners, np.roll(corners, 1, axis=1) - corners
    angle = np.arctan2(np.linalg.norm(np.cross(ahead, behind), axis=2), (ahead * behind).sum(axis=2))
    around = np.bincount(mesh.faces.ravel(), angle.ravel(), len(mesh.vertices))
    used = np.unique(mesh.faces)
    return float(np.abs(2 * np.pi - around[used]).sum() / mesh.area())


def nearest_on_surface(
    corners: NDArray[np.float64], points: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the nearest point of the surface to each point, and its triangle, the first of several as near."""
    from scipy.spatial import KDTree
    from trimesh.triangles import closest_point

    centre = corners.mean(axis=1)
    radius = np.linalg.norm(corners - centre[:, None], axis=2).max(axis=1)
    # Triangles of about one size share a tree, so that a large one does not widen the search among the small ones.
    size = np.ceil(np.log2(radius))
    sets = [np.flatnonzero(size == step) for step in np.unique(size)]
    trees = [(members, KDTree(centre[members]), float(radius[members].max())) for members in sets]
    # No point is farther from the surface than from its nearest corner.
    bounds = np.asarray(KDTree(corners.reshape(-1, 3)).query(points)[0])
    reaches = [(members, tree, MARGIN * (bounds + r)) for members, tree, r in trees]
    counts = [tree.query_ball_point(points, reach, return_length=True) for _, tree, reach in reaches]
    batch = np.cumsum(np.sum(counts, axis=0)) // CANDIDATES
    position, face = np.empty_like(points), np.empty(len(points), dtype=np.int32)
    for number in np.unique(batch):
        some = np.flatnonzero(batch == number)
        found = [(members, tree.query_ball_point(points[some], reach[some])) for members, tree, reach in reaches]
        row = np.concatenate([np.repeat(some, [len(near) for near in lists]) for _, lists in found])
        candidate = np.concatenate(
            [members[np.array(near, dtype=np.int64)] for members, lists in found for near in lists]
        )
        closest = closest_point(corners[candidate], points[row])
        order = np.lexsort((candidate, np.linalg.norm(closest - points[row], axis=1), row))
        best = order[np.unique(row[order], return_index=True)[1]]
        position[some], face[some] = closest[best], candidate[best]
    return position, face
