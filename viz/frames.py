"""Finding a stored trajectory and a frame of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..model.errors import ParameterError, ResultsError
from ..results import Trajectory

STORE = "trajectory.zarr"


def load_trajectory(directory: Path) -> Trajectory:
    """Read the trajectory of a run.

    Parameters
    ----------
    directory : pathlib.Path
        Directory of a run, or the Zarr store itself.

    Raises
    ------
    ResultsError
        If there is none, or it holds no frames.
    """
    if not directory.is_dir():
        raise ResultsError(f"There is no directory {directory}; give the --out of a run.")
    is_store = any((directory / name).exists() for name in ("zarr.json", ".zgroup"))
    store = directory if is_store else directory / STORE
    if not store.is_dir():
        raise ResultsError(
            f"{directory} holds no {STORE}; run a scenario that records one, and give its --out directory."
        )
    trajectory = Trajectory.load(store)
    if len(trajectory) == 0:
        raise ResultsError(f"The trajectory at {store} has no frames; was the run stopped before its first?")
    return trajectory


def check_frame(trajectory: Trajectory, frame: int) -> int:
    """Return the index of ``frame``, counted from the end if negative.

    Raises
    ------
    ParameterError
        If there is no such frame.
    """
    count = len(trajectory)
    if not -count <= frame < count:
        raise ParameterError(f"There is no frame {frame}; the trajectory has {count}, 0 to {count - 1}.")
    return frame % count


def frame_at(trajectory: Trajectory, time: float) -> int:
    """Return the frame nearest to ``time`` (s).

    Raises
    ------
    ParameterError
        If ``time`` lies outside the trajectory.
    """
    first, last = trajectory.time[0], trajectory.time[-1]
    # A time typed in ms is off by rounding once it is in s.
    slack = 1e-9 * max(abs(first), abs(last))
    if not first - slack <= time <= last + slack:
        raise ParameterError(
            f"There is no frame at {time * 1e3:g} ms; the trajectory goes from {first * 1e3:g} to {last * 1e3:g} ms."
        )
    return int(np.argmin(np.abs(trajectory.time - time)))
