"""Tau-leaping: many events at a time, with the step chosen from an error bound.

Cao, Gillespie & Petzold (2006), J Chem Phys 124:044109: in one leap no propensity changes by more than about a fraction
epsilon; reactions that are about to use up a reactant happen one by one; where leaps would be short, the exact method
takes over.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import jit
from .gillespie import DONE, PAUSED, Channels, State, refresh, run_exact
from .network import Codes, Floats, Network

# The paper's values: events that a reaction must be away from using up a reactant; expected events below which leaping
# does not pay; exact events that are run instead.
CRITICAL = 10
WORTHWHILE = 10.0
EXACT_EVENTS = 100


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
    """Find the highest order in which each species reacts."""
    order = np.zeros(len(network.species), np.int32)
    multiplicity = np.zeros(len(network.species), np.int32)
    for r in range(len(network.reactions)):
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
def leap(
    tau: float, propensity: Floats, critical: NDArray[np.bool_], channels: Channels, state: State,
    rng: np.random.Generator,
) -> bool:  # fmt: skip
    """Let the non-critical reactions happen for a time; undo it and return False if a number falls below 0."""
    number, event = state.number.copy(), state.event.copy()
    for r in range(propensity.size):
        if not critical[r] and propensity[r] > 0.0:
            times = rng.poisson(propensity[r] * tau)
            state.event[r] += times
            for c in range(channels.change_start[r], channels.change_start[r + 1]):
                state.number[channels.change_species[c]] += times * channels.change[c]
    if state.number.min() >= 0:
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
    """Run until ``stop`` (s), or for so many leaps; return whether it is done, and the time reached."""
    propensity = np.zeros(rate.size)
    critical = np.zeros(rate.size, np.bool_)
    for _ in range(steps // EXACT_EVENTS + 1):
        total = refresh(rate, channels, state)
        critical_total = 0.0
        for r in range(rate.size):
            propensity[r] = state.partial[r] * state.number[channels.pivot[r]]
            critical[r] = is_critical(r, channels, state.number)
            if critical[r]:
                critical_total += propensity[r]
        longest = longest_leap(epsilon, propensity, critical, channels, leaps, state.number)
        accepted = False
        while not accepted:
            if longest * total < WORTHWHILE:
                status, now = run_exact(now, stop, EXACT_EVENTS, rate, channels, state, rng)
                if status == DONE:
                    return DONE, stop
                break
            until_critical = rng.standard_exponential() / critical_total if critical_total > 0.0 else np.inf
            left = stop - now
            tau = min(longest, until_critical, left)
            accepted = leap(tau, propensity, critical, channels, state, rng)
            if not accepted:
                longest /= 2.0
            elif tau == left:
                return DONE, stop
            else:
                now += tau
                if tau == until_critical:
                    fire_critical(propensity, critical, critical_total, channels, state, rng.random())
    return PAUSED, now
