"""Calcium of the spines in time, and peaks and weights against sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ...viz.style import BLUE, GREEN, ORANGE, label_panels, new_figure
from .analysis import estimate
from .spines import KINDS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MS = 1e3
COLORS: Mapping[str, str] = dict(zip(KINDS, (BLUE, ORANGE, GREEN), strict=True))
MARKERS: Mapping[str, str] = dict(zip(KINDS, "osD", strict=True))
STYLES = ("-", "--", ":", "-.")


def kind_of(name: str) -> str:
    """Return the kind of a spine, the first word of its name."""
    return name.replace(",", "").split()[0]


def draw(data: xr.Dataset) -> Figure:
    """Draw mean ions in time (A), peaks against V/A and A (B, C), and weights against V/A (D)."""
    figure: Figure = new_figure(7.4, 5.6)
    axes = figure.subplots(2, 2)
    _in_time(axes[0, 0], data)
    _against(axes[0, 1], data, "peak", "V_A", "peak of free Ca$^{2+}$ (ions)", "V/A (um)")
    _against(axes[1, 0], data, "peak", "A", "peak of free Ca$^{2+}$ (ions)", "area of the membrane (um$^2$)")
    _against(axes[1, 1], data, "weight", "V_A", "weight at the end (10$^{-4}$)", "V/A (um)", factor=1e4)
    label_panels(axes.flat, "ABCD")
    return figure


def draw_by_name(data: xr.Dataset) -> Figure:
    """Draw mean ions (A) and open channels (B) in time, and peaks (C) and weights (D) of each spine."""
    figure: Figure = new_figure(7.4, 5.6)
    axes = figure.subplots(2, 2)
    _in_time(axes[0, 0], data)
    _channels(axes[0, 1], data)
    _each(axes[1, 0], data, "peak", "peak of free Ca$^{2+}$ (ions)")
    _each(axes[1, 1], data, "weight", "weight at the end (10$^{-4}$)", factor=1e4)
    label_panels(axes.flat, "ABCD")
    return figure


def _styles(data: xr.Dataset) -> dict[str, tuple[str, str]]:
    """Return line style and colour of every spine: a colour for each kind, or for each spine that is of none."""
    seen: dict[str, int] = {}
    found = {}
    for name in map(str, data["spine"].values):
        kind = kind_of(name)
        found[name] = STYLES[seen.setdefault(kind, 0) % len(STYLES)], COLORS.get(kind, BLUE)
        seen[kind] += 1
    return found


def _in_time(axes: Any, data: xr.Dataset) -> None:
    for name, (style, color) in _styles(data).items():
        axes.plot(MS * data["time"], data["ions"].sel(spine=name).mean("trial"), style, color=color, lw=1, label=name)
    axes.set(xlabel="time (ms)", ylabel="free Ca$^{2+}$ (ions, mean)")
    axes.legend(fontsize=5.5, frameon=False)


def _channels(axes: Any, data: xr.Dataset) -> None:
    for channel, label, color in (("vscc", "VSCC", BLUE), ("nmdar", "NMDAR", ORANGE)):
        for number, (name, (style, _)) in enumerate(_styles(data).items()):
            open_ = data[channel].sel(spine=name).mean("trial")
            axes.plot(MS * data["time"], open_, style, color=color, lw=1, label=None if number else label)
    axes.set(xlabel="time (ms)", ylabel="open channels (mean)")
    axes.legend(fontsize=6, frameon=False)


def _each(axes: Any, data: xr.Dataset, measure: str, y: str, factor: float = 1.0) -> None:
    names = [str(name) for name in data["spine"].values]
    for place, name in enumerate(names):
        trials, mean = factor * data[measure].sel(spine=name), estimate(data, measure, name)
        axes.plot(np.full(trials.size, place), trials, ".", color="0.7", ms=3)
        axes.errorbar(
            place, factor * mean.mean, yerr=factor * mean.se if np.isfinite(mean.se) else 0.0,
            fmt="o", ms=4, elinewidth=1, color=COLORS.get(kind_of(name), BLUE),
        )  # fmt: skip
    axes.set(xlim=(-0.5, len(names) - 0.5), ylabel=y)
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right", fontsize=6)


def _against(axes: Any, data: xr.Dataset, measure: str, size: str, y: str, x: str, factor: float = 1.0) -> None:
    for kind in KINDS:
        names = [name for name in map(str, data["spine"].values) if kind_of(name) == kind]
        if not names:
            continue
        means = [estimate(data, measure, name) for name in names]
        axes.errorbar(
            data[size].sel(spine=names), [factor * m.mean for m in means],
            yerr=[factor * m.se if np.isfinite(m.se) else 0.0 for m in means],
            fmt=MARKERS[kind], ms=4, lw=0, elinewidth=1, color=COLORS[kind], label=kind,
        )  # fmt: skip
    axes.set(xlabel=x, ylabel=y)
    axes.legend(fontsize=6, frameon=False)
