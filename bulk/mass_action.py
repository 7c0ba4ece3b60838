"""Mass-action kinetics of a network: the right-hand side of its ODE and the analytic sparse Jacobian."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..compiled.csr import pointers
from ..compiled.jit import jit
from .network import Codes, Floats, Network
from .sparse_lu import Factors, find_factors


class Kinetics(NamedTuple):
    """A network as the kernels of the rate equations read it; see :class:`~nanospine.bulk.network.Network`.

    Attributes
    ----------
    law_start, law, change_start, change_species, change : as in the network
    target_start, target : entries of the Jacobian that the derivative of a rate by the q-th factor of ``law`` adds to,
        one per changed species of its reaction: ``target[target_start[q]:target_start[q + 1]]``
    """

    law_start: Codes
    law: Codes
    change_start: Codes
    change_species: Codes
    change: Codes
    target_start: Codes
    target: Codes


def lower_kinetics(network: Network) -> tuple[Kinetics, Factors]:
    """Derive the sparsity of the Jacobian from laws and stoichiometry; its entries are places in the factors."""
    targets: list[list[tuple[int, int]]] = []
    for r in range(len(network.reactions)):
        changed = network.change_species[network.change_start[r] : network.change_start[r + 1]].tolist()
        for factor in network.law[network.law_start[r] : network.law_start[r + 1]].tolist():
            targets.append([(species, factor) for species in changed])
    factors, position = find_factors(len(network.species), (entry for entries in targets for entry in entries))
    kinetics = Kinetics(
        network.law_start, network.law, network.change_start, network.change_species, network.change,
        pointers(map(len, targets)),
        np.array([position[entry] for entries in targets for entry in entries], dtype=np.int32),
    )  # fmt: skip
    return kinetics, factors


@jit(error_model="numpy")
def derivative(y: Floats, slope: Floats, rate: Floats, kinetics: Kinetics) -> None:
    """Write dy/dt (uM/s) into ``slope``."""
    slope[:] = 0.0
    for r in range(rate.size):
        v = rate[r]
        for q in range(kinetics.law_start[r], kinetics.law_start[r + 1]):
            v *= y[kinetics.law[q]]
        for c in range(kinetics.change_start[r], kinetics.change_start[r + 1]):
            slope[kinetics.change_species[c]] += kinetics.change[c] * v


@jit(error_model="numpy")
def jacobian(y: Floats, values: Floats, rate: Floats, kinetics: Kinetics) -> None:
    """Write the entries of the Jacobian (1/s) into ``values``, zeros where only the factors have entries."""
    values[:] = 0.0
    for r in range(rate.size):
        first, last = kinetics.law_start[r], kinetics.law_start[r + 1]
        for q in range(first, last):
            by_factor = rate[r]
            for other in range(first, last):
                if other != q:
                    by_factor *= y[kinetics.law[other]]
            begin = kinetics.change_start[r]
            for c in range(begin, kinetics.change_start[r + 1]):
                values[kinetics.target[kinetics.target_start[q] + c - begin]] += kinetics.change[c] * by_factor
