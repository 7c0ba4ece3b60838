"""Times as numbers of time steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model import ParameterError, checks


def frame_step(time: float, first: int, steps: int, dt: float) -> int:
    """Return the step nearest to a time (s), in a run of so many steps from the first on.

    Raises
    ------
    ParameterError
        If the time lies outside the run.
    """
    step = round(time / dt)
    if not first <= step <= first + steps:
        raise ParameterError(
            f"A frame is asked for at {time:g} s; the run lasts from {first * dt:g} to {(first + steps) * dt:g} s."
        )
    return step


def row_steps(steps: int, interval: int) -> NDArray[np.int64]:
    """Return after how many steps a run of so many has its rows of output: at every interval, and at its end."""
    return np.append(np.arange(0, steps, interval), steps)


def whole_steps(what: str, seconds: float, dt: float) -> int:
    """Return how many steps a time is.

    Raises
    ------
    ParameterError
        If it is not a positive whole number of steps.
    """
    checks.positive(f"{what} (s)", seconds, error=ParameterError)
    steps = round(seconds / dt)
    if steps < 1 or abs(seconds / dt - steps) > 1e-6 * steps:
        raise ParameterError(
            f"{what} is {seconds:g} s, {seconds / dt:g} time steps of {dt:g} s; "
            "give a whole multiple, or a step that divides it."
        )
    return steps
