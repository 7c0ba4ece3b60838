"""Plotters with and without a screen, and a clear word when the machine cannot draw."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyvista as pv

from ..model.errors import ParameterError, ResultsError

# What VTK loads to draw without a display, in the order in which it tries.
OFF_SCREEN_LIBRARIES = ("libEGL.so.1", "libOSMesa.so.8", "libOSMesa.so")


@contextmanager
def off_screen_plotter(size: tuple[int, int]) -> Iterator[pv.Plotter]:
    """Give a plotter that draws into memory; ``size`` is its width and height (pixels).

    Raises
    ------
    ResultsError
        If there is neither a display nor a library that draws without one.
    """
    if sys.platform == "linux" and not has_display() and not any(map(loads, OFF_SCREEN_LIBRARIES)):
        raise ResultsError(
            "Cannot draw: no graphics library was found; install one, e.g. `apt-get install libegl1 libgl1`."
        )
    # VTK tries a display first and complains, although it then goes on without one.
    with pv.vtk_verbosity("off"):
        plotter = pv.Plotter(off_screen=True, window_size=list(size), lighting="light kit")
        plotter.enable_anti_aliasing("ssaa")
        try:
            yield plotter
        finally:
            plotter.close()


@contextmanager
def on_screen_plotter(size: tuple[int, int]) -> Iterator[pv.Plotter]:
    """Give a plotter with a window.

    Raises
    ------
    ResultsError
        If there is no display.
    """
    if sys.platform == "linux" and not has_display():
        raise ResultsError("There is no display to open a window on; use --screenshot FILE instead.")
    plotter = pv.Plotter(window_size=list(size), lighting="light kit", title="nanospine")
    plotter.enable_anti_aliasing("msaa", multi_samples=8)
    try:
        yield plotter
    finally:
        plotter.close()


def check_suffix(path: Path, allowed: tuple[str, ...]) -> None:
    """Refuse a file name whose suffix names no format that we write.

    Raises
    ------
    ParameterError
        If the suffix is not among ``allowed``.
    """
    if path.suffix.lower() not in allowed:
        raise ParameterError(f"The file name {str(path)!r} must end in {' or '.join(allowed)}.")


def has_display() -> bool:
    """Say whether a display is named in the environment."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def loads(library: str) -> bool:
    """Say whether a shared library can be loaded."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
