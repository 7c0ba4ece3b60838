"""Meshes from and to STL, OBJ and PLY files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..model.errors import GeometryError, warn
from .mesh import TriangleMesh

FORMATS = (".stl", ".obj", ".ply")
# Extents (um) between which the mesh of a spine or a piece of dendrite lies.
SMALLEST_EXTENT_UM = 0.01
LARGEST_EXTENT_UM = 100.0


def load_mesh(
    path: str | PathLike[str],
    *,
    scale_to_um: float,
    regions: Mapping[str, Iterable[int]] | None = None,
    flip: bool = False,
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
        Triangle numbers of each named region, from 0 in the order of the file; the rest is ``"membrane"``.
    flip
        Turn all triangles round, for a mesh that is inside out.

    Raises
    ------
    GeometryError
        If the file is missing or not a mesh, the scale is not positive, or the mesh is open, inside out,
        or passes through itself.

    Warns
    -----
    NanospineWarning
        If the mesh is larger than 100 um or smaller than 10 nm: the scale is probably wrong.
    """
    from .intersections import self_intersections

    path = _checked_path(path)
    if not path.is_file():
        raise GeometryError(f"There is no mesh file {str(path)!r}; check the path.")
    if not (np.isfinite(scale_to_um) and scale_to_um > 0.0):
        raise GeometryError(f"scale_to_um is {scale_to_um!r}; give the length of the file's unit in um, above 0.")
    vertices, faces = _read(path)
    vertices, index = np.unique(vertices * scale_to_um, axis=0, return_inverse=True)
    faces = index.reshape(-1)[faces]
    mesh = TriangleMesh.from_arrays(vertices, faces[:, ::-1] if flip else faces, regions, name=path.name)
    _warn_of_size(mesh, scale_to_um)
    crossing = self_intersections(mesh)
    if len(crossing):
        one, other = crossing[0].tolist()
        raise GeometryError(
            f"{path.name!r} passes through itself: {len(crossing)} pairs of triangles meet, the first "
            f"{one} and {other} near {mesh.centroids[one].round(6).tolist()} um; "
            "repair it in the program that made it."
        )
    return mesh


def save_mesh(mesh: TriangleMesh, path: str | PathLike[str]) -> None:
    """Write a mesh's triangles (um) to an STL, OBJ or PLY file; the regions are not written.

    Raises
    ------
    GeometryError
        If the ending of the path is none of these.
    """
    from trimesh import Trimesh

    Trimesh(mesh.vertices, mesh.faces, process=False).export(_checked_path(path))


def _checked_path(path: str | PathLike[str]) -> Path:
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise GeometryError(f"The mesh file {path.name!r} is of no known kind; use one of {', '.join(FORMATS)}.")
    return path


def _read(path: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    import trimesh

    try:
        raw = trimesh.load_mesh(path, process=False)
        vertices = np.asarray(raw.vertices, dtype=np.float64)
        faces = np.asarray(raw.faces, dtype=np.int64)
    except Exception as error:
        raise GeometryError(f"The mesh file {str(path)!r} cannot be read ({error}); save it again.") from error
    if len(faces) == 0:
        raise GeometryError(f"The mesh file {str(path)!r} has no triangles; save it again as a mesh.")
    return vertices, faces


def _warn_of_size(mesh: TriangleMesh, scale_to_um: float) -> None:
    extent = float(np.ptp(mesh.bounds, axis=0).max())
    if not SMALLEST_EXTENT_UM <= extent <= LARGEST_EXTENT_UM:
        warn(
            f"{mesh.name!r} is {extent:.4g} um long with scale_to_um = {scale_to_um:g}; a spine or a piece "
            f"of dendrite has {SMALLEST_EXTENT_UM:g} to {LARGEST_EXTENT_UM:g} um: check the file's unit."
        )
