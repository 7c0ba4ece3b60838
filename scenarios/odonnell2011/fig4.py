"""Fig. 4: how long synapses of different initial strength keep it, from the Fokker-Planck equation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...plasticity.fokker_planck import FokkerPlanck
from ..base import Outcome, RunOptions, Scenario
from . import untested
from .fig4_claims import claims
from .fig4_parameters import Parameters
from .fig4_plot import plot_retention
from .shared import COMPENSATIONS, Compensation

if TYPE_CHECKING:
    import xarray as xr

TOLERANCE = 0.2
"""The median has decayed when it is within this fraction of the steady-state median (Fig. 4)."""


def retention_times(times: NDArray[np.float64], median: NDArray[np.float64], final: float) -> NDArray[np.float64]:
    """Return when each median (k, m) first comes within 20 % of the final one, by interpolation; inf if never."""
    distance = np.abs(median - final) / final - TOLERANCE
    found = np.full(median.shape[1], np.inf)
    for j in range(median.shape[1]):
        inside = np.flatnonzero(distance[:, j] <= 0)
        if inside.size:
            k = inside[0]
            found[j] = times[k]
            if k > 0:
                before, after = distance[k - 1, j], distance[k, j]
                found[j] = times[k - 1] + (times[k] - times[k - 1]) * before / (before - after)
    return found


def medians(equation: FokkerPlanck, path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of every distribution of ``path`` (k, n, m); shape (k, m)."""
    return np.array([[equation.median(p) for p in at.T] for at in path])


def follow(p: Parameters, relation: Compensation, fluctuation: float) -> dict[str, Any]:
    """Propagate every initial volume, both small excursions and the minimum; return what the figure shows of them."""
    times, n = p.times(), len(p.initial_volumes)
    equation = p.equation(relation, fluctuation)
    starts = [*p.initial_volumes, *p.excursions(relation), p.limits(relation)[0]]
    path = equation.propagate(equation.point(starts), times)
    median = medians(equation, path)
    mean = np.array([equation.mean(at) for at in path])
    steady = equation.steady_state()
    steady_median, steady_mean = equation.median(steady), float(equation.mean(steady))
    strong = equation.centres > p.max_volume / 2.0
    return {
        "median": median[:, :n],
        "excursion": median[:, n : n + 2],
        "density": path[np.searchsorted(times, p.snapshot_times), :, :n] / equation.width,
        "steady_density": steady / equation.width,
        "steady_median": steady_median,
        "retention_time": np.minimum(retention_times(times, median[:, :n], steady_median), p.end),
        "retention_of_mean": np.minimum(retention_times(times, mean[:, :n], steady_mean), p.end),
        "flip_probability": path[np.searchsorted(times, p.flip_times)][:, strong, -1].sum(axis=1),
        "conservation_error": equation.conservation_error,
        "drift": p.process(relation, fluctuation).drift(equation.centres),
        "volume": equation.centres,
    }


DIMENSIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "median": (("time", "initial"), "um^3"),
    "excursion": (("time", "limit"), "um^3"),
    "density": (("snapshot", "cell", "initial"), "1/um^3"),
    "steady_density": (("cell",), "1/um^3"),
    "steady_median": ((), "um^3"),
    "retention_time": (("initial",), "s"),
    "retention_of_mean": (("initial",), "s"),
    "flip_probability": (("flip_time",), "1"),
    "conservation_error": ((), "1"),
    "drift": (("cell",), "um^3/s"),
    "volume": (("cell",), "um^3"),
}


def assemble(p: Parameters, followed: list[list[dict[str, Any]]]) -> xr.Dataset:
    """Put together what was followed in each relation at each fluctuation amplitude."""
    import xarray as xr

    data = xr.Dataset(
        {name: (("relation", "fluctuation", *dims), np.array([[cell[name] for cell in row] for row in followed]),
                {"units": unit})
         for name, (dims, unit) in DIMENSIONS.items()},
        coords={
            "relation": [relation.name for relation in COMPENSATIONS],
            "fluctuation": ("fluctuation", list(p.fluctuations)),
            "time": ("time", p.times(), {"units": "s"}),
            "initial": ("initial", list(p.initial_volumes), {"units": "um^3"}),
            "limit": ["lower", "upper"],
            "snapshot": ("snapshot", list(p.snapshot_times), {"units": "s"}),
            "flip_time": ("flip_time", list(p.flip_times), {"units": "s"}),
        },
    )  # fmt: skip
    for name in ("retention_time", "retention_of_mean"):
        data[name].attrs["comment"] = f"{p.end:g} stands for a longer time"
    return data


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Propagate every initial volume in the three relations at every fluctuation amplitude."""
    options.progress.start(len(COMPENSATIONS) * len(p.fluctuations), "Fokker-Planck equations")
    followed: list[list[dict[str, Any]]] = []
    for relation in COMPENSATIONS:
        followed.append([])
        for fluctuation in p.fluctuations:
            followed[-1].append(follow(p, relation, fluctuation))
            options.progress.advance(1)
    return assemble(p, followed)


def retention_table(p: Parameters, data: xr.Dataset, fluctuation: float) -> list[dict[str, Any]]:
    """List the retention time of every initial volume; a bound where the run ended first."""
    at = data["retention_time"].sel(fluctuation=fluctuation)
    rows = []
    for j, volume in enumerate(p.initial_volumes):
        row: dict[str, Any] = {"initial volume (um^3)": volume}
        for name in data["relation"].values:
            value = float(at.sel(relation=name)[j])
            row[f"{name} (s)"] = f"{value:.0f}" if value < p.end else f"> {p.end:.0f}"
        rows.append(row)
    return rows


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Propagate the distributions, check the statements and draw the figure."""
    data = compute(p, options)
    largest = max(p.fluctuations)
    tables = {
        "Retention time": retention_table(p, data, 1.0),
        f"Retention time, fluctuations x {largest:g}": retention_table(p, data, largest),
    }
    return Outcome(claims(p, data), data, {"odonnell2011_fig4": plot_retention(data)}, tables)


SCENARIO = Scenario(
    name="odonnell2011.fig4",
    title="Retention of synaptic strength in the three relations",
    figure="O'Donnell et al. 2011, Fig. 4",
    engine="fokker-planck",
    expected="60 s; 20 s with --quick",
    parameters=Parameters,
    run=run,
    untested=untested.FIG4,
    quick={"end": 5e5, "intervals_per_decade": 10, "fluctuations": (0.5, 1.0, 2.0, 6.0)},
)
