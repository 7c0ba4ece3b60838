"""Calls of the command line, and whether this machine can draw."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner, Result

from nanospine.cli import app
from nanospine.viz import display


def can_draw() -> bool:
    return display.has_display() or any(map(display.loads, display.OFF_SCREEN_LIBRARIES))


needs_graphics = pytest.mark.skipif(not can_draw(), reason="no graphics library: apt-get install libegl1 libgl1")


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])
