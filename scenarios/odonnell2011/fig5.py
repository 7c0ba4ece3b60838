"""Fig. 5: only undercompensation gives a central, single-peaked distribution of synaptic strengths."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base import Outcome, RunOptions, Scenario
from ..claims import Claim, claim, equal
from . import untested
from .shared import COMPENSATIONS, EXACT, OVER, UNDER
from .volume_model import StatisticalParameters

if TYPE_CHECKING:
    import xarray as xr

PEAK_FRACTION = 1e-3
"""Local maxima below this fraction of the largest density are not peaks one could see."""


@dataclass(frozen=True)
class Parameters(StatisticalParameters):
    """Parameters of Fig. 5."""


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Solve for the steady states of the three relations under each amplitude distribution."""
    import xarray as xr

    variants = {
        p.distribution: p,
        **{name: replace(p, distribution=name) for name in ("exponential", "uniform", "lognormal")},
        "capped at 20 µM": replace(p, cap=20.0),
    }
    options.progress.start(len(variants), "steady states")
    equations = [[variant.equation(relation) for relation in COMPENSATIONS] for variant in variants.values()]
    density: list[list[NDArray[np.float64]]] = []
    for row in equations:
        density.append([equation.steady_state() / equation.width for equation in row])
        options.progress.advance(1)
    return xr.Dataset(
        {"density": (("distribution", "relation", "cell"), np.array(density), {"units": "1/um^3"})},
        coords={
            "distribution": list(variants),
            "relation": [relation.name for relation in COMPENSATIONS],
            "volume": (("relation", "cell"), [equation.centres for equation in equations[0]], {"units": "um^3"}),
        },
    )


def peaks(density: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the indices of the local maxima, those at the limits included."""
    padded = np.concatenate([[-np.inf], density, [-np.inf]])
    maxima = (padded[1:-1] > padded[:-2]) & (padded[1:-1] >= padded[2:])
    return np.flatnonzero(maxima & (density > PEAK_FRACTION * density.max()))


def claims(data: xr.Dataset) -> list[Claim]:
    """Check the number and place of the peaks, for the scenario's distribution and for the others."""
    found = []
    last = data["cell"].size - 1
    for index, distribution in enumerate(data["distribution"].values):
        at = {str(name): peaks(data["density"].values[index, i]) for i, name in enumerate(data["relation"].values)}
        suffix = "" if index == 0 else f"-{str(distribution).split()[0]}"
        origin = f"{distribution} amplitudes" if "cap" not in str(distribution) else f"amplitudes {distribution}"
        where = "Fig. 5" if index == 0 else "p. 16144"
        inside = {name: sum(0 < peak < last for peak in places) for name, places in at.items()}
        found.append(
            claim(f"under-central{suffix}", f"Undercompensation gives one peak between the limits ({origin})",
                  data["volume"].sel(relation=UNDER.name)[at[UNDER.name][0]], unit="um^3", where=where,
                  also=[("peaks", len(at[UNDER.name]), equal(1)), ("between the limits", inside[UNDER.name], equal(1))])
        )  # fmt: skip
        for relation in (EXACT, OVER):
            found.append(
                claim(f"{relation.name.split()[0][:5]}-at-limits{suffix}",
                      f"{relation.name.capitalize()} gives no central peak ({origin})", inside[relation.name],
                      equal(0), what="peaks between the limits", where=where)
            )  # fmt: skip
        found.append(
            claim(f"over-two-peaks{suffix}", f"Overcompensation gives peaks at both limits ({origin})",
                  len(at[OVER.name]), equal(2), what="peaks", where="abstract",
                  also=[("between the limits", inside[OVER.name], equal(0))])
        )  # fmt: skip
    return found


def peak_table(data: xr.Dataset) -> list[dict[str, Any]]:
    """List the volumes (um^3) of the peaks under each amplitude distribution."""
    volume = data["volume"].values
    return [
        {"amplitudes": str(distribution)}
        | {str(name): ", ".join(f"{volume[j, k]:.3f}" for k in peaks(data["density"].values[i, j]))
           for j, name in enumerate(data["relation"].values)}
        for i, distribution in enumerate(data["distribution"].values)
    ]  # fmt: skip


def plot(data: xr.Dataset) -> Any:
    """Draw the steady states of the three relations."""
    from ...viz.style import label_panels, new_figure

    figure = new_figure(7.0, 2.5)
    axes = figure.subplots(1, 3)
    styles = ("-", "--", ":", "-.")
    for axis, relation in zip(axes, COMPENSATIONS, strict=True):
        for index, distribution in enumerate(data["distribution"].values):
            # The capped curve lies on the exponential one.
            colour = "black" if "cap" in str(distribution) else relation.colour
            part = data.sel(relation=relation.name)
            axis.plot(part["volume"], part["density"][index], color=colour,
                      linestyle=styles[index], label=str(distribution), linewidth=1.6 if index == 0 else 0.9)  # fmt: skip
        axis.set(
            xlabel="spine volume (µm$^3$)", xlim=(0, 1.02 * float(data["volume"].max())), yscale="log", ylim=(1e-3, 1e3)
        )
        axis.text(0.5, 1.02, relation.name, transform=axis.transAxes, ha="center", va="bottom", color=relation.colour)
    axes[0].set(ylabel="steady-state density (µm$^{-3}$)")
    axes[1].legend(loc="upper right", title="[Ca$^{2+}$] amplitudes", title_fontsize=7)
    label_panels(axes, "ABC")
    return figure


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Solve for the steady states, check their shape and draw the figure."""
    data = compute(p, options)
    return Outcome(claims(data), data, {"odonnell2011_fig5": plot(data)}, {"Peaks (um^3)": peak_table(data)})


SCENARIO = Scenario(
    name="odonnell2011.fig5",
    title="Steady-state distributions of spine volume in the three relations",
    figure="O'Donnell et al. 2011, Fig. 5",
    engine="fokker-planck",
    expected="3 s",
    parameters=Parameters,
    run=run,
    untested=untested.FIG5,
)
