"""Master equations of single proteins, integrated step by step: for tests that compare schemes with their rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from nanospine import Scheme

Matrix = np.ndarray


def matrix(states: list[str], rates: Mapping[tuple[str, str], float]) -> Matrix:
    """Return the rate matrix (1/s) of the rates from a state to another; columns are the states that are left."""
    found = np.zeros((len(states), len(states)))
    for (left, right), rate in rates.items():
        found[states.index(right), states.index(left)] += rate
        found[states.index(left), states.index(left)] -= rate
    return found


def follow(rates: Callable[[float], Matrix], start: np.ndarray, duration: float, dt: float) -> tuple[np.ndarray, ...]:
    """Return times and probabilities (times, states) by the implicit midpoint rule: second order, and stable."""
    number = round(duration / dt)
    path = np.empty((number + 1, start.size))
    path[0] = start
    one = np.eye(start.size)
    for k in range(number):
        half = rates((k + 0.5) * dt) * dt / 2
        path[k + 1] = np.linalg.solve(one - half, path[k] + half @ path[k])
    return np.arange(number + 1) * dt, path


def written(scheme: Scheme) -> dict[str, object]:
    return {step.name: step.rate for reaction in scheme.reactions for step in reaction.steps}


def matrix_of(scheme: Scheme, calcium: float) -> np.ndarray:
    """Return the rate matrix of a scheme of one protein at a [Ca2+] (uM)."""
    states = [species.name for species in scheme.species]
    rates: dict[tuple[str, str], float] = {}
    for step in (step for reaction in scheme.reactions for step in reaction.steps):
        left, right = (next(t.species for t in side if t.species in states) for side in (step.reactants, step.products))
        if left != right:
            rates[left, right] = float(step.rate) * (calcium if len(step.reactants) == 2 else 1.0)
    return matrix(states, rates)
