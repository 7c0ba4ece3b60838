"""Surfaces built of rings of points around the z axis, joined by bands of nearly equilateral triangles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...compiled.csr import pointers

Triangles = list[tuple[int, int, int]]


def stacked(
    counts: Sequence[int], radii: NDArray[np.float64], heights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Return vertices (um), triangles and the band of each triangle for rings of ``counts`` points, from below.

    Band k joins rings k and k + 1. A ring of one point is a pole.
    """
    vertices = np.concatenate([ring(*one) for one in zip(counts, radii, heights, strict=True)])
    starts = pointers(counts).tolist()
    bands = [band(starts[k], counts[k], starts[k + 1], counts[k + 1]) for k in range(len(counts) - 1)]
    triangles = np.array([triangle for one in bands for triangle in one], dtype=np.int64)
    return vertices, triangles, np.repeat(np.arange(len(bands)), [len(one) for one in bands])


def ring(count: int, radius: float, z: float) -> NDArray[np.float64]:
    """Return ``count`` points (um) on a circle around the z axis, the first in the direction of x."""
    angle = 2.0 * np.pi * np.arange(count) / count
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), np.full(count, z)], axis=1)


def band(low: int, n_low: int, high: int, n_high: int) -> Triangles:
    """Return the triangles between a ring and the next one above it, going round both at the same pace."""
    triangles: Triangles = []
    i = j = 0
    steps_low = n_low if n_low > 1 else 0
    steps_high = n_high if n_high > 1 else 0
    while i < steps_low or j < steps_high:
        here, there = low + i % n_low, high + j % n_high
        # Compare how far round the next step would get, in whole numbers.
        if j == steps_high or (i < steps_low and (2 * i + 1) * n_high <= (2 * j + 1) * n_low):
            triangles.append((here, low + (i + 1) % n_low, there))
            i += 1
        else:
            triangles.append((here, high + (j + 1) % n_high, there))
            j += 1
    return triangles


def equal_area(count: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how much farther than a circle the corners of polygons must lie to have its area; 1 for poles."""
    corners = np.maximum(count, 3)
    factor = np.sqrt(2.0 * np.pi / (corners * np.sin(2.0 * np.pi / corners)))
    return np.where(count > 1, factor, 1.0)
