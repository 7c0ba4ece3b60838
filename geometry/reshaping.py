"""Meshes turned, refined, made coarser and clipped, with the region of every new triangle."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model import checks
from ..model.errors import GeometryError
from ..model.mesh import Mesh
from ..model.places import Box
from .selectors import triple, unit
from .splitting import longest_edges, refine_where

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Regions = tuple[Floats, Longs, Longs, tuple[str, ...]]
#: Triangles beyond which no run or picture gets anywhere.
MOST_TRIANGLES = 5_000_000
#: Smallest distance, as a share of the mesh's extent, by which it may be moved to have fewer triangles, and how often
#: the range up to the extent is halved, in its logarithm.
FINEST, HALVINGS = 1e-9, 30


def rotated(vertices: Floats, axis: ArrayLike, angle_deg: float, about: ArrayLike) -> Floats:
    """Return vertices (um) turned around an axis through a point, counter-clockwise seen from its tip (Rodrigues)."""
    along = np.array(unit("rotated: axis", np.asarray(axis)))
    middle = np.array(triple("rotated: about (um)", np.asarray(about)))
    checks.finite("rotated: angle_deg", angle_deg, error=GeometryError)
    # The rest of a full turn first, so that many turns lose no digits.
    angle = np.radians(np.remainder(angle_deg, 360.0))
    cross = np.cross(np.eye(3), -along)
    turn = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return np.asarray((vertices - middle) @ turn.T + middle)


def refined(mesh: Mesh, edge: float) -> tuple[Floats, Longs, Longs]:
    """Return vertices, faces and face_region of a mesh without longer edges (um)."""
    checks.positive("refined: edge (um)", edge, error=GeometryError)
    # Of a square of this edge there are two triangles; halved edges leave up to four times as many, less rarely.
    expected = len(mesh.faces) + 4.0 * mesh.area() / edge / edge
    if expected > MOST_TRIANGLES:
        raise GeometryError(
            f"Edges of at most {edge:g} um would make some {expected:.2g} triangles of {mesh.name!r}; give longer "
            f"ones, for at most {MOST_TRIANGLES:g}."
        )
    vertices, faces, origin = refine_where(
        mesh.vertices, mesh.faces, lambda v, f: longest_edges(v, f) > edge * (1 + 1e-9)
    )
    return vertices, faces, mesh.face_region[origin]


def coarsened(mesh: Mesh, triangles: int | None, edge: float | None) -> tuple[Floats, Longs, Longs]:
    """Return vertices, faces and face_region of a mesh with fewer triangles."""
    if (triangles is None) == (edge is None):
        raise GeometryError("coarsened takes either triangles or edge (um); give one of the two.")
    if edge is not None:
        checks.positive("coarsened: edge (um)", edge, error=GeometryError)
        triangles = max(4, int(min(mesh.area() / edge / edge * 4 / np.sqrt(3), len(mesh.faces))))
    assert triangles is not None
    checks.whole("coarsened: triangles", triangles, minimum=4, error=GeometryError)
    if triangles >= len(mesh.faces):
        return mesh.vertices, mesh.faces, mesh.face_region
    # Triangles of different regions are not merged, so that borders stay where they are.
    whole, found = _manifold(mesh, mesh.face_region), None
    extent = float(np.ptp(mesh.bounds, axis=0).max())
    low, high = np.log(FINEST * extent), np.log(extent)
    for _ in range(HALVINGS):
        tried = whole.simplify(float(np.exp((low + high) / 2)))
        if tried.num_tri() > triangles:
            low = (low + high) / 2
        else:
            high, found = (low + high) / 2, found if tried.is_empty() else tried
    if found is None:
        raise GeometryError(
            f"{mesh.name!r} of {len(mesh.faces)} triangles has no closed shape of {triangles} with its regions; "
            "give more."
        )
    surface = found.to_mesh64()
    faces = np.array(surface.tri_verts, dtype=np.int64)
    return np.array(surface.vert_properties[:, :3]), faces, np.array(surface.face_id, dtype=np.int64)


def clipped(mesh: Mesh, box: Box, region: str, drop: bool) -> Regions:
    """Return vertices, faces, face_region and region_names of the part of a mesh within a box."""
    from manifold3d import Manifold

    low, high = box.bounds
    if ((mesh.bounds[0] >= low) & (mesh.bounds[1] <= high)).all():
        raise GeometryError(f"{mesh.name!r} lies within {box} already; give a smaller box, or leave it as it is.")
    cutter = Manifold.cube((high - low).tolist()).translate(low.tolist()).as_original()
    part = _manifold(mesh, np.arange(len(mesh.faces))) ^ cutter
    if part.is_empty():
        raise GeometryError(f"No part of {mesh.name!r} lies within {box}; its bounds are {mesh.bounds.tolist()} um.")
    surface = part.to_mesh64()
    names = list(dict.fromkeys([*mesh.region_names, region]))
    owner = np.empty(len(surface.tri_verts), dtype=np.int64)
    ends = np.array(surface.run_index, dtype=np.int64) // 3
    for start, end, source in zip(ends, ends[1:], surface.run_original_id, strict=False):
        own = np.array(surface.face_id[start:end], dtype=np.int64)
        owner[start:end] = names.index(region) if source == cutter.original_id() else mesh.face_region[own]
    kept = np.unique(owner)
    lost = [name for number, name in enumerate(names) if number not in kept]
    if lost and not drop:
        raise GeometryError(
            f"Nothing of {', '.join(map(repr, lost))} of {mesh.name!r} lies within {box}; give a larger box, or "
            "drop=True to go without."
        )
    vertices, faces = np.array(surface.vert_properties[:, :3]), np.array(surface.tri_verts, dtype=np.int64)
    return vertices, faces, np.searchsorted(kept, owner), tuple(names[k] for k in kept)


def _manifold(mesh: Mesh, numbers: Longs) -> Any:
    """Return a mesh as manifold3d's, with a number on each triangle."""
    from manifold3d import Error, Manifold, Mesh64

    faces = np.array(mesh.faces, dtype=np.uint64)
    surface = Mesh64(vert_properties=np.array(mesh.vertices), tri_verts=faces, face_id=numbers.astype(np.uint64))
    whole = Manifold(surface)
    if whole.status() != Error.NoError:
        raise GeometryError(f"{mesh.name!r} cannot be cut or merged ({whole.status()}); repair the mesh first.")
    return whole
