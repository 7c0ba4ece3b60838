"""Depressing and facilitating synapses: traces, steady states and what limits them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...model.errors import ParameterError
from ...plasticity import ShortTermPlasticity
from ...results.estimates import Estimate
from ...studies.seeds import seed_of
from ..base import Outcome, RunOptions, Scenario, check_positive, param
from ..claims import Claim, above, below, claim, equal, percent, small

if TYPE_CHECKING:
    import xarray as xr

TM1997 = "Tsodyks & Markram 1997"
TPM1998 = "Tsodyks, Pawelzik & Markram 1998"
MWT1998 = "Markram, Wang & Tsodyks 1998"
NAME = "theory.short_term"
SYNAPSES = ("depressing", "facilitating")


@dataclass(frozen=True)
class Parameters:
    """Parameters of the two synapses and their inputs."""

    U_depressing: float = param(0.5, "", "first release, depressing synapse", TM1997)
    tau_rec_depressing: float = param(0.8, "s", "recovery, depressing synapse", TM1997)
    amplitude_depressing: float = param(250.0, "pA", "largest current, depressing synapse", TPM1998)
    U_facilitating: float = param(0.03, "", "first release, facilitating synapse", MWT1998)
    tau_rec_facilitating: float = param(0.13, "s", "recovery, facilitating synapse", MWT1998)
    tau_facil: float = param(0.53, "s", "decay of facilitation", MWT1998)
    amplitude_facilitating: float = param(1540.0, "pA", "largest current, facilitating synapse", MWT1998)
    tau_current: float = param(3e-3, "s", "decay of a synaptic current", TM1997)
    train_rate: float = param(20.0, "Hz", "rate of the train that is shown", TM1997)
    n_train: int = param(10, "", "spikes of that train, before one more after a pause", "inferred")
    pause: float = param(0.5, "s", "pause before the last spike", "inferred")
    max_rate: float = param(200.0, "Hz", "largest rate", "inferred")
    poisson_rates: tuple[float, ...] = param((2.0, 10.0, 40.0), "Hz", "rates of the Poisson trains", "inferred")
    n_poisson: int = param(20000, "", "spikes of each Poisson train", "inferred")

    def __post_init__(self) -> None:
        check_positive(self, "tau_current", "train_rate", "pause", "poisson_rates", "max_rate", "tau_facil")
        if self.n_train < 2 or self.n_poisson < 1000:
            raise ParameterError(
                f"n_train is {self.n_train} and n_poisson {self.n_poisson}; give at least 2 spikes, and 1000."
            )
        if not self.max_rate > 50.0:
            raise ParameterError(f"max_rate is {self.max_rate} Hz; give more than 50 Hz.")
        self.synapses()

    def synapses(self) -> dict[str, ShortTermPlasticity]:
        """Return the two synapses."""
        return {
            "depressing": ShortTermPlasticity(
                self.U_depressing, self.tau_rec_depressing, 0.0, self.amplitude_depressing
            ),
            "facilitating": ShortTermPlasticity(
                self.U_facilitating, self.tau_rec_facilitating, self.tau_facil, self.amplitude_facilitating
            ),
        }

    def train(self) -> NDArray[np.float64]:
        """Return the spikes that are shown (s)."""
        regular = 0.1 + np.arange(self.n_train) / self.train_rate
        return np.append(regular, regular[-1] + self.pause)


def poisson_train(rate_Hz: float, n: int, seed: int) -> NDArray[np.float64]:
    """Return n spikes of a Poisson train (s)."""
    return np.cumsum(np.random.default_rng(seed).exponential(1.0 / rate_Hz, n))


def batch_error(values: NDArray[np.float64], batches: int = 40) -> float:
    """Return the standard error of the mean of a correlated series, from the means of batches of it."""
    means = [part.mean() for part in np.array_split(values, batches)]
    return Estimate.of(means).se


def settled_error(synapse: ShortTermPlasticity, rate_Hz: float) -> float:
    """Return the largest relative difference between the end of a regular train and the closed form."""
    # Thirty time constants: what is left of the start is exp(-30) = 1e-13.
    n = 2 + round(30.0 * max(synapse.tau_rec, synapse.tau_facil) * rate_Hz)
    u, x = synapse.release(np.arange(n) / rate_Hz)
    return float(np.abs(np.array([u[-1], x[-1]]) / synapse.steady_state(rate_Hz) - 1.0).max())


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Compute the shown train, steady states against rate, and the response to Poisson trains."""
    import xarray as xr

    spikes = p.train()
    # The spikes are among the samples, so that no peak is missed.
    time = np.union1d(np.arange(0.0, spikes[-1] + 0.15, 5e-4), spikes)
    rate = np.geomspace(0.5, p.max_rate, 161)
    options.progress.start(len(SYNAPSES), "synapses")
    columns: dict[str, list[Any]] = {
        name: [] for name in ("u", "x", "current", "steady", "poisson", "mean_x", "sem_x", "error")
    }
    for name, synapse in p.synapses().items():
        u, x = synapse.release(spikes)
        since = time[:, None] - spikes
        shape = np.where(since >= 0, np.exp(-np.maximum(since, 0.0) / p.tau_current), 0.0)
        columns["u"].append(u)
        columns["x"].append(x)
        columns["current"].append(shape @ (synapse.amplitude * u * x))
        columns["steady"].append([synapse.amplitude * np.prod(synapse.steady_state(r)) for r in rate])
        columns["poisson"].append(synapse.amplitude * np.prod(synapse.poisson_state(rate), axis=0))
        # The first tenth is left out: resources are full at the start.
        trains = [poisson_train(r, p.n_poisson, seed_of(options.seed, NAME, name, r)) for r in p.poisson_rates]
        resources = [synapse.release(train)[1][p.n_poisson // 10 :] for train in trains]
        columns["mean_x"].append([series.mean() for series in resources])
        columns["sem_x"].append([batch_error(series) for series in resources])
        columns["error"].append(max(settled_error(synapse, r) for r in (5.0, 20.0, 100.0)))
        options.progress.advance(1)
    layout = {
        "u": ("spike", "1"), "x": ("spike", "1"), "current": ("time", "pA"), "steady": ("rate", "pA"),
        "poisson": ("rate", "pA"), "mean_x": ("poisson_rate", "1"), "sem_x": ("poisson_rate", "1"),
    }  # fmt: skip
    variables: dict[str, Any] = {
        name: (("synapse", dim), np.array(columns[name]), {"units": unit}) for name, (dim, unit) in layout.items()
    }
    variables["error"] = ("synapse", columns["error"], {"units": "1", "long_name": "train against closed form"})
    return xr.Dataset(
        variables,
        coords={
            "synapse": list(SYNAPSES),
            "spike": ("spike", spikes, {"units": "s"}),
            "time": ("time", time, {"units": "s"}),
            "rate": ("rate", rate, {"units": "Hz"}),
            "poisson_rate": ("poisson_rate", list(p.poisson_rates), {"units": "Hz"}),
        },
    )


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Check the statements."""
    response = data["u"].values * data["x"].values
    pairs = response[:, 1] / response[:, 0]
    fast = data["rate"].values > 50.0
    slope = float(np.polyfit(np.log(data["rate"].values[fast]), np.log(data["steady"][0].values[fast]), 1)[0])
    synapse = p.synapses()["depressing"]
    # Charge per time saturates: released resources cannot exceed what recovers.
    limit = float(data["steady"][0, -1]) * p.max_rate * p.tau_rec_depressing / synapse.amplitude
    peak = float(data["rate"][int(np.argmax(data["steady"].values[1]))])
    expected = float(1.0 / np.sqrt(p.U_facilitating * p.tau_facil * p.tau_rec_facilitating))
    _, mean_x = synapse.poisson_state(data["poisson_rate"].values)
    z = (data["mean_x"][0].values - mean_x) / data["sem_x"][0].values
    worst = float(z[np.argmax(np.abs(z))])
    error = float(data["error"].max())
    return [
        claim("depression", "The depressing synapse answers the second of two spikes less", pairs[0], below(1),
              what="paired-pulse ratio"),
        claim("facilitation", "The facilitating synapse answers the second of two spikes more", pairs[1], above(1),
              what="paired-pulse ratio"),
        claim("steady-state", "Long regular trains end in the closed form of the steady state", error, below(1e-9),
              what="relative difference"),
        claim("one-over-rate", "At high rates the stationary response of a depressing synapse falls as 1/rate", slope,
              equal(-1, within=0.05), what="d ln I/d ln r above 50 Hz"),
        claim("saturation", "Its current per time saturates and tells no high rates apart", limit,
              equal(1, within=percent(5)), what="u x r tau_rec at the largest rate"),
        claim("peak-rate", "A facilitating synapse answers best near 1/sqrt(U tau_facil tau_rec)", peak,
              equal(expected, within=percent(25, of=expected)), what="to leading order in U", unit="Hz"),
        claim("poisson", "Mean resources of a depressing synapse under Poisson spikes are 1/(1 + U tau_rec r)", worst,
              small(4), what="largest deviation", unit="SE"),
    ]  # fmt: skip


def plot(p: Parameters, data: xr.Dataset) -> Any:
    """Draw currents, the state behind them, and stationary responses against rate."""
    from ...viz.style import BLUE, RED, label_panels, new_figure

    figure = new_figure(7.0, 4.4)
    axes = figure.subplots(2, 3, gridspec_kw={"width_ratios": [1.3, 1.0, 1.2]})
    for row, (name, colour) in enumerate(zip(SYNAPSES, (BLUE, RED), strict=True)):
        part = data.sel(synapse=name)
        axes[row, 0].plot(1e3 * data["time"], part["current"], color=colour, linewidth=0.9)
        axes[row, 0].set(xlabel="time (ms)", ylabel="current (pA)", ylim=(0, None), xlim=(0, None))
        axes[row, 0].text(0.5, 1.04, name, transform=axes[row, 0].transAxes, ha="center", va="bottom", color=colour)
        axes[row, 1].plot(1e3 * data["spike"], part["x"], "o-", color="black", markersize=3, linewidth=0.8)
        axes[row, 1].plot(1e3 * data["spike"], part["u"], "s-", color="0.6", markersize=3, linewidth=0.8)
        axes[row, 1].set(xlabel="time (ms)", ylabel="fraction at the spike", ylim=(0, 1.05), xlim=(0, None))
        axes[row, 2].plot(data["rate"], part["steady"], color=colour, label="regular")
        axes[row, 2].plot(data["rate"], part["poisson"], "--", color="0.3", linewidth=0.9, label="Poisson (mean)")
        axes[row, 2].set(xlabel="rate (Hz)", ylabel="steady current (pA)", xscale="log", xlim=(0.5, p.max_rate))
    axes[0, 1].text(0.98, 0.88, "available x", transform=axes[0, 1].transAxes, ha="right")
    axes[0, 1].text(0.98, 0.56, "released u", transform=axes[0, 1].transAxes, ha="right", color="0.5")
    axes[0, 2].set(yscale="log")
    axes[0, 2].plot(data["rate"][90:], p.amplitude_depressing / p.tau_rec_depressing / data["rate"][90:], ":",
                    color="black", label=r"$A/(\tau_\mathrm{rec}\,r)$")  # fmt: skip
    axes[0, 2].legend(loc="lower left")
    best = 1.0 / np.sqrt(p.U_facilitating * p.tau_facil * p.tau_rec_facilitating)
    axes[1, 2].axvline(best, color="0.6", linestyle=":", linewidth=0.8)
    axes[1, 2].set(ylim=(0, None))
    axes[1, 2].text(0.93 * best, 12.0, r"$1/\sqrt{U\tau_\mathrm{facil}\tau_\mathrm{rec}}$", ha="right")
    label_panels(axes.ravel(), "ABCDEF")
    return figure


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Compute the responses, check the statements and draw the figure."""
    data = compute(p, options)
    return Outcome(claims(p, data), data, {"theory_short_term": plot(p, data)})


SCENARIO = Scenario(
    name=NAME,
    title="Short-term depression and facilitation of release",
    figure="Tsodyks & Markram 1997",
    engine="event-driven",
    expected="2 s",
    parameters=Parameters,
    run=run,
    quick={"n_poisson": 5000},
)
