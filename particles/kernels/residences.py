"""Visits of molecules to zones and regions, seen at the end of each step."""

from __future__ import annotations

from ...compiled.decorators import inline
from .state import FULL, USED, VISITS
from .tables import OUTSIDE
from .zones import is_within


@inline
def is_there(particles, residences, which, i):
    """Say whether the molecule in a slot is one that is followed, and there."""
    if particles.species[i] != residences.species[which] or particles.compartment[i] == OUTSIDE:
        return False
    face, p = particles.face[i], particles.position[i]
    return (face < 0 or residences.on_face[which, face]) and is_within(residences.zone[which], p[0], p[1], p[2])


@inline
def leave(visits, which, i, step):
    """Put the visit of a slot, which ended before a step, into the list if there is room."""
    counters = visits.counters
    row = counters[VISITS]
    if row == visits.entry.size:
        counters[FULL] = 1
        return
    visits.residence[row] = which
    visits.entry[row] = visits.since[which, i]
    visits.steps[row] = step - visits.since[which, i]
    visits.visitor[which, i] = -1
    counters[VISITS] += 1


@inline
def watch(particles, residences, visits, step):
    """Begin and end the visits of a step."""
    for which in range(residences.species.size):
        for i in range(particles.counters[USED]):
            there, visitor = is_there(particles, residences, which, i), visits.visitor[which, i]
            if visitor >= 0 and not (there and visitor == particles.serial[i]):
                leave(visits, which, i, step)
                visitor = -1
            if there and visitor < 0:
                visits.visitor[which, i] = particles.serial[i]
                visits.since[which, i] = step
