"""Lowering of the mesh to reaction cells."""

from __future__ import annotations

import numpy as np

from ..kernels.tables import INSIDE, Cells, Floats
from .encounters import image_factors
from .plan import Plan
from .stays import lower_stay


def lower_cells(plan: Plan) -> Cells:
    """Lower the reaction cells into which the compartments are divided; a box is filled by whole voxels."""
    voxels = plan.voxels
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
        images=images(plan),
        cut=voxels.cut.astype(np.int32),
        stay=lower_stay(plan),
        voxel_start=voxels.voxel_start,
        voxels=voxels.voxels,
    )


def images(plan: Plan) -> Floats:
    """Return the factor of the walls on the returns of pairs of each way to move, shape (ways, cells).

    There is a row, too, where pairs meet in the membrane alone, which have no returns.
    """
    factors = [image_factors(plan.voxels, movers, plan.dt) for movers in plan.ways]
    return np.array(factors or [np.ones(plan.voxels.volume.size)])
