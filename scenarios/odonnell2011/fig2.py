"""Fig. 2: calcium, direction of plasticity and final strength against the rate of stimulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...model.errors import ParameterError
from ...neurons.integrate_and_fire import NeuronParameters, poisson_spikes, simulate_neuron
from ...studies.pool import run_tasks
from ...studies.seeds import seed_of
from ..base import Outcome, RunOptions, Scenario, check_positive, param
from . import untested
from .fig2_claims import claims, fixed_points, mean_fixed_points
from .fig2_plot import plot_rates
from .neuron import NetworkParameters
from .shared import COMPENSATIONS, EXACT, INFERRED, METHODS, OVER, PAPER, UNDER, Compensation

if TYPE_CHECKING:
    import xarray as xr

NAME = "odonnell2011.fig2"


@dataclass(frozen=True)
class Parameters(NetworkParameters):
    """Parameters of Fig. 2."""

    rates: tuple[float, ...] = param(
        (5.0, 10.0, 15.0, 20.0, 24.0, 28.0, 32.0, 36.0, 40.0, 45.0, 50.0, 55.0, 60.0, 70.0, 80.0, 90.0, 100.0),
        "Hz", "presynaptic rates", f"{INFERRED}; {PAPER}, p. 16147, has 'a range'",
    )  # fmt: skip
    n_plastic: int = param(13, "", "plastic synapses with spaced initial strengths", INFERRED)
    n_fixed: int = param(40, "", "synapses of fixed strength that set the postsynaptic rate", INFERRED)
    fixed_strength: float = param(6.0, "pA", "their strength", f"{METHODS} (initial strength of Fig. 3)")
    repeats: int = param(4, "", "independent runs per rate", "statistics")
    duration: float = param(40.0, "s", "length of a run", INFERRED)
    max_map_rate: float = param(150.0, "Hz", "largest rate of the maps", INFERRED)
    stimuli: tuple[float, ...] = param((30.0, 50.0, 75.0, 100.0, 150.0), "Hz", "rates of the calcium curves", INFERRED)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, "rates", "n_plastic", "fixed_strength", "repeats", "duration", "max_map_rate", "stimuli")
        for name in ("rates", "stimuli"):
            if not np.all(np.diff(getattr(self, name)) > 0):
                raise ParameterError(f"{name} is {getattr(self, name)!r}; they must increase.")
        if self.n_fixed < 0 or self.n_plastic < 3:
            raise ParameterError(
                f"n_fixed is {self.n_fixed} and n_plastic {self.n_plastic}; give n_fixed >= 0 and n_plastic >= 3."
            )

    def initial_strengths(self, relation: Compensation) -> NDArray[np.float64]:
        """Return the initial strengths (pA) between the limits; in undercompensation in equal ratios."""
        space = np.geomspace if relation is UNDER else np.linspace
        return space(*self.limits(relation), self.n_plastic)


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
    """Return the plastic synapses' strengths (pA) halfway and at the end (2, n), and the postsynaptic rate (Hz)."""
    rng = np.random.default_rng(task.seed)
    strengths = np.concatenate([task.initial, np.full(task.n_fixed, task.fixed_strength)])
    times, synapses = poisson_spikes(rng, np.full(strengths.size, task.rate), task.duration)
    trace = simulate_neuron(
        task.neuron, strengths, times, synapses, task.rows, duration_s=task.duration, sample_s=task.duration / 2.0,
        n_plastic=task.initial.size, dt_ms=task.dt_ms,
    )  # fmt: skip
    return trace.strength_pA[1:, : task.initial.size], trace.output_s.size / task.duration


def tasks(p: Parameters, relation: Compensation, seed: int) -> list[Task]:
    """Return the runs of one relation, by rate and repeat."""
    return [
        Task(p.neuron(relation), rate, p.initial_strengths(relation), p.n_fixed, p.fixed_strength, p.duration,
             p.rule().sigmoids, p.dt, seed_of(seed, NAME, relation.name, rate, repeat))
        for rate in p.rates
        for repeat in range(p.repeats)
    ]  # fmt: skip


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Evaluate the maps and run the neuron at every rate."""
    every = [task for relation in COMPENSATIONS for task in tasks(p, relation, options.seed)]
    answers = list(run_tasks(simulate, every, jobs=options.jobs, progress=options.progress, label="neurons"))
    return assemble(p, answers)


def assemble(p: Parameters, answers: list[tuple[NDArray[np.float64], float]]) -> xr.Dataset:
    """Put together the maps and the answers of all :func:`tasks`, in the order of the relations."""
    import xarray as xr

    shape = (len(COMPENSATIONS), len(p.rates), p.repeats)
    strengths = np.array([answer[0] for answer in answers]).reshape(*shape, 2, -1)
    output = np.array([answer[1] for answer in answers]).reshape(shape)
    volume = np.geomspace(p.floor, p.ceiling, 300) * p.volume_per_strength
    map_rate = np.linspace(1.0, p.max_map_rate, 300)
    maps = np.array([mean_calcium(p, relation, map_rate[:, None], volume) for relation in COMPENSATIONS])
    curves = [mean_calcium(p, relation, np.array(p.stimuli)[:, None], volume) for relation in COMPENSATIONS]
    dims = ("relation", "rate", "repeat", "synapse")
    initial = [p.initial_strengths(relation) for relation in COMPENSATIONS]
    return xr.Dataset(
        {
            "calcium_curve": (("relation", "stimulus", "volume"), np.array(curves), {"units": "uM"}),
            "calcium": (("relation", "map_rate", "volume"), maps, {"units": "uM"}),
            "direction": (("relation", "map_rate", "volume"), p.rule().rate(maps) / p.eta_p, {"units": "eta_p"}),
            "initial": (("relation", "synapse"), np.array(initial), {"units": "pA"}),
            "halfway": (dims, strengths[..., 0, :], {"units": "pA"}),
            "final": (dims, strengths[..., 1, :], {"units": "pA"}),
            "output_rate": (dims[:3], output, {"units": "Hz"}),
        },
        coords={
            "relation": [relation.name for relation in COMPENSATIONS],
            "rate": ("rate", list(p.rates), {"units": "Hz"}),
            "stimulus": ("stimulus", list(p.stimuli), {"units": "Hz"}),
            "map_rate": ("map_rate", map_rate, {"units": "Hz"}),
            "volume": ("volume", volume, {"units": "um^3"}),
        },
    )


def rate_table(p: Parameters, data: xr.Dataset) -> list[dict[str, Any]]:
    """List the postsynaptic rate and fixed points at each presynaptic rate."""
    under, over = (
        mean_fixed_points(fixed_points(p, data, relation), sign) for relation, sign in ((UNDER, -1), (OVER, 1))
    )
    rows = []
    for i, rate in enumerate(p.rates):
        output = float(data["output_rate"].sel(relation=EXACT.name)[i].mean())
        row: dict[str, Any] = {"rate (Hz)": rate, "output, exact (Hz)": round(output, 1)}
        for name, found in (("stable, under (pA)", under), ("threshold, over (pA)", over)):
            row[name] = "-" if np.isnan(found[i]) else f"{found[i]:.1f}"
        final = data["final"].sel(relation=EXACT.name)[i].values
        row["final, exact (pA)"] = f"{final.min():.1f} to {final.max():.1f}"
        rows.append(row)
    return rows


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Compute the maps, run the neurons, check the statements and draw the figure."""
    data = compute(p, options)
    return Outcome(claims(p, data), data, {"odonnell2011_fig2": plot_rates(p, data)}, {"Neuron": rate_table(p, data)})


SCENARIO = Scenario(
    name=NAME,
    title="Calcium, plasticity and final strength against the rate of stimulation",
    figure="O'Donnell et al. 2011, Fig. 2",
    engine="network",
    expected="30 s on one core; 5 s with --quick",
    parameters=Parameters,
    run=run,
    untested=untested.FIG2,
    quick={"repeats": 2, "dt": 0.2, "rates": (10.0, 20.0, 24.0, 28.0, 32.0, 40.0, 60.0, 80.0)},
)
