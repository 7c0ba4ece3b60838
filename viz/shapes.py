"""The solid shapes of molecules, of width 1; those that stand on the membrane stand along x, outward."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

import pyvista as pv

STANDING = frozenset(
    {"dome", "block", "disc", "ring", "cone", "cup", "triangle", "square", "hexagon"}
    | {"open triangle", "open square", "open hexagon"}
)


#: Prisms, and with "open" before the name those with a hole.
CORNERS = {"triangle": 3, "square": 4, "hexagon": 6}


def shape_mesh(shape: str) -> pv.PolyData:
    """Return a shape of width 1 around its place.

    A standing shape has its axis along x, as `pyvista.PolyData.glyph` turns it.
    """
    return _SHAPES[shape]()


def _sphere() -> pv.PolyData:
    return pv.Icosphere(radius=0.5, nsub=2)


def _cube() -> pv.PolyData:
    return pv.Cube(x_length=0.85, y_length=0.85, z_length=0.85)


def _octahedron() -> pv.PolyData:
    return pv.PlatonicSolid("octahedron", radius=0.6)


def _dome() -> pv.PolyData:
    return pv.Sphere(radius=0.5, direction=(1, 0, 0), theta_resolution=14, phi_resolution=8, end_phi=90)


def _block() -> pv.PolyData:
    return pv.Cube(center=(0.2, 0, 0), x_length=0.4, y_length=0.85, z_length=0.85)


def _disc() -> pv.PolyData:
    return pv.Cylinder(center=(0.1, 0, 0), direction=(1, 0, 0), radius=0.5, height=0.25, resolution=32)


def _ring() -> pv.PolyData:
    ring = pv.ParametricTorus(ringradius=0.36, crosssectionradius=0.14, u_res=48, v_res=20, w_res=20)
    return cast("pv.PolyData", ring.rotate_y(90).translate((0.1, 0, 0)))


def _cone() -> pv.PolyData:
    return pv.Cone(center=(0.35, 0, 0), direction=(1, 0, 0), height=0.7, radius=0.5, resolution=24)


def _cup() -> pv.PolyData:
    return pv.Cone(center=(0.35, 0, 0), direction=(-1, 0, 0), height=0.7, radius=0.5, resolution=24)


def _prism(corners: int) -> pv.PolyData:
    return pv.Cylinder(center=(0.1, 0, 0), direction=(1, 0, 0), radius=0.5, height=0.25, resolution=corners)


def _frame(corners: int) -> pv.PolyData:
    """Return a prism with a hole."""
    flat = pv.Disc(inner=0.27, outer=0.5, normal=(1, 0, 0), r_res=1, c_res=corners)
    return cast("pv.PolyData", flat.translate((-0.025, 0, 0)).extrude((0.25, 0, 0), capping=True))


_SHAPES: dict[str, Callable[[], pv.PolyData]] = {
    "sphere": _sphere,
    "cube": _cube,
    "octahedron": _octahedron,
    "dome": _dome,
    "block": _block,
    "disc": _disc,
    "ring": _ring,
    "cone": _cone,
    "cup": _cup,
    **{name: partial(_prism, corners) for name, corners in CORNERS.items()},
    **{f"open {name}": partial(_frame, corners) for name, corners in CORNERS.items()},
}
