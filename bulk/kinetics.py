"""Kinetics of a network: the right-hand side of its ODE and the analytic sparse Jacobian."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..compiled.csr import pointers
from ..compiled.decorators import inline
from ..compiled.jit import jit
from .network import Codes, Floats, Network
from .sparse_lu import Factors, find_factors
from .tape import CONCENTRATION, Tape, differentiate, doubt_of, value_of

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
    tape : laws that are formulas
    tape_target_start, tape_target : as ``target``, for the derivative by the i-th operation of the tape
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
    tape: Tape
    tape_target_start: Codes
    tape_target: Codes


def lower_kinetics(network: Network) -> tuple[Kinetics, Factors]:
    """Derive the sparsity of the Jacobian from laws and stoichiometry; its entries are places in the factors."""
    targets: list[list[tuple[int, int]]] = []
    for p, r in enumerate(network.reaction_of):
        changed = network.change_species[network.change_start[r] : network.change_start[r + 1]].tolist()
        for factor in network.law[network.law_start[p] : network.law_start[p + 1]].tolist():
            targets.append([(species, factor) for species in changed])
    tape, tape_targets = network.tape, _tape_targets(network)
    entries = (entry for row in (*targets, *tape_targets) for entry in row)
    factors, position = find_factors(len(network.species), entries)
    signed = np.unique(network.reaction_of[network.subtracted[: network.reaction_of.size]])
    products = [np.flatnonzero(network.reaction_of == r) for r in signed]
    kinetics = Kinetics(
        network.reaction_of, network.law_start, network.law, network.change_start, network.change_species,
        network.change,
        pointers(map(len, targets)), np.array([position[entry] for row in targets for entry in row], dtype=np.int32),
        signed, pointers(map(len, products)), np.array([p for row in products for p in row], dtype=np.int32),
        tape, pointers(map(len, tape_targets)),
        np.array([position[entry] for row in tape_targets for entry in row], dtype=np.int32),
    )  # fmt: skip
    return kinetics, factors


def _tape_targets(network: Network) -> list[list[tuple[int, int]]]:
    """Return the entries of the Jacobian that the derivative by each operation of the tape adds to."""
    found = []
    for f, r in enumerate(network.tape.reaction):
        changed = network.change_species[network.change_start[r] : network.change_start[r + 1]].tolist()
        for i in range(network.tape.start[f], network.tape.start[f + 1]):
            is_factor = network.tape.code[i] == CONCENTRATION
            found.append([(species, int(network.tape.left[i])) for species in changed] if is_factor else [])
    return found


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


@inline
def add_changes(r: int, v: float, slope: Floats, kinetics: Kinetics) -> None:
    """Add what a part of a reaction's rate (uM/s) changes to dy/dt."""
    for c in range(kinetics.change_start[r], kinetics.change_start[r + 1]):
        slope[kinetics.change_species[c]] += kinetics.change[c] * v


@jit(error_model="numpy", _nrt=False)
def derivative(y: Floats, slope: Floats, rate: Floats, kinetics: Kinetics) -> None:
    """Write dy/dt (uM/s) into ``slope``."""
    slope[:] = 0.0
    for p in range(kinetics.reaction_of.size):
        add_changes(kinetics.reaction_of[p], product_of(p, y, rate, kinetics), slope, kinetics)
    for f in range(kinetics.tape.reaction.size):
        add_changes(kinetics.tape.reaction[f], value_of(f, y, rate, kinetics.tape), slope, kinetics)


@jit(error_model="numpy", _nrt=False)
def jacobian(y: Floats, values: Floats, rate: Floats, kinetics: Kinetics) -> None:
    """Write the entries of the Jacobian (1/s) into ``values``, zeros where only the factors have entries."""
    values[:] = 0.0
    for p in range(kinetics.reaction_of.size):
        begin, end = kinetics.change_start[kinetics.reaction_of[p]], kinetics.change_start[kinetics.reaction_of[p] + 1]
        for q in range(kinetics.law_start[p], kinetics.law_start[p + 1]):
            slope = by_factor(p, q, y, rate, kinetics)
            for c in range(begin, end):
                values[kinetics.target[kinetics.target_start[q] + c - begin]] += kinetics.change[c] * slope
    tape = kinetics.tape
    for f in range(tape.reaction.size):
        value_of(f, y, rate, tape)
        differentiate(f, tape)
        begin = kinetics.change_start[tape.reaction[f]]
        for i in range(tape.start[f], tape.start[f + 1]):
            first = kinetics.tape_target_start[i]
            for place in range(first, kinetics.tape_target_start[i + 1]):
                values[kinetics.tape_target[place]] += kinetics.change[begin + place - first] * tape.slope[i]


@jit(error_model="numpy", _nrt=False)
def negative_law(y: Floats, rtol: float, atol: float, rate: Floats, kinetics: Kinetics) -> tuple[int, float]:
    """Find a reaction whose law is below zero by more than the tolerances of the concentrations explain, or no number.

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
    for f in range(kinetics.tape.reaction.size):
        v = value_of(f, y, rate, kinetics.tape)
        if not 0.0 <= v < np.inf and not -STEPS_OF_DOUBT * doubt_of(f, y, rtol, atol, kinetics.tape) <= v < np.inf:
            return int(kinetics.tape.reaction[f]), v
    return -1, 0.0
