"""Flat things drawn over a 3D scene: text, legend symbols, and a scale bar that stays true when zoomed."""

# The decorators of pyvista's methods hide their signatures.
# pyright: reportArgumentType=false

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyvista as pv
from numpy.typing import ArrayLike, NDArray
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkCoordinate, vtkPolyDataMapper2D, vtkTextActor

from .shapes import CORNERS

INK = "#1A1A1A"
SCALE_BAR_UM = 0.1
VTK_FONT_FILE = 4  # vtkTextProperty.h


def font_file() -> str:
    """Return a font with the superscripts of Ca²⁺, which VTK's own lacks."""
    from matplotlib import get_data_path

    return str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")


def text(plotter: pv.Plotter, place: tuple[float, float], size: int, align: str = "left") -> vtkTextActor:
    """Add an empty line of text at ``place`` (pixels of the window), ``size`` pixels high."""
    actor = vtkTextActor()
    actor.GetPositionCoordinate().SetCoordinateSystemToViewport()
    actor.SetPosition(*place)
    style = actor.GetTextProperty()
    style.SetFontFamily(VTK_FONT_FILE)
    style.SetFontFile(font_file())
    style.SetFontSize(size)
    style.SetColor(pv.Color(INK).float_rgb)
    style.SetVerticalJustificationToCentered()
    {"left": style.SetJustificationToLeft, "centre": style.SetJustificationToCentered}[align]()
    plotter.add_actor(actor, reset_camera=False, pickable=False, render=False)
    return actor


def polygon(points: ArrayLike, pieces: Sequence[Sequence[int]] | None = None) -> pv.PolyData:
    """Return flat polygons; by default one through all points."""
    xy = np.asarray(points, dtype=float)
    pieces = [range(len(xy))] if pieces is None else pieces
    return pv.PolyData(np.c_[xy, np.zeros(len(xy))], faces=[n for piece in pieces for n in (len(piece), *piece)])


def circle(corners: int, turn: float = 0.0) -> NDArray[np.float64]:
    """Return the corners of a regular polygon of radius 1."""
    angle = 2 * np.pi * (np.arange(corners) + turn) / corners
    return np.c_[np.cos(angle), np.sin(angle)]


def symbol(shape: str) -> pv.PolyData:
    """Return the flat likeness of a 3D shape, of width about 2."""
    if shape == "ring":
        return _frame(circle(40))
    if shape.startswith("open "):
        return _frame(_upright(CORNERS[shape.removeprefix("open ")]))
    if shape in CORNERS:
        return polygon(_upright(CORNERS[shape]))
    if shape == "dome":
        upper = circle(48)[:25]
        return polygon(upper - [0, 0.4])
    outlines = {
        "sphere": circle(40),
        "disc": circle(40) * [1, 0.55],
        "cube": circle(4, turn=0.5),
        "block": circle(4, turn=0.5) * [1.1, 0.75],
        "octahedron": circle(4) * [0.95, 1.1],
        "cone": np.array([(-0.9, -0.7), (0.9, -0.7), (0.0, 0.9)]) * [0.8, 1.0],
        "cup": np.array([(0.0, -0.9), (0.9, 0.7), (-0.9, 0.7)]) * [0.8, 1.0],
    }
    return polygon(outlines[shape])


def _upright(corners: int) -> NDArray[np.float64]:
    """Return a regular polygon on one of its sides, somewhat larger than a circle."""
    return 1.15 * circle(corners, turn=0.5 - corners / 4)


def _frame(outer: NDArray[np.float64]) -> pv.PolyData:
    """Return a polygon with a hole of its shape."""
    n = len(outer)
    return polygon(np.r_[outer, 0.5 * outer], [(i, (i + 1) % n, n + (i + 1) % n, n + i) for i in range(n)])


def flat(plotter: pv.Plotter, mesh: pv.PolyData, color: str) -> vtkActor2D:
    """Add a flat mesh whose points are pixels of the window."""
    coordinate = vtkCoordinate()
    coordinate.SetCoordinateSystemToViewport()
    mapper = vtkPolyDataMapper2D()
    mapper.SetInputData(mesh)
    mapper.SetTransformCoordinate(coordinate)
    actor = vtkActor2D()
    actor.SetMapper(mapper)
    actor.GetProperty().SetColor(pv.Color(color).float_rgb)
    plotter.add_actor(actor, reset_camera=False, pickable=False, render=False)
    return actor


class ScaleBar:
    """A bar of 100 nm, or a power of ten of it that fits, at the lower right; true under parallel projection.

    Parameters
    ----------
    plotter : pyvista.Plotter
        Where to draw.
    right : float
        Right end, as a fraction of the window.
    unit : int
        Size of the letters (pixels).

    Attributes
    ----------
    length_um : float
        Length that the bar stands for (um).
    """

    def __init__(self, plotter: pv.Plotter, right: float, unit: int) -> None:
        self._plotter, self._right, self._unit = plotter, right, unit
        self.length_um = 0.1
        self._mesh = polygon([(0, 0), (1, 0), (1, 1), (0, 1)])
        flat(plotter, self._mesh, INK)
        self._text = text(plotter, (0, 0), unit, align="centre")
        plotter.renderer.AddObserver("StartEvent", self.fit)

    @property
    def span(self) -> tuple[float, float]:
        """Left and right end (pixels)."""
        return float(self._mesh.bounds[0]), float(self._mesh.bounds[1])

    @property
    def label(self) -> str:
        """What is written above the bar."""
        return f"{self.length_um * 1000:g} nm" if self.length_um < 1 else f"{self.length_um:g} µm"

    def fit(self, *_: Any) -> None:
        """Set the length and the label to the zoom of the camera."""
        width, height = self._plotter.window_size
        per_um = height / (2 * self._plotter.camera.parallel_scale)
        self.length_um = fitting_length(0.03 * width / per_um, 0.3 * width / per_um)
        left, right = self._right * width - self.length_um * per_um, self._right * width
        low, high = 1.6 * self._unit, 1.85 * self._unit
        self._mesh.points = np.array([(left, low, 0), (right, low, 0), (right, high, 0), (left, high, 0)])
        self._text.SetInput(self.label)
        self._text.SetPosition((left + right) / 2, low + 1.2 * self._unit)


def fitting_length(shortest: float, longest: float) -> float:
    """Return 0.1 um times the power of ten nearest to 1 that lies between two lengths (um) a decade apart."""
    if shortest <= SCALE_BAR_UM <= longest:
        return SCALE_BAR_UM
    bound = longest if longest < SCALE_BAR_UM else shortest
    round_off = math.floor if longest < SCALE_BAR_UM else math.ceil
    return float(SCALE_BAR_UM * 10.0 ** round_off(math.log10(bound / SCALE_BAR_UM)))
