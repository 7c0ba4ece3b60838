"""How much of each voxel of a grid lies inside a closed mesh, exactly.

The volume inside a voxel is the sum over triangles of their signed shadow: what lies below an upward-facing
triangle counts as plus, below a downward-facing one as minus. Each triangle is cut along the planes of the
grid; over each piece the height above the voxel's floor is linear, so that its integral is the piece's
projected area times the height of its centroid. Triangles in planes of the grid need no special care: their
pieces have no area or no height.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import jit
from .overlap import X, Y, Z, cell_range

# A triangle cut by six planes has at most nine corners.
MOST_CORNERS = 10


@jit
def _above(
    polygon: NDArray[np.float64], n: int, axis: int, plane: float, side: float, kept: NDArray[np.float64]
) -> int:
    """Write the part of a convex polygon above a plane (below for side = -1) to ``kept``; return its corners.

    A polygon that lies in the plane is above it, never also below: no shadow is lost or counted twice.
    """
    count = 0
    beyond = side > 0.0
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        here = side * (polygon[i, axis] - plane)
        there = side * (polygon[j, axis] - plane)
        beyond = beyond or here > 0.0
        if here >= 0.0:
            for k in range(3):
                kept[count, k] = polygon[i, k]
            count += 1
        if (here > 0.0 and there < 0.0) or (here < 0.0 and there > 0.0):
            share = here / (here - there)
            for k in range(3):
                kept[count, k] = polygon[i, k] + share * (polygon[j, k] - polygon[i, k])
            kept[count, axis] = plane
            count += 1
    return count if beyond else 0


@jit
def _copy(polygon: NDArray[np.float64], n: int, copy: NDArray[np.float64]) -> None:
    for i in range(n):
        for k in range(3):
            copy[i, k] = polygon[i, k]


@jit
def slice_layer(
    polygon: NDArray[np.float64],
    n: int,
    axis: int,
    layer: int,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    origin: NDArray[np.float64],
    size: NDArray[np.float64],
    scratch: NDArray[np.float64],
    kept: NDArray[np.float64],
) -> int:
    """Write the part of a polygon in one layer of the grid to ``kept``; return its corners.

    The outermost layers that the triangle reaches are left open, so that rounding cannot lose a sliver.
    """
    _copy(polygon, n, scratch)
    if layer > first[axis]:
        n = _above(polygon, n, axis, origin[axis] + layer * size[axis], 1.0, scratch)
    _copy(scratch, n, kept)
    if layer < last[axis]:
        n = _above(scratch, n, axis, origin[axis] + (layer + 1) * size[axis], -1.0, kept)
    return n


@jit
def _shadow(polygon: NDArray[np.float64], n: int, floor: float) -> tuple[float, float]:
    """Return the signed projected area of a polygon and the signed volume between it and ``z = floor``."""
    area = 0.0
    volume = 0.0
    for i in range(1, n - 1):
        ux, uy = polygon[i, 0] - polygon[0, 0], polygon[i, 1] - polygon[0, 1]
        vx, vy = polygon[i + 1, 0] - polygon[0, 0], polygon[i + 1, 1] - polygon[0, 1]
        piece = 0.5 * (ux * vy - uy * vx)
        area += piece
        volume += piece * ((polygon[0, 2] + polygon[i, 2] + polygon[i + 1, 2]) / 3.0 - floor)
    return area, volume


@jit
def voxel_volumes(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int64],
    origin: NDArray[np.float64],
    size: NDArray[np.float64],
    dims: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return the volume (um^3) of each voxel inside the mesh, shape (dims[2], dims[1], dims[0]).

    The grid must enclose the mesh.
    """
    volume = np.zeros((dims[2], dims[1], dims[0]))
    # Projected area of the pieces in a voxel, whose shadow fills all voxels below it.
    area_in = np.zeros((dims[2], dims[1], dims[0]))
    triangle = np.empty((3, 3))
    scratch = np.empty((MOST_CORNERS, 3))
    strip = np.empty((MOST_CORNERS, 3))
    column = np.empty((MOST_CORNERS, 3))
    piece = np.empty((MOST_CORNERS, 3))
    for t in range(len(faces)):
        for i in range(3):
            for k in range(3):
                triangle[i, k] = vertices[faces[t, i], k]
        first, last = cell_range(triangle, origin, size, dims, 0.0)
        for iy in range(first[1], last[1] + 1):
            n_strip = slice_layer(triangle, len(triangle), Y, iy, first, last, origin, size, scratch, strip)
            for ix in range(first[0], last[0] + 1):
                n_column = slice_layer(strip, n_strip, X, ix, first, last, origin, size, scratch, column)
                for iz in range(first[2], last[2] + 1):
                    n_piece = slice_layer(column, n_column, Z, iz, first, last, origin, size, scratch, piece)
                    area, under = _shadow(piece, n_piece, origin[2] + iz * size[2])
                    volume[iz, iy, ix] += under
                    area_in[iz, iy, ix] += area
    for iz in range(dims[2] - 2, -1, -1):
        for iy in range(dims[1]):
            for ix in range(dims[0]):
                area_in[iz, iy, ix] += area_in[iz + 1, iy, ix]
                volume[iz, iy, ix] += size[2] * area_in[iz + 1, iy, ix]
    return volume
