"""All that keeps triangles from being a mesh, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .checks import components, signed_volumes, without_area
from .edges import EdgeTable, connected, edge_table
from .intersections import meeting_place, self_intersections
from .soundness import nested_parts
from .surface import Surface

Place = tuple[float, float, float]


@dataclass(frozen=True)
class Fault:
    """What keeps a surface from being a mesh.

    Attributes
    ----------
    kind : str
        ``"no area"``, ``"doubled"``, ``"hole"``, ``"branch"``, ``"winding"``, ``"inside out"``, ``"crossing"`` or
        ``"nested"``.
    says : str
        What it is, with numbers.
    place : tuple of float
        About where (um).
    """

    kind: str
    says: str
    place: Place

    def __str__(self) -> str:
        return f"{self.says} near {list(self.place)} um"


def find_faults(surface: Surface) -> tuple[Fault, ...]:
    """Return all faults of a surface; what is of no sense in a surface that is not closed is looked for in others."""
    vertices, faces = surface.vertices, surface.faces
    if not len(faces):
        return (Fault("hole", "no triangles are left", (0.0, 0.0, 0.0)),)
    found = [*_bad_triangles(vertices, faces), *_bad_edges(vertices, edge_table(faces))]
    found += _crossings(vertices, faces)
    if not found:
        found += _inside_out(vertices, faces)
    if not found:
        found += _nested(vertices, faces)
    return tuple(found)


def place_of(points: NDArray[np.float64]) -> Place:
    """Return the middle of the box around points (um), shape (n, 3), to a picometre."""
    x, y, z = ((points.min(axis=0) + points.max(axis=0)) / 2).round(6).tolist()
    return x, y, z


def place_text(place: Place) -> str:
    """Return a place as a table shows it."""
    return ", ".join(f"{x:.6g}" for x in place)


def doubled(faces: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say of each triangle whether an earlier one has the same corners."""
    _, first = np.unique(np.sort(faces, axis=1), axis=0, return_index=True)
    again = np.ones(len(faces), dtype=np.bool_)
    again[first] = False
    return again


def _bad_triangles(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> Iterator[Fault]:
    for kind, says, wrong in (
        ("no area", "a triangle without area", without_area(vertices, faces)),
        ("doubled", "a triangle given twice", doubled(faces)),
    ):
        for face in faces[wrong]:
            yield Fault(kind, says, place_of(vertices[face]))


#: Kinds of edges that no closed surface has, what they are called, and which they are.
EDGES: tuple[tuple[str, str, Callable[[EdgeTable], NDArray[np.bool_]]], ...] = (
    ("hole", "a hole of {} edges, {:.4g} um around", lambda table: table.counts == 1),
    ("branch", "{} edges of more than two triangles, {:.4g} um long", lambda table: table.counts > 2),
    ("winding", "{} edges whose triangles wind in opposite senses, {:.4g} um long", lambda table: table.twisted),
)


def _bad_edges(vertices: NDArray[np.float64], table: EdgeTable) -> Iterator[Fault]:
    for kind, says, which in EDGES:
        edges = table.edges[which(table)]
        group = connected(edges, len(vertices))[edges[:, 0]]
        for number in np.unique(group):
            own = vertices[edges[group == number]]
            length = float(np.linalg.norm(own[:, 0] - own[:, 1], axis=1).sum())
            yield Fault(kind, says.format(len(own), length), place_of(own.reshape(-1, 3)))


def _crossings(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> Iterator[Fault]:
    """Find where the surface passes through itself, leaving out triangles that are at fault by themselves."""
    whole = faces[~(without_area(vertices, faces) | doubled(faces))]
    pairs = self_intersections(vertices, whole) if len(whole) else np.empty((0, 2), dtype=np.int64)
    group = connected(pairs, len(whole))[pairs[:, 0]]
    for number in np.unique(group):
        own = pairs[group == number]
        meeting = [meeting_place(vertices[whole[pair]]) for pair in own]
        yield Fault(
            "crossing", f"{len(own)} pairs of triangles that pass through each other", place_of(np.array(meeting))
        )


def _inside_out(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> Iterator[Fault]:
    part = components(faces, len(vertices))
    volumes = np.bincount(part, weights=signed_volumes(vertices, faces))
    for number in np.flatnonzero(volumes <= 0.0):
        if (part == number).any():
            says = f"a part that is inside out, of {volumes[number]:.4g} um^3"
            yield Fault("inside out", says, place_of(vertices[faces[part == number]].reshape(-1, 3)))


def _nested(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> Iterator[Fault]:
    part = components(faces, len(vertices))
    for number in nested_parts(vertices, faces):
        own = vertices[faces[part == number]].reshape(-1, 3)
        yield Fault("nested", "a closed part that lies inside another", place_of(own))
