"""Numbers and small helpers that the figures of O'Donnell et al. (2011) share.

The plasticity rule is ``plasticity.CalciumRule``. Strength is proportional to head volume V, and calcium influx
is J = k V^alpha (Methods): exact compensation alpha = 1, undercompensation alpha < 1, overcompensation alpha > 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...model.errors import ParameterError
from ...plasticity import CalciumRule
from ...viz.style import BLUE, GREEN, RED

PAPER = "O'Donnell et al. 2011"
METHODS = f"{PAPER}, Methods"
INFERRED = "inferred"


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
