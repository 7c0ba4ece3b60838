"""3D pictures beside the results of a scenario; a machine without a graphics library goes without."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..particles import Simulation
    from ..results import Trajectory


def draw_scene(trajectory: Trajectory, path: Path, *, frame: int = 0, hidden: Collection[str] = ()) -> list[Path]:
    """Draw a frame without some groups of species; return the files: none, with a warning, without graphics."""
    from ..model import ResultsError, warn
    from ..viz.scene import save_screenshot

    try:
        save_screenshot(trajectory, path, frame=frame, hidden=hidden)
    except ResultsError as error:
        warn(f"No 3D picture: {error}")
        return []
    return [path]


def draw_moment(simulation: Simulation, time: float, path: Path, *, hidden: Collection[str] = ()) -> list[Path]:
    """Run a new simulation until a time (s), and draw what is there."""
    trajectory = simulation.run(time, every=time, frames=[time]).trajectory
    return [] if trajectory is None else draw_scene(trajectory, path, hidden=hidden)
