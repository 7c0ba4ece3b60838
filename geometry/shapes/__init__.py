"""The shapes that nanospine can make: a new one is a small file and a row in ``SHAPES``."""

from __future__ import annotations

from collections.abc import Callable

from ..mesh import TriangleMesh
from .ball import ellipsoid, sphere
from .box import Patch, box, cube, cubic_head

SHAPES: dict[str, Callable[..., TriangleMesh]] = {
    "box": box,
    "cube": cube,
    "cubic_head": cubic_head,
    "sphere": sphere,
    "ellipsoid": ellipsoid,
}

__all__ = ["SHAPES", "Patch", "box", "cube", "cubic_head", "ellipsoid", "sphere"]
