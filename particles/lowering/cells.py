"""Lowering of the mesh to reaction cells."""

from __future__ import annotations

import numpy as np

from ...geometry import reaction_voxels
from ...model import Model
from ..kernels.tables import INSIDE, Cells
from .encounters import image_factors
from .plan import waits


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
