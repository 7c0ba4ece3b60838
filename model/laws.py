"""Kinetic laws: how the rate of a reaction depends on concentrations."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A molecule in a reaction: a species and, next to a membrane, the side it is on."""

    species: str
    side: str | None = None

    def __str__(self) -> str:
        return f"{self.species}[{self.side}]" if self.side else self.species


@dataclass(frozen=True)
class MassAction:
    """v = rate x product of concentrations.

    Parameters
    ----------
    terms : tuple of Term
        The molecules whose concentrations multiply, with repetition.
    """

    terms: tuple[Term, ...]

    @property
    def order(self) -> int:
        """Kinetic order: the number of concentrations that multiply."""
        return len(self.terms)


def rate_unit(order: int) -> str:
    """Return the unit of a rate of a kinetic order, of molecules in a volume."""
    return {0: "uM/s", 1: "1/s", 2: "1/(uM s)"}.get(order, f"1/(uM^{order - 1} s)")
