"""The volume of a part of a mesh that its regions stand for: of a spine's head, say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..model.arguments import checked
from ..model.errors import GeometryError
from .checks import signed_volumes
from .mesh import TriangleMesh
from .triangles import shared_edges, twins

#: Regions of such names belong to what they lie on.
PSD = "psd"


@checked
def part_volume(mesh: TriangleMesh, *regions: str) -> float:
    """Return the volume (um^3) of a part of a mesh: what is behind regions, up to flat lids where they end.

    ``part_volume(mesh, "head")`` is a spine's head as papers state it, with the cap behind the postsynaptic density:
    regions called ``"psd"``, ``"psd1"``, ... that border on nothing but the regions given are taken with them.
    ``part_volume(mesh, "neck")`` is the neck between the planes at which it begins and ends, whether or not the base
    is a region. Of `revolved_spine` the plane between the two is where the radius has grown by 28 % of the way
    from the neck's to the head's; together they are the spine. A border that is not flat is closed by
    triangles to the middle of its points.

    Parameters
    ----------
    mesh
        A mesh with regions.
    regions
        One or more of its regions, which make up the part.

    Raises
    ------
    GeometryError
        If there is no such region, or none is given.

    Examples
    --------
    >>> from nanospine import revolved_spine
    >>> spine = revolved_spine("mushroom")
    >>> abs(part_volume(spine, "head") + part_volume(spine, "neck") - spine.volume) < 1e-12
    True
    """
    if not regions:
        raise GeometryError(
            f"No region of {mesh.name!r} was given; give one or more of {', '.join(mesh.region_names)}."
        )
    mesh.region_faces(*regions)
    chosen = np.isin(mesh.face_region, [mesh.region_names.index(region) for region in regions])
    edges = shared_edges(mesh.faces)
    for number, region in enumerate(mesh.region_names):
        if region.startswith(PSD) and region not in regions and _borders_only_on(mesh, number, chosen, edges):
            chosen |= mesh.face_region == number
    lids, middles = _lids(mesh, chosen)
    vertices = np.concatenate([mesh.vertices, middles])
    return float(signed_volumes(vertices, np.concatenate([mesh.faces[chosen], lids])).sum())


def _borders_only_on(mesh: TriangleMesh, number: int, chosen: NDArray[np.bool_], edges: NDArray[np.int64]) -> bool:
    """Say whether a region meets nothing but chosen triangles."""
    left, right = edges[:, 2], edges[:, 3]
    own = mesh.face_region == number
    beyond = np.concatenate([right[own[left] & ~own[right]], left[own[right] & ~own[left]]])
    return bool(len(beyond)) and bool(chosen[beyond].all())


def _lids(mesh: TriangleMesh, chosen: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return triangles that close the borders of the chosen ones, and the middles of the borders, new vertices."""
    directed = mesh.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    within = np.repeat(chosen, 3)[twins(mesh.faces)]
    border = directed[np.repeat(chosen, 3) & ~within]
    n = len(mesh.vertices)
    loop = connected_components(coo_array((np.ones(len(border)), border.T), shape=(n, n)), directed=False)[1]
    _, number = np.unique(loop[border[:, 0]], return_inverse=True)
    count = np.bincount(number)
    middles = np.stack([np.bincount(number, mesh.vertices[border[:, 0], axis]) / count for axis in range(3)], axis=1)
    return np.column_stack([border[:, ::-1], n + number]), middles
