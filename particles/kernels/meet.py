"""Reactions between surface molecules.

A pair in the same patch of membrane associates with probability k dt / (area of the patch), the constant of partners
that are well mixed over the patch. Repeated meetings are not made up for: in two dimensions their expected number grows
with the logarithm of the time, so that no constant exists for partners that are far from well mixed.
"""

import numpy as np

from ...compiled.decorators import inline, shared
from ...compiled.random import REACT, open_stream, uniform
from .pairs import GRAINS, UNDECIDED, WITHIN, choose, react_pairs, rows_of_pair, wait_of_pair
from .surface import patch_at
from .tables import NO_ROLE, SEEKS


@inline
def gather(particles, walls, membrane, scratch, found, step):
    """List the molecules that may react on the surface, in all and by patch; returns how many there are."""
    listed = 0
    for k in range(found):
        i = scratch.active[k]
        if particles.species[i] < 0 or membrane.role[particles.species[i]] == NO_ROLE or particles.changed[i] == step:
            continue
        position = particles.position[i]
        patch = patch_at(membrane, walls, particles.face[i], position[0], position[1], position[2])
        if patch < 0:
            continue
        scratch.meeting[listed] = i
        listed += 1
        scratch.patch[i] = patch
        scratch.next_in_patch[i] = membrane.first[patch]
        membrane.first[patch] = i
    return listed


@inline
def add_chances_on_surface(particles, chemistry, membrane, scratch, i, step):
    """Add up the probabilities that a molecule reacts with the partners in its patch, in `GRAINS`."""
    total, per_area = np.int64(0), membrane.inverse_area[scratch.patch[i]]
    partner = membrane.first[scratch.patch[i]]
    while partner >= 0:
        first, last = rows_of_pair(particles, chemistry, i, partner, WITHIN, step)
        for row in range(first, last):
            total += np.int64(GRAINS * chemistry.pairs.kdt[row] * per_area)
        partner = scratch.next_in_patch[partner]
    return total


@inline
def first_of_patch(particles, chemistry, membrane, scratch, i, step, state):
    """Return the partner in its patch that reacts with a molecule, and by which row."""
    soonest, chosen, chosen_row = UNDECIDED
    per_area = membrane.inverse_area[scratch.patch[i]]
    partner = membrane.first[scratch.patch[i]]
    while partner >= 0:
        first, last = rows_of_pair(particles, chemistry, i, partner, WITHIN, step)
        for row in range(first, last):
            wait = wait_of_pair(particles, partner, row, chemistry.pairs.kdt[row] * per_area, state)
            if wait < soonest:
                soonest, chosen, chosen_row = wait, partner, row
        partner = scratch.next_in_patch[partner]
    return chosen, chosen_row


@shared
def react_on_surface(particles, chemistry, cells, walls, membrane, tally, scratch, found, key, step, dt):
    """Carry out the associations of surface molecules in one step, each molecule at most once."""
    members, listed = gather(particles, walls, membrane, scratch, found, step), 0
    for k in range(members):
        i = scratch.meeting[k]
        if membrane.role[particles.species[i]] != SEEKS:
            continue
        state, u = uniform(open_stream(key, particles.serial[i], step, REACT))
        total = add_chances_on_surface(particles, chemistry, membrane, scratch, i, step)
        tally.saturated[0] += total > GRAINS
        if u * GRAINS < total:
            partner, row = first_of_patch(particles, chemistry, membrane, scratch, i, step, state)
            listed = choose(scratch.candidates, listed, i, partner, row, state)
    for k in range(members):
        membrane.first[scratch.patch[scratch.meeting[k]]] = -1
    react_pairs(particles, chemistry, cells, walls, tally, scratch.candidates, listed, step, dt)
