"""A bounded weight driven by the calcium of a simulated spine: low rates depress, high rates potentiate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...model.errors import ParameterError
from ...neurons.spine_electrophysiology import burst, simulate_spine
from ...neurons.spine_parameters import PARAMETER_SETS
from ...plasticity import CalciumRule, WeightDynamics
from ...results import CaReadout
from ..base import Outcome, RunOptions, Scenario, check_positive, param
from ..claims import Claim, above, at_most, below, claim, percent, small

if TYPE_CHECKING:
    import xarray as xr

GRAUPNER = "Graupner & Brunel 2012, Fig. 2"
ODONNELL = "O'Donnell et al. 2011, Table 1"
INITIAL = (0.1, 0.3, 0.5, 0.7, 0.9)
SHOWN_HZ = (5.0, 20.0, 100.0)
SETTLING_S = 0.5
"""Calcium is back at rest this long after the last input."""


@dataclass(frozen=True)
class Parameters:
    """Parameters of the bounded weight."""

    eta1: float = param(321.808 / 150.0, "1/s", "rate of potentiation", GRAUPNER)
    eta2: float = param(200.0 / 150.0, "1/s", "rate of depression", GRAUPNER)
    w_max: float = param(1.0, "", "largest weight", "unit of weight")
    theta_p: float = param(5.5, "uM", "potentiation threshold", ODONNELL)
    theta_d: float = param(4.0, "uM", "depression threshold", ODONNELL)
    sigma: float = param(0.2, "uM", "width of both thresholds", ODONNELL)
    rates: tuple[float, ...] = param((5.0, 10.0, 15.0, 20.0, 30.0, 50.0, 70.0, 100.0), "Hz", "input rates", "inferred")
    n_inputs: int = param(30, "", "inputs of each train", "inferred")
    volume: float = param(0.05, "um^3", "spine head volume", "O'Donnell et al. 2011, Fig. 6")
    potential: float = param(-40.0, "mV", "potential at which the dendrite is held", "inferred")

    def __post_init__(self) -> None:
        check_positive(self, "rates", "n_inputs", "volume", "sigma")
        if not set(SHOWN_HZ) <= set(self.rates) or not np.all(np.diff(self.rates) > 0):
            raise ParameterError(f"rates is {self.rates!r}; they must increase and include 5, 20 and 100 Hz.")
        self.rule()
        self.thresholds()

    def rule(self) -> WeightDynamics:
        """Return the equation of the weight."""
        return WeightDynamics(self.eta1, self.eta2, self.w_max)

    def thresholds(self) -> CalciumRule:
        """Return what turns calcium into LTP(t) and LTD(t)."""
        return CalciumRule(theta_p=self.theta_p, theta_d=self.theta_d, sigma_p=self.sigma, sigma_d=self.sigma)

    def calcium(self, rate_Hz: float) -> CaReadout:
        """Return the calcium of the head during a train of inputs."""
        trace = simulate_spine(
            PARAMETER_SETS["table1"], self.volume, self.potential, np.empty((0, 3)),
            inputs_s=burst(self.n_inputs, rate_Hz), duration_s=max(1.0, self.n_inputs / rate_Hz + SETTLING_S),
        )  # fmt: skip
        return trace.readout(f"head at {rate_Hz:g} Hz")


def linear(_: float, w: NDArray[np.float64], up: float, down: float, w_max: float) -> NDArray[np.float64]:
    """Return dW/dt (1/s) as the equation says it."""
    return up * (w_max - w) - down * w


def solver_error(p: Parameters) -> float:
    """Return the largest difference between the exact solution and a Runge-Kutta one, for signals in steps."""
    from scipy.integrate import solve_ivp

    rule = p.rule()
    edges, ltp, ltd = np.linspace(0.0, 5.0, 11), np.tile([1.0, 0.0, 0.5, 0.2, 0.0], 2), np.tile([1.0, 1.0, 0.0], 4)[:10]
    exact = rule.follow(edges, ltp, ltd, 0.5 * p.w_max)
    numerical = [0.5 * p.w_max]
    for start, stop, up, down in zip(edges[:-1], edges[1:], rule.eta1 * ltp, rule.eta2 * ltd, strict=True):
        slope = partial(linear, up=up, down=down, w_max=p.w_max)
        run = solve_ivp(slope, (start, stop), numerical[-1:], "DOP853", rtol=1e-10, atol=1e-12)
        numerical.append(float(run.y[0, -1]))
    return float(np.abs(exact - numerical).max())


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Drive the weight with the calcium of each train, from several initial weights."""
    import xarray as xr

    rule, thresholds = p.rule(), p.thresholds()
    initial = p.w_max * np.array(INITIAL)
    options.progress.start(len(p.rates), "trains")
    final = np.empty((len(p.rates), initial.size))
    settled = np.empty(len(p.rates))
    traces: dict[str, Any] = {}
    for i, rate in enumerate(p.rates):
        readout = p.calcium(rate)
        final[i] = [rule.respond(readout, w, thresholds)[-1] for w in initial]
        # A train maps the weight to keep W + gain, since the equation is linear in W.
        keep, gain = np.polyfit(initial, final[i], 1)
        settled[i] = gain / (1.0 - keep) if keep < 1.0 - 1e-9 else initial[2]
        if rate in SHOWN_HZ:
            dim = f"time_{rate:g}Hz"
            weight = rule.respond(readout, initial[2], thresholds)
            traces |= {
                f"calcium_{rate:g}Hz": (dim, readout.concentration, {"units": "uM"}),
                f"weight_{rate:g}Hz": (dim, weight, {"units": "1"}),
                dim: (dim, readout.time, {"units": "s"}),
            }
        options.progress.advance(1)
    variables = {
        "final_weight": (("rate", "initial"), final, {"units": "1", "long_name": "weight after one train"}),
        "fixed_point": ("rate", settled, {"units": "1", "long_name": "weight after endless trains"}),
        "solver_error": ((), solver_error(p), {"units": "1"}),
    }
    coords = {
        "rate": ("rate", list(p.rates), {"units": "Hz"}),
        "initial": ("initial", initial, {"units": "1"}),
    }
    return xr.Dataset(variables | traces, coords=coords)


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Check the statements."""
    initial = data["initial"].values
    change = data["final_weight"].values - initial
    middle = dict(zip(data["rate"].values, change[:, 2], strict=True))
    # Fits a straight line: the equation is linear in W, so the change over a train is, too.
    residual = max(float(np.abs(np.polyval(np.polyfit(initial, row, 1), initial) - row).max()) for row in change)
    slope = float(np.polyfit(initial, change[-1], 1)[0])
    error = float(data["solver_error"])
    extreme = float(np.abs(data["final_weight"].values / p.w_max - 0.5).max())
    return [
        claim("nothing", "Inputs at 5 Hz leave calcium below both thresholds, and the weight much as it is",
              middle[5.0], small(percent(10, of=abs(middle[20.0]), whole="that at 20 Hz")), what="change"),
        claim("depression", "Moderate calcium (20 Hz) depresses", middle[20.0], below(0), what="change"),
        claim("potentiation", "High calcium (100 Hz) potentiates", middle[100.0], above(0), what="change"),
        claim("soft-bounds", "The weaker the synapse, the more it potentiates (Bi & Poo 1998)", slope, below(0),
              what="d(change)/dW at the highest rate"),
        claim("linear", "The change over a train is linear in the weight", residual, below(1e-12 * p.w_max),
              what="residual"),
        claim("bounded", "The weight never leaves 0 to Wmax", extreme, at_most(0.5), what="largest |W/Wmax - 1/2|"),
        claim("exact", "The solution agrees with a Runge-Kutta one at the tolerance of the latter", error,
              below(1e-9 * p.w_max), what="largest difference"),
    ]  # fmt: skip


def plot(p: Parameters, data: xr.Dataset) -> Any:
    """Draw calcium and weight of three trains, and the change against rate and weight."""
    from ...viz.style import BLUE, GREEN, RED, label_panels, new_figure

    figure = new_figure(7.0, 4.4)
    axes = figure.subplots(2, 2).ravel()
    for rate, colour in zip(SHOWN_HZ, (GREEN, BLUE, RED), strict=True):
        time = 1e3 * data[f"time_{rate:g}Hz"]
        axes[0].plot(time, data[f"calcium_{rate:g}Hz"], color=colour, label=f"{rate:g} Hz")
        axes[1].plot(time, data[f"weight_{rate:g}Hz"], color=colour)
    for threshold, name in ((p.theta_d, r"$\theta_\mathrm{d}$"), (p.theta_p, r"$\theta_\mathrm{p}$")):
        axes[0].axhline(threshold, color="0.6", linestyle=":", linewidth=0.8, zorder=0)
        axes[0].annotate(name, (1.01, threshold), xycoords=("axes fraction", "data"), va="center")
    axes[0].set(xlabel="time (ms)", ylabel="[Ca$^{2+}$] in the head (µM)", xlim=(0, 1000), ylim=(0, None))
    axes[0].legend(loc="upper left", bbox_to_anchor=(0.4, 1.04), ncols=3, columnspacing=1.0, handlelength=1.2)
    axes[1].set(xlabel="time (ms)", ylabel="weight (W$_\\mathrm{max}$)", xlim=(0, 1000), ylim=(0, 1))
    plot_change(axes[2], data)
    for i, rate in enumerate(data["rate"].values):
        if rate in SHOWN_HZ:
            colour = (GREEN, BLUE, RED)[SHOWN_HZ.index(rate)]
            change = data["final_weight"][i] - data["initial"]
            axes[3].plot(data["initial"], change, "o-", color=colour, markersize=3)
    axes[3].axhline(0.0, color="0.7", linewidth=0.8, zorder=0)
    axes[3].set(
        xlabel="initial weight (W$_\\mathrm{max}$)", ylabel="change in one train (W$_\\mathrm{max}$)", xlim=(0, 1)
    )
    label_panels(axes, "ABCD")
    return figure


def plot_change(axis: Any, data: xr.Dataset) -> None:
    """Draw the weight after a train against rate, and where endless trains lead."""
    from ...viz.style import BLACK

    shades: NDArray[np.float64] = np.linspace(0.75, 0.35, data.sizes["initial"])
    for j, shade in enumerate(shades):
        axis.plot(data["rate"], data["final_weight"][:, j], "o-", color=str(shade), markersize=2.5, linewidth=0.9,
                  label="one train, from 0.1, 0.3 ... 0.9" if j == 2 else None)  # fmt: skip
    axis.plot(data["rate"], data["fixed_point"], "--", color=BLACK, label="endless trains")
    axis.set(xlabel="input rate (Hz)", ylabel="weight (W$_\\mathrm{max}$)", ylim=(0, 1.25), xlim=(0, 103))
    axis.set_yticks([0, 0.5, 1])
    axis.legend(loc="upper right")


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Drive the weight, check the statements and draw the figure."""
    data = compute(p, options)
    return Outcome(claims(p, data), data, {"theory_weight_dynamics": plot(p, data)})


SCENARIO = Scenario(
    name="theory.weight_dynamics",
    title="A bounded weight under LTP(t) and LTD(t), driven by calcium",
    figure="Graupner & Brunel 2012",
    engine="ode",
    expected="4 s",
    parameters=Parameters,
    run=run,
)
