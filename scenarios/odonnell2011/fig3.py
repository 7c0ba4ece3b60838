"""Fig. 3: potentiation by bursts and the drift that follows, in a neuron with 500 plastic synapses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...model.errors import ParameterError
from ...neurons.integrate_and_fire import NeuronParameters, NeuronTrace, poisson_spikes, simulate_neuron
from ...studies.pool import run_tasks
from ...studies.seeds import seed_of
from ..base import Outcome, RunOptions, Scenario, check_positive, param
from . import untested
from .fig3_claims import bursts, claims
from .neuron import NetworkParameters
from .shared import COMPENSATIONS, INFERRED, METHODS

if TYPE_CHECKING:
    import xarray as xr


NAME = "odonnell2011.fig3"
MOMENTS = ("before", "after", "end")
"""When the stimulated synapses are looked at: before the bursts, after the last one, at the end of the run."""
MIN_PROBES = 60
"""Enough for several in every class of strength that a claim averages over."""


@dataclass(frozen=True)
class Parameters(NetworkParameters):
    """Parameters of Fig. 3."""

    n_synapses: int = param(500, "", "plastic synapses", METHODS)
    rate: float = param(5.0, "Hz", "presynaptic background rate", METHODS)
    mean_drive: float = param(
        14.0, "mV", "mean depolarisation by background at synapses of the initial strength, so that the neuron fires "
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
    n_probes: int = param(250, "", "synapses with spaced initial strengths in a drift run", INFERRED)
    drift_runs: int = param(4, "", "independent drift runs", "statistics")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(
            self, "n_synapses", "rate", "mean_drive", "initial_strength", "initial_sd", "n_stimulated", "bursts",
            "burst_spikes", "burst_rate", "burst_interval", "burst_start", "duration", "n_probes", "drift_runs",
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

    def probes(self) -> NDArray[np.float64]:
        """Return the initial strengths (pA) of the drift run, spaced evenly between the paper's limits."""
        return np.linspace(self.min_strength, self.max_strength, self.n_probes)

    def burst_times(self, n_bursts: int) -> NDArray[np.float64]:
        """Spike times (s) of ``n_bursts`` bursts."""
        starts = self.burst_start + np.arange(n_bursts) * self.burst_interval
        return (starts[:, None] + np.arange(self.burst_spikes) / self.burst_rate).ravel()

    def moments(self, n_bursts: float) -> NDArray[np.float64]:
        """Return the times (s) of ``MOMENTS``; shortly before the next burst would come is after the last."""
        return np.array([self.burst_start, self.burst_start + n_bursts * self.burst_interval, self.duration])

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
        strengths[: p.n_probes] = p.probes()
        neuron = p.neuron(relation, p.bias(neuron, strengths))
    return simulate_neuron(
        neuron, strengths, times, synapses, p.rule().sigmoids, duration_s=p.duration, sample_s=0.5, dt_ms=p.dt
    )


def tasks(p: Parameters, relation: int, seed: int) -> list[Task]:
    """Return the runs of one relation: one for each number of bursts, then those of the drift.

    The relations share their spike trains, so that they differ by plasticity alone.
    """
    stimulated = [Task(p, relation, int(n), seed_of(seed, NAME, int(n))) for n in p.bursts]
    return stimulated + [Task(p, relation, 0, seed_of(seed, NAME, "drift", run)) for run in range(p.drift_runs)]


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Run the bursts and the drift of the three relations."""
    every = [task for i in range(len(COMPENSATIONS)) for task in tasks(p, i, options.seed)]
    return assemble(p, list(run_tasks(simulate, every, jobs=options.jobs, progress=options.progress, label="networks")))


def assemble(p: Parameters, traces: list[NeuronTrace]) -> xr.Dataset:
    """Put together the traces of all :func:`tasks`, in the order of the relations."""
    import xarray as xr

    n = len(p.bursts)
    rows = [traces[i : i + n + p.drift_runs] for i in range(0, len(traces), n + p.drift_runs)]
    stimulated, drift = [row[:n] for row in rows], [row[n:] for row in rows]
    strengths = np.array([[trace.strength_pA for trace in row] for row in stimulated])
    hit, other = np.split(strengths, [p.n_stimulated], axis=-1)
    at_moments = [
        [[trace.strength_pA[at, : p.n_stimulated] for at in np.searchsorted(trace.time_s, p.moments(count))]
         for trace, count in zip(row, p.bursts, strict=True)]
        for row in stimulated
    ]  # fmt: skip
    rate = [[trace.output_s.size / p.duration for trace in row] for row in drift]
    final = [[trace.strength_pA[-1, : p.n_probes] for trace in row] for row in drift]
    dims = ("relation", "bursts", "time")
    return xr.Dataset(
        {
            "mean_strength": (dims, hit.mean(axis=-1), {"units": "pA"}),
            "sd_strength": (dims, hit.std(axis=-1), {"units": "pA"}),
            "other_strength": (dims, other.mean(axis=-1), {"units": "pA"}),
            "stimulated": (("relation", "bursts", "moment", "synapse"), np.array(at_moments), {"units": "pA"}),
            "output_rate": (("relation", "run"), np.array(rate), {"units": "Hz"}),
            "initial": ("probe", p.probes(), {"units": "pA"}),
            "final": (("relation", "run", "probe"), np.array(final), {"units": "pA"}),
        },
        coords={
            "relation": [relation.name for relation in COMPENSATIONS],
            "bursts": [int(count) for count in p.bursts],
            "moment": list(MOMENTS),
            "time": ("time", traces[0].time_s, {"units": "s"}),
        },
    )


def burst_table(data: xr.Dataset) -> list[dict[str, Any]]:
    """List the mean strength before, after and long after the bursts, and the neuron's mean rate in the drift runs."""
    mean = data["stimulated"].mean("synapse")
    return [
        {"relation": str(name), "bursts": int(n)}
        | {moment: round(float(mean.sel(relation=name, bursts=n, moment=moment)), 2) for moment in MOMENTS}
        | {"rate": round(float(data["output_rate"].sel(relation=name).mean()), 1)}
        for name in data["relation"].values
        for n in data["bursts"].values
    ]


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
            upper.plot(part["time"], mean, style, color=relation.colour, label=bursts(n))
            upper.fill_between(part["time"], mean - sd, mean + sd, color=relation.colour, alpha=0.15, linewidth=0)
        upper.plot(part["time"], part["other_strength"].isel(bursts=-1), color="0.6", linewidth=0.9,
                   label="not stimulated")  # fmt: skip
        upper.set(xlabel="time (s)", xlim=(0, p.duration), ylim=(0, 1.08 * p.max_strength))
        upper.text(0.5, 1.1, relation.name, transform=upper.transAxes, ha="center", color=relation.colour)
        drift = part["final"] - part["initial"]
        initial = part["initial"].broadcast_like(drift)
        lower.plot(initial.values.ravel(), drift.values.ravel(), ".", color=relation.colour, markersize=2)
        lower.axhline(0.0, color="0.7", linewidth=0.8, zorder=0)
        lower.set(xlabel="initial strength (pA)")
        # At least 1 pA either way, so that scatter does not look like drift.
        extent = max(1.0, 1.1 * float(np.abs(drift).max()))
        lower.set(ylim=(-extent, extent))
    axes[0, 0].set(ylabel="mean strength (pA)")
    axes[1, 0].set(ylabel=f"drift in {p.duration:g} s (pA)")
    # Between the traces of one burst and of three.
    axes[0, 0].legend(loc="center right", bbox_to_anchor=(1.0, 0.575))
    label_panels(axes.ravel(), "ABCDEF")
    return figure


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Run the networks, check the statements and draw the figure."""
    data = compute(p, options)
    title = "Stimulated synapses (strength in pA), and the neuron in the drift runs (rate in Hz)"
    return Outcome(claims(p, data), data, {"odonnell2011_fig3": plot(p, data)}, {title: burst_table(data)})


SCENARIO = Scenario(
    name=NAME,
    title="Bursts and the drift of strength in a neuron with 500 plastic synapses",
    figure="O'Donnell et al. 2011, Fig. 3",
    engine="network",
    expected="60 s on one core; 15 s with --quick",
    parameters=Parameters,
    run=run,
    untested=untested.FIG3,
    quick={"duration": 30.0, "dt": 0.2, "drift_runs": 2},
)
