"""Fig. 4: how long synapses of different initial strength keep it, from the Fokker-Planck equation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...model.errors import ParameterError
from ...plasticity.fokker_planck import CONSERVATION, FokkerPlanck
from ..base import Outcome, RunOptions, Scenario, check_positive, param
from ..claims import Claim, above, at_most, below, claim
from .fig4_plot import plot_retention
from .shared import COMPENSATIONS, EXACT, INFERRED, OVER, PAPER, UNDER, Compensation
from .volume_model import StatisticalParameters

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
        self.check_grid(min(self.fluctuations))

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


def follow(p: Parameters, relation: Compensation, times: NDArray[np.float64]) -> dict[str, Any]:
    """Propagate every initial volume and return what the figure shows of one relation."""
    equation = p.equation(relation)
    steady = equation.steady_state()
    path = equation.propagate(equation.point(p.initial_volumes), times)
    median = medians(equation, path)
    snapshots = np.searchsorted(times, p.snapshot_times)
    return {
        "median": median,
        "density": path[snapshots] / equation.width,
        "steady_density": steady / equation.width,
        "steady_median": equation.median(steady),
        "retention_time": np.minimum(retention_times(times, median, equation.median(steady)), p.end),
        "conservation_error": equation.conservation_error,
    }


def perturb(
    p: Parameters, relation: Compensation, fluctuation: float, times: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the retention time of the tested volume and the flip probability of the weak state."""
    equation = p.equation(relation, fluctuation)
    path = equation.propagate(equation.point([p.tested_volume, p.weak_volume]), times)
    final = equation.median(equation.steady_state())
    retention = min(retention_times(times, medians(equation, path[:, :, :1]), final)[0], p.end)
    flipped = path[np.searchsorted(times, FLIP_S), equation.centres > p.max_volume / 2.0, 1].sum()
    return float(retention), float(flipped)


DIMENSIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "median": (("relation", "time", "initial"), "um^3"),
    "density": (("relation", "snapshot", "volume", "initial"), "1/um^3"),
    "steady_density": (("relation", "volume"), "1/um^3"),
    "steady_median": (("relation",), "um^3"),
    "retention_time": (("relation", "initial"), "s"),
    "conservation_error": (("relation",), "1"),
}


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Propagate every initial volume in the three relations, and repeat with other fluctuations."""
    import xarray as xr

    times = p.times()
    options.progress.start(len(COMPENSATIONS) * (1 + len(p.fluctuations)), "Fokker-Planck equations")
    followed, perturbed = [], []
    for relation in COMPENSATIONS:
        followed.append(follow(p, relation, times))
        options.progress.advance(1)
        for fluctuation in p.fluctuations:
            perturbed.append(perturb(p, relation, fluctuation, times))
            options.progress.advance(1)
    by_fluctuation = np.array(perturbed).reshape(len(COMPENSATIONS), len(p.fluctuations), 2)
    bounded = {"units": "s", "comment": f"{p.end:g} stands for a longer time"}
    data = xr.Dataset(
        {name: (dims, np.array([row[name] for row in followed]), {"units": unit})
         for name, (dims, unit) in DIMENSIONS.items()}
        | {"retention_by_fluctuation": (("relation", "fluctuation"), by_fluctuation[..., 0], bounded),
           "flip_probability": (("relation", "fluctuation"), by_fluctuation[..., 1], {"units": "1"})},
        coords={
            "relation": [relation.name for relation in COMPENSATIONS],
            "time": ("time", times, {"units": "s"}),
            "initial": ("initial", list(p.initial_volumes), {"units": "um^3"}),
            "snapshot": ("snapshot", list(p.snapshot_times), {"units": "s"}),
            "volume": ("volume", p.equation(UNDER).centres, {"units": "um^3"}),
            "fluctuation": ("fluctuation", list(p.fluctuations)),
        },
    )  # fmt: skip
    data["retention_time"].attrs.update(bounded)
    return data


def power_of_volume(volumes: NDArray[np.float64], times: NDArray[np.float64]) -> float:
    """Return d ln(time)/d ln(volume) over the retention times > 0; 0 if there are fewer than two."""
    lost = times > 0
    if lost.sum() < 2:
        return 0.0
    return float(np.polyfit(np.log(volumes[lost]), np.log(times[lost]), 1)[0])


def quotient(times: Any, others: Any) -> Any:
    """Return the ratio of retention times, taking those below the first output time (1 s) as that."""
    return np.maximum(times, 1.0) / np.maximum(others, 1.0)


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Check the statements of the figure."""
    retention = {relation: data["retention_time"].sel(relation=relation.name).values for relation in COMPENSATIONS}
    strongest = int(np.argmax(p.initial_volumes))
    under, exact, over = retention[UNDER][strongest], retention[EXACT][strongest], retention[OVER].max()
    above_median = np.asarray(p.initial_volumes) > 1.5 * float(data["steady_median"].sel(relation=UNDER.name))
    times = retention[UNDER][above_median]
    volumes = np.asarray(p.initial_volumes)[above_median]
    power = power_of_volume(volumes, times)
    exact_power = power_of_volume(volumes, retention[EXACT][above_median])
    flips = data["flip_probability"].sel(relation=OVER.name).values
    at_one = int(np.argmin(np.abs(np.asarray(p.fluctuations) - 1.0)))
    by_fluctuation = data["retention_by_fluctuation"]
    advantage = quotient(by_fluctuation.sel(relation=UNDER.name).values, by_fluctuation.sel(relation=EXACT.name).values)
    return [
        claim("under-outlasts-exact", "The strongest synapses last longer in undercompensation than in exact "
              "compensation", quotient(under, exact), above(1), what="ratio of retention times"),
        claim("over-outlasts-under", "In overcompensation synapses on the minority side of the threshold "
              "last longer than the strongest ones in undercompensation", quotient(over, under), above(1),
              what="longest to strongest"),
        claim("rises-steeply", "In undercompensation retention rises steeply with initial strength", power, above(2),
              what="power of the volume", also=[("every step from volume to volume", np.diff(times), above(0))]),
        claim("steeper-than-exact", "The rise is steeper than in exact compensation", power - exact_power, above(0),
              what="difference of the powers"),
        claim("order-robust", f"At {p.tested_volume:g} um^3 undercompensation outlasts exact compensation at every "
              "fluctuation amplitude", advantage, above(1), what="smallest ratio of retention times"),
        claim("weak-state-persists", "In overcompensation the weak state rarely flips within 5000 s", flips[at_one],
              below(0.01), what="P(V > Vmax/2)"),
        claim("fluctuations-flip", "Flips become more probable with the fluctuation amplitude", flips[-1],
              also=[("every step of P(V > Vmax/2)", np.diff(flips), above(0))]),
        claim("conserved", "Every Fokker-Planck step conserves probability", data["conservation_error"].max(),
              at_most(CONSERVATION), what="largest change in a step"),
    ]  # fmt: skip


def retention_table(p: Parameters, data: xr.Dataset) -> list[dict[str, Any]]:
    """List the retention time of every initial volume; a bound where the run ended first."""
    rows = []
    for j, volume in enumerate(p.initial_volumes):
        row: dict[str, Any] = {"initial volume (um^3)": volume}
        for name in data["relation"].values:
            value = float(data["retention_time"].sel(relation=name)[j])
            row[f"{name} (s)"] = f"{value:.0f}" if value < p.end else f"> {p.end:.0f}"
        rows.append(row)
    return rows


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Propagate the distributions, check the statements and draw the figure."""
    data = compute(p, options)
    tables = {"Retention time": retention_table(p, data)}
    return Outcome(claims(p, data), data, {"odonnell2011_fig4": plot_retention(data)}, tables)


SCENARIO = Scenario(
    name="odonnell2011.fig4",
    title="Retention of synaptic strength in the three relations",
    figure="O'Donnell et al. 2011, Fig. 4",
    engine="fokker-planck",
    expected="20 s; 8 s with --quick",
    parameters=Parameters,
    run=run,
    quick={"end": 1e5, "intervals_per_decade": 10, "fluctuations": (0.7, 1.0, 3.0)},
)
