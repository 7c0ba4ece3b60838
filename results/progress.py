"""How long runs report their progress, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


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
