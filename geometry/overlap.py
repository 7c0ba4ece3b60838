"""Which cells of a regular grid a triangle touches.

The overlap test uses separating axes: a triangle and a box are apart if and only if their projections are
apart on one of the box's three normals, the triangle's normal, or the nine cross products of their edges
(Akenine-Moller 2001, J. Graphics Tools 6, 29-33).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import jit

X, Y, Z = np.int64(0), np.int64(1), np.int64(2)  # an int would make Numba compile each function once per axis


@jit
def _apart_on_axis(corners: NDArray[np.float64], half: NDArray[np.float64], ax: float, ay: float, az: float) -> bool:
    reach = half[0] * abs(ax) + half[1] * abs(ay) + half[2] * abs(az)
    p = corners[0, 0] * ax + corners[0, 1] * ay + corners[0, 2] * az
    q = corners[1, 0] * ax + corners[1, 1] * ay + corners[1, 2] * az
    r = corners[2, 0] * ax + corners[2, 1] * ay + corners[2, 2] * az
    return min(p, q, r) > reach or max(p, q, r) < -reach


@jit
def triangle_meets_box(corners: NDArray[np.float64], half: NDArray[np.float64]) -> bool:
    """Say whether a triangle, given relative to a box's centre, meets the box of half-edges ``half``."""
    if (
        _apart_on_axis(corners, half, 1.0, 0.0, 0.0)
        or _apart_on_axis(corners, half, 0.0, 1.0, 0.0)
        or _apart_on_axis(corners, half, 0.0, 0.0, 1.0)
    ):
        return False
    ux, uy, uz = corners[1, 0] - corners[0, 0], corners[1, 1] - corners[0, 1], corners[1, 2] - corners[0, 2]
    vx, vy, vz = corners[2, 0] - corners[1, 0], corners[2, 1] - corners[1, 1], corners[2, 2] - corners[1, 2]
    if _apart_on_axis(corners, half, uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx):
        return False
    for i in range(3):
        j = (i + 1) % 3
        ex, ey, ez = (
            corners[j, 0] - corners[i, 0],
            corners[j, 1] - corners[i, 1],
            corners[j, 2] - corners[i, 2],
        )
        if (
            _apart_on_axis(corners, half, 0.0, -ez, ey)
            or _apart_on_axis(corners, half, ez, 0.0, -ex)
            or _apart_on_axis(corners, half, -ey, ex, 0.0)
        ):
            return False
    return True


@jit
def cell_range(
    corners: NDArray[np.float64],
    origin: NDArray[np.float64],
    size: NDArray[np.float64],
    dims: NDArray[np.int32],
    grown: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and last cell along each axis that the triangle's bounding box, grown, meets.

    What ends on the grid's upper border belongs to the last cell.
    """
    first = np.empty(3, dtype=np.int64)
    last = np.empty(3, dtype=np.int64)
    for axis in range(3):
        low = min(corners[0, axis], corners[1, axis], corners[2, axis])
        high = max(corners[0, axis], corners[1, axis], corners[2, axis])
        lowest = np.int64(np.floor((low - origin[axis]) / size[axis] - grown))
        highest = np.int64(np.floor((high - origin[axis]) / size[axis] + grown))
        first[axis] = min(max(lowest, 0), dims[axis] - 1)
        last[axis] = min(max(highest, 0), dims[axis] - 1)
    return first, last


@jit
def _shift(corners: NDArray[np.float64], axis: int, middle: float, relative: NDArray[np.float64]) -> None:
    for i in range(3):
        relative[i, axis] = corners[i, axis] - middle


@jit
def _meeting_cells(
    corners: NDArray[np.float64],
    origin: NDArray[np.float64],
    size: NDArray[np.float64],
    dims: NDArray[np.int32],
    grown: float,
    found: NDArray[np.int64],
) -> int:
    """Write the cells that meet the triangle to ``found`` as far as it reaches; return how many there are."""
    first, last = cell_range(corners, origin, size, dims, grown)
    half = np.empty(3)
    for axis in range(3):
        half[axis] = size[axis] * (0.5 + grown)
    relative = np.empty((3, 3))
    count = 0
    for iz in range(first[2], last[2] + 1):
        _shift(corners, Z, origin[2] + (iz + 0.5) * size[2], relative)
        for iy in range(first[1], last[1] + 1):
            _shift(corners, Y, origin[1] + (iy + 0.5) * size[1], relative)
            for ix in range(first[0], last[0] + 1):
                _shift(corners, X, origin[0] + (ix + 0.5) * size[0], relative)
                if triangle_meets_box(relative, half):
                    if count < len(found):
                        found[count] = ix + dims[0] * (iy + np.int64(dims[1]) * iz)
                    count += 1
    return count


def cells_of_triangles(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int64],
    origin: NDArray[np.float64],
    size: NDArray[np.float64],
    dims: NDArray[np.int32],
    grown: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all pairs (cell, triangle) that meet, ordered by triangle.

    Cells are numbered ``ix + dims[0] * (iy + dims[1] * iz)`` and grown on each side by the fraction
    ``grown`` of their size; a negative fraction leaves out triangles that only lie on their border.
    """
    none = np.empty(0, dtype=np.int64)
    count = _list_meetings(vertices, faces, origin, size, dims, grown, none, none)
    found, owner = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    _list_meetings(vertices, faces, origin, size, dims, grown, found, owner)
    return found, owner


@jit
def _list_meetings(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int64],
    origin: NDArray[np.float64],
    size: NDArray[np.float64],
    dims: NDArray[np.int32],
    grown: float,
    found: NDArray[np.int64],
    owner: NDArray[np.int64],
) -> int:
    """Write the pairs (cell, triangle) that meet as far as the arrays reach; return how many there are."""
    total = 0
    corners = np.empty((3, 3))
    for t in range(len(faces)):
        for i in range(3):
            for k in range(3):
                corners[i, k] = vertices[faces[t, i], k]
        count = _meeting_cells(corners, origin, size, dims, grown, found[total:])
        for row in range(total, min(total + count, len(owner))):
            owner[row] = t
        total += count
    return total
