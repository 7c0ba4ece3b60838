"""Who of the products of a reaction takes the place of a reactant, and where the others are born."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ...compiled.csr import pointers
from ...model import Term
from ..kernels.tables import INSIDE, OUTSIDE, Ints
from .plan import Plan

_SIDES = {"inside": INSIDE, "outside": OUTSIDE, None: INSIDE}


def take_place(plan: Plan, products: list[Term], reactant: int, side: str | None) -> tuple[int, list[Term]]:
    """Choose the product that takes the place of a reactant on a side of a membrane; -1 if none does.

    In a membrane it is a surface species, else one on that side; of several the slowest. Returns it and the others.
    """
    fitting = [term for term in products if is_at_home(plan, term, reactant) and term.side == side]
    if not fitting:
        return -1, products
    chosen = min(fitting, key=lambda term: plan.D[plan.model.index(term.species)])
    rest = list(products)
    rest.remove(chosen)
    return plan.model.index(chosen.species), rest


def is_at_home(plan: Plan, term: Term, reactant: int) -> bool:
    """Say whether a product lives where a reactant does, in the volume or in the membrane."""
    return bool(plan.on_surface[plan.model.index(term.species)] == plan.on_surface[reactant])


def extra_columns(plan: Plan, rows: Iterable[list[Term]]) -> tuple[Ints, Ints, Ints]:
    """Return row pointers, species and sides of the further products of the rows of a table."""
    lists = list(rows)
    species = [code for terms in lists for code in plan.codes(terms)]
    sides = [_SIDES[term.side] for terms in lists for term in terms]
    return pointers(map(len, lists)), np.array(species, dtype=np.int32), np.array(sides, dtype=np.int32)
