"""Reaction voxels: the compartments of a mesh cut into cells of known volume, within which partners may react."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import distance_transform_edt

from ..compiled.csr import pointers
from ..model.errors import GeometryError
from ..model.mesh import Mesh, Space

MAX_VOXELS = 8_000_000
# Voxels with less of their volume inside than this share are merged into a neighbour.
SMALLEST_SHARE = 0.25
# Volumes that differ by less than this share of a voxel are the same but for rounding.
NOTHING = 1e-9
# A wall within this share of a voxel's edge from its border touches it and leaves no volume; one farther in cuts it.
BORDER = 1e-6
# Points along each axis of a voxel among which a point inside the mesh is looked for, finer and finer.
LATTICES = (5, 17, 49)
POINTS_AT_ONCE = 500_000


@dataclass(frozen=True, eq=False)
class ReactionVoxels:
    """The compartments of a mesh divided into reaction cells of one or more voxels.

    Voxel (ix, iy, iz) has the number ``ix + dims[0] * (iy + dims[1] * iz)`` and its lowest corner at
    ``origin + size * (ix, iy, iz)``. Every point in a compartment or on its walls lies in a voxel with a cell of it.

    Attributes
    ----------
    origin
        Lowest corner of the grid (um), which is that of the mesh's bounds, float64, shape (3,).
    size
        Edges of a voxel (um), float64, shape (3,).
    dims
        Voxels along each axis, int32, shape (3,).
    cell_of_voxel
        Cell of each compartment in each voxel, -1 if there is none, int32, shape (compartments, voxels).
    compartment
        Compartment of each cell, int32, shape (cells,).
    volume
        Volume (um^3) of each cell that lies inside the compartment, float64, shape (cells,).
    cut
        1 where a wall passes through one of the cell's voxels, and not only along its border, uint8, shape
        (cells,).
    voxel_start
        The volume of cell c lies in ``voxels[voxel_start[c]:voxel_start[c + 1]]``, int32, shape (cells + 1,). Voxels
        that its walls only touch are not among them.
    voxels
        Voxel numbers, ascending within a cell, int32.
    reference
        A point (um) of the compartment in each cell, float64, shape (cells, 3).
    """

    origin: NDArray[np.float64]
    size: NDArray[np.float64]
    dims: NDArray[np.int32]
    cell_of_voxel: NDArray[np.int32]
    compartment: NDArray[np.int32]
    volume: NDArray[np.float64]
    cut: NDArray[np.uint8]
    voxel_start: NDArray[np.int32]
    voxels: NDArray[np.int32]
    reference: NDArray[np.float64]

    def cell_at(self, points: ArrayLike, compartment: int = 0) -> NDArray[np.int32]:
        """Return the cell of a compartment at each point (um), shape (points, 3); -1 where there is none."""
        index = np.floor((np.asarray(points, dtype=np.float64) - self.origin) / self.size).astype(np.int64)
        on_grid = ((index >= 0) & (index <= self.dims)).all(axis=-1)
        index = np.clip(index, 0, self.dims - 1)
        voxel = index[..., 0] + self.dims[0] * (index[..., 1] + self.dims[1].astype(np.int64) * index[..., 2])
        return np.where(on_grid, self.cell_of_voxel[compartment, voxel], np.int32(-1))


def reaction_voxels(mesh: Mesh, voxel_um: float) -> ReactionVoxels:
    """Divide the compartments of a mesh into reaction cells.

    The mesh's bounds are divided into ``max(1, round(extent / voxel_um))`` voxels along each axis, so that
    a box is filled by whole voxels. The volume of each voxel that lies in a compartment is exact but for rounding. A
    voxel with less than a quarter of its volume inside joins the neighbour across one of its faces that has
    most; one that the surface only touches joins the nearest that has any.

    Parameters
    ----------
    mesh
        The mesh.
    voxel_um
        Wanted edge of a voxel (um).

    Raises
    ------
    GeometryError
        If ``voxel_um`` is not positive, makes more than 8 million voxels, or leaves no point inside to be
        found in some cell.
    """
    grid = _grid(mesh, voxel_um)
    parts = [_voxels_of(space, *grid) for space in mesh.compartments]
    first_cell = pointers(len(part.volume) for part in parts)
    first_voxel = pointers(len(part.voxels) for part in parts)
    starts = [part.voxel_start[:-1] + first for part, first in zip(parts, first_voxel, strict=False)]
    return ReactionVoxels(
        *grid,
        cell_of_voxel=np.stack(
            [
                np.where(part.cell_of_voxel[0] < 0, np.int32(-1), part.cell_of_voxel[0] + np.int32(first))
                for part, first in zip(parts, first_cell, strict=False)
            ]
        ),
        compartment=np.repeat(np.arange(len(parts), dtype=np.int32), [len(part.volume) for part in parts]),
        volume=np.concatenate([part.volume for part in parts]),
        cut=np.concatenate([part.cut for part in parts]),
        voxel_start=np.concatenate([*starts, first_voxel[-1:]]).astype(np.int32),
        voxels=np.concatenate([part.voxels for part in parts]),
        reference=np.concatenate([part.reference for part in parts]),
    )


def _voxels_of(
    space: Space, origin: NDArray[np.float64], size: NDArray[np.float64], dims: NDArray[np.int32]
) -> ReactionVoxels:
    """Divide one compartment."""
    from .overlap import cells_of_triangles
    from .voxel_volumes import voxel_volumes

    surface = (space.vertices, space.faces, origin, size, dims)
    inside = voxel_volumes(*surface).ravel()
    full = float(np.prod(size))
    inside[inside < BORDER * full] = 0.0
    inside *= space.volume / inside.sum()
    touched = np.unique(cells_of_triangles(*surface, BORDER)[0])
    pierced = np.unique(cells_of_triangles(*surface, -BORDER)[0])

    owner = _merge_small(inside, SMALLEST_SHARE * full, dims)
    _adopt_touched(owner, touched, size, dims)
    cell_of_voxel = np.full(len(inside), -1, dtype=np.int32)
    taken = np.flatnonzero(owner >= 0)
    _, cell_of_voxel[taken] = np.unique(owner[taken], return_inverse=True)

    cells = int(cell_of_voxel.max()) + 1
    volume = np.zeros(cells)
    np.add.at(volume, cell_of_voxel[taken], inside[taken])
    cut = np.zeros(cells, dtype=np.uint8)
    cut[cell_of_voxel[pierced]] = 1
    # Voxels that are only touched lie on the other side of the wall: no point of theirs is one of the cell.
    filled = np.flatnonzero(inside > 0.0)
    voxels = filled[np.argsort(cell_of_voxel[filled], kind="stable")].astype(np.int32)
    counts = np.bincount(cell_of_voxel[filled], minlength=cells)
    voxel_start = pointers(counts)
    fullest = voxels[np.lexsort((-inside[voxels], cell_of_voxel[voxels]))][voxel_start[:-1]]
    partial = np.flatnonzero(inside[fullest] < (1.0 - NOTHING) * full)
    reference = _reference_points(space, origin, size, dims, fullest, partial)
    return ReactionVoxels(
        origin, size, dims, cell_of_voxel[None], np.zeros(cells, dtype=np.int32), volume, cut, voxel_start, voxels,
        reference,
    )  # fmt: skip


def _grid(mesh: Mesh, voxel_um: float) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int32]]:
    if not (np.isfinite(voxel_um) and voxel_um > 0.0):
        raise GeometryError(f"The edge of the reaction voxels is {voxel_um!r} um; give a positive number of um.")
    extent = mesh.bounds[1] - mesh.bounds[0]
    wanted = np.maximum(1.0, np.round(extent / voxel_um))
    if wanted.prod() > MAX_VOXELS:
        raise GeometryError(
            f"Reaction voxels of {voxel_um:g} um make {wanted.prod():.3g} voxels, more than {MAX_VOXELS}; "
            "give a larger edge."
        )
    return mesh.bounds[0].copy(), extent / wanted, wanted.astype(np.int32)


def _merge_small(inside: NDArray[np.float64], least: float, dims: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the voxel that stands for each voxel's cell, -1 where nothing is inside, shape (voxels,).

    The smallest cell goes first, so that the outcome does not depend on the numbering but for ties.
    """
    owner = np.where(inside > 0.0, np.arange(len(inside)), -1)
    members = {int(v): [int(v)] for v in np.flatnonzero((inside > 0.0) & (inside < least))}
    total: dict[int, float] = {v: float(inside[v]) for v in members}
    queue = [(amount, v) for v, amount in total.items()]
    heapq.heapify(queue)
    while queue:
        amount, cell = heapq.heappop(queue)
        if owner[cell] != cell or total[cell] != amount:
            continue
        beside = [n for v in members[cell] for n in _face_neighbours(v, dims) if owner[n] not in (-1, cell)]
        if not beside:
            continue
        target = int(owner[max(beside, key=lambda n: (inside[n], -n))])
        owner[members[cell]] = target
        members.setdefault(target, [target]).extend(members.pop(cell))
        total[target] = total.get(target, float(inside[target])) + amount
        if total[target] < least:
            heapq.heappush(queue, (total[target], target))
    return owner


def _face_neighbours(voxel: int, dims: NDArray[np.int32]) -> list[int]:
    nx, ny, nz = (int(n) for n in dims)
    ix, iy, iz = voxel % nx, voxel // nx % ny, voxel // (nx * ny)
    steps = ((ix, nx, 1), (iy, ny, nx), (iz, nz, nx * ny))
    below = [voxel - stride for i, _, stride in steps if i > 0]
    return below + [voxel + stride for i, n, stride in steps if i < n - 1]


def _adopt_touched(
    owner: NDArray[np.int64], touched: NDArray[np.int64], size: NDArray[np.float64], dims: NDArray[np.int32]
) -> None:
    """Give voxels that the surface touches, but that hold no measurable volume, to the nearest cell."""
    homeless = touched[owner[touched] < 0]
    if not homeless.size:
        return
    empty = (owner < 0).reshape(dims[::-1])
    nearest = distance_transform_edt(empty, sampling=size[::-1], return_distances=False, return_indices=True)
    at = np.ravel_multi_index(tuple(nearest), tuple(dims[::-1])).ravel()
    owner[homeless] = owner[at[homeless]]


def _reference_points(
    space: Space,
    origin: NDArray[np.float64],
    size: NDArray[np.float64],
    dims: NDArray[np.int32],
    voxels: NDArray[np.int32],
    partial: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return a point of the compartment in each voxel: the middle, or the lattice point amid those inside.

    ``partial`` numbers the voxels that do not lie entirely inside.
    """
    corner = origin + size * np.stack(np.unravel_index(voxels, tuple(dims), order="F"), axis=1)
    reference = corner + size / 2.0
    missing = partial
    for n in LATTICES:
        ticks = (np.arange(n) + 0.5) / n
        lattice = np.stack(np.meshgrid(ticks, ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 3) * size
        left = []
        for batch in np.array_split(missing, 1 + len(missing) * len(lattice) // POINTS_AT_ONCE):
            chosen, found = _middle_inside(space, corner[batch, None] + lattice)
            reference[batch[found]] = chosen[found]
            left.append(batch[~found])
        missing = np.concatenate(left)
    if len(missing):
        raise GeometryError(
            f"No point inside {space.name!r} was found in the reaction voxel around "
            f"{reference[missing[0]].round(6).tolist()} um, of edges {size.round(6).tolist()} um; "
            "give a smaller voxel_um."
        )
    return reference


def _middle_inside(space: Space, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return of each set of points (sets, points, 3) one well inside, and whether there is any."""
    inside = space.contains(points.reshape(-1, 3)).reshape(points.shape[:2])
    found: NDArray[np.bool_] = np.any(inside, axis=1)
    weights = inside / np.maximum(inside.sum(axis=1), 1)[:, None]
    middle = np.einsum("sp,spk->sk", weights, points)
    distance = np.where(inside, ((points - middle[:, None]) ** 2).sum(axis=2), np.inf)
    return points[np.arange(len(points)), distance.argmin(axis=1)], found
