"""Meshes from and to files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..model import checks
from ..model.arguments import checked
from ..model.errors import GeometryError, ResultsError, warn
from .checks import LARGEST, components, signed_volumes
from .mesh import TriangleMesh
from .naming import assign_regions
from .raw import COLOURS, GROUPS, MATERIALS, OBJECTS, OWN, Raw
from .readers import read
from .repair import Repair, repaired
from .surface import Surface
from .writers import regions_beside, write

FORMATS = (".stl", ".obj", ".ply", ".off", ".glb", ".vtp", ".msh")
#: What regions may be read from.
KINDS = (GROUPS, OBJECTS, MATERIALS, COLOURS)
# Extents (um) between which the mesh of a spine or a piece of dendrite lies.
SMALLEST_EXTENT_UM = 0.01
LARGEST_EXTENT_UM = 100.0
#: Units that files are in, and their length in um.
UNITS = {"nm": 1e-3, "um": 1.0, "mm": 1e3, "m": 1e6}
# Bytes: ten million triangles or so.
LARGEST_FILE = 1e9
# Corners that differ by less than this share of the largest coordinate differ by rounding: files hold 24 bits, or six
# digits.
ROUNDING = 1e-6


@checked
def load_mesh(
    path: str | PathLike[str],
    *,
    scale_to_um: float,
    regions: Mapping[str, Iterable[int]] | str | None = None,
    flip: bool = False,
    merge_um: float | None = None,
    unite: bool = False,
    repair: bool = False,
) -> TriangleMesh:
    """Read a closed mesh from an STL, OBJ, PLY, OFF, GLB, VTP or MSH (Gmsh) file.

    Vertices at the same place become one, so that the triangles of an STL file hang together.

    Parameters
    ----------
    path
        The file.
    scale_to_um
        Length of the file's unit in um: 1 for um, 0.001 for nm, 1e6 for m. Files do not say their unit.
    regions
        Triangle numbers of each named region, from 0 in the order of the file; the rest is ``"membrane"``. A polygon
        of an OBJ or VTP file counts as the triangles from its first corner. Or a word for parts of the file by whose
        names the regions go: ``"groups"`` (``g`` of OBJ, parts of GLB, physical groups of MSH, the first whole number
        on faces of PLY and VTP), ``"objects"`` (``o`` of OBJ, surfaces of MSH), ``"materials"`` (``usemtl`` of OBJ) or
        ``"colours"`` (of faces or vertices of PLY, as ``"#rrggbb"``). By default those that `save_mesh` wrote into the
        file, or that lie beside it in ``NAME.regions.json``; a file of another program is one membrane. An empty
        mapping: none.
    flip
        Turn all triangles round, for a mesh that is inside out.
    merge_um
        Vertices nearer than this (um) become one, and triangles that are left without area are dropped; a millionth of
        the largest coordinate by default, which is rounding.
    unite
        Unite closed parts that overlap; see `TriangleMesh.from_arrays`.
    repair
        Mend what `repair_mesh` can, with a warning for each step.

    Raises
    ------
    GeometryError
        If the file is missing or not a mesh, a length is not positive, the mesh is open, inside out, or passes through
        itself, the file has no parts of that kind, the regions beside it belong to another mesh, or there are regions
        and the file does not keep the order of its triangles.

    Warns
    -----
    NanospineWarning
        If the mesh is larger than 100 um or smaller than 10 nm: the scale is probably wrong. If it has several bodies.
        If it was repaired.
    """
    surface = read_surface(path, scale_to_um=scale_to_um, regions=regions, merge_um=None if repair else merge_um)
    if flip:
        surface = replace(surface, faces=surface.faces[:, ::-1])
    if repair:
        return _said(repaired(surface, merge_um, unite)).mesh()
    mesh = surface.mesh(unite=unite)
    _warn_of_bodies(mesh)
    return mesh


@checked
def repair_mesh(
    path: str | PathLike[str],
    *,
    scale_to_um: float,
    regions: Mapping[str, Iterable[int]] | str | None = None,
    merge_um: float | None = None,
    unite: bool = False,
) -> Repair:
    """Read a mesh from a file, mend what can be mended without a choice, and say what was done and what remains.

    In this order: vertices that nearly coincide are merged, triangles given twice left out, triangles that wind the
    other way turned round, flat ones flipped into their neighbours, holes of up to a hundredth of the surface closed,
    parts that are inside out turned, and all parts but the one of the largest volume left out. Regions stay; a lid has
    that of its neighbours.

    Parameters
    ----------
    path, scale_to_um, regions
        As in `load_mesh`.
    merge_um
        Vertices nearer than this (um) become one; a thousandth of the median edge by default.
    unite
        Unite closed parts that overlap, instead of leaving out all but one.

    Returns
    -------
    Repair
        Its ``steps`` and ``faults`` say what was done and what remains, ``rows()`` is a table of the steps, ``mesh()``
        the mesh if no faults remain.

    Raises
    ------
    GeometryError
        If the file is missing or not a mesh, or a length is not positive.

    Warns
    -----
    NanospineWarning
        As `load_mesh`, but for the repair.
    """
    surface = read_surface(path, scale_to_um=scale_to_um, regions=regions, merge_um=None)
    _check_lengths(merge_um=merge_um)
    return repaired(surface, merge_um, unite)


def read_surface(
    path: str | PathLike[str],
    *,
    scale_to_um: float,
    regions: Mapping[str, Iterable[int]] | str | None,
    merge_um: float | None,
) -> Surface:
    """Read triangles that need not be a mesh; arguments as in `load_mesh`.

    Raises
    ------
    GeometryError
        If the file is missing or not a mesh, or the regions do not fit.
    """
    path = _checked_path(path)
    if not path.is_file():
        raise GeometryError(f"There is no mesh file {str(path)!r}; check the path.")
    if path.stat().st_size > LARGEST_FILE:
        raise GeometryError(
            f"The mesh file {str(path)!r} has {path.stat().st_size:.3g} bytes; give one of at most {LARGEST_FILE:g}."
        )
    _check_lengths(scale_to_um=scale_to_um, merge_um=merge_um)
    raw = read(path)
    vertices, faces = raw.vertices * scale_to_um, raw.faces
    _check_read(vertices, faces, path)
    face_region, names = assign_regions(dict(_regions_of(raw, regions, path)), len(faces), path.name)
    within_um = ROUNDING * float(np.abs(vertices).max()) if merge_um is None else merge_um
    surface = Surface(vertices, faces, face_region, names, path.name).joined(within_um)
    if not len(surface.faces):
        raise GeometryError(
            f"All triangles of {str(path)!r} are within {within_um:.3g} um; check the file, and lengths."
        )
    _warn_of_size(surface, scale_to_um)
    return surface


def _check_lengths(**lengths: float | None) -> None:
    for what, value in lengths.items():
        if value is not None and not (np.isfinite(value) and value > 0.0):
            raise GeometryError(f"{what} is {value!r}; give a length in um, above 0.")


def _said(repair: Repair) -> Repair:
    """Give a warning for each step, and for what they changed."""
    for step in repair.steps:
        warn(f"{repair.surface.name!r} was repaired: {step}.")
    if repair.steps:
        (volume, new_volume), (area, new_area) = repair.volume, repair.area
        warn(
            f"Repair of {repair.surface.name!r}: volume {volume:.6g} -> {new_volume:.6g} um^3, area {area:.6g} -> "
            f"{new_area:.6g} um^2."
        )
    return repair


@checked
def save_mesh(mesh: TriangleMesh, path: str | PathLike[str]) -> None:
    """Write a mesh (um) with its regions to a PLY, OBJ, VTP, MSH, STL, OFF or GLB file.

    PLY and VTP have a whole number ``region`` on each face, whose names are in comments, OBJ a group and MSH (version
    2.2) a physical group for each region; these four hold all digits. Beside STL, OFF and GLB the regions are in
    ``NAME.regions.json``; STL and GLB round coordinates to seven digits.

    Raises
    ------
    GeometryError
        If the ending of the path is none of these.
    ResultsError
        If the file cannot be written.
    """
    found = _checked_path(path)
    try:
        write(mesh, found)
    except OSError as error:
        raise ResultsError(f"Cannot write {path}: {error.strerror or error}; choose another file.") from error


def _checked_path(path: str | PathLike[str]) -> Path:
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise GeometryError(f"The mesh file {path.name!r} is of no known kind; use one of {', '.join(FORMATS)}.")
    return path


def _regions_of(raw: Raw, regions: Mapping[str, Iterable[int]] | str | None, path: Path) -> Mapping[str, Iterable[int]]:
    """Return the triangles of each region: those given, those of a kind of part of the file, or those saved with it."""
    if isinstance(regions, str):
        checks.one_of("load_mesh: regions", regions, KINDS, error=GeometryError)
        if regions not in raw.names:
            there = [kind for kind in raw.names if kind in KINDS]
            raise GeometryError(
                f"{path.name!r} has no {regions}{', but ' + ' and '.join(there) if there else ''}; give "
                f"{' or '.join(f'regions={kind!r}' for kind in there) or 'the triangles of each region'}."
            )
        return _named(raw.names[regions])
    if regions is None and OWN in raw.names:
        return _named(raw.names[OWN])
    if regions is None and regions_beside(path).is_file():
        regions = _read_beside(regions_beside(path), len(raw.faces))
    if regions and raw.polygons:
        raise GeometryError(
            f"{path.name!r} has polygons of more than three corners, of which the triangles have no numbers; "
            "cut them into triangles in the program that made it, or give regions={}."
        )
    return regions or {}


def _named(names: NDArray[np.str_]) -> dict[str, NDArray[np.int64]]:
    """Return the triangles of each name, in the order in which the names come."""
    return {name: np.flatnonzero(names == name) for name in dict.fromkeys(names.tolist())}


def _read_beside(path: Path, n_faces: int) -> dict[str, list[int]]:
    """Read the regions that lie beside a mesh file."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        regions = {str(name): list(map(int, numbers)) for name, numbers in document["regions"].items()}
        triangles = int(document["triangles"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GeometryError(
            f"The regions in {str(path)!r} cannot be read ({error!r}); save the mesh again, or give regions={{}} to "
            "read it without."
        ) from None
    if triangles != n_faces:
        raise GeometryError(
            f"The regions in {str(path)!r} are of a mesh of {triangles} triangles, but there are {n_faces}; save the "
            "mesh again, or give regions={} to read it without."
        )
    return regions


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


def _warn_of_bodies(mesh: TriangleMesh) -> None:
    """Doubt a mesh of several closed parts: the smaller ones are often dirt, in which molecules would be released."""
    part = components(mesh.faces, len(mesh.vertices))
    volumes = np.bincount(part, weights=signed_volumes(mesh.vertices, mesh.faces))
    numbers = np.unique(part)
    if len(numbers) < 2:
        return
    least = int(numbers[np.argmin(volumes[numbers])])
    place = mesh.vertices[np.unique(mesh.faces[part == least])].mean(axis=0).round(6).tolist()
    warn(
        f"{mesh.name!r} has {len(numbers)} bodies, the smallest of {volumes[least]:.3g} um^3 near {place} um, and "
        "all are one compartment; if one is meant, repair=True keeps the largest, unite=True unites those that overlap."
    )


def _warn_of_size(surface: Surface, scale_to_um: float) -> None:
    if len(surface.faces) and not SMALLEST_EXTENT_UM <= surface.extent <= LARGEST_EXTENT_UM:
        raw = surface.extent / scale_to_um
        fits = {unit: one for unit, one in UNITS.items() if SMALLEST_EXTENT_UM <= raw * one <= LARGEST_EXTENT_UM}
        hints = [f"if it is in {unit}, give scale_to_um={one:g}, for {raw * one:.4g} um" for unit, one in fits.items()]
        warn(
            f"{surface.name!r} is {surface.extent:.4g} um long with scale_to_um = {scale_to_um:g}; a spine or a piece "
            f"of dendrite has {SMALLEST_EXTENT_UM:g} to {LARGEST_EXTENT_UM:g} um: check the file's unit"
            f"{''.join('; ' + hint for hint in hints)}."
        )
