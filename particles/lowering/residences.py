"""Lowering of the places in which molecules are followed."""

from __future__ import annotations

import numpy as np

from ..kernels.tables import Residences
from .plan import Plan
from .zones import accessible_volume, zone_row, zone_rows


def lower_residences(plan: Plan) -> Residences:
    """Lower who is followed where.

    Raises
    ------
    GeometryError
        If a shell lies outside the mesh.
    """
    mesh, residences = plan.mesh, plan.model.residences
    on_face = np.ones((len(residences), len(mesh.faces)), dtype=bool)
    for row, residence in enumerate(residences):
        if residence.within is not None:
            accessible_volume(f"Residence {residence.name!r}", residence.within, mesh)
        if residence.region is not None:
            on_face[row] = False
            on_face[row, mesh.region_faces(residence.region)] = True
    return Residences(
        species=np.array([plan.model.index(residence.species) for residence in residences], dtype=np.int32),
        zone=zone_rows(zone_row(residence.within) for residence in residences),
        on_face=on_face,
    )
