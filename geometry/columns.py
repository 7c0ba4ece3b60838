"""Vertical lines through a closed mesh: where they enter and leave it.

A line along z hits a triangle if its (x, y) lies in the triangle's projection. That is decided by the
crossing rule, one bit for each of the three edges, and the bit of an edge depends on its two vertices in
the order of their numbers only. Both triangles at an edge therefore get the same bit, whatever rounding
does, so that every line has an even number of hits on a watertight mesh, also through vertices, along edges
and along walls.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import jit


class ColumnIndex(NamedTuple):
    """Triangles sorted into square bins of the xy plane; bin (i, j) is row ``i + bins[0] * j``."""

    corner: NDArray[np.float64]
    bin_edge: float
    bins: NDArray[np.int64]
    start: NDArray[np.int64]
    triangles: NDArray[np.int64]


@jit
def _edge_bit(vertices: NDArray[np.float64], a: int, b: int, x: float, y: float) -> bool:
    if a > b:
        a, b = b, a
    ay, by = vertices[a, 1], vertices[b, 1]
    if (ay > y) == (by > y):
        return False
    ax, bx = vertices[a, 0], vertices[b, 0]
    return x < ax + (y - ay) / (by - ay) * (bx - ax)


@jit
def line_hits(vertices: NDArray[np.float64], face: NDArray[np.int64], x: float, y: float) -> bool:
    """Say whether the vertical line at (x, y) hits the triangle."""
    return (
        _edge_bit(vertices, face[0], face[1], x, y)
        ^ _edge_bit(vertices, face[1], face[2], x, y)
        ^ _edge_bit(vertices, face[2], face[0], x, y)
    )


@jit
def height(vertices: NDArray[np.float64], face: NDArray[np.int64], x: float, y: float) -> float:
    """Return z (um) where the vertical line at (x, y) meets the triangle, kept within the triangle."""
    a, b, c = vertices[face[0]], vertices[face[1]], vertices[face[2]]
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    lowest = min(a[2], b[2], c[2])
    highest = max(a[2], b[2], c[2])
    area = ux * vy - uy * vx
    if area == 0.0:
        return 0.5 * (lowest + highest)
    px, py = x - a[0], y - a[1]
    z = a[2] + ((px * vy - py * vx) * uz + (ux * py - uy * px) * vz) / area
    return min(max(z, lowest), highest)


def _sort_into_bins(
    low: NDArray[np.int64], high: NDArray[np.int64], bins: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return row pointers and the triangles in each bin, of triangles that reach from bin ``low`` to bin ``high``."""
    spans = high - low + 1
    counts = spans.prod(axis=1)
    triangles = np.repeat(np.arange(len(low)), counts)
    nth = np.arange(len(triangles)) - np.repeat(np.cumsum(counts) - counts, counts)
    j, i = np.divmod(nth, spans[triangles, 0])
    cells = low[triangles, 0] + i + bins[0] * (low[triangles, 1] + j)
    order = np.argsort(cells, kind="stable")
    return np.searchsorted(cells[order], np.arange(bins.prod() + 1)), triangles[order]


def column_index(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> ColumnIndex:
    """Sort triangles into about as many bins of the xy plane as there are triangles."""
    flat = vertices[:, :2]
    corner = flat.min(axis=0)
    extent = flat.max(axis=0) - corner
    bin_edge = float(max(np.sqrt(extent.prod() / len(faces)), extent.max() / 2000.0))
    bins = np.maximum(1, np.ceil(extent / bin_edge)).astype(np.int64)
    projected = (flat[faces] - corner) / bin_edge
    # One part in 1e9 of a bin more on each side: rounding cannot lose a triangle that ends at a bin's edge.
    low = np.clip(np.floor(projected.min(axis=1) - 1e-9).astype(np.int64), 0, bins - 1)
    high = np.clip(np.floor(projected.max(axis=1) + 1e-9).astype(np.int64), 0, bins - 1)
    start, triangles = _sort_into_bins(low, high, bins)
    return ColumnIndex(corner, bin_edge, bins, start, triangles)


@jit
def points_inside(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int64],
    corner: NDArray[np.float64],
    bin_edge: float,
    bins: NDArray[np.int64],
    start: NDArray[np.int64],
    triangles: NDArray[np.int64],
    points: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Say of each point whether an odd number of triangles lies above it, shape (points,)."""
    inside = np.zeros(len(points), dtype=np.bool_)
    for p in range(len(points)):
        x, y, z = points[p]
        i = np.int64(np.floor((x - corner[0]) / bin_edge))
        j = np.int64(np.floor((y - corner[1]) / bin_edge))
        # A point on the far border falls into the bin after the last.
        if i < -1 or j < -1 or i > bins[0] or j > bins[1]:
            continue
        cell = min(max(i, 0), bins[0] - 1) + bins[0] * min(max(j, 0), bins[1] - 1)
        for k in range(start[cell], start[cell + 1]):
            face = faces[triangles[k]]
            if line_hits(vertices, face, x, y) and height(vertices, face, x, y) > z:
                inside[p] = not inside[p]
    return inside
