"""Fig. 3: potentiation by bursts and the drift that follows, in a neuron with 500 plastic synapses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...model.errors import ParameterError
from ...neurons.integrate_and_fire import NeuronParameters, NeuronTrace, poisson_spikes, simulate_neuron
from ...results.estimates import Estimate
from ...studies.pool import run_tasks
from ...studies.seeds import seed_of
from ..base import Outcome, RunOptions, Scenario, check_positive, param
from ..claims import Claim, above, below, claim, compatible, percent, small
from .neuron import NetworkParameters
from .shared import COMPENSATIONS, EXACT, INFERRED, METHODS, OVER, UNDER, rule_rows

if TYPE_CHECKING:
    import xarray as xr


NAME = "odonnell2011.fig3"
MIN_PROBES = 50
"""Enough for several in every class of strength that a claim averages over."""


@dataclass(frozen=True)
class Parameters(NetworkParameters):
    """Parameters of Fig. 3."""

    n_synapses: int = param(500, "", "plastic synapses", METHODS)
    rate: float = param(5.0, "Hz", "presynaptic background rate", METHODS)
    mean_drive: float = param(
        13.5, "mV", "mean depolarisation by background at synapses of the initial strength, so that the neuron fires "
        "at about 5 Hz; set by a constant current", INFERRED,
    )  # fmt: skip
    initial_strength: float = param(6.0, "pA", "mean initial strength", METHODS)
    initial_sd: float = param(0.3, "pA", "its standard deviation", METHODS)
    n_stimulated: int = param(50, "", "synapses that receive bursts", METHODS)
    bursts: tuple[float, ...] = param((1.0, 3.0), "", "numbers of bursts", METHODS)
    burst_spikes: int = param(40, "", "spikes of a burst", METHODS)
    burst_rate: float = param(80.0, "Hz", "rate within a burst", METHODS)
    burst_interval: float = param(1.0, "s", "from one burst to the next", METHODS)
    burst_start: float = param(5.0, "s", "start of the first burst", INFERRED)
    duration: float = param(60.0, "s", "length of a run", METHODS)
    n_probes: int = param(250, "", "synapses with spaced initial strengths in the drift run", INFERRED)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(
            self, "n_synapses", "rate", "mean_drive", "initial_strength", "initial_sd", "n_stimulated", "bursts",
            "burst_spikes", "burst_rate", "burst_interval", "burst_start", "duration", "n_probes",
        )  # fmt: skip
        last = self.burst_start + max(self.bursts) * self.burst_interval
        if last >= self.duration:
            raise ParameterError(f"The bursts end at {last:g} s and the run at {self.duration:g} s; make it longer.")
        if max(self.n_stimulated, self.n_probes) > self.n_synapses:
            raise ParameterError(
                f"n_stimulated is {self.n_stimulated} and n_probes {self.n_probes}; "
                f"at most n_synapses = {self.n_synapses} are possible."
            )
        if self.n_probes < MIN_PROBES:
            raise ParameterError(f"n_probes is {self.n_probes}; give at least {MIN_PROBES}.")

    def burst_times(self, n_bursts: int) -> NDArray[np.float64]:
        """Spike times (s) of ``n_bursts`` bursts."""
        starts = self.burst_start + np.arange(n_bursts) * self.burst_interval
        return (starts[:, None] + np.arange(self.burst_spikes) / self.burst_rate).ravel()

    def bias(self, neuron: NeuronParameters, strengths: NDArray[np.float64]) -> float:
        """Constant current (pA) that makes the neuron fire at about the same rate for any strengths.

        The distance of the mean depolarisation from threshold is in proportion to the fluctuations, whose
        variance is that of the strengths' sum of squares.
        """
        charge_time_s = 1e-3 * (neuron.epsc_decay_ms - neuron.epsc_rise_ms)
        synaptic = float(strengths.sum()) * self.rate * charge_time_s
        fluctuation = np.sqrt(np.mean(strengths**2)) / np.hypot(self.initial_strength, self.initial_sd)
        distance = float(fluctuation) * (neuron.threshold_mV - self.mean_drive)
        return (neuron.threshold_mV - distance) / neuron.resistance_GOhm - synaptic


@dataclass(frozen=True)
class Task:
    """One run of the network: bursts, or (0 bursts) the drift of probes."""

    p: Parameters
    relation: int
    n_bursts: int
    seed: int


def simulate(task: Task) -> NeuronTrace:
    """Run the network once."""
    p = task.p
    relation = COMPENSATIONS[task.relation]
    rng = np.random.default_rng(task.seed)
    low, high = p.limits(relation)
    strengths = np.clip(rng.normal(p.initial_strength, p.initial_sd, p.n_synapses), low, high)
    neuron = p.neuron(relation, p.bias(p.neuron(relation), strengths))
    times, synapses = poisson_spikes(rng, np.full(p.n_synapses, p.rate), p.duration)
    if task.n_bursts:
        burst = p.burst_times(task.n_bursts)
        times = np.concatenate([times, np.repeat(burst, p.n_stimulated)])
        synapses = np.concatenate([synapses, np.tile(np.arange(p.n_stimulated), burst.size)])
        order = np.argsort(times, kind="stable")
        times, synapses = times[order], synapses[order]
    else:
        # The probes' strengths differ from the others'; the bias keeps the neuron at its rate.
        strengths[: p.n_probes] = p.initial_strengths(relation, p.n_probes)
        neuron = p.neuron(relation, p.bias(neuron, strengths))
    return simulate_neuron(
        neuron, strengths, times, synapses, rule_rows(p.eta_p), duration_s=p.duration, sample_s=0.5, dt_ms=p.dt
    )


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Run the bursts and the drift of the three relations."""
    import xarray as xr

    protocols = (*(int(n) for n in p.bursts), 0)
    # The relations share their spike trains, so that they differ by plasticity alone.
    tasks = [Task(p, i, n, seed_of(options.seed, NAME, n)) for i in range(len(COMPENSATIONS)) for n in protocols]
    traces = list(run_tasks(simulate, tasks, jobs=options.jobs, progress=options.progress, label="networks"))
    by_relation = [traces[i : i + len(protocols)] for i in range(0, len(traces), len(protocols))]
    stimulated = [[trace.strength_pA[:, : p.n_stimulated] for trace in row[:-1]] for row in by_relation]
    others = [[trace.strength_pA[:, p.n_stimulated :].mean(axis=1) for trace in row[:-1]] for row in by_relation]
    output = [[np.sum(trace.output_s < p.burst_start) / p.burst_start for trace in row[:-1]] for row in by_relation]
    initial = [p.initial_strengths(relation, p.n_probes) for relation in COMPENSATIONS]
    drift = [row[-1].strength_pA[-1, : p.n_probes] - start for row, start in zip(by_relation, initial, strict=True)]
    drift_rate = [row[-1].output_s.size / p.duration for row in by_relation]
    dims = ("relation", "bursts", "time")
    return xr.Dataset(
        {
            "mean_strength": (dims, np.mean(stimulated, axis=-1), {"units": "pA"}),
            "sd_strength": (dims, np.std(stimulated, axis=-1), {"units": "pA"}),
            "other_strength": (dims, np.array(others), {"units": "pA"}),
            "output_rate": (("relation", "bursts"), np.array(output), {"units": "Hz"}),
            "drift_output_rate": ("relation", drift_rate, {"units": "Hz"}),
            "initial": (("relation", "probe"), np.array(initial), {"units": "pA"}),
            "drift": (("relation", "probe"), np.array(drift), {"units": "pA"}),
        },
        coords={
            "relation": [relation.name for relation in COMPENSATIONS],
            "bursts": list(protocols[:-1]),
            "time": ("time", traces[0].time_s, {"units": "s"}),
        },
    )


def claims(data: xr.Dataset) -> list[Claim]:
    """Check the statements of the figure."""
    parts = {r.name: (data["initial"].sel(relation=r.name).values, data["drift"].sel(relation=r.name).values)
             for r in COMPENSATIONS}  # fmt: skip
    initial, drift = parts[EXACT.name]
    # Synapses at the limits cannot drift beyond them.
    place = (initial - initial[0]) / np.ptp(initial)
    inside = (place > 0.025) & (place < 0.975)
    slope = Estimate.of_slope(initial[inside], drift[inside])
    over_range = float(np.abs(np.polyfit(*parts[OVER.name], 1)[0]))
    initial, drift = parts[UNDER.name]
    weak = Estimate.of(np.abs(drift[initial < np.quantile(initial, 0.2)]))
    strong = Estimate.of(np.abs(drift[initial > np.quantile(initial, 0.8)]))
    initial, drift = parts[OVER.name]
    place = (initial - initial[0]) / np.ptp(initial)
    low = Estimate.of(drift[(place > 0.15) & (place < 0.45)])
    high = Estimate.of(drift[(place > 0.85) & (place < 0.995)])
    return [
        claim("exact-independent", "In exact compensation the drift does not depend on strength", slope,
              compatible(0, within=3), what="slope", unit="pA/pA per run",
              also=[("slope", slope.mean, small(percent(5, of=over_range, whole="overcompensation's")))]),
        claim("under-weak-faster", "In undercompensation weak synapses drift fast and strong ones slowly",
              weak - strong, above(0, by=3), what="weak - strong", unit="pA per run",
              also=[("strong", strong.mean, below(percent(10, of=weak.mean, whole="weak")))]),
        claim("over-weak-falls", "In overcompensation weak synapses (0.15-0.45 of the range) drift down", low,
              below(0, by=3), unit="pA per run"),
        claim("over-strong-rises", "In overcompensation strong synapses (0.85-0.995 of the range) drift up", high,
              above(0, by=3), unit="pA per run"),
    ]  # fmt: skip


def burst_table(p: Parameters, data: xr.Dataset) -> list[dict[str, Any]]:
    """List the mean strength before, after and long after the bursts, and the neuron's rate before and in the drift."""
    rows = []
    for name in data["relation"].values:
        for n in data["bursts"].values:
            trace = data["mean_strength"].sel(relation=name, bursts=n)
            after = p.burst_start + float(n) * p.burst_interval
            rows.append({
                "relation": str(name), "bursts": int(n),
                "before": round(float(trace.sel(time=p.burst_start, method="nearest")), 2),
                "after": round(float(trace.sel(time=after, method="nearest")), 2),
                "end": round(float(trace[-1]), 2),
                "rate": round(float(data["output_rate"].sel(relation=name, bursts=n)), 1),
                "drift rate": round(float(data["drift_output_rate"].sel(relation=name)), 1),
            })  # fmt: skip
    return rows


def plot(p: Parameters, data: xr.Dataset) -> Any:
    """Draw mean strengths over time and drift against initial strength."""
    from ...viz.style import label_panels, new_figure

    figure = new_figure(7.2, 4.4)
    axes = figure.subplots(2, 3)
    for column, relation in enumerate(COMPENSATIONS):
        part = data.sel(relation=relation.name)
        upper, lower = axes[0, column], axes[1, column]
        for n, style in zip(part["bursts"].values, ("--", "-", ":", "-."), strict=False):
            mean, sd = part["mean_strength"].sel(bursts=n).values, part["sd_strength"].sel(bursts=n).values
            upper.plot(part["time"], mean, style, color=relation.colour, label=f"{n} burst{'s' if n > 1 else ''}")
            upper.fill_between(part["time"], mean - sd, mean + sd, color=relation.colour, alpha=0.15, linewidth=0)
        upper.plot(part["time"], part["other_strength"].isel(bursts=-1), color="0.6", linewidth=0.9,
                   label="not stimulated")  # fmt: skip
        upper.set(xlabel="time (s)", xlim=(0, p.duration), ylim=(0, 1.08 * p.max_strength))
        upper.text(0.5, 1.1, relation.name, transform=upper.transAxes, ha="center", color=relation.colour)
        lower.plot(part["initial"], part["drift"], ".", color=relation.colour, markersize=3)
        lower.axhline(0.0, color="0.7", linewidth=0.8, zorder=0)
        lower.set(xlabel="initial strength (pA)")
        # At least 1 pA either way, so that scatter does not look like drift.
        extent = max(1.0, 1.1 * float(np.abs(part["drift"]).max()))
        lower.set(ylim=(-extent, extent), xscale="log" if relation is UNDER else "linear")
    axes[0, 0].set(ylabel="mean strength (pA)")
    axes[1, 0].set(ylabel=f"drift in {p.duration:g} s (pA)")
    axes[0, 0].legend(loc="upper right")
    label_panels(axes.ravel(), "ABCDEF")
    return figure


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Run the networks, check the statements and draw the figure."""
    data = compute(p, options)
    title = "Stimulated synapses (strength in pA) and the neuron (rate in Hz)"
    return Outcome(claims(data), data, {"odonnell2011_fig3": plot(p, data)}, {title: burst_table(p, data)})


SCENARIO = Scenario(
    name=NAME,
    title="Bursts and the drift of strength in a neuron with 500 plastic synapses",
    figure="O'Donnell et al. 2011, Fig. 3",
    engine="network",
    expected="2 min on one core; 15 s with --quick",
    parameters=Parameters,
    run=run,
    quick={"duration": 6.0, "burst_start": 1.0, "bursts": (3.0,), "dt": 0.2},
)
