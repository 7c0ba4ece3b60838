"""Output times and labelled results of the well-mixed engines."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model import ParameterError, SimulationError, checks
from ..results import Result, Run, Start, attributes
from .network import Floats, Network

#: Rows of output unless an interval is given.
DEFAULT_ROWS = 1000


def output_interval(duration: float, every: float | None) -> float:
    """Return the interval of the output (s), a thousandth of the duration unless it is given.

    Raises
    ------
    ParameterError
        If a time is not positive.
    """
    checks.positive("duration (s)", duration, error=ParameterError)
    interval = duration / DEFAULT_ROWS if every is None else every
    checks.positive("every (s)", interval, error=ParameterError)
    return interval


def output_times(duration: float, interval: float, start: float) -> Floats:
    """Return the times of the output (s), from ``start`` on: at every interval, and at the end."""
    rows = round(duration / interval)
    if rows >= 1 and abs(rows * interval - duration) <= 1e-6 * interval:
        return start + np.linspace(0.0, duration, rows + 1)
    return start + np.append(np.arange(0.0, duration, interval), duration)


def between(start: float, stop: float, *times: ArrayLike) -> Floats:
    """Return the given times (s) between two others, with these, sorted."""
    inner = np.unique(np.concatenate([np.asarray(part, dtype=np.float64) for part in times]))
    return np.concatenate([[start], inner[(inner > start) & (inner < stop)], [stop]])


def start_of(start: Result | Start | None, network: Network) -> Start | None:
    """Return what a run goes on from, None if it begins with the model's releases.

    Raises
    ------
    ParameterError
        If it is no run and no numbers.
    ParameterError
        If it is no run.
    SimulationError
        If the earlier run was interrupted, or was of other species.
    """
    found = start.end if isinstance(start, Result) else start
    if found is None:
        return None
    if not isinstance(found, Start):
        raise ParameterError(
            f"start is a {type(start).__name__}; give a well-mixed engine a result, or the numbers of one, result.end."
        )
    if found.species != network.species:
        raise SimulationError("The run to continue has other species than this model; take one of the same species.")
    return found


def negative_rate(network: Network, reaction: int, value: str, time: float) -> SimulationError:
    """Return the error of a reaction whose law falls below zero at a time (s)."""
    return SimulationError(
        f"Reaction {network.reactions[reaction]!r} has the rate {value} at t = {time:g} s, and no event can happen at "
        "a rate below zero; write what its law subtracts as a reaction of its own, which in SBML "
        'reversible="true" does, or give a law that ends at zero.'
    )


def to_result(
    network: Network, run: Run, time: Floats, number: NDArray[Any], event: NDArray[Any] | None, complete: bool,
    seconds: float,
) -> Result:  # fmt: skip
    """Label the output of a run that took some seconds; see :class:`~nanospine.results.Result`."""
    import xarray as xr

    variables: dict[str, Any] = {"number": (("time", "species"), number, {"units": "molecules"})}
    if event is not None:
        variables["event"] = (("time", "reaction"), event, {"units": "events"})
    dataset = xr.Dataset(
        variables,
        coords={
            "time": ("time", time, {"units": "s"}),
            "species": list(network.species),
            "reaction": list(network.reactions),
        },
        attrs=attributes(network.volume, seconds),
    )
    return Result(dataset, run, None, complete)
