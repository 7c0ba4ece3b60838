"""Proteins with two independent pairs of Ca2+ binding sites: the lattice that calbindin and calmodulin share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import checks
from ..arguments import checked
from ..model import Scheme
from ..placement import Release
from ..reactions import Reaction
from ..species import Species


@checked
@dataclass(frozen=True)
class PairRates:
    """Rates of a pair of sites that fill one after the other.

    Parameters
    ----------
    on_first, on_second : float
        Binding rates of the first and the second ion, 1/(uM s).
    off_first, off_second : float
        Unbinding rates of the only and of the second ion, 1/s.
    """

    on_first: float
    off_first: float
    on_second: float
    off_second: float

    def occupancy(self, calcium: Any) -> tuple[Any, Any, Any]:
        """Return the equilibrium fractions with 0, 1 and 2 ions at a [Ca2+] in uM (a number or an array)."""
        one = calcium * self.on_first / self.off_first
        two = one * calcium * self.on_second / self.off_second
        total = 1 + one + two
        return 1 / total, one / total, two / total


@checked
def two_pair_protein(
    name: str, group: str, total: float, D: float, first: PairRates, second: PairRates, calcium: float
) -> Scheme:
    """Build the nine states ``name_ij`` of a protein with ``i`` ions on its first pair and ``j`` on its second.

    Parameters
    ----------
    name, group : str
        Prefix of the states, and the group that they are shown under.
    total : float
        Total concentration (uM).
    D : float
        Diffusion coefficient (um^2/s).
    first, second : PairRates
        Rates of the two pairs, which do not influence each other.
    calcium : float
        [Ca2+] (uM) with which the protein is in equilibrium at the start; 0 starts it free.
    """
    checks.finite(f"{group}: total (uM)", total, minimum=0.0)
    checks.finite(f"{group}: start calcium (uM)", calcium, minimum=0.0)
    states = [(i, j) for i in range(3) for j in range(3)]
    species = tuple(Species(f"{name}_{i}{j}", D, group=group, content={"Ca": i + j}) for i, j in states)
    reactions = [
        *(_bind(f"{name}_{i}{j}", f"{name}_{i + 1}{j}", first, i) for i in range(2) for j in range(3)),
        *(_bind(f"{name}_{i}{j}", f"{name}_{i}{j + 1}", second, j) for i in range(3) for j in range(2)),
    ]
    return Scheme(species, tuple(reactions), (Release(_fractions(name, first, second, calcium), concentration=total),))


def _bind(free: str, bound: str, rates: PairRates, occupied: int) -> Reaction:
    on, off = (rates.on_first, rates.off_first) if occupied == 0 else (rates.on_second, rates.off_second)
    return Reaction(f"Ca + {free} <-> {bound}", on, off)


def _fractions(name: str, first: PairRates, second: PairRates, calcium: float) -> Mapping[str, float]:
    p, q = first.occupancy(calcium), second.occupancy(calcium)
    return {f"{name}_{i}{j}": p[i] * q[j] for i in range(3) for j in range(3)}
