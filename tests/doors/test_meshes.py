"""Files that are said to be meshes: each makes a closed mesh, or one sentence."""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nanospine import TriangleMesh, cube, load_mesh, save_mesh
from nanospine.geometry.gmsh import msh_text
from nanospine.geometry.vtp import vtp_text
from nanospine.geometry.writers import obj_text, ply_bytes
from nanospine.model import GeometryError, NanospineError, ResultsError

CUBE = cube(1.0)
OBJ = "".join(f"v {x} {y} {z}\n" for x, y, z in CUBE.vertices) + "".join(
    f"f {a + 1} {b + 1} {c + 1}\n" for a, b, c in CUBE.faces
)
PLY = (
    "ply\nformat ascii 1.0\nelement vertex 8\nproperty float x\nproperty float y\nproperty float z\n"
    "element face 12\nproperty list uchar int vertex_indices\nend_header\n"
    + "".join(f"{x} {y} {z}\n" for x, y, z in CUBE.vertices)
    + "".join(f"3 {a} {b} {c}\n" for a, b, c in CUBE.faces)
)
STL = (
    "solid cube\n"
    + "".join(
        "facet normal 0 0 0\nouter loop\n"
        + "".join(f"vertex {x} {y} {z}\n" for x, y, z in CUBE.vertices[face])
        + "endloop\nendfacet\n"
        for face in CUBE.faces
    )
    + "endsolid cube\n"
)
BINARY = b"x" * 80 + struct.pack("<I", 12) + b"".join(
    struct.pack("<12fH", 0, 0, 0, *CUBE.vertices[face].ravel(), 0) for face in CUBE.faces
)  # fmt: skip
BINARY_PLY = PLY.partition("end_header")[0].replace("ascii", "binary_little_endian").encode() + b"end_header\n"
BINARY_PLY += CUBE.vertices.astype("<f4").tobytes()
BINARY_PLY += b"".join(struct.pack("<B3i", 3, *face) for face in CUBE.faces)


def exported(ending: str) -> bytes:
    content: Any = trimesh.Trimesh(CUBE.vertices, CUBE.faces, process=False).export(file_type=ending)
    return content if isinstance(content, bytes) else content.encode()


WHOLE: dict[str, bytes] = {
    "a.obj": OBJ.encode(), "a.ply": PLY.encode(), "a.stl": STL.encode(), "b.stl": BINARY, "b.ply": BINARY_PLY,
    "c.ply": ply_bytes(CUBE), "c.obj": obj_text(CUBE).encode(),
    "c.vtp": vtp_text(CUBE).encode(), "c.msh": msh_text(CUBE).encode(),
    "a.off": exported("off"), "a.glb": exported("glb"),
}  # fmt: skip


def obj(*changes: tuple[str, str], more: str = "") -> bytes:
    text = OBJ
    for old, new in changes:
        text = text.replace(old, new, 1)
    return (text + more).encode()


def ply(*changes: tuple[str, str]) -> bytes:
    text = PLY
    for old, new in changes:
        text = text.replace(old, new, 1)
    return text.encode()


def stl(*changes: tuple[str, str]) -> bytes:
    text = STL
    for old, new in changes:
        text = text.replace(old, new, 1)
    return text.encode()


CONTENTS: dict[str, tuple[str, bytes]] = {
    **{f"nothing in {name}": (name, b"") for name in ("a.obj", "a.stl", "a.ply")},
    **{f"a text in {name}": (name, b"nanospine\n") for name in ("a.obj", "a.stl", "a.ply")},
    **{f"no Unicode in {name}": (name, bytes(range(128, 256)) * 10) for name in ("a.obj", "a.stl", "a.ply")},
    **{f"zeros in {name}": (name, bytes(1000)) for name in ("a.obj", "a.stl", "a.ply")},
    **{f"an archive in {name}": (name, b"PK\x03\x04" + bytes(200)) for name in ("a.obj", "a.stl", "a.ply")},
    **{f"a page in {name}": (name, b"<html><body>404</body></html>") for name in ("a.obj", "a.stl", "a.ply")},
    **{f"half of {name}": (name, whole[: len(whole) // 2]) for name, whole in WHOLE.items()},
    **{f"a tenth of {name}": (name, whole[: len(whole) // 10]) for name, whole in WHOLE.items()},
    **{f"all but the end of {name}": (name, whole[:-30]) for name, whole in WHOLE.items()},
    **{f"the end of {name}": (name, whole[len(whole) // 2 :]) for name, whole in WHOLE.items()},
    "OBJ: a coordinate that is no number": ("a.obj", obj(("v -0.5", "v nan"))),
    "OBJ: a coordinate without end": ("a.obj", obj(("v -0.5", "v inf"))),
    "OBJ: a coordinate too large": ("a.obj", obj(("v -0.5", "v 1e300"))),
    "OBJ: a coordinate larger than any": ("a.obj", obj(("v -0.5", "v 1e999"))),
    "OBJ: a word for a coordinate": ("a.obj", obj(("v -0.5", "v x"))),
    "OBJ: two coordinates": ("a.obj", obj(more="v 1 2\n")),
    "OBJ: a coordinate of many digits": ("a.obj", obj(("v -0.5", "v " + "9" * 100_000))),
    "OBJ: a corner that is none": ("a.obj", obj(("f 1", "f 99"))),
    "OBJ: a corner 0": ("a.obj", obj(("f 1", "f 0"))),
    "OBJ: a corner below the first": ("a.obj", obj(("f 1", "f -99"))),
    "OBJ: a corner of many digits": ("a.obj", obj(("f 1", "f " + "9" * 5000))),
    "OBJ: a corner beyond 64 bits": ("a.obj", obj(("f 1", "f 99999999999999999999"))),
    "OBJ: a corner that is a fraction": ("a.obj", obj(("f 1", "f 1.5"))),
    "OBJ: a corner that is a word": ("a.obj", obj(("f 1", "f x/y/z"))),
    "OBJ: a face of two corners": ("a.obj", obj(more="f 1 2\n")),
    "OBJ: a face of no corner": ("a.obj", obj(more="f\n")),
    "OBJ: a face more": ("a.obj", obj(more="f 1 2 3\n")),
    "OBJ: a face less": ("a.obj", OBJ.rpartition("f ")[0].encode()),
    "OBJ: faces without vertices": ("a.obj", b"f 1 2 3\n"),
    "OBJ: vertices without faces": ("a.obj", OBJ.partition("f ")[0].encode()),
    "OBJ: all in one place": ("a.obj", b"v 1 1 1\n" * 8 + OBJ[OBJ.index("f ") :].encode()),
    "OBJ: all in one plane": ("a.obj", obj(*[(f" {z}\n", " 0.0\n") for z in CUBE.vertices[:, 2]])),
    "OBJ: a polygon of many corners": ("a.obj", obj(more="f " + "1 2 3 " * 10_000 + "\n")),
    "OBJ: inside out": ("a.obj", b"".join(
        f"v {x} {y} {z}\n".encode() for x, y, z in CUBE.vertices) + b"".join(
        f"f {a + 1} {c + 1} {b + 1}\n".encode() for a, b, c in CUBE.faces)),
    "PLY: no format": ("a.ply", ply(("format ascii 1.0\n", ""))),
    "PLY: an unknown format": ("a.ply", ply(("ascii", "morse"))),
    "PLY: no end of the header": ("a.ply", ply(("end_header\n", ""))),
    "PLY: a header that says nothing of faces": ("a.ply", ply(("element face", "\0element face"))),
    "PLY: no vertices": ("a.ply", ply(("element vertex 8", "element vertex 0"))),
    "PLY: fewer vertices than said": ("a.ply", ply(("element vertex 8", "element vertex 9"))),
    "PLY: vertices without number": ("a.ply", ply(("element vertex 8", "element vertex many"))),
    "PLY: vertices below none": ("a.ply", ply(("element vertex 8", "element vertex -8"))),
    "PLY: more vertices than any memory holds": ("a.ply", ply(("element vertex 8", "element vertex 999999999999"))),
    "PLY: more faces than any memory holds": ("a.ply", ply(("element face 12", "element face 999999999999"))),
    "PLY: faces below none": ("a.ply", ply(("element face 12", "element face -1"))),
    "PLY: no faces": ("a.ply", ply(("element face 12", "element face 0"))),
    "PLY: an unknown type": ("a.ply", ply(("property float x", "property quaternion x"))),
    "PLY: two axes": ("a.ply", ply(("property float z\n", ""))),
    "PLY: a coordinate that is no number": ("a.ply", ply(("-0.5", "nan"))),
    "PLY: a coordinate without end": ("a.ply", ply(("-0.5", "inf"))),
    "PLY: a coordinate that is a word": ("a.ply", ply(("-0.5", "x"))),
    "PLY: a corner that is none": ("a.ply", ply(("\n3 0", "\n3 99"))),
    "PLY: a corner below the first": ("a.ply", ply(("\n3 0", "\n3 -4"))),
    "PLY: a polygon of no corner": ("a.ply", ply(("\n3 0", "\n0 0"))),
    "binary PLY: more vertices than memory": ("b.ply", BINARY_PLY.replace(b"vertex 8", b"vertex 999999999999")),
    "binary PLY: more faces than any memory holds": ("b.ply", BINARY_PLY.replace(b"face 12", b"face 999999999999")),
    "binary PLY: a corner that is none": ("b.ply", BINARY_PLY[:-4] + struct.pack("<i", 10**9)),
    "binary PLY: big-endian in name": ("b.ply", BINARY_PLY.replace(b"little", b"big")),
    "STL: no facets": ("a.stl", b"solid cube\nendsolid cube\n"),
    "STL: a facet less": ("a.stl", stl((STL[STL.index("facet") : STL.index("facet", 40)], ""))),
    "STL: a coordinate that is no number": ("a.stl", stl(("vertex -0.5", "vertex nan"))),
    "STL: a coordinate without end": ("a.stl", stl(("vertex -0.5", "vertex inf"))),
    "STL: a coordinate too large": ("a.stl", stl(("vertex -0.5", "vertex 1e300"))),
    "STL: a coordinate that is a word": ("a.stl", stl(("vertex -0.5", "vertex x"))),
    "STL: two corners": ("a.stl", stl(("vertex", "vortex"))),
    "binary STL: more facets than said": ("b.stl", BINARY[:80] + struct.pack("<I", 11) + BINARY[84:]),
    "binary STL: no facets": ("b.stl", BINARY[:80] + struct.pack("<I", 0)),
    "binary STL: more facets than memory": ("b.stl", BINARY[:80] + struct.pack("<I", 2**32 - 1) + BINARY[84:]),
    "binary STL: the header alone": ("b.stl", BINARY[:80]),
    "binary STL: coordinates that are no numbers": ("b.stl", BINARY[:84] + b"\xff" * (len(BINARY) - 84)),
    **{f"a file of the suffix {suffix}": (f"a{suffix}", OBJ.encode())
       for suffix in (".msh", ".off", ".gltf", ".vtk", ".txt", "", ".obj.gz", ".zip")},
}  # fmt: skip

#: What may stand in the place of a file.
PLACES: dict[str, Callable[[Path], object]] = {
    "nothing": lambda path: None,
    "a directory": lambda path: path.mkdir(),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path),
    "zeros without end": lambda path: path.symlink_to("/dev/zero"),
    "noise without end": lambda path: path.symlink_to("/dev/urandom"),
    "a device of nothing": lambda path: path.symlink_to("/dev/null"),
    "a pipe": os.mkfifo,
    "a sparse file of a terabyte": lambda path: sparse(path, 10**12),
}


def sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


@pytest.mark.parametrize("name", WHOLE)
def test_the_file_is_read(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(WHOLE[name])
    assert load_mesh(tmp_path / name, scale_to_um=1.0).volume == pytest.approx(1.0)


@pytest.mark.parametrize("case", CONTENTS)
def test_a_file_that_is_no_closed_mesh_is_refused(case: str, tmp_path: Path) -> None:
    name, content = CONTENTS[case]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(GeometryError) as refusal:
        load_mesh(tmp_path / name, scale_to_um=1.0)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 500


@pytest.mark.parametrize("suffix", [".obj", ".stl", ".ply"])
@pytest.mark.parametrize("case", PLACES)
def test_what_is_no_file_is_refused(case: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"mesh{suffix}"
    PLACES[case](path)
    with pytest.raises(GeometryError, match="mesh"):
        load_mesh(path, scale_to_um=1.0)


@pytest.mark.parametrize("suffix", [".obj", ".stl", ".ply"])
@pytest.mark.parametrize("case", ["a directory", "below a file", "a full device"])
def test_where_nothing_can_be_written_nothing_is(case: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"mesh{suffix}"
    if case == "a directory":
        path.mkdir()
    elif case == "below a file":
        (tmp_path / "file").write_text("")
        path = tmp_path / "file" / path.name
    else:
        path.symlink_to("/dev/full")
    with pytest.raises(ResultsError, match=r"Cannot write .*mesh\..*; choose another file"):
        save_mesh(CUBE, path)


@pytest.mark.parametrize(
    ("vertices", "faces", "message"),
    [
        (
            CUBE.vertices * 1e12,
            CUBE.faces,
            "'mesh' is 1e\\+12 um long, with coordinates up to 5e\\+11 um; give",
        ),
        (CUBE.vertices * 1e-12, CUBE.faces, "'mesh' is 1e-12 um long"),
        (CUBE.vertices + 1e12, CUBE.faces, "with coordinates up to 1e\\+12 um"),
        (CUBE.vertices, CUBE.faces.astype(float), "are float64; give whole numbers"),
        (CUBE.vertices, CUBE.faces + 2**40, "names vertices"),
        (CUBE.vertices[:, :2], CUBE.faces, r"have shape \(8, 2\)"),
        (np.zeros((0, 3)), np.zeros((0, 3), int), r"have shape \(0, 3\)"),
        (CUBE.vertices, 3, "have shape"),
    ],
)
def test_arrays_that_are_no_mesh_are_refused(vertices: Any, faces: Any, message: str) -> None:
    with pytest.raises(GeometryError, match=message):
        TriangleMesh.from_arrays(vertices, faces)


@pytest.mark.verification
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(WHOLE)), st.integers(0, 10**6), st.binary(min_size=1, max_size=20), st.integers(0, 40))
def test_any_bytes_anywhere_make_a_mesh_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, name: str, at: int, more: bytes, less: int
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    whole = WHOLE[name]
    at %= len(whole)
    path.write_bytes(whole[:at] + more + whole[at + less :])
    with contextlib.suppress(NanospineError):
        load_mesh(path, scale_to_um=1.0)
