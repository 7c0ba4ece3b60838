"""A sum of sigmoids, the flat form in which kernels receive a calcium-dependent rule."""

from __future__ import annotations

from math import exp

import numpy as np
from numpy.typing import NDArray

from ..jit import jit
from ..model.errors import ParameterError


@jit
def sum_of_sigmoids(x: float, rows: NDArray[np.float64]) -> tuple[float, float]:
    """Return sum_i height_i / (1 + exp(-(x - centre_i)/width_i)) and its derivative; rows (n, 3)."""
    value = 0.0
    slope = 0.0
    for i in range(rows.shape[0]):
        s = 1.0 / (1.0 + exp(-(x - rows[i, 1]) / rows[i, 2]))
        value += rows[i, 0] * s
        slope += rows[i, 0] * s * (1.0 - s) / rows[i, 2]
    return value, slope


def check_rows(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``rows`` as a contiguous float array (n, 3).

    Raises
    ------
    ParameterError
        If the shape is not (n, 3), an entry is not finite or a width is not positive.
    """
    rows = np.ascontiguousarray(rows, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != 3:
        raise ParameterError(
            f"A plasticity rule has shape {rows.shape}; give rows of (height, centre in uM, width in uM)."
        )
    if not np.all(np.isfinite(rows)) or np.any(rows[:, 2] <= 0):
        raise ParameterError(
            f"A plasticity rule has rows {rows.tolist()}; every entry must be finite and every width > 0."
        )
    return rows
