"""Lowering of the regions where paths may end between the ends of a step, and of their rims."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...compiled.csr import pointers
from ...geometry import shared_edges
from ...geometry.triangles import SHARP, mean_curvature
from ...model import Mesh
from ...model.mesh import Space
from ..kernels.nearest import HALF_DIAGONAL, find_nearest, list_candidates
from ..kernels.tables import Windows
from .boundaries import BETWEEN_STEPS, ONLY_REFLECTS, PASSES, REFLECTING
from .plan import Plan

#: The longest step near a window, per axis, in smallest extents of the mesh: beyond, the wall across is near, too.
LONGEST_STEP = 0.25
#: Reach (in rms steps per axis) beyond which an absorber cannot be touched within a step.
ABSORBER_REACH = 8.0
#: Walls whose normals have a smaller cosine stand upright on each other.
UPRIGHT = 1e-9
MAX_WINDOW_VOXELS = 200_000


class Window(NamedTuple):
    """What is special to one species: triangles at which it ends, edges that are rims, and how far (um) both reach."""

    species: int
    absorbers: NDArray[np.int64]
    rims: NDArray[np.int64]
    absorber_reach: float
    rim_reach: float


def lower_windows(plan: Plan) -> Windows:
    """Lower the absorbing and transparent regions: which of them, and of their rims, are near each place."""
    edges = shared_edges(plan.mesh.faces)
    windows = find_windows(plan, edges)
    of_species = np.full(plan.D.size, -1, dtype=np.int32)
    of_species[[window.species for window in windows]] = np.arange(len(windows))
    absorbers = np.concatenate([np.empty(0, np.int64), *(window.absorbers for window in windows)])
    rims = np.concatenate([np.empty(0, np.int64), *(window.rims for window in windows)])
    owner = np.repeat([window.species for window in windows], [len(window.absorbers) for window in windows])
    boundary = plan.boundary[absorbers, owner.astype(np.int64)]
    triangle, segment = plan.corners[absorbers], plan.mesh.vertices[edges[rims, :2]]
    reach = max((max(window.absorber_reach, window.rim_reach) for window in windows), default=0.0)
    origin, dims, size = _window_grid(triangle, segment, reach)
    absorber_start, absorber, bound = nearest_lists(
        origin, dims, size, triangle, boundary, [(len(window.absorbers), window.absorber_reach) for window in windows]
    )
    rim_start, rim = _near_lists(
        origin, dims, size, segment, [(len(window.rims), window.rim_reach) for window in windows]
    )
    return Windows(
        origin=origin,
        dims=dims,
        per_um=1.0 / size,
        of_species=of_species,
        absorber_start=absorber_start,
        absorber=absorber,
        absorber_bound=bound,
        rim_start=rim_start,
        rim=rim,
        near=(np.diff(absorber_start) > 0) | (np.diff(rim_start) > 0),
        triangle=triangle.reshape(-1, 9),
        boundary=boundary,
        sides=plan.sides[absorbers],
        curvature=mean_curvature(plan.mesh)[absorbers],
        segment=segment.reshape(-1, 6),
        longest=(LONGEST_STEP * smallest_extent(plan.mesh.compartments)) ** 2 / 2,
    )


def smallest_extent(spaces: Iterable[Space]) -> float:
    """Return the smallest extent (um) of compartments along an axis, by their bounds; infinite if there are none."""
    return min((float(np.ptp(space.bounds, axis=0).min()) for space in spaces), default=math.inf)


def find_windows(plan: Plan, edges: NDArray[np.int64]) -> list[Window]:
    """Return the windows of all mobile species that have any."""
    found, rule = [], np.append(plan.rule, REFLECTING)
    for species in np.flatnonzero(plan.D > 0):
        codes = plan.boundary[:, species]
        rules = rule[codes]
        absorbers, rims = np.flatnonzero(BETWEEN_STEPS[rules]), rim_edges(codes, rules, edges, plan.mesh)
        if rims.size or absorbers.size:
            # Near its windows a species moves at every step.
            spread = plan.D[species] * plan.dt
            found.append(
                Window(int(species), absorbers, rims, ABSORBER_REACH * np.sqrt(2 * spread), np.sqrt(18 * spread))
            )
    return found


def rim_edges(
    codes: NDArray[np.int32], rules: NDArray[np.int64], edges: NDArray[np.int64], mesh: Mesh
) -> NDArray[np.int64]:
    """Return the edges at which the rule changes, or one absorber ends and another begins or is bent sharply.

    Rules that end paths at the ends of steps only (`absorbing-segment`) have no rim, and an absorber has none
    where it ends at a reflecting wall that stands upright on it: the mirror image of the absorber continues it.
    """
    left, right = edges[:, 2], edges[:, 3]
    normals, centers = mesh.normals, mesh.vertices[mesh.faces].mean(axis=1)
    cosine = np.einsum("ij,ij->i", normals[left], normals[right])
    rises = np.einsum("ij,ij->i", normals[left], centers[right] - centers[left])
    ends, reflects = BETWEEN_STEPS[rules], ONLY_REFLECTS[rules]
    mirrored = (np.abs(cosine) < UPRIGHT) & (rises < 0)
    mirrored &= (ends[left] & reflects[right]) | (ends[right] & reflects[left])
    special = ends | PASSES[rules]
    changes = (rules[left] != rules[right]) & (special[left] | special[right]) & ~mirrored
    apart = ends[left] & ends[right] & ((codes[left] != codes[right]) | (cosine < SHARP))
    return np.flatnonzero(changes | apart)


def _window_grid(
    triangle: NDArray[np.float64], segment: NDArray[np.float64], reach: float
) -> tuple[NDArray[np.float64], NDArray[np.int32], float]:
    points = np.concatenate([triangle.reshape(-1, 3), segment.reshape(-1, 3)])
    if not len(points):
        return np.zeros(3), np.ones(3, dtype=np.int32), 1.0
    low, high = points.min(axis=0) - reach, points.max(axis=0) + reach
    size = max(reach / 8, float(np.prod(high - low) / MAX_WINDOW_VOXELS) ** (1 / 3))
    return low, np.ceil((high - low) / size).astype(np.int32), size


def _near_lists(
    origin: NDArray[np.float64], dims: NDArray[np.int32], size: float,
    shapes: NDArray[np.float64], sets: list[tuple[int, float]],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:  # fmt: skip
    """List per set and voxel the shapes (by their bounding boxes) that come within reach."""
    n_voxels = int(np.prod(dims))
    lists: list[list[int]] = [[] for _ in range(n_voxels * max(len(sets), 1))]
    centres = [origin[k] + size * (np.arange(dims[k]) + 0.5) for k in range(3)]
    row = 0
    for number, (count, reach) in enumerate(sets):
        for shape in shapes[row : row + count]:
            low, high = shape.min(axis=0), shape.max(axis=0)
            gaps = [np.maximum(np.maximum(low[k] - c, c - high[k]) - size / 2, 0.0) for k, c in enumerate(centres)]
            distance2 = gaps[2][:, None, None] ** 2 + gaps[1][None, :, None] ** 2 + gaps[0][None, None, :] ** 2
            for voxel in np.flatnonzero(distance2.ravel() <= reach**2):
                lists[number * n_voxels + voxel].append(row)
            row += 1
    return pointers(map(len, lists)), np.array([item for items in lists for item in items], dtype=np.int32)


def nearest_lists(
    origin: NDArray[np.float64], dims: NDArray[np.int32], size: float, triangles: NDArray[np.float64],
    boundary: NDArray[np.int32], sets: list[tuple[int, float]],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:  # fmt: skip
    """List per set and voxel the triangles within reach of which one may be the nearest of its boundary to a point.

    Returns row pointers, triangles, the nearest first, and distances that no point of the voxel is nearer to.
    """
    n_voxels = int(np.prod(dims))
    group = np.repeat(np.arange(len(sets)), [count for count, _ in sets])
    center = triangles.mean(axis=1)
    radius = np.linalg.norm(triangles - center[:, None], axis=2).max(axis=1)
    shapes, grid = (triangles.reshape(-1, 9), np.column_stack([center, radius])), (origin, size, dims)
    lengths = np.zeros((max(len(sets), 1), n_voxels), np.int64)
    no_room, found = (np.empty(0, np.int32), np.empty(0)), []
    for number, code in sorted(set(zip(group.tolist(), boundary.tolist(), strict=True))):
        rows, reach = np.flatnonzero((group == number) & (boundary == code)), sets[number][1]
        near = (*shapes, rows, *grid, reach, np.full(n_voxels, np.inf))
        find_nearest(*near)
        list_candidates(*near, lengths[number], lengths[number], *no_room)
        found.append((number, near))
    start = pointers(lengths.ravel())
    end = start[:-1].astype(np.int64).reshape(lengths.shape)
    begin, owner, distance = end.copy(), np.empty(start[-1], np.int32), np.empty(start[-1])
    for number, near in found:
        list_candidates(*near, begin[number], end[number], owner, distance)
    return start, owner, np.maximum(distance - HALF_DIAGONAL * size, 0.0)
