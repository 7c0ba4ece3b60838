"""Sizes of spines that are bodies of revolution, and which follow which."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

from ...model.errors import GeometryError
from .sizes import known, positive


@dataclass(frozen=True)
class RevolvedSizes:
    """Sizes of a spine of revolution.

    Its profile is a straight neck, a flare that widens it, the head's rim, and a top: circular arcs, each of which goes
    on in the direction of the one before.

    Parameters
    ----------
    neck_radius
        Radius (um) of the neck where it is straight.
    neck_length
        Distance (um) from the base to the plane where the head begins: where the radius has grown by 28 % of the
        way from the neck's to the head's.
    head_radius
        Largest radius (um) of the head.
    rim_radius
        Radius (um) of the arc around the rim of the head; as large as ``head_radius`` it makes the head a ball.
    shoulder_deg
        Where the flare meets the rim: so far (degrees, 0 to 90) below the widest place, as seen from the middle of the
        rim's arc. A neck of another radius leaves the head above as it is.
    dimple
        How far (um) the middle of the top lies below its rim; negative for a dome, 0 for a ball and a flat top.
    apparatus_share
        Radius of a spine apparatus of usual size, as a share of the spine's.
    """

    neck_radius: float
    neck_length: float
    head_radius: float
    rim_radius: float
    shoulder_deg: float
    dimple: float = 0.0
    apparatus_share: float = 0.459


#: Fitted to heights, widths, volumes and areas of the spines of Bell, Holst, Lee & Rangamani 2022 (J Gen Physiol
#: 154:e202112980) as archived (github RangamaniLabUCSD/StochasticSpineSimulations, commit 6a01e265): the profiles of
#: thin and mushroom lie within 7 and 9 nm of theirs. ``stubby`` is inferred: that of `spine`, as they have none.
REVOLVED = {
    "thin": RevolvedSizes(0.0516, 0.409, 0.193, 0.193, 43.3, apparatus_share=0.454),
    "mushroom": RevolvedSizes(0.095, 0.725, 0.4857, 0.1707, 65.0, 0.055),
    "filopodial": RevolvedSizes(0.0981, 4.091, 0.1226, 0.1226, 5.0),
    "stubby": RevolvedSizes(0.2, 0.15, 0.25, 0.25, 20.0),
}

# Straight line through the nine areas of the size series of Bell et al. 2022 against their volumes, all within 0.6 %
# of it (inferred; the areas do not follow the square of the scale).
PSD_OFFSET_UM2, PSD_PER_UM = 0.0173, 0.794

#: Sizes of a spine apparatus by name: its radius over the usual one, and how far (um) it ends above the base (those
#: of the archived meshes of Bell et al. 2022).
APPARATUS = {"small": (0.75, 0.0225), "medium": (1.0, 0.015), "large": (1.25, 0.0075)}
USUAL_GAP = APPARATUS["medium"][1]
#: Where an apparatus ends, as a share of the spine's height, and how much more its head is stretched along the axis
#: than across (fitted to the volumes and areas of their six).
APPARATUS_TOP, APPARATUS_STRETCH = 0.88, 1.3


def psd_area_of(volume: float) -> float:
    """Return the area (um^2) of the postsynaptic density of a spine of some volume (um^3)."""
    return PSD_OFFSET_UM2 + PSD_PER_UM * volume


def revolved_sizes(kind: str, scale: float, sizes: dict[str, float]) -> RevolvedSizes:
    """Return the sizes of a kind of spine times ``scale``, with those that are given instead.

    Raises
    ------
    GeometryError
        If the kind or a size is unknown, or a size is out of its range.
    """
    chosen = scaled(REVOLVED[known("There is no kind of spine", kind, REVOLVED)], scale)
    names = [field.name for field in fields(RevolvedSizes)]
    for size in sizes:
        known("A spine of revolution has no size", size, names)
    chosen = replace(chosen, **sizes)
    _check(chosen, f"a {kind} spine")
    return chosen


def scaled(sizes: RevolvedSizes, scale: float) -> RevolvedSizes:
    """Return sizes of which all lengths are ``scale`` times as large."""
    lengths = ("neck_radius", "neck_length", "head_radius", "rim_radius", "dimple")
    return replace(sizes, **{name: scale * getattr(sizes, name) for name in lengths})


def _check(s: RevolvedSizes, name: str) -> None:
    for size in ("neck_radius", "neck_length", "head_radius", "rim_radius", "apparatus_share"):
        positive(f"{size} of {name}", getattr(s, size), "" if size == "apparatus_share" else "um")
    if s.rim_radius > s.head_radius:
        raise GeometryError(
            f"The rim_radius of {name} is {s.rim_radius:g} um, larger than its head_radius of {s.head_radius:g} um; "
            "give as much for a ball, or less."
        )
    if not 0.0 < s.shoulder_deg < 90.0:
        raise GeometryError(
            f"The shoulder_deg of {name} is {s.shoulder_deg:g}; give degrees between 0 and 90, 45 for a usual head."
        )
    center = s.head_radius - s.rim_radius
    # Deeper, a dimple would end the rim's arc beyond the axis.
    deepest = s.rim_radius - math.sqrt(max(s.rim_radius**2 - center**2, 0.0))
    if s.dimple != 0.0 and not -center < s.dimple < deepest:
        raise GeometryError(
            f"The dimple of {name} is {s.dimple:g} um; give 0 for a flat top or a ball"
            + (f", or something between -{center:.4g} and {deepest:.4g}." if center else ".")
        )
