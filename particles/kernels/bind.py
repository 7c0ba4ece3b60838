"""Association and dissociation, both at the begin of a step and each the exact mirror of the other.

A pair in the same reaction cell associates with probability p0 / (1 - p S), where p0 = k dt / V with the
accessible volume V of the cell, p is the sum of p0 of all channels that the pair has, and S is the expected number of
returns of a pair to a common cell: without it, pairs that met in vain and meet again would make the macroscopic rate
too small. Where a catalyst turns A into B and B back into A, a pair that reacted meets again, too, as one of the other
kind: what leads back adds its p0 S of its own. A dissociated pair is spread uniformly over the cell and not tested
again before it has diffused. Both moves leave the uniform distribution and the equilibrium constants unchanged.
"""

import numpy as np

from ...compiled.decorators import inline, shared
from ...compiled.random import PLACE, REACT, identity, open_stream, uniform
from .events import compartment_beside, count_due, is_undone
from .pairs import BEYOND, GRAINS, NOBODY, UNDECIDED, WITHIN, choose, go_on, react_pairs, rows_of_pair, wait_of_pair
from .state import BLOCK, LACKING, USED
from .store import add, join_membrane, point_in_cell, set_species
from .surface import spread_over_patch
from .tables import OUTSIDE
from .walls import first_hit

MOST_TRIES = 100


@inline
def list_waiting(particles, chemistry, scratch, step, dt):
    """List the complexes that fall apart in a step; returns how many there are."""
    end, waits, used = (step + 1) * dt, 0, particles.counters[USED]
    for first in range(0, used, BLOCK):
        last = min(first + BLOCK, used)
        if count_due(particles, first, last, end) == 0:
            continue
        for i in range(first, last):
            if particles.due[i] < end and is_undone(chemistry, particles.due_entry[i]):
                scratch.waiting[waits] = i
                waits += 1
    return waits


@inline
def place_in_cell(particles, cells, walls, i, cell, state):
    """Return the stream's state and a uniform point of a molecule's cell that it could reach in a straight line.

    Outside of all compartments there are no cells, and no partners: the point is the molecule's own.
    """
    x, y, z = particles.position[i, 0], particles.position[i, 1], particles.position[i, 2]
    if cell < 0:
        return state, x, y, z
    for _ in range(MOST_TRIES):
        state, px, py, pz = point_in_cell(cells, cell, state)
        if cells.cut[cell] == 0:
            return state, px, py, pz
        triangle, _fraction = first_hit(walls, cells.compartment[cell], x, y, z, px - x, py - y, pz - z)
        if triangle < 0:
            return state, px, py, pz
    return state, x, y, z


@inline
def dissociate(particles, chemistry, cells, walls, membrane, tally, i, key, step, dt):
    """Carry out the waiting dissociation of a complex."""
    begin = step * dt
    row = particles.due_entry[i]
    state = open_stream(key, particles.serial[i], step, PLACE)
    tally.event[chemistry.singles.event[row]] += 1
    for k in range(chemistry.singles.extra_start[row], chemistry.singles.extra_start[row + 1]):
        species, side = chemistry.singles.extra[k], chemistry.singles.extra_side[k]
        x, y, z = particles.position[i, 0], particles.position[i, 1], particles.position[i, 2]
        if chemistry.species.on_surface[species] == 0:
            outside = particles.face[i] >= 0 and side == OUTSIDE
            cell = particles.outer_cell[i] if outside else particles.cell[i]
            state, x, y, z = place_in_cell(particles, cells, walls, i, cell, state)
        home = compartment_beside(particles, walls, i, side)
        state, serial = identity(state)
        born = add(particles, chemistry, cells, serial, species, x, y, z, home, begin)
        if born < 0:
            return
        if membrane.twin.size > 0 and chemistry.species.on_surface[species] == 1:
            join_membrane(particles, chemistry, cells, walls, born, i)
            state = spread_over_patch(particles, chemistry, cells, walls, membrane, born, state)
        state = go_on(particles, chemistry, cells, born, step, dt, state)
    set_species(particles, chemistry, cells, i, chemistry.singles.stays[row], begin)
    go_on(particles, chemistry, cells, i, step, dt, state)


@inline
def chance(chemistry, cells, cell, row):
    """Return the probability that a pair in a cell reacts in a step by a row of the bimolecular table."""
    pairs, per_volume = chemistry.pairs, cells.inverse_volume[cell]
    return pairs.kdt[row] * per_volume / (1.0 - pairs.lost[row] * per_volume * cells.images[pairs.way[row], cell])


@inline
def add_chances(particles, chemistry, cells, i, following, block, step):
    """Add up the probabilities that a molecule reacts with the partners in a ring of its cell, in `GRAINS`."""
    total, cell = np.int64(0), particles.cell[i]
    node = following[cell]
    while node != cell:
        first, last = rows_of_pair(particles, chemistry, i, node - cells.inverse_volume.size, block, step)
        for row in range(first, last):
            total += np.int64(GRAINS * chance(chemistry, cells, cell, row))
        node = following[node]
    return total


@shared
def first_of_ring(particles, chemistry, cells, i, following, block, step, state, race):
    """Return how the race for a molecule stands after the partners in a ring: when the first comes, who, which row."""
    soonest, chosen, chosen_row = race
    cell = particles.cell[i]
    node = following[cell]
    while node != cell:
        partner = node - cells.inverse_volume.size
        first, last = rows_of_pair(particles, chemistry, i, partner, block, step)
        for row in range(first, last):
            wait = wait_of_pair(particles, partner, row, chance(chemistry, cells, cell, row), state)
            if wait < soonest:
                soonest, chosen, chosen_row = wait, partner, row
        node = following[node]
    return soonest, chosen, chosen_row


@inline
def find_partner(particles, chemistry, cells, tally, i, step, state):
    """Return the stream's state, the partner that a molecule is to react with in this step and the row, or -1 for both.

    The sum of the probabilities of all partners says whether there is one, a race between them which.
    """
    inside, outside = particles.next, particles.outer_next
    state, u = uniform(state)
    total = add_chances(particles, chemistry, cells, i, inside, WITHIN, step)
    total += add_chances(particles, chemistry, cells, i, outside, BEYOND, step)
    tally.saturated[0] += total > GRAINS
    if u * GRAINS >= total:
        return state, NOBODY, NOBODY
    race = first_of_ring(particles, chemistry, cells, i, inside, WITHIN, step, state, UNDECIDED)
    _wait, partner, row = first_of_ring(particles, chemistry, cells, i, outside, BEYOND, step, state, race)
    return state, partner, row


@inline
def react(particles, chemistry, cells, walls, membrane, tally, scratch, waits, found, key, step, dt):
    """Carry out all dissociations and associations of one step, each molecule at most once."""
    for k in range(waits):
        i = np.int64(scratch.waiting[k])
        dissociate(particles, chemistry, cells, walls, membrane, tally, i, key, step, dt)
        if particles.counters[LACKING] == 1:
            return
    listed = 0
    for k in range(found):
        i = np.int64(scratch.active[k])
        species = particles.species[i]
        if species < 0 or chemistry.species.initiates[species] == 0 or particles.changed[i] == step:
            continue
        cell = particles.cell[i]
        if cell < 0 or (particles.next[cell] == cell and particles.outer_next[cell] == cell):
            continue
        state = open_stream(key, particles.serial[i], step, REACT)
        state, partner, row = find_partner(particles, chemistry, cells, tally, i, step, state)
        if partner >= 0:
            listed = choose(scratch.candidates, listed, i, partner, row, state)
    react_pairs(particles, chemistry, cells, walls, tally, scratch.candidates, listed, step, dt)
