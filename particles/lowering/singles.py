"""Lowering of reactions of single molecules."""

from __future__ import annotations

import numpy as np

from ...compiled.csr import pointers
from ...model import Model, Term
from ..kernels.tables import Ints, Pairs, Singles
from .plan import Plan
from .products import extra_columns, take_place


def lower_singles(plan: Plan, pairs: Pairs) -> Singles:
    """Lower the reactions of single molecules; each knows the row of `pairs` that it undoes."""
    steps = sorted(plan.steps(order=1), key=lambda numbered: plan.codes(numbered[1].reactants))
    reactants = [code for _, step in steps for code in plan.codes(step.reactants)]
    places = [
        take_place(plan, list(step.products), code, None) for (_, step), code in zip(steps, reactants, strict=True)
    ]
    rates = [plan.rates[event] for event, _ in steps]
    extra_start, extra, extra_side = extra_columns(plan, (rest for _, rest in places))
    return Singles(
        start=pointers(np.bincount(reactants, minlength=plan.D.size)),
        event=np.array([event for event, _ in steps], dtype=np.int32),
        rate=np.array([rate.peak for rate in rates], dtype=np.float64),
        schedule=np.array([rate.schedule for rate in rates], dtype=np.int32),
        stays=np.array([stays for stays, _ in places], dtype=np.int32),
        extra_start=extra_start,
        extra=extra,
        extra_side=extra_side,
        undoes=undone_rows(plan.model, [event for event, _ in steps], pairs),
    )


def undone_rows(model: Model, events: list[int], pairs: Pairs) -> Ints:
    """Return the row of the association that each reaction undoes, '<->' or not; -1 if none that ever happens."""
    row_of = {int(event): row for row, event in enumerate(pairs.event) if pairs.peak[row] > 0}
    by_sides = {
        (_key(step.reactants), _key(step.products)): row_of.get(event, -1)
        for event, step in enumerate(model.steps)
        if step.order == 2
    }
    steps = [model.steps[event] for event in events]
    return np.array([by_sides.get((_key(step.products), _key(step.reactants)), -1) for step in steps], dtype=np.int32)


def _key(terms: tuple[Term, ...]) -> tuple[str, ...]:
    return tuple(sorted(map(str, terms)))
