"""Surfaces mended step by step, each of which is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..model.errors import GeometryError
from .checks import components, without_area
from .edges import connected, edge_table
from .faults import Fault, Place, doubled, find_faults, place_of, place_text
from .holes import lid, loop_area, open_loops
from .mesh import TriangleMesh
from .surface import Surface

#: Vertices nearer to each other than this share of the median edge become one.
MERGED = 1e-3
#: Holes of at most this share of the area of their part are closed; an open neck is larger.
LARGEST_HOLE = 0.01
#: How often flat triangles are looked for anew, since some lie beside others.
ROUNDS = 10
#: Holes and stray parts that are named one by one, the largest first; of the others their number.
NAMED = 5


@dataclass(frozen=True)
class Step:
    """What was changed, and where the first of it is (um)."""

    says: str
    place: Place

    def __str__(self) -> str:
        return f"{self.says}, near {list(self.place)} um"


@dataclass(frozen=True, eq=False)
class Repair:
    """What a repair did.

    Attributes
    ----------
    surface : Surface
        What it left.
    steps : tuple of Step
        What was changed, in this order; empty if nothing was.
    faults : tuple of Fault
        What remains.
    volume, area : tuple of float
        Volume (um^3) and area (um^2) before and after. That of an open surface is what its triangles add up to.
    """

    surface: Surface
    steps: tuple[Step, ...]
    faults: tuple[Fault, ...]
    volume: tuple[float, float]
    area: tuple[float, float]

    def mesh(self) -> TriangleMesh:
        """Return the mesh.

        Raises
        ------
        GeometryError
            If faults remain.
        """
        if self.faults:
            named = "; ".join(map(str, self.faults[:3])) + ("; ..." if len(self.faults) > 3 else "")
            raise GeometryError(
                f"{self.surface.name!r} cannot be repaired, {len(self.faults)} faults remain: {named}. See all with "
                "`nanospine mesh repair`, and mend them in the program that made it."
            )
        return self.surface.mesh(known_sound=True)

    def rows(self) -> list[dict[str, object]]:
        """Return the steps as rows of a table, with the changed volume and area."""
        rows: list[dict[str, object]] = [
            {"Step": step.says, "Near (um)": place_text(step.place)} for step in self.steps
        ]
        for what, (before, after) in (("volume (um^3)", self.volume), ("area (um^2)", self.area)):
            rows.append({"Step": f"{what}: {before:.6g} -> {after:.6g}", "Near (um)": ""})
        return rows


Mended = tuple[Surface, list[Step]]


def repaired(surface: Surface, merge_um: float | None, unite: bool) -> Repair:
    """Mend what can be mended without a choice.

    Parameters
    ----------
    surface
        What to mend.
    merge_um
        Vertices nearer than this (um) become one; by default a thousandth of the median edge.
    unite
        Unite closed parts that overlap, instead of leaving out all but the largest.
    """
    within = MERGED * _median_edge(surface) if merge_um is None else merge_um
    mend: tuple[Callable[[Surface], Mended], ...] = (
        partial(_merge, within_um=within),
        _drop_doubled,
        _wind_alike,
        _flip_flat,
        _close_holes,
        _turn_out,
        _unite if unite else _keep_largest,
        _name_lost_regions,
    )
    now, steps = surface, []
    for step in mend:
        if not len(now.faces):
            break
        now, done = step(now)
        steps += done
    return Repair(now, tuple(steps), find_faults(now), (surface.volume, now.volume), (surface.area, now.area))


def _median_edge(surface: Surface) -> float:
    edges = edge_table(surface.faces).edges
    return float(np.median(np.linalg.norm(surface.vertices[edges[:, 0]] - surface.vertices[edges[:, 1]], axis=1)))


def _merge(surface: Surface, within_um: float) -> Mended:
    """Make one of vertices that are nearly at one place."""
    merged = surface.joined(within_um)
    number = len(surface.vertices) - len(merged.vertices)
    if not number:
        return surface, []
    lost = len(surface.faces) - len(merged.faces)
    alone = surface.vertices[~np.isin(surface.vertices, merged.vertices).all(axis=1)]
    dropped = f", which left {lost} triangles without area" if lost else ""
    return merged, [
        Step(f"merged {number} vertices with others within {within_um:.3g} um{dropped}", place_of(alone[:1]))
    ]


def _drop_doubled(surface: Surface) -> Mended:
    return _dropped(surface, doubled(surface.faces), "left out {} triangles that were given twice")


def _dropped(surface: Surface, wrong: NDArray[np.bool_], says: str) -> Mended:
    if not wrong.any():
        return surface, []
    place = place_of(surface.vertices[surface.faces[wrong][0]])
    return surface.only(~wrong), [Step(says.format(int(wrong.sum())), place)]


def _wind_alike(surface: Surface) -> Mended:
    """Turn triangles round that wind the other way than most of those that they hang together with."""
    faces = surface.faces
    n, table = len(faces), edge_table(faces)
    order = np.argsort(table.edge_of, kind="stable")
    order = order[table.counts[table.edge_of[order]] == 2]
    one, other = (order[0::2] % n, order[1::2] % n)
    twisted = table.twisted[table.edge_of[order[0::2]]]
    # Each triangle stands for itself, and n later for itself turned round.
    links = [(one, other + n * twisted), (one + n, other + n * ~twisted)]
    label = connected(np.concatenate([np.column_stack(link) for link in links]), 2 * n)
    part = connected(np.column_stack([one, other]), n)
    _, reference = np.unique(part, return_index=True)
    turned = label[:n] != label[reference][part]
    most = np.bincount(part, weights=turned) > np.bincount(part) / 2
    two_sided = label[:n] != label[n:]
    turned = (turned ^ most[part]) & two_sided
    return _turned(surface, turned, "turned {} triangles round that wound the other way")


def _turned(surface: Surface, which: NDArray[np.bool_], says: str) -> Mended:
    if not which.any():
        return surface, []
    faces = surface.faces.copy()
    faces[which] = faces[which][:, ::-1]
    place = place_of(surface.vertices[faces[which][0]])
    return replace(surface, faces=faces), [Step(says.format(int(which.sum())), place)]


def _flip_flat(surface: Surface) -> Mended:
    """Flip the longest edge of triangles without area, of which the third corner lies upon it."""
    faces, region, done, first = surface.faces.copy(), surface.face_region.copy(), 0, None
    for _ in range(ROUNDS):
        flat = np.flatnonzero(without_area(surface.vertices, faces))
        flipped = _flip(surface.vertices, faces, region, flat)
        if not flipped:
            break
        first = place_of(surface.vertices[faces[flipped[0]]]) if first is None else first
        done += len(flipped)
    mended = replace(surface, faces=faces, face_region=region)
    steps = [] if first is None else [Step(f"flipped an edge of {done} triangles without area", first)]
    mended, more = _dropped(mended, _flat_and_alone(mended), "left out {} triangles without area")
    return mended, steps + more


def _flip(
    vertices: NDArray[np.float64], faces: NDArray[np.int64], region: NDArray[np.int64], flat: NDArray[np.int64]
) -> list[int]:
    """Flip, in place, the longest edges of triangles; return those of which it could be done."""
    owner = {(int(a), int(b)): k % len(faces) for k, (a, b) in enumerate(edge_table(faces).directed)}
    busy: set[int] = set()
    done = []
    for number in flat.tolist():
        own = faces[number]
        lengths = np.linalg.norm(vertices[own] - vertices[np.roll(own, -1)], axis=1)
        a, b, c = np.roll(own, -int(np.argmax(lengths))).tolist()
        beside = owner.get((b, a))
        if beside is None or beside in busy or number in busy or (b, a) == (a, b):
            continue
        d = int(faces[beside].sum()) - a - b
        if d == c or (c, d) in owner or (d, c) in owner:
            continue
        faces[number], faces[beside], region[number] = (c, a, d), (c, d, b), region[beside]
        # Edges of these two are others now, so that neighbours wait for the next round.
        busy |= {number, beside}
        done.append(number)
    return done


def _flat_and_alone(surface: Surface) -> NDArray[np.bool_]:
    """Say which triangles have no area and hang together with none along their longest edge."""
    flat = without_area(surface.vertices, surface.faces)
    table = edge_table(surface.faces)
    lengths = np.linalg.norm(surface.vertices[table.directed[:, 0]] - surface.vertices[table.directed[:, 1]], axis=1)
    n = len(surface.faces)
    longest = lengths.reshape(3, n).argmax(axis=0) * n + np.arange(n)
    return np.asarray(flat & (table.counts[table.edge_of[longest]] == 1))


def _close_holes(surface: Surface) -> Mended:
    """Put lids on small holes, of the region that most of their neighbours have."""
    corners = surface.vertices[surface.faces]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    part = components(surface.faces, len(surface.vertices))
    part_area = np.bincount(part, weights=areas)
    part_of_vertex = np.empty(len(surface.vertices), dtype=np.int64)
    part_of_vertex[surface.faces.ravel()] = np.repeat(part, 3)
    lids = [(loop_area(surface.vertices[loop]), loop) for loop in open_loops(surface.faces)]
    lids = [(area, loop) for area, loop in lids if 0.0 < area <= LARGEST_HOLE * part_area[part_of_vertex[loop[0]]]]
    faces, regions, steps = [surface.faces], [surface.face_region], []
    for area, loop in sorted(lids, key=lambda one: -one[0]):
        own = np.array(loop)[lid(surface.vertices[loop])]
        beside = surface.face_region[np.isin(surface.faces, loop).sum(axis=1) >= 2]
        region = int(np.bincount(beside).argmax())
        faces.append(own)
        regions.append(np.full(len(own), region))
        says = f"closed a hole of {len(loop)} edges and {area:.3g} um^2, as {surface.region_names[region]!r}"
        steps.append(Step(says, place_of(surface.vertices[loop])))
    if len(steps) > NAMED:
        steps[NAMED:] = [Step(f"closed {len(steps) - NAMED} smaller holes, as their neighbours", steps[NAMED].place)]
    return replace(surface, faces=np.concatenate(faces), face_region=np.concatenate(regions)), steps


def _turn_out(surface: Surface) -> Mended:
    part, volumes = _parts(surface)
    return _turned(surface, (volumes < 0.0)[part], "turned {} triangles of parts that were inside out")


def _parts(surface: Surface) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the part of each triangle, from 0, and the signed volume (um^3) of each part, seen from its middle."""
    _, part = np.unique(components(surface.faces, len(surface.vertices)), return_inverse=True)
    parts = [surface.only(part == number) for number in range(int(part.max(initial=-1)) + 1)]
    return part, np.array([one.volume for one in parts])


def _keep_largest(surface: Surface) -> Mended:
    """Leave out all parts but the one that encloses most."""
    part, volumes = _parts(surface)
    if len(volumes) < 2:
        return surface, []
    order = np.argsort(-np.abs(volumes), kind="stable")
    steps = []
    for number in order[1 : 1 + NAMED].tolist():
        own = part == number
        says = f"left out a stray part of {int(own.sum())} triangles and {volumes[number]:.3g} um^3"
        steps.append(Step(says, place_of(surface.vertices[surface.faces[own]].reshape(-1, 3))))
    if len(order) > 1 + NAMED:
        rest = np.isin(part, order[1 + NAMED :])
        place = place_of(surface.vertices[surface.faces[rest][0]])
        steps.append(Step(f"left out {len(order) - 1 - NAMED} smaller stray parts", place))
    return surface.only(part == order[0]), steps


def _unite(surface: Surface) -> Mended:
    """Unite parts that overlap, if all are closed."""
    from .uniting import united

    parts = len(_parts(surface)[1])
    try:
        vertices, faces, origin = united(surface.vertices, surface.faces, surface.name)
    except GeometryError:
        return surface, []
    now = replace(surface, vertices=vertices, faces=faces, face_region=surface.face_region[origin])
    if parts == len(_parts(now)[1]):
        return surface, []
    return now, [Step(f"united {parts} closed parts", place_of(surface.vertices))]


def _name_lost_regions(surface: Surface) -> Mended:
    """Say which regions are left without triangles, and forget them."""
    kept = np.unique(surface.face_region)
    lost = [name for number, name in enumerate(surface.region_names) if number not in kept]
    if not lost:
        return surface, []
    names = tuple(surface.region_names[number] for number in kept)
    says = f"left out the regions {', '.join(map(repr, lost))}, of which no triangle is left"
    now = replace(surface, face_region=np.searchsorted(kept, surface.face_region), region_names=names)
    return now, [Step(says, place_of(surface.vertices))]
