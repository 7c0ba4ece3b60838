"""Arrays as meshes keep them, and points as they are asked about."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model.errors import GeometryError


def points_array(points: ArrayLike) -> NDArray[np.float64]:
    """Return points (um) as an array of shape (points, 3).

    Raises
    ------
    GeometryError
        If they have another shape or are not finite.
    """
    array = np.ascontiguousarray(points, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != 3:
        raise GeometryError(f"The points have shape {array.shape}; give (points, 3) coordinates in um.")
    if not np.isfinite(array).all():
        first = int(np.argmin(np.isfinite(array).all(axis=1)))
        raise GeometryError(f"Point {first} is {array[first].tolist()}; give finite coordinates in um.")
    return array


def own(values: ArrayLike, dtype: type[Any]) -> NDArray[Any]:
    """Return a read-only, C-contiguous copy."""
    try:
        array = np.array(values, dtype=dtype, order="C")
    except (TypeError, ValueError) as error:
        raise GeometryError(f"Mesh arrays must be rectangular and numeric: {error}.") from error
    array.flags.writeable = False
    return array


def whole(values: ArrayLike, what: str) -> NDArray[Any]:
    """Return an array of whole numbers; refuse others."""
    array = np.asarray(values)
    if not np.issubdtype(array.dtype, np.integer):
        raise GeometryError(f"The {what} are {array.dtype}; give whole numbers.")
    return array
