"""The side of a cylinder with a hole in it, triangulated on the plane into which it unrolls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

SMOOTHING_ROUNDS = 15
#: Height of an equilateral triangle.
HEIGHT = 0.5 * 3.0**0.5
#: Points of different rings and rows keep this share of an edge between them.
CLEARANCE = 0.75
#: Where around the cylinder, in turns from its top, the plane is cut.
CUT = -0.27


def side_with_hole(hole: Floats, radius: float, length: float, corners: int) -> tuple[Floats, Longs, list[Longs]]:
    """Return vertices (um) of the side of a cylinder along x, its triangles, and the rings at its two ends.

    Parameters
    ----------
    hole
        Points (um) of the cylinder around its top, z > 0, counter-clockwise seen from above; they come first among
        the vertices.
    radius, length
        Sizes (um), the middle at the origin.
    corners
        Points of each end, at equal angles from the y axis.
    """
    around = 2.0 * np.pi * radius
    edge = around / corners
    border = np.stack([hole[:, 0], radius * np.arctan2(hole[:, 1], hole[:, 2])], axis=1)
    at_end = radius * (0.5 * np.pi - 2.0 * np.pi * np.arange(corners) / corners)
    ends = [_wrapped(np.stack([np.full(corners, x), at_end], axis=1), around) for x in (-length / 2.0, length / 2.0)]
    layers = _layers(border, edge, min(length, around) / 2.0)
    lattice = _lattice(length, around, corners, np.linalg.norm([border, *layers][-1], axis=1).max())
    fixed = np.concatenate([border, *ends])
    points = np.concatenate([fixed, *layers, lattice])
    for _ in range(SMOOTHING_ROUNDS):
        points[len(fixed) :] = _relaxed(points, around)[len(fixed) :]
    faces = _triangles(points, around)
    faces = faces[~(faces < len(hole)).all(axis=1)]
    angle = points[:, 1] / radius
    vertices = np.stack([points[:, 0], radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    first = len(hole)
    return vertices, faces, [first + np.arange(corners), first + corners + np.arange(corners)]


def _layers(border: Floats, edge: float, reach: float) -> list[Floats]:
    """Return rings around a hole, each wider than the last by one triangle, until edges are as long as elsewhere."""
    layers: list[Floats] = []
    ring = border
    spacing = float(np.linalg.norm(ring - np.roll(ring, 1, axis=0), axis=1).mean())
    while spacing < CLEARANCE * edge:
        size = float(np.linalg.norm(ring, axis=1).mean())
        growth = 1.0 + HEIGHT * spacing / size
        if growth * np.linalg.norm(ring, axis=1).max() > reach - edge:
            break
        between = 0.5 * (ring + np.roll(ring, -1, axis=0))
        ring = between * (growth * size / np.linalg.norm(between, axis=1).mean())
        layers.append(ring)
        spacing *= growth
    return layers


def _lattice(length: float, around: float, corners: int, hole_radius: float) -> Floats:
    """Return rows of points between the ends, each shifted by half an edge, out of the hole's way."""
    edge = around / corners
    rows = max(2, round(length / (HEIGHT * edge)))
    x = -length / 2.0 + length * np.arange(1, rows) / rows
    u = edge * (np.arange(corners) + 0.5 * (np.arange(1, rows) % 2)[:, None]) + around / 4.0
    points = _wrapped(np.stack([np.broadcast_to(x[:, None], u.shape), u], axis=2).reshape(-1, 2), around)
    beside = np.stack([points[:, 0], points[:, 1] - around * np.round(points[:, 1] / around)], axis=1)
    return points[np.linalg.norm(beside, axis=1) > hole_radius + CLEARANCE * edge]


def _wrapped(points: Floats, around: float) -> Floats:
    """Return points with the second coordinate between the two sides of the cut.

    At the top and bottom, where they lie in mirror symmetry, copies of the same triangles may be divided in different
    ways: the cut is elsewhere.
    """
    turns = np.floor((points[:, 1] - CUT * around) / around)
    return np.stack([points[:, 0], points[:, 1] - around * turns], axis=1)


def _tiled(points: Floats, around: float) -> Floats:
    return np.concatenate([points + np.array([0.0, shift]) for shift in (0.0, -around, around)])


def _triangles(points: Floats, around: float) -> Longs:
    """Return the Delaunay triangles of points on the cylinder, counter-clockwise seen from outside."""
    tiled = _tiled(points, around)
    triangles = Delaunay(tiled).simplices
    # Of the copies of each, the one whose vertex of lowest number is no copy.
    lowest = np.take_along_axis(triangles, np.argmin(triangles % len(points), axis=1)[:, None], axis=1)[:, 0]
    triangles = triangles[lowest < len(points)]
    a, b, c = tiled[triangles].transpose(1, 0, 2)
    turned = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) < (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    return np.where(turned[:, None], triangles[:, ::-1], triangles) % len(points)


def _relaxed(points: Floats, around: float) -> Floats:
    """Return each point in the middle of its neighbours."""
    tiled = _tiled(points, around)
    edges = Delaunay(tiled).simplices[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    edges = np.concatenate([edges, edges[:, ::-1]])
    edges = edges[edges[:, 0] < len(points)]
    count = np.bincount(edges[:, 0], minlength=len(points))
    total = [np.bincount(edges[:, 0], tiled[edges[:, 1], axis], len(points)) for axis in (0, 1)]
    return np.stack(total, axis=1) / count[:, None]
