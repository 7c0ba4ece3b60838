"""Kernels of the exact stochastic simulation: Gillespie's direct method on partial propensities.

The propensity of a reaction is the number of molecules of one of its reactants, its *pivot*, times a partial
propensity that depends on the others (Ramaswamy, Gonzalez-Segredo & Sbalzarini 2009, J Chem Phys 130:244104). A change
of the pivot, such as Ca2+ with its many partners, then changes one group of reactions by one multiplication. A law that
is a sum or a formula has no pivot: its propensity is evaluated.
"""

# Elements of arrays are numbers, which Numba knows and pyright does not.
# pyright: reportAssignmentType=false

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled.decorators import inline
from ..compiled.jit import jit
from .network import Codes, Floats
from .tape import Tape, propensity_of

DONE, PAUSED, NEGATIVE = 0, 1, 2
#: A sum that is smaller, relative to its parts, is zero but for rounding.
ROUNDING = 1e-12

#: Numba looks for negative indices only where the type allows them, which takes a third of the time here.
Places = NDArray[np.uint32]


class Channels(NamedTuple):
    """Reactions as the stochastic kernels read them.

    Attributes
    ----------
    pivot : group of each reaction: the species that it is grouped by, or the number of species if there is none
    other_start, other : the factors of each product but for the pivot, sorted by species; product ``r`` is the first of
        reaction ``r``
    other_less : molecules of the factor's species that are taken by factors before it: n, n - 1, n - 2 ...
    need_start, need_species, need : molecules that must be there for the event to happen
    change_start, change_species, change : net change per event
    affected_start, affected : reactions whose partial propensity an event changes
    regroup_start, regroup : groups whose propensity an event changes
    member_start : where the reactions of a group are in ``State.member``
    evaluated : reactions whose law is a sum or a formula
    further_start, further : the further products of these
    formula : the formula of these in ``tape``, -1 if they have none
    affected_sum_start, affected_sum : rows of ``evaluated`` that are sums, whose propensity an event changes
    affected_formula_start, affected_formula : those that are formulas
    tape : the formulas, of numbers of molecules
    """

    pivot: Places
    other_start: Places
    other: Places
    other_less: Codes
    need_start: Places
    need_species: Places
    need: Codes
    change_start: Places
    change_species: Places
    change: Codes
    affected_start: Places
    affected: Places
    regroup_start: Places
    regroup: Places
    member_start: Places
    evaluated: Places
    further_start: Places
    further: Places
    formula: Codes
    affected_sum_start: Places
    affected_sum: Places
    affected_formula_start: Places
    affected_formula: Places
    tape: Tape


class State(NamedTuple):
    """What changes during a run.

    Attributes
    ----------
    number : molecules of each species, and a last 1 for reactions without reactants
    event : events of each reaction
    partial : partial propensity of each reaction (1/s)
    group_partial, group : their sum in each group, and that times the number of the pivot (1/s)
    order : groups, the busiest first
    member : reactions, by group, the busiest first
    """

    number: NDArray[np.int64]
    event: NDArray[np.int64]
    partial: Floats
    group_partial: Floats
    group: Floats
    order: Places
    member: Places


@inline
def product_of(p: int, rate: Floats, channels: Channels, number: NDArray[np.int64]) -> float:
    """Return a product of numbers of molecules (1/s), per molecule of the pivot."""
    a = rate[p]
    for q in range(channels.other_start[p], channels.other_start[p + 1]):
        a *= number[channels.other[q]] - channels.other_less[q]
    return a


@inline
def lacks(r: int, channels: Channels, number: NDArray[np.int64]) -> bool:
    """Say whether a molecule that an event takes is missing."""
    for q in range(channels.need_start[r], channels.need_start[r + 1]):
        if number[channels.need_species[q]] < channels.need[q]:
            return True
    return False


@inline
def partial_propensity(r: int, rate: Floats, channels: Channels, number: NDArray[np.int64]) -> float:
    """Return the propensity of a reaction of mass action per molecule of its pivot."""
    return 0.0 if lacks(r, channels, number) else product_of(r, rate, channels, number)


@inline
def propensity_of_sum(row: int, rate: Floats, channels: Channels, number: NDArray[np.int64]) -> float:
    """Return the propensity of a reaction whose law is a sum, below zero if the law is."""
    r = channels.evaluated[row]
    total = product_of(r, rate, channels, number)
    size = abs(total)
    for place in range(channels.further_start[row], channels.further_start[row + 1]):
        a = product_of(channels.further[place], rate, channels, number)
        total += a
        size += abs(a)
    return 0.0 if abs(total) <= ROUNDING * size or (total > 0.0 and lacks(r, channels, number)) else total


@inline
def propensity_of_formula(row: int, rate: Floats, channels: Channels, number: NDArray[np.int64]) -> float:
    """Return the propensity of a reaction whose law is a formula, below zero or no number if the law is."""
    a = propensity_of(channels.formula[row], number, rate, ROUNDING, channels.tape)
    # What cannot happen has no rate, whatever the formula is there.
    return 0.0 if not a <= 0.0 and lacks(channels.evaluated[row], channels, number) else a


@inline
def propensity_of_law(row: int, rate: Floats, channels: Channels, number: NDArray[np.int64]) -> float:
    """Return the propensity of a reaction whose law is a sum or a formula."""
    if channels.formula[row] >= 0:
        return propensity_of_formula(row, rate, channels, number)
    return propensity_of_sum(row, rate, channels, number)


@jit(error_model="numpy", _nrt=False)
def refresh(rate: Floats, channels: Channels, state: State) -> float:
    """Make all propensities and sums anew, and return the total (1/s), -infinity if a law is not above zero."""
    for r in range(channels.pivot.size):
        state.partial[r] = partial_propensity(r, rate, channels, state.number)
    negative = False
    for row in range(channels.evaluated.size):
        a = propensity_of_law(row, rate, channels, state.number)
        state.partial[channels.evaluated[row]] = a
        negative |= not 0.0 <= a < np.inf
    state.group_partial[:] = 0.0
    for r in range(channels.pivot.size):
        state.group_partial[channels.pivot[r]] += state.partial[r]
    total = 0.0
    for g in range(state.group.size):
        state.group[g] = state.group_partial[g] * state.number[g]
        total += state.group[g]
    return -np.inf if negative else total


def put_busiest_first(channels: Channels, state: State) -> None:
    """Sort the groups, and the reactions in each, so that frequent reactions are found soon."""
    state.order[:] = np.argsort(-state.group, kind="stable")
    state.member[:] = np.lexsort((-state.partial, channels.pivot))


@inline
def choose(channels: Channels, state: State, rest: float) -> int:
    """Return the reaction at ``rest``, between 0 and the total propensity (1/s), or -1 if rounding left none."""
    for position in range(state.order.size):
        g = state.order[position]
        if rest < state.group[g]:
            rest /= state.number[g]
            for place in range(channels.member_start[g], channels.member_start[g + 1]):
                r = state.member[place]
                if rest < state.partial[r]:
                    return int(np.int64(r))
                rest -= state.partial[r]
            return -1
        rest -= state.group[g]
    return -1


@inline
def update(r: int, a: float, channels: Channels, state: State) -> None:
    """Set the partial propensity of a reaction (1/s)."""
    state.group_partial[channels.pivot[r]] += a - state.partial[r]
    state.partial[r] = a


@inline
def fire(r: int, total: float, rate: Floats, channels: Channels, state: State) -> float:
    """Let a reaction happen once, update the propensities that depend on it, and return the new total as `refresh`."""
    state.event[r] += 1
    for c in range(channels.change_start[r], channels.change_start[r + 1]):
        state.number[channels.change_species[c]] += channels.change[c]
    for q in range(channels.affected_start[r], channels.affected_start[r + 1]):
        other = channels.affected[q]
        update(other, partial_propensity(other, rate, channels, state.number), channels, state)
    negative = False
    for q in range(channels.affected_sum_start[r], channels.affected_sum_start[r + 1]):
        row = channels.affected_sum[q]
        a = propensity_of_sum(row, rate, channels, state.number)
        update(channels.evaluated[row], a, channels, state)
        negative |= a < 0.0
    for q in range(channels.affected_formula_start[r], channels.affected_formula_start[r + 1]):
        row = channels.affected_formula[q]
        a = propensity_of_formula(row, rate, channels, state.number)
        update(channels.evaluated[row], a, channels, state)
        negative |= not 0.0 <= a < np.inf
    for q in range(channels.regroup_start[r], channels.regroup_start[r + 1]):
        g = channels.regroup[q]
        a = state.group_partial[g] * state.number[g]
        total += a - state.group[g]
        state.group[g] = a
    return -np.inf if negative else total


@jit(error_model="numpy", _nrt=False)
def run_exact(
    now: float, stop: float, events: int, rate: Floats, channels: Channels, state: State, rng: np.random.Generator
) -> tuple[int, float]:
    """Run until ``stop`` (s), or for so many events; return a status and the time reached."""
    total = refresh(rate, channels, state)
    for _ in range(events):
        if total <= 0.0:
            return (NEGATIVE, now) if total == -np.inf else (DONE, stop)
        now += rng.standard_exponential() / total
        if now >= stop:
            return DONE, stop
        r = choose(channels, state, rng.random() * total)
        # Rounding in the sums, which are exact to 1e-9, may leave nothing to choose.
        total = refresh(rate, channels, state) if r < 0 else fire(r, total, rate, channels, state)
    return PAUSED, now
