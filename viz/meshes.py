"""Pictures of meshes, with the regions in colours of their own."""

# The decorators of pyvista's methods hide their signatures.
# pyright: reportArgumentType=false

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np
import pyvista as pv
from numpy.typing import NDArray

from ..model.arguments import checked
from ..model.errors import ResultsError
from ..model.mesh import Mesh
from .display import check_suffix, off_screen_plotter, on_screen_plotter
from .look import MEMBRANE, REGIONS
from .overlay import ScaleBar, circle, flat, polygon, text
from .scene import view_direction
from .style import BLUE, GREEN, ORANGE, PURPLE, RED, YELLOW

SIZE = (1200, 900)
#: Letters (pixels), and how the legend stands in the window (letters).
LETTER, LINE = 22, 1.7
#: Those of the house, and more by Tol ("muted"), for colour-blind eyes too.
COLOURS = (BLUE, RED, PURPLE, GREEN, ORANGE, YELLOW, "#332288", "#882255", "#999933", "#44AA99")


@checked
def plot_mesh(mesh: Mesh, path: str | PathLike[str] | None = None, *, edges: bool = False) -> None:
    """Show a mesh in a window, or write a picture of it, with its regions in different colours.

    Parameters
    ----------
    mesh
        A mesh or an assembly; what is inside of an assembly's outer surfaces shows through them.
    path
        A PNG file, for which no display is needed; by default a window opens.
    edges
        Draw the edges of the triangles.

    Raises
    ------
    ParameterError
        If the file is no ``.png``.
    ResultsError
        If there is no display, or no graphics library, or the file cannot be written.
    """
    if path is None:
        with on_screen_plotter(SIZE) as plotter:
            _draw(mesh, plotter, edges)
            plotter.show()
        return
    check_suffix(Path(path), (".png",))
    with off_screen_plotter(SIZE) as plotter:
        _draw(mesh, plotter, edges)
        save_picture(plotter, Path(path))


def region_colours(names: tuple[str, ...]) -> dict[str, str]:
    """Return a colour for each region: those of scenes for regions that have one, grey for membrane."""
    free = iter(COLOURS * (1 + len(names) // len(COLOURS)))
    colours = {}
    for name in names:
        own = name.lower().rpartition(".")[2]
        known = MEMBRANE.color if own == "membrane" else REGIONS[own].color if own in REGIONS else None
        colours[name] = known or next(free)
    return colours


def _draw(mesh: Mesh, plotter: pv.Plotter, edges: bool) -> None:
    plotter.set_background("white")
    several = len(mesh.compartment_names) > 1
    if several:
        plotter.enable_depth_peeling(8)
    outer = (mesh.face_compartments[:, 1] < 0) & several
    colours = region_colours(mesh.region_names)
    for number, (name, colour) in enumerate(colours.items()):
        chosen = mesh.face_region == number
        surface = pv.PolyData.from_regular_faces(mesh.vertices, mesh.faces[chosen])
        opacity = 0.25 if outer[chosen].any() else 1.0
        plotter.add_mesh(surface, color=colour, opacity=opacity, show_edges=edges, edge_color="#5F6F80", ambient=0.3)
        left, height = 0.03 * SIZE[0], SIZE[1] - (number + 1) * LINE * LETTER
        text(plotter, (left + LINE * LETTER, height), LETTER).SetInput(name)
        flat(plotter, polygon(np.array([left, height]) + LETTER * (circle(4, turn=0.5) / 2 + [0.5, 0.0])), colour)
    look_at(plotter, mesh.bounds)


def look_at(plotter: pv.Plotter, bounds: NDArray[np.float64]) -> None:
    """Turn the camera to a box, shape (2, 3), z upwards, and draw a scale bar."""
    toward, centre = view_direction(np.array([0.0, 0.0, 1.0])), bounds.mean(axis=0)
    plotter.camera.focal_point, plotter.camera.up = centre, (0.0, 0.0, 1.0)
    plotter.camera.position = centre + 4 * float(np.ptp(bounds, axis=0).max()) * toward
    plotter.camera.parallel_projection = True
    plotter.camera.parallel_scale = 0.55 * float(np.linalg.norm(np.ptp(bounds, axis=0)))
    plotter.reset_camera_clipping_range()
    ScaleBar(plotter, right=0.96, unit=LETTER)


def save_picture(plotter: pv.Plotter, path: Path) -> None:
    """Write what a plotter shows.

    Raises
    ------
    ResultsError
        If the file cannot be written.
    """
    try:
        plotter.screenshot(path)
    except OSError as error:
        raise ResultsError(f"Cannot write the picture {path}: {error}.") from error
