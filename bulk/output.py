"""Output times and labelled results of the well-mixed engines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model import ParameterError, SimulationError, checks
from ..results import Result, environment
from .network import Floats, Network

#: Rows of output unless an interval is given.
DEFAULT_ROWS = 1000


def output_times(duration: float, every: float | None, start: float) -> Floats:
    """Return the times of the output (s), from ``start`` on, the end included.

    Raises
    ------
    ParameterError
        If a time is not positive or the interval does not divide the duration.
    """
    checks.positive("duration (s)", duration, error=ParameterError)
    interval = duration / DEFAULT_ROWS if every is None else every
    checks.positive("every (s)", interval, error=ParameterError)
    rows = round(duration / interval)
    if rows < 1 or abs(rows * interval - duration) > 1e-6 * interval:
        raise ParameterError(f"duration is {duration:g} s, {duration / interval:g} times every = {interval:g} s; "
                             "give a whole multiple.")  # fmt: skip
    return start + np.linspace(0.0, duration, rows + 1)


def between(start: float, stop: float, *times: ArrayLike) -> Floats:
    """Return the given times (s) between two others, with these, sorted."""
    inner = np.unique(np.concatenate([np.asarray(part, dtype=np.float64) for part in times]))
    return np.concatenate([[start], inner[(inner > start) & (inner < stop)], [stop]])


def check_start(start: Result | None, network: Network) -> float:
    """Return the time (s) at which a run begins: 0, or the end of the run that it continues.

    Raises
    ------
    SimulationError
        If the earlier run was interrupted, or was of other species.
    """
    if start is None:
        return 0.0
    if not start.complete:
        raise SimulationError("The run to continue was interrupted; run it to its end first.")
    if tuple(map(str, start.dataset["species"].values)) != network.species:
        raise SimulationError("The run to continue has other species than this model; take one of the same species.")
    return float(start.time[-1])


def to_result(
    network: Network, time: Floats, number: NDArray[Any], event: NDArray[Any] | None, complete: bool,
    attributes: Mapping[str, object],
) -> Result:  # fmt: skip
    """Label the output of a run; see :class:`~nanospine.results.Result`."""
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
        attrs={
            "kind": "nanospine result",
            "format_version": 1,
            "volume_um3": network.volume,
            "environment": json.dumps(environment()),
            **attributes,
        },
    )
    return Result(dataset, None, complete)
