"""The BCM rule: a threshold that slides keeps learning stable, and makes neurons selective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...model.errors import ParameterError
from ...plasticity import BcmRule
from ..base import Outcome, RunOptions, Scenario, check_positive, param
from ..claims import Claim, above, below, claim, equal, percent

if TYPE_CHECKING:
    import xarray as xr

INFERRED = "inferred"
REARING = ("dark", "light")
SIDES = ("fast threshold", "slow threshold")


@dataclass(frozen=True)
class Parameters:
    """Parameters of the BCM neuron."""

    eta: float = param(0.01, "1/(Hz s)", "learning rate", INFERRED)
    tau: float = param(2.0, "s", "time constant of the threshold", INFERRED)
    target: float = param(10.0, "Hz", "activity at which the threshold equals it", INFERRED)
    activity_dark: float = param(6.0, "Hz", "mean activity after rearing in the dark", INFERRED)
    activity_light: float = param(10.0, "Hz", "mean activity after rearing in the light", INFERRED)
    conditioning: float = param(0.2, "s", "length of a stimulus train", INFERRED)
    slow_factor: float = param(1.2, "", "slow threshold: its tau over the critical one", INFERRED)
    fast_factor: float = param(0.2, "", "fast threshold: its tau over the critical one", INFERRED)
    cosine: float = param(0.3, "", "overlap of the two patterns", INFERRED)
    duration: float = param(300.0, "s", "time followed", INFERRED)

    def __post_init__(self) -> None:
        check_positive(
            self, "activity_dark", "activity_light", "conditioning", "duration", "slow_factor", "fast_factor"
        )
        if not self.activity_dark < self.activity_light:
            raise ParameterError(
                f"activity_dark is {self.activity_dark} Hz and activity_light {self.activity_light} Hz; "
                "the dark one must be smaller."
            )
        if not self.fast_factor < 1.0 < self.slow_factor:
            raise ParameterError(
                f"fast_factor is {self.fast_factor} and slow_factor {self.slow_factor}; give one below 1, one above."
            )
        if not 0.0 <= self.cosine < 1.0:
            raise ParameterError(f"cosine is {self.cosine}; give a number from 0 to below 1.")
        self.rule().crossover(float(self.rule().threshold(self.activity_light)), self.conditioning)

    def rule(self) -> BcmRule:
        """Return the rule."""
        return BcmRule(self.eta, self.tau, self.target)

    def patterns(self) -> NDArray[np.float64]:
        """Return the two input patterns, of length 1."""
        half = np.arccos(self.cosine) / 2.0
        middle = np.pi / 4.0
        return np.array(
            [[np.cos(middle - half), np.sin(middle - half)], [np.cos(middle + half), np.sin(middle + half)]]
        )


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Compute metaplasticity, stability on both sides of the critical time constant, and selectivity."""
    import xarray as xr

    options.progress.start(3, "conditions")
    rule = p.rule()
    rates = np.linspace(0.0, 20.0, 201)
    thresholds = rule.threshold([p.activity_dark, p.activity_light])
    change = np.array([rule.condition(rates, float(t), p.conditioning) for t in thresholds])
    crossings = [rule.crossover(float(t), p.conditioning) for t in thresholds]
    options.progress.advance(1)

    time = np.linspace(0.0, p.duration, 6001)
    taus = rule.critical_tau(1.0) * np.array([p.fast_factor, p.slow_factor])
    # A start close to the fixed point: w = theta = target.
    single = [BcmRule(p.eta, tau, p.target).follow([[1.0]], [0.9 * p.target], p.target, time) for tau in taus]
    options.progress.advance(1)

    starts = p.target * np.array([[0.6, 0.5], [0.5, 0.6], [0.4, 0.2], [0.2, 0.4]])
    patterns = p.patterns()
    runs = [rule.follow(patterns, start, 0.0, time) for start in starts]
    responses = np.array([weights @ patterns.T for weights, _ in runs])
    options.progress.advance(1)
    return xr.Dataset(
        {
            "modification": (("rearing", "rate"), np.array([rule.modification(rates, t) for t in thresholds]),
                             {"units": "Hz/s"}),
            "change": (("rearing", "rate"), change, {"units": "Hz", "long_name": "change of the weight by one train"}),
            "threshold": ("rearing", thresholds, {"units": "Hz"}),
            "crossover": ("rearing", crossings, {"units": "Hz"}),
            "tau": ("side", taus, {"units": "s"}),
            "activity": (("side", "time"), np.array([w[:, 0] for w, _ in single]), {"units": "Hz"}),
            "sliding_threshold": (("side", "time"), np.array([theta for _, theta in single]), {"units": "Hz"}),
            "response": (("start", "time", "pattern"), responses, {"units": "Hz"}),
        },
        coords={
            "rearing": list(REARING),
            "rate": ("rate", rates, {"units": "Hz"}),
            "side": list(SIDES),
            "time": ("time", time, {"units": "s"}),
            "pattern": [1, 2],
        },
    )  # fmt: skip


def amplitude(activity: NDArray[np.float64], target: float) -> tuple[float, float]:
    """Return the largest distance from the target, relative to it, in the first and last fifth."""
    n = activity.size // 5
    distance = np.abs(activity / target - 1.0)
    return float(distance[:n].max()), float(distance[-n:].max())


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Check the statements."""
    rule = p.rule()
    change = data["change"].sel(rearing="light").values
    rates = data["rate"].values
    dark, light = data["crossover"].values
    low = change[(rates > 0) & (rates < 0.9 * light)]
    high = change[(rates > 1.1 * light) & (rates < 1.5 * light)]
    fast, slow = (amplitude(data["activity"].sel(side=side).values, p.target) for side in SIDES)
    final = np.sort(data["response"][:, -1].values, axis=1)
    selected = float(final[np.argmax(np.abs(final[:, 1] - 2.0 * p.target)), 1])
    other = float(np.abs(final[:, 0]).max())
    preferred = data["response"][:, -1].argmax("pattern").values
    return [
        claim("two-signs", "Activity below the threshold depresses, activity above it potentiates", light, unit="Hz",
              also=[("change below", low, below(0)), ("change up to 1.5 times as high", high, above(0))]),
        claim("metaplasticity", "After low activity less is enough to potentiate (Kirkwood et al. 1996)", light - dark,
              above(0), what="crossover, light - dark", unit="Hz"),
        claim("stable", f"Below tau = 1/(eta target) = {rule.critical_tau(1.0):g} s activity returns to the target",
              fast[1], below(percent(0.1)), what="distance at the end"),
        claim("unstable", "Above it activity swings away from the target", slow[1] / slow[0], above(1),
              what="distance, end to start"),
        claim("selective", "With two patterns the neuron comes to answer one of them, at target/probability", selected,
              equal(2.0 * p.target, within=percent(0.1, of=2.0 * p.target)), unit="Hz"),
        claim("silent", "It does not answer the other", other, below(percent(0.1, of=p.target, whole="the target")),
              unit="Hz"),
        claim("start-decides", "Which one it answers depends on the start", np.unique(preferred).size, equal(2),
              what="patterns chosen from the starts"),
    ]  # fmt: skip


def plot(p: Parameters, data: xr.Dataset) -> Any:
    """Draw the rule, metaplasticity, stability and selectivity."""
    from ...viz.style import BLACK, BLUE, ORANGE, RED, label_panels, new_figure

    figure = new_figure(7.0, 4.4)
    axes = figure.subplots(2, 2).ravel()
    for rearing, colour in zip(REARING, (BLUE, ORANGE), strict=True):
        part = data.sel(rearing=rearing)
        axes[0].plot(part["rate"], part["modification"], color=colour)
        axes[0].plot([float(part["threshold"])], [0.0], "o", color=colour, markersize=4)
        axes[1].plot(part["rate"], part["change"], color=colour, label=f"after {rearing}")
    axes[0].set(xlabel="activity y (Hz)", ylabel=r"$\eta\,y\,(y-\theta)$ (Hz/s)", xlim=(0, 15), ylim=(-0.4, 0.8))
    axes[0].text(0.98, 0.05, r"dots: $\theta$", transform=axes[0].transAxes, ha="right")
    axes[1].set(
        xlabel="rate during the train (Hz)", ylabel="change of the weight (Hz)", xlim=(0, 15), ylim=(-0.08, 0.16)
    )
    axes[1].legend(loc="upper left")
    for axis in axes[:2]:
        axis.axhline(0.0, color="0.7", linewidth=0.8, zorder=0)
    critical = p.rule().critical_tau(1.0)
    for side, colour in zip(SIDES, (BLACK, RED), strict=True):
        part = data.sel(side=side)
        label = rf"$\tau$ = {float(part['tau']) / critical:g} $\tau_\mathrm{{c}}$"
        axes[2].plot(part["time"], part["activity"], color=colour, label=label)
    axes[2].set(xlabel="time (s)", ylabel="activity (Hz)", xlim=(0, 0.5 * p.duration), ylim=(0, None))
    axes[2].legend(loc="upper left", ncols=2)
    for start, run in enumerate(data["response"].values):
        axes[3].plot(*run.T, color=(BLUE, ORANGE)[int(run[-1].argmax())], linewidth=1.0)
        axes[3].plot(*run[0], "o", color="black", markersize=3, label="start" if start == 0 else None)
    axes[3].plot([2.0 * p.target, 0.0], [0.0, 2.0 * p.target], "*", color="black", label="selective fixed points",
                 markersize=7, clip_on=False)  # fmt: skip
    axes[3].set(xlabel="response to pattern 1 (Hz)", ylabel="response to pattern 2 (Hz)")
    axes[3].set(xlim=(0, 2.3 * p.target), ylim=(0, 2.3 * p.target))
    axes[3].legend(loc="upper right")
    label_panels(axes, "ABCD")
    return figure


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Compute, check the statements and draw the figure."""
    data = compute(p, options)
    return Outcome(claims(p, data), data, {"theory_bcm": plot(p, data)})


SCENARIO = Scenario(
    name="theory.bcm",
    title="The sliding threshold of Bienenstock, Cooper and Munro",
    figure="Bienenstock, Cooper & Munro 1982",
    engine="ode",
    expected="2 s",
    parameters=Parameters,
    run=run,
)
