"""Meshes of bodies of revolution, with rings of points where regions meet and where the profile has corners."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...model.errors import GeometryError
from .profiles import Points, volume
from .rings import equal_area, stacked

#: Rings have at least so many corners, except on the way to a pole.
LEAST_CORNERS = 20
#: Rings lie this share of an edge apart, which makes triangles nearly equilateral.
ROW = 0.88
#: A profile that turns by more (radians) has a ring at its corner.
CORNER = math.radians(20.0)
#: A corner nearer to a border, in rows of triangles, goes without.
NEAREST_CORNER = 0.4
MOST_TRIANGLES = 300_000


@dataclass(frozen=True)
class Body:
    """A closed surface of rings.

    Attributes
    ----------
    vertices
        Vertices (um), shape (vertices, 3).
    faces
        Triangles, shape (faces, 3).
    part
        Number of the part between two borders to which each triangle belongs, from below, shape (faces,).
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    part: NDArray[np.int64]


def revolved(profile: Points, borders: list[float], edge: float, name: str) -> Body:
    """Return the surface that a profile sweeps around the z axis; a flat disc closes its base.

    Rings are polygons of the area of their circles, all a hair wider or narrower so that the volume is that of the
    profile.

    Parameters
    ----------
    profile
        Points (r, z) (um) from the base or the lower pole to the tip.
    borders
        Lengths (um) along the profile, from its first point, at which a new part begins. The base is a part of its own.
    edge
        Distance (um) of neighbouring points, roughly.
    name
        What messages call the body.

    Raises
    ------
    GeometryError
        If the body would need more than `MOST_TRIANGLES` triangles.
    """
    has_base = bool(profile[0, 0] > 0.0)
    line = np.concatenate([[[0.0, profile[0, 1]]], profile]) if has_base else profile
    along = lengths_along(line)
    starts = [along[1], *(along[1] + border for border in borders)] if has_base else borders
    # What leads from a pole, or the middle of the base, to the first widest ring gets no finer on the way to the pole.
    r = line[:, 0]
    first = 1 if has_base else int(np.argmax(np.diff(r) <= 0.0))
    last = len(r) - 1 - int(np.argmax(np.diff(r[::-1]) <= 0.0))
    width = np.concatenate([np.full(first, r[first]), r[first : last + 1], np.full(len(r) - 1 - last, r[last])])
    place, edges = _rings(line, along, width, starts, edge, name)
    radii, heights = np.interp(place, along, line[:, 0]), np.interp(place, along, line[:, 1])
    counts = np.maximum(np.round(2.0 * np.pi * radii / edges).astype(np.int64), 6)
    counts[[0, -1]] = 1
    vertices, faces, band = stacked(counts.tolist(), radii * equal_area(counts), heights)
    vertices[:, :2] *= math.sqrt(volume(line) / _volume(vertices, faces))
    return Body(vertices, faces, np.searchsorted(starts, place[:-1] + 1e-12, side="right")[band])


def lengths_along(line: Points) -> NDArray[np.float64]:
    """Return the length (um) along a line up to each of its points."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])


def _rings(
    line: Points,
    along: NDArray[np.float64],
    width: NDArray[np.float64],
    starts: list[float],
    edge: float,
    name: str,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where along the line rings lie (um), and the edge (um) of triangles there; ``width`` (um) limits it."""
    fine = np.union1d(np.linspace(0.0, along[-1], math.ceil(8.0 * along[-1] / edge)), along)
    local = np.minimum(edge, 2.0 * math.pi / LEAST_CORNERS * np.interp(fine, along, width))
    step = np.diff(fine) / (ROW * 0.5 * (local[1:] + local[:-1]))
    triangles = float((4.0 * math.pi * np.interp(fine, along, line[:, 0])[1:] / local[1:]) @ step)
    if not triangles <= MOST_TRIANGLES:
        raise GeometryError(
            f"{name.capitalize()} with edge_um = {edge:g} needs {triangles:.3g} triangles, more than {MOST_TRIANGLES}; "
            "give a longer edge."
        )
    progress = np.concatenate([[0.0], np.cumsum(step)])
    borders = np.interp([0.0, *starts, along[-1]], fine, progress)
    corners = np.interp(_corners(line, along), fine, progress)
    away = np.abs(corners[:, None] - borders).min(axis=1)
    knots = np.unique(np.concatenate([borders, corners[away > NEAREST_CORNER]]))
    rows = [np.linspace(a, b, max(1, round(b - a)), endpoint=False) for a, b in pairwise(knots)]
    place = np.interp(np.concatenate([*rows, knots[-1:]]), progress, fine)
    return place, np.interp(place, fine, local)


def _corners(line: Points, along: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lengths (um) along a line at which it turns sharply."""
    direction = np.diff(line, axis=0) / np.diff(along)[:, None]
    turn = np.arccos((direction[1:] * direction[:-1]).sum(axis=1).clip(-1.0, 1.0))
    return along[1:-1][turn > CORNER]


def _volume(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> float:
    a, b, c = vertices[faces].transpose(1, 0, 2)
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)
