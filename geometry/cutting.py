"""Borders of regions cut into a mesh along planes, spheres and ellipsoids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..model.errors import GeometryError
from ..model.mesh import Mesh
from ..model.places import Ball, Box, Ellipsoid, Shell
from .discs import areas_in_ball, connected_from, scaled_corners
from .regions import Grown, HalfSpace, Height
from .selectors import Column, Selector, Within
from .splitting import edge_list, longest_edges, refine_where, split_edges

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
#: Share of the mesh's extent within which a vertex lies on a plane.
FLUSH = 1e-12
#: Share of an edge within which its end counts as lying on a plane, and on a sphere: its polygon is moved afterwards.
SNAP_PLANE, SNAP_SPHERE = 1e-8, 0.05
#: Edges at a sphere are this much shorter than the radius of a disc of the region's area.
PER_RADIUS = 6.0
#: Largest relative error of an area that is cut.
PRECISION = 1e-6
#: Radius of a patch, relative to the surface, below which rounding is all that a cut would follow.
SMALLEST = 1e-8
#: Share of the radius by which the polygon on a sphere is moved at most.
REACH = 0.2


@dataclass(frozen=True, eq=False)
class Sheet:
    """A surface that is being cut: its triangles, the one of the mesh that each was a piece of, and columns."""

    vertices: Floats
    faces: Longs
    origin: Longs
    columns: dict[Selector, Column]

    def replaced(self, vertices: Floats, faces: Longs, parent: Longs) -> Sheet:
        """Return the sheet with pieces of its triangles."""
        columns = {key: column[parent] for key, column in self.columns.items()}
        return Sheet(vertices, faces, self.origin[parent], columns)

    def with_column(self, key: Selector, column: Column) -> Sheet:
        """Return the sheet with one more column."""
        return Sheet(self.vertices, self.faces, self.origin, {**self.columns, key: column})

    @property
    def areas(self) -> Floats:
        """Area (um^2) of each triangle."""
        a, b, c = self.vertices[self.faces].transpose(1, 0, 2)
        return np.asarray(np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2)


def cut_out(mesh: Mesh, selector: Selector) -> tuple[Floats, Longs, Longs, Column]:
    """Cut a mesh along the borders of a selector.

    Balls, ellipsoids, shells, boxes, half-spaces, heights and grown patches are cut; other selectors choose among the
    triangles of the mesh as it was.

    Returns
    -------
    vertices, faces, origin, chosen
        The surface, the triangle that each was a piece of, and whether it is chosen.

    Raises
    ------
    GeometryError
        If there is nothing to cut, or an area cannot be met.
    """
    leaves = dict.fromkeys(selector.leaves())
    if not any(map(_has_border, leaves)):
        raise GeometryError(
            f"exact=True has no border to cut: {', '.join(type(leaf).__name__ for leaf in leaves)} follows triangles. "
            "Give a place, HalfSpace, Height or Grown, or leave exact out."
        )
    sheet = Sheet(mesh.vertices, mesh.faces, np.arange(len(mesh.faces)), {})
    for leaf in leaves:
        if _has_border(leaf):
            sheet, inside = _cut(mesh, sheet, leaf)
        else:
            inside = leaf.on(mesh)[sheet.origin]
        sheet = sheet.with_column(leaf, inside)
    chosen = selector.combine(sheet.columns.__getitem__)
    return sheet.vertices, sheet.faces, sheet.origin, chosen


def _has_border(leaf: Selector) -> bool:
    place = leaf.place if isinstance(leaf, Within) else None
    return isinstance(leaf, HalfSpace | Height | Grown) or isinstance(place, Ball | Box | Ellipsoid | Shell)


def _cut(mesh: Mesh, sheet: Sheet, leaf: Selector) -> tuple[Sheet, Column]:
    """Cut along the border of a leaf; return the sheet and what is inside."""
    if isinstance(leaf, Grown):
        return _cut_patch(mesh, sheet, leaf)
    place = leaf.place if isinstance(leaf, Within) else None
    if isinstance(place, Ball):
        return _cut_ellipsoid(sheet, np.array(place.center), np.full(3, place.radius))
    if isinstance(place, Ellipsoid):
        return _cut_ellipsoid(sheet, np.array(place.center), np.array(place.radii))
    if isinstance(place, Shell):
        return _cut_shell(mesh, sheet, place)
    return _cut_planes(sheet, _planes(leaf))


def _planes(leaf: Selector) -> list[tuple[Floats, float]]:
    """Return the planes around a leaf, as normals that point away and their offsets (um)."""
    if isinstance(leaf, HalfSpace):
        normal = -np.array(leaf.normal)
        return [(normal, float(normal @ leaf.point))]
    if isinstance(leaf, Height):
        axis = np.array(leaf.axis, dtype=np.float64)
        low = [] if leaf.low is None else [(-axis, -leaf.low)]
        return low + ([] if leaf.high is None else [(axis, leaf.high)])
    assert isinstance(leaf, Within)
    low_corner, high_corner = leaf.place.bounds
    along = np.eye(3)
    return [(-along[k], -float(low_corner[k])) for k in range(3)] + [
        (along[k], float(high_corner[k])) for k in range(3)
    ]


def _cut_planes(sheet: Sheet, planes: list[tuple[Floats, float]]) -> tuple[Sheet, Column]:
    """Cut along the sides of a convex body, each as far as the others leave it."""
    inside = np.ones(len(sheet.faces), dtype=np.bool_)
    for normal, offset in planes:
        height = sheet.vertices @ normal - offset

        def share(ends: Longs, height: Floats = height) -> Floats:
            low, high = height[ends].T
            return np.asarray(low / (low - high))

        cut = _slice(sheet, height, inside, share, SNAP_PLANE)
        sheet, inside = cut.sheet, inside[cut.parent] & cut.below
    return sheet, inside


@dataclass(frozen=True, eq=False)
class Slice:
    """A sheet that was cut: the triangle that each was a piece of, what lies below, and the edges that were split.

    The points on the split edges are the last vertices.
    """

    sheet: Sheet
    parent: Longs
    below: Column
    split: Longs


def _slice(sheet: Sheet, height: Floats, among: Column, share: Callable[[Longs], Floats], snap: float) -> Slice:
    """Split triangles where a height of their vertices is zero.

    Parameters
    ----------
    sheet
        The surface.
    height
        Of each vertex.
    among
        Which triangles are split; neighbours are divided where they share a split edge.
    share
        Gives for pairs of vertices how far along the edge the height is zero.
    snap
        Share of an edge within which its end counts as zero.
    """
    sign = np.where(np.abs(height) <= FLUSH * np.abs(height).max(), 0, np.sign(height)).astype(np.int64)
    edges, of_corner = edge_list(sheet.faces)
    near = np.zeros(len(edges), dtype=np.bool_)
    near[of_corner[among]] = True
    crossed = np.flatnonzero(near & (sign[edges].prod(axis=1) < 0))
    along = share(edges[crossed])
    sign[edges[crossed[along < snap], 0]] = 0
    sign[edges[crossed[along > 1 - snap], 1]] = 0
    still = sign[edges[crossed]].prod(axis=1) < 0
    crossed, along = crossed[still], along[still]
    points = _along(sheet.vertices, edges[crossed], along)
    vertices, faces, parent = split_edges(sheet.vertices, sheet.faces, of_corner, crossed, points)
    sign = np.concatenate([sign, np.zeros(len(points), dtype=np.int64)])
    low, high = sign[faces].min(axis=1), sign[faces].max(axis=1)
    return Slice(sheet.replaced(vertices, faces, parent), parent, (low < 0) | (high == 0), edges[crossed])


def _along(vertices: Floats, ends: Longs, share: Floats) -> Floats:
    start, end = vertices[ends].transpose(1, 0, 2)
    return np.asarray(start + share[:, None] * (end - start))


def _cut_ellipsoid(sheet: Sheet, center: Floats, radii: Floats) -> tuple[Sheet, Column]:
    """Cut along an ellipsoid, so that what is within has the area that lies within in truth."""
    within, area = areas_in_ball(scaled_corners(sheet.vertices, sheet.faces, center, radii))
    exact = float((within * sheet.areas / area).sum())
    if not exact > 0.0:
        return sheet, np.zeros(len(sheet.faces), dtype=np.bool_)
    fine = _refined_border(sheet, center, radii, float(within.sum()))
    cut = _cut_once(fine, center, radii)
    return _moved_to(cut, cut.below, center, radii, exact), cut.below


def _cut_shell(mesh: Mesh, sheet: Sheet, shell: Shell) -> tuple[Sheet, Column]:
    """Cut along both spheres of a shell."""
    outer = Within(Ball(shell.center, shell.outer))
    sheet, inside = _cut(mesh, sheet, outer)
    if shell.inner == 0.0:
        return sheet, inside
    sheet, core = _cut(mesh, sheet.with_column(outer, inside), Within(Ball(shell.center, shell.inner)))
    return sheet, sheet.columns[outer] & ~core


def _cut_patch(mesh: Mesh, sheet: Sheet, patch: Grown) -> tuple[Sheet, Column]:
    """Cut along a ball so that what it holds around the seed has the area of a patch."""
    from scipy.optimize import brentq

    center, face = patch.start(mesh)
    first = int(np.flatnonzero(sheet.origin == face)[0])
    corners = sheet.vertices[sheet.faces]

    def area_around(radius: float) -> float:
        within, area = areas_in_ball((corners - center) / radius)
        joined = connected_from(sheet.faces, within > 0.0, first)
        return float((within / area * sheet.areas)[joined].sum())

    reach = 2 * float(np.linalg.norm(corners.reshape(-1, 3) - center, axis=1).max())
    if patch.area < (SMALLEST * reach) ** 2:
        raise GeometryError(
            f"Grown: area is {patch.area:g} um^2, less than can be cut out of a surface of {reach:.2g} um. Give more."
        )
    if area_around(reach) <= patch.area * (1 + PRECISION):
        raise GeometryError(
            f"Grown: area is {patch.area:g} um^2, but the surface around the seed {patch.seed} has "
            f"{area_around(reach):.6g} um^2. Give less."
        )
    lowest = np.sqrt(patch.area / np.pi) * 1e-3
    radius = float(brentq(lambda r: area_around(r) - patch.area, lowest, reach, rtol=1e-6))
    radii = np.full(3, radius)
    fine = _refined_border(sheet, center, radii, patch.area / radius**2)

    cut = _cut_once(fine, center, radii)
    here = np.flatnonzero(cut.below & (cut.sheet.origin == face))
    from_center = np.linalg.norm(cut.sheet.vertices[cut.sheet.faces[here]].mean(axis=1) - center, axis=1)
    inside = connected_from(cut.sheet.faces, cut.below, int(here[from_center.argmin()]))
    return _moved_to(cut, inside, center, radii, patch.area), inside


def _refined_border(sheet: Sheet, center: Floats, radii: Floats, scaled_area: float) -> Sheet:
    """Return the surface with small triangles wherever it crosses an ellipsoid."""
    edge = np.sqrt(scaled_area / np.pi) / PER_RADIUS

    def wanted(vertices: Floats, faces: Longs) -> Column:
        within, area = areas_in_ball(scaled_corners(vertices, faces, center, radii))
        crosses = (within > 0.0) & (within < area)
        return crosses & (longest_edges((vertices - center) / radii, faces) > edge)

    return sheet.replaced(*refine_where(sheet.vertices, sheet.faces, wanted))


def _cut_once(sheet: Sheet, center: Floats, radii: Floats) -> Slice:
    """Split edges where they leave an ellipsoid."""
    scaled = (sheet.vertices - center) / radii
    height, everywhere = (scaled**2).sum(axis=1) - 1.0, np.ones(len(sheet.faces), dtype=np.bool_)
    return _slice(sheet, height, everywhere, lambda ends: _leaving(scaled, ends, 1.0), SNAP_SPHERE)


def _leaving(scaled: Floats, ends: Longs, radius: float) -> Floats:
    """Return how far along edges, of which one end is in the unit ball, they leave a ball of another radius."""
    start, along = scaled[ends[:, 0]], scaled[ends[:, 1]] - scaled[ends[:, 0]]
    a, b = (along**2).sum(axis=1), (start * along).sum(axis=1)
    outward = np.where((start**2).sum(axis=1) < 1.0, 1.0, -1.0)
    root = np.sqrt(np.maximum(b * b - a * ((start**2).sum(axis=1) - radius**2), 0.0))
    return np.asarray((outward * root - b) / a)


def _moved_to(cut: Slice, inside: Column, center: Floats, radii: Floats, area: float) -> Sheet:
    """Move the points on split edges to a ball of nearly the same radius, so that what is inside has an area (um^2).

    A polygon has less area than the circle that it is drawn on: its radius is a little larger.
    """
    from scipy.optimize import brentq

    old = cut.sheet.vertices[: len(cut.sheet.vertices) - len(cut.split)]
    scaled = (old - center) / radii

    def moved(radius: float) -> Sheet:
        share = np.clip(_leaving(scaled, cut.split, radius), SNAP_SPHERE / 2, 1 - SNAP_SPHERE / 2)
        return replace(cut.sheet, vertices=np.concatenate([old, _along(old, cut.split, share)]))

    def excess(radius: float) -> float:
        return float(moved(radius).areas[inside].sum()) / area - 1.0

    radius, step = 1.0, 1e-3
    while excess(1 - step) * excess(1 + step) > 0.0 and step < REACH:
        step *= 2
    if excess(1 - step) * excess(1 + step) < 0.0:
        radius = float(brentq(excess, 1 - step, 1 + step, xtol=1e-15, rtol=1e-14))
    if abs(excess(radius)) > PRECISION:
        raise GeometryError(
            f"The border at {center.round(6).tolist()} um cannot be cut to an area of {area:.6g} um^2, only to "
            f"{area * (1 + excess(radius)):.6g}: the surface touches it, or joins another part there. Move it a little."
        )
    return moved(radius)
