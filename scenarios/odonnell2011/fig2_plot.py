"""The panels of Fig. 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...plasticity import CalciumRule
from .neuron import NetworkParameters
from .shared import COMPENSATIONS

if TYPE_CHECKING:
    import xarray as xr


def plot_rates(p: NetworkParameters, data: xr.Dataset, settled: float) -> Any:
    """Draw calcium curves, direction maps and final strengths of the three relations.

    A strength that changed by less than ``settled`` of the range has not moved.
    """
    from ...viz.style import label_panels, new_figure

    figure = new_figure(7.2, 6.8)
    axes = figure.subplots(3, 3)
    maps = []
    for column, relation in enumerate(COMPENSATIONS):
        part = data.sel(relation=relation.name)
        plot_curves(axes[0, column], part)
        maps.append(plot_map(axes[1, column], part))
        largest = 1e3 * p.max_strength * p.volume_per_strength
        axes[0, column].set(xlim=(0.4, largest), xscale="log")
        axes[1, column].set(ylim=(0.4, largest), yscale="log")
        plot_final(axes[2, column], p, part, relation.colour, settled)
        axes[0, column].text(0.5, 1.12, relation.name, transform=axes[0, column].transAxes, ha="center", va="bottom",
                             color=relation.colour)  # fmt: skip
    axes[0, 0].legend(loc="upper right", title="rate (Hz)", title_fontsize=7, labelspacing=0.2)
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


def plot_curves(axis: Any, part: xr.Dataset) -> None:
    """Draw [Ca2+] against volume for rising stimuli."""
    shades = np.linspace(0.75, 0.0, part.sizes["stimulus"])
    for shade, rate in zip(shades, part["stimulus"].values, strict=True):
        curve = part["calcium_curve"].sel(stimulus=rate)
        axis.plot(1e3 * part["volume"], curve, color=str(shade), label=f"{rate:g}", linewidth=1.0)
    rule = CalciumRule()
    for level in (rule.theta_d, rule.theta_p):
        axis.axhline(level, color="#CC79A7", linestyle=":", linewidth=0.9)
    axis.set(xlabel="spine volume (10$^{-3}$ µm$^3$)", ylabel="[Ca$^{2+}$] (µM)", ylim=(0, 12))


def plot_map(axis: Any, part: xr.Dataset) -> Any:
    """Draw the direction of plasticity over rate and volume with the two thresholds."""
    mesh = axis.pcolormesh(part["map_rate"], 1e3 * part["volume"], part["direction"].values.T, cmap="RdBu_r", vmin=-0.5,
                           vmax=0.5, shading="auto", rasterized=True)  # fmt: skip
    rule = CalciumRule()
    axis.contour(part["map_rate"], 1e3 * part["volume"], part["calcium"].values.T,
                 levels=[rule.theta_d, rule.theta_p], colors="black", linestyles=["--", "-"],
                 linewidths=0.9)  # fmt: skip
    axis.set(xlabel="rate (Hz)", ylabel="spine volume (10$^{-3}$ µm$^3$)")
    return mesh


def plot_final(axis: Any, p: NetworkParameters, part: xr.Dataset, colour: str, settled: float) -> None:
    """Draw the final strengths against the presynaptic rate; strengths that did not move are grey."""
    initial = part["initial"].values
    final = part["final"].values
    moved = np.abs(final - initial) > settled * np.ptp(initial)
    rate = np.broadcast_to(part["rate"].values[:, None, None], final.shape)
    axis.plot(rate[~moved], final[~moved], ".", color="0.8", markersize=2, rasterized=True)
    axis.plot(rate[moved], final[moved], ".", color=colour, markersize=3, rasterized=True)
    axis.set(xlabel="presynaptic rate (Hz)", ylabel="final strength (pA)", ylim=(0, 1.08 * p.max_strength))
