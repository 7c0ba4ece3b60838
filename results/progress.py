"""How long runs report their progress, without knowing who listens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

from ..model.errors import ParameterError


@runtime_checkable
class Progress(Protocol):
    """Receives progress in units of work; implementations show a bar, log, or stay silent."""

    def start(self, total: float, label: str) -> None:
        """Announce ``total`` units of work."""

    def advance(self, amount: float) -> None:
        """Report ``amount`` further units as done."""


class Silent:
    """Progress that goes nowhere: the default of the Python API."""

    def start(self, total: float, label: str) -> None:
        """Do nothing."""

    def advance(self, amount: float) -> None:
        """Do nothing."""


class Part:
    """Progress of a part of some work that has been announced as a whole.

    Parameters
    ----------
    whole : Progress
        Receives the progress of all parts.
    work : float
        Units of the whole that the part counts.
    """

    def __init__(self, whole: Progress, work: float = 1.0) -> None:
        self._whole, self._work = whole, work
        self._units = work

    def start(self, total: float, label: str) -> None:
        """Take ``total`` units for all of the part; what it is called is not said."""
        self._units = self._work / total

    def advance(self, amount: float) -> None:
        """Report ``amount`` further units of the part as done."""
        self._whole.advance(amount * self._units)


@contextmanager
def listening(progress: Progress | bool | None) -> Iterator[Progress]:
    """Return who listens to a run: a bar on stderr if ``progress`` is True, nobody if it is False or None.

    Raises
    ------
    ParameterError
        If ``progress`` is nothing of the kind.
    """
    if progress is True:
        from .bars import shown_progress

        with shown_progress() as bar:
            yield bar
    elif progress is None or progress is False:
        yield Silent()
    elif isinstance(progress, Progress):
        yield progress
    else:
        raise ParameterError(
            f"progress is {progress!r}; give True for a bar, or an object with start(total, label) and advance(amount)."
        )
