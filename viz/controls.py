"""The interactive scene, and its controls: a time slider and a switch for each group of species."""

# The decorators of pyvista's methods hide their signatures.
# pyright: reportArgumentType=false

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from ..results import Trajectory
from .display import on_screen_plotter
from .frames import check_frame, frame_at
from .look import NAVY, PALE, Look
from .overlay import INK
from .scene import DEFAULT_SIZE, Scene


def add_controls(scene: Scene) -> tuple[Any, dict[str, Any]]:
    """Add the time slider and a switch beside the legend of each group; return these widgets.

    A trajectory of one frame has no slider.
    """
    slider = add_time_slider(scene) if len(scene.trajectory) > 1 else None
    switches = {
        group: scene.plotter.add_checkbox_button_widget(
            partial(scene.toggle, group),
            value=scene.visible[group],
            position=(x - scene.unit, y - 0.7 * scene.unit),
            size=round(1.4 * scene.unit),
            border_size=2,
            color_on=NAVY,
            color_off=PALE,
        )
        for group, (x, y) in scene.legend.places.items()
    }
    return slider, switches


def add_time_slider(scene: Scene) -> Any:
    """Add the slider below the legend; it snaps to the nearest frame."""
    trajectory = scene.trajectory
    first, last = float(trajectory.time[0]), float(trajectory.time[-1])

    def go(ms: float) -> None:
        frame = frame_at(trajectory, min(max(ms * 1e-3, first), last))
        if frame != scene.frame:
            scene.show(frame)

    slider = scene.plotter.add_slider_widget(
        go,
        rng=(first * 1e3, last * 1e3),
        value=float(trajectory.time[scene.frame]) * 1e3,
        title="time (ms)",
        pointa=(0.77, 0.19),
        pointb=(0.97, 0.19),
        color=INK,
        interaction_event="always",
        title_height=0.02,
        slider_width=0.03,
        tube_width=0.006,
        fmt="%.3f",
    )
    slider.GetRepresentation().SetLabelHeight(0.018)
    return slider


def show_interactive(
    trajectory: Trajectory,
    *,
    frame: int = 0,
    hidden: Collection[str] = (),
    size: tuple[int, int] = DEFAULT_SIZE,
    looks: Mapping[str, Look] | None = None,
) -> None:
    """Open a window with a time slider and a switch for each group of species; returns when it is closed.

    Parameters and errors are those of :func:`save_screenshot`.
    """
    check_frame(trajectory, frame)
    with on_screen_plotter(size) as plotter:
        scene = Scene(trajectory, plotter, looks=looks)
        scene.show(frame)
        for group in hidden:
            scene.toggle(group, False)
        add_controls(scene)
        plotter.show()
