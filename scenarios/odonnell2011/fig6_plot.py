"""The panels of Fig. 6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...plasticity import CalciumRule

if TYPE_CHECKING:
    import xarray as xr

OPENING = 150
"""Samples of the voltage trace that are shown."""


def plot_spine(data: xr.Dataset) -> Any:
    """Draw voltage, calcium and strength against time, and calcium and plasticity against volume and voltage."""
    from ...viz.style import BLUE, GREEN, ORANGE, PURPLE, SKY, label_panels, new_figure

    figure = new_figure(7.0, 6.2)
    upper, lower = figure.subfigures(2, 1, height_ratios=(2, 1))
    axes = np.vstack([upper.subplots(2, 3), lower.subplots(1, 3)])
    sizes = dict(zip(data["size"].values, (ORANGE, GREEN, BLUE), strict=True))
    potentials = dict(zip(data["potential"].values, (SKY, PURPLE), strict=True))
    volumes = {size: float(data["head_volume"].sel(size=size)[0, 0]) for size in sizes}
    time = data["time"].values

    for column, mV in enumerate(potentials):
        for row, name in enumerate(("calcium", "strength")):
            axis = axes[row, column]
            for size, colour in sizes.items():
                label = f"{size}, {volumes[size]:.2g} µm$^3$"
                axis.plot(time, data[name].sel(potential=mV, size=size), color=colour, label=label)
            axis.set(xlabel="time (s)", xlim=(0, time[-1]))
        thresholds(axes[0, column])
        axes[0, column].set(ylabel="spine [Ca$^{2+}$] (µM)", ylim=(0, 1.05 * float(data["calcium"].max())))
        axes[0, column].text(0.97, 0.93, f"dendrite at {minus(mV)} mV", transform=axes[0, column].transAxes, ha="right")
        axes[1, column].set(ylabel="$g_{AMPA}$ (pS)", ylim=(0, 1.08 * float(data["strength"].max())))
    axes[1, 0].legend(loc="center", bbox_to_anchor=(0.64, 0.62))

    for mV, colour in potentials.items():
        peaks = data["peak_calcium"].sel(potential=mV)
        axes[0, 2].plot(data["volume"], peaks, ".-", color=colour, label=f"{minus(mV)} mV")
        axes[2, 1].plot(data["volume"], 100 * data["relative_change"].sel(potential=mV), ".-", color=colour)
        voltage = data["voltage"].sel(potential=mV, size="medium")
        axes[2, 0].plot(1e3 * time[:OPENING], voltage[:OPENING] - voltage[0], color=colour)
    thresholds(axes[0, 2])
    axes[0, 2].set(xlabel="spine volume (µm$^3$)", ylabel="peak [Ca$^{2+}$] (µM)", ylim=(0, None))
    axes[0, 2].legend(loc="upper right")
    axes[2, 0].set(xlabel="time (ms)", ylabel="head depolarisation,\nmedium spine (mV)")
    axes[2, 1].set(xlabel="initial spine volume (µm$^3$)", xscale="log", ylabel="change of strength (%)",
                   yscale="symlog")  # fmt: skip
    axes[2, 1].set_xticks([0.01, 0.03, 0.1, 0.3], ["0.01", "0.03", "0.1", "0.3"])
    axes[2, 1].minorticks_off()
    ticks = (-100, -10, -1, 0, 1, 10, 100, 1000)
    axes[2, 1].set_yticks(ticks, [minus(tick) for tick in ticks])
    axes[2, 1].axhline(0.0, color="0.7", linewidth=0.8, zorder=0)

    for size, colour in sizes.items():
        final = data["final_strength"].sel(size=size)
        axes[1, 2].plot(data["holding"], final, "o-", color=colour, markersize=3, label=size)
        axes[1, 2].axhline(float(data["initial_strength"].sel(size=size)), color=colour, linestyle=":", linewidth=0.8)
    axes[1, 2].set(xlabel="dendrite potential (mV)", ylabel="final $g_{AMPA}$ (pS)",
                   ylim=(0, 1.08 * float(data["strength"].max())))  # fmt: skip
    plot_robustness(axes[2, 2], data)
    label_panels(axes.ravel(), "ABCDEFGHI")
    return figure


def minus(number: float) -> str:
    """Format a number with a minus sign instead of a hyphen."""
    return f"{number:g}".replace("-", "−")


def thresholds(axis: Any) -> None:
    """Mark the thresholds of plasticity."""
    rule = CalciumRule()
    for level, text in ((rule.theta_d, r"$\theta_d$"), (rule.theta_p, r"$\theta_p$")):
        axis.axhline(level, color="0.7", linestyle=":", linewidth=0.8, zorder=0)
        axis.annotate(text, (1.01, level), xycoords=("axes fraction", "data"), va="center", fontsize=7)


def plot_robustness(axis: Any, data: xr.Dataset) -> None:
    """Draw the final strengths of small and medium spines with each parameter doubled and halved."""
    from ...viz.style import GREEN, ORANGE

    if "final_perturbed" not in data:
        axis.set_axis_off()
        axis.text(0.5, 0.5, "robustness: not run", transform=axis.transAxes, ha="center", color="0.4")
        return
    names = [str(name) for name in data["parameter"].values]
    y = np.arange(len(names))[::-1]
    weak = data["final_perturbed"].isel(potential=0)
    for size, colour in (("small", ORANGE), ("medium", GREEN)):
        for factor, marker, shift in ((2.0, "^", 0.14), (0.5, "v", -0.14)):
            axis.plot(weak.sel(size=size, factor=factor), y + shift, marker, color=colour, markersize=4,
                      fillstyle="none" if size == "medium" else "full", linestyle="none")  # fmt: skip
        axis.axvline(float(data["strength"].isel(potential=0, time=-1).sel(size=size)), color=colour, linewidth=0.8,
                     linestyle=":")  # fmt: skip
    axis.set_yticks(y, names, fontsize=6)
    axis.set(xlabel="final $g_{AMPA}$ at −50 mV (pS)", xlim=(0, None))
    axis.plot([], [], "^", color="0.3", markersize=4, label="doubled")
    axis.plot([], [], "v", color="0.3", markersize=4, label="halved")
    axis.legend(loc="lower right", handletextpad=0.1)
