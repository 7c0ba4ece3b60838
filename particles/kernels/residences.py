"""Visits of molecules to zones and regions, seen after the moves of each step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...compiled.decorators import inline
from .state import USED
from .tables import OUTSIDE, Floats, Ints, Longs
from .zones import is_within

# Entries of Residences.counters
VISITS, FULL = 0, 1


class Residences(NamedTuple):
    """What is followed, who is there, and the visits that ended since the list was last emptied.

    Attributes
    ----------
    species : species followed
    zone : (residences, ZONE) as in :mod:`.zones`
    on_face : (residences, triangles) whether a surface molecule there counts
    visitor : (residences, slots) serial of the molecule in a slot if it is there, else -1
    since : (residences, slots) step at which it was first seen there
    visit_residence, visit_since, visit_steps : finished visits: where, since which step, for how many
    counters : length of the list; 1 if it was too short
    """

    species: Ints
    zone: Floats
    on_face: NDArray[np.bool_]
    visitor: Longs
    since: Longs
    visit_residence: Ints
    visit_since: Longs
    visit_steps: Longs
    counters: Longs


@inline
def is_there(particles, residences, which, i):
    """Say whether the molecule in a slot is one that is followed, and there."""
    if particles.species[i] != residences.species[which] or particles.compartment[i] == OUTSIDE:
        return False
    face, p = particles.face[i], particles.position[i]
    return (face < 0 or residences.on_face[which, face]) and is_within(residences.zone[which], p[0], p[1], p[2])


@inline
def leave(residences, which, i, step):
    """Put the visit of a slot, which ended before a step, into the list if there is room."""
    counters = residences.counters
    row = counters[VISITS]
    if row == residences.visit_since.size:
        counters[FULL] = 1
        return
    residences.visit_residence[row] = which
    residences.visit_since[row] = residences.since[which, i]
    residences.visit_steps[row] = step - residences.since[which, i]
    residences.visitor[which, i] = -1
    counters[VISITS] += 1


@inline
def watch(particles, residences, step):
    """Begin and end the visits of a step."""
    for which in range(residences.species.size):
        for i in range(particles.counters[USED]):
            there, visitor = is_there(particles, residences, which, i), residences.visitor[which, i]
            if visitor >= 0 and not (there and visitor == particles.serial[i]):
                leave(residences, which, i, step)
                visitor = -1
            if there and visitor < 0:
                residences.visitor[which, i] = particles.serial[i]
                residences.since[which, i] = step
