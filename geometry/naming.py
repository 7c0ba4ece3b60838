"""Which triangle belongs to which region."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..model.errors import GeometryError
from ..model.mesh import Mesh
from ..model.places import Place
from .arrays import whole
from .selectors import Selector, selector

MEMBRANE = "membrane"


def faces_of_regions(mesh: Mesh, regions: Iterable[str]) -> NDArray[np.int64]:
    """Return the numbers of the triangles of regions, in increasing order.

    Raises
    ------
    GeometryError
        If there is no such region.
    """
    numbers = []
    for region in regions:
        if region not in mesh.region_names:
            near = difflib.get_close_matches(region, mesh.region_names, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise GeometryError(f"{mesh.name!r} has no region {region!r}, only {', '.join(mesh.region_names)}{hint}")
        numbers.append(mesh.region_names.index(region))
    return np.flatnonzero(np.isin(mesh.face_region, numbers))


def assign_regions(
    regions: dict[str, Iterable[int]], n_faces: int, name: str
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Turn lists of triangles into one region number per triangle; the membrane takes what is left."""
    owner = np.full(n_faces, -1, dtype=np.int64)
    names = list(regions)
    for number, (region, members) in enumerate(regions.items()):
        chosen = np.asarray(members if isinstance(members, np.ndarray) else list(members))
        if chosen.size == 0:
            raise GeometryError(f"Region {region!r} of {name!r} has no triangles; give at least one or drop it.")
        chosen = np.unique(whole(chosen, f"triangles of region {region!r}"))
        if chosen[0] < 0 or chosen[-1] >= n_faces:
            wrong = int(chosen[0] if chosen[0] < 0 else chosen[-1])
            raise GeometryError(
                f"Region {region!r} of {name!r} names triangle {wrong}; use numbers from 0 to {n_faces - 1}."
            )
        taken = chosen[owner[chosen] >= 0]
        if taken.size:
            raise GeometryError(
                f"Triangle {int(taken[0])} of {name!r} is in both {names[owner[taken[0]]]!r} and {region!r}; "
                "give each triangle to one region."
            )
        owner[chosen] = number
    if (owner < 0).any():
        if MEMBRANE not in names:
            names.append(MEMBRANE)
        owner[owner < 0] = names.index(MEMBRANE)
    return owner, tuple(names)


def check_regions(face_region: NDArray[np.int64], names: tuple[str, ...], n_faces: int, name: str) -> None:
    """Refuse names and numbers of regions that do not fit."""
    if face_region.shape != (n_faces,):
        raise GeometryError(
            f"The face_region of {name!r} has shape {face_region.shape}; give one number for each of the "
            f"{n_faces} triangles."
        )
    if any(not isinstance(region, str) or not region.strip() for region in names):
        raise GeometryError(f"The regions of {name!r} are called {names}; give each a name that is not blank.")
    if len(set(names)) != len(names):
        raise GeometryError(f"The regions of {name!r} are called {names}; give each a name of its own.")
    if face_region.min() < 0 or face_region.max() >= len(names):
        raise GeometryError(
            f"The face_region of {name!r} runs from {face_region.min()} to {face_region.max()}, but there "
            f"are {len(names)} region names; number them from 0."
        )
    counts = np.bincount(face_region, minlength=len(names))
    if (counts == 0).any():
        raise GeometryError(
            f"Region {names[int(np.argmin(counts))]!r} of {name!r} has no triangles; give at least one or drop it."
        )


def with_region(
    mesh: Mesh, name: str, where: Selector | Place, exact: bool
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], tuple[str, ...]]:
    """Return vertices, faces, face_region and region_names of a mesh with one more, or another, region.

    Raises
    ------
    GeometryError
        As `TriangleMesh.with_region`.
    """
    if not name.strip():
        raise GeometryError(f"The new region of {mesh.name!r} is called {name!r}; give a name that is not blank.")
    vertices, faces, before = mesh.vertices, mesh.faces, mesh.face_region
    if exact:
        from .cutting import cut_out

        vertices, faces, origin, chosen = cut_out(mesh, selector(where))
        before = before[origin]
    else:
        chosen = selector(where).on(mesh)
    if not chosen.any():
        remedy = "" if exact else ", give exact=True to cut the triangles, or refine the mesh"
        raise GeometryError(
            f"The region {name!r} of {mesh.name!r} has no triangles: none lies in {_shortened(where)}. Move it, or "
            f"make it larger{remedy}."
        )
    names = list(dict.fromkeys([*mesh.region_names, name, MEMBRANE]))
    left = (before == names.index(name)) & ~chosen
    owner = np.where(chosen, names.index(name), np.where(left, names.index(MEMBRANE), before))
    return vertices, faces, *_without_empty(owner, names, name, mesh.name)


def without_region(mesh: Mesh, name: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return face_region and region_names of a mesh with a region made membrane.

    Raises
    ------
    GeometryError
        If there is no such region, or it is the membrane.
    """
    chosen = faces_of_regions(mesh, [name])
    if name == MEMBRANE:
        raise GeometryError(f"The membrane of {mesh.name!r} has what belongs to no region; drop another region.")
    names = list(dict.fromkeys([*mesh.region_names, MEMBRANE]))
    owner = mesh.face_region.copy()
    owner[chosen] = names.index(MEMBRANE)
    kept = np.unique(owner)
    return np.searchsorted(kept, owner), tuple(names[k] for k in kept.tolist())


def _without_empty(
    owner: NDArray[np.int64], names: Sequence[str], name: str, mesh: str
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Drop the membrane if nothing is left of it; refuse to drop another region."""
    counts = np.bincount(owner, minlength=len(names))
    lost = [other for other, count in zip(names, counts, strict=True) if count == 0 and other != MEMBRANE]
    if lost:
        raise GeometryError(
            f"The region {name!r} of {mesh!r} takes all triangles of {', '.join(map(repr, lost))}; "
            f"make it smaller, for example `where & ~Region({lost[0]!r})`."
        )
    kept = np.flatnonzero(counts)
    return np.searchsorted(kept, owner), tuple(names[k] for k in kept.tolist())


def _shortened(where: object) -> str:
    text = repr(where)
    return text if len(text) <= 120 else f"{text[:117]}..."
