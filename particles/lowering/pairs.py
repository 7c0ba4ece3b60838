"""Lowering of reactions of two molecules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...compiled.csr import pointers
from ...model import Model, ModelError, Step, Term
from ...model.units import um3_per_s
from ..kernels.tables import Pairs
from .encounters import return_sum
from .plan import Plan
from .products import extra_columns, take_place


class Row(NamedTuple):
    """A row of the table; ``pair`` numbers side, initiator and partner as :class:`Pairs` does."""

    pair: int
    outside: bool
    event: int
    kdt: float
    schedule: int
    returns: float
    way: int
    initiator: int
    partner: int
    extra: list[Term]
    reactants: Counter[str]
    products: Counter[str]


def lower_pairs(plan: Plan) -> Pairs:
    """Lower the reactions of pairs: rate x dt, and how often partners that met in vain will meet again.

    Raises
    ------
    ModelError
        If partners never meet: where there is no compartment, or since neither moves.
    """
    plan.model.check_surroundings()
    rows = sorted((pair_row(plan, event, step) for event, step in plan.steps(order=2)), key=lambda row: row.pair)
    kdt = np.array([row.kdt for row in rows], dtype=np.float64)
    schedule = np.array([row.schedule for row in rows], dtype=np.int32)
    returned = np.array([row.returns for row in rows], dtype=np.float64)
    competing = channels(rows)
    extra_start, extra, extra_side = extra_columns(plan, (row.extra for row in rows))
    return Pairs(
        start=pointers(np.bincount([row.pair for row in rows], minlength=2 * plan.D.size**2)),
        outside=np.array([row.outside for row in rows], dtype=np.int32),
        event=np.array([row.event for row in rows], dtype=np.int32),
        kdt=kdt,
        peak=kdt.copy(),
        schedule=schedule,
        returns=returned,
        way=np.array([row.way for row in rows], dtype=np.int32),
        channel_start=pointers(map(len, competing)),
        channel=np.array([row for rivals in competing for row in rivals], dtype=np.int32),
        lost=np.array([(kdt[rivals] * returned[rivals]).sum() for rivals in competing], dtype=np.float64),
        scheduled=np.flatnonzero([(schedule[rivals] >= 0).any() for rivals in competing]).astype(np.int32),
        initiator=np.array([row.initiator for row in rows], dtype=np.int32),
        partner=np.array([row.partner for row in rows], dtype=np.int32),
        extra_start=extra_start,
        extra=extra,
        extra_side=extra_side,
    )


def channels(rows: Sequence[Row]) -> list[list[int]]:
    """Return the rows that compete with each: those of the same pair, and those that lead from what it becomes back.

    A pair that did not react, or that a catalyst turned into another one, is still together and meets again. For a pair
    with any number of channels, and for two pairs that turn into each other, probabilities that add up all of these
    give the rates and equilibria of mass action: of transitions G between pairs per meeting, G / (1 - S G) is left
    when all meetings of an encounter are summed up. What leaves the pair as it was takes nothing from later meetings.

    Whether a pair is still there is read from all products, whichever of them take the places of the two.
    """
    found = []
    for row in rows:
        own = [q for q, other in enumerate(rows) if other.reactants == row.reactants]
        ending = [q for q in own if not rows[q].products >= row.reactants]
        back = [
            q for q, other in enumerate(rows)
            if q not in own and other.products >= row.reactants
            and any(rows[k].products >= other.reactants for k in ending)
        ]  # fmt: skip
        found.append(sorted(ending + back))
    return found


def pair_row(plan: Plan, event: int, step: Step) -> Row:
    """Lower one reaction of a pair."""
    first, second = plan.partners(step)
    a, b = plan.codes((first, second))
    _check_partners(plan, step, first, second)
    rate, n, outside = plan.rates[event], plan.D.size, first.side == "outside"
    kdt = per_pair(plan.model, step, rate.peak) * plan.dt
    partner, rest = take_place(plan, list(step.products), b, second.side)
    initiator, rest = take_place(plan, rest, a, first.side)
    return Row(
        pair=(outside * n + a) * n + b,
        outside=outside,
        event=event,
        # v = k [A]^2, hence 2 k per pair of A.
        kdt=2.0 * kdt if a == b else kdt,
        schedule=rate.schedule,
        returns=0.0 if plan.on_surface[a] else return_sum(plan.voxels.size, plan.way(a, b), plan.dt),
        way=0 if plan.on_surface[a] else plan.ways.index(plan.way(a, b)),
        initiator=initiator,
        partner=partner,
        extra=rest,
        reactants=Counter(map(str, step.reactants)),
        products=Counter(map(str, step.products)),
    )


def per_pair(model: Model, step: Step, rate: float) -> float:
    """Return the rate constant of an association per pair of molecules: um^3/s, or um^2/s on the surface."""
    return rate if model.is_on_surface(step) else um3_per_s(rate)


def _check_partners(plan: Plan, step: Step, first: Term, second: Term) -> None:
    """Refuse a reaction whose partners never meet."""
    if not plan.D[plan.codes((first, second))].any():
        raise ModelError(
            f"Reaction {step.name!r}: neither {first.species} nor {second.species} moves; give one of them D > 0."
        )
