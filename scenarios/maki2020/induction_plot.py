"""Figure of an induction: calcium, kinases, subunits, tetramers and conductance against time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...model import units
from ...viz.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, RED, SKY, label_panels, new_figure
from .pathways import VOLUME

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

# Group -> label and colour.
Lines = dict[str, tuple[str, str]]
KINASES: Lines = {
    "CaMKII, active": ("CaMKII", RED),
    "PKA, catalytic": ("PKA", BLUE),
    "PKC, active": ("PKC", GREEN),
}
PHOSPHORYLATED: Lines = {
    "GluR1, S845-P": ("GluR1 at S845", BLUE),
    "GluR1, S831-P": ("GluR1 at S831", RED),
    "GluR2, S880-P": ("GluR2 at S880", GREEN),
}
SUBUNITS: Lines = {
    "GluR1 on the membrane": ("GluR1", BLACK),
    "GluR1 on the membrane, S831-P": ("GluR1, S831-P", RED),
    "GluR2 on the membrane": ("GluR2", GREEN),
}
TETRAMERS = {
    "homomer1": ("GluR1 homomers", SKY),
    "homomer1_phosphorylated": ("GluR1 homomers, S831-P", RED),
    "heteromer": ("heteromers", ORANGE),
    "homomer2": ("GluR2 homomers", PURPLE),
}


def draw_induction(data: xr.Dataset, shown: float, title: str) -> Figure:
    """Draw six panels; the calcium panel shows the first ``shown`` seconds."""
    figure = new_figure(7.2, 4.4)
    axes = figure.subplots(2, 3)
    _calcium(axes[0, 0], data, shown)
    _counts(axes[0, 1], data, KINASES, "active kinase (molecules)")
    axes[0, 1].set(yscale="log", ylim=(0.3, 3e5))
    _counts(axes[0, 2], data, PHOSPHORYLATED, "phosphorylated subunits")
    _counts(axes[1, 0], data, SUBUNITS, "subunits on the membrane")
    _tetramers(axes[1, 1], data)
    _conductance(axes[1, 2], data)
    label_panels(axes.ravel(), "ABCDEF")
    figure.suptitle(title, fontsize=8)
    return figure


def _calcium(axis: Any, data: xr.Dataset, shown: float) -> None:
    onset = data.sel(onset_time=data["onset_time"] <= shown)
    concentration = units.micromolar(1.0, VOLUME) * onset["onset_calcium"].values
    axis.plot(onset["onset_time"], concentration, color=BLACK, linewidth=0.5)
    axis.set(xlabel="time from the first pulse (s)", ylabel="free [Ca$^{2+}$] (µM)", ylim=(0, None))


def _minutes(data: xr.Dataset, name: str = "time") -> np.ndarray:
    return np.asarray(data[name].values) / 60


def _counts(axis: Any, data: xr.Dataset, groups: Lines, label: str) -> None:
    for group, (name, colour) in groups.items():
        axis.plot(_minutes(data), data["count"].sel(group=group), color=colour, label=name)
        for trial in data["trial_count"].sel(group=group).values if "trial" in data.dims else ():
            axis.plot(_minutes(data, "trial_time"), trial, color=colour, linewidth=0.4, alpha=0.5)
    axis.set(xlabel="time from the first pulse (min)", ylabel=label)
    _legend_above(axis)


def _legend_above(axis: Any) -> None:
    """Begin the axis at 0 and leave room for the legend above what is drawn."""
    handles, names = axis.get_legend_handles_labels()
    axis.set_ylim(0, (1.1 + 0.16 * len(names)) * axis.get_ylim()[1])
    axis.legend(handles[::-1], names[::-1], loc="upper right")


def _tetramers(axis: Any, data: xr.Dataset) -> None:
    parts = [data["tetramers"].sel(kind=kind).values for kind in TETRAMERS]
    labels, colours = zip(*TETRAMERS.values(), strict=True)
    axis.stackplot(_minutes(data), parts, labels=labels, colors=colours, linewidth=0)
    axis.set(xlabel="time from the first pulse (min)", ylabel="tetramers on the membrane")
    _legend_above(axis)


def _conductance(axis: Any, data: xr.Dataset) -> None:
    if "trial" in data.dims:
        for number, trial in enumerate(data["trial_conductance"].values):
            axis.plot(_minutes(data, "trial_time"), trial, color=SKY, linewidth=0.5,
                      label="jump process" if number == 0 else None)  # fmt: skip
    axis.plot(_minutes(data), data["conductance"], color=BLACK, label="rate equations")
    axis.axhline(float(data["conductance"][0]), color="0.6", linestyle=":", linewidth=0.8)
    axis.set(xlabel="time from the first pulse (min)", ylabel="maximal conductance (pS)")
    _legend_above(axis)
