"""Progress that one can see: bars with the estimated time left, or lines."""

from __future__ import annotations

import datetime
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
# Between two lines of a log (s).
LINE_EVERY_S = 30.0


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
    """Progress as lines, for logs and pipes: at the start, at the end, and every 30 s in between."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._label: str | None = None

    def start(self, total: float, label: str) -> None:
        """Say what begins."""
        self.finish()
        self._label, self._total, self._left = label, total, total
        self._since = self._said = time.monotonic()
        self._write(f"{label} ...")

    def advance(self, amount: float) -> None:
        """Count the work done, and say now and then how much that is."""
        self._left -= amount
        now = time.monotonic()
        if now - self._said >= LINE_EVERY_S and 0.0 < self._left < self._total:
            self._said = now
            done = 1.0 - self._left / self._total
            left = datetime.timedelta(seconds=round((now - self._since) * (1.0 - done) / done))
            self._write(f"{self._label}: {100.0 * done:.0f} %, about {left} left")

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
