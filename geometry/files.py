"""Meshes from and to STL, OBJ and PLY files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..model.arguments import checked
from ..model.errors import GeometryError, ResultsError, warn
from .checks import LARGEST
from .mesh import TriangleMesh

FORMATS = (".stl", ".obj", ".ply")
# Extents (um) between which the mesh of a spine or a piece of dendrite lies.
SMALLEST_EXTENT_UM = 0.01
LARGEST_EXTENT_UM = 100.0
# Bytes: ten million triangles or so.
LARGEST_FILE = 1e9
MOST_VERTICES = 2**40  # more than any file has
# Corners that differ by less than this share of the largest coordinate differ by rounding: files hold 24 bits, or six
# digits.
ROUNDING = 1e-6


@checked
def load_mesh(
    path: str | PathLike[str],
    *,
    scale_to_um: float,
    regions: Mapping[str, Iterable[int]] | None = None,
    flip: bool = False,
    merge_um: float | None = None,
    unite: bool = False,
) -> TriangleMesh:
    """Read a closed mesh from an STL, OBJ or PLY file.

    Vertices at the same place become one, so that the triangles of an STL file hang together.

    Parameters
    ----------
    path
        The file.
    scale_to_um
        Length of the file's unit in um: 1 for um, 0.001 for nm, 1e6 for m. Files do not say their unit.
    regions
        Triangle numbers of each named region, from 0 in the order of the file; the rest is ``"membrane"``. A polygon
        of an OBJ file counts as the triangles from its first corner.
    flip
        Turn all triangles round, for a mesh that is inside out.
    merge_um
        Vertices nearer than this (um) become one, and triangles that are left without area are dropped; a millionth of
        the largest coordinate by default, which is rounding.
    unite
        Unite closed parts that overlap; see `TriangleMesh.from_arrays`.

    Raises
    ------
    GeometryError
        If the file is missing or not a mesh, a length is not positive, the mesh is open, inside out, or passes through
        itself, or there are regions and the file does not keep the order of its triangles.

    Warns
    -----
    NanospineWarning
        If the mesh is larger than 100 um or smaller than 10 nm: the scale is probably wrong.
    """
    path = _checked_path(path)
    if not path.is_file():
        raise GeometryError(f"There is no mesh file {str(path)!r}; check the path.")
    if path.stat().st_size > LARGEST_FILE:
        raise GeometryError(
            f"The mesh file {str(path)!r} has {path.stat().st_size:.3g} bytes; give one of at most {LARGEST_FILE:g}."
        )
    for what, value in (("scale_to_um", scale_to_um), ("merge_um", merge_um)):
        if value is not None and not (np.isfinite(value) and value > 0.0):
            raise GeometryError(f"{what} is {value!r}; give a length in um, above 0.")
    vertices, faces = _read_obj(path) if path.suffix.lower() == ".obj" else _read(path, ordered=bool(regions))
    vertices = vertices * scale_to_um
    _check_read(vertices, faces, path)
    within_um = ROUNDING * float(np.abs(vertices).max()) if merge_um is None else merge_um
    vertices, faces = _merged(vertices, faces, within_um)
    kept = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    mesh = TriangleMesh.from_arrays(
        vertices,
        faces[kept][:, ::-1] if flip else faces[kept],
        _renumbered(regions or {}, kept),
        name=path.name,
        unite=unite,
    )
    _warn_of_size(mesh, scale_to_um)
    return mesh


@checked
def save_mesh(mesh: TriangleMesh, path: str | PathLike[str]) -> None:
    """Write a mesh's triangles (um) to an STL, OBJ or PLY file; the regions are not written.

    Raises
    ------
    GeometryError
        If the ending of the path is none of these.
    ResultsError
        If the file cannot be written.
    """
    from trimesh import Trimesh

    found = _checked_path(path)
    try:
        Trimesh(mesh.vertices, mesh.faces, process=False).export(found)
    except OSError as error:
        raise ResultsError(f"Cannot write {path}: {error.strerror or error}; choose another file.") from error


def _checked_path(path: str | PathLike[str]) -> Path:
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise GeometryError(f"The mesh file {path.name!r} is of no known kind; use one of {', '.join(FORMATS)}.")
    return path


def _read(path: Path, *, ordered: bool) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Read an STL or PLY file; if the order of the triangles matters, only if it is that of the file."""
    import trimesh

    try:
        raw = trimesh.load_mesh(path, process=False)
        vertices = np.asarray(raw.vertices, dtype=np.float64)
        faces = np.asarray(raw.faces, dtype=np.int64)
        polygons = _polygons(path) if path.suffix.lower() == ".ply" else 0
    except Exception as error:  # each format has errors of its own
        raise GeometryError(f"The mesh file {str(path)!r} cannot be read ({error}); save it again.") from error
    if polygons > len(faces):
        raise GeometryError(f"The mesh file {str(path)!r} has {len(faces)} of its {polygons} faces; copy it again.")
    if ordered and polygons and polygons != len(faces):
        raise GeometryError(
            f"{path.name!r} has polygons of more than three corners, of which the triangles have no numbers; "
            "cut them into triangles in the program that made it, or leave out the regions."
        )
    return vertices, faces


def _polygons(path: Path) -> int:
    """Return the number of faces that the header of a PLY file states."""
    with path.open("rb") as stream:
        words = [line.split() for line in iter(stream.readline, b"") if line.startswith(b"element face")]
    return int(words[0][2])


def _read_obj(path: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Read vertices and faces of an OBJ file, in their order; materials and groups have no meaning here."""
    vertices: list[list[float]] = []
    faces: list[tuple[int, int, int]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        word, *values = line.partition("#")[0].split() or [""]
        try:
            if word == "v":
                x, y, z = map(float, values[:3])
                vertices.append([x, y, z])
            elif word == "f":
                first, *others = (_vertex(text, len(vertices)) for text in values)
                if len(others) < 2:
                    raise ValueError("a face has at least three corners")
                faces += [(first, a, b) for a, b in pairwise(others)]
        except ValueError as error:
            raise GeometryError(
                f"The mesh file {str(path)!r} cannot be read at line {number} ({error}); save it again."
            ) from None
    return np.array(vertices).reshape(-1, 3), np.array(faces, dtype=np.int64).reshape(-1, 3)


def _check_read(vertices: NDArray[np.float64], faces: NDArray[np.int64], path: Path) -> None:
    """Refuse what cannot be looked at any closer."""
    what = f"The mesh file {str(path)!r}"
    if len(faces) == 0:
        raise GeometryError(f"{what} has no triangles; save it again as a mesh.")
    wrong = faces.min() if faces.min() < 0 else faces.max()
    if not 0 <= wrong < len(vertices):
        raise GeometryError(f"{what} has a face of vertex {wrong + 1}, but {len(vertices)} vertices; save it again.")
    if not np.isfinite(vertices[faces]).all():
        raise GeometryError(f"{what} has coordinates that are not finite; save it again.")
    if np.abs(vertices[faces]).max() > LARGEST:
        raise GeometryError(
            f"{what} has coordinates up to {np.abs(vertices[faces]).max():.4g} um; give at most {LARGEST:g} um, or "
            "check scale_to_um."
        )


def _vertex(text: str, so_far: int) -> int:
    """Return the vertex, from 0, of a corner ``vertex/texture/normal``, counted from 1, or backwards from the last."""
    number = int(text.partition("/")[0])
    if number == 0 or number < -so_far or number > MOST_VERTICES:
        raise ValueError(f"there is no vertex {number}")
    return number - 1 if number > 0 else so_far + number


def _merged(
    vertices: NDArray[np.float64], faces: NDArray[np.int64], within_um: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Join the used vertices that lie at the same place, or so near to each other."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    places, index = np.unique(vertices[faces].reshape(-1, 3), axis=0, return_inverse=True)
    one, other = KDTree(places).query_pairs(within_um, output_type="ndarray").T
    links = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(len(places), len(places)))
    _, label = connected_components(links, directed=False)
    _, first = np.unique(label, return_index=True)
    return places[first], label[index.reshape(-1)].reshape(-1, 3).astype(np.int64)


def _renumbered(regions: Mapping[str, Iterable[int]], kept: NDArray[np.bool_]) -> dict[str, NDArray[np.int64]]:
    """Return the regions in numbers of the triangles that are kept; those that no triangle has stay as they are."""
    number = np.cumsum(kept) - 1
    renumbered = {}
    for region, members in regions.items():
        given = np.asarray(list(members))
        whole = np.issubdtype(given.dtype, np.integer) and bool(((given >= 0) & (given < len(kept))).all())
        renumbered[region] = number[given[kept[given]]] if whole else given
    return renumbered


def _warn_of_size(mesh: TriangleMesh, scale_to_um: float) -> None:
    extent = float(np.ptp(mesh.bounds, axis=0).max())
    if not SMALLEST_EXTENT_UM <= extent <= LARGEST_EXTENT_UM:
        warn(
            f"{mesh.name!r} is {extent:.4g} um long with scale_to_um = {scale_to_um:g}; a spine or a piece "
            f"of dendrite has {SMALLEST_EXTENT_UM:g} to {LARGEST_EXTENT_UM:g} um: check the file's unit."
        )
