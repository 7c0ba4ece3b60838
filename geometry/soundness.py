"""Whether closed surfaces pass through themselves or lie in one another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model.errors import GeometryError
from .checks import components


def check_sound(vertices: NDArray[np.float64], faces: NDArray[np.int64], name: str) -> None:
    """Refuse a surface that passes through itself, or of which one part lies in another."""
    from .intersections import check_self_intersections

    check_self_intersections(vertices, faces, name)
    _check_nesting(vertices, faces, name)


def nested_parts(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> list[int]:
    """Return the numbers of the closed parts that lie inside of another."""
    from .columns import column_index, points_inside

    part, found = components(faces, len(vertices)), []
    for number in np.unique(part).tolist() if part.any() else ():
        others = np.ascontiguousarray(faces[part != number])
        own = vertices[np.unique(faces[part == number])]
        if points_inside(vertices, others, *column_index(vertices, others), own).all():
            found.append(number)
    return found


def _check_nesting(vertices: NDArray[np.float64], faces: NDArray[np.int64], name: str) -> None:
    """Refuse a closed part inside another: both face outwards, so that its inside would count twice."""
    for number in nested_parts(vertices, faces):
        raise GeometryError(
            f"Closed part {number} of {name!r} lies inside another; remove one, or unite the two with unite=True."
        )
