"""Lowering of the membrane as a space of its own: neighbouring triangles, and patches in which molecules meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...compiled.csr import pointers
from ...geometry import membrane_patches
from ...geometry.patches import BELOW
from ...geometry.triangles import plane_bases, twins
from ...model import Model
from ..kernels.tables import MEETS, NO_ROLE, SEEKS, Ints, Membrane
from .plan import Plan


def lower_membrane(plan: Plan) -> Membrane:
    """Lower what mobile surface molecules need; all of it is empty if there are none."""
    if not plan.period[plan.on_surface].any():
        return empty_membrane(plan)
    mesh, voxels, role = plan.mesh, plan.voxels, roles(plan)
    group = fenced(plan.model) if role.any() else np.zeros(len(mesh.faces), np.int64)
    # Without reactions one voxel is enough.
    dims = voxels.dims if role.any() else np.ones(3, np.int32)
    size = voxels.size * (voxels.dims / dims)
    patches = membrane_patches(mesh, group, voxels.origin, size, dims)
    return Membrane(
        twin=twins(mesh.faces),
        basis=plane_bases(plan.corners),
        role=role,
        below=BELOW,
        origin=voxels.origin,
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


def empty_membrane(plan: Plan) -> Membrane:
    """Return a membrane in which nothing moves."""
    ints, floats = np.empty(0, np.int32), np.empty(0)
    return Membrane(
        twin=ints, basis=np.empty((0, 6)), role=np.full(plan.D.size, NO_ROLE, np.int32), below=BELOW,
        origin=np.zeros(3), dims=np.zeros(3, np.int32), per_um=np.zeros(3), of_voxel=ints,
        mixed_start=pointers([]), mixed_face=ints, mixed_patch=ints, inverse_area=floats,
        piece_start=pointers([]), piece=np.empty((0, 9)), piece_face=ints, piece_cumulated=floats, first=ints,
    )  # fmt: skip


def roles(plan: Plan) -> Ints:
    """Return the part of each species in reactions between surface molecules."""
    role = np.full(plan.D.size, NO_ROLE, np.int32)
    pairs = [plan.codes(plan.partners(step)) for step in plan.model.steps if plan.model.is_on_surface(step)]
    role[[partner for _, partner in pairs]] = MEETS
    role[[initiator for initiator, _ in pairs]] = SEEKS
    return role


def fenced(model: Model) -> NDArray[np.int64]:
    """Return the group of each triangle: regions at which a surface species has a boundary stand alone."""
    regions = {boundary.region for boundary in model.boundaries if boundary.species in model.surface_species}
    alone = model.mesh.region_faces(*regions)
    group = np.full(len(model.mesh.faces), -1)
    group[alone] = model.mesh.face_region[alone]
    return group
