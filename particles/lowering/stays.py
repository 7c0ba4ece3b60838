"""How long molecules may stay where they are without being late at a boundary of their species."""

from __future__ import annotations

import numpy as np

from ...geometry.overlap import cells_of_triangles
from ...geometry.spatial import GROWN, clearance
from ..kernels.tables import FAR, Floats, Ints
from .plan import Plan


def patient_species(plan: Plan) -> list[int]:
    """Return the species that have a boundary, but need not move at every step far from it."""
    has_boundary = (plan.boundary >= 0).any(axis=0)
    return np.flatnonzero(has_boundary & ~plan.on_surface & (plan.period > 1)).tolist()


def stays(plan: Plan) -> Ints:
    """Return the row of each species in the table of stays, -1 if it waits as long everywhere; shape (species,)."""
    rows, patient = np.full(plan.D.size, -1, np.int32), patient_species(plan)
    rows[patient] = np.arange(len(patient))
    return rows


def lower_stay(plan: Plan) -> Ints:
    """Return how many steps each patient species may wait between moves in each cell, shape (rows, cells).

    So many that none of its boundaries is within reach: powers of two, and no more than it waits anywhere.
    """
    patient = patient_species(plan)
    table = np.empty((len(patient), plan.voxels.volume.size), np.int32)
    for row, species in enumerate(patient):
        steps = (gaps(plan, species) / FAR) ** 2 / (2 * plan.D[species] * plan.dt)
        table[row] = 2 ** np.floor(np.log2(np.clip(steps, 1, plan.period[species])))
    return table


def gaps(plan: Plan, species: int) -> Floats:
    """Return a distance (um) to the boundaries of a species that no point of a cell falls short of, shape (cells,)."""
    voxels, faces = plan.voxels, plan.mesh.faces[plan.boundary[:, species] >= 0]
    found, _ = cells_of_triangles(plan.mesh.vertices, faces, voxels.origin, voxels.size, voxels.dims, GROWN)
    filled = np.zeros(int(np.prod(voxels.dims)), bool)
    filled[found] = True
    gap = clearance(filled.reshape(voxels.dims[::-1]), voxels.size[::-1])
    least = np.full(voxels.volume.size, np.inf)
    for cells in voxels.cell_of_voxel:
        np.minimum.at(least, cells[cells >= 0], gap[cells >= 0])
    return least
