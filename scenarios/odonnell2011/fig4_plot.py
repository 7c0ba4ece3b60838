"""The panels of Fig. 4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .shared import COMPENSATIONS, OVER, Compensation

if TYPE_CHECKING:
    import xarray as xr

STRONG = -2
"""Initial volume, from the list, whose distributions are drawn."""


def plot_retention(data: xr.Dataset) -> Any:
    """Draw distributions over time, medians, retention times and their dependence on fluctuations."""
    from ...viz.style import label_panels, new_figure

    figure = new_figure(7.0, 6.2)
    axes = figure.subplots(3, 3)
    for column, relation in enumerate(COMPENSATIONS):
        by_fluctuation = data.sel(relation=relation.name)
        part = by_fluctuation.sel(fluctuation=1.0)
        plot_distributions(axes[0, column], part)
        axes[0, column].text(0.5, 1.12, relation.name, transform=axes[0, column].transAxes, ha="center", va="bottom",
                             color=relation.colour)  # fmt: skip
        plot_medians(axes[1, column], part)
        plot_retention_times(axes[2, 0], part, relation)
        if relation is OVER:
            plot_flips(axes[2, 2], by_fluctuation)
        else:
            plot_by_fluctuation(axes[2, 1], by_fluctuation, relation.colour)
    axes[0, 2].legend(loc="center", bbox_to_anchor=(0.45, 0.7), handlelength=1.2)
    end = float(data["time"].max())
    axes[2, 0].plot([], [], "^", color="0.3", markersize=4, label=f"longer than {end:.0e} s".replace("e+0", "e"))
    axes[2, 0].set(xlabel="initial volume (µm$^3$)", ylabel="retention time (s)", yscale="log", ylim=(2, 4e6))
    axes[2, 0].legend(loc="lower right", handlelength=1.2, labelspacing=0.2, borderaxespad=0.1)
    axes[2, 1].set(xlabel="relative fluctuations", ylabel="retention time (s)", yscale="log", ylim=(50, 4e6))
    axes[2, 2].set(xlabel="relative fluctuations", ylabel="flips (probability)", yscale="log", ylim=(1e-12, 1))
    axes[2, 2].legend(loc="lower right", handlelength=1.2)
    label_panels(axes.ravel(), "ABCDEFGHI")
    return figure


def plot_distributions(axis: Any, part: xr.Dataset) -> None:
    """Draw the distribution of one initial volume at the snapshot times, and the steady state."""
    shades = np.linspace(0.75, 0.0, part.sizes["snapshot"])
    for shade, time in zip(shades, part["snapshot"].values, strict=True):
        density = part["density"].sel(snapshot=time).isel(initial=STRONG)
        axis.plot(part["volume"], density, color=str(shade), label=f"{time:g} s", linewidth=1.0)
    axis.plot(part["volume"], part["steady_density"], "--", color="#CC79A7", label="steady state", linewidth=1.0)
    axis.set(xlabel="spine volume (µm$^3$)", ylabel="P (µm$^{-3}$)", yscale="log", ylim=(1e-2, 1e3))


def plot_by_fluctuation(axis: Any, part: xr.Dataset, colour: str) -> None:
    """Draw retention time against fluctuation amplitude, thicker for larger initial volumes."""
    retention = part["retention_time"].where(part["retention_time"] > 0)
    for width, j in zip(np.linspace(0.5, 2.0, part.sizes["initial"]), range(part.sizes["initial"]), strict=True):
        axis.plot(part["fluctuation"], retention[:, j], "-", color=colour, linewidth=width)


def plot_flips(axis: Any, part: xr.Dataset) -> None:
    """Draw the probability of flips against fluctuation amplitude, for each time after which they are counted."""
    for time, style in zip(part["flip_time"].values, (":", "-", "--"), strict=False):
        axis.plot(part["fluctuation"], part["flip_probability"].sel(flip_time=time), style, color=OVER.colour,
                  label=f"in {time:g} s")  # fmt: skip


def plot_retention_times(axis: Any, part: xr.Dataset, relation: Compensation) -> None:
    """Draw retention time against initial volume; triangles are lower bounds, where the run ended first."""
    # A synapse that starts close to the steady state has nothing to lose: 0 s, not drawn.
    retention = part["retention_time"].where(part["retention_time"] > 0)
    outlasted = retention >= float(part["time"].max())
    axis.plot(part["initial"], retention, "-", color=relation.colour, label=relation.name)
    axis.plot(part["initial"], retention.where(~outlasted), "o", color=relation.colour, markersize=3)
    axis.plot(part["initial"], retention.where(outlasted), "^", color=relation.colour, markersize=4)


def plot_medians(axis: Any, part: xr.Dataset) -> None:
    """Draw the median over time from every initial volume."""
    from matplotlib import colormaps

    shades = colormaps["viridis"](np.linspace(0.0, 0.9, part.sizes["initial"]))
    for j, shade in enumerate(shades):
        axis.plot(part["time"][1:], part["median"][1:, j], color=shade, linewidth=1.0)
    axis.axhline(float(part["steady_median"]), color="0.3", linestyle="--", linewidth=0.8)
    axis.set(xlabel="time (s)", ylabel="median volume (µm$^3$)", xscale="log", ylim=(0, 0.31))
    axis.set_xticks([1, 1e2, 1e4, 1e6])
