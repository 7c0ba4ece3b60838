"""Numbers and small helpers that the figures of O'Donnell et al. (2011) share.

The plasticity rule is ``plasticity.CalciumRule``. Strength is proportional to head volume V, and calcium influx
is J = k V^alpha (Methods): exact compensation alpha = 1, undercompensation alpha < 1, overcompensation alpha > 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from ...model.errors import ParameterError
from ...plasticity import CalciumRule
from ...viz.style import BLUE, GREEN, RED

PAPER = "O'Donnell et al. 2011"
METHODS = f"{PAPER}, Methods"
INFERRED = "inferred"
UNCHANGED = 0.05
"""Plasticity that is slower than this part of the fastest counts as none."""


@dataclass(frozen=True)
class Compensation:
    """One of the three relations of calcium influx to volume.

    Parameters
    ----------
    name : str
        As in the paper.
    alpha : float
        Exponent of the influx.
    influx : float
        k of the integrate-and-fire model (uM um^(3 - 3 alpha)/s; Methods).
    colour : str
        In every figure.
    """

    name: str
    alpha: float
    influx: float
    colour: str


UNDER = Compensation("undercompensation", 0.0, 6.0, BLUE)
EXACT = Compensation("exact compensation", 1.0, 833.3, GREEN)
OVER = Compensation("overcompensation", 2.0, 1e5, RED)
COMPENSATIONS = (UNDER, EXACT, OVER)


def rule_rows(scale: float) -> NDArray[np.float64]:
    """Rows of the plasticity rule with a potentiation rate of ``scale`` and a depression rate of half of it."""
    return CalciumRule(eta_p=scale, eta_d=scale / 2.0).sigmoids


def check_limits(lower: float, upper: float, what: str, unit: str) -> None:
    """Refuse limits that are reversed."""
    if not lower < upper:
        raise ParameterError(
            f"The limits of the {what} are {lower} and {upper} {unit}; the lower must be less than the upper."
        )


def sign_changes(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[tuple[float, int]]:
    """Return where y(x) changes sign, by linear interpolation, and the sign after it; zeros are passed over."""
    keep = np.flatnonzero(y)
    x, sign = x[keep], np.sign(y[keep])
    y = y[keep]
    at = np.flatnonzero(np.diff(sign))
    return [(float(x[i] - y[i] * (x[i + 1] - x[i]) / (y[i + 1] - y[i])), int(sign[i + 1])) for i in at]


def outcomes(rates: NDArray[np.float64]) -> list[int]:
    """Return the directions of plasticity along a curve: 1 up, -1 down, 0 for an end that is hardly plastic."""
    direction = np.where(np.abs(rates) < UNCHANGED * np.abs(rates).max(), 0, np.sign(rates)).astype(int)
    runs = direction[np.r_[True, np.diff(direction) != 0]]
    # Between two directions a curve passes through zero.
    return [int(d) for k, d in enumerate(runs) if d != 0 or k in (0, runs.size - 1)]


def differ(found: Sequence[int], said: Sequence[int]) -> int:
    """Return how many outcomes are not as the paper says, missing and superfluous ones included."""
    return sum(a != b for a, b in zip_longest(found, said))
