"""What a mesh file holds, whatever its format."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..model.errors import GeometryError

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Names = NDArray[np.str_]
#: What a file's parts may be called by, and what `save_mesh` wrote.
GROUPS, OBJECTS, MATERIALS, COLOURS, OWN = "groups", "objects", "materials", "colours", "own"
#: Starts a comment of `save_mesh` with a region's name in JSON; but for OBJ its number stands before the name.
OWN_REGION = "nanospine region"


@dataclass(frozen=True, eq=False)
class Raw:
    """A file as it was read.

    Attributes
    ----------
    vertices, faces
        In the file's unit, and in its order.
    names
        For each kind of part that the file has, the name of each triangle's.
    polygons
        Whether there are larger polygons, of which the triangles have no numbers.
    """

    vertices: Floats
    faces: Longs
    names: Mapping[str, Names] = field(default_factory=dict)
    polygons: bool = False


def own_names(comments: str, numbers: Longs, path: Path) -> dict[str, Names]:
    """Return the names that `save_mesh` gave to numbers of triangles, by its comments; none if there are none.

    Raises
    ------
    GeometryError
        If the comments do not name all of the numbers.
    """
    lines = re.findall(rf"{OWN_REGION} (\d+) (\".*\")", comments)
    if not lines:
        return {}
    try:
        named = {int(number): json.loads(name) for number, name in lines}
        return {OWN: np.array([named[number] for number in numbers.tolist()])}
    except (KeyError, ValueError):
        raise GeometryError(
            f"The mesh file {str(path)!r} has regions that its comments do not name; save it again, or give "
            "regions={} to read it without."
        ) from None
