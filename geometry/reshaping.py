"""Meshes turned, refined, made coarser and clipped, with the region of every new triangle."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model import checks
from ..model.errors import GeometryError
from ..model.mesh import Mesh
from ..model.places import Box
from .checks import check_surface, signed_volumes
from .selectors import triple, unit
from .soundness import check_sound
from .splitting import longest_edges, refine_where

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Regions = tuple[Floats, Longs, Longs, tuple[str, ...]]
#: Triangles beyond which no run or picture gets anywhere.
MOST_TRIANGLES = 5_000_000
#: Smallest distance, as a share of the mesh's extent, by which it may be moved to have fewer triangles, and how often
#: the range up to the extent is halved, in its logarithm.
FINEST, HALVINGS = 1e-9, 30
#: Shares of the extent by which the sides of a box are moved until they cut no triangle in its corner.
NUDGES = (0.0, 1e-8, 1e-7, 1e-6)
#: Relative error of the volume of a coarser mesh, and steps in which it is reached.
VOLUME_PRECISION, NEWTON_STEPS = 1e-10, 20


def rotated(vertices: Floats, axis: ArrayLike, angle_deg: float, about: ArrayLike) -> Floats:
    """Return vertices (um) turned around an axis through a point, counter-clockwise seen from its tip (Rodrigues)."""
    along = np.array(unit("rotated: axis", np.asarray(axis)))
    middle = np.array(triple("rotated: about (um)", np.asarray(about)))
    checks.finite("rotated: angle_deg", angle_deg, error=GeometryError)
    # The rest of a full turn first, so that many turns lose no digits.
    angle = np.radians(np.remainder(angle_deg, 360.0))
    cross = np.cross(np.eye(3), along)
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
    vertices = _with_volume(np.array(surface.vert_properties[:, :3]), faces, mesh.volume)
    try:
        check_surface(vertices, faces, mesh.name)
        check_sound(vertices, faces, mesh.name)
    except GeometryError:
        raise GeometryError(
            f"{mesh.name!r} of {len(mesh.faces)} triangles cannot have {triangles}: its surface would pass through "
            "itself or fall apart; give more."
        ) from None
    return vertices, faces, np.array(surface.face_id, dtype=np.int64)


def _with_volume(vertices: Floats, faces: Longs, volume: float) -> Floats:
    """Move all vertices by one distance along their normals, so that the surface has a volume (um^3)."""
    for _ in range(NEWTON_STEPS):
        missing = volume - float(signed_volumes(vertices, faces).sum())
        if abs(missing) <= VOLUME_PRECISION * volume:
            break
        a, b, c = vertices[faces].transpose(1, 0, 2)
        crosses = np.cross(b - a, c - a)
        normals = np.zeros_like(vertices)
        np.add.at(normals, faces.ravel(), np.repeat(crosses, 3, axis=0))
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        # The volume gained per length is what of the triangles' areas the vertices' normals go along.
        gain = float(np.einsum("fk,fck->", crosses, normals[faces])) / 6
        vertices = vertices + missing / gain * normals
    return vertices


def clipped(mesh: Mesh, box: Box, region: str, drop: bool) -> Regions:
    """Return vertices, faces, face_region and region_names of the part of a mesh within a box."""
    low, high = box.bounds
    if ((mesh.bounds[0] >= low) & (mesh.bounds[1] <= high)).all():
        raise GeometryError(f"{mesh.name!r} lies within {box} already; give a smaller box, or leave it as it is.")
    names = list(dict.fromkeys([*mesh.region_names, region]))
    vertices, faces, source = _part_within(mesh, low, high, f"No part of {mesh.name!r} lies within {box}")
    owner = np.where(source < 0, names.index(region), mesh.face_region[source])
    kept = np.unique(owner)
    lost = [name for number, name in enumerate(names) if number not in kept]
    if lost and not drop:
        raise GeometryError(
            f"Nothing of {', '.join(map(repr, lost))} of {mesh.name!r} lies within {box}; give a larger box, or "
            "drop=True to go without."
        )
    return vertices, faces, np.searchsorted(kept, owner), tuple(names[k] for k in kept.tolist())


def _part_within(mesh: Mesh, low: Floats, high: Floats, empty: str) -> tuple[Floats, Longs, Longs]:
    """Return the part of a mesh within two corners, and the triangle of which each was a piece, -1 on the cut.

    Where a side passes through vertices the pieces may be without area; then all sides are moved outward a little.
    """
    from manifold3d import Manifold

    whole, extent = _manifold(mesh, np.arange(len(mesh.faces))), float(np.ptp(mesh.bounds, axis=0).max())
    for away in NUDGES:
        start, edges = low - away * extent, high - low + 2 * away * extent
        cutter = Manifold.cube(edges.tolist()).translate(start.tolist()).as_original()
        part = whole ^ cutter
        if part.is_empty():
            raise GeometryError(f"{empty}; its bounds are {mesh.bounds.tolist()} um.")
        surface = part.to_mesh64()
        vertices, faces = np.array(surface.vert_properties[:, :3]), np.array(surface.tri_verts, dtype=np.int64)
        source, ends = np.array(surface.face_id, dtype=np.int64), np.array(surface.run_index, dtype=np.int64) // 3
        for first, end, original in zip(ends, ends[1:], surface.run_original_id, strict=False):
            if original == cutter.original_id():
                source[first:end] = -1
        try:
            check_surface(vertices, faces, mesh.name)
            check_sound(vertices, faces, mesh.name)
        except GeometryError:
            continue
        return vertices, faces, source
    raise GeometryError(
        f"{mesh.name!r} cannot be clipped there: what is left is no sound surface; move the box a little."
    )


def _manifold(mesh: Mesh, numbers: Longs) -> Any:
    """Return a mesh as manifold3d's, with a number on each triangle."""
    from manifold3d import Error, Manifold, Mesh64

    faces = np.array(mesh.faces, dtype=np.uint64)
    surface = Mesh64(vert_properties=np.array(mesh.vertices), tri_verts=faces, face_id=numbers.astype(np.uint64))
    whole = Manifold(surface)
    if whole.status() != Error.NoError:
        raise GeometryError(f"{mesh.name!r} cannot be cut or merged ({whole.status()}); repair the mesh first.")
    return whole
