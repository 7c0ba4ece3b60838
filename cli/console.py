"""Consoles, progress bars and tables of the command line."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Number
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
from rich.table import Table

from ..results.progress import Progress as ProgressListener

# Trials take minutes, so the estimate must look further back than Rich's 30 s.
ETA_MEMORY_S = 3600.0


def stdout() -> Console:
    """Console for results; brackets such as in [Ca] are text, not markup."""
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=False)


def stderr() -> Console:
    """Console for progress and errors; long lines are left to the terminal to wrap."""
    return Console(markup=False, highlight=False, emoji=False, stderr=True, soft_wrap=True)


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
def shown_progress() -> Iterator[ProgressListener]:
    """Show progress on stderr: a bar on a terminal, plain lines elsewhere."""
    console = stderr()
    if not console.is_terminal:
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


def rows_table(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    """Make a table of rows that share their keys; numbers are set to the right, and nothing is cut off."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for k, (key, value) in enumerate(rows[0].items() if rows else ()):
        number = isinstance(value, Number)
        table.add_column(key, justify="right" if number else "left", overflow="fold", no_wrap=k == 0)
    for row in rows:
        table.add_row(*map(cell, row.values()))
    return table


def cell(value: Any) -> str:
    """Format one value of a table."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "-" if math.isnan(value) else f"{value:.4g}"
    return str(value)
