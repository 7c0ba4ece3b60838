"""The grid in which a particle engine looks up the walls near an ion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, distance_transform_edt, label

from ..compiled.csr import pointers
from ..model.errors import GeometryError
from ..model.mesh import Mesh

# Cells that keep the grid's arrays (8 bytes a cell) in a processor's cache.
MAX_CELLS = 1_000_000
# Edge (um) of a cell where neither the mesh's triangles nor its extent ask for another: about the rms step
# of Ca2+ (D = 220 um^2/s) along an axis in 1 us.
USUAL_CELL_UM = 0.02
# A cell holds the triangles within this fraction of its edge, so that no rounding separates an ion from its
# wall.
GROWN = 1e-4


@dataclass(frozen=True, eq=False)
class WallGrid:
    """A regular grid of cubic cells with the triangles that meet each cell.

    Cell (ix, iy, iz) has the number ``ix + dims[0] * (iy + dims[1] * iz)`` and reaches from ``origin + cell
    * (ix, iy, iz)`` to ``origin + cell * (ix + 1, iy + 1, iz + 1)``. The grid covers the mesh's bounds and
    at least one cell more on each side.

    Attributes
    ----------
    origin
        Lowest corner (um), float64, shape (3,).
    cell
        Edge of a cell (um).
    dims
        Cells along each axis, int32, shape (3,).
    start
        Triangles of cell c are ``triangles[start[c]:start[c + 1]]``, int32, shape (cells + 1,).
    triangles
        Triangle numbers, ascending within a cell, int32.
    clearance
        Distance (um) between a cell and the nearest cell that holds a triangle, float32, shape (cells,): no wall
        is nearer to any of its points.
    inside
        Whether a cell lies wholly inside the mesh, bool, shape (cells,).
    """

    origin: NDArray[np.float64]
    cell: float
    dims: NDArray[np.int32]
    start: NDArray[np.int32]
    triangles: NDArray[np.int32]
    clearance: NDArray[np.float32]
    inside: NDArray[np.bool_]


def wall_grid(mesh: Mesh, cell_um: float | None = None) -> WallGrid:
    """Sort a mesh's triangles into a regular grid.

    Parameters
    ----------
    mesh
        The mesh.
    cell_um
        Edge of a cell (um); by default 20 nm, or less where the triangles or the mesh are smaller, and as
        much more as keeps the grid below a million cells.

    Raises
    ------
    GeometryError
        If ``cell_um`` is not positive or needs more than a million cells.
    """
    extent = mesh.bounds[1] - mesh.bounds[0]
    cell = usual_cell(extent, mesh.area(), len(mesh.faces)) if cell_um is None else _checked_cell(cell_um, extent)
    origin, dims, found, owner = triangles_in_cells(mesh.vertices, mesh.faces, cell)
    counts = np.bincount(found, minlength=int(np.prod(dims, dtype=np.int64)))
    start = pointers(counts)
    triangles = owner[np.argsort(found, kind="stable")].astype(np.int32)
    filled = (counts > 0).reshape(dims[::-1])
    inside = _inside(mesh, filled, origin, cell)
    return WallGrid(origin, cell, dims, start, triangles, clearance(filled, np.full(3, cell)), inside)


def triangles_in_cells(
    vertices: NDArray[np.float64], faces: NDArray[np.int64], cell: float
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Return origin and dimensions of a grid as in `WallGrid`, and all pairs (cell, triangle) that meet."""
    from .overlap import cells_of_triangles

    low, high = vertices.min(axis=0), vertices.max(axis=0)
    dims = (np.ceil((high - low) / cell) + 2).astype(np.int32)
    # The mesh lies in the middle, so that a whole margin is left on both sides.
    origin = np.stack([low, high]).mean(axis=0) - 0.5 * cell * dims
    return origin, dims, *cells_of_triangles(vertices, faces, origin, np.full(3, cell), dims, GROWN)


def _inside(mesh: Mesh, filled: NDArray[np.bool_], origin: NDArray[np.float64], cell: float) -> NDArray[np.bool_]:
    """Say which cells lie wholly inside the mesh: connected cells without a triangle are on one side."""
    part, _ = label(~filled)
    numbers, first = np.unique(part, return_index=True)
    index = np.stack(np.unravel_index(first, filled.shape)[::-1], axis=1)
    within = mesh.contains(origin + cell * (index + 0.5)) & (numbers > 0)
    return np.asarray(within[part.ravel()])


def clearance(filled: NDArray[np.bool_], edges: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the distance (um) from each cell of a grid to the nearest filled one, shape (cells,).

    Parameters
    ----------
    filled
        Which cells are filled, of any three axes.
    edges
        Edges of a cell (um) along these axes.
    """
    # Two cells are nearer than their centres by one cell along each axis in which they differ: as near as the centre
    # of one is to the other grown by a cell on all sides.
    grown = binary_dilation(filled, np.ones((3, 3, 3), dtype=bool))
    distance = distance_transform_edt(~grown, sampling=edges).astype(np.float32).ravel()
    return np.maximum(0.0, np.nextafter(distance, np.float32(-1.0)), dtype=np.float32)


def usual_cell(extent: NDArray[np.float64], area: float, n_triangles: int) -> float:
    """Return a cell's edge (um): at most 20 nm, a triangle's usual edge and a sixteenth of the mesh."""
    triangle_edge = np.sqrt(4.0 / np.sqrt(3.0) * area / n_triangles)
    cell = float(min(USUAL_CELL_UM, triangle_edge, extent.max() / 16.0))
    while (cells := float(np.prod(np.ceil(extent / cell) + 2.0))) > MAX_CELLS:
        cell *= 1.01 * (cells / MAX_CELLS) ** (1.0 / 3.0)
    return cell


def _checked_cell(cell_um: float, extent: NDArray[np.float64]) -> float:
    if not (np.isfinite(cell_um) and cell_um > 0.0):
        raise GeometryError(f"The cell of a wall grid is {cell_um!r} um; give a positive edge in um.")
    cells = float(np.prod(np.ceil(extent / cell_um) + 2.0))
    if cells > MAX_CELLS:
        raise GeometryError(
            f"A wall grid with cells of {cell_um:g} um has {cells:.3g} cells, more than {MAX_CELLS}; "
            "give larger cells, or none to let the mesh decide."
        )
    return float(cell_um)
