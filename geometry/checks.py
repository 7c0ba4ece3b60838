"""What makes triangles a closed surface: one small check per way of failing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model.errors import GeometryError
from .edges import connected, edge_table

# Twice the area over the longest edge squared below which a triangle has no usable normal.
FLATTEST = 1e-10
# Extent and coordinates (um) beyond which no geometry means anything, and products overflow.
SMALLEST, LARGEST = 1e-9, 1e9


def check_surface(vertices: NDArray[np.float64], faces: NDArray[np.int64], name: str) -> None:
    """Refuse what is no closed, outward-oriented surface."""
    check_arrays(vertices, faces, name)
    check_triangles(vertices, faces, name)
    check_closed(faces, name)
    check_outward(vertices, faces, name)


def check_arrays(vertices: NDArray[np.float64], faces: NDArray[np.int64], name: str) -> None:
    """Refuse wrong shapes, values that are not finite and indices out of range."""
    if vertices.ndim != 2 or vertices.shape[1] != 3:
        raise GeometryError(
            f"The vertices of {name!r} have shape {vertices.shape}; give (vertices, 3) coordinates in um."
        )
    if faces.ndim != 2 or faces.shape[1] != 3 or len(faces) == 0:
        raise GeometryError(
            f"The faces of {name!r} have shape {faces.shape}; give (triangles, 3) vertex indices, "
            "at least one row, and split larger polygons into triangles."
        )
    finite = np.isfinite(vertices).all(axis=1)
    if not finite.all():
        first = int(np.argmin(finite))
        raise GeometryError(f"Vertex {first} of {name!r} is {vertices[first].tolist()}; give finite coordinates in um.")
    extent = float(np.ptp(vertices, axis=0).max())
    if not (extent >= SMALLEST and np.abs(vertices).max() <= LARGEST):
        raise GeometryError(
            f"{name!r} is {extent:.4g} um long, with coordinates up to {np.abs(vertices).max():.4g} um; give one of at "
            f"least {SMALLEST:g} um, within {LARGEST:g} um."
        )
    outside = ((faces < 0) | (faces >= len(vertices))).any(axis=1)
    if outside.any():
        first = int(np.argmax(outside))
        raise GeometryError(
            f"Triangle {first} of {name!r} names vertices {faces[first].tolist()}, but there are only "
            f"{len(vertices)}; use indices from 0 to {len(vertices) - 1}."
        )
    unused = np.bincount(faces.ravel(), minlength=len(vertices)) == 0
    if unused.any():
        raise GeometryError(
            f"Vertex {int(np.argmax(unused))} of {name!r} belongs to no triangle "
            f"({int(unused.sum())} such vertices); remove them."
        )


def check_triangles(vertices: NDArray[np.float64], faces: NDArray[np.int64], name: str) -> None:
    """Refuse triangles without area and triangles given twice."""
    flat = without_area(vertices, faces)
    if flat.any():
        first = int(np.argmax(flat))
        raise GeometryError(
            f"Triangle {first} of {name!r} (vertices {faces[first].tolist()}) has no area "
            f"({int(flat.sum())} such triangles); merge its vertices or remove it."
        )
    _, first_seen, counts = np.unique(np.sort(faces, axis=1), axis=0, return_index=True, return_counts=True)
    if (counts > 1).any():
        first = int(first_seen[np.argmax(counts > 1)])
        raise GeometryError(
            f"Triangle {first} of {name!r} (vertices {faces[first].tolist()}) is given "
            f"{int(counts.max())} times; keep one."
        )


def without_area(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say of each triangle whether it has no area to speak of, shape (faces,)."""
    corners = vertices[faces]
    sides = corners - np.roll(corners, 1, axis=1)
    longest_squared = (sides**2).sum(axis=2).max(axis=1)
    twice_area = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1)
    return np.asarray(twice_area <= FLATTEST * longest_squared)


def check_closed(faces: NDArray[np.int64], name: str) -> None:
    """Refuse open edges, edges with more than two triangles, and neighbours of opposite winding."""
    table = edge_table(faces)
    edges, counts = table.edges, table.counts
    if (counts == 1).any():
        a, b = edges[np.argmax(counts == 1)].tolist()
        raise GeometryError(
            f"{name!r} is not watertight: {int((counts == 1).sum())} open edges, the first between vertices "
            f"{a} and {b}; close the holes, or merge vertices that lie at the same place."
        )
    if (counts > 2).any():
        a, b = edges[np.argmax(counts > 2)].tolist()
        raise GeometryError(
            f"The edge between vertices {a} and {b} of {name!r} has {int(counts[np.argmax(counts > 2)])} "
            "triangles; a closed surface has two at each edge: separate the parts that touch there."
        )
    twisted = table.twisted
    if twisted.any():
        a, b = edges[np.argmax(twisted)].tolist()
        raise GeometryError(
            f"The two triangles at the edge between vertices {a} and {b} of {name!r} wind in opposite senses "
            f"({int(twisted.sum())} such edges); list all triangles counter-clockwise as seen from outside."
        )


def components(faces: NDArray[np.int64], n_vertices: int) -> NDArray[np.int64]:
    """Return the number of the connected part that each triangle belongs to, shape (faces,)."""
    return connected(np.concatenate([faces[:, :2], faces[:, 1:]]), n_vertices)[faces[:, 0]]


def signed_volumes(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the signed volume (um^3) under each triangle as seen from the middle of the mesh.

    They add up to the enclosed volume by the divergence theorem; the middle keeps a mesh far from the
    origin free of cancellation.
    """
    a, b, c = (vertices - (vertices.min(axis=0) + vertices.max(axis=0)) / 2.0)[faces].transpose(1, 0, 2)
    signed: NDArray[np.float64] = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6.0
    return signed


def check_outward(vertices: NDArray[np.float64], faces: NDArray[np.int64], name: str) -> None:
    """Refuse a closed part whose triangles face inwards."""
    part = components(faces, len(vertices))
    volumes = np.bincount(part, weights=signed_volumes(vertices, faces))
    if (volumes <= 0.0).any():
        worst = int(np.argmin(volumes))
        where = "" if len(volumes) == 1 else f" in its closed part {worst} of {len(volumes)}"
        raise GeometryError(
            f"{name!r} is inside out{where} (volume {volumes[worst]:.6g} um^3); flip its faces, "
            "for example faces[:, ::-1], or flip=True when loading a file."
        )
