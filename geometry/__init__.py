"""Watertight triangle meshes with named regions, and the grids that engines build on them."""

from .mesh import TriangleMesh
from .shapes import SHAPES, Patch, box, cube, cubic_head, ellipsoid, sphere
from .spatial import WallGrid, wall_grid
from .voxels import ReactionVoxels, reaction_voxels

__all__ = [
    "SHAPES",
    "Patch",
    "ReactionVoxels",
    "TriangleMesh",
    "WallGrid",
    "box",
    "cube",
    "cubic_head",
    "ellipsoid",
    "reaction_voxels",
    "sphere",
    "wall_grid",
]
