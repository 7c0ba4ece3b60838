"""Boxes, with whole faces or rectangular patches of them as regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...model.arguments import checked
from ...model.errors import GeometryError
from ..mesh import TriangleMesh
from .sizes import positive

# Corners of the unit cube, and those of each face counter-clockwise as seen from outside.
CORNERS = np.array([[-1, -1, -1], [1, -1, -1], [1, 1, -1], [-1, 1, -1], [-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]])
FACES = {
    "x-": (0, 4, 7, 3),
    "x+": (1, 2, 6, 5),
    "y-": (0, 1, 5, 4),
    "y+": (2, 3, 7, 6),
    "z-": (0, 3, 2, 1),
    "z+": (4, 5, 6, 7),
}

# Share of a face's half-edge that a patch must leave free, so that the triangles around it have an area.
LEAST_MARGIN = 1e-6


@checked
@dataclass(frozen=True)
class Patch:
    """A rectangle in a face of a box.

    Parameters
    ----------
    face
        ``"x-"``, ``"x+"``, ``"y-"``, ``"y+"``, ``"z-"`` or ``"z+"``.
    edges
        Edges (um) along the two axes of the face, in the order x, y, z.
    center
        Centre (um) along the same axes, from the middle of the face.
    """

    face: str
    edges: tuple[float, float]
    center: tuple[float, float] = (0.0, 0.0)


@checked
def box(edges: Sequence[float], regions: Mapping[str, str | Patch] | None = None, *, name: str = "box") -> TriangleMesh:
    """Return a box centred on the origin.

    Parameters
    ----------
    edges
        Edges (um) along x, y and z.
    regions
        For each region the face that it covers (``"z+"``) or a `Patch` of one; the rest is ``"membrane"``.
    name
        What messages call the mesh.

    Raises
    ------
    GeometryError
        If an edge is not positive, a face is unknown or used twice, or a patch does not fit into its face.

    Examples
    --------
    >>> box((1.0, 1.0, 0.5), {"top": "z+", "pore": Patch("z-", (0.2, 0.2))}).region_names
    ('top', 'pore', 'membrane')
    """
    half = np.array([positive("edge of a box", edge) for edge in edges]) / 2.0
    if half.shape != (3,):
        raise GeometryError(f"A box was given {len(half)} edges; give three, along x, y and z.")
    regions = dict(regions or {})
    on_face = _by_face(regions)
    vertices = list(CORNERS * half)
    triangles: list[tuple[int, int, int]] = []
    chosen: dict[str, list[int]] = {region: [] for region in regions}
    for face, corners in FACES.items():
        region = on_face.get(face)
        patch = regions[region] if region is not None else None
        quad: tuple[int, ...] = corners
        if isinstance(patch, Patch):
            quad = tuple(range(len(vertices), len(vertices) + 4))
            vertices += list(_patch_corners(region, patch, half))
            triangles += _frame(corners, quad)
        if region is not None:
            chosen[region] = [len(triangles), len(triangles) + 1]
        triangles += [(quad[0], quad[1], quad[2]), (quad[0], quad[2], quad[3])]
    return TriangleMesh.from_arrays(np.array(vertices), np.array(triangles), chosen, name=name, known_sound=True)


@checked
def cube(volume_um3: float, regions: Mapping[str, str | Patch] | None = None, *, name: str = "cube") -> TriangleMesh:
    """Return a cube of a given volume (um^3) centred on the origin; ``regions`` as for `box`.

    Raises
    ------
    GeometryError
        If the volume is not positive, and as `box`.
    """
    edge = positive("volume of a cube", volume_um3, "um^3") ** (1.0 / 3.0)
    return box((edge, edge, edge), regions, name=name)


@checked
def cubic_head(volume_um3: float, neck_patch_edge_um: float = 0.15) -> TriangleMesh:
    """Return the cubic spine head of O'Donnell, Nolan & van Rossum (2011).

    The top face is region ``"psd"``, a square in the middle of the bottom face is region ``"neck"``, where
    ions leave, and the rest is ``"membrane"``.

    Parameters
    ----------
    volume_um3
        Volume of the head (um^3).
    neck_patch_edge_um
        Edge of the neck's square (um).

    Raises
    ------
    GeometryError
        If the volume or the edge is not positive, or the patch does not fit into the bottom face.
    """
    patch = Patch("z-", (neck_patch_edge_um, neck_patch_edge_um))
    return cube(volume_um3, {"psd": "z+", "neck": patch}, name="cubic_head")


def _by_face(regions: Mapping[str, str | Patch]) -> dict[str, str]:
    on_face: dict[str, str] = {}
    for region, place in regions.items():
        face = place.face if isinstance(place, Patch) else place
        if face not in FACES:
            raise GeometryError(f"Region {region!r} lies on face {face!r} of a box; use one of {', '.join(FACES)}.")
        if face in on_face:
            raise GeometryError(
                f"Regions {on_face[face]!r} and {region!r} both lie on face {face!r} of a box; "
                "put one region on each face, or build the mesh with TriangleMesh.from_arrays."
            )
        on_face[face] = region
    return on_face


def _patch_corners(region: str | None, patch: Patch, half: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the patch's corners (um) in the order of its face's corners, shape (4, 3)."""
    normal = "xyz".index(patch.face[0])
    plane = [axis for axis in range(3) if axis != normal]
    sizes = np.array([positive(f"edge of patch {region!r}", edge) for edge in patch.edges])
    reach = np.abs(patch.center) + sizes / 2.0
    if (reach >= half[plane] * (1.0 - LEAST_MARGIN)).any():
        raise GeometryError(
            f"Patch {region!r} of {sizes[0]:g} x {sizes[1]:g} um at {tuple(patch.center)} does not fit "
            f"inside face {patch.face!r} of {2 * half[plane[0]]:g} x {2 * half[plane[1]]:g} um; "
            "make it smaller, or name the whole face."
        )
    corners = CORNERS[list(FACES[patch.face])] * half
    corners[:, plane] = np.sign(corners[:, plane]) * sizes / 2.0 + np.array(patch.center)
    return corners


def _frame(outer: tuple[int, ...], inner: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """Return the eight triangles between a face's corners and its patch's corners."""
    triangles = []
    for i in range(4):
        j = (i + 1) % 4
        triangles += [(outer[i], outer[j], inner[j]), (outer[i], inner[j], inner[i])]
    return triangles
