"""Films of a trajectory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import pyvista as pv
from numpy.typing import NDArray

from ..model.errors import ParameterError, ResultsError
from ..results import Progress, Trajectory, listening
from .display import check_suffix, off_screen_plotter
from .look import Look
from .scene import Scene

FORMATS = (".mp4", ".gif")


def save_movie(
    trajectory: Trajectory,
    path: Path,
    *,
    rate: float = 25.0,
    span: tuple[float | None, float | None] = (None, None),
    hidden: Collection[str] = (),
    size: tuple[int, int] = (1280, 960),
    looks: Mapping[str, Look] | None = None,
    progress: Progress | bool | None = None,
) -> None:
    """Write a film, one picture for each frame; works without a display.

    Parameters
    ----------
    trajectory : Trajectory
        What to show.
    path : pathlib.Path
        An ``.mp4`` (H.264) or ``.gif`` file, which appears when it is whole.
    rate : float
        Pictures per second.
    span : tuple of float or None
        First and last time shown (s); None for the ends of the trajectory.
    hidden : collection of str
        Groups of species left out.
    size : tuple of int
        Width and height (pixels); odd numbers are lowered by one, as H.264 demands.
    looks : mapping of str to Look
        How to draw groups of species, where the built-in table does not do.
    progress : Progress or bool, optional
        Told of every frame; True shows a bar.

    Raises
    ------
    ParameterError
        If the format is unknown, or no frame lies in ``span``.
    ResultsError
        If there is no graphics library or the file cannot be written.
    """
    check_suffix(path, FORMATS)
    frames = frames_in(trajectory, span)
    partial = path.with_name(f"{path.stem}.partial{path.suffix.lower()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with listening(progress) as listener, off_screen_plotter((size[0] // 2 * 2, size[1] // 2 * 2)) as plotter:
            scene = Scene(trajectory, plotter, hidden, looks)
            open_film(plotter, partial, rate)
            listener.start(len(frames), "film")
            for frame in frames:
                scene.show(int(frame))
                plotter.write_frame()
                listener.advance(1)
        partial.replace(path)
    except OSError as error:
        raise ResultsError(f"Cannot write the film {path}: {error}.") from error
    finally:
        partial.unlink(missing_ok=True)


def frames_in(trajectory: Trajectory, span: tuple[float | None, float | None]) -> NDArray[np.int64]:
    """Return the frames whose time (s) lies in ``span``, ends included.

    Raises
    ------
    ParameterError
        If there are none.
    """
    time = trajectory.time
    first = time[0] if span[0] is None else span[0]
    last = time[-1] if span[1] is None else span[1]
    # A time typed in ms is off by rounding once it is in s.
    slack = 1e-9 * float(np.abs(time).max())
    frames = np.flatnonzero((time >= first - slack) & (time <= last + slack))
    if frames.size == 0:
        raise ParameterError(
            f"No frame lies between {first * 1e3:g} and {last * 1e3:g} ms; "
            f"the trajectory goes from {time[0] * 1e3:g} to {time[-1] * 1e3:g} ms."
        )
    return frames


def open_film(plotter: pv.Plotter, path: Path, rate: float) -> None:
    """Open a film in the format of its name; `plotter.close` ends it."""
    if path.suffix == ".gif":
        plotter.open_gif(str(path), fps=rate)
    else:
        # Any even size: without this the picture is stretched to multiples of 16.
        # imageio takes fractions of a frame per second, whatever pyvista says.
        plotter.open_movie(str(path), framerate=rate, quality=8, macro_block_size=2)  # pyright: ignore[reportArgumentType]
