"""Lowering of the membrane as a space of its own: neighbouring triangles, and patches in which molecules meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...geometry import membrane_patches
from ...geometry.patches import BELOW
from ...geometry.triangles import plane_bases, twins
from ...model import Model
from ..kernels.tables import MEETS, NO_ROLE, SEEKS, Cells, Chemistry, Membrane
from .plan import waits


def lower_membrane(model: Model, dt: float, cells: Cells, chemistry: Chemistry) -> Membrane | None:
    """Lower what mobile surface molecules need; None if there are none.

    Parameters
    ----------
    model : Model
        The model.
    dt : float
        Time step (s).
    cells : Cells
        The reaction cells, on whose grid of voxels the surface is divided.
    chemistry : Chemistry
        The lowered reactions.
    """
    mobile = chemistry.species.on_surface * chemistry.species.D > 0
    if not mobile.any():
        return None
    mesh = model.mesh
    role = roles(model, chemistry)
    corners = mesh.vertices[mesh.faces]
    group = fenced(model) if role.any() else np.zeros(len(mesh.faces), np.int64)
    # Without reactions one voxel is enough.
    dims = cells.dims if role.any() else np.ones(3, np.int32)
    size = cells.size * (cells.dims / dims)
    patches = membrane_patches(mesh, group, cells.origin, size, dims)
    return Membrane(
        twin=twins(mesh.faces),
        basis=plane_bases(corners),
        every=np.where(mobile, waits(model, dt, float(cells.size.min())), 0).astype(np.int32),
        role=role,
        below=BELOW,
        origin=cells.origin,
        dims=dims,
        per_um=1.0 / size,
        of_voxel=patches.of_voxel,
        mixed_start=patches.mixed_start,
        mixed_face=patches.mixed_face,
        mixed_patch=patches.mixed_patch,
        inverse_area=1.0 / patches.area,
        piece_start=patches.piece_start,
        piece=patches.piece_corners.reshape(-1, 9),
        piece_face=patches.piece_face,
        piece_cumulated=patches.piece_cumulated,
        first=np.full(patches.area.size, -1, np.int32),
    )


def roles(model: Model, chemistry: Chemistry) -> NDArray[np.int32]:
    """Return the part of each species in reactions between surface molecules."""
    role = np.full(len(model.species), NO_ROLE, np.int32)
    n = len(model.species)
    rows = np.diff(chemistry.pairs.start).reshape(2, n, n)[0] > 0
    for step in model.steps:
        if model.is_on_surface(step):
            codes = [model.index(term.species) for term in step.reactants]
            role[codes] = np.maximum(role[codes], MEETS)
    seeks = rows.any(axis=1) & (role == MEETS) & (chemistry.species.on_surface == 1)
    role[seeks] = SEEKS
    return role


def fenced(model: Model) -> NDArray[np.int64]:
    """Return the group of each triangle: regions at which a surface species has a boundary stand alone."""
    regions = {boundary.region for boundary in model.boundaries if boundary.species in model.surface_species}
    alone = model.mesh.region_faces(*regions)
    group = np.full(len(model.mesh.faces), -1)
    group[alone] = model.mesh.face_region[alone]
    return group
