"""Spines that are bodies of revolution: thin, mushroom, filopodial and stubby, or of any profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import overload

import numpy as np
from numpy.typing import NDArray

from ...model.arguments import checked
from ...model.errors import GeometryError
from ..assembly import Assembly
from ..mesh import TriangleMesh
from .apparatus import apparatus_in
from .dendrite import on_dendrite
from .profiles import Points, band_areas, checked_profile, divided, profile_of, volume
from .revolution import MOST_TRIANGLES, Body, lengths_along, revolved
from .revolved_sizes import REVOLVED, RevolvedSizes, psd_area_of, revolved_sizes, scaled
from .sizes import positive

Profile = Sequence[Sequence[float]] | NDArray[np.float64]

# The longest edge as a share of the largest radius, beyond which the shape is lost.
COARSEST = 0.5
LARGEST_PSD = 0.8


@overload
def revolved_spine(
    shape: str | Profile = ...,
    *,
    scale: float = ...,
    head_volume: float | None = ...,
    psd_area: float | None = ...,
    apparatus: None = ...,
    dendrite_radius: float | None = ...,
    dendrite_length: float = ...,
    edge_um: float | None = ...,
    apparatus_end: float | None = ...,
    **sizes: float,
) -> TriangleMesh: ...
@overload
def revolved_spine(
    shape: str | Profile = ...,
    *,
    scale: float = ...,
    head_volume: float | None = ...,
    psd_area: float | None = ...,
    apparatus: str | float,
    dendrite_radius: float | None = ...,
    dendrite_length: float = ...,
    edge_um: float | None = ...,
    apparatus_end: float | None = ...,
    **sizes: float,
) -> Assembly: ...
@checked
def revolved_spine(
    shape: str | Profile = "mushroom",
    *,
    scale: float = 1.0,
    head_volume: float | None = None,
    psd_area: float | None = None,
    apparatus: str | float | None = None,
    dendrite_radius: float | None = None,
    dendrite_length: float = 1.0,
    edge_um: float | None = None,
    apparatus_end: float | None = None,
    **sizes: float,
) -> TriangleMesh | Assembly:
    """Return a spine that is a body of revolution around z, its tip upwards.

    Regions are ``"psd"``, ``"head"``, ``"neck"`` and ``"base"``, a flat disc at z = 0 where the neck opens; on a
    dendrite ``"dendrite"`` and ``"dendrite_ends"`` instead of the base. Head and neck part where the radius has grown
    by 28 % of the way from the neck's to the head's (inferred from the archived meshes of Bell et al. 2022);
    `part_volume` has the volumes on both sides of that plane.

    Parameters
    ----------
    shape
        ``"thin"``, ``"mushroom"``, ``"filopodial"`` or ``"stubby"``: the sizes to start from, of
        `RevolvedSizes`. Or a profile of your own: points (r, z) in um, shape (points, 2), from the base, or the
        axis, to the tip on the axis. It has a neck if it widens above its base. Sharp corners may make sharp
        triangles.
    scale
        Factor on all lengths. What Bell et al. 2022 call x0.66 and x1.33 is 2/3 and 4/3.
    head_volume
        Volume (um^3) above the plane that divides head and neck. The radii of head and neck follow it in the kind's
        proportions, the length of the neck does not, as for `spine`.
    psd_area
        Area (um^2) of the postsynaptic density around the tip; by default 0.0173 um^2 + 0.794 um times the
        volume, the line on which the areas of Bell et al. 2022 lie (inferred).
    apparatus
        A spine apparatus inside: ``"small"``, ``"medium"`` or ``"large"`` as in Bell et al. 2022, or its
        radius as a share of the spine's. It follows the shape of the spine.
    dendrite_radius, dendrite_length
        Sizes (um) of a piece of dendrite, a cylinder along x with its axis through the origin, on which the
        spine stands; none by default. The mushroom of the RyR model (github RangamaniLabUCSD/SpineApparatus) stands
        on one of radius 0.5 and length 1.
    edge_um
        Distance (um) of neighbouring points, roughly, diagonals are up to 1.5 times as long; by default an eighth
        of the head's radius, or a third of the neck's if that is longer. Around the neck there are at least 20
        points. The volume does not depend on it, areas converge with its square.
    apparatus_end
        Height (um) above the base at which the apparatus ends, negative for one that reaches into the dendrite; just
        above the base by default.
    **sizes
        Any of the sizes of `RevolvedSizes` instead of the kind's, as they are whatever the scale.

    Returns
    -------
    TriangleMesh or Assembly
        With an apparatus, an assembly of ``"cytosol"`` and ``"sa"``.

    Raises
    ------
    GeometryError
        If the kind or a size is unknown, sizes do not go together, the profile is none, or the apparatus touches
        the membrane.

    Examples
    --------
    >>> revolved_spine("thin").region_names
    ('psd', 'head', 'neck', 'base')
    >>> revolved_spine("mushroom", apparatus="medium").compartment_names
    ('cytosol', 'sa')
    """
    name = f"{shape} spine" if isinstance(shape, str) else "revolved spine"
    profile, usual_share = _profile(shape, positive("scale of a spine", scale, ""), head_volume, dict(sizes), name)
    edge = _edge(profile, edge_um, name)
    if apparatus_end is not None:
        _check_end(apparatus_end, apparatus, 2.0 * (dendrite_radius or 0.0), name)
    body, regions = _body(profile, psd_area, edge, name)
    if dendrite_radius is not None:
        radius = positive("dendrite_radius of a spine", dendrite_radius)
        long = positive("dendrite_length of a spine", dendrite_length)
        coarse = edge if edge_um is not None else max(edge, radius / 8.0)
        if radius * (radius + long) > MOST_TRIANGLES * coarse**2 / 14:
            raise GeometryError(
                f"The dendrite of a {name} has a radius of {radius:g} and a length of {long:g} um, which needs more "
                f"than {MOST_TRIANGLES} triangles of {coarse:g} um; make it smaller, or edge_um longer."
            )
        mesh = on_dendrite(body, regions, radius, long, coarse, name)
    else:
        radius = 0.0
        mesh = TriangleMesh.from_arrays(body.vertices, body.faces, regions, name=name)
    if apparatus is None:
        return mesh
    inner = apparatus_in(profile, apparatus, usual_share, edge, apparatus_end)
    return Assembly({"cytosol": mesh, "sa": inner.moved((0.0, 0.0, radius))}, name)


def _check_end(end: float, apparatus: str | float | None, depth: float, name: str) -> None:
    if apparatus is None:
        raise GeometryError(f"A {name} was given an apparatus_end but no apparatus; give both.")
    if not (np.isfinite(end) and end > -depth):
        raise GeometryError(
            f"The apparatus_end of a {name} is {end!r} um; give more than {-depth or 0.0:g} um, the far side of the "
            "dendrite or, without one, the base."
        )


def _profile(
    shape: str | Profile, scale: float, head_volume: float | None, sizes: dict[str, float], name: str
) -> tuple[Points, float]:
    """Return the profile and the usual share of an apparatus."""
    if isinstance(shape, str):
        chosen = revolved_sizes(shape, scale, sizes)
        if head_volume is not None:
            chosen = _of_head_volume(chosen, head_volume, sizes, name)
        return profile_of(chosen, f"a {name}"), chosen.apparatus_share
    if sizes or head_volume is not None:
        given = ", ".join([*sizes, *(["head_volume"] if head_volume is not None else [])])
        raise GeometryError(f"A spine was given a profile and {given}; sizes are for a kind, {', '.join(REVOLVED)}.")
    points = scale * checked_profile(shape, "a spine")
    if points[0, 0] > 0.0:
        points[:, 1] -= points[0, 1]
    return points, REVOLVED["mushroom"].apparatus_share


def _of_head_volume(chosen: RevolvedSizes, head_volume: float, sizes: dict[str, float], name: str) -> RevolvedSizes:
    """Return sizes whose head, above the plane that divides it from the neck, has a volume (um^3)."""
    target = positive(f"head_volume of a {name}", head_volume, "um^3")
    clash = [size for size in sizes if size not in ("neck_length", "apparatus_share")]
    if clash:
        raise GeometryError(
            f"A {name} was given a head_volume and {', '.join(clash)}, which follow from it; leave out one or the "
            "other."
        )
    head = divided(profile_of(chosen, f"a {name}"))[1]
    return replace(scaled(chosen, (target / volume(head)) ** (1.0 / 3.0)), neck_length=chosen.neck_length)


def _edge(profile: Points, edge_um: float | None, name: str) -> float:
    widest = float(profile[:, 0].max())
    neck = float(profile[: int(np.argmax(profile[:, 0])) + 1, 0].min())
    usual = min(max(widest / 8.0, 0.35 * neck), widest / 4.0)
    edge = positive(f"edge_um of a {name}", usual if edge_um is None else edge_um)
    if edge > COARSEST * widest:
        raise GeometryError(
            f"The edge_um of a {name} is {edge:g} um, too long for a radius of {widest:g} um; give at most "
            f"{COARSEST * widest:.4g}."
        )
    area = float(band_areas(profile).sum())
    if area > 1000 * MOST_TRIANGLES * edge**2:  # what is less is counted when the rings are known
        raise GeometryError(
            f"The edge_um of a {name} is {edge:g} um, far too short for {MOST_TRIANGLES} triangles; give at least "
            f"{(2 * area / MOST_TRIANGLES) ** 0.5:.4g}."
        )
    return edge


def _body(profile: Points, psd_area: float | None, edge: float, name: str) -> tuple[Body, dict[str, NDArray[np.int64]]]:
    """Return the surface, and the triangles of its regions."""
    neck, head = divided(profile)
    has_neck, border = len(neck) > 1, float(lengths_along(neck)[-1])
    given = positive(f"psd_area of a {name}", psd_area_of(volume(profile)) if psd_area is None else psd_area, "um^2")
    psd = _psd_border(head, given, name)
    body = revolved(profile, [border, border + psd] if has_neck else [psd], edge, name)
    names = ["neck", "head", "psd"] if has_neck else ["head", "psd"]
    if profile[0, 0] > 0.0:
        names = ["base", *names]
    return body, {names[k]: np.flatnonzero(body.part == k) for k in reversed(range(len(names)))}


def _psd_border(head: Points, area: float, name: str) -> float:
    """Return the length (um) along the head's profile at which the postsynaptic density begins."""
    along = lengths_along(head)
    fine = np.union1d(np.linspace(0.0, along[-1], 2000), along)
    points = np.stack([np.interp(fine, along, column) for column in head.T], axis=1)
    within = np.cumsum(band_areas(points)[::-1])[::-1]
    if area >= LARGEST_PSD * within[0]:
        raise GeometryError(
            f"The psd_area of a {name} is {area:.4g} um^2 (by default it follows the volume); give less "
            f"than {LARGEST_PSD:.0%} of the head's surface, {LARGEST_PSD * within[0]:.4g} um^2."
        )
    if area < within[-1]:
        raise GeometryError(
            f"The psd_area of a {name} is {area:.4g} um^2; give at least {within[-1]:.4g} um^2, the tip of the profile."
        )
    return float(np.interp(-area, -within, fine[:-1]))
