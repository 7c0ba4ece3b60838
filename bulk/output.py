"""Output times and labelled results of the well-mixed engines."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model import Model, ParameterError, SimulationError, checks
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


def start_of(start: Result | Start | None, model: Model) -> Start | None:
    """Return what a run of a model goes on from, None if it begins with the model's releases.

    Raises
    ------
    ParameterError
        If it is no run and no numbers.
    SimulationError
        If the earlier run was interrupted, or was of other species or compartments.
    """
    found = start.end if isinstance(start, Result) else start
    if found is None:
        return None
    if not isinstance(found, Start):
        raise ParameterError(
            f"start is a {type(start).__name__}; give a well-mixed engine a result, or the numbers of one, result.end."
        )
    several = model.mesh.compartment_names if len(model.mesh.compartment_names) > 1 else ()
    for what, given, own in (
        ("species", found.species, model.species_names), ("compartments", found.compartments, several)
    ):  # fmt: skip
        if tuple(given) != tuple(own):
            raise SimulationError(f"The run to continue has other {what} than this model; take one of the same {what}.")
    return found


def impossible_rate(network: Network, reaction: int, rate: float, unit: str, time: float) -> SimulationError:
    """Return the error of a reaction whose law falls below zero, or is no number, at a time (s)."""
    remedy = (
        "no event can happen at a rate below zero; write what its law subtracts as a reaction of its own, which in "
        'SBML reversible="true" does, or give a law that ends at zero.'
        if np.isfinite(rate)
        else "that is no finite number; give a law that is one for all concentrations >= 0."
    )
    return SimulationError(
        f"Reaction {network.reactions[reaction]!r} has the rate {rate:.4g} {unit} at t = {time:g} s, and {remedy}"
    )


def to_result(
    model: Model, network: Network, run: Run, time: Floats, number: NDArray[Any], event: NDArray[Any] | None,
    complete: bool, seconds: float,
) -> Result:  # fmt: skip
    """Label the output of a run that took some seconds; see :class:`~nanospine.results.Result`."""
    import xarray as xr

    count = {"units": "molecules"}
    within = number.reshape(len(time), len(model.species), -1)
    variables: dict[str, Any] = {
        "number": (("time", "species"), within.sum(axis=2), count),
        "within": (("time", "species", "compartment"), within, count),
    }
    coords: dict[str, Any] = {
        "time": ("time", time, {"units": "s"}),
        "species": list(model.species_names),
        "reaction": [step.name for step in model.steps],
        "compartment": list(model.mesh.compartment_names),
    }
    if event is not None:
        of_steps = events_of_steps(network, event, len(model.steps))
        variables["event"] = (("time", "reaction"), of_steps, {"units": "events"})
    if event is not None and model.boundaries:
        crossing = np.tensordot(event, network.crossing, axes=1)
        variables["crossing"] = (("time", "boundary", "direction"), crossing, count)
        coords |= {"boundary": [f"{b.region}/{b.species}" for b in model.boundaries], "direction": ["out", "in"]}
    dataset = xr.Dataset(variables, coords, attributes(model.mesh.volume, seconds))
    return Result(dataset, run, None, complete)


def events_of_steps(network: Network, event: NDArray[Any], steps: int) -> NDArray[Any]:
    """Return the events of each reaction of the model, those in all compartments together, shape (time, steps)."""
    found = np.zeros((steps, len(event)), event.dtype)
    ours = network.step >= 0
    np.add.at(found, network.step[ours], event.T[ours])
    return found.T
