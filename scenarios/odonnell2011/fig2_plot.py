"""The panels of Fig. 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...viz.style import PURPLE
from .fig2_claims import moved
from .neuron import NetworkParameters
from .shared import COMPENSATIONS

if TYPE_CHECKING:
    import xarray as xr


def plot_rates(p: NetworkParameters, data: xr.Dataset) -> Any:
    """Draw calcium curves, direction maps and final strengths of the three relations."""
    from ...viz.style import label_panels, new_figure

    figure = new_figure(7.2, 6.8)
    axes = figure.subplots(3, 3)
    maps = []
    for column, relation in enumerate(COMPENSATIONS):
        part = data.sel(relation=relation.name)
        plot_curves(axes[0, column], p, part)
        maps.append(plot_map(axes[1, column], p, part))
        shown = tuple(1e3 * p.volume_per_strength * strength for strength in (p.min_strength / 5, p.ceiling))
        axes[0, column].set(xlim=shown, xscale="log")
        axes[1, column].set(ylim=shown, yscale="log")
        plot_final(axes[2, column], p, part, relation.colour)
        axes[0, column].text(0.5, 1.12, relation.name, transform=axes[0, column].transAxes, ha="center", va="bottom",
                             color=relation.colour)  # fmt: skip
    axes[0, 2].legend(loc="upper left", title="rate (Hz)", title_fontsize=7, labelspacing=0.2)
    for level, text in ((p.rule().theta_d, r"$\theta_d$"), (p.rule().theta_p, r"$\theta_p$")):
        axes[0, 2].annotate(text, (1.01, level), xycoords=("axes fraction", "data"), va="center")
    axes[1, 0].plot([], [], "k--", linewidth=0.9, label="LTD threshold")
    axes[1, 0].plot([], [], "k-", linewidth=0.9, label="LTP threshold")
    axes[1, 0].legend(loc="upper left")
    bar = figure.colorbar(maps[-1], ax=axes[1, :], ticks=(-0.5, 0, 0.5), pad=0.01)
    bar.set_label("dw/dt (potentiation rate)")
    for row in axes:
        for axis in row[1:]:
            axis.set_ylabel("")
    label_panels(axes.ravel(), "ABCDEFGHI")
    return figure


def plot_curves(axis: Any, p: NetworkParameters, part: xr.Dataset) -> None:
    """Draw [Ca2+] against volume for rising stimuli."""
    shades = np.linspace(0.75, 0.0, part.sizes["stimulus"])
    for shade, rate in zip(shades, part["stimulus"].values, strict=True):
        curve = part["calcium_curve"].sel(stimulus=rate)
        axis.plot(1e3 * part["volume"], curve, color=str(shade), label=f"{rate:g}", linewidth=1.0)
    rule = p.rule()
    for level in (rule.theta_d, rule.theta_p):
        axis.axhline(level, color=PURPLE, linestyle=":", linewidth=0.9)
    axis.set(xlabel="spine volume (10$^{-3}$ µm$^3$)", ylabel="[Ca$^{2+}$] (µM)", ylim=(0, 3 * rule.theta_p))


def plot_map(axis: Any, p: NetworkParameters, part: xr.Dataset) -> Any:
    """Draw the direction of plasticity over rate and volume with the two thresholds."""
    mesh = axis.pcolormesh(part["map_rate"], 1e3 * part["volume"], part["direction"].values.T, cmap="RdBu_r", vmin=-0.5,
                           vmax=0.5, shading="auto", rasterized=True)  # fmt: skip
    rule = p.rule()
    axis.contour(part["map_rate"], 1e3 * part["volume"], part["calcium"].values.T,
                 levels=[rule.theta_d, rule.theta_p], colors="black", linestyles=["--", "-"],
                 linewidths=0.9)  # fmt: skip
    axis.set(xlabel="pre- and postsynaptic rate (Hz)", ylabel="spine volume (10$^{-3}$ µm$^3$)")
    return mesh


def plot_final(axis: Any, p: NetworkParameters, part: xr.Dataset, colour: str) -> None:
    """Draw the final strengths against the presynaptic rate; strengths that did not move are grey."""
    final, has_moved = part["final"].values, moved(p, part)
    rate = np.broadcast_to(part["rate"].values[:, None, None], final.shape)
    axis.plot(rate[~has_moved], final[~has_moved], ".", color="0.8", markersize=2, rasterized=True)
    axis.plot(rate[has_moved], final[has_moved], ".", color=colour, markersize=3, rasterized=True)
    axis.set(xlabel="presynaptic rate (Hz)", ylabel="final strength (pA)", ylim=(0, 1.04 * p.ceiling))
