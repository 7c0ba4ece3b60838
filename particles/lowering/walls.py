"""Lowering of the triangles, the grid that finds them, and the boundary rules."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...geometry import wall_grid
from ...geometry.triangles import edge_planes, planes
from ...model import Mesh, Model
from ..kernels.tables import INSIDE, SOME_WALL, UNSURE, Walls


def lower_walls(model: Model, escape_um: float) -> Walls:
    """Lower the triangles, the grid that finds them and the boundary rules.

    Parameters
    ----------
    model : Model
        The model.
    escape_um : float
        Distance from the mesh's bounds (um) beyond which molecules outside are forgotten.
    """
    mesh = model.mesh
    grid = wall_grid(mesh)
    corners = mesh.vertices[mesh.faces]
    bounds = np.array([mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)])
    boundary = boundary_codes(model)
    return Walls(
        origin=grid.origin,
        dims=grid.dims,
        size=grid.cell,
        per_um=1.0 / grid.cell,
        start=grid.start.astype(np.uint32),
        triangles=grid.triangles.astype(np.uint32),
        clearance=grid.clearance,
        convex=mesh.is_convex,
        box=is_box(mesh, bounds),
        stops=stops(mesh, boundary),
        inside=np.packbits(grid.inside, bitorder="little"),
        plane=planes(corners),
        edges=edge_planes(corners),
        sides=face_sides(mesh),
        boundary=boundary,
        fate=fates(model),
        velocity=np.array([np.inf if b.velocity is None else b.velocity for b in model.boundaries], dtype=np.float64),
        bounds=bounds,
        escape=bounds + np.array([[-escape_um], [escape_um]]),
    )


def face_sides(mesh: Mesh) -> NDArray[np.int32]:
    """Return the compartments OUTSIDE and INSIDE each triangle as the kernels number them, shape (triangles, 2)."""
    return (mesh.face_compartments[:, ::-1] + INSIDE).astype(np.int32)


def is_box(mesh: Mesh, bounds: NDArray[np.float64]) -> bool:
    """Say whether a mesh is a box along the axes: convex, and each triangle lies in a side of its bounds."""
    corners = mesh.vertices[mesh.faces]
    on_side = (corners[:, None] == bounds[None, :, None]).all(axis=2).any(axis=(1, 2))
    return bool(mesh.is_convex and on_side.all())


def stops(mesh: Mesh, boundary: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Return bits of what a path of each species must not meet to be made without a walk, shape (species,)."""
    has_boundary = boundary >= 0
    bits = np.where(has_boundary.any(axis=0), UNSURE | SOME_WALL, UNSURE)
    corners = mesh.vertices[mesh.faces]
    for axis in range(3):
        in_side = (corners[:, :1, axis] == corners[:, :, axis]).all(axis=1)
        bits |= has_boundary[in_side].any(axis=0) << axis
    return bits.astype(np.uint8)


def fates(model: Model) -> NDArray[np.int32]:
    """Return what becomes of a molecule at each boundary, shape (boundaries, 2)."""
    rows = [b.behaviour.fates(on_surface=b.species in model.surface_species) for b in model.boundaries]
    return np.array(rows, dtype=np.int32).reshape(-1, 2)


def boundary_codes(model: Model) -> NDArray[np.int32]:
    """Return the boundary of each triangle and species, shape (triangles, species); -1 reflects and counts nothing."""
    codes = np.full((len(model.mesh.faces), len(model.species)), -1, dtype=np.int32)
    for code, boundary in enumerate(model.boundaries):
        codes[model.mesh.region_faces(boundary.region), model.index(boundary.species)] = code
    return codes
