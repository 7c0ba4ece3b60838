"""Gmsh's MSH files, versions 2.2 and 4.1, as text or binary, read; 2.2 written.

The format: https://gmsh.info/doc/texinfo/gmsh.html, "Gmsh mesh file formats".
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .mesh import TriangleMesh
from .naming import MEMBRANE
from .raw import GROUPS, OBJECTS, OWN_REGION, Longs, Raw, own_names

TRIANGLE = 2
#: Nodes of each type of element, as far as Gmsh's first and second order go.
NODES = {1: 2, 2: 3, 3: 4, 4: 4, 5: 8, 6: 6, 7: 5, 8: 3, 9: 6, 10: 9, 11: 10, 12: 27, 13: 18, 14: 14, 15: 1, 16: 8,
         17: 20, 18: 15, 19: 13}  # fmt: skip
#: Surfaces that have no triangles of three corners, but others.
OTHER_SURFACES = (3, 9, 10, 16)
INT, SIZE, DOUBLE = "i4", "u8", "f8"


class _Numbers:
    """The numbers of a section, one after the other."""

    def __init__(self, body: bytes, binary: bool, order: str) -> None:
        self._body, self._order, self._at = body, order, 0
        self._words = None if binary else body.split()

    @property
    def left(self) -> bool:
        """Whether there are more."""
        return self._at < len(self._body if self._words is None else self._words)

    def take(self, kind: str, number: int = 1) -> NDArray[Any]:
        """Return the next numbers."""
        length = number if self._words is not None else number * int(kind[1])
        start, self._at = self._at, self._at + length
        if not 0 <= start <= self._at <= len(self._body if self._words is None else self._words):
            raise ValueError("a section ends too early")
        if self._words is None:
            return np.frombuffer(self._body, self._order + kind, number, start)
        return np.array(self._words[start : self._at]).astype(kind)

    def whole(self, kind: str = INT) -> int:
        """Return the next number, a whole one."""
        return int(self.take(kind)[0])


def read_msh(path: Path) -> Raw:
    """Read the triangles; their physical groups are groups, their surfaces objects."""
    content = path.read_bytes()
    sections = {name.decode(): body for name, body in re.findall(rb"\$(\w+)\r?\n(.*?)\$End\1", content, re.DOTALL)}
    version, binary, _, *rest = sections["MeshFormat"].split()
    if version not in (b"2.2", b"4.1"):
        raise ValueError(f"its version is {version.decode(errors='replace')!r}; save it as 4.1 or 2.2")
    order = "<" if not rest or rest[0][:1] == b"\x01" else ">"
    read = _read_4 if version == b"4.1" else _read_2
    tags, places, triangles, physical, surface = read(sections, binary == b"1", order)
    by_tag = np.argsort(tags)
    index = np.searchsorted(tags[by_tag], triangles).clip(max=len(tags) - 1)
    if (tags[by_tag][index] != triangles).any():
        raise ValueError("a triangle has a node that is not there")
    return Raw(places, by_tag[index], _names(sections, physical, surface, path))


def _names(sections: dict[str, bytes], physical: Longs, surface: Longs, path: Path) -> dict[str, NDArray[np.str_]]:
    lines = sections.get("PhysicalNames", b"").decode(errors="replace")
    called = {int(number): name for number, name in re.findall(r"^\s*2 (\d+) \"(.*)\"\s*$", lines, re.MULTILINE)}
    called.setdefault(0, MEMBRANE)
    groups = np.array([called.get(number, f"physical {number}") for number in physical.tolist()], dtype=np.str_)
    objects = np.array([f"surface {number}" for number in surface.tolist()], dtype=np.str_)
    comments = sections.get("Comments", b"").decode(errors="replace")
    found = {OBJECTS: objects, **own_names(comments, physical, path)}
    return {GROUPS: groups, **found} if physical.any() else found


Read = tuple[Longs, NDArray[np.float64], Longs, Longs, Longs]


def _read_4(sections: dict[str, bytes], binary: bool, order: str) -> Read:
    """Return tags and places of nodes, and nodes, physical group and surface of triangles."""
    groups = _groups(_Numbers(sections["Entities"], binary, order)) if "Entities" in sections else {}
    numbers = _Numbers(sections["Nodes"], binary, order)
    tags, places = [], []
    for _ in range(int(numbers.take(SIZE, 4)[0])):
        dimension, _, parametric = map(int, numbers.take(INT, 3))
        count = numbers.whole(SIZE)
        tags.append(numbers.take(SIZE, count))
        width = 3 + dimension * parametric
        places.append(numbers.take(DOUBLE, width * count).reshape(-1, width)[:, :3])
    numbers = _Numbers(sections["Elements"], binary, order)
    triangles: list[NDArray[Any]] = [np.empty((0, 3))]
    physical: list[NDArray[Any]] = [np.empty(0)]
    surface: list[NDArray[Any]] = [np.empty(0)]
    for _ in range(int(numbers.take(SIZE, 4)[0])):
        _, entity, kind = map(int, numbers.take(INT, 3))
        count, nodes = numbers.whole(SIZE), _nodes(kind)
        found = numbers.take(SIZE, count * (1 + nodes)).reshape(-1, 1 + nodes)
        if kind == TRIANGLE:
            triangles.append(found[:, 1:])
            physical.append(np.full(count, groups.get(entity, 0)))
            surface.append(np.full(count, entity))
    return _joined(tags), np.concatenate(places), _joined(triangles), _joined(physical), _joined(surface)


def _groups(numbers: _Numbers) -> dict[int, int]:
    """Return the first physical group of each surface."""
    counts = [int(count) for count in numbers.take(SIZE, 4)]
    groups = {}
    for dimension, count in enumerate(counts):
        for _ in range(count):
            tag = numbers.whole()
            numbers.take(DOUBLE, 6 if dimension else 3)
            own = numbers.take(INT, numbers.whole(SIZE))
            if dimension:
                numbers.take(INT, numbers.whole(SIZE))
            if dimension == 2 and len(own):
                groups[tag] = int(own[0])
    return groups


def _read_2(sections: dict[str, bytes], binary: bool, order: str) -> Read:
    count, _, body = sections["Nodes"].partition(b"\n")
    numbers = _Numbers(body, binary, order)
    if binary:
        kind = np.dtype([("tag", order + INT), ("place", order + DOUBLE, 3)])
        nodes = np.frombuffer(body, kind, int(count))
        tags, places = nodes["tag"], nodes["place"]
    else:
        rows = numbers.take(DOUBLE, 4 * int(count)).reshape(-1, 4)
        tags, places = rows[:, 0], rows[:, 1:]
    count, _, body = sections["Elements"].partition(b"\n")
    numbers = _Numbers(body, binary, order)
    found: list[NDArray[Any]] = [np.empty((0, 5))]
    for _ in range(int(count)):
        if not numbers.left:
            break
        if binary:
            kind_of, number, n_tags = map(int, numbers.take(INT, 3))
            width = 1 + n_tags + _nodes(kind_of)
            rows_of = numbers.take(INT, number * width).reshape(-1, width)[:, 1:]
        else:
            _, kind_of, n_tags = map(int, numbers.take(INT, 3))
            rows_of = numbers.take(INT, n_tags + _nodes(kind_of))[None]
        if kind_of == TRIANGLE:
            marks = np.zeros((len(rows_of), 2), dtype=np.int64)
            marks[:, : min(2, n_tags)] = rows_of[:, : min(2, n_tags)]
            found.append(np.column_stack([marks, rows_of[:, n_tags:]]))
    rows = _joined(found)
    return tags.astype(np.int64), places.astype(np.float64), rows[:, 2:], rows[:, 0], rows[:, 1]


def _nodes(kind: int) -> int:
    if kind in OTHER_SURFACES:
        raise ValueError("it has quadrangles or curved triangles; save it with straight triangles alone")
    if kind not in NODES:
        raise ValueError(f"it has elements of type {kind}; save its surface alone")
    return NODES[kind]


def _joined(arrays: list[NDArray[Any]]) -> Longs:
    return np.concatenate(arrays).astype(np.int64)


def msh_text(mesh: TriangleMesh) -> str:
    """Return an MSH file of version 2.2, whose triangles keep their order, with a physical group for each region."""
    names = list(enumerate(mesh.region_names, start=1))
    comments = [f"{OWN_REGION} {number} {json.dumps(name)}" for number, name in names]
    groups = [f'2 {number} "{" ".join(name.replace(chr(34), chr(39)).split())}"' for number, name in names]
    nodes = [f"{k} {x!r} {y!r} {z!r}" for k, (x, y, z) in enumerate(mesh.vertices.tolist(), start=1)]
    both = zip((mesh.face_region + 1).tolist(), (mesh.faces + 1).tolist(), strict=True)
    elements = [f"{k} 2 2 {region} {region} {a} {b} {c}" for k, (region, (a, b, c)) in enumerate(both, start=1)]
    return "\n".join([
        "$MeshFormat", "2.2 0 8", "$EndMeshFormat", "$Comments", "lengths in um", *comments, "$EndComments",
        "$PhysicalNames", str(len(groups)), *groups, "$EndPhysicalNames",
        "$Nodes", str(len(nodes)), *nodes, "$EndNodes",
        "$Elements", str(len(elements)), *elements, "$EndElements", "",
    ])  # fmt: skip
