"""Spike-timing-dependent plasticity: which spikes pair, what rates do, and how synapses compete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...model.errors import ParameterError
from ...neurons.stdp_neuron import NeuronParameters, Run, simulate_neuron
from ...plasticity import CORTEX, PAIRINGS, StdpRule
from ...results.estimates import mean_and_error
from ...studies.seeds import seed_of
from ..base import Outcome, RunOptions, Scenario, check_positive, param
from ..claims import Claim, above, below, claim, number, small

if TYPE_CHECKING:
    import xarray as xr

NAME = "theory.stdp"
SONG = "Song, Miller & Abbott 2000"
FROEMKE = "Froemke & Dan 2002"
BATCHES = 40
N_PAIRS = 60
"""Pairs of the protocols (Bi & Poo 1998)."""
LAG_S = 10e-3
SECOND_S = 1.0


@dataclass(frozen=True)
class Parameters:
    """Parameters of the windows and of the neuron's inputs."""

    a_plus: float = param(0.005, "", "potentiation, neuron", SONG)
    a_minus: float = param(0.00525, "", "depression, neuron", SONG)
    tau: float = param(20e-3, "s", "both time constants, neuron", SONG)
    a_plus_cortex: float = param(CORTEX.a_plus, "", "potentiation, cortex", FROEMKE)
    a_minus_cortex: float = param(CORTEX.a_minus, "", "depression, cortex", FROEMKE)
    tau_plus_cortex: float = param(CORTEX.tau_plus, "s", "potentiation, cortex", FROEMKE)
    tau_minus_cortex: float = param(CORTEX.tau_minus, "s", "depression, cortex", FROEMKE)
    pre_rate: float = param(10.0, "Hz", "presynaptic rate of the Poisson trains", "inferred")
    post_rates: tuple[float, ...] = param((2.0, 5.0, 10.0, 20.0, 30.0, 50.0), "Hz", "postsynaptic rates", "inferred")
    poisson_duration: float = param(400.0, "s", "length of the Poisson trains", "inferred")
    pair_rates: tuple[float, ...] = param(
        (0.1, 1.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0), "Hz", "rates of the pairs", "Sjöström et al. 2001"
    )
    input_rates: tuple[float, ...] = param((10.0, 20.0, 40.0), "Hz", "input rates of the neuron", SONG)
    initial_min: float = param(0.5, "", "smallest initial weight of the neuron; the largest is 1", "inferred")
    inputs_per_synapse: int = param(10000, "", "input spikes of each synapse of the neuron", "inferred")

    def __post_init__(self) -> None:
        check_positive(
            self, "pre_rate", "post_rates", "poisson_duration", "pair_rates", "input_rates", "inputs_per_synapse"
        )
        for name in ("post_rates", "input_rates"):
            if len(getattr(self, name)) < 2 or not np.all(np.diff(getattr(self, name)) > 0):
                raise ParameterError(f"{name} is {getattr(self, name)!r}; give at least two rates that increase.")
        if not 0.0 <= self.initial_min < 1.0:
            raise ParameterError(f"initial_min is {self.initial_min}; give a weight from 0 to below 1.")
        if not self.poisson_duration >= BATCHES:
            raise ParameterError(f"poisson_duration is {self.poisson_duration} s; give at least {BATCHES} s.")
        self.neuron_rule()
        self.cortex().threshold()

    def neuron_rule(self) -> StdpRule:
        """Return the rule of the neuron's synapses."""
        return StdpRule(self.a_plus, self.a_minus, self.tau, self.tau)

    def cortex(self) -> StdpRule:
        """Return the rule of cortical pairs."""
        return StdpRule(self.a_plus_cortex, self.a_minus_cortex, self.tau_plus_cortex, self.tau_minus_cortex)


def poisson_train(rate_Hz: float, duration: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the spikes of a Poisson train (s)."""
    return np.sort(rng.uniform(0.0, duration, rng.poisson(rate_Hz * duration)))


def all_pairs(rule: StdpRule, pre: NDArray[np.float64], post: NDArray[np.float64]) -> float:
    """Sum the window over all pairs, by brute force."""
    return float(rule.window(post - pre[:, None]).sum())


def nearest_pairs(rule: StdpRule, pre: NDArray[np.float64], post: NDArray[np.float64]) -> float:
    """Sum the window over each spike and the last one before it on the other side, by brute force."""
    before_post = [t - pre[pre < t].max() for t in post if np.any(pre < t)]
    before_pre = [post[post < t].max() - t for t in pre if np.any(post < t)]
    return float(rule.window(before_post).sum() + rule.window(before_pre).sum())


def brute_force_error(p: Parameters, pairing: str, brute: Callable[..., float], seed: int) -> float:
    """Return the relative difference between the event-driven change and a sum over pairs."""
    rng = np.random.default_rng(seed_of(seed, NAME, "brute force", pairing))
    pre, post = poisson_train(20.0, 10.0, rng), poisson_train(30.0, 10.0, rng)
    _, up, down = p.cortex().events(pre, post, pairing)
    return abs(float((up - down).sum()) - brute(p.cortex(), pre, post)) / float((up + down).sum())


def measure_drift(p: Parameters, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return drift and its standard error (1/s) of Poisson trains, shape (pairing, rate)."""
    edges = np.linspace(0.0, p.poisson_duration, BATCHES + 1)
    drift = np.empty((len(PAIRINGS), len(p.post_rates), BATCHES))
    for j, rate in enumerate(p.post_rates):
        rng = np.random.default_rng(seed_of(seed, NAME, "drift", rate))
        pre, post = (poisson_train(r, p.poisson_duration, rng) for r in (p.pre_rate, rate))
        for i, pairing in enumerate(PAIRINGS):
            times, up, down = p.cortex().events(pre, post, pairing)
            drift[i, j] = np.histogram(times, edges, weights=up - down)[0] / (edges[1] - edges[0])
    return mean_and_error(drift, axis=-1)


def pair_protocol(p: Parameters, rate_Hz: float, lag: float, pairing: str) -> float:
    """Return the change per pair of a train of pairs, post - pre = lag (s)."""
    pre = 1.0 + np.arange(N_PAIRS) / rate_Hz
    _, up, down = p.cortex().events(pre, pre + lag, pairing)
    return float((up - down).sum()) / N_PAIRS


def run_neurons(p: Parameters, options: RunOptions) -> dict[str, Run]:
    """Run the neuron at each input rate, and once with depression and potentiation that depend on the weight."""
    neuron = NeuronParameters()
    rng = np.random.default_rng(seed_of(options.seed, NAME, "initial weights"))
    initial = rng.uniform(p.initial_min, 1.0, neuron.n_excitatory)
    rules = {f"{rate:g} Hz": (p.neuron_rule(), rate) for rate in p.input_rates}
    rules["multiplicative"] = (replace(p.neuron_rule(), mu=1.0), p.input_rates[0])
    runs = {}
    for name, (rule, rate) in rules.items():
        seed = seed_of(options.seed, NAME, "inputs", name)
        runs[name] = simulate_neuron(neuron, rule, rate, p.inputs_per_synapse / rate, initial, seed)
        options.progress.advance(1)
    return runs


def firing(spikes: NDArray[np.float64], length: float) -> tuple[float, float, float]:
    """Return rate (Hz) and CV of the intervals in the last fifth of a run, 0 if there are none, and the first rate."""
    late = spikes[spikes > 0.8 * length]
    intervals = np.diff(late)
    cv = float(intervals.std() / intervals.mean()) if intervals.size else 0.0
    return late.size / (0.2 * length), cv, float((spikes < SECOND_S).sum() / SECOND_S)


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Compute windows, drifts and pair protocols, and run the neuron."""
    import xarray as xr

    options.progress.start(2 + len(p.input_rates), "protocols and neurons")
    rule = p.cortex()
    delay = np.linspace(-0.1, 0.1, 401)
    drift, error = measure_drift(p, options.seed)
    curve_rates = np.linspace(0.0, 1.1 * max(p.post_rates), 111)
    lags = (LAG_S, -LAG_S)
    shown = ("all-to-all", "nearest-symmetric")
    protocol = [[[pair_protocol(p, r, lag, name) for r in p.pair_rates] for lag in lags] for name in shown]
    measured_lags = np.array([-80, -40, -20, -10, -5, 5, 10, 20, 40, 80]) * 1e-3
    options.progress.advance(1)
    runs = run_neurons(p, options)
    bins = np.linspace(0.0, 1.0, 21)
    fractions = [np.histogram(run.weights, bins)[0] / run.weights.size for run in runs.values()]
    # Time relative to the length of the run, in 50 intervals.
    slices = np.linspace(0.0, 1.0, 51)
    rates, late = [], []
    for run, rate in zip(runs.values(), (*p.input_rates, p.input_rates[0]), strict=True):
        length = p.inputs_per_synapse / rate
        rates.append(np.histogram(run.post / length, slices)[0] / (length / 50))
        late.append(firing(run.post, length))
    summary = np.array(late)
    lag_changes = [pair_protocol(p, 1.0, lag, "all-to-all") for lag in measured_lags]
    return xr.Dataset(
        {
            "window": ("delay", rule.window(delay), {"units": "1"}),
            "pair_change": ("lag", lag_changes, {"units": "1", "comment": "per pair, 1 Hz"}),
            "drift": (("pairing", "post_rate"), drift, {"units": "1/s"}),
            "drift_error": (("pairing", "post_rate"), error, {"units": "1/s"}),
            "expected_drift": (("pairing", "curve_rate"), np.array([rule.drift(p.pre_rate, curve_rates, name)
                                                                    for name in PAIRINGS]), {"units": "1/s"}),
            "protocol": (("shown_pairing", "order", "pair_rate"), np.array(protocol), {"units": "1"}),
            "weights": (("run", "synapse"), np.array([run.weights for run in runs.values()]), {"units": "1"}),
            "weight_fraction": (("run", "weight"), np.array(fractions), {"units": "1"}),
            "rate": (("run", "progress"), np.array(rates), {"units": "Hz"}),
            "final_rate": ("run", summary[:, 0], {"units": "Hz"}),
            "final_cv": ("run", summary[:, 1], {"units": "1"}),
            "first_rate": ("run", summary[:, 2], {"units": "Hz"}),
            "all_pairs_error": ((), brute_force_error(p, "all-to-all", all_pairs, options.seed), {"units": "1"}),
            "nearest_error": ((), brute_force_error(p, "nearest-symmetric", nearest_pairs, options.seed),
                              {"units": "1"}),
        },
        coords={
            "delay": ("delay", delay, {"units": "s"}),
            "lag": ("lag", measured_lags, {"units": "s"}),
            "pairing": list(PAIRINGS),
            "shown_pairing": list(shown),
            "order": ["pre before post", "post before pre"],
            "post_rate": ("post_rate", list(p.post_rates), {"units": "Hz"}),
            "curve_rate": ("curve_rate", curve_rates, {"units": "Hz"}),
            "pair_rate": ("pair_rate", list(p.pair_rates), {"units": "Hz"}),
            "run": list(runs),
            "weight": ("weight", (bins[1:] + bins[:-1]) / 2.0, {"units": "1"}),
            "progress": ("progress", (slices[1:] + slices[:-1]) / 2.0, {"units": "1", "comment": "part of the run"}),
        },
    )  # fmt: skip


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Check the statements."""
    rule = p.cortex()
    window = float(np.abs(data["pair_change"].values / rule.window(data["lag"].values) - 1.0).max())
    expected = np.array([rule.drift(p.pre_rate, data["post_rate"].values, name) for name in PAIRINGS])
    z = ((data["drift"] - expected) / data["drift_error"]).values
    worst = float(z.ravel()[np.abs(z).argmax()])
    significance = (data["drift"] / data["drift_error"]).sel(pairing="nearest-presynaptic").values
    low_rates = significance[data["post_rate"].values < rule.threshold()]
    depressed = low_rates.sum() / np.sqrt(max(low_rates.size, 1))
    all_pairs_z = (data["drift"] / data["drift_error"]).sel(pairing="all-to-all").values
    additive = data["weights"][0].values
    at_limits = float(((additive < 0.2) | (additive > 0.8)).mean())
    both = min(float((additive < 0.2).mean()), float((additive > 0.8).mean()))
    soft = data["weights"].sel(run="multiplicative").values
    middle = float(((soft > 0.2) & (soft < 0.8)).mean())
    final = data["final_rate"].values[: len(p.input_rates)]
    gain = (final[-1] / final[0]) / (p.input_rates[-1] / p.input_rates[0]) if np.all(final > 0) else 0.0
    cv = float(data["final_cv"][: len(p.input_rates)].min())
    errors = float(data["all_pairs_error"]), float(data["nearest_error"])
    ltp = data["protocol"].sel(shown_pairing="all-to-all", order="pre before post").values
    fall = float(ltp[-1] / ltp[0])
    return [
        claim("window", "Pairs at 1 Hz, far apart, change the weight by the window", window, below(1e-9),
              what="relative difference"),
        claim("all-to-all", "Traces give the sum over all pairs", errors[0], below(1e-12),
              what="relative difference from brute force"),
        claim("nearest", "Traces that are reset give the sum over nearest neighbours", errors[1], below(1e-12),
              what="relative difference from brute force"),
        claim("drift", "Independent Poisson spikes change the weight at the rate in closed form, for every pairing",
              worst, small(4), what="largest deviation", unit="SE"),
        claim("bcm", "With presynaptic-centred nearest neighbours low postsynaptic rates depress and high ones "
              "potentiate, as in BCM (Izhikevich & Desai 2003)", rule.threshold(), unit="Hz",
              also=[("drift over the rates below", depressed, below(number(-3, "SE"))),
                    ("at the highest", significance[-1], above(number(3, "SE")))]),
        claim("no-threshold", "When all pairs count, the sign does not depend on the rate", all_pairs_z[-1], below(-3),
              what="drift at the highest rate", unit="SE", also=[("at any rate", all_pairs_z, below(number(3, "SE")))]),
        claim("pair-rate", "Pairs alone cannot explain that potentiation grows with the rate of pairs (Sjöström et al. "
              "2001): it falls", fall, below(1), what="change per pair, highest to lowest rate"),
        claim("bimodal", "Additive plasticity drives most synapses of a neuron to the limits (Song et al. 2000)",
              at_limits, above(0.5), what="fraction outside 0.2 to 0.8", also=[("each end", both, above(0.1))]),
        claim("unimodal", "With weight-dependent plasticity they stay in the middle (van Rossum et al. 2000)", middle,
              above(0.95), what="fraction inside 0.2 to 0.8"),
        claim("rate-insensitive", "With additive plasticity the neuron's rate hardly follows that of its inputs "
              "(Song et al. 2000)", gain, below(0.5), what="output ratio / input ratio",
              also=[("smallest output rate", final.min(), above(0))]),
        claim("irregular", "Its spikes are irregular, as with balanced input", cv, above(0.7),
              what="smallest CV of the intervals"),
    ]  # fmt: skip


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Compute, check the statements and draw the figure."""
    from .stdp_plot import plot

    data = compute(p, options)
    return Outcome(claims(p, data), data, {"theory_stdp": plot(p.cortex().threshold(), data)})


SCENARIO = Scenario(
    name=NAME,
    title="Spike-timing-dependent plasticity: pairings, rates, competition",
    figure="Song, Miller & Abbott 2000",
    engine="event-driven",
    expected="20 s; 10 s with --quick",
    parameters=Parameters,
    run=run,
    quick={"inputs_per_synapse": 6000},
)
