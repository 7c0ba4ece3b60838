"""Synaptic scaling: the rate returns to its target, and the ratios of the weights stay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...model.errors import ParameterError
from ...plasticity import Scaled, SynapticScaling
from ..base import Outcome, RunOptions, Scenario, check_positive, param
from ..claims import Claim, above, below, claim, equal, percent, small

if TYPE_CHECKING:
    import xarray as xr

VAN_ROSSUM = "van Rossum, Bi & Turrigiano 2000"
TURRIGIANO = "Turrigiano et al. 1998"
INFERRED = "inferred"
HOUR_S = 3600.0


@dataclass(frozen=True)
class Parameters:
    """Parameters of scaling and of the disturbances."""

    beta: float = param(4e-5, "1/(s Hz)", "rate of scaling per error", VAN_ROSSUM)
    gamma: float = param(1e-7, "1/(s^2 Hz)", "rate of scaling per integrated error", VAN_ROSSUM)
    tau: float = param(100.0, "s", "time constant of the activity estimate", VAN_ROSSUM)
    target: float = param(20.0, "Hz", "target rate", INFERRED)
    n_synapses: int = param(100, "", "synapses", INFERRED)
    input_rate: float = param(5.0, "Hz", "rate of each input", INFERRED)
    steps: tuple[float, float] = param(
        (2.0, 0.5), "", "factors by which the inputs change, one after the other", INFERRED
    )
    phase: float = param(8.0, "h", "length of each phase", INFERRED)
    unstable_gamma: float = param(5e-7, "1/(s^2 Hz)", "gamma of the unstable case", INFERRED)
    silence: float = param(48.0, "h", "silence by TTX", TURRIGIANO)
    silence_factor: float = param(1.9, "", "growth of the currents meanwhile, which sets a slow beta", TURRIGIANO)

    def __post_init__(self) -> None:
        check_positive(self, "n_synapses", "input_rate", "steps", "phase", "silence", "unstable_gamma")
        if len(self.steps) != 2:
            raise ParameterError(f"steps is {self.steps!r}; give two factors.")
        if not self.silence_factor > 1.0:
            raise ParameterError(f"silence_factor is {self.silence_factor}; give a factor > 1.")
        if not self.rule().stable or self.unstable_rule().stable:
            raise ParameterError(
                f"gamma is {self.gamma} and unstable_gamma {self.unstable_gamma}; give values below and above "
                f"beta/tau = {self.beta / self.tau:g} 1/(s^2 Hz)."
            )

    def rule(self) -> SynapticScaling:
        """Return the rule."""
        return SynapticScaling(self.beta, self.gamma, self.tau, self.target)

    def unstable_rule(self) -> SynapticScaling:
        """Return the rule whose rate swings."""
        return replace(self.rule(), gamma=self.unstable_gamma)

    def slow_rule(self) -> SynapticScaling:
        """Return the rule of the speed seen in cultures: only the error counts."""
        beta = np.log(self.silence_factor) / (self.target * self.silence * HOUR_S)
        return SynapticScaling(float(beta), 0.0, self.tau, self.target)

    def weights(self, seed: int) -> NDArray[np.float64]:
        """Return log-normal weights that make the neuron fire at its target."""
        drawn = np.random.default_rng(seed).lognormal(0.0, 0.6, self.n_synapses)
        return np.asarray(drawn * self.target / (drawn.sum() * self.input_rate))


def disturb(p: Parameters, rule: SynapticScaling, drive_Hz: float) -> list[Scaled]:
    """Follow the neuron at rest, and after each step of the inputs."""
    phases: list[Scaled] = []
    time = np.linspace(0.0, p.phase * HOUR_S, 1201)
    for factor in (1.0, *p.steps):
        last = phases[-1] if phases else None
        phases.append(
            rule.follow(
                drive_Hz * factor,
                time + p.phase * HOUR_S * len(phases),
                activity=float(last.activity[-1]) if last else p.target,
                factor=float(last.factor[-1]) if last else 1.0,
                integral=last.integral if last else 0.0,
            )
        )
    return phases


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Step the inputs of a stable and an unstable neuron, and silence one."""
    import xarray as xr

    options.progress.start(3, "neurons")
    weights = p.weights(options.seed)
    drive = float(weights.sum() * p.input_rate)
    phases = disturb(p, p.rule(), drive)
    options.progress.advance(1)
    # Close to the target, where the criterion of stability holds.
    time = np.linspace(0.0, 0.5 * p.phase * HOUR_S, 1201)
    near = [rule.follow(drive, time, 1.02 * p.target, factor=1.02) for rule in (p.rule(), p.unstable_rule())]
    options.progress.advance(1)
    # The estimate of the activity is zero from the start: it follows within minutes, silence takes days.
    silent = p.slow_rule().follow(0.0, np.linspace(0.0, p.silence * HOUR_S, 201), activity=0.0)
    options.progress.advance(1)
    factor = np.concatenate([phase.factor for phase in phases])
    return xr.Dataset(
        {
            "rate": ("time", np.concatenate([phase.rate for phase in phases]), {"units": "Hz"}),
            "factor": ("time", factor, {"units": "1", "long_name": "factor of all weights"}),
            "weight": (("time", "synapse"), factor[:, None] * weights, {"units": "1"}),
            "near_rate": (("gain", "near_time"), np.array([run.rate for run in near]), {"units": "Hz"}),
            "silent_factor": ("silent_time", silent.factor, {"units": "1"}),
            "current_before": ("synapse", np.sort(weights), {"units": "1"}),
            "current_after": ("synapse", np.sort(weights * silent.factor[-1]), {"units": "1"}),
        },
        coords={
            # Steps are at the ends of phases, where two states share a time.
            "time": ("time", np.concatenate([phase.time for phase in phases]), {"units": "s"}),
            "near_time": ("near_time", time, {"units": "s"}),
            "silent_time": ("silent_time", silent.time, {"units": "s"}),
            "gain": [f"gamma = {g:g}" for g in (p.gamma, p.unstable_gamma)],
        },
    )


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Check the statements."""
    n = data.sizes["time"] // 3
    rate = data["rate"].values
    ends = rate[[2 * n - 1, 3 * n - 1]] / p.target - 1.0
    worst = float(ends[np.argmax(np.abs(ends))])
    jump = float(rate[n] / p.target)
    ratios = data["weight"].values / data["weight"].values[:, :1]
    spread = float(np.abs(ratios / ratios[0] - 1.0).max())
    swings = [amplitude_ratio(row / p.target - 1.0) for row in data["near_rate"].values]
    before, after = data["current_before"].values, data["current_after"].values
    slope, offset = np.polyfit(before, after, 1)
    growth = float(data["silent_factor"][-1])
    return [
        claim("disturbed", f"{p.steps[0]:g} times the input makes the rate jump at first", jump,
              equal(p.steps[0], within=1e-6 * p.steps[0]), what="rate / target"),
        claim("restored", "Scaling brings it back to the target, after either step", worst, small(percent(1)),
              what="rate / target - 1"),
        claim("ratios", "Ratios of weights stay as they are all the while (multiplicative scaling)", spread,
              below(1e-12), what="largest relative change"),
        claim("stable", "Swings of the rate die out if beta > gamma tau", swings[0], below(1),
              what="swing, second half to first"),
        claim("unstable", "Swings of the rate grow if beta < gamma tau", swings[1], above(1),
              what="swing, second half to first"),
        claim("silence", "Silence makes every current larger by one factor (Turrigiano et al. 1998)", growth,
              equal(p.silence_factor, within=1e-6 * p.silence_factor), what="factor"),
        claim("multiplicative", "Ranked currents lie on a line through the origin", offset / before.mean(),
              small(1e-9), what="offset / mean", also=[("slope / factor", slope / growth, equal(1, within=1e-9))]),
    ]  # fmt: skip


def amplitude_ratio(swing: NDArray[np.float64]) -> float:
    """Return the largest swing of the second half over that of the first."""
    half = swing.size // 2
    return float(np.abs(swing[half:]).max() / np.abs(swing[:half]).max())


def plot(p: Parameters, data: xr.Dataset) -> Any:
    """Draw rate and weights through the steps, stability, and ranked currents after silence."""
    from ...viz.style import BLACK, BLUE, RED, label_panels, new_figure

    figure = new_figure(7.0, 4.4)
    axes = figure.subplots(2, 2).ravel()
    hours = data["time"].values / HOUR_S
    axes[0].plot(hours, data["rate"], color=BLUE)
    axes[0].axhline(p.target, color="0.6", linestyle=":", linewidth=0.8, zorder=0)
    axes[0].set(xlabel="time (h)", ylabel="rate (Hz)", ylim=(0, None))
    order = np.argsort(data["weight"].values[0])
    for rank in (0.1, 0.5, 0.8, 0.95, 1.0):
        synapse = order[min(int(rank * order.size), order.size - 1)]
        axes[1].plot(hours, data["weight"][:, synapse], color=str(0.85 - 0.85 * rank), linewidth=1.0)
    axes[1].set(xlabel="time (h)", ylabel="weight (spikes per input)", yscale="log")
    for k, factor in enumerate(p.steps, start=1):
        for axis in axes[:2]:
            axis.axvline(k * p.phase, color="0.8", linewidth=0.8, zorder=0)
        axes[0].annotate(f"{factor:g} × input", (k * p.phase, 0.93), xycoords=("data", "axes fraction"),
                         xytext=(4, 0), textcoords="offset points")  # fmt: skip
    axes[0].set(xlim=(0, 3 * p.phase))
    axes[1].set(xlim=(0, 3 * p.phase))
    for k, (colour, relation) in enumerate(((BLUE, "<"), (RED, ">"))):
        axes[2].plot(data["near_time"] / HOUR_S, data["near_rate"][k], color=colour, linewidth=1.0,
                     label=rf"$\gamma\tau$ {relation} $\beta$")  # fmt: skip
    axes[2].set(xlabel="time (h)", ylabel="rate (Hz)", xlim=(0, 0.5 * p.phase))
    axes[2].legend(loc="upper left", ncols=2)
    scale = 1.0 / float(data["current_before"].mean())
    before, after = scale * data["current_before"].values, scale * data["current_after"].values
    axes[3].plot(before, after, "o", color=BLACK, markersize=2.5)
    line = np.array([0.0, 1.05 * before.max()])
    axes[3].plot(line, p.silence_factor * line, color=RED, linewidth=0.9, label=f"slope {p.silence_factor:g}")
    axes[3].plot(line, line, ":", color="0.5", linewidth=0.9, label="no change")
    axes[3].set(xlabel="ranked currents (control mean = 1)", ylabel=f"after {p.silence:g} h of silence",
                xlim=(0, None), ylim=(0, None))  # fmt: skip
    axes[3].legend(loc="upper left")
    label_panels(axes, "ABCD")
    return figure


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Compute, check the statements and draw the figure."""
    data = compute(p, options)
    return Outcome(claims(p, data), data, {"theory_scaling": plot(p, data)})


SCENARIO = Scenario(
    name="theory.scaling",
    title="Homeostatic scaling of all weights of a neuron",
    figure="van Rossum, Bi & Turrigiano 2000",
    engine="ode",
    expected="2 s",
    parameters=Parameters,
    run=run,
)
