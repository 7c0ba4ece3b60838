"""Spheres and ellipsoids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...model.arguments import checked
from ...model.errors import GeometryError
from ..mesh import TriangleMesh
from .sizes import positive


@checked
def sphere(radius: float | None = None, subdivisions: int = 3, *, volume: float | None = None) -> TriangleMesh:
    """Return a sphere centred on the origin, an icosahedron divided ``subdivisions`` times.

    It has ``20 * 4**subdivisions`` triangles.

    Parameters
    ----------
    radius
        Radius (um) on which the vertices lie; the mesh inside encloses a little less than the sphere
        (0.8 % with three subdivisions, a quarter of that with each further one).
    subdivisions
        How often each triangle is split into four, 0 to 7.
    volume
        Instead of ``radius``: the volume (um^3) that the mesh encloses exactly.

    Raises
    ------
    GeometryError
        If not exactly one of ``radius`` and ``volume`` is given and positive, or ``subdivisions`` is out of
        range.
    """
    if (radius is None) == (volume is None):
        raise GeometryError(f"A sphere was given radius={radius} and volume={volume}; give exactly one of them.")
    if volume is not None:
        target = positive("volume of a sphere", volume, "um^3")
        radius = (target / _icosphere(1.0, subdivisions, "sphere").volume) ** (1.0 / 3.0)
    assert radius is not None
    return _icosphere(positive("radius of a sphere", radius), subdivisions, "sphere")


@checked
def ellipsoid(radii: Sequence[float], subdivisions: int = 3) -> TriangleMesh:
    """Return an ellipsoid centred on the origin with semi-axes ``radii`` (um) along x, y and z.

    Raises
    ------
    GeometryError
        If a radius is not positive or ``subdivisions`` is not 0 to 7.
    """
    sizes = np.array([positive("radius of an ellipsoid", radius) for radius in radii])
    if sizes.shape != (3,):
        raise GeometryError(f"An ellipsoid was given {len(sizes)} radii; give three, along x, y and z.")
    return _icosphere(sizes, subdivisions, "ellipsoid")


def _icosphere(scale: object, subdivisions: int, name: str) -> TriangleMesh:
    from trimesh.creation import icosphere

    if subdivisions not in range(8):
        raise GeometryError(f"The subdivisions of the {name} are {subdivisions!r}; give a whole number from 0 to 7.")
    unit = icosphere(subdivisions=int(subdivisions), radius=1.0)
    return TriangleMesh.from_arrays(
        np.asarray(unit.vertices) * scale, np.asarray(unit.faces), name=name, known_sound=True
    )
