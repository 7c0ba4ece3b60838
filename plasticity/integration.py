"""Rules that are differential equations, followed in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.errors import SimulationError

Floats = NDArray[np.float64]

#: Of a slope; a run takes some thousands.
MOST_EVALUATIONS = 100_000


def follow(
    what: str, slope: Callable[[float, Floats], Any], start: Any, time: Floats, rtol: float, atol: float | Floats
) -> Floats:
    """Return the states at times (s), the first of which is the start; shape (states, times).

    Raises
    ------
    SimulationError
        If the state runs away, or changes too fast to be followed.
    """
    from scipy.integrate import solve_ivp

    evaluations, now = 0, float(time[0])

    def counted(at: float, state: Floats) -> Any:
        nonlocal evaluations, now
        evaluations, now = evaluations + 1, at
        change = slope(at, state)
        if evaluations > MOST_EVALUATIONS or not np.isfinite(change).all():
            raise SimulationError(
                f"{what}: the weights could not be followed beyond {now:g} s; look for rates that are far too fast."
            )
        return change

    with np.errstate(over="ignore", invalid="ignore"):
        run = solve_ivp(counted, (time[0], time[-1]), start, "LSODA", t_eval=time, rtol=rtol, atol=atol)
    if not run.success or not np.isfinite(run.y).all():
        raise SimulationError(f"{what}: the weights could not be followed beyond {run.t[-1]:g} s ({run.message}).")
    return np.asarray(run.y)
