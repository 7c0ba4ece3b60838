"""Ions and open receptors in time, ours and the archived ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ...viz.style import BLUE, GREEN, ORANGE, label_panels, new_figure
from .analysis import archived, comparable, estimate
from .geometry import SITES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MS = 1e3
COLORS: dict[str, str] = dict(zip(SITES, (BLUE, ORANGE, GREEN), strict=True))


def draw(data: xr.Dataset) -> Figure:
    """Draw ions (A) and open receptors (B) in time, with archived means; open channels (C); peak and area (D, E)."""
    figure: Figure = new_figure(7.4, 5.2)
    grid = figure.add_gridspec(2, 6)
    axes = [figure.add_subplot(grid[0, :3]), figure.add_subplot(grid[0, 3:])]
    axes += [figure.add_subplot(grid[1, 2 * k : 2 * k + 2]) for k in range(3)]
    _in_time(axes[0], data, "ions", "Ca$^{2+}$ in spine and dendrite (ions)")
    _in_time(axes[1], data, "ryr", "open RyRs")
    _channels(axes[2], data)
    _measure(axes[3], data, "peak", "peak (ions)")
    _measure(axes[4], data, "area", "area (ions s)")
    label_panels(axes, "ABCDE")
    return figure


def _sites(data: xr.Dataset) -> list[str]:
    return [str(site) for site in data["site"].values]


def _in_time(axes: Any, data: xr.Dataset, quantity: str, y: str) -> None:
    last = MS * float(data["time"].max())
    for site in _sites(data):
        axes.plot(
            MS * data["time"],
            data[quantity].sel(site=site).mean("trial"),
            color=COLORS.get(site, BLUE),
            lw=1,
            label=site,
        )
        theirs = [a for a in archived() if (a.site, a.quantity) == (site, quantity) and a.at_ms <= last]
        axes.errorbar(
            [a.at_ms for a in theirs], [a.value.mean for a in theirs], yerr=[a.value.se for a in theirs],
            fmt="o", ms=3, lw=0, elinewidth=1, color=COLORS.get(site, BLUE),
        )  # fmt: skip
    axes.set(xlabel="time (ms)", ylabel=f"{y}, mean")
    axes.legend(title="RyRs (dots: archived)", title_fontsize=6, fontsize=6, frameon=False)


def _channels(axes: Any, data: xr.Dataset) -> None:
    for channel, style in (("vscc", "-"), ("nmdar", ":")):
        axes.plot(
            MS * data["time"], data[channel].mean(["site", "trial"]), style, color="0.3", lw=1, label=channel.upper()
        )
    axes.set(xlabel="time (ms)", ylabel="open channels, mean")
    axes.legend(fontsize=6, frameon=False)


def _measure(axes: Any, data: xr.Dataset, measure: str, y: str) -> None:
    for place, site in enumerate(_sites(data)):
        axes.plot(np.full(data.sizes["trial"], place), data[measure].sel(site=site), ".", color="0.75", ms=3)
        theirs = [a.value for a in comparable(data) if (a.site, a.quantity) == (site, measure)]
        for shift, fmt, value in ((-0.1, "o", estimate(data, site, measure)), *((0.1, "D", value) for value in theirs)):
            axes.errorbar(
                place + shift, value.mean, yerr=value.se if np.isfinite(value.se) else 0.0, fmt=fmt, ms=4,
                elinewidth=1, color=COLORS.get(site, BLUE), mfc=None if fmt == "o" else "white",
            )  # fmt: skip
    axes.set(xlim=(-0.5, data.sizes["site"] - 0.5), ylabel=y)
    axes.set_xticks(range(data.sizes["site"]), _sites(data), fontsize=6)
