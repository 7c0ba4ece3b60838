"""Where surface molecules may be, and the reaction cells in which they meet those of the volume."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..geometry.triangles import nearest_on_surface
from ..model import Mesh, Model, Release
from .kernels.tables import Cells
from .placement import Placed

Bools = NDArray[np.bool_]
Longs = NDArray[np.int64]


def reachable_faces(model: Model, placed: Placed | None) -> dict[str, Bools]:
    """Return on which triangles each surface species may be: where it is released or made, or where it diffuses to.

    Molecules of an earlier run may be elsewhere than where the model releases any.
    """
    nowhere = np.zeros(len(model.mesh.faces), dtype=np.bool_)
    found = {name: nowhere.copy() for name in model.surface_species}
    for release in model.releases:
        for name in found.keys() & release.fractions:
            found[name] |= _released_on(model, release)
    if placed is not None:
        for name, faces in found.items():
            faces[placed.face[placed.species == model.index(name)]] = True
    mobile = {species.name for species in model.species if species.is_on_surface and species.D > 0}
    turns = [[{term.species for term in side} & found.keys() for side in (step.reactants, step.products)]
             for step in model.steps]  # fmt: skip
    before = -1
    while (size := sum(int(faces.sum()) for faces in found.values())) != before:
        before = size
        for name in mobile:
            found[name] |= found[name].any()
        for taken, made in turns:
            for name in made:
                found[name] |= np.any([found[one] for one in taken], axis=0)
    return found


def _released_on(model: Model, release: Release) -> Bools:
    mesh, on = model.mesh, np.zeros(len(model.mesh.faces), dtype=np.bool_)
    if release.points is not None:
        on[nearest_on_surface(mesh.vertices[mesh.faces], release.point_array())[1]] = True
    else:
        on[mesh.region_faces(*model.regions_of(release))] = True
    return on


def cells_beside(mesh: Mesh, faces: Bools, outside: bool, cells: Cells) -> Longs:
    """Return the cells on one side of some triangles: those of all voxels in the box around each."""
    corners = mesh.vertices[mesh.faces[faces]]
    low, high = (
        np.clip(((end - cells.origin) * cells.per_um).astype(np.int64), 0, cells.dims - 1)
        for end in (corners.min(axis=1), corners.max(axis=1))
    )
    found: set[int] = set()
    for (ax, ay, az), (bx, by, bz), home in zip(low, high, mesh.face_compartments[faces, int(outside)], strict=True):
        if home >= 0:
            x, y, z = np.ogrid[ax : bx + 1, ay : by + 1, az : bz + 1]
            found.update(cells.of_voxel[home, x + cells.dims[0] * (y + cells.dims[1] * z)].ravel().tolist())
    return np.array(sorted(found - {-1}), dtype=np.int64)
