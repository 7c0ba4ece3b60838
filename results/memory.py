"""What a run would take of the machine's memory, said before it begins."""

from __future__ import annotations

import math
import os
from functools import cache

from ..model.errors import ParameterError

UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")


@cache
def of_machine() -> int:
    """Return the memory of this machine (bytes)."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def check_memory(what: str, size: float, remedy: str) -> None:
    """Refuse what would not fit into the memory of this machine.

    Parameters
    ----------
    what : str
        The beginning of the sentence.
    size : float
        In bytes.
    remedy : str
        Its end.

    Raises
    ------
    ParameterError
        With both sizes.
    """
    if size > of_machine():
        raise ParameterError(
            f"{what} would take {in_words(size)} of memory, and this machine has {in_words(of_machine())}; {remedy}."
        )


def in_words(size: float) -> str:
    """Return a size in a unit that keeps it readable."""
    power = int(min(math.log10(max(size, 1.0)) / 3, len(UNITS) - 1))
    return f"{size / 1000.0**power:.3g} {UNITS[power]}"
