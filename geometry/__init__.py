"""Watertight triangle meshes with named regions, and the grids that engines build on them: what other rooms use."""

from .assembly import Assembly, Compartment
from .files import load_mesh, repair_mesh, save_mesh
from .intersections import self_intersections
from .mesh import TriangleMesh
from .parts import part_volume
from .patches import MembranePatches, membrane_patches
from .shapes.ball import sphere
from .shapes.box import Patch, box, cube, cubic_head
from .shapes.revolved_spine import revolved_spine
from .shapes.spine import spine
from .spatial import WallGrid, wall_grid
from .triangles import shared_edges
from .voxels import ReactionVoxels, reaction_voxels

__all__ = [
    "Assembly",
    "Compartment",
    "MembranePatches",
    "Patch",
    "ReactionVoxels",
    "TriangleMesh",
    "WallGrid",
    "box",
    "cube",
    "cubic_head",
    "load_mesh",
    "membrane_patches",
    "part_volume",
    "reaction_voxels",
    "repair_mesh",
    "revolved_spine",
    "save_mesh",
    "self_intersections",
    "shared_edges",
    "sphere",
    "spine",
    "wall_grid",
]
