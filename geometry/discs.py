"""How much of triangles lies within the unit ball, and what hangs together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .triangles import shared_edges

Floats = NDArray[np.float64]
#: Share of a triangle, or of the ball's disc in it, that rounding explains.
ROUNDING = 1e-12


def scaled_corners(vertices: Floats, faces: NDArray[np.int64], center: Floats, radii: Floats) -> Floats:
    """Return the corners of triangles, shape (faces, 3, 3), in units in which an ellipsoid is the unit ball."""
    return np.asarray(((vertices - center) / radii)[faces])


def areas_in_ball(corners: Floats) -> tuple[Floats, Floats]:
    """Return the area of each triangle within the unit ball, and that of the triangle, shape (faces,).

    The ball meets the plane of a triangle in a disc. What a triangle has in common with a disc is the sum over its
    edges of what the disc has in common with the triangles on the edges whose tips are in its middle, by sign.
    """
    crossed = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    twice = np.linalg.norm(crossed, axis=1)
    normal = crossed / twice[:, None]
    depth = np.einsum("ij,ij->i", normal, corners[:, 0])
    rho2 = np.maximum(1.0 - depth**2, 0.0)
    flat = corners - (depth[:, None] * normal)[:, None]
    within = np.zeros(len(corners))
    for k in range(3):
        within += _over_edge(flat[:, k], flat[:, (k + 1) % 3], normal, rho2)
    area = twice / 2
    within[within <= ROUNDING * np.minimum(area, rho2)] = 0.0
    return np.where(within >= area * (1 - ROUNDING), area, within), area


def _over_edge(start: Floats, end: Floats, normal: Floats, rho2: Floats) -> Floats:
    """Return what discs around the origin share with the triangles of origin, start and end, signed."""
    along = end - start
    a, b = (along**2).sum(axis=1), (start * along).sum(axis=1)
    square = b * b - a * ((start**2).sum(axis=1) - rho2)
    root = np.sqrt(np.maximum(square, 0.0))
    enter, leave = np.clip((-b - root) / a, 0.0, 1.0), np.clip((-b + root) / a, 0.0, 1.0)
    meets = (square > 0.0) & (enter < leave)
    enter, leave = np.where(meets, enter, 0.0), np.where(meets, leave, 0.0)
    first, last = start + enter[:, None] * along, start + leave[:, None] * along
    sectors = _angle(start, first, normal) + _angle(last, end, normal)
    return np.asarray((rho2 * sectors + _cross(first, last, normal)) / 2)


def _cross(one: Floats, other: Floats, normal: Floats) -> Floats:
    return np.asarray((np.cross(one, other) * normal).sum(axis=1))


def _angle(one: Floats, other: Floats, normal: Floats) -> Floats:
    """Return the angle from one vector to another, seen against the normal."""
    return np.arctan2(_cross(one, other, normal), (one * other).sum(axis=1))


def connected_from(faces: NDArray[np.int64], chosen: NDArray[np.bool_], first: int) -> NDArray[np.bool_]:
    """Say which of the chosen triangles hang together with one of them by edges."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    left, right = shared_edges(faces)[:, 2:].T
    both = chosen[left] & chosen[right]
    ones = np.ones(int(both.sum()), dtype=np.int8)
    links = coo_array((ones, (left[both], right[both])), shape=(len(faces), len(faces)))
    _, label = connected_components(links, directed=False)
    return np.asarray(chosen & (label == label[first]))
