"""Lowering of the mesh: reaction cells, walls, and the windows in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from ..compiled.csr import pointers
from ..geometry import ReactionVoxels, reaction_voxels, shared_edges, wall_grid
from ..geometry.triangles import SHARP, distances, edge_planes, mean_curvature, planes
from ..model import Boundary, BoundaryRule, Mesh, Model
from .chemistry import return_sum, waits
from .kernels.tables import (
    ABSORBING,
    ABSORBING_SEGMENT,
    CLAMP,
    INSIDE,
    PARTIALLY_ABSORBING,
    REFLECTING,
    SOME_WALL,
    TRANSPARENT,
    UNSURE,
    Cells,
    Walls,
    Windows,
)

CODES = {
    BoundaryRule.REFLECTING: REFLECTING,
    BoundaryRule.ABSORBING: ABSORBING,
    BoundaryRule.ABSORBING_SEGMENT: ABSORBING_SEGMENT,
    BoundaryRule.PARTIALLY_ABSORBING: PARTIALLY_ABSORBING,
    BoundaryRule.CLAMP: CLAMP,
    BoundaryRule.TRANSPARENT: TRANSPARENT,
}
#: Rules for which the chance to end between the ends of a step counts.
ENDING = (ABSORBING, PARTIALLY_ABSORBING, CLAMP)
#: Reach (in rms steps per axis) beyond which an absorber cannot be touched within a step.
ABSORBER_REACH = 8.0
#: Walls whose normals have a smaller cosine stand upright on each other.
UPRIGHT = 1e-9
MAX_WINDOW_VOXELS = 200_000


def lower_cells(model: Model, voxel_um: float, dt: float) -> Cells:
    """Divide the compartments of a mesh into reaction cells.

    Parameters
    ----------
    model : Model
        The model; the factor of walls on returns is that of the fastest reactant of a pair.
    voxel_um : float
        Wanted edge of a voxel (um); a box is filled by whole voxels.
    dt : float
        Time step (s).
    """
    voxels = reaction_voxels(model.mesh, voxel_um)
    every = waits(model, dt, float(voxels.size.min()))
    reactants = {model.index(term.species) for step in model.steps if step.order == 2 for term in step.reactants}
    fastest = max(((model.species[i].D, int(every[i])) for i in reactants), default=(0.0, 0))
    return Cells(
        origin=voxels.origin,
        size=voxels.size,
        per_um=1.0 / voxels.size,
        dims=voxels.dims,
        of_voxel=voxels.cell_of_voxel,
        compartment=voxels.compartment + np.int32(INSIDE),
        inverse_volume=1.0 / voxels.volume,
        cumulated=np.cumsum(voxels.volume),
        reference=voxels.reference,
        images=image_factors(voxels, *fastest, dt),
        cut=voxels.cut.astype(np.int32),
        voxel_start=voxels.voxel_start,
        voxels=voxels.voxels,
    )


def image_factors(voxels: ReactionVoxels, D: float, every: int, dt: float) -> NDArray[np.float64]:
    """Return the factor on the expected number of returns in each cell, of a molecule that moves every so many steps.

    A wall doubles the returns at long times. At short ones a reflecting wall at the face of a voxel acts like
    a voxel of twice the depth, which gives the factor for one wall; edges and corners follow from the accessible
    fraction of the 27 voxels around (2/3 at a face, 4/9, 8/27). A cell of another volume is hit in proportion.
    """
    if D == 0:
        return np.ones(voxels.volume.size)
    doubled = voxels.size * np.array([2.0, 1.0, 1.0])
    mover = [(D, every)]
    one_wall = return_sum(doubled, mover, dt) / return_sum(voxels.size, mover, dt)
    full = float(np.prod(voxels.size))
    # A merged cell's volume is shared evenly by its voxels: enough for an average over 27.
    share = np.zeros(voxels.cell_of_voxel.shape)
    inside = voxels.cell_of_voxel >= 0
    counts = np.diff(voxels.voxel_start)
    share[inside] = (voxels.volume / (counts * full))[voxels.cell_of_voxel[inside]]
    around = uniform_filter(share.reshape(-1, *voxels.dims[::-1]), (1, 3, 3, 3), mode="constant")
    home = np.repeat(voxels.compartment, counts)
    mean_around = np.add.reduceat(around.reshape(share.shape)[home, voxels.voxels], voxels.voxel_start[:-1]) / counts
    walls = np.log(np.clip(mean_around, 1 / 27, 1.0)) / np.log(2 / 3)
    return one_wall**walls * voxels.volume / full


def lower_walls(model: Model, escape_um: float) -> Walls:
    """Lower the triangles, the grid that finds them and the boundary rules.

    Parameters
    ----------
    model : Model
        The model.
    escape_um : float
        Distance from the mesh's bounds (um) beyond which molecules outside are forgotten.
    """
    mesh = model.mesh
    grid = wall_grid(mesh)
    corners = mesh.vertices[mesh.faces]
    bounds = np.array([mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)])
    boundary = boundary_codes(model)
    return Walls(
        origin=grid.origin,
        dims=grid.dims,
        size=np.array([grid.cell]),
        per_um=np.array([1.0 / grid.cell]),
        start=grid.start.astype(np.uint32),
        triangles=grid.triangles.astype(np.uint32),
        clearance=grid.clearance,
        convex=np.array([mesh.is_convex]),
        box=np.array([is_box(mesh, bounds)]),
        stops=stops(mesh, boundary),
        inside=np.packbits(grid.inside, bitorder="little"),
        plane=planes(corners),
        edges=edge_planes(corners),
        sides=face_sides(mesh),
        boundary=boundary,
        rule=np.array([CODES[BoundaryRule(b.rule)] for b in model.boundaries], dtype=np.int32),
        velocity=np.array([np.inf if b.velocity is None else b.velocity for b in model.boundaries], dtype=np.float64),
        bounds=bounds,
        escape=bounds + np.array([[-escape_um], [escape_um]]),
    )


def face_sides(mesh: Mesh) -> NDArray[np.int32]:
    """Return the compartments OUTSIDE and INSIDE each triangle as the kernels number them, shape (triangles, 2)."""
    return (mesh.face_compartments[:, ::-1] + INSIDE).astype(np.int32)


def is_box(mesh: Mesh, bounds: NDArray[np.float64]) -> bool:
    """Say whether a mesh is a box along the axes: convex, and each triangle lies in a side of its bounds."""
    corners = mesh.vertices[mesh.faces]
    on_side = (corners[:, None] == bounds[None, :, None]).all(axis=2).any(axis=(1, 2))
    return bool(mesh.is_convex and on_side.all())


def stops(mesh: Mesh, boundary: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Return bits of what a path of each species must not meet to be made without a walk, shape (species,)."""
    has_boundary = boundary >= 0
    bits = np.where(has_boundary.any(axis=0), UNSURE | SOME_WALL, UNSURE)
    corners = mesh.vertices[mesh.faces]
    for axis in range(3):
        in_side = (corners[:, :1, axis] == corners[:, :, axis]).all(axis=1)
        bits |= has_boundary[in_side].any(axis=0) << axis
    return bits.astype(np.uint8)


def boundary_codes(model: Model) -> NDArray[np.int32]:
    """Return the boundary of each triangle and species, shape (triangles, species); -1 reflects and counts nothing."""
    codes = np.full((len(model.mesh.faces), len(model.species)), -1, dtype=np.int32)
    for code, boundary in enumerate(model.boundaries):
        codes[faces_of(model.mesh, boundary), model.index(boundary.species)] = code
    return codes


def faces_of(mesh: Mesh, boundary: Boundary) -> NDArray[np.int64]:
    """Return the triangles of a boundary's region."""
    return np.flatnonzero(mesh.face_region == mesh.region_names.index(boundary.region))


def lower_windows(model: Model, dt: float, every: NDArray[np.int32]) -> Windows:
    """Lower the absorbing and transparent regions: which of them, and of their rims, are near each place.

    Parameters
    ----------
    model : Model
        The model.
    dt : float
        Time step (s).
    every : ndarray of int32, shape (species,)
        Steps between two moves of each species.
    """
    corners = model.mesh.vertices[model.mesh.faces]
    edges = shared_edges(model.mesh.faces)
    of_species = np.full(len(model.species), -1, dtype=np.int32)
    sets: list[tuple[NDArray[np.int64], NDArray[np.int64], float, float]] = []
    boundary = boundary_codes(model)
    rule = np.array([CODES[BoundaryRule(b.rule)] for b in model.boundaries] + [REFLECTING])
    for index, species in enumerate(model.species):
        rules = rule[boundary[:, index]]
        absorbers = np.flatnonzero(np.isin(rules, ENDING))
        rims = rim_edges(rules, edges, corners)
        if species.D > 0 and (rims.size or absorbers.size):
            of_species[index] = len(sets)
            step = species.D * dt * every[index]
            sets.append(
                (
                    absorbers,
                    rims,
                    ABSORBER_REACH * np.sqrt(2 * step),
                    np.sqrt(18 * step),
                )
            )
    owner = [index for index in of_species.argsort(kind="stable") if of_species[index] >= 0]
    ends = model.mesh.vertices[edges[:, :2]]
    triangle = np.concatenate([corners[absorbers] for absorbers, *_ in sets] or [np.empty((0, 3, 3))])
    segment = np.concatenate([ends[rims] for _, rims, *_ in sets] or [np.empty((0, 2, 3))])
    curvature = mean_curvature(model.mesh.vertices, model.mesh.faces)
    bent = np.concatenate([curvature[absorbers] for absorbers, *_ in sets] or [np.empty(0)])
    sides = np.concatenate(
        [face_sides(model.mesh)[absorbers] for absorbers, *_ in sets] or [np.empty((0, 2), np.int32)]
    )
    codes = np.concatenate([boundary[s[0], i] for s, i in zip(sets, owner, strict=True)] or [np.empty(0, np.int32)])
    origin, dims, size = _window_grid(triangle, segment, max((max(s[2], s[3]) for s in sets), default=0.0))
    absorber_start, absorber, bound = nearest_lists(
        origin, dims, size, triangle, codes, [(len(s[0]), s[2]) for s in sets]
    )
    rim_start, rim = _near_lists(origin, dims, size, segment, [(len(s[1]), s[3]) for s in sets])
    near = (np.diff(absorber_start) > 0) | (np.diff(rim_start) > 0)
    return Windows(
        origin=origin, dims=dims, per_um=np.array([1.0 / size]), of_species=of_species,
        absorber_start=absorber_start, absorber=absorber, absorber_bound=bound, rim_start=rim_start, rim=rim, near=near,
        triangle=triangle.reshape(-1, 9), boundary=codes.astype(np.int32), sides=sides, curvature=bent,
        segment=segment.reshape(-1, 6),
    )  # fmt: skip


def rim_edges(rules: NDArray[np.int64], edges: NDArray[np.int64], corners: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the edges at which the rule changes, or an absorber is bent sharply.

    Rules that are exact only in the limit of short steps (`absorbing-segment`) have no rim, and an absorber has none
    where it ends at a reflecting wall that stands upright on it: the mirror image of the absorber continues it.
    """
    left, right = edges[:, 2], edges[:, 3]
    normals, centers = planes(corners)[:, :3], corners.mean(axis=1)
    cosine = np.einsum("ij,ij->i", normals[left], normals[right])
    rises = np.einsum("ij,ij->i", normals[left], centers[right] - centers[left])
    ends = np.isin(rules, ENDING)
    mirrored = (np.abs(cosine) < UPRIGHT) & (rises < 0)
    mirrored &= (ends[left] & (rules[right] == REFLECTING)) | (ends[right] & (rules[left] == REFLECTING))
    special = np.isin(rules, (*ENDING, TRANSPARENT))
    changes = (rules[left] != rules[right]) & (special[left] | special[right]) & ~mirrored
    bent = ends[left] & ends[right] & (cosine < SHARP)
    return np.flatnonzero(changes | bent)


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
    found = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
    for number, code in sorted(set(zip(group.tolist(), boundary.tolist(), strict=True))):
        rows = np.flatnonzero((group == number) & (boundary == code))
        voxels, owners, distance = _candidates(origin, dims, size, triangles, rows, sets[number][1])
        found.append((number * n_voxels + voxels, owners, distance))
    place, owner, distance = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((owner, distance, place))
    lengths = np.bincount(place, minlength=n_voxels * max(len(sets), 1))
    bound = np.maximum(distance[order] - np.sqrt(0.75) * size, 0.0)
    return pointers(lengths), owner[order].astype(np.int32), bound


def _candidates(
    origin: NDArray[np.float64], dims: NDArray[np.int32], size: float, triangles: NDArray[np.float64],
    rows: NDArray[np.int64], reach: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:  # fmt: skip
    """Return pairs of voxel and triangle that could be the nearest of some point, and their centres' distances."""
    half = np.sqrt(0.75) * size
    center = triangles.mean(axis=1)
    radius = np.linalg.norm(triangles - center[:, None], axis=2).max(axis=1)
    low = np.floor((center - radius[:, None] - reach - origin) / size).astype(np.int64).clip(0)
    high = np.minimum(np.ceil((center + radius[:, None] + reach - origin) / size).astype(np.int64), dims)

    def block(row: int) -> tuple[tuple[slice, ...], NDArray[np.float64]]:
        """Return the voxels around a triangle (by z, y, x) and how far their centres are from the triangle's."""
        axes = [origin[k] + size * (np.arange(low[row, k], high[row, k]) + 0.5) - center[row, k] for k in range(3)]
        squares = axes[2][:, None, None] ** 2 + axes[1][:, None] ** 2 + axes[0] ** 2
        return tuple(slice(low[row, k], high[row, k]) for k in (2, 1, 0)), np.sqrt(squares)

    bound = np.full(dims[::-1], np.inf)
    for row in rows:
        where, away = block(row)
        bound[where] = np.minimum(bound[where], away)
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []
    for row in rows:
        where, away = block(row)
        near = np.argwhere(away - radius[row] <= np.minimum(bound[where] + 2 * half, reach + half))
        index = near[:, ::-1] + low[row]
        voxels = index @ np.array([1, dims[0], dims[0] * dims[1]], dtype=np.int64)
        parts.append((voxels, np.full(len(voxels), row), distances(triangles[row], origin + size * (index + 0.5))))
    voxel, owner, distance = (np.concatenate(part) for part in zip(*parts, strict=True))
    nearest = np.full(int(np.prod(dims)), np.inf)
    np.minimum.at(nearest, voxel, distance)
    kept = distance <= np.minimum(nearest[voxel] + 2 * half, reach + half)
    return voxel[kept], owner[kept], distance[kept]
