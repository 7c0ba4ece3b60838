"""Cylinders and capsules along z, built of rings of nearly equilateral triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...model.arguments import checked
from ...model.errors import GeometryError
from ..mesh import TriangleMesh
from .rings import stacked
from .sizes import positive

# In each of the six sectors, roughly.
MOST_TRIANGLES = 1_000_000


@checked
def cylinder(radius: float, length: float, rings: int = 6) -> TriangleMesh:
    """Return a cylinder along z centred on the origin, with regions ``"bottom"``, ``"side"`` and ``"top"``.

    Its cross-section is a regular polygon of N = ``6 * rings`` corners on the circle, so that the mesh
    encloses ``N / 2 * sin(2 pi / N) * radius**2 * length``.

    Parameters
    ----------
    radius
        Radius (um).
    length
        Length (um).
    rings
        Rings of triangles in the top, which set the size of all triangles.

    Raises
    ------
    GeometryError
        If ``radius`` or ``length`` is not positive, or ``rings`` not a whole number from 1 to 1000.
    """
    radius, length = positive("radius of a cylinder", radius), positive("length of a cylinder", length)
    n = _checked_rings(rings)
    radii = radius * np.arange(n + 1) / n
    height = np.full(n + 1, -length / 2.0)
    return _with_ends(radii, height, length, n, "cylinder", end_regions=True)


@checked
def capsule(radius: float, length: float, rings: int = 6) -> TriangleMesh:
    """Return a capsule along z centred on the origin: a cylinder of ``length`` between two half spheres.

    Parameters
    ----------
    radius
        Radius (um).
    length
        Length (um) of the straight part; the whole is ``length + 2 * radius`` long.
    rings
        Rings of triangles in each half sphere, which set the size of all triangles.

    Raises
    ------
    GeometryError
        If ``radius`` or ``length`` is not positive, or ``rings`` not a whole number from 1 to 1000.
    """
    radius, length = positive("radius of a capsule", radius), positive("length of a capsule", length)
    n = _checked_rings(rings)
    polar = 0.5 * np.pi * np.arange(n + 1) / n
    return _with_ends(
        radius * np.sin(polar),
        -length / 2.0 - radius * np.cos(polar),
        length,
        n,
        "capsule",
        end_regions=False,
    )


def _checked_rings(rings: int) -> int:
    if rings not in range(1, 1001):
        raise GeometryError(f"The rings of a shape are {rings!r}; give a whole number from 1 to 1000.")
    return int(rings)


def _with_ends(
    radii: NDArray[np.float64],
    height: NDArray[np.float64],
    length: float,
    n: int,
    name: str,
    *,
    end_regions: bool,
) -> TriangleMesh:
    """Build the bottom end from its rings, mirror it to the top, and join the two by the side.

    Ring k of an end has 6 k points (one at the pole), so that neighbours are about as far apart as rings are.
    """
    spacing = 2.0 * np.pi * radii[-1] / (6 * n)
    if not length / spacing * n <= MOST_TRIANGLES:
        raise GeometryError(
            f"A {name} of radius {radii[-1]:g} um and length {length:g} um needs {length / spacing:.3g} rings of "
            "triangles; give a shorter one, or fewer rings."
        )
    rows = max(1, round(length / spacing))
    counts = [max(1, 6 * k) for k in range(n + 1)]
    sizes = counts + [6 * n] * (rows - 1) + counts[::-1]
    ring_radii = np.concatenate([radii, np.full(rows - 1, radii[-1]), radii[::-1]])
    between = -length / 2.0 + length * np.arange(1, rows) / rows
    heights = np.concatenate([height, between, -height[::-1]])
    vertices, triangles, number = stacked(sizes, ring_radii, heights)
    parts = {"bottom": number < n, "side": (number >= n) & (number < n + rows), "top": number >= n + rows}
    regions = {part: np.flatnonzero(chosen) for part, chosen in parts.items()} if end_regions else None
    return TriangleMesh.from_arrays(vertices, triangles, regions, name=name, known_sound=True)
