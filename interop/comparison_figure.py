"""The figure of a comparison: time courses of both sets and their difference in standard errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..viz.style import BLUE, ORANGE, new_figure
from .comparison import ColumnComparison, Comparison

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_COLUMNS = 12
PER_ROW = 4
#: Differences beyond this many standard errors are drawn at the edge.
LARGEST_Z = 8.0


def draw_comparison(comparison: Comparison, names: tuple[str, str] = ("A", "B")) -> Figure:
    """Draw mean and 95 % confidence interval of both sets, and z below, for the twelve columns that differ most.

    Parameters
    ----------
    comparison : Comparison
        From :func:`~nanospine.interop.compare`.
    names : tuple of str
        What the legend calls A and B.
    """
    shown = sorted(comparison.columns, key=lambda column: column.q)[:MOST_COLUMNS]
    shown.sort(key=comparison.columns.index)
    width = min(PER_ROW, len(shown))
    rows = -(-len(shown) // width)
    figure: Figure = new_figure(max(3.4, 2.0 * width), 2.4 * rows + 0.5)
    grid = figure.subfigures(rows, width, squeeze=False)
    scale, unit = _time_unit(float(comparison.course["time"][-1]))
    for number, panel in enumerate(grid.ravel()):
        if number < len(shown):
            _draw_column(panel, comparison, shown[number], scale, unit, left=number % width == 0)
    handles = [figure.axes[0].lines[0], figure.axes[0].lines[1]]
    labels = [f"{name} ({seeds} seeds)" for name, seeds in zip(names, comparison.seeds, strict=True)]
    figure.legend(handles, labels, loc="outside upper left", ncols=2)
    return figure


def _draw_column(
    panel: Any, comparison: Comparison, column: ColumnComparison, scale: float, unit: str, *, left: bool
) -> None:
    above, below = panel.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [2.2, 1]})
    course = comparison.course.sel(column=column.name)
    time = course["time"].values * scale
    for side, color in (("a", BLUE), ("b", ORANGE)):
        mean, error = course[f"mean_{side}"].values, course[f"se_{side}"].values
        above.plot(time, mean, color=color)
        above.fill_between(time, mean - 1.96 * error, mean + 1.96 * error, color=color, alpha=0.3, linewidth=0)
    verdict = "different" if column.different else "no difference"
    above.set_title(f"{_short(column.name)}\n{verdict}, q = {column.q:.2g}", loc="left", fontsize=7)
    below.axhspan(-2, 2, color="0.9", linewidth=0)
    below.plot(time, np.clip(course["z"].values, -LARGEST_Z, LARGEST_Z), ".", color="black", markersize=2)
    below.set(ylim=(-LARGEST_Z * 1.1, LARGEST_Z * 1.1), yticks=(-LARGEST_Z, 0, LARGEST_Z), xlabel=f"time ({unit})")
    if left:
        above.set_ylabel("number")
        below.set_ylabel("A − B (SE)")


def _short(name: str, most: int = 28) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _time_unit(longest: float) -> tuple[float, str]:
    """Choose the unit in which a time (s) is a handy number."""
    for scale, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if longest * scale >= 1:
            return scale, unit
    return 1e9, "ns"
