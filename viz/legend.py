"""The legend: what every symbol means, and the scale of colours for bound Ca2+."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyvista as pv

from .look import Mark, RegionLook
from .overlay import flat, polygon, symbol, text

TOP = 0.93
SCALE_TITLE = "Ca²⁺ bound per molecule"


def letter_size(
    window: tuple[int, int], width: float, rows: Mapping[str, Sequence[tuple[Mark, str]]], regions: int
) -> int:
    """Return the size of letters (pixels) with which a legend fits into a part of a window; 6 at least.

    Parameters
    ----------
    window : tuple of int
        Width and height of the window (pixels).
    width : float
        Part of its width that is left to the legend.
    rows : mapping of str to sequence of (Mark, str)
        The rows, as `Legend` takes them.
    regions : int
        Number of regions.
    """
    words = [text for marks in rows.values() for _, text in marks] + [SCALE_TITLE]
    # In sizes of a letter: mean width 0.6, symbol 3.6; rows are 1.9 high, gaps 0.5, the scale 10.
    across = 3.6 + 0.6 * max(map(len, words))
    down = 1.9 * (len(words) + regions) + 0.5 * len(rows) + 10
    largest = min(window) / 55
    return max(6, int(min(largest, window[0] * width / across, window[1] * 0.8 / down)))


class Legend:
    """A column of symbols and names at the right of the window.

    Parameters
    ----------
    plotter : pyvista.Plotter
        Where to draw.
    rows : mapping of str to sequence of (Mark, str)
        Per group of species, each mark and what it means.
    colors : sequence of str
        Colours of 0, 1, 2 ... Ca2+ bound; none if nothing is coloured by it.
    regions : mapping of str to RegionLook
        Regions of the mesh by what they are called.
    left : float
        Left end, as a fraction of the window.
    unit : int
        Size of the letters (pixels).

    Attributes
    ----------
    places : dict of str to (float, float)
        Pixel of the first row of each group, where an interactive scene puts its switch.
    """

    def __init__(
        self,
        plotter: pv.Plotter,
        rows: Mapping[str, Sequence[tuple[Mark, str]]],
        colors: Sequence[str],
        regions: Mapping[str, RegionLook],
        left: float,
        unit: int,
    ) -> None:
        self._plotter, self._unit = plotter, unit
        width, height = plotter.window_size
        self.places: dict[str, tuple[float, float]] = {}
        x, y = left * width + 2.2 * unit, TOP * height
        lines = sum(map(len, rows.values())) + len(regions)
        self._background(left * width, y - unit * (1.9 * lines + 0.5 * len(rows) + (5.0 if colors else 0.0)))
        for group, marks in rows.items():
            self.places[group] = (x - 2.2 * unit, y)
            for mark, words in marks:
                self._row(mark, words, colors, x, y)
                y -= 1.9 * unit
            y -= 0.5 * unit
        for name, look in regions.items():
            self._region(name, look, x, y)
            y -= 1.9 * unit
        if colors:
            self._scale(colors, x, y - unit)

    def _background(self, left: float, bottom: float) -> None:
        """Keep molecules that left the mesh from showing between the words."""
        width, height = self._plotter.window_size
        flat(
            self._plotter,
            polygon(np.array([(left, bottom), (width, bottom), (width, height), (left, height)])),
            "white",
        )

    def _row(self, mark: Mark, words: str, colors: Sequence[str], x: float, y: float) -> None:
        """Draw one symbol with its name; what has no colour of its own has that of half occupancy."""
        radius = self._unit * (0.5 + min(0.3, 4 * mark.size))
        shape = symbol(mark.shape)
        shape.points = shape.points * radius + np.array([x, y, 0])
        flat(self._plotter, shape, mark.color or colors[len(colors) // 2])
        self._write(words, x + 1.4 * self._unit, y)

    def _region(self, name: str, look: RegionLook, x: float, y: float) -> None:
        """Draw a patch in the colour that a region has on white."""
        corners = np.array([(-1, -0.8), (1, -0.8), (1, 0.8), (-1, 0.8)]) * 0.8
        place = np.array([x, y])
        flat(self._plotter, polygon(corners * self._unit + place), look.outline or look.color)
        on_white = pv.Color(tuple(1 - look.opacity * (1 - c) for c in pv.Color(look.color).float_rgb)).hex_rgb
        flat(self._plotter, polygon(corners * 0.85 * self._unit + place), on_white)
        self._write(name, x + 1.4 * self._unit, y)

    def _scale(self, colors: Sequence[str], x: float, y: float) -> None:
        """Draw the colours of 0 to n Ca2+ bound side by side, with their numbers."""
        unit = self._unit
        self._write(SCALE_TITLE, x - 0.7 * unit, y)
        box = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * 1.5 * unit
        for number, color in enumerate(colors):
            corner = np.array([x - 0.7 * unit + 1.7 * unit * number, y - 2.6 * unit])
            flat(self._plotter, polygon(box + corner), color)
            self._write(str(number), corner[0] + 0.75 * unit, corner[1] - 0.8 * unit, align="centre")

    def _write(self, words: str, x: float, y: float, align: str = "left") -> None:
        """Write ``words`` at a pixel."""
        text(self._plotter, (x, y), self._unit, align).SetInput(words)
