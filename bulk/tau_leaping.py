"""Tau-leaping: many events at a time, with the step chosen from an error bound.

Cao, Gillespie & Petzold (2006), J Chem Phys 124:044109: in one leap no propensity changes by more than about a fraction
epsilon; reactions that are about to use up a reactant happen one by one; where leaps would be short, the exact method
takes over. Laws that are sums or formulas bound their own change, since their parts may nearly cancel.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import jit
from .gillespie import DONE, NEGATIVE, PAUSED, Channels, State, propensity_of_law, refresh, run_exact
from .network import Codes, Floats, Network
from .tape import CONCENTRATION

# The paper's values: events that a reaction must be away from using up a reactant; expected events below which leaping
# does not pay; exact events that are run instead.
CRITICAL = 10
WORTHWHILE = 10.0
EXACT_EVENTS = 100
#: Beyond the numbers of :mod:`.gillespie`: more events than can be counted exactly.
UNCOUNTABLE = 3
MOST_COUNTED = 2.0**53


class Leaps(NamedTuple):
    """What the choice of the step needs.

    Attributes
    ----------
    order, multiplicity : per species, the highest kinetic order of its reactions and how often it enters there; 0 if it
        is no reactant
    """

    order: Codes
    multiplicity: Codes


def leap_table(network: Network) -> Leaps:
    """Find the highest order in which each species reacts by mass action."""
    order = np.zeros(len(network.species), np.int32)
    multiplicity = np.zeros(len(network.species), np.int32)
    for r in np.flatnonzero(~network.as_it_stands):
        law = network.law[network.law_start[r] : network.law_start[r + 1]]
        for species, times in Counter(law.tolist()).items():
            order[species], multiplicity[species] = max(
                (int(order[species]), int(multiplicity[species])), (len(law), times)
            )
    return Leaps(order, multiplicity)


@jit
def sensitivity(s: int, n: int, leaps: Leaps) -> float:
    """Return g of the paper's Eq. 27: relative change of a propensity per relative change of a species."""
    q = leaps.multiplicity[s]
    g = float(q)
    for taken in range(1, q):
        g += taken / max(n - taken, 1)
    return g * leaps.order[s] / q


@jit
def is_critical(r: int, channels: Channels, number: NDArray[np.int64]) -> bool:
    """Say whether a few events would use up what the reaction takes."""
    for c in range(channels.change_start[r], channels.change_start[r + 1]):
        taken = -channels.change[c]
        if taken > 0 and number[channels.change_species[c]] < CRITICAL * taken:
            return True
    return False


@jit
def longest_leap(
    epsilon: float, propensity: Floats, critical: NDArray[np.bool_], channels: Channels, leaps: Leaps,
    number: NDArray[np.int64],
) -> float:  # fmt: skip
    """Return the leap (s) in which the non-critical reactions keep to the error bound (the paper's Eq. 33)."""
    mean, variance = np.zeros(number.size), np.zeros(number.size)
    for r in range(propensity.size):
        if not critical[r]:
            for c in range(channels.change_start[r], channels.change_start[r + 1]):
                s, change = channels.change_species[c], channels.change[c]
                mean[s] += change * propensity[r]
                variance[s] += change * change * propensity[r]
    longest = np.inf
    for s in range(leaps.order.size):
        if leaps.order[s] > 0 and variance[s] > 0.0:
            bound = max(epsilon * number[s] / sensitivity(s, number[s], leaps), 1.0)
            longest = min(longest, bound * bound / variance[s])
            if mean[s] != 0.0:
                longest = min(longest, bound / abs(mean[s]))
    return longest


@jit
def longest_leap_of_laws(
    epsilon: float, propensity: Floats, critical: NDArray[np.bool_], rate: Floats, channels: Channels,
    number: NDArray[np.int64],
) -> float:  # fmt: skip
    """Return the leap (s) in which no sum or formula changes by more than a fraction, or than one molecule does.

    The mean and the variance of its change are those of Gillespie & Petzold (2003), J Chem Phys 119:8229.
    """
    longest = np.inf
    per_molecule = np.zeros(number.size)
    for row in range(channels.evaluated.size):
        a = propensity[channels.evaluated[row]]
        per_molecule_of(row, a, per_molecule, rate, channels, number)
        mean, variance = 0.0, 0.0
        for r in range(propensity.size):
            change = 0.0
            for c in range(channels.change_start[r], channels.change_start[r + 1]):
                change += channels.change[c] * per_molecule[channels.change_species[c]]
            if not critical[r]:
                mean += change * propensity[r]
                variance += change * change * propensity[r]
        bound = max(epsilon * a, float(np.abs(per_molecule).max()))
        if variance > 0.0:
            longest = min(longest, bound * bound / variance)
        if mean != 0.0:
            longest = min(longest, bound / abs(mean))
    return float(longest)


@jit
def per_molecule_of(
    row: int, a: float, change: Floats, rate: Floats, channels: Channels, number: NDArray[np.int64]
) -> None:
    """Write how the propensity of a law changes with one more molecule of each species (1/s) into ``change``."""
    change[:] = 0.0
    first, last = channels.further_start[row], channels.further_start[row + 1]
    for place in range(first, last + 1):
        p = channels.further[place] if place < last else channels.evaluated[row]
        for q in range(channels.other_start[p], channels.other_start[p + 1]):
            s = channels.other[q]
            number[s] += 1
            change[s] = propensity_of_law(row, rate, channels, number) - a
            number[s] -= 1
    f, tape = channels.formula[row], channels.tape
    for i in range(tape.start[f] if f >= 0 else 0, tape.start[f + 1] if f >= 0 else 0):
        if tape.code[i] == CONCENTRATION:
            s = np.uint32(tape.left[i])
            number[s] += 1
            change[s] = propensity_of_law(row, rate, channels, number) - a
            number[s] -= 1


@jit
def is_possible(rate: Floats, channels: Channels, number: NDArray[np.int64]) -> bool:
    """Say whether no number and no law is below zero."""
    possible = number.min() >= 0
    for row in range(channels.evaluated.size):
        possible &= 0.0 <= propensity_of_law(row, rate, channels, number) < np.inf
    return possible


@jit
def leap(
    tau: float, propensity: Floats, critical: NDArray[np.bool_], rate: Floats, channels: Channels, state: State,
    rng: np.random.Generator,
) -> bool:  # fmt: skip
    """Let the non-critical reactions happen for a time; undo it and return False if that is not possible."""
    number, event = state.number.copy(), state.event.copy()
    for r in range(propensity.size):
        if not critical[r] and propensity[r] > 0.0:
            times = rng.poisson(propensity[r] * tau)
            state.event[r] += times
            for c in range(channels.change_start[r], channels.change_start[r + 1]):
                state.number[channels.change_species[c]] += times * channels.change[c]
    if is_possible(rate, channels, state.number):
        return True
    state.number[:] = number
    state.event[:] = event
    return False


@jit
def fire_critical(
    propensity: Floats, critical: NDArray[np.bool_], total: float, channels: Channels, state: State, u: float
) -> None:
    """Let one of the critical reactions happen, for u uniform in [0, 1)."""
    rest = u * total
    for r in range(propensity.size):
        if critical[r] and propensity[r] > 0.0:
            rest -= propensity[r]
            if rest < 0.0:
                state.event[r] += 1
                for c in range(channels.change_start[r], channels.change_start[r + 1]):
                    state.number[channels.change_species[c]] += channels.change[c]
                return


@jit
def run_leaps(
    now: float, stop: float, steps: int, rate: Floats, channels: Channels, state: State, leaps: Leaps, epsilon: float,
    rng: np.random.Generator,
) -> tuple[int, float]:  # fmt: skip
    """Run until ``stop`` (s), or for so many leaps; return a status and the time reached."""
    propensity = np.zeros(channels.pivot.size)
    critical = np.zeros(channels.pivot.size, np.bool_)
    for _ in range(steps // EXACT_EVENTS + 1):
        total = refresh(rate, channels, state)
        if total == -np.inf:
            return NEGATIVE, now
        critical_total = 0.0
        for r in range(propensity.size):
            propensity[r] = state.partial[r] * state.number[channels.pivot[r]]
            critical[r] = is_critical(r, channels, state.number)
            if critical[r]:
                critical_total += propensity[r]
        longest = min(
            longest_leap(epsilon, propensity, critical, channels, leaps, state.number),
            longest_leap_of_laws(epsilon, propensity, critical, rate, channels, state.number),
        )
        accepted = False
        while not accepted:
            if longest * total < WORTHWHILE:
                status, now = run_exact(now, stop, EXACT_EVENTS, rate, channels, state, rng)
                if status != PAUSED:
                    return status, now
                break
            until_critical = rng.standard_exponential() / critical_total if critical_total > 0.0 else np.inf
            left = stop - now
            tau = min(longest, until_critical, left)
            if state.event.sum() + total * tau > MOST_COUNTED:
                return UNCOUNTABLE, now
            accepted = leap(tau, propensity, critical, rate, channels, state, rng)
            if not accepted:
                longest = min(longest, tau) / 2.0
            elif tau == left:
                return DONE, stop
            else:
                now += tau
                if tau == until_critical:
                    fire_critical(propensity, critical, critical_total, channels, state, rng.random())
    return PAUSED, now
