"""Lowering of surfaces at which a concentration is held."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...compiled.csr import pointers
from ...model import Boundary
from ...model.units import molecules
from ..kernels.tables import FAR, INSIDE, OUTSIDE, Clamps
from .plan import Plan


def lower_clamps(plan: Plan) -> Clamps:
    """Lower the clamps, one per side: the voxels from which one may be touched within a step."""
    clamped = [
        (code, boundary, home)
        for code, boundary in enumerate(plan.model.boundaries)
        if boundary.concentration is not None
        for home in plan.sides[plan.mesh.region_faces(boundary.region)[0]]
        if home != OUTSIDE
    ]
    near = [near_voxels(plan, boundary, home) for _, boundary, home in clamped]
    full = float(np.prod(plan.voxels.size))
    ghosts = [
        molecules(boundary.concentration or 0.0, len(voxels) * full)
        for (_, boundary, _), voxels in zip(clamped, near, strict=True)
    ]
    return Clamps(
        species=np.array([plan.model.index(boundary.species) for _, boundary, _ in clamped], dtype=np.int32),
        boundary=np.array([code for code, *_ in clamped], dtype=np.int32),
        compartment=np.array([home for *_, home in clamped], dtype=np.int32),
        ghosts=np.array(ghosts, dtype=np.float64),
        voxel_start=pointers(map(len, near)),
        voxels=np.concatenate([*near, np.empty(0)]).astype(np.int32),
        unused=np.zeros((len(plan.model.boundaries), 4), np.int64),
    )


def near_voxels(plan: Plan, boundary: Boundary, home: int) -> NDArray[np.int64]:
    """Return the voxels of a compartment within reach of a region, by the bounding boxes of its triangles."""
    voxels, corners = plan.voxels, plan.corners[plan.mesh.region_faces(boundary.region)]
    reach = FAR * np.sqrt(2 * plan.D[plan.model.index(boundary.species)] * plan.dt)
    low = np.floor((corners.min(axis=1) - reach - voxels.origin) / voxels.size).astype(np.int64).clip(0)
    high = np.ceil((corners.max(axis=1) + reach - voxels.origin) / voxels.size).astype(np.int64)
    found = np.zeros(voxels.dims[::-1], dtype=bool)
    for (ax, ay, az), (bx, by, bz) in zip(low, high, strict=True):
        found[az:bz, ay:by, ax:bx] = True
    owner = np.repeat(voxels.compartment, np.diff(voxels.voxel_start))
    filled = np.sort(voxels.voxels[owner == home - INSIDE])
    return filled[found.ravel()[filled]].astype(np.int64)
