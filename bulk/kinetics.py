"""Kinetics of a network: the right-hand side of its ODE and the analytic sparse Jacobian."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..compiled.csr import pointers
from ..compiled.decorators import inline
from ..compiled.jit import jit
from .network import Codes, Floats, Network
from .sparse_lu import Factors, find_factors

#: Errors of steps that may add up before a law below zero is no matter of tolerances.
STEPS_OF_DOUBT = 10.0


class Kinetics(NamedTuple):
    """A network as the kernels of the rate equations read it; see :class:`~nanospine.bulk.network.Network`.

    Attributes
    ----------
    reaction_of, law_start, law, change_start, change_species, change : as in the network
    target_start, target : entries of the Jacobian that the derivative of a rate by the q-th factor of ``law`` adds to,
        one per changed species of its reaction: ``target[target_start[q]:target_start[q + 1]]``
    signed : reactions whose law subtracts
    signed_start, signed_product : their products
    """

    reaction_of: Codes
    law_start: Codes
    law: Codes
    change_start: Codes
    change_species: Codes
    change: Codes
    target_start: Codes
    target: Codes
    signed: Codes
    signed_start: Codes
    signed_product: Codes


def lower_kinetics(network: Network) -> tuple[Kinetics, Factors]:
    """Derive the sparsity of the Jacobian from laws and stoichiometry; its entries are places in the factors."""
    targets: list[list[tuple[int, int]]] = []
    for p, r in enumerate(network.reaction_of):
        changed = network.change_species[network.change_start[r] : network.change_start[r + 1]].tolist()
        for factor in network.law[network.law_start[p] : network.law_start[p + 1]].tolist():
            targets.append([(species, factor) for species in changed])
    factors, position = find_factors(len(network.species), (entry for entries in targets for entry in entries))
    signed = np.unique(network.reaction_of[network.subtracted])
    products = [np.flatnonzero(network.reaction_of == r) for r in signed]
    kinetics = Kinetics(
        network.reaction_of, network.law_start, network.law, network.change_start, network.change_species,
        network.change,
        pointers(map(len, targets)),
        np.array([position[entry] for entries in targets for entry in entries], dtype=np.int32),
        signed, pointers(map(len, products)), np.array([p for row in products for p in row], dtype=np.int32),
    )  # fmt: skip
    return kinetics, factors


@inline
def product_of(p: int, y: Floats, rate: Floats, kinetics: Kinetics) -> float:
    """Return a product of a law (uM/s)."""
    v = rate[p]
    for q in range(kinetics.law_start[p], kinetics.law_start[p + 1]):
        v *= y[kinetics.law[q]]
    return v


@inline
def by_factor(p: int, q: int, y: Floats, rate: Floats, kinetics: Kinetics) -> float:
    """Return the derivative of a product by its factor at ``q`` (1/s)."""
    slope = rate[p]
    for other in range(kinetics.law_start[p], kinetics.law_start[p + 1]):
        if other != q:
            slope *= y[kinetics.law[other]]
    return slope


@jit(error_model="numpy", _nrt=False)
def derivative(y: Floats, slope: Floats, rate: Floats, kinetics: Kinetics) -> None:
    """Write dy/dt (uM/s) into ``slope``."""
    slope[:] = 0.0
    for p in range(rate.size):
        v, r = product_of(p, y, rate, kinetics), kinetics.reaction_of[p]
        for c in range(kinetics.change_start[r], kinetics.change_start[r + 1]):
            slope[kinetics.change_species[c]] += kinetics.change[c] * v


@jit(error_model="numpy", _nrt=False)
def jacobian(y: Floats, values: Floats, rate: Floats, kinetics: Kinetics) -> None:
    """Write the entries of the Jacobian (1/s) into ``values``, zeros where only the factors have entries."""
    values[:] = 0.0
    for p in range(rate.size):
        begin, end = kinetics.change_start[kinetics.reaction_of[p]], kinetics.change_start[kinetics.reaction_of[p] + 1]
        for q in range(kinetics.law_start[p], kinetics.law_start[p + 1]):
            slope = by_factor(p, q, y, rate, kinetics)
            for c in range(begin, end):
                values[kinetics.target[kinetics.target_start[q] + c - begin]] += kinetics.change[c] * slope


@jit(error_model="numpy", _nrt=False)
def negative_law(y: Floats, rtol: float, atol: float, rate: Floats, kinetics: Kinetics) -> tuple[int, float]:
    """Find a reaction whose law is below zero by more than the tolerances of the concentrations explain.

    Returns the reaction, -1 if there is none, and its rate (uM/s).
    """
    for row in range(kinetics.signed.size):
        v, doubt = 0.0, 0.0
        for place in range(kinetics.signed_start[row], kinetics.signed_start[row + 1]):
            p = kinetics.signed_product[place]
            v += product_of(p, y, rate, kinetics)
            for q in range(kinetics.law_start[p], kinetics.law_start[p + 1]):
                tolerance = atol + rtol * abs(y[kinetics.law[q]])
                doubt += abs(by_factor(p, q, y, rate, kinetics)) * tolerance
        if v < -STEPS_OF_DOUBT * doubt:
            return int(kinetics.signed[row]), v
    return -1, 0.0
