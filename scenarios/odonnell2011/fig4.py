"""Fig. 4: how long synapses of different initial strength keep it, from the Fokker-Planck equation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...bulk.fokker_planck import CONSERVATION, FokkerPlanck
from ...model.errors import ParameterError
from ..base import Claim, Outcome, RunOptions, Scenario, param
from .fig4_plot import plot_retention
from .shared import COMPENSATIONS, EXACT, INFERRED, OVER, PAPER, UNDER, check_positive
from .statistics import StatisticalParameters

if TYPE_CHECKING:
    import xarray as xr

FLIP_S = 5000.0
TOLERANCE = 0.2
"""The median has decayed when it is within this fraction of the steady-state median (Fig. 4)."""


@dataclass(frozen=True)
class Parameters(StatisticalParameters):
    """Parameters of Fig. 4."""

    initial_volumes: tuple[float, ...] = param(
        (0.02, 0.05, 0.1, 0.14, 0.18, 0.22, 0.26, 0.29), "um^3", "initial volumes", INFERRED
    )
    snapshot_times: tuple[float, ...] = param((10.0, 300.0, 3000.0, 30000.0), "s", "times of P(V)", INFERRED)
    end: float = param(1e6, "s", "longest time followed", INFERRED)
    intervals_per_decade: int = param(20, "", "output times", "resolution")
    fluctuations: tuple[float, ...] = param(
        (0.7, 0.85, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0), "", "relative fluctuation amplitudes", f"{PAPER}, Fig. 4"
    )
    tested_volume: float = param(0.26, "um^3", "initial volume of the dependence on fluctuations", INFERRED)
    weak_volume: float = param(0.02, "um^3", "weak state whose flips are counted", INFERRED)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, "initial_volumes", "snapshot_times", "end", "intervals_per_decade", "fluctuations")
        for name in ("initial_volumes", "tested_volume", "weak_volume"):
            value = np.asarray(getattr(self, name))
            if np.any((value < self.min_volume) | (value > self.max_volume)):
                raise ParameterError(
                    f"{name} is {getattr(self, name)!r}; it must lie between the limits of "
                    f"{self.min_volume} and {self.max_volume} um^3."
                )

    def times(self) -> NDArray[np.float64]:
        """Output times from 0 over 1 s to the end, with those of the flip probability and snapshots among them."""
        n = max(2, round(np.log10(self.end) * self.intervals_per_decade) + 1)
        return np.unique(np.concatenate([[0.0], np.geomspace(1.0, self.end, n), [FLIP_S], self.snapshot_times]))


def medians(equation: FokkerPlanck, path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of every distribution of ``path`` (k, n, m); shape (k, m)."""
    return np.array([[equation.median(p) for p in at.T] for at in path])


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


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Propagate every initial volume in the three relations, and repeat with other fluctuations."""
    import xarray as xr

    times = p.times()
    start = np.asarray(p.initial_volumes)
    snapshots = np.searchsorted(times, p.snapshot_times)
    tested = np.array([p.tested_volume, p.weak_volume])
    flip = int(np.searchsorted(times, FLIP_S))
    options.progress.start(len(COMPENSATIONS) * (1 + len(p.fluctuations)), "Fokker-Planck equations")
    collected: dict[str, list[Any]] = {key: [] for key in ("median", "density", "steady", "final", "retention",
                                                           "tested", "flip", "conservation")}  # fmt: skip
    for relation in COMPENSATIONS:
        equation = p.equation(relation)
        steady = equation.steady_state()
        path = equation.propagate(equation.point(start), times)
        median = medians(equation, path)
        collected["median"].append(median)
        collected["density"].append(path[snapshots] / equation.width)
        collected["steady"].append(steady / equation.width)
        collected["final"].append(equation.median(steady))
        collected["retention"].append(retention_times(times, median, equation.median(steady)))
        collected["conservation"].append(equation.conservation_error)
        options.progress.advance(1)
        by_fluctuation = []
        for fluctuation in p.fluctuations:
            other = p.equation(relation, fluctuation)
            path = other.propagate(other.point(tested), times)
            final = other.median(other.steady_state())
            upper = other.centres > p.max_volume / 2.0
            by_fluctuation.append((retention_times(times, medians(other, path[:, :, :1]), final)[0],
                                   path[flip, upper, 1].sum()))  # fmt: skip
            options.progress.advance(1)
        collected["tested"].append([row[0] for row in by_fluctuation])
        collected["flip"].append([row[1] for row in by_fluctuation])
    arrays = {key: np.array(value) for key, value in collected.items()}
    return xr.Dataset(
        {
            "median": (("relation", "time", "initial"), arrays["median"], {"units": "um^3"}),
            "density": (("relation", "snapshot", "volume", "initial"), arrays["density"], {"units": "1/um^3"}),
            "steady_density": (("relation", "volume"), arrays["steady"], {"units": "1/um^3"}),
            "steady_median": ("relation", arrays["final"], {"units": "um^3"}),
            "retention_time": (("relation", "initial"), arrays["retention"], {"units": "s"}),
            "retention_by_fluctuation": (("relation", "fluctuation"), arrays["tested"], {"units": "s"}),
            "flip_probability": (("relation", "fluctuation"), arrays["flip"], {"units": "1"}),
            "conservation_error": ("relation", arrays["conservation"], {"units": "1"}),
        },
        coords={
            "relation": [relation.name for relation in COMPENSATIONS],
            "time": ("time", times, {"units": "s"}),
            "initial": ("initial", start, {"units": "um^3"}),
            "snapshot": ("snapshot", times[snapshots], {"units": "s"}),
            "volume": ("volume", equation.centres, {"units": "um^3"}),
            "fluctuation": ("fluctuation", list(p.fluctuations)),
        },
    )


def finite(times: NDArray[np.float64], p: Parameters) -> NDArray[np.float64]:
    """Replace retention times beyond the end of the run by its end: lower bounds."""
    return np.minimum(times, p.end)


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Check the statements of the figure."""
    retention = {name: finite(data["retention_time"].sel(relation=name).values, p) for name in data["relation"].values}
    strongest = int(np.argmax(p.initial_volumes))
    under, exact, _over = (retention[relation.name][strongest] for relation in (UNDER, EXACT, OVER))
    above = np.asarray(p.initial_volumes) > 1.5 * float(data["steady_median"].sel(relation=UNDER.name))
    times = retention[UNDER.name][above]
    volumes = np.asarray(p.initial_volumes)[above]
    power = float(np.polyfit(np.log(volumes), np.log(times), 1)[0])
    exact_above = retention[EXACT.name][above]
    exact_power = float(np.polyfit(np.log(volumes), np.log(exact_above), 1)[0])
    flips = data["flip_probability"].sel(relation=OVER.name).values
    unsettled = np.asarray(p.initial_volumes) < float(data["steady_median"].sel(relation=OVER.name)) / 3.0
    persistent = float(retention[OVER.name][unsettled].min())
    at_one = int(np.argmin(np.abs(np.asarray(p.fluctuations) - 1.0)))
    by_fluctuation = data["retention_by_fluctuation"]
    advantage = by_fluctuation.sel(relation=UNDER.name).values / by_fluctuation.sel(relation=EXACT.name).values
    return [
        Claim("under-outlasts-exact", "The strongest synapses last longer in undercompensation than in exact "
              "compensation", under / exact, None, bool(under > exact), "ratio of retention times > 1"),
        Claim("over-outlasts-under", "In overcompensation synapses on the minority side of the threshold "
              "last longer than the strongest ones in undercompensation", persistent / under, None,
              bool(persistent > under), "ratio of retention times > 1"),
        Claim("rises-steeply", "In undercompensation retention rises steeply with initial strength", power, None,
              bool(power > 2.0 and np.all(np.diff(times) > 0)), "rising, as a power > 2 of the volume"),
        Claim("steeper-than-exact", "The rise is steeper than in exact compensation", power - exact_power, None,
              bool(power > exact_power), "difference of the powers > 0"),
        Claim("order-robust", f"At {p.tested_volume:g} um^3 undercompensation outlasts exact compensation at every "
              "fluctuation amplitude", float(advantage.min()), None, bool(advantage.min() > 1.0),
              "smallest ratio of retention times > 1"),
        Claim("weak-state-persists", "In overcompensation the weak state rarely flips within 5000 s",
              float(flips[at_one]), None, bool(flips[at_one] < 0.01), "P(V > Vmax/2) < 0.01"),
        Claim("fluctuations-flip", "Flips become more probable with the fluctuation amplitude",
              float(flips[-1]), None, bool(np.all(np.diff(flips) > 0)), "P(V > Vmax/2) rises at every step"),
        Claim("conserved", "Every Fokker-Planck step conserves probability",
              float(data["conservation_error"].max()), None,
              bool(data["conservation_error"].max() <= CONSERVATION), "largest change in a step <= 1e-12"),
    ]  # fmt: skip


def retention_table(p: Parameters, data: xr.Dataset) -> list[dict[str, Any]]:
    """List the retention time of every initial volume; a bound where the run ended first."""
    rows = []
    for j, volume in enumerate(p.initial_volumes):
        row: dict[str, Any] = {"initial volume (um^3)": volume}
        for name in data["relation"].values:
            value = float(data["retention_time"].sel(relation=name)[j])
            row[f"{name} (s)"] = f"{value:.0f}" if np.isfinite(value) else f"> {p.end:.0f}"
        rows.append(row)
    return rows


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Propagate the distributions, check the statements and draw the figure."""
    data = compute(p, options)
    tables = {"Retention time": retention_table(p, data)}
    data["retention_time"] = data["retention_time"].clip(max=p.end)
    data["retention_by_fluctuation"] = data["retention_by_fluctuation"].clip(max=p.end)
    for name in ("retention_time", "retention_by_fluctuation"):
        data[name].attrs.update(units="s", comment=f"{p.end:g} stands for a longer time")
    return Outcome(claims(p, data), data, {"odonnell2011_fig4": plot_retention(data)}, tables)


SCENARIO = Scenario(
    name="odonnell2011.fig4",
    title="Retention of synaptic strength in the three relations",
    figure="Fig. 4",
    engine="fokker-planck",
    expected="20 s; 8 s with --quick",
    parameters=Parameters,
    run=run,
    quick={"end": 1e5, "intervals_per_decade": 10, "fluctuations": (0.7, 1.0, 3.0)},
)
