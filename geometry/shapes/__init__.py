"""The shapes that nanospine can make: a new one is a small file and a row in ``SHAPES``."""

from __future__ import annotations

from collections.abc import Callable

from ..mesh import TriangleMesh
from .ball import ellipsoid, sphere
from .box import Patch, box, cube, cubic_head
from .revolved import capsule, cylinder
from .spine import SPINES, SpineSizes, spine

SHAPES: dict[str, Callable[..., TriangleMesh]] = {
    "box": box,
    "capsule": capsule,
    "cube": cube,
    "cubic_head": cubic_head,
    "cylinder": cylinder,
    "ellipsoid": ellipsoid,
    "sphere": sphere,
    "spine": spine,
}

__all__ = [
    "SHAPES",
    "SPINES",
    "Patch",
    "SpineSizes",
    "box",
    "capsule",
    "cube",
    "cubic_head",
    "cylinder",
    "ellipsoid",
    "sphere",
    "spine",
]
