"""Pictures of the places at which a surface is at fault."""

# The decorators of pyvista's methods hide their signatures.
# pyright: reportArgumentType=false

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyvista as pv

from ..geometry.faults import Fault
from ..geometry.surface import Surface
from .display import check_suffix, off_screen_plotter
from .meshes import LETTER, LINE, SIZE, look_at, save_picture
from .overlay import circle, flat, polygon, text
from .style import BLUE, GREEN, ORANGE, PURPLE, RED, YELLOW

COLOURS = {
    "hole": RED, "crossing": PURPLE, "branch": ORANGE, "winding": BLUE, "doubled": GREEN, "no area": YELLOW,
    "inside out": "#332288", "nested": "#882255",
}  # fmt: skip
#: Radius of a mark, as a share of the longest side of the surface.
MARK = 0.025


def plot_faults(surface: Surface, faults: Sequence[Fault], path: Path) -> None:
    """Write a picture of a surface with a ball at each place at fault, coloured by kind, seen through the surface.

    Raises
    ------
    ParameterError
        If the file is no ``.png``.
    ResultsError
        If there is no graphics library, or the file cannot be written.
    """
    check_suffix(path, (".png",))
    with off_screen_plotter(SIZE) as plotter:
        plotter.set_background("white")
        plotter.enable_depth_peeling(8)
        whole = pv.PolyData.from_regular_faces(surface.vertices, surface.faces)
        plotter.add_mesh(whole, color="#AEBBC8", opacity=0.2, show_edges=True, edge_color="#5F6F80", line_width=0.5)
        ball = pv.Icosphere(radius=MARK * surface.extent, nsub=2)
        for number, kind in enumerate(dict.fromkeys(fault.kind for fault in faults)):
            places = np.array([fault.place for fault in faults if fault.kind == kind])
            plotter.add_mesh(
                pv.PolyData(places).glyph(geom=ball, scale=False, orient=False), color=COLOURS[kind], ambient=0.6
            )
            left, height = 0.03 * SIZE[0], SIZE[1] - (number + 1) * LINE * LETTER
            text(plotter, (left + LINE * LETTER, height), LETTER).SetInput(f"{kind} ({len(places)})")
            mark = polygon(np.array([left, height]) + LETTER * (circle(20) / 2.5 + [0.5, 0.0]))
            flat(plotter, mark, COLOURS[kind])
        look_at(plotter, np.stack([surface.vertices.min(axis=0), surface.vertices.max(axis=0)]))
        save_picture(plotter, path)
