"""Watertight triangle meshes with named regions, and the grids that engines build on them."""

from .mesh import TriangleMesh
from .shapes import SHAPES, Patch, box, cube, cubic_head, ellipsoid, sphere

__all__ = ["SHAPES", "Patch", "TriangleMesh", "box", "cube", "cubic_head", "ellipsoid", "sphere"]
