"""What mesh files hold: triangles in the order of the file, and what their groups, materials or colours call them."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.errors import GeometryError
from ..model.numerals import read_number, read_whole
from .gmsh import read_msh
from .naming import MEMBRANE
from .raw import COLOURS, GROUPS, MATERIALS, OBJECTS, OWN, OWN_REGION, Floats, Longs, Names, Raw, own_names
from .vtp import read_vtp

MOST_VERTICES = 2**40  # more than any file has
#: Types of PLY, without signs and bits.
WHOLE = ("char", "short", "int")


def read(path: Path) -> Raw:
    """Read a mesh file.

    Raises
    ------
    GeometryError
        If it is no mesh.
    """
    ending = path.suffix.lower()
    if ending == ".obj":
        return _read_obj(path)
    try:
        return READERS.get(ending, _read_plain)(path)
    except GeometryError:
        raise
    except Exception as error:  # each format has errors of its own
        raise GeometryError(f"The mesh file {str(path)!r} cannot be read ({error}); save it again.") from error


def _read_plain(path: Path) -> Raw:
    import trimesh

    raw = trimesh.load_mesh(path, process=False)
    return Raw(*_arrays(raw))


def _arrays(raw: Any) -> tuple[Floats, Longs]:
    return np.asarray(raw.vertices, dtype=np.float64), np.asarray(raw.faces, dtype=np.int64)


def _read_scene(path: Path) -> Raw:
    """Read a GLB file: its parts, each at its place, are groups."""
    import trimesh

    scene = trimesh.load_scene(path, process=False)
    vertices, faces, names, count = [np.empty((0, 3))], [np.empty((0, 3), dtype=np.int64)], [], 0
    for node in scene.graph.nodes_geometry:
        place, part = scene.graph[node]
        if not hasattr(scene.geometry[part], "faces"):
            continue
        own, triangles = _arrays(scene.geometry[part].copy().apply_transform(place))
        vertices.append(own)
        faces.append(triangles + count)
        names += [str(node)] * len(triangles)
        count += len(own)
    return Raw(np.concatenate(vertices), np.concatenate(faces), {GROUPS: np.array(names, dtype=np.str_)})


def _read_ply(path: Path) -> Raw:
    import trimesh

    header = _ply_header(path)
    raw = trimesh.load_mesh(path, process=False)
    vertices, faces = _arrays(raw)
    counts = [int(line[2]) for line in header if line[:2] == ["element", "face"]]
    if not counts:
        raise ValueError("its header names no faces")
    [polygons] = counts
    if polygons > len(faces):
        raise GeometryError(f"The mesh file {str(path)!r} has {len(faces)} of its {polygons} faces; copy it again.")
    if polygons != len(faces):
        return Raw(vertices, faces, polygons=True)
    names = {COLOURS: _colours(raw)} if getattr(raw.visual, "kind", None) in ("face", "vertex") else {}
    return Raw(vertices, faces, {**names, **_ply_numbers(raw, header, len(faces), path)})


def _ply_header(path: Path) -> list[list[str]]:
    """Return the words of the lines of a PLY file's header."""
    lines = []
    with path.open("rb") as stream:
        for line in stream:
            lines.append(line.decode("utf-8", errors="replace").split())
            if lines[-1] == ["end_header"]:
                break
    return lines


def _ply_numbers(raw: Any, header: list[list[str]], n_faces: int, path: Path) -> dict[str, Names]:
    """Return what the first whole number of each face calls it, and the names that `save_mesh` gave the numbers."""
    data = raw.metadata.get("_ply_raw", {}).get("face", {}).get("data", {})
    columns = {line[2]: line[1] for line in header if line[:1] == ["property"] and len(line) == 3}
    known = data.dtype.names or () if hasattr(data, "dtype") else data
    whole = [name for name in columns if name in known and columns[name].strip("0123456789").removeprefix("u") in WHOLE]
    whole = [name for name in whole if np.asarray(data[name]).shape in ((n_faces,), (n_faces, 1))]
    whole = [name for name in whole if name not in ("red", "green", "blue", "alpha", "flags")]
    if not whole:
        return {}
    number = np.asarray(data[whole[0]]).reshape(-1).astype(np.int64)
    found = {GROUPS: np.array([f"{whole[0]} {value}" for value in number.tolist()])}
    comments = "\n".join(" ".join(line[1:]) for line in header if line[0] == "comment")
    return {**found, **(own_names(comments, number, path) if whole[0] == "region" else {})}


def _colours(raw: Any) -> Names:
    """Return the colour of each triangle, ``"#rrggbb"``: its own, or that of most of its corners."""
    if raw.visual.kind == "face":
        return _words(raw.visual.face_colors)
    corners = _words(raw.visual.vertex_colors)[np.asarray(raw.faces)]
    return np.where(corners[:, 1] == corners[:, 2], corners[:, 1], corners[:, 0])


def _words(colours: NDArray[np.uint8]) -> Names:
    return np.array([f"#{r:02x}{g:02x}{b:02x}" for r, g, b in np.asarray(colours)[:, :3].tolist()])


def _read_obj(path: Path) -> Raw:
    """Read an OBJ file; polygons are the triangles from their first corner, all of one name."""
    vertices: list[list[float]] = []
    faces: list[tuple[int, int, int]] = []
    named: dict[str, str] = {}
    names: dict[str, list[str]] = {kind: [] for kind in (*OBJ_WORDS.values(), OWN)}
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        if line.startswith(f"# {OWN_REGION} "):
            named[OWN] = _own_name(line)
            continue
        word, *values = line.partition("#")[0].split() or [""]
        try:
            if word == "v":
                x, y, z = map(read_number, values[:3])
                vertices.append([x, y, z])
            elif word == "f":
                first, *others = (_vertex(text, len(vertices)) for text in values)
                if len(others) < 2:
                    raise ValueError("a face has at least three corners")
                faces += [(first, a, b) for a, b in pairwise(others)]
            elif word in OBJ_WORDS and values:
                named[OBJ_WORDS[word]] = " ".join(values)
        except ValueError as error:
            raise GeometryError(
                f"The mesh file {str(path)!r} cannot be read at line {number} ({error}); save it again."
            ) from None
        for kind, given in names.items():
            given += [named.get(kind, MEMBRANE)] * (len(faces) - len(given))
    return Raw(
        np.array(vertices).reshape(-1, 3),
        np.array(faces, dtype=np.int64).reshape(-1, 3),
        {kind: np.array(given, dtype=np.str_) for kind, given in names.items() if kind in named},
    )


OBJ_WORDS = {"g": GROUPS, "o": OBJECTS, "usemtl": MATERIALS}


def _own_name(line: str) -> str:
    text = line.removeprefix(f"# {OWN_REGION} ").strip()
    try:
        return str(json.loads(text))
    except ValueError:
        return text or MEMBRANE


def _vertex(text: str, so_far: int) -> int:
    """Return the vertex, from 0, of a corner ``vertex/texture/normal``, counted from 1, or backwards from the last."""
    number = read_whole(text.partition("/")[0])
    if number == 0 or number < -so_far or number > MOST_VERTICES:
        raise ValueError(f"there is no vertex {number}")
    return number - 1 if number > 0 else so_far + number


READERS = {".ply": _read_ply, ".glb": _read_scene, ".vtp": read_vtp, ".msh": read_msh}
