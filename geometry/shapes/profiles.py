"""Profiles of bodies of revolution: points (r, z) from the base or the lower pole to the tip."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...model.errors import GeometryError
from .revolved_sizes import RevolvedSizes

Points = NDArray[np.float64]

MOST_POINTS = 2000
ARC_POINTS = 100
#: Where head and neck part: the radius has grown by this share of the way from the neck's to the head's. The regions
#: of the archived meshes of Bell et al. 2022 part at 0.27 (thin), 0.28 (mushroom) and 0.32 (filopodial).
HEAD_FROM = 0.28


def profile_of(sizes: RevolvedSizes, name: str) -> Points:
    """Return the profile (um), shape (points, 2), of a spine: neck, flare, rim and top, each tangent to the next.

    Raises
    ------
    GeometryError
        If the sizes do not go together.
    """
    s, angle = sizes, math.radians(sizes.shoulder_deg)
    center = s.head_radius - s.rim_radius
    shoulder = center + s.rim_radius * math.cos(angle)
    flare_radius = (shoulder - s.neck_radius) / (1.0 - math.cos(angle))
    if flare_radius <= 0.0:
        raise GeometryError(
            f"The neck_radius of {name} is {s.neck_radius:g} um, as wide as the head where the neck ends, "
            f"{shoulder:.4g} um; give less, a wider head_radius, or a smaller shoulder_deg."
        )
    apart = s.rim_radius + flare_radius
    flare_center = (center + apart * math.cos(angle), -apart * math.sin(angle))
    top_angle, top = _top(s, center)
    flare = _arc(flare_center, flare_radius, math.pi, math.pi - angle)
    rim = _arc((center, 0.0), s.rim_radius, -angle, top_angle)
    points = np.concatenate([flare, rim[1:], top])
    points[-1, 0] = 0.0
    points[:, 1] += s.neck_length - divided(points)[1][0, 1]
    if points[0, 1] < 0.0:
        raise GeometryError(
            f"The neck_length of {name} is {s.neck_length:g} um, shorter than the flare below its head; give at least "
            f"{s.neck_length - points[0, 1]:.4g}."
        )
    base = [(s.neck_radius, 0.0)] if points[0, 1] > 0.0 else []
    return np.array([*base, *points])


def divided(points: Points) -> tuple[Points, Points]:
    """Return the profiles (um) of neck and head, which share a point; the neck's is that point alone if there is none.

    From the narrowest place below the widest, the radius has grown by `HEAD_FROM` of the way from one to the other.
    """
    r = points[:, 0]
    widest = int(np.argmax(r))
    if widest == 0 or r[0] == 0.0:
        return points[:1], points
    # The last of several as narrow: the upper end of a straight neck.
    narrowest = widest - 1 - int(np.argmin(r[:widest][::-1]))
    border = r[narrowest] + HEAD_FROM * (r[widest] - r[narrowest])
    above = narrowest + int(np.argmax(r[narrowest:] >= border))
    share = (border - r[above - 1]) / (r[above] - r[above - 1])
    middle = points[above - 1] + share * (points[above] - points[above - 1])
    rest = points[above + 1 :] if share == 1.0 else points[above:]
    return np.concatenate([points[:above], [middle]]), np.concatenate([[middle], rest])


def checked_profile(profile: ArrayLike, name: str) -> Points:
    """Return the profile (um), shape (points, 2), that a user gave.

    Raises
    ------
    GeometryError
        If it is no line from a base, or from the axis, up to the axis, or if it crosses itself.
    """
    points = np.array(profile, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or not 3 <= len(points) <= MOST_POINTS:
        raise GeometryError(
            f"The profile of {name} has shape {points.shape}; give 3 to {MOST_POINTS} points (r, z) in um, from the "
            "base to the tip."
        )
    _check_points(points, name)
    _check_ends(points, name)
    _check_crossings(points, name)
    if volume(points) <= 0.0:
        raise GeometryError(
            f"The profile of {name} runs from z = {points[0, 1]:g} down to {points[-1, 1]:g} um around its inside; "
            "give its points from the lower end to the upper, the inside to their left."
        )
    return points


def volume(points: Points) -> float:
    """Return the volume (um^3) inside a profile, which its base closes."""
    r, z = points.T
    return float(math.pi / 3.0 * ((r[1:] ** 2 + r[1:] * r[:-1] + r[:-1] ** 2) * np.diff(z)).sum())


def band_areas(points: Points) -> NDArray[np.float64]:
    """Return the area (um^2) that each piece of a profile sweeps, shape (points - 1,)."""
    return math.pi * (points[1:, 0] + points[:-1, 0]) * np.linalg.norm(np.diff(points, axis=0), axis=1)


def _top(s: RevolvedSizes, center: float) -> tuple[float, Points]:
    """Return the angle at which the rim's arc ends, and the points of the top after it, in the plane of the rim."""
    if s.dimple == 0.0:
        return math.pi / 2.0, np.empty((0, 2)) if center == 0.0 else np.array([[0.0, s.rim_radius]])
    # The arc of the top meets the axis at a right angle, so that its middle lies there.
    side = math.copysign(1.0, s.dimple)
    radius = (center**2 + s.dimple**2) / (2.0 * abs(s.dimple)) - side * s.rim_radius
    middle = s.rim_radius - s.dimple + side * radius
    end = math.atan2(side * middle, -side * center)
    corner_r, corner_z = center + s.rim_radius * math.cos(end), s.rim_radius * math.sin(end)
    return end, _arc((0.0, middle), radius, math.atan2(corner_z - middle, corner_r), -side * math.pi / 2.0)[1:]


def _arc(center: tuple[float, float], radius: float, start: float, end: float) -> Points:
    angle = np.linspace(start, end, ARC_POINTS)
    return np.array(center) + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _check_points(points: Points, name: str) -> None:
    bad = ~np.isfinite(points).all(axis=1) | (points[:, 0] < 0.0)
    if bad.any():
        first = int(np.argmax(bad))
        raise GeometryError(
            f"Point {first} of the profile of {name} is {points[first].tolist()}; give a radius that is not negative, "
            "and finite numbers (um)."
        )
    same = (np.diff(points, axis=0) == 0.0).all(axis=1)
    if same.any():
        first = int(np.argmax(same))
        raise GeometryError(f"Points {first} and {first + 1} of the profile of {name} are the same; drop one.")


def _check_ends(points: Points, name: str) -> None:
    if points[-1, 0] != 0.0:
        turned = " It begins there: turn its order around." if points[0, 0] == 0.0 else ""
        raise GeometryError(
            f"The profile of {name} ends at r = {points[-1, 0]:g} um, z = {points[-1, 1]:g} um; end it on the axis, at "
            f"r = 0.{turned}"
        )
    on_axis = points[1:-1, 0] == 0.0
    if on_axis.any():
        first = 1 + int(np.argmax(on_axis))
        raise GeometryError(
            f"Point {first} of the profile of {name} lies on the axis, at z = {points[first, 1]:g} um, between its "
            "ends; give it a radius, or end the profile there."
        )


def _check_crossings(points: Points, name: str) -> None:
    """Refuse pieces that meet others than their neighbours, the base among them."""
    closed = points if points[0, 0] == 0.0 else np.concatenate([[[0.0, points[0, 1]]], points])
    start, end = closed[:-1], closed[1:]
    first, second = np.triu_indices(len(start), 2)
    sides = [
        _side(start[first], end[first], start[second]) * _side(start[first], end[first], end[second]),
        _side(start[second], end[second], start[first]) * _side(start[second], end[second], end[first]),
    ]
    low, high = np.minimum(start, end), np.maximum(start, end)
    overlap = ((low[first] <= high[second]) & (low[second] <= high[first])).all(axis=1)
    crossing = (sides[0] <= 0.0) & (sides[1] <= 0.0) & overlap
    if crossing.any():
        k = int(np.argmax(crossing))
        where = np.maximum(low[first[k]], low[second[k]])
        shift = len(closed) - len(points)
        raise GeometryError(
            f"The profile of {name} crosses or touches itself near r = {where[0]:.4g} um, z = {where[1]:.4g} um: what "
            f"follows point {max(first[k] - shift, 0)} and what follows point {second[k] - shift}; move one."
        )


def _side(a: Points, b: Points, p: Points) -> NDArray[np.float64]:
    """Return on which side of the line from a to b points lie: positive left, negative right, 0 on it."""
    u, v = b - a, p - a
    return np.sign(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
