"""Fig. 1: the plasticity rule, and what it does when calcium influx follows the volume in different ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...model.errors import ParameterError
from ...plasticity import CalciumRule
from ..base import Outcome, RunOptions, Scenario, check_positive, param
from ..claims import Bound, Claim, above, below, claim, equal, percent, small
from . import untested
from .shared import EXACT, INFERRED, METHODS, OVER, PAPER, UNDER, check_limits, differ, outcomes, sign_changes

if TYPE_CHECKING:
    import xarray as xr

AREA = "fixed GluN density"
IMMUNE_UM3 = 0.2
"""Above this volume the paper's example shows no plasticity (p. 16146)."""


@dataclass(frozen=True)
class Parameters:
    """Parameters of Fig. 1."""

    theta_p: float = param(5.5, "uM", "potentiation threshold", METHODS)
    theta_d: float = param(4.0, "uM", "depression threshold", METHODS)
    sigma: float = param(0.2, "uM", "width of both thresholds", METHODS)
    eta_p: float = param(1e-9, "S/s", "potentiation rate", METHODS)
    eta_d: float = param(5e-10, "S/s", "depression rate", METHODS)
    conductance_density: float = param(5e-9, "S/um^3", "GluA conductance per head volume", f"{PAPER}, Fig. 6")
    alpha_under: float = param(0.0, "", "exponent of the influx, undercompensation", METHODS)
    alpha_area: float = param(2.0 / 3.0, "", "exponent when the GluN density is fixed per area", METHODS)
    alpha_over: float = param(2.0, "", "exponent of the influx, overcompensation", METHODS)
    tau_calcium: float = param(0.02, "s", "decay of calcium", METHODS)
    reference_volume: float = param(0.1, "um^3", "volume at which all relations agree", INFERRED)
    reference_calcium: float = param(5.0, "uM", "[Ca2+] at the reference volume", INFERRED)
    min_volume: float = param(0.01, "um^3", "smallest volume", f"{PAPER}, Fig. 6")
    max_volume: float = param(0.3, "um^3", "largest volume", f"{PAPER}, Fig. 6")
    n_volumes: int = param(1000, "", "volumes", "resolution")

    def __post_init__(self) -> None:
        check_positive(
            self, "conductance_density", "tau_calcium", "reference_volume", "reference_calcium", "min_volume",
            "max_volume", "n_volumes",
        )  # fmt: skip
        check_limits(self.min_volume, self.max_volume, "volume", "um^3")
        order = (self.alpha_under, self.alpha_area, 1.0, self.alpha_over)
        if not (np.all(np.isfinite(order)) and np.all(np.diff(order) > 0)):
            raise ParameterError(
                f"The exponents are {self.alpha_under}, {self.alpha_area} and {self.alpha_over}; "
                "give alpha_under < alpha_area < 1 < alpha_over."
            )
        if self.n_volumes < 2:
            raise ParameterError(f"n_volumes is {self.n_volumes}; give at least 2.")
        self.rule()

    def rule(self) -> CalciumRule:
        """Return the plasticity rule, in um^3/s."""
        return CalciumRule(
            self.eta_p / self.conductance_density, self.eta_d / self.conductance_density,
            self.theta_p, self.theta_d, self.sigma, self.sigma,
        )  # fmt: skip


def compute(p: Parameters) -> xr.Dataset:
    """Evaluate the rule, and influx, calcium and plasticity against volume."""
    import xarray as xr

    rule = p.rule()
    calcium = np.linspace(0.0, 10.0, 501)
    volume = np.geomspace(p.min_volume, p.max_volume, p.n_volumes)
    alpha = np.array([p.alpha_under, p.alpha_area, 1.0, p.alpha_over])
    names = [UNDER.name, AREA, EXACT.name, OVER.name]
    relative = volume / p.reference_volume
    influx_at_reference = p.reference_calcium * p.reference_volume / p.tau_calcium
    influx = influx_at_reference * relative ** alpha[:, None]
    concentration = influx * p.tau_calcium / volume
    dims = ("relation", "volume")
    return xr.Dataset(
        {
            "rule": ("calcium", rule.rate(calcium), {"units": "um^3/s", "long_name": "dV/dt"}),
            "influx": (dims, influx, {"units": "uM um^3/s", "long_name": "Ca2+ influx"}),
            "concentration": (dims, concentration, {"units": "uM", "long_name": "[Ca2+]"}),
            "plasticity": (dims, rule.rate(concentration), {"units": "um^3/s", "long_name": "dV/dt"}),
        },
        coords={
            "calcium": ("calcium", calcium, {"units": "uM"}),
            "volume": ("volume", volume, {"units": "um^3"}),
            "relation": names,
            "alpha": ("relation", alpha),
        },
    )


def slope(data: xr.Dataset, name: str) -> float:
    """Return the logarithmic slope of [Ca2+] against volume."""
    log_calcium = np.log(data["concentration"].sel(relation=name).values)
    return float(np.polyfit(np.log(data["volume"].values), log_calcium, 1)[0])


def crossing_claim(data: xr.Dataset, name: str, beyond: Bound, sentence: str, short: str, where: str) -> Claim:
    """Check that plasticity changes sign exactly once, and its sign at larger volumes."""
    drift = significant(data["plasticity"].sel(relation=name).values)
    crossings = sign_changes(data["volume"].values, drift)
    value, sign = crossings[0] if crossings else (0.0, 0)
    also = [("changes of sign", len(crossings), equal(1)), ("sign beyond", sign, beyond)]
    return claim(short, sentence, value, unit="um^3", where=where, also=also)


def significant(drift: NDArray[np.float64]) -> NDArray[np.float64]:
    """Set drifts below one millionth of the largest to zero."""
    return np.where(np.abs(drift) < 1e-6 * np.abs(drift).max(), 0.0, drift)


def claims(data: xr.Dataset) -> list[Claim]:
    """Check the statements of the figure."""
    rule = data["rule"].values
    exact, under, over = (data["plasticity"].sel(relation=r.name).values for r in (EXACT, UNDER, OVER))
    spread = float(np.ptp(exact) / np.abs(rule).max())
    large = np.abs(under[data["volume"].values > IMMUNE_UM3]).max() / np.abs(under).max()
    return [
        claim("rule", "Low [Ca2+] changes nothing, intermediate depresses, high potentiates",
              differ(outcomes(rule), [0, -1, 1]), equal(0), what="directions that differ", where="Fig. 1Aii"),
        claim("calcium-exact", "In exact compensation [Ca2+] does not depend on volume", slope(data, EXACT.name),
              small(1e-9), what="slope", where="Fig. 1Di"),
        claim("uniform-exact", "In exact compensation plasticity is the same at every volume", spread, below(1e-9),
              what="spread / largest rate", where="Fig. 1Di"),
        claim("calcium-undercompensation", "In undercompensation [Ca2+] falls with volume", slope(data, UNDER.name),
              below(-1e-9), what="slope", where="Fig. 1Dii"),
        claim("calcium-area", "Influx in proportion to surface area undercompensates", slope(data, AREA), below(-1e-9),
              what="slope", where="p. 16143"),
        claim("outcomes-undercompensation", "In undercompensation one stimulus potentiates small spines, depresses "
              "medium ones and leaves large ones unchanged", differ(outcomes(under), [1, -1, 0]), equal(0),
              what="directions that differ", where="Fig. 1Dii"),
        claim("large-immune", f"In undercompensation spines above {IMMUNE_UM3:g} um^3 are immune to plasticity", large,
              below(percent(1)), what="rate / largest", where="p. 16146"),
        crossing_claim(data, UNDER.name, below(0), "In undercompensation small spines grow and large ones shrink: "
                       "one stable volume", "stable-undercompensation", "p. 16148"),
        claim("calcium-overcompensation", "In overcompensation [Ca2+] rises with volume", slope(data, OVER.name),
              above(1e-9), what="slope", where="Fig. 1Diii"),
        claim("outcomes-overcompensation", "In overcompensation one stimulus leaves small spines unchanged, depresses "
              "medium ones and potentiates large ones", differ(outcomes(over), [0, -1, 1]), equal(0),
              what="directions that differ", where="Fig. 1Diii"),
        crossing_claim(data, OVER.name, above(0), "In overcompensation small spines shrink and large ones grow: "
                       "one unstable volume", "unstable-overcompensation", "p. 16148"),
    ]  # fmt: skip


def plot(p: Parameters, data: xr.Dataset) -> Any:
    """Draw the four panels."""
    from ...viz.style import BLACK, ORANGE, label_panels, new_figure

    figure = new_figure(7.0, 4.6)
    axes = figure.subplots(2, 2).ravel()
    volume = data["volume"].values
    colours = (UNDER.colour, ORANGE, EXACT.colour, OVER.colour)
    axes[0].plot(data["calcium"], 1e3 * data["rule"], color=BLACK)
    axes[0].set(xlabel="[Ca$^{2+}$] (µM)", ylabel="dV/dt (10$^{-3}$ µm$^3$/s)", xlim=(0, 10))
    for threshold, text in ((p.theta_d, r"$\theta_d$"), (p.theta_p, r"$\theta_p$")):
        axes[0].axvline(threshold, color="0.7", linestyle=":", linewidth=0.8)
        axes[0].annotate(text, (threshold, 1.0), xycoords=("data", "axes fraction"), ha="center", va="bottom")
    for i, name in enumerate(data["relation"].values):
        style = {"color": colours[i], "linestyle": "--" if i == 1 else "-"}
        label = f"{name} ($\\alpha$ = {float(data['alpha'][i]):.3g})"
        axes[1].plot(volume, data["influx"][i], label=label, **style)
        axes[2].plot(volume, data["concentration"][i], **style)
        axes[3].plot(volume, 1e3 * data["plasticity"][i], **style)
    for axis in axes[1:]:
        axis.set(xlabel="spine volume (µm$^3$)", xlim=(0, p.max_volume))
    axes[1].set(ylabel="Ca$^{2+}$ influx (µM µm$^3$/s)", ylim=(0, 150))
    axes[1].legend(loc="upper left")
    axes[2].set(ylabel="[Ca$^{2+}$] (µM)", ylim=(0, 15))
    for threshold in (p.theta_d, p.theta_p):
        axes[2].axhline(threshold, color="0.7", linestyle=":", linewidth=0.8)
    axes[3].set(ylabel="dV/dt (10$^{-3}$ µm$^3$/s)")
    for axis in (axes[0], axes[3]):
        axis.axhline(0.0, color="0.7", linewidth=0.8, zorder=0)
        axis.text(0.99, 0.75, "potentiation", transform=axis.transAxes, ha="right", color="0.4")
        axis.text(0.99, 0.25, "depression", transform=axis.transAxes, ha="right", color="0.4")
    label_panels(axes, "ABCD")
    return figure


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Compute the curves, check the statements and draw the figure."""
    options.progress.start(1, "curves")
    data = compute(p)
    options.progress.advance(1)
    return Outcome(claims(data), data, {"odonnell2011_fig1": plot(p, data)})


SCENARIO = Scenario(
    name="odonnell2011.fig1",
    title="Plasticity rule and the three relations of calcium influx to spine volume",
    figure="O'Donnell et al. 2011, Fig. 1",
    engine="ode",
    expected="2 s",
    parameters=Parameters,
    run=run,
    untested=untested.FIG1,
)
