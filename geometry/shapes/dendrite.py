"""A piece of dendrite, on which a spine of revolution stands."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...model.errors import GeometryError
from ..mesh import TriangleMesh
from .revolution import Body
from .rings import equal_area, stacked
from .unrolled import side_with_hole

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

#: The neck takes at most this share of the dendrite's radius, and of half its length.
WIDEST_NECK = 0.7
#: Edges are at most this share of the space between the neck and the dendrite's ends.
FINE_ENOUGH = 0.6


def on_dendrite(
    spine: Body, regions: dict[str, Longs], radius: float, length: float, edge: float, name: str
) -> TriangleMesh:
    """Return a spine, less its base, on a cylinder along x with its axis through the origin; lengths in um.

    Raises
    ------
    GeometryError
        If the spine has no base, or one too wide for the dendrite.
    """
    if "base" not in regions:
        raise GeometryError(f"A {name} that begins on the axis has no base to stand on; begin its profile at r > 0.")
    standing = np.concatenate([members for region, members in regions.items() if region != "base"])
    rim = np.intersect1d(spine.faces[regions["base"]], spine.faces[standing])
    neck = float(np.linalg.norm(spine.vertices[rim[0], :2]))
    if neck > WIDEST_NECK * min(radius, length / 2.0):
        raise GeometryError(
            f"The dendrite of a {name} has radius {radius:g} um and length {length:g} um, too small for a base of "
            f"radius {neck:.4g} um; give at least {neck / WIDEST_NECK:.4g} and {2.0 * neck / WIDEST_NECK:.4g} um."
        )
    edge = min(edge, FINE_ENOUGH * (length / 2.0 - neck))
    rings = max(4, round(2.0 * math.pi * radius / (6.0 * edge)))
    outer = radius * float(equal_area(np.array([6 * rings]))[0])
    seated = _seated(spine.vertices, neck, radius, outer)
    side, side_faces, ends = side_with_hole(seated[rim], outer, length, 6 * rings)
    caps = [_end(outer, length * sign / 2.0, rings) for sign in (-1, 1)]
    parts = _joined(seated, rim, side, [cap for cap, _ in caps], ends)
    vertices, (of_side, *of_ends) = parts
    faces = [
        *(spine.faces[members] for region, members in regions.items() if region != "base"),
        of_side[side_faces],
        np.concatenate([of_ends[0][caps[0][1]], of_ends[1][caps[1][1]][:, ::-1]]),
    ]
    names = [*(region for region in regions if region != "base"), "dendrite", "dendrite_ends"]
    used, numbered = np.unique(np.concatenate(faces), return_inverse=True)
    owner = np.repeat(np.arange(len(names)), [len(part) for part in faces])
    chosen = {region: np.flatnonzero(owner == k) for k, region in enumerate(names)}
    return TriangleMesh.from_arrays(vertices[used], numbered.reshape(-1, 3), chosen, name=f"{name} on a dendrite")


def _seated(vertices: Floats, neck: float, radius: float, outer: float) -> Floats:
    """Return a spine's vertices with the base moved onto the dendrite, what is above it by less and less."""
    away = np.maximum(np.linalg.norm(vertices[:, :2], axis=1), 1e-300)
    sag = np.sqrt(outer**2 - (neck * vertices[:, 1] / away) ** 2) - radius
    moved = vertices + np.array([0.0, 0.0, radius])
    moved[:, 2] += sag * np.clip(1.0 - vertices[:, 2] / neck, 0.0, 1.0)
    return moved


def _end(radius: float, x: float, rings: int) -> tuple[Floats, Longs]:
    """Return a disc across the x axis, which faces to lower x, its outermost ring last."""
    vertices, faces, _ = stacked(
        [1, *(6 * k for k in range(1, rings + 1))], radius * np.arange(rings + 1) / rings, np.full(rings + 1, x)
    )
    return vertices[:, [2, 0, 1]], faces


def _joined(
    seated: Floats, rim: Longs, side: Floats, caps: list[Floats], ends: list[Longs]
) -> tuple[Floats, list[Longs]]:
    """Return all vertices, and the numbers among them of those of the side and the two ends.

    The side begins with the spine's rim; the ends' outermost rings are the side's.
    """
    of_side = np.concatenate([rim, len(seated) + np.arange(len(side) - len(rim))])
    vertices, numbers = [seated, side[len(rim) :]], [of_side]
    for cap, ring in zip(caps, ends, strict=True):
        inner = len(cap) - len(ring)
        first = sum(len(part) for part in vertices)
        numbers.append(np.concatenate([first + np.arange(inner), of_side[ring]]))
        vertices.append(cap[:inner])
    return np.concatenate(vertices), numbers
