"""Patches of membrane: the surface cut along a grid into parts of known area, within which molecules may meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..jit import jit
from ..model.mesh import Mesh
from .checks import components
from .overlap import cell_range, cells_of_triangles
from .voxel_volumes import MOST_CORNERS, slice_layer
from .voxels import BORDER, adopt_touched, merge_small

# Patches smaller than this share of a voxel's face are merged into a neighbour.
SMALLEST_SHARE = 0.25
# Triangles are looked up this far (um) below the membrane: one that lies between two layers of voxels then has one.
BELOW = 1e-7


@dataclass(frozen=True, eq=False)
class MembranePatches:
    """The surface of a mesh divided into patches, each what lies in one or more voxels.

    A patch belongs to one part of the surface: what separate closed parts of the mesh, or separate groups of
    triangles, have in one voxel are patches of their own.

    Attributes
    ----------
    part
        Part of each triangle, int32, shape (faces,).
    patch_of_voxel
        Patch of each part and voxel, -1 if there is none, int32, shape (parts, voxels).
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

    part: NDArray[np.int32]
    patch_of_voxel: NDArray[np.int32]
    area: NDArray[np.float64]
    piece_start: NDArray[np.int32]
    piece_corners: NDArray[np.float64]
    piece_face: NDArray[np.int32]
    piece_cumulated: NDArray[np.float64]


def membrane_patches(
    mesh: Mesh,
    group: NDArray[np.int64],
    origin: NDArray[np.float64],
    size: NDArray[np.float64],
    dims: NDArray[np.int32],
) -> MembranePatches:
    """Divide the surface of a mesh into patches.

    The area of each voxel is exact but for rounding. What is less than a quarter of a voxel's face joins the
    neighbour of its part that has most.

    Parameters
    ----------
    mesh
        The mesh.
    group
        Group of each triangle, shape (faces,); molecules of different groups do not meet.
    origin, size, dims
        Lowest corner (um), edges of a voxel (um) and number of voxels along each axis of the grid, shape (3,).
    """
    vertices, faces, normals = lowered(mesh)
    _, part = np.unique(
        np.column_stack([components(mesh.faces, len(mesh.vertices)), group]), axis=0, return_inverse=True
    )
    part = part.ravel()
    grid = (np.asarray(origin, np.float64), np.asarray(size, np.float64), np.asarray(dims, np.int32))
    voxel, face, corners = pieces(vertices, faces, *grid)
    touched, toucher = cells_of_triangles(vertices, faces, *grid, BORDER)
    n_voxels, least = int(np.prod(dims, dtype=np.int64)), SMALLEST_SHARE * float(np.prod(size) / np.max(size))
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    patch_of_voxel = np.full((int(part.max()) + 1, n_voxels), -1, dtype=np.int32)
    found = 0
    for number, row in enumerate(patch_of_voxel):
        own = part[face] == number
        owner = merge_small(np.bincount(voxel[own], areas[own], n_voxels).astype(np.float64), least, grid[2])
        adopt_touched(owner, np.unique(touched[part[toucher] == number]), grid[1], grid[2])
        taken = np.flatnonzero(owner >= 0)
        stands, row[taken] = np.unique(owner[taken], return_inverse=True)
        row[taken] += found
        found += len(stands)
    patch = patch_of_voxel[part[face], voxel]
    order = np.argsort(patch, kind="stable")
    area = np.bincount(patch, areas, found).astype(np.float64)
    start = np.concatenate([[0], np.cumsum(np.bincount(patch, minlength=found))])
    total = np.concatenate([[0.0], np.cumsum(areas[order])])
    return MembranePatches(
        part.astype(np.int32), patch_of_voxel, area, start.astype(np.int32),
        corners[order] + BELOW * normals[face[order], None], face[order].astype(np.int32),
        total[1:] - np.repeat(total[start[:-1]], np.diff(start)),
    )  # fmt: skip


def lowered(mesh: Mesh) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the triangles of a mesh a hair below where they are, each with corners of its own, and their normals."""
    corners = mesh.vertices[mesh.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    vertices = np.ascontiguousarray((corners - BELOW * normals[:, None]).reshape(-1, 3))
    return vertices, np.arange(len(vertices)).reshape(-1, 3), normals


def pieces(
    vertices: NDArray[np.float64], faces: NDArray[np.int64],
    origin: NDArray[np.float64], size: NDArray[np.float64], dims: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:  # fmt: skip
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
    vertices: NDArray[np.float64],
    faces: NDArray[np.int64],
    origin: NDArray[np.float64],
    size: NDArray[np.float64],
    dims: NDArray[np.int32],
    voxel: NDArray[np.int64],
    face: NDArray[np.int64],
    corners: NDArray[np.float64],
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
            n_strip = slice_layer(triangle, 3, 1, iy, first, last, origin, size, scratch, strip)
            for ix in range(first[0], last[0] + 1):
                n_column = slice_layer(strip, n_strip, 0, ix, first, last, origin, size, scratch, column)
                for iz in range(first[2], last[2] + 1):
                    n = slice_layer(column, n_column, 2, iz, first, last, origin, size, scratch, polygon)
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
