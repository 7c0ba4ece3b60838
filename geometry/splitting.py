"""Triangles split at points on their edges, so that a closed surface stays closed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Column = NDArray[np.bool_]


def edge_list(faces: Longs) -> tuple[Longs, Longs]:
    """Return the edges as pairs of vertices, the lower first, and the edge from each corner to the next, (faces, 3)."""
    after, number = np.roll(faces, -1, axis=1), int(faces.max()) + 1
    key, of_corner = np.unique(np.minimum(faces, after) * number + np.maximum(faces, after), return_inverse=True)
    return np.stack(np.divmod(key, number), axis=1), of_corner.reshape(-1, 3)


def split_edges(
    vertices: Floats, faces: Longs, of_corner: Longs, split: Longs, points: Floats
) -> tuple[Floats, Longs, Longs]:
    """Split edges at a point each; all triangles at a split edge are divided, so that none hangs.

    Parameters
    ----------
    vertices, faces
        The surface.
    of_corner
        Edge from each corner to the next, as of `edge_list`.
    split, points
        Numbers of the edges to be split, and the point on each.

    Returns
    -------
    vertices, faces, origin
        The surface, in which the pieces of a triangle take its place, and the triangle that each was a piece of.
    """
    middle = np.full(int(of_corner.max()) + 1, -1, dtype=np.int64)
    middle[split] = len(vertices) + np.arange(len(split))
    vertices = np.concatenate([vertices, points])
    new = middle[of_corner]
    number = (new >= 0).sum(axis=1)
    pieces, origins = [faces[number == 0]], [np.flatnonzero(number == 0)]
    for count, divide, first in ((1, _in_two, _only), (2, _in_three, _before_whole), (3, _in_four, None)):
        rows = np.flatnonzero(number == count)
        turn = (first(new[rows]) if first else np.zeros(len(rows), dtype=np.int64))[:, None]
        order = (np.arange(3) + turn) % 3
        corners, on_edges = (np.take_along_axis(array[rows], order, axis=1) for array in (faces, new))
        divided = divide(vertices, corners, on_edges)
        pieces.append(divided.reshape(-1, 3))
        origins.append(np.repeat(rows, divided.shape[1]))
    origin = np.concatenate(origins)
    back = np.argsort(origin, kind="stable")
    return vertices, np.concatenate(pieces)[back], origin[back]


def refine_where(
    vertices: Floats, faces: Longs, wanted: Callable[[Floats, Longs], Column]
) -> tuple[Floats, Longs, Longs]:
    """Split triangles at the middle of their longest edge, and neighbours with them, until none is wanted smaller.

    Of each triangle that is touched the longest edge is split, which keeps angles from getting ever smaller (Rivara
    1984, Int. J. Numer. Methods Eng. 20:745).

    Parameters
    ----------
    vertices, faces
        The surface.
    wanted
        Says of a surface which triangles are too large.

    Returns
    -------
    vertices, faces, origin
        The surface, and the triangle that each was a piece of.
    """
    origin = np.arange(len(faces))
    while (large := wanted(vertices, faces)).any():
        edges, of_corner = edge_list(faces)
        length = np.linalg.norm(vertices[edges[:, 1]] - vertices[edges[:, 0]], axis=1)
        rank = np.empty(len(edges), dtype=np.int64)
        rank[np.argsort(length, kind="stable")] = np.arange(len(edges))
        longest = np.take_along_axis(of_corner, rank[of_corner].argmax(axis=1)[:, None], axis=1)[:, 0]
        marked = np.zeros(len(edges), dtype=np.bool_)
        while large.any():
            marked[longest[large]] = True
            large = marked[of_corner].any(axis=1) & ~marked[longest]
        split = np.flatnonzero(marked)
        middles = vertices[edges[split]].mean(axis=1)
        vertices, faces, parent = split_edges(vertices, faces, of_corner, split, middles)
        origin = origin[parent]
    return vertices, faces, origin


def longest_edges(vertices: Floats, faces: Longs) -> Floats:
    """Return the length of the longest edge of each triangle."""
    corners = vertices[faces]
    return np.asarray(np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1))


def _only(new: Longs) -> Longs:
    """Return the corner from which the one split edge goes."""
    return np.asarray((new >= 0).argmax(axis=1))


def _before_whole(new: Longs) -> Longs:
    """Return the corner between the two split edges, which is opposite to the one that is whole."""
    return np.asarray(((new < 0).argmax(axis=1) + 2) % 3)


def _in_two(_: Floats, corners: Longs, new: Longs) -> Longs:
    a, b, c = corners.T
    m = new[:, 0]
    return _triangles([(a, m, c), (m, b, c)])


def _in_three(vertices: Floats, corners: Longs, new: Longs) -> Longs:
    """Cut off the corner between the split edges; divide what is left along its shorter diagonal."""
    a, b, c = corners.T
    m, n = new[:, 0], new[:, 2]
    across = np.linalg.norm(vertices[m] - vertices[c], axis=1) <= np.linalg.norm(vertices[n] - vertices[b], axis=1)
    return np.where(
        across[:, None, None],
        _triangles([(a, m, n), (m, b, c), (m, c, n)]),
        _triangles([(a, m, n), (m, b, n), (b, c, n)]),
    )


def _in_four(_: Floats, corners: Longs, new: Longs) -> Longs:
    a, b, c = corners.T
    k, m, n = new.T
    return _triangles([(a, k, n), (k, b, m), (n, m, c), (k, m, n)])


def _triangles(corners: list[tuple[Longs, Longs, Longs]]) -> Longs:
    return np.stack([np.stack(triple, axis=1) for triple in corners], axis=1)
