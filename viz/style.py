"""One look for every matplotlib figure: colour-blind safe colours, journal-sized type."""

from __future__ import annotations

from typing import Any

# Okabe & Ito (2008), "Color Universal Design".
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, RED, PURPLE = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip
CYCLE = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY, BLACK)

RC: Any = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "savefig.bbox": "tight",
    "svg.fonttype": "none",
    "svg.hashsalt": "nanospine",
}


def new_figure(width: float, height: float) -> Any:
    """Return an empty constrained-layout figure of the given size (inch) in the house style, without a GUI backend."""
    import matplotlib as mpl
    from cycler import cycler
    from matplotlib.figure import Figure

    mpl.rcParams.update(RC)
    mpl.rcParams["axes.prop_cycle"] = cycler(color=CYCLE)
    return Figure(figsize=(width, height), layout="constrained")


def label_panels(axes: Any, letters: str) -> None:
    """Print panel letters in bold at the upper left of each axis."""
    for axis, letter in zip(axes, letters, strict=True):
        axis.set_title(letter, loc="left", fontweight="bold")
