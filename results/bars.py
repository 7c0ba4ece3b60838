"""Progress that one can see: bars with the estimated time left, or lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

# Trials take minutes, so the estimate must look further back than Rich's 30 s.
ETA_MEMORY_S = 3600.0


class Bar:
    """Progress as a bar with the estimated time left."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: Any = None

    def start(self, total: float, label: str) -> None:
        """Begin a bar of ``total`` units below those already there."""
        self._task = self._progress.add_task(label, total=total)

    def advance(self, amount: float) -> None:
        """Lengthen the newest bar."""
        self._progress.advance(self._task, amount)


class Lines:
    """Progress as one line at the start and one at the end, for logs and pipes."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._label: str | None = None

    def start(self, total: float, label: str) -> None:
        """Say what begins."""
        self.finish()
        self._label, self._left, self._since = label, total, time.monotonic()
        self._write(f"{label} ...")

    def advance(self, amount: float) -> None:
        """Count the work done."""
        self._left -= amount

    def finish(self) -> None:
        """Say how long the last piece took, if it came to its end."""
        # Amounts are floats: the sum of many steps misses the total by rounding.
        if self._label is not None and self._left <= 1e-6:
            self._write(f"{self._label}: done in {time.monotonic() - self._since:.0f} s")
        self._label = None


@contextmanager
def shown_progress() -> Iterator[Bar | Lines]:
    """Show progress on stderr: a bar on a terminal and in a notebook, plain lines elsewhere."""
    console = Console(markup=False, highlight=False, emoji=False, stderr=True, soft_wrap=True)
    if not (console.is_terminal or console.is_jupyter):
        lines = Lines(console.print)
        yield lines
        lines.finish()
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(elapsed_when_finished=False),
    )
    with Progress(*columns, console=console, speed_estimate_period=ETA_MEMORY_S) as progress:
        yield Bar(progress)
