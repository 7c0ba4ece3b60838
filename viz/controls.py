"""The controls of an interactive scene: a time slider and a switch for each group of species."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .frames import frame_at
from .look import NAVY, PALE
from .overlay import INK

if TYPE_CHECKING:
    from .scene import Scene


def add_controls(scene: Scene) -> None:
    """Add the time slider and the switches, one beside the legend of each group."""
    plotter, time = scene.plotter, scene.trajectory.time
    if len(time) > 1:
        first, last = float(time[0]), float(time[-1])
        plotter.add_slider_widget(
            lambda ms: scene.show(frame_at(scene.trajectory, min(max(ms * 1e-3, first), last))),
            rng=(first * 1e3, last * 1e3),
            value=float(time[scene.frame]) * 1e3,
            title="time (ms)",
            pointa=(0.05, 0.06),
            pointb=(0.55, 0.06),
            color=INK,
            fmt="%.3f",
            style="modern",
        )
    for group, (x, y) in scene.legend.places.items():
        plotter.add_checkbox_button_widget(
            lambda on, group=group: scene.toggle(group, on),
            value=scene.visible[group],
            position=(x - scene.unit, y - 0.7 * scene.unit),
            size=round(1.4 * scene.unit),
            border_size=2,
            color_on=NAVY,
            color_off=PALE,
        )
