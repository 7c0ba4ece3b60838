"""Commands on trajectories: ``view`` and ``movie``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..model.errors import ParameterError
from ..results.bars import shown_progress
from .console import stdout
from .files import check_writable

if TYPE_CHECKING:
    from ..results import Trajectory

Directory = Annotated[
    Path,
    typer.Argument(metavar="DIR", help="Directory of a run, or its trajectory.zarr.", show_default=False),
]
MdlFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The MDL file of MCell's visualisation data in DIR: mesh and time step.",
        show_default=False,
    ),
]
Hidden = Annotated[
    list[str] | None,
    typer.Option("--hide", metavar="GROUP", help="Leave out a group of species; may be repeated."),
]
Size = Annotated[str, typer.Option(metavar="WIDTHxHEIGHT", help="Size of the picture (pixels).")]


def view(
    directory: Directory,
    screenshot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a PNG instead of opening a window; needs no display."),
    ] = None,
    frame: Annotated[
        int | None, typer.Option(metavar="N", help="Frame to begin with; -1 is the last.", show_default=False)
    ] = None,
    time: Annotated[
        float | None,
        typer.Option(metavar="T", help="Time to begin with (ms): the nearest frame.", show_default=False),
    ] = None,
    hide: Hidden = None,
    size: Size = "1600x1200",
    mdl: MdlFile = None,
) -> None:
    """Look at a run in 3D: membrane, channels, pumps, buffers by occupancy and Ca2+.

    The window has a time slider and a switch for each group of species. DIR may also
    hold MCell's visualisation data (ASCII or CELLBLENDER).

    For example:
    nanospine view out/odonnell2011.fig7
    nanospine view out/odonnell2011.fig7 --frame 40 --hide calbindin
    nanospine view out/odonnell2011.fig7 --screenshot head.png --frame 40
    nanospine view mcell/viz_data/seed_00001 --mdl mcell/model.mdl
    """
    from ..viz.frames import check_frame, frame_at

    width, height = parse_size(size)
    if frame is not None and time is not None:
        raise ParameterError("--frame and --time both choose a frame; give one of them.")
    if screenshot is not None:
        check_writable(screenshot, "--screenshot")
    trajectory = load(directory, mdl)
    index = frame_at(trajectory, time * 1e-3) if time is not None else check_frame(trajectory, frame or 0)

    from ..viz.controls import show_interactive
    from ..viz.scene import save_screenshot

    if screenshot is None:
        show_interactive(trajectory, frame=index, hidden=hide or (), size=(width, height))
        return
    save_screenshot(trajectory, screenshot, frame=index, hidden=hide or (), size=(width, height))
    stdout().print(f"Written: {screenshot}", soft_wrap=True)


def movie(
    directory: Directory,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="An .mp4 or .gif file.", show_default="DIR/movie.mp4"),
    ] = None,
    rate: Annotated[float, typer.Option("--fps", min=1, max=60, help="Frames per second.")] = 25.0,
    start: Annotated[float | None, typer.Option(metavar="T", help="First time shown (ms).", show_default=False)] = None,
    stop: Annotated[float | None, typer.Option(metavar="T", help="Last time shown (ms).", show_default=False)] = None,
    hide: Hidden = None,
    size: Size = "1280x960",
) -> None:
    """Make a film of a run, for example of one channel opening; needs no display.

    For example:
    nanospine movie out/odonnell2011.fig7
    nanospine movie out/odonnell2011.fig7 --out opening.gif --size 640x480
    """
    from ..viz.frames import load_trajectory
    from ..viz.movie import save_movie

    shape = parse_size(size)
    path = out or directory / "movie.mp4"
    check_writable(path, "--out")
    trajectory = load_trajectory(directory)
    span = (None if start is None else start * 1e-3, None if stop is None else stop * 1e-3)
    with shown_progress() as progress:
        save_movie(trajectory, path, rate=rate, span=span, hidden=hide or (), size=shape, progress=progress)
    stdout().print(f"Written: {path}", soft_wrap=True)


def load(directory: Path, mdl: Path | None) -> Trajectory:
    """Read the trajectory of a run, or MCell's visualisation data."""
    from ..interop import is_viz_directory, read_mdl, read_viz, to_trajectory
    from ..viz.frames import load_trajectory

    if is_viz_directory(directory):
        found = None if mdl is None else read_mdl(mdl)
        viz = read_viz(directory, None if found is None else found.time_step)
        return to_trajectory(viz, None if found is None else found.model)
    if mdl is not None:
        raise ParameterError(f"--mdl belongs to MCell's visualisation data, and {directory} holds none; leave it out.")
    return load_trajectory(directory)


def parse_size(text: str) -> tuple[int, int]:
    """Read ``WIDTHxHEIGHT``.

    Raises
    ------
    ParameterError
        If it is anything else, or outside 64 to 8192 pixels.
    """
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isascii() and part.isdecimal() and 64 <= int(part) <= 8192 for part in parts):
        raise ParameterError(f"--size is {text!r}; give WIDTHxHEIGHT, each 64 to 8192, e.g. 1600x1200.")
    return int(parts[0]), int(parts[1])
