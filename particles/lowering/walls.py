"""Lowering of the triangles, the grid that finds them, and the boundary rules."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...geometry import wall_grid
from ...geometry.triangles import edge_planes, planes
from ..kernels.tables import SOME_WALL, UNSURE, Floats, Walls
from .boundaries import GOES_ON, fates, shares, velocities
from .plan import Plan


def lower_walls(plan: Plan) -> Walls:
    """Lower the triangles, the grid that finds them and the boundary rules."""
    mesh = plan.mesh
    grid = wall_grid(mesh)
    bounds = np.array([mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)])
    return Walls(
        origin=grid.origin,
        dims=grid.dims,
        size=grid.cell,
        per_um=1.0 / grid.cell,
        start=grid.start.astype(np.uint32),
        triangles=grid.triangles.astype(np.uint32),
        clearance=grid.clearance,
        convex=mesh.is_convex,
        box=is_box(plan, bounds),
        stops=stops(plan),
        inside=np.packbits(grid.inside, bitorder="little"),
        plane=planes(plan.corners),
        edges=edge_planes(plan.corners),
        sides=plan.sides,
        boundary=plan.boundary,
        fate=fates(plan.model),
        velocity=velocities(plan.model),
        share=shares(plan.model),
        goes_on=GOES_ON[plan.rule],
        bounds=bounds,
        escape=bounds + np.array([[-plan.escape], [plan.escape]]),
    )


def is_box(plan: Plan, bounds: Floats) -> bool:
    """Say whether a mesh is a box along the axes: convex, and each triangle lies in a side of its bounds."""
    on_side = (plan.corners[:, None] == bounds[None, :, None]).all(axis=2).any(axis=(1, 2))
    return bool(plan.mesh.is_convex and on_side.all())


def stops(plan: Plan) -> NDArray[np.uint8]:
    """Return bits of what a path of each species must not meet to be made without a walk, shape (species,)."""
    has_boundary = plan.boundary >= 0
    bits = np.where(has_boundary.any(axis=0), UNSURE | SOME_WALL, UNSURE)
    for axis in range(3):
        along = plan.corners[:, :, axis]
        in_side = (along[:, :1] == along).all(axis=1)
        bits |= has_boundary[in_side].any(axis=0) << axis
    return bits.astype(np.uint8)
