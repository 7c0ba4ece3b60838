"""Watertight triangle meshes with named regions, and the grids that engines build on them."""

from .assembly import Assembly, Compartment
from .files import load_mesh, save_mesh
from .intersections import self_intersections
from .mesh import TriangleMesh
from .patches import MembranePatches, membrane_patches
from .shapes import (
    SHAPES,
    SPINES,
    Patch,
    SpineSizes,
    box,
    capsule,
    cube,
    cubic_head,
    cylinder,
    ellipsoid,
    sphere,
    spine,
)
from .spatial import WallGrid, wall_grid
from .triangles import shared_edges
from .voxels import ReactionVoxels, reaction_voxels

__all__ = [
    "SHAPES",
    "SPINES",
    "Assembly",
    "Compartment",
    "MembranePatches",
    "Patch",
    "ReactionVoxels",
    "SpineSizes",
    "TriangleMesh",
    "WallGrid",
    "box",
    "capsule",
    "cube",
    "cubic_head",
    "cylinder",
    "ellipsoid",
    "load_mesh",
    "membrane_patches",
    "reaction_voxels",
    "save_mesh",
    "self_intersections",
    "shared_edges",
    "sphere",
    "spine",
    "wall_grid",
]
