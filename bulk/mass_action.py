"""Mass-action kinetics of a network: the right-hand side of its ODE and the analytic sparse Jacobian."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..jit import jit
from .network import Codes, Floats, Network


@dataclass(frozen=True)
class JacobianPattern:
    """Where the derivatives of the reaction rates go in a Jacobian in compressed columns.

    Parameters
    ----------
    row, column : ndarray, shape (entries,)
        Species of each entry, sorted by column, then row; the diagonal is always there.
    target_start, target : ndarray
        Entries that the derivative of a rate by the ``q``-th factor of :attr:`Network.law` adds to:
        ``target[target_start[q]:target_start[q + 1]]``, one per changed species of its reaction.
    """

    row: Codes
    column: Codes
    target_start: Codes
    target: Codes


def jacobian_pattern(network: Network) -> JacobianPattern:
    """Derive the sparsity of the Jacobian from the laws and the stoichiometry."""
    entries = {(i, i) for i in range(len(network.species))}
    targets: list[list[tuple[int, int]]] = []
    for r in range(len(network.reactions)):
        changed = network.change_species[network.change_start[r] : network.change_start[r + 1]]
        for factor in network.law[network.law_start[r] : network.law_start[r + 1]]:
            targets.append([(int(factor), int(i)) for i in changed])
            entries.update(targets[-1])
    ordered = sorted(entries)
    position = {entry: p for p, entry in enumerate(ordered)}
    column, row = np.array(ordered, dtype=np.int32).T.copy()
    return JacobianPattern(
        row=row,
        column=column,
        target_start=np.cumsum([0, *map(len, targets)]).astype(np.int32),
        target=np.array([position[entry] for entries in targets for entry in entries], dtype=np.int32),
    )


@jit
def derivative(
    y: Floats, slope: Floats, rate: Floats, law_start: Codes, law: Codes,
    change_start: Codes, change_species: Codes, change: Codes,
) -> None:  # fmt: skip
    """Write dy/dt (uM/s) into ``slope``."""
    slope[:] = 0.0
    for r in range(rate.size):
        v = rate[r]
        for q in range(law_start[r], law_start[r + 1]):
            v *= y[law[q]]
        for c in range(change_start[r], change_start[r + 1]):
            slope[change_species[c]] += change[c] * v


@jit
def jacobian(
    y: Floats, values: Floats, rate: Floats, law_start: Codes, law: Codes,
    change_start: Codes, change: Codes, target_start: Codes, target: Codes,
) -> None:  # fmt: skip
    """Write the entries of the Jacobian (1/s) into ``values``, in the order of :class:`JacobianPattern`."""
    values[:] = 0.0
    for r in range(rate.size):
        first, last = law_start[r], law_start[r + 1]
        for q in range(first, last):
            by_factor = rate[r]
            for other in range(first, last):
                if other != q:
                    by_factor *= y[law[other]]
            for c in range(change_start[r], change_start[r + 1]):
                values[target[target_start[q] + c - change_start[r]]] += change[c] * by_factor
