"""A spine apparatus that follows the shape of its spine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ...model.errors import GeometryError
from ..mesh import TriangleMesh
from .profiles import Points
from .revolution import lengths_along, revolved
from .revolved_sizes import APPARATUS, APPARATUS_STRETCH, APPARATUS_TOP, USUAL_GAP
from .sizes import known, positive

#: Facets of two surfaces that are nearer (um) may meet.
LEAST_GAP = 1e-3
FINENESS = 4000


def apparatus_in(
    profile: Points, size: str | float, usual_share: float, edge: float, end: float | None = None
) -> TriangleMesh:
    """Return an apparatus inside a spine of some profile (um).

    Its radii are those of the spine times a share, its head is stretched along the axis, and its neck reaches down to
    just above the base, or to the height ``end``, below the base if negative.

    Raises
    ------
    GeometryError
        If the size is unknown, the spine has no base, or the apparatus touches the membrane.
    """
    if profile[0, 0] == 0.0:
        raise GeometryError(
            "An apparatus was wanted in a spine whose profile begins on the axis; begin it at a base, or put two "
            "meshes into an Assembly."
        )
    if isinstance(size, str):
        factor, gap = APPARATUS[known("There is no apparatus", size, APPARATUS)]
        share = factor * usual_share
    else:
        share, gap = positive("apparatus of a spine", size, ""), USUAL_GAP
    if end is not None:
        gap = end
    inner = profile * [share, share * APPARATUS_STRETCH]
    inner[:, 1] += APPARATUS_TOP * profile[:, 1].max() - inner[:, 1].max()
    if not gap < inner[-1, 1]:
        raise GeometryError(
            f"The spine apparatus {size!r} was to end at {gap:g} um, but its top is at {inner[-1, 1]:.4g} um; give "
            "less."
        )
    # The neck is lengthened, or cut, to end there.
    first = int(np.argmax(inner[:, 1] > gap))
    inner = np.concatenate([[[np.interp(gap, inner[: first + 1, 1], inner[: first + 1, 0]), gap]], inner[first:]])
    _check_gap(inner, profile, size)
    body = revolved(inner, [], edge, "an apparatus")
    return TriangleMesh.from_arrays(body.vertices, body.faces, name="spine apparatus")


def _check_gap(inner: Points, profile: Points, size: str | float) -> None:
    """Refuse an apparatus that is not inside its spine, with the place of the least distance or the farthest out.

    Bodies around one axis are nearest to each other in a plane through it.
    """
    base = profile[0, 1]
    floor = base if inner[0, 1] >= base else inner[0, 1] - profile[0, 0]  # a dendrite has room below the base
    outer = np.concatenate([[[0.0, floor], [profile[0, 0], floor]], profile])
    points, surface = _fine(inner), _fine(outer)
    distance = KDTree(surface).query(points)[0]
    signed = np.where(_inside(outer, points), distance, -distance)
    worst = int(np.argmin(signed))
    if signed[worst] > LEAST_GAP:
        return
    r, z = points[worst]
    does = "comes within" if signed[worst] > 0.0 else "reaches beyond the membrane by"
    raise GeometryError(
        f"The spine apparatus {size!r} touches the membrane: it {does} {abs(signed[worst]):.4g} um at r = {r:.4g}, "
        f"z = {z:.4g} um (the base is at 0); give a smaller share of the spine's radii."
    )


def _fine(line: Points) -> Points:
    along = lengths_along(line)
    fine = np.linspace(0.0, along[-1], FINENESS)
    return np.stack([np.interp(fine, along, column) for column in line.T], axis=1)


def _inside(outline: Points, points: Points) -> NDArray[np.bool_]:
    """Say which points lie inside an outline that the axis closes: a line away from the axis crosses it oddly often."""
    (r0, z0), (r1, z1) = outline[:-1].T, outline[1:].T
    spans = (z0 > points[:, 1:]) != (z1 > points[:, 1:])
    with np.errstate(divide="ignore", invalid="ignore"):
        at = r0 + (points[:, 1:] - z0) * (r1 - r0) / (z1 - z0)
    return (spans & (at > points[:, :1])).sum(axis=1) % 2 == 1
