"""Lowering of surfaces at which a concentration is held."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...compiled.csr import pointers
from ...model import Boundary, Model
from ...model.units import molecules
from ..kernels.tables import INSIDE, OUTSIDE, Cells, Clamps
from .walls import face_sides

#: Distance (in rms steps per axis) beyond which one in two million touches the surface within a step.
REACH = 5.0


def lower_clamps(model: Model, cells: Cells, dt: float) -> Clamps:
    """Lower the clamps: the voxels from which a molecule may touch them within a step.

    Parameters
    ----------
    model : Model
        The model.
    cells : Cells
        The reaction cells.
    dt : float
        Time step (s).
    """
    clamped = [
        (code, boundary, home)
        for code, boundary in enumerate(model.boundaries)
        if boundary.concentration is not None and model.species[model.index(boundary.species)].D > 0
        for home in face_sides(model.mesh)[model.mesh.region_faces(boundary.region)[0]]
        if home != OUTSIDE
    ]
    near = [_near(model, boundary, home, cells, dt) for _, boundary, home in clamped]
    full = float(np.prod(cells.size))
    return Clamps(
        species=np.array([model.index(boundary.species) for _, boundary, _ in clamped], dtype=np.int32),
        boundary=np.array([code for code, *_ in clamped], dtype=np.int32),
        compartment=np.array([home for *_, home in clamped], dtype=np.int32),
        ghosts=np.array(
            [
                molecules(b.concentration or 0.0, len(voxels) * full)
                for (_, b, _), voxels in zip(clamped, near, strict=True)
            ],
            dtype=np.float64,
        ),
        voxel_start=pointers(map(len, near)),
        voxels=np.concatenate([*near, np.empty(0)]).astype(np.int32),
        unused=np.zeros((len(model.boundaries), 4), np.int64),
    )


def _near(model: Model, boundary: Boundary, home: int, cells: Cells, dt: float) -> NDArray[np.int64]:
    """Return the voxels of a compartment within reach of a region, by the bounding boxes of its triangles."""
    reach = REACH * np.sqrt(2 * model.species[model.index(boundary.species)].D * dt)
    corners = model.mesh.vertices[model.mesh.faces[model.mesh.region_faces(boundary.region)]]
    low = np.floor((corners.min(axis=1) - reach - cells.origin) / cells.size).astype(np.int64).clip(0)
    high = np.ceil((corners.max(axis=1) + reach - cells.origin) / cells.size).astype(np.int64)
    found = np.zeros(cells.dims[::-1], dtype=bool)
    for (ax, ay, az), (bx, by, bz) in zip(low, high, strict=True):
        found[az:bz, ay:by, ax:bx] = True
    return np.flatnonzero(found.ravel() & (cells.of_voxel[home - INSIDE] >= 0))
