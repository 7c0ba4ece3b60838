"""Edges of triangles that need not be closed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


class EdgeTable(NamedTuple):
    """Edges, and where each triangle has them.

    Attributes
    ----------
    edges : ndarray of int64
        The lower and the higher vertex of each edge, shape (edges, 2).
    directed : ndarray of int64
        The edges of each triangle as it winds, shape (3 x faces, 2): all first ones, then all second, then all third.
    edge_of : ndarray of int64
        The edge of each directed one.
    counts : ndarray of int64
        Triangles at each edge.
    forward : ndarray of int64
        Triangles at each edge that go from its lower to its higher vertex.
    """

    edges: NDArray[np.int64]
    directed: NDArray[np.int64]
    edge_of: NDArray[np.int64]
    counts: NDArray[np.int64]
    forward: NDArray[np.int64]

    @property
    def twisted(self) -> NDArray[np.bool_]:
        """Whether both triangles of an edge go along it in the same sense."""
        return (self.counts == 2) & (self.forward != 1)


def edge_table(faces: NDArray[np.int64]) -> EdgeTable:
    """Return the edges of triangles."""
    directed = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges, index, counts = np.unique(np.sort(directed, axis=1), axis=0, return_inverse=True, return_counts=True)
    index = index.ravel()
    forward = np.bincount(index, weights=directed[:, 0] < directed[:, 1], minlength=len(edges)).astype(np.int64)
    return EdgeTable(edges, directed, index, counts, forward)


def connected(links: NDArray[np.int64], number: int) -> NDArray[np.int64]:
    """Return the connected part that each of a number of things belongs to, by links between two, shape (links, 2)."""
    graph = coo_array((np.ones(len(links), dtype=np.int8), (links[:, 0], links[:, 1])), shape=(number, number))
    return connected_components(graph, directed=False)[1].astype(np.int64)
