"""A sum of sigmoids, the flat form in which kernels receive a calcium-dependent rule."""

from __future__ import annotations

from math import exp

import numpy as np
from numpy.typing import NDArray

from .jit import jit


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
