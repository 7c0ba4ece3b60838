"""Hebbian learning grows without limit; Oja's rule stops at length 1 along the first principal component."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...model.errors import ParameterError
from ...plasticity import HebbianRule, OjaRule
from ...results.estimates import Estimate
from ...studies.seeds import seed_of
from ..base import Outcome, RunOptions, Scenario, check_positive, param
from ..claims import Claim, above, below, claim, equal, percent

if TYPE_CHECKING:
    import xarray as xr

NAME = "theory.hebbian"
RULES = ("Hebb", "Hebb with decay", "Oja")


@dataclass(frozen=True)
class Parameters:
    """Parameters of Hebbian learning of two correlated inputs."""

    eta: float = param(1.0, "1/s", "learning rate", "inferred: sets the unit of time")
    decay: float = param(0.8, "1/s", "decay of the weights in Hebb's rule with decay", "inferred")
    deviations: tuple[float, float] = param((1.0, 0.7), "", "standard deviations of the two inputs", "inferred")
    correlation: float = param(0.6, "", "their correlation coefficient", "inferred")
    initial: tuple[float, float] = param((0.4, -0.2), "", "initial weights", "inferred")
    duration: float = param(12.0, "s", "time followed", "inferred")
    online_eta: float = param(0.02, "1/s", "learning rate when patterns come one by one", "inferred")
    n_patterns: int = param(4000, "", "patterns of each run", "inferred")
    n_runs: int = param(40, "", "runs of the online rule", "inferred")

    def __post_init__(self) -> None:
        check_positive(self, "deviations", "duration", "n_patterns")
        if len(self.deviations) != 2 or len(self.initial) != 2:
            raise ParameterError("deviations and initial have one number for each of the two inputs; give two each.")
        if not -1.0 < self.correlation < 1.0:
            raise ParameterError(f"correlation is {self.correlation}; give a coefficient between -1 and 1.")
        if self.n_runs < 2:
            raise ParameterError(f"n_runs is {self.n_runs}; give at least 2, for a standard error.")
        HebbianRule(self.eta, self.decay)
        OjaRule(self.online_eta)

    def matrix(self) -> NDArray[np.float64]:
        """Return the correlation matrix of the inputs."""
        s = np.asarray(self.deviations)
        return np.asarray(np.outer(s, s) * np.array([[1.0, self.correlation], [self.correlation, 1.0]]))


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Follow the three rules on average, and Oja's pattern by pattern."""
    import xarray as xr

    matrix = p.matrix()
    values, vectors = np.linalg.eigh(matrix)
    time = np.linspace(0.0, p.duration, 241)
    rules = (HebbianRule(p.eta), HebbianRule(p.eta, p.decay), OjaRule(p.eta))
    weights = np.array([rule.follow(p.initial, matrix, time) for rule in rules])

    options.progress.start(p.n_runs, "online runs")
    online = np.empty((p.n_runs, p.n_patterns + 1, 2))
    for run in range(p.n_runs):
        patterns = draw(matrix, p.n_patterns, seed_of(options.seed, NAME, "run", run))
        online[run] = OjaRule(p.online_eta).present(p.initial, patterns, 1.0)
        options.progress.advance(1)
    # The runs end where they started from or opposite: the sign of a component means nothing.
    aligned = np.abs(online[:, -1] @ vectors[:, -1]) / np.linalg.norm(online[:, -1], axis=1)
    return xr.Dataset(
        {
            "weight": (("rule", "time", "input"), weights, {"units": "1"}),
            "online_weight": (("pattern", "input"), online[0], {"units": "1", "comment": "Oja, first run"}),
            "online_length": ("run", np.linalg.norm(online[:, -1], axis=1), {"units": "1"}),
            "online_alignment": ("run", aligned, {"units": "1", "long_name": "|cosine| with the first component"}),
            "eigenvalue": ("component", values[::-1], {"units": "1"}),
            "component_vector": (("component", "input"), vectors.T[::-1], {"units": "1"}),
            "example": (("sample", "input"), draw(matrix, 400, seed_of(options.seed, NAME, "example")), {"units": "1"}),
        },
        coords={"rule": list(RULES), "time": ("time", time, {"units": "s"}), "input": [1, 2]},
    )


def draw(matrix: NDArray[np.float64], n: int, seed: int) -> NDArray[np.float64]:
    """Draw n patterns with a correlation matrix, shape (n, 2)."""
    return np.random.default_rng(seed).multivariate_normal(np.zeros(2), matrix, n)


def growth_rate(data: xr.Dataset, rule: str) -> float:
    """Return d ln|w|/dt (1/s) over the last quarter of the time."""
    late = data.sel(rule=rule).isel(time=slice(-data.sizes["time"] // 4, None))
    length = np.linalg.norm(late["weight"].values, axis=1)
    return float(np.polyfit(late["time"].values, np.log(length), 1)[0])


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Check the statements."""
    largest = float(data["eigenvalue"][0])
    first = data["component_vector"][0].values
    plain, decaying = growth_rate(data, "Hebb"), growth_rate(data, "Hebb with decay")
    oja = data["weight"].sel(rule="Oja")[-1].values
    length = float(np.linalg.norm(oja))
    angle = float(np.degrees(np.arccos(min(1.0, abs(oja @ first) / length))))
    online = data["online_length"].values
    worst = float(online[np.argmax(np.abs(online - 1.0))])
    alignment = data["online_alignment"].values
    rate = p.eta * largest
    return [
        claim("hebb-grows", "Hebb's weights grow at eta times the largest eigenvalue, without limit", plain,
              equal(rate, within=percent(0.1, of=rate)), unit="1/s"),
        claim("decay-no-remedy", "Decay only subtracts from that rate: weights still grow or vanish", decaying,
              equal(rate - p.decay, within=percent(0.1, of=rate, whole="the rate above")), unit="1/s"),
        claim("oja-length", "Oja's weights have length 1 in the end", length, equal(1, within=1e-6)),
        claim("oja-direction", "They lie along the first principal component of the inputs", angle, below(0.01),
              what="angle", unit="degrees"),
        claim("oja-online-length", "Pattern by pattern, too, the length goes to 1", worst, equal(1, within=1e-9),
              what="length in every run"),
        claim("oja-online-direction", "Pattern by pattern, too, the direction keeps close to that component",
              Estimate.of(alignment), above(0.99, by=3), what="|cosine|"),
    ]  # fmt: skip


def plot(data: xr.Dataset) -> Any:
    """Draw the inputs with the learned direction, and length and direction of the weights over time."""
    from ...viz.style import BLUE, GREEN, RED, label_panels, new_figure

    figure = new_figure(7.0, 2.5)
    axes = figure.subplots(1, 3)
    first = data["component_vector"][0].values
    axes[0].plot(*data["example"].values.T, ".", color="0.75", markersize=2)
    path = data["online_weight"].values
    axes[0].plot(*path.T, color=GREEN, linewidth=1.0)
    axes[0].plot(*path[0], "o", color=GREEN, markersize=3)
    axes[0].plot(*np.outer(first, [-2.6, 2.6]), "--", color="black", linewidth=0.8)
    axes[0].add_artist(unit_circle())
    axes[0].text(0.03, 0.95, "inputs", transform=axes[0].transAxes, color="0.5", va="top")
    axes[0].text(0.03, 0.86, "weights (Oja)", transform=axes[0].transAxes, color=GREEN, va="top")
    axes[0].set(xlabel="input 1, weight 1", ylabel="input 2, weight 2", xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
    axes[0].set_xticks([-2, 0, 2])
    axes[0].set_yticks([-2, 0, 2])
    styles = dict(zip(RULES, ((RED, "-"), (BLUE, "--"), (GREEN, "-")), strict=True))
    for rule, (colour, line) in styles.items():
        weight = data["weight"].sel(rule=rule).values
        length = np.linalg.norm(weight, axis=1)
        axes[1].plot(data["time"], length, line, color=colour)
    axes[1].axhline(1.0, color="0.7", linewidth=0.8, zorder=0)
    axes[1].set(xlabel="time (s)", ylabel="length of the weights", yscale="log", ylim=(0.1, 1e4), xlim=(0, None))
    for rule, place in zip(RULES, ((0.42, 0.9), (0.42, 0.56), (0.7, 0.1)), strict=True):
        axes[1].text(
            *place, rule, transform=axes[1].transAxes, color=styles[rule][0], ha="right" if rule == "Hebb" else "left"
        )
    weight = data["weight"].sel(rule=RULES[-1]).values
    alignment = np.abs(weight @ first) / np.linalg.norm(weight, axis=1)
    angle = np.degrees(np.arccos(np.clip(alignment, 0.0, 1.0)))
    axes[2].plot(data["time"], angle, color="black")
    axes[2].set(xlabel="time (s)", ylabel="angle to first component (°)", xlim=(0, None), ylim=(0, 90))
    axes[2].set_yticks([0, 30, 60, 90])
    axes[2].text(0.95, 0.9, "all three alike", transform=axes[2].transAxes, ha="right")
    for axis in axes[1:]:
        axis.set_xticks(np.arange(0.0, float(data["time"].max()) + 0.1, 3.0))
    label_panels(axes, "ABC")
    return figure


def unit_circle() -> Any:
    """Return a circle of radius 1, dotted."""
    from matplotlib.patches import Circle

    return Circle((0.0, 0.0), 1.0, fill=False, linestyle=":", color="0.4", linewidth=0.8)


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Follow the rules, check the statements and draw the figure."""
    data = compute(p, options)
    return Outcome(claims(p, data), data, {"theory_hebbian": plot(data)})


SCENARIO = Scenario(
    name=NAME,
    title="Hebbian learning, unbounded, with decay, and with Oja's normalisation",
    figure="Oja 1982",
    engine="closed form",
    expected="4 s",
    parameters=Parameters,
    run=run,
    quick={"n_runs": 10},
)
