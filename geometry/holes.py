"""Holes in a surface: the loops of its open edges, and lids for them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .edges import edge_table


def open_loops(faces: NDArray[np.int64]) -> list[list[int]]:
    """Return the vertices around each hole of a surface that winds alike, so that a lid of that order closes it."""
    table = edge_table(faces)
    after: dict[int, list[int]] = {}
    for start, end in table.directed[table.counts[table.edge_of] == 1].tolist():
        after.setdefault(end, []).append(start)
    loops = []
    while after:
        path = [next(iter(after))]
        while path[-1] in after:
            ways = after[path[-1]]
            following = ways.pop()
            if not ways:
                del after[path[-1]]
            if following in path:
                # Holes that touch at a vertex are closed one by one.
                loops.append(path[path.index(following) :])
                del path[path.index(following) :]
            path.append(following)
    return [loop for loop in loops if len(loop) > 2]


def loop_area(corners: NDArray[np.float64]) -> float:
    """Return the area (um^2) that a loop of corners, shape (n, 3), encloses as seen from where it is largest."""
    return float(np.linalg.norm(_area_vector(corners)))


def lid(corners: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return triangles between the corners of a loop, shape (n, 3), in its sense."""
    if len(corners) == 3:
        return np.array([[0, 1, 2]])
    from manifold3d import triangulate

    normal = _area_vector(corners)
    normal = normal / np.linalg.norm(normal)
    across = np.cross(normal, np.eye(3)[np.argmin(np.abs(normal))])
    across /= np.linalg.norm(across)
    flat = (corners - corners.mean(axis=0)) @ np.column_stack([across, np.cross(normal, across)])
    return np.asarray(triangulate([flat]), dtype=np.int64).reshape(-1, 3)


def _area_vector(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    around = corners - corners.mean(axis=0)
    return np.asarray(np.cross(around, np.roll(around, -1, axis=0)).sum(axis=0) / 2)
