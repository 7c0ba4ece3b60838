"""Fig. 2: calcium, direction of plasticity and final strength against the rate of stimulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...model.errors import ParameterError
from ...neurons.integrate_and_fire import NeuronParameters, poisson_spikes, simulate_neuron
from ...plasticity import CalciumRule
from ...results.estimates import Estimate
from ...studies.pool import run_tasks
from ...studies.seeds import seed_of
from ..base import Outcome, RunOptions, Scenario, check_positive, param
from ..claims import Claim, above, at_most, below, claim, percent
from .fig2_plot import plot_rates
from .neuron import NetworkParameters
from .shared import (
    COMPENSATIONS,
    EXACT,
    INFERRED,
    METHODS,
    OVER,
    PAPER,
    UNDER,
    Compensation,
    rule_rows,
    sign_changes,
)

if TYPE_CHECKING:
    import xarray as xr

NAME = "odonnell2011.fig2"
SETTLED = 0.02
"""A strength that changed by less than this fraction of the range has not moved."""


@dataclass(frozen=True)
class Parameters(NetworkParameters):
    """Parameters of Fig. 2."""

    rates: tuple[float, ...] = param(
        (5.0, 10.0, 15.0, 20.0, 24.0, 28.0, 32.0, 36.0, 40.0, 45.0, 50.0, 55.0, 60.0, 70.0, 80.0, 90.0, 100.0),
        "Hz", "presynaptic rates", f"{PAPER}, Fig. 2",
    )  # fmt: skip
    n_plastic: int = param(13, "", "plastic synapses with spaced initial strengths", INFERRED)
    n_fixed: int = param(40, "", "synapses of fixed strength that set the postsynaptic rate", INFERRED)
    fixed_strength: float = param(6.0, "pA", "their strength", f"{METHODS} (initial strength of Fig. 3)")
    repeats: int = param(4, "", "independent runs per rate", "statistics")
    duration: float = param(40.0, "s", "length of a run", INFERRED)
    max_map_rate: float = param(200.0, "Hz", "largest rate of the maps", INFERRED)
    stimuli: tuple[float, ...] = param((50.0, 75.0, 100.0, 150.0, 200.0), "Hz", "rates of the calcium curves", INFERRED)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, "rates", "n_plastic", "fixed_strength", "repeats", "duration", "max_map_rate", "stimuli")
        if not np.all(np.diff(self.rates) > 0):
            raise ParameterError(f"rates is {self.rates!r}; they must increase.")
        if self.n_fixed < 0 or self.n_plastic < 3:
            raise ParameterError(
                f"n_fixed is {self.n_fixed} and n_plastic {self.n_plastic}; give n_fixed >= 0 and n_plastic >= 3."
            )


def mean_calcium(p: Parameters, relation: Compensation, rate: Any, volume: Any) -> NDArray[np.float64]:
    """Mean [Ca2+] (uM) when the synapse and the neuron fire independent Poisson spikes at ``rate`` (Hz).

    <gamma> = r tau/(2 + r tau) for a binding of half of the free receptors, <beta> = r tau/(1 + r tau) for a
    spike that sets beta to 1; the balance of the amount is k V^alpha <gamma><beta> tau_Ca.
    """
    n = p.neuron(relation)
    gamma_drive = n.binding * rate * 1e-3 * n.tau_gamma_ms
    beta_drive = rate * 1e-3 * n.tau_beta_ms
    activity = gamma_drive / (1.0 + gamma_drive) * beta_drive / (1.0 + beta_drive)
    mean: NDArray[np.float64] = n.influx * volume ** (n.alpha - 1.0) * activity * 1e-3 * n.tau_calcium_ms
    return mean


@dataclass(frozen=True)
class Task:
    """One run of the neuron."""

    neuron: NeuronParameters
    rate: float
    initial: NDArray[np.float64]
    n_fixed: int
    fixed_strength: float
    duration: float
    rows: NDArray[np.float64]
    dt_ms: float
    seed: int


def simulate(task: Task) -> tuple[NDArray[np.float64], float]:
    """Return the final strengths of the plastic synapses (pA) and the postsynaptic rate (Hz)."""
    rng = np.random.default_rng(task.seed)
    strengths = np.concatenate([task.initial, np.full(task.n_fixed, task.fixed_strength)])
    times, synapses = poisson_spikes(rng, np.full(strengths.size, task.rate), task.duration)
    trace = simulate_neuron(
        task.neuron, strengths, times, synapses, task.rows, duration_s=task.duration, sample_s=task.duration,
        n_plastic=task.initial.size, dt_ms=task.dt_ms,
    )  # fmt: skip
    return trace.strength_pA[-1, : task.initial.size], trace.output_s.size / task.duration


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Evaluate the maps and run the neuron at every rate."""
    import xarray as xr

    rule = CalciumRule(eta_p=1.0, eta_d=0.5)
    initial = np.stack([p.initial_strengths(relation, p.n_plastic) for relation in COMPENSATIONS])
    tasks = [
        Task(p.neuron(relation), rate, start, p.n_fixed, p.fixed_strength, p.duration, rule_rows(p.eta_p), p.dt,
             seed_of(options.seed, NAME, relation.name, rate, repeat))
        for relation, start in zip(COMPENSATIONS, initial, strict=True)
        for rate in p.rates
        for repeat in range(p.repeats)
    ]  # fmt: skip
    answers = list(run_tasks(simulate, tasks, jobs=options.jobs, progress=options.progress, label="neurons"))
    shape = (len(COMPENSATIONS), len(p.rates), p.repeats)
    final = np.array([answer[0] for answer in answers]).reshape(*shape, -1)
    output = np.array([answer[1] for answer in answers]).reshape(shape)
    scale = p.volume_per_strength
    volume = np.geomspace(0.05, 50.0, 300) * scale
    map_rate = np.linspace(1.0, p.max_map_rate, 300)
    maps = [mean_calcium(p, relation, map_rate[:, None], volume) for relation in COMPENSATIONS]
    curves = [mean_calcium(p, relation, np.array(p.stimuli)[:, None], volume) for relation in COMPENSATIONS]
    return xr.Dataset(
        {
            "calcium_curve": (("relation", "stimulus", "volume"), np.array(curves), {"units": "uM"}),
            "calcium": (("relation", "map_rate", "volume"), np.array(maps), {"units": "uM"}),
            "direction": (("relation", "map_rate", "volume"), rule.rate(maps), {"units": "eta_p"}),
            "initial": (("relation", "synapse"), initial, {"units": "pA"}),
            "final": (("relation", "rate", "repeat", "synapse"), final, {"units": "pA"}),
            "output_rate": (("relation", "rate", "repeat"), output, {"units": "Hz"}),
        },
        coords={
            "relation": [relation.name for relation in COMPENSATIONS],
            "rate": ("rate", list(p.rates), {"units": "Hz"}),
            "stimulus": ("stimulus", list(p.stimuli), {"units": "Hz"}),
            "map_rate": ("map_rate", map_rate, {"units": "Hz"}),
            "volume": ("volume", volume, {"units": "um^3"}),
        },
    )


def fixed_points(initial: NDArray[np.float64], final: NDArray[np.float64], threshold: float) -> list[tuple[float, int]]:
    """Return the strengths at which the change over a run changes sign, and the sign above; small changes are 0."""
    change = final - initial
    return sign_changes(initial, np.where(np.abs(change) < threshold, 0.0, change))


def crossings(p: Parameters, data: xr.Dataset, relation: Compensation) -> list[list[list[tuple[float, int]]]]:
    """Fixed points of every rate and repeat."""
    part = data.sel(relation=relation.name)
    threshold = SETTLED * float(np.ptp(part["initial"].values))
    return [
        [fixed_points(part["initial"].values, final, threshold) for final in repeats]
        for repeats in part["final"].values
    ]


def trend(rates: NDArray[np.float64], points: list[list[float]]) -> Estimate:
    """Return the slope of log fixed point against log rate over all runs."""
    x = np.log(np.concatenate([np.full(len(at), rate) for rate, at in zip(rates, points, strict=True)]))
    y = np.log(np.concatenate([np.asarray(at, dtype=np.float64) for at in points]))
    if x.size < 3 or np.ptp(x) == 0:
        return Estimate(0.0, np.inf)
    return Estimate.of_slope(x, y)


def relation_claims(
    p: Parameters, data: xr.Dataset, relation: Compensation, sign_above: int, name: str, sentence: str
) -> list[Claim]:
    """Check that there is at most one fixed point of the right kind at each rate, and its trend with the rate."""
    found = crossings(p, data, relation)
    wrong = sum(any(sign != sign_above for _, sign in at) or len(at) > 1 for repeats in found for at in repeats)
    points = [[at[0][0] for at in repeats if len(at) == 1 and at[0][1] == sign_above] for repeats in found]
    direction, bound = ("rises", above(0, by=3)) if sign_above < 0 else ("falls", below(0, by=3))
    return [
        claim(f"{name}-single", f"{relation.name.capitalize()} has one {sentence} at each rate",
              wrong / (len(p.rates) * p.repeats), at_most(percent(5)), what="runs with another pattern",
              also=[("runs with this one", sum(map(len, points)), above(0))]),
        claim(f"{name}-{direction}", f"The {sentence} of {relation.name} {direction} with the rate",
              trend(np.asarray(p.rates), points), bound, what="d ln w/d ln r"),
    ]  # fmt: skip


def at_limits(p: Parameters, data: xr.Dataset, relation: Compensation) -> NDArray[np.float64]:
    """Fraction of the synapses that moved, which ended at a limit, at each rate at which any moved."""
    part = data.sel(relation=relation.name)
    low, high = p.limits(relation)
    span = high - low
    final = part["final"].values
    moved = np.abs(final - part["initial"].values) > SETTLED * span
    ended = moved & ((final < low + SETTLED * span) | (final > high - SETTLED * span))
    return fraction(ended, moved)


def fraction(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the number in ``part`` over that in ``whole`` (rate, repeat, synapse) at rates where there are any."""
    count = whole.sum(axis=(1, 2))
    return part.sum(axis=(1, 2))[count > 0] / count[count > 0]


def rising_fraction(data: xr.Dataset, relation: Compensation) -> NDArray[np.float64]:
    """Fraction of the synapses that moved, which moved up, at each rate at which any moved."""
    part = data.sel(relation=relation.name)
    change = part["final"].values - part["initial"].values
    moved = np.abs(change) > SETTLED * np.ptp(part["initial"].values)
    return fraction(moved & (change > 0), moved)


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Check the statements of the figure."""
    rising = rising_fraction(data, EXACT)
    mixed = int(((rising > 0.05) & (rising < 0.95)).sum())
    slowest, fastest = rising[[0, -1]] if rising.size else (np.nan, np.nan)
    ends = at_limits(p, data, OVER)
    over_ends = float(np.median(ends)) if ends.size else 0.0
    return [
        *relation_claims(p, data, UNDER, -1, "under-stable", "stable strength"),
        *relation_claims(p, data, OVER, 1, "over-threshold", "unstable threshold"),
        claim("over-ends-at-limits", "In overcompensation the strengths that move end at the limits", over_ends,
              above(0.9), what="median over rates"),
        claim("exact-by-rate", "In exact compensation the rate alone sets the limit to which strengths drift", mixed,
              at_most(percent(20, of=rising.size, whole="them")), what="rates with both directions",
              also=[("part that rises at the lowest", slowest, below(0.05)),
                    ("at the highest", fastest, above(0.95))]),
    ]  # fmt: skip


def rate_table(p: Parameters, data: xr.Dataset) -> list[dict[str, Any]]:
    """List the postsynaptic rate and fixed points at each presynaptic rate."""
    under, over = crossings(p, data, UNDER), crossings(p, data, OVER)
    rows = []
    for i, rate in enumerate(p.rates):
        output = float(data["output_rate"].sel(relation=EXACT.name)[i].mean())
        row: dict[str, Any] = {"rate (Hz)": rate, "output, exact (Hz)": round(output, 1)}
        for name, found in (("stable, under (pA)", under), ("threshold, over (pA)", over)):
            points = [at[0][0] for at in found[i] if len(at) == 1]
            row[name] = f"{np.mean(points):.1f}" if points else "-"
        final = data["final"].sel(relation=EXACT.name)[i].values
        row["final, exact (pA)"] = f"{final.min():.1f} to {final.max():.1f}"
        rows.append(row)
    return rows


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Compute the maps, run the neurons, check the statements and draw the figure."""
    data = compute(p, options)
    return Outcome(
        claims(p, data), data, {"odonnell2011_fig2": plot_rates(p, data, SETTLED)}, {"Neuron": rate_table(p, data)}
    )


SCENARIO = Scenario(
    name=NAME,
    title="Calcium, plasticity and final strength against the rate of stimulation",
    figure="O'Donnell et al. 2011, Fig. 2",
    engine="network",
    expected="60 s on one core; 12 s with --quick",
    parameters=Parameters,
    run=run,
    quick={"repeats": 2, "duration": 20.0, "dt": 0.2, "rates": (10.0, 20.0, 24.0, 28.0, 40.0, 60.0, 80.0)},
)
