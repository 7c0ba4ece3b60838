"""Weights that are driven and decay, ``dw/dt = drive - decay w``: exact while both are constant."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import exprel

Floats = NDArray[np.float64]


def follow(initial: float, drive: Floats, decay: Floats, durations: Floats) -> Floats:
    """Return the weight before and after each of n intervals.

    Parameters
    ----------
    initial : float
        Before the first.
    drive : ndarray, shape (n,)
        In weight/s.
    decay : ndarray, shape (n,)
        In 1/s, >= 0.
    durations : ndarray, shape (n,)
        In s.

    Returns
    -------
    ndarray, shape (n + 1,)
    """
    exponent = decay * durations
    keep = np.exp(-exponent)
    # exprel(-x) = (1 - exp(-x))/x is 1 at x = 0, where nothing decays.
    gain = drive * durations * exprel(-exponent)
    weight = np.empty(durations.size + 1)
    weight[0] = initial
    for k in range(durations.size):
        weight[k + 1] = keep[k] * weight[k] + gain[k]
    return weight
