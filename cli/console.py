"""Consoles and tables of the command line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Number
from typing import Any

from rich.console import Console
from rich.table import Table


def stdout() -> Console:
    """Console for results; brackets such as in [Ca] are text, not markup."""
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=False)


def stderr() -> Console:
    """Console for errors; long lines are left to the terminal to wrap."""
    return Console(markup=False, highlight=False, emoji=False, stderr=True, soft_wrap=True)


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
