"""Dendritic spines on a piece of dendrite: head, neck and dendrite melted into one smooth surface."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.arguments import checked
from ...model.errors import GeometryError
from ..mesh import TriangleMesh
from .implicit import surface_mesh
from .sizes import known, positive

MOST_CELLS = 2_000_000


@dataclass(frozen=True)
class SpineSizes:
    """Sizes of a spine (um).

    Parameters
    ----------
    head_radius
        Radius of the spherical head.
    neck_radius
        Radius of the neck.
    neck_length
        Distance between the dendrite's surface and the head's nearest point, along the neck's axis.
    dendrite_radius
        Radius of the dendrite.
    dendrite_length
        Length of the straight part of the dendrite, which ends in half spheres.
    psd_area
        Area (um^2) of the cap on top of the head that is the postsynaptic density.
    """

    head_radius: float
    neck_radius: float
    neck_length: float
    dendrite_radius: float
    dendrite_length: float
    psd_area: float


# Round sizes in the range of hippocampal spines (Harris & Stevens 1989, J. Neurosci. 9, 2982-2997);
# inferred, the paper gives ranges and not these kinds. The postsynaptic density is about a tenth of the
# head's surface.
SPINES: dict[str, SpineSizes] = {
    "mushroom": SpineSizes(0.3, 0.1, 0.4, 0.3, 0.8, 0.12),
    "thin": SpineSizes(0.15, 0.06, 0.6, 0.3, 0.8, 0.03),
    "stubby": SpineSizes(0.25, 0.2, 0.05, 0.3, 0.8, 0.08),
}


@checked
def spine(
    kind: str = "mushroom", *, head_volume: float | None = None, edge_um: float | None = None, **sizes: float
) -> TriangleMesh:
    """Return a spine on a piece of dendrite, with regions ``"psd"``, ``"head"``, ``"neck"``, ``"dendrite"``.

    The dendrite lies along x with its axis through the origin, and the spine stands on it along z. Where the
    parts meet, they melt over half the neck's radius (a polynomial smooth minimum of their distances).

    Parameters
    ----------
    kind
        ``"mushroom"``, ``"thin"`` or ``"stubby"``: the sizes to start from.
    head_volume
        Volume (um^3) of the ball that is the head. The radii of head and neck and the postsynaptic density follow it:
        they correlate with it in real spines, the length of the neck does not (Ofer et al. 2022). That the
        kind's proportions stay is inferred. Other sizes that are given count instead.
    edge_um
        Longest edge of the triangles (um), roughly; by default half the neck's radius or a quarter of
        the head's. Volumes converge with its square.
    **sizes
        Any of the sizes of `SpineSizes` (um, um^2) instead of the kind's.

    Raises
    ------
    GeometryError
        If the kind or a size is unknown, a size not positive, the neck as wide as the head or the dendrite,
        the postsynaptic density as large as half the head, ``head_volume`` and ``head_radius`` both given, or
        ``edge_um`` so small that the mesh has no end, or so large that the neck is lost.

    Examples
    --------
    >>> spine("thin", neck_length=0.8).region_names
    ('psd', 'head', 'neck', 'dendrite')
    """
    from .spine_distance import spine_distance

    chosen = _chosen_sizes(kind, head_volume, sizes)
    usual_edge = min(chosen.neck_radius / 2.0, chosen.head_radius / 4.0)
    edge = positive("edge_um of a spine", usual_edge if edge_um is None else edge_um)
    if edge > chosen.neck_radius:
        raise GeometryError(
            f"The edge_um of a spine is {edge:g} um, too long for a neck of radius "
            f"{chosen.neck_radius:g} um; give at most {chosen.neck_radius:g}."
        )
    middle = chosen.dendrite_radius + chosen.neck_length + chosen.head_radius
    bounds = _bounds(chosen, middle, edge)
    with np.errstate(over="ignore"):
        cells = float(np.prod((bounds[1] - bounds[0]) / edge))
    if cells > MOST_CELLS:
        raise GeometryError(
            f"A spine with edge_um = {edge:g} needs {cells:.3g} cells, more than {MOST_CELLS}; "
            "give a longer edge or a shorter dendrite."
        )

    def distance(x: Any, y: Any, z: Any) -> Any:
        c = chosen
        return spine_distance(x, y, z, c.head_radius, middle, c.neck_radius, c.dendrite_radius, c.dendrite_length)

    vertices, faces = surface_mesh(distance, bounds, edge)
    regions = _regions(vertices[faces, 2].mean(axis=1), chosen, middle)
    return TriangleMesh.from_arrays(vertices, faces, regions, name=f"{kind} spine")


def _bounds(sizes: SpineSizes, middle: float, margin: float) -> NDArray[np.float64]:
    """Return a box (um), shape (2, 3), that holds the spine with some margin."""
    x = max(sizes.dendrite_length / 2.0 + sizes.dendrite_radius, sizes.head_radius)
    y = max(sizes.head_radius, sizes.dendrite_radius)
    corners = np.array([[-x, -y, -sizes.dendrite_radius], [x, y, middle + sizes.head_radius]])
    return corners + 2.0 * margin * np.array([[-1.0], [1.0]])


def _chosen_sizes(kind: str, head_volume: float | None, sizes: dict[str, float]) -> SpineSizes:
    if kind not in SPINES:
        raise GeometryError(f"There is no kind of spine {kind!r}; use one of {', '.join(SPINES)}.")
    names = [field.name for field in fields(SpineSizes)]
    for size, value in sizes.items():
        known("A spine has no size", size, names)
        positive(f"{size} of a spine", value, "um^2" if size == "psd_area" else "um")
    chosen = replace(_of_head_volume(SPINES[kind], head_volume, sizes), **sizes)
    narrowest = min(chosen.head_radius, chosen.dendrite_radius)
    if chosen.neck_radius >= narrowest:
        raise GeometryError(
            f"The neck_radius of a spine is {chosen.neck_radius:g} um; it must be below the head's and the "
            f"dendrite's, {narrowest:g} um."
        )
    half_head = 2.0 * math.pi * chosen.head_radius**2
    if chosen.psd_area >= half_head:
        raise GeometryError(
            f"The psd_area of a spine is {chosen.psd_area:g} um^2; give less than half the head's surface, "
            f"{half_head:.4g} um^2."
        )
    return chosen


def _of_head_volume(usual: SpineSizes, head_volume: float | None, sizes: dict[str, float]) -> SpineSizes:
    """Return sizes for a head of some volume (um^3), those that follow it among them."""
    if head_volume is None:
        return usual
    if "head_radius" in sizes:
        raise GeometryError(
            f"A spine was given head_volume={head_volume:g} and head_radius={sizes['head_radius']:g}; give one of them."
        )
    target = positive("head_volume of a spine", head_volume, "um^3")
    factor = (target / (4.0 / 3.0 * math.pi)) ** (1.0 / 3.0) / usual.head_radius
    return replace(
        usual,
        head_radius=factor * usual.head_radius,
        neck_radius=factor * usual.neck_radius,
        psd_area=factor**2 * usual.psd_area,
    )


def _regions(height: NDArray[np.float64], sizes: SpineSizes, middle: float) -> dict[str, NDArray[np.int64]]:
    """Divide the triangles by the height z (um) of their centres."""
    # A cap of height h has area 2 pi r h (Archimedes).
    psd_floor = middle + sizes.head_radius - sizes.psd_area / (2.0 * math.pi * sizes.head_radius)
    head_floor = middle - math.sqrt(sizes.head_radius**2 - sizes.neck_radius**2)
    floors = [psd_floor, head_floor, sizes.dendrite_radius]
    part = sum((height <= floor).astype(np.int64) for floor in floors)
    return {name: np.flatnonzero(part == number) for number, name in enumerate(("psd", "head", "neck", "dendrite"))}
