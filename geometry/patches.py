"""Patches of membrane: the surface cut along a grid into parts of known area, within which molecules may meet."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..compiled.csr import pointers
from ..compiled.jit import jit
from ..model.mesh import Mesh
from .overlap import X, Y, Z, cell_range
from .triangles import twins
from .voxel_volumes import MOST_CORNERS, slice_layer

Longs = NDArray[np.int64]
Codes = NDArray[np.int32]
Floats = NDArray[np.float64]
# Patches smaller than this share of a voxel's face are merged into a neighbour.
SMALLEST_SHARE = 0.25
# Triangles are looked up this far (um) below the membrane: one that lies between two layers of voxels then has one.
BELOW = 1e-7
NO_PATCH, SEVERAL = -1, -2


@dataclass(frozen=True, eq=False)
class MembranePatches:
    """The surface of a mesh divided into patches, each a connected part of what lies in one or more voxels.

    Attributes
    ----------
    of_voxel
        Patch in each voxel, NO_PATCH if there is none, and SEVERAL - n if there are several: then row n of ``mixed``
        lists them by triangle; int32, shape (voxels,).
    mixed_start, mixed_face, mixed_patch
        Triangles in the voxels with several patches are ``mixed_face[mixed_start[n]:mixed_start[n + 1]]``, ascending;
        and the patch of each of them, int32.
    area
        Area (um^2) of each patch, shape (patches,).
    piece_start
        Pieces of patch p are rows ``piece_start[p]:piece_start[p + 1]`` below, int32, shape (patches + 1,).
    piece_corners
        Corners (um) of each piece, a triangle, float64, shape (pieces, 3, 3).
    piece_face
        Triangle of the mesh in which each piece lies, int32, shape (pieces,).
    piece_cumulated
        Area (um^2) of the pieces of a patch up to and with this one, float64, shape (pieces,).
    """

    of_voxel: Codes
    mixed_start: Codes
    mixed_face: Codes
    mixed_patch: Codes
    area: Floats
    piece_start: Codes
    piece_corners: Floats
    piece_face: Codes
    piece_cumulated: Floats


def membrane_patches(mesh: Mesh, group: Longs, origin: Floats, size: Floats, dims: Codes) -> MembranePatches:
    """Divide the surface of a mesh into patches.

    The area in each voxel is exact but for rounding. What is less than a quarter of a voxel's face joins the largest
    neighbour. Sheets that are not connected within a voxel, such as both sides of a thin neck, are apart.

    Parameters
    ----------
    mesh
        The mesh.
    group
        Group of each triangle, shape (faces,); those of different groups are not connected.
    origin, size, dims
        Lowest corner (um), edges of a voxel (um) and number of voxels along each axis of the grid, shape (3,).
    """
    vertices, faces, normals = lowered(mesh)
    grid = (np.asarray(origin, np.float64), np.asarray(size, np.float64), np.asarray(dims, np.int32))
    voxel, face, corners = pieces(vertices, faces, *grid)
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    leaf, leaf_of_piece = np.unique(voxel * len(faces) + face, return_inverse=True)
    beside = (twins(mesh.faces).reshape(-1, 3) // 3).astype(np.int64)
    beside[group[beside] != group[:, None]] = -1
    sheet = _sheets(leaf, beside)
    amount = _sums(sheet, _sums(leaf_of_piece, areas))
    least = SMALLEST_SHARE * float(np.prod(size) / np.max(size))
    borders = _borders(leaf, sheet, beside, grid[2])
    _, patch_of_leaf = np.unique(_merged(amount, borders, least)[sheet], return_inverse=True)
    patch = patch_of_leaf[leaf_of_piece]
    order = np.argsort(patch, kind="stable")
    start = pointers(np.bincount(patch))
    total = np.concatenate([[0.0], np.cumsum(areas[order])])
    return MembranePatches(
        *_by_voxel(*np.divmod(leaf, len(faces)), patch_of_leaf, int(np.prod(dims, dtype=np.int64))),
        _sums(patch, areas), start,
        corners[order] + BELOW * normals[face[order], None], face[order].astype(np.int32),
        total[1:] - np.repeat(total[start[:-1]], np.diff(start)),
    )  # fmt: skip


def _sums(index: Longs | Codes, weights: Floats) -> Floats:
    return np.bincount(index, weights).astype(np.float64)


def _links(leaf: Longs, voxel: Longs, face: Longs, valid: NDArray[np.bool_], n_faces: int) -> tuple[Longs, Longs]:
    """Return the leaves for which the leaf of another voxel and triangle exists, and that leaf."""
    wanted = voxel * n_faces + face
    at = np.minimum(np.searchsorted(leaf, wanted), len(leaf) - 1)
    here = np.flatnonzero(valid & (leaf[at] == wanted))
    return here, at[here]


def _sheets(leaf: Longs, beside: Longs) -> Codes:
    """Return which leaves (a triangle's part in a voxel, as voxel x triangles + triangle) are connected in a voxel."""
    voxel, face = np.divmod(leaf, len(beside))
    found = [_links(leaf, voxel, beside[face, k], beside[face, k] >= 0, len(beside)) for k in range(3)]
    rows, columns = (np.concatenate(part) for part in zip(*found, strict=True))
    graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(len(leaf), len(leaf)))
    labels: Codes = connected_components(graph, directed=False)[1]
    return labels


def _borders(leaf: Longs, sheet: Codes, beside: Longs, dims: Codes) -> coo_array:
    """Return which sheets are connected across a face between two voxels, as a symmetric matrix."""
    voxel, face = np.divmod(leaf, len(beside))
    index = np.stack(np.unravel_index(voxel, tuple(dims), order="F"))
    strides = (1, int(dims[0]), int(dims[0]) * int(dims[1]))
    found = []
    for axis, stride in enumerate(strides):
        for other in (face, *beside[face].T):
            valid = (index[axis] < dims[axis] - 1) & (other >= 0)
            found.append(_links(leaf, voxel + stride, other, valid, len(beside)))
    rows, columns = (sheet[np.concatenate(part)] for part in zip(*found, strict=True))
    n, one = int(sheet.max()) + 1, np.ones(2 * len(rows), np.int8)
    return coo_array((one, (np.r_[rows, columns], np.r_[columns, rows])), shape=(n, n))


def _merged(amount: Floats, borders: coo_array, least: float) -> Longs:
    """Return the sheet that stands for each sheet's patch; the smallest patch goes first."""
    graph = borders.tocsr()
    owner, total = np.arange(len(amount)), amount.tolist()
    members = {int(sheet): [int(sheet)] for sheet in np.flatnonzero(amount < least)}
    queue = [(total[sheet], sheet) for sheet in members]
    heapq.heapify(queue)
    while queue:
        size, sheet = heapq.heappop(queue)
        if owner[sheet] != sheet or total[sheet] != size:
            continue
        near = {int(owner[n]) for m in members[sheet] for n in graph.indices[graph.indptr[m] : graph.indptr[m + 1]]}
        near.discard(sheet)
        if not near:
            continue
        target = max(near, key=lambda n: (total[n], -n))
        owner[members[sheet]] = target
        members.setdefault(target, [target]).extend(members.pop(sheet))
        total[target] += size
        if total[target] < least:
            heapq.heappush(queue, (total[target], target))
    return owner


def _by_voxel(voxel: Longs, face: Longs, patch: Longs, n_voxels: int) -> tuple[Codes, Codes, Codes, Codes]:
    """Return the columns ``of_voxel`` and ``mixed_*`` from leaves in the order of their voxels and triangles."""
    first, last = np.full(n_voxels, np.iinfo(np.int64).max), np.full(n_voxels, NO_PATCH)
    np.minimum.at(first, voxel, patch)
    np.maximum.at(last, voxel, patch)
    several = np.flatnonzero(last > first)
    of_voxel = last.astype(np.int32)
    of_voxel[several] = SEVERAL - np.arange(len(several))
    mixed = of_voxel[voxel] <= SEVERAL
    start = pointers(np.bincount(SEVERAL - of_voxel[voxel[mixed]], minlength=len(several)))
    return of_voxel, start, face[mixed].astype(np.int32), patch[mixed].astype(np.int32)


def lowered(mesh: Mesh) -> tuple[Floats, Longs, Floats]:
    """Return the triangles of a mesh a hair below where they are, each with corners of its own, and their normals."""
    vertices = (mesh.vertices[mesh.faces] - BELOW * mesh.normals[:, None]).reshape(-1, 3)
    return np.ascontiguousarray(vertices), np.arange(len(vertices)).reshape(-1, 3), mesh.normals


def pieces(
    vertices: Floats, faces: Longs,
    origin: Floats, size: Floats, dims: Codes,
) -> tuple[Longs, Longs, Floats]:  # fmt: skip
    """Cut triangles along the planes of a grid into triangles that lie in one voxel each.

    Returns voxels (pieces,), triangles that were cut (pieces,), and corners, shape (pieces, 3, 3).
    """
    none = np.empty(0, dtype=np.int64)
    count = _cut(vertices, faces, origin, size, dims, none, none, np.empty((0, 3, 3)))
    voxel, face, corners = np.empty(count, np.int64), np.empty(count, np.int64), np.empty((count, 3, 3))
    _cut(vertices, faces, origin, size, dims, voxel, face, corners)
    return voxel, face, corners


@jit
def _cut(
    vertices: Floats,
    faces: Longs,
    origin: Floats,
    size: Floats,
    dims: Codes,
    voxel: Longs,
    face: Longs,
    corners: Floats,
) -> int:
    """Write the pieces of all triangles as far as the arrays reach; return how many there are."""
    triangle = np.empty((3, 3))
    scratch = np.empty((MOST_CORNERS, 3))
    strip = np.empty((MOST_CORNERS, 3))
    column = np.empty((MOST_CORNERS, 3))
    polygon = np.empty((MOST_CORNERS, 3))
    count = 0
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
                    n = slice_layer(column, n_column, Z, iz, first, last, origin, size, scratch, polygon)
                    for i in range(1, n - 1):
                        if count < len(voxel):
                            voxel[count] = ix + dims[0] * (iy + np.int64(dims[1]) * iz)
                            face[count] = t
                            for k in range(3):
                                corners[count, 0, k] = polygon[0, k]
                                corners[count, 1, k] = polygon[i, k]
                                corners[count, 2, k] = polygon[i + 1, k]
                        count += 1
    return count
