"""VTK's files of polygons (.vtp) read and written.

Read here and not by VTK, which ends the program where a damaged file claims more points than memory holds. The format:
https://docs.vtk.org/en/latest/vtk_file_formats/vtkxml_file_format.html.
"""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from .mesh import TriangleMesh
from .raw import GROUPS, OWN_REGION, Longs, Raw, own_names

TYPES = {"Int8": "i1", "UInt8": "u1", "Int16": "i2", "UInt16": "u2", "Int32": "i4", "UInt32": "u4", "Int64": "i8",
         "UInt64": "u8", "Float32": "f4", "Float64": "f8"}  # fmt: skip
ZLIB = "vtkZLibDataCompressor"


def read_vtp(path: Path) -> Raw:
    """Read polygons, as the triangles from their first corner; the first whole number on each is its group."""
    file = _File(path.read_bytes())
    vertices, faces, numbers, name, count = [np.empty((0, 3))], [np.empty((0, 3), dtype=np.int64)], [], "", 0
    for piece in file.root.iter("Piece"):
        points = file.array(piece.find("Points/DataArray")).reshape(-1, 3)
        if int(piece.get("NumberOfStrips", 0)):
            raise ValueError("it has strips of triangles; save it with triangles alone")
        triangles, owner = _triangles(
            file.array(piece.find("Polys/DataArray[@Name='connectivity']")).astype(np.int64),
            file.array(piece.find("Polys/DataArray[@Name='offsets']")).astype(np.int64),
        )
        label, name = file.first_whole(piece.find("CellData"))
        if label is not None:
            # Values of points and lines that are cells come before those of polygons.
            before = int(piece.get("NumberOfVerts", 0)) + int(piece.get("NumberOfLines", 0))
            numbers.append(label[before + owner])
        vertices.append(points.astype(np.float64))
        faces.append(triangles + count)
        count += len(points)
    found, named = np.concatenate(faces), np.concatenate(numbers or [np.empty(0, dtype=np.int64)])
    if not len(named) == len(found) > 0:
        return Raw(np.concatenate(vertices), found)
    names = {GROUPS: np.array([f"{name} {number}" for number in named.tolist()])}
    if name == "region":
        names |= own_names(file.head, named, path)
    return Raw(np.concatenate(vertices), found, names)


def _triangles(corners: Longs, ends: Longs) -> tuple[Longs, Longs]:
    """Return the triangles of polygons that end where said among the corners, and the polygon of each."""
    starts = np.concatenate([[0], ends[:-1]])[: len(ends)].astype(np.int64)
    number = ends - starts - 2
    if (number < 1).any():
        raise ValueError("it has polygons of less than three corners")
    owner = np.repeat(np.arange(len(ends)), number)
    after = np.arange(len(owner)) - np.repeat(np.cumsum(number) - number, number)
    first = starts[owner]
    return corners[np.column_stack([first, first + 1 + after, first + 2 + after])], owner


class _File:
    """The tree of a file, and its arrays."""

    def __init__(self, content: bytes) -> None:
        head, mark, tail = content.partition(b"<AppendedData")
        start, _, data = tail.partition(b"_")
        self._base64 = b"base64" in start
        self._appended = data.rpartition(b"</AppendedData>")[0] if mark else b""
        self.head = head.decode(errors="replace")
        self.root = ElementTree.fromstring(head + (b"</VTKFile>" if mark else b""))
        if self.root.get("type") != "PolyData":
            raise ValueError("it holds no polygons")
        self._order = "<" if self.root.get("byte_order", "LittleEndian") == "LittleEndian" else ">"
        self._header = np.dtype(self._order + TYPES[self.root.get("header_type", "UInt32")])
        self._packed = self.root.get("compressor")
        if self._packed not in (None, ZLIB):
            raise ValueError(f"it is compressed by {self._packed}; save it uncompressed, or with {ZLIB}")

    def first_whole(self, data: ElementTree.Element | None) -> tuple[Longs | None, str]:
        """Return the first array of one whole number per cell, and its name."""
        for one in [] if data is None else data.findall("DataArray"):
            if "Int" in one.get("type", "") and one.get("NumberOfComponents", "1") in ("0", "1"):
                return self.array(one).astype(np.int64), one.get("Name", "")
        return None, ""

    def array(self, one: ElementTree.Element | None) -> NDArray[np.generic]:
        """Return the numbers of an array."""
        if one is None:
            raise ValueError("an array is missing")
        kind = np.dtype(self._order + TYPES[one.get("type", "")])
        form = one.get("format", "ascii")
        if form == "ascii":
            return np.array((one.text or "").split(), dtype=np.str_).astype(kind)
        if form == "appended":
            data, coded = self._appended[int(one.get("offset", 0)) :], self._base64
        else:
            data, coded = (one.text or "").strip().encode(), True
        return np.frombuffer(self._bytes(data, coded), kind)

    def _bytes(self, data: bytes, coded: bool) -> bytes:
        """Return what follows the header: its length, or the lengths of compressed blocks."""
        size = self._header.itemsize
        if self._packed is None:
            first = self._decoded(data, size, coded)
            length = int(np.frombuffer(first, self._header)[0])
            return self._decoded(data, size + length, coded)[size:]
        blocks = int(np.frombuffer(self._decoded(data, size, coded), self._header)[0])
        head = self._decoded(data, size * (3 + blocks), coded)
        lengths = np.frombuffer(head, self._header)[3:].astype(np.int64)
        # The header is encoded by itself.
        rest = data[-(-len(head) // 3) * 4 if coded else len(head) :]
        packed = self._decoded(rest, int(lengths.sum()), coded)
        ends = np.cumsum([0, *lengths])
        return b"".join(zlib.decompress(packed[a:b]) for a, b in zip(ends[:-1], ends[1:], strict=True))

    @staticmethod
    def _decoded(data: bytes, length: int, coded: bool) -> bytes:
        """Return the first bytes of what may be in base64."""
        found = base64.b64decode(data[: -(-length // 3) * 4])[:length] if coded else data[:length]
        if len(found) < length:
            raise ValueError("an array ends too early")
        return found


def vtp_text(mesh: TriangleMesh) -> str:
    """Return a VTP file with all digits and a whole number ``region`` on each triangle, whose names are in comments."""
    # Two hyphens would end a comment.
    names = [json.dumps(name).replace("-", "\\u002d") for name in mesh.region_names]
    offsets: Longs = 3 * np.arange(1, len(mesh.faces) + 1)
    return "\n".join([
        '<?xml version="1.0"?>', '<VTKFile type="PolyData" version="1.0" byte_order="LittleEndian">',
        "<!-- lengths in um -->",
        *(f"<!-- {OWN_REGION} {number} {name} -->" for number, name in enumerate(names)), "<PolyData>",
        f'<Piece NumberOfPoints="{len(mesh.vertices)}" NumberOfPolys="{len(mesh.faces)}">',
        "<Points>", _array("Float64", "Points", mesh.vertices, 3), "</Points>",
        "<Polys>", _array("Int64", "connectivity", mesh.faces), _array("Int64", "offsets", offsets), "</Polys>",
        '<CellData Scalars="region">', _array("Int64", "region", mesh.face_region), "</CellData>",
        "</Piece>", "</PolyData>", "</VTKFile>", "",
    ])  # fmt: skip


def _array(kind: str, name: str, values: NDArray[np.generic], components: int = 1) -> str:
    start = f'<DataArray type="{kind}" Name="{name}" NumberOfComponents="{components}" format="ascii">'
    return f"{start}\n{' '.join(map(repr, values.ravel().tolist()))}\n</DataArray>"
