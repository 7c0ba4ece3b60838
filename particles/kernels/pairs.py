"""Who reacts with whom in a step, whatever the order in which molecules are stored or looked at.

Every initiator chooses a partner as if it were alone. It reacts with the sum of the probabilities of its partners,
which is added up in whole numbers: sums of these do not depend on the order. A race between the partners says which it
is: the first of exponential waiting times is each with a probability in proportion to its rate.

Where several choose the same molecule, or one that has chosen itself, pairs react as if one after the other in the
order of a random number of their initiators, each if both are still there. Rounds find the same without putting pairs
in order: a pair reacts that comes first at both its molecules (Blelloch, Fineman & Shun 2012, SPAA).
"""

import math

import numpy as np

from ...compiled.decorators import inline, shared
from ...compiled.random import REACT, exponential, identity, open_stream
from .events import birthplace, compartment_beside, draw_due, is_undone
from .state import LACKING
from .store import add, join_membrane, remove, set_clock, set_species

WITHIN, BEYOND = np.int64(0), np.int64(1)  # sides of the partner's membrane, as blocks of the bimolecular table
GRAINS = 2.0**53  # of which a probability of 1 is made
NOBODY = np.int64(-1)
UNDECIDED = math.inf, NOBODY, NOBODY  # a race before its start


@inline
def rows_of_pair(particles, chemistry, i, partner, block, step):
    """Return the first row of the reactions of a molecule with a partner in this step and the one after the last."""
    species, other, n_species = particles.species[i], particles.species[partner], chemistry.species.D.size
    pair = (block * n_species + species) * n_species + other
    first, last = chemistry.pairs.start[pair], chemistry.pairs.start[pair + 1]
    if first == last or particles.changed[partner] == step:
        return first, first
    # Two of a kind meet once, not once from each side.
    counted = species == other and particles.serial[partner] <= particles.serial[i]
    return first, first if counted else last


@inline
def wait_of_pair(particles, partner, row, chance, state):
    """Return how long a partner takes in the race for a molecule, which has a stream."""
    _state, wait = exponential(open_stream(state, particles.serial[partner], row, REACT))
    return wait / chance


@inline
def choose(candidates, listed, i, partner, row, state):
    """List a pair that is to react; returns how many there are now."""
    candidates.initiator[listed], candidates.partner[listed] = i, partner
    candidates.row[listed], candidates.stream[listed] = row, state
    return listed + 1


@shared
def react_pairs(particles, chemistry, cells, walls, tally, candidates, listed, step, dt):
    """Let the listed pairs react, round by round, each molecule at most once."""
    while listed > 0:
        rank(candidates, listed)
        for k in range(listed):
            i, partner = np.int64(candidates.initiator[k]), np.int64(candidates.partner[k])
            if candidates.best[i] == k and candidates.best[partner] == k:
                row, state = candidates.row[k], candidates.stream[k]
                react_pair(particles, chemistry, cells, walls, tally, i, partner, row, step, dt, state)
                if particles.counters[LACKING] == 1:
                    return
        listed = drop_taken(particles, candidates, listed, step)


@inline
def rank(candidates, listed):
    """Find for all molecules of the listed pairs which of their pairs comes first."""
    for k in range(listed):
        candidates.best[candidates.initiator[k]] = candidates.best[candidates.partner[k]] = k
    for k in range(listed):
        for i in (candidates.initiator[k], candidates.partner[k]):
            if candidates.stream[k] < candidates.stream[candidates.best[i]]:
                candidates.best[i] = k


@inline
def drop_taken(particles, candidates, listed, step):
    """Take pairs from the list of which one has reacted; returns how many are left."""
    left = 0
    for k in range(listed):
        i, partner = candidates.initiator[k], candidates.partner[k]
        if is_free(particles, i, step) and is_free(particles, partner, step):
            left = choose(candidates, left, i, partner, candidates.row[k], candidates.stream[k])
    return left


@inline
def is_free(particles, i, step):
    """Say whether there is a molecule in a slot that has not reacted with a partner in this step."""
    return particles.species[i] >= 0 and particles.changed[i] != step


@inline
def react_pair(particles, chemistry, cells, walls, tally, i, partner, row, step, dt, state):
    """Turn a pair into its products: the partner keeps its place."""
    tally.event[chemistry.pairs.event[row]] += 1
    for k in range(chemistry.pairs.extra_start[row], chemistry.pairs.extra_start[row + 1]):
        side = chemistry.pairs.extra_side[k]
        x, y, z = birthplace(particles, walls, partner, side)
        home = compartment_beside(particles, walls, partner, side)
        state, serial = identity(state)
        born = add(particles, chemistry, cells, serial, chemistry.pairs.extra[k], x, y, z, home, step * dt)
        if born < 0:
            return
        if chemistry.species.on_surface[chemistry.pairs.extra[k]] == 1:
            join_membrane(particles, chemistry, cells, walls, born, partner)
        state = go_on(particles, chemistry, cells, born, step, dt, state)
    state = become(particles, chemistry, cells, partner, chemistry.pairs.partner[row], step, dt, state)
    become(particles, chemistry, cells, i, chemistry.pairs.initiator[row], step, dt, state)


@inline
def become(particles, chemistry, cells, i, species, step, dt, state):
    """Turn a molecule that reacted in this step into a product, or remove it; returns the stream's next state."""
    if species < 0:
        remove(particles, chemistry, cells, i)
        return state
    set_species(particles, chemistry, cells, i, species, step * dt)
    return go_on(particles, chemistry, cells, i, step, dt, state)


@inline
def go_on(particles, chemistry, cells, i, step, dt, state):
    """Let a molecule that a reaction made move and have events from the begin of the step on.

    It can fall apart in the next step, with the probability of a whole step. Returns the stream's next state.
    """
    set_clock(particles, chemistry, cells, i, step - 1, dt)
    particles.changed[i] = step
    state = draw_due(particles, chemistry, cells, i, step * dt, dt, state)
    if is_undone(chemistry, particles.due_entry[i]):
        particles.due[i] += dt
    return state
