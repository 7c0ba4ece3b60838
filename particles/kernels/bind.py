"""Association and dissociation, both at the end of a step and each the exact mirror of the other.

A pair in the same reaction cell associates with probability p0 / (1 - p0 S), where p0 = k dt / V with the
accessible volume V of the cell, and S is the expected number of returns of a pair to a common cell: without it,
pairs that met in vain and meet again would make the macroscopic rate too small. A dissociated pair is spread
uniformly over the cell and not tested again before it has diffused. Both moves leave the uniform
distribution and the equilibrium constant unchanged.
"""

import numpy as np

from ...compiled.decorators import inline
from ...compiled.random import PLACE, REACT, open_stream, uniform
from .events import birthplace, compartment_beside, draw_due
from .state import LACKING
from .store import add, join_membrane, point_in_cell, remove, set_clock, set_species
from .surface import spread_over_patch
from .tables import OUTSIDE
from .walls import first_hit

MOST_TRIES = 100
WITHIN, BEYOND = np.int64(0), np.int64(1)  # sides of the partner's membrane, as blocks of the bimolecular table


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
    end = (step + 1) * dt
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
        born = add(particles, chemistry, cells, species, x, y, z, home, end)
        if born < 0:
            return
        if membrane.twin.size > 0 and chemistry.species.on_surface[species] == 1:
            join_membrane(particles, chemistry, cells, walls, born, i)
            state = spread_over_patch(particles, chemistry, cells, walls, membrane, born, state)
        set_clock(particles, chemistry, born, step, dt)
        particles.changed[born] = step
        state = draw_due(particles, chemistry, cells, born, end, dt, state)
    set_species(particles, chemistry, cells, i, chemistry.singles.stays[row], end)
    set_clock(particles, chemistry, i, step, dt)
    particles.changed[i] = step
    draw_due(particles, chemistry, cells, i, end, dt, state)


@inline
def search(particles, chemistry, cells, i, following, block, step, u, cumulated):
    """Add up the probabilities of a molecule with the partners in a ring of its cell, those before having `cumulated`.

    Returns the sum, and the partner that the uniform number `u` falls to and the row of the reaction, or -1 for both.
    """
    cell, species, n_species = particles.cell[i], particles.species[i], chemistry.species.D.size
    per_volume, images = cells.inverse_volume[cell], cells.images[cell]
    chosen, chosen_row = -1, -1
    node = following[cell]
    while node != cell:
        partner = node - cells.inverse_volume.size
        pair = (block * n_species + species) * n_species + particles.species[partner]
        first, last = chemistry.pairs.start[pair], chemistry.pairs.start[pair + 1]
        # Two of a kind meet once, not once from each side.
        counted = particles.species[partner] == species and particles.serial[partner] <= particles.serial[i]
        if first < last and particles.changed[partner] != step and not counted:
            for row in range(first, last):
                p0 = chemistry.pairs.kdt[row] * per_volume
                cumulated += p0 / (1.0 - p0 * chemistry.pairs.returns[row] * images)
                if u < cumulated and chosen < 0:
                    chosen, chosen_row = partner, row
        node = following[node]
    return cumulated, chosen, chosen_row


@inline
def find_partner(particles, chemistry, cells, tally, i, step, u):
    """Return the partner that a molecule reacts with in this step and the row of the reaction, or (-1, -1)."""
    cell = particles.cell[i]
    cumulated, chosen, chosen_row = search(particles, chemistry, cells, i, particles.next, WITHIN, step, u, 0.0)
    if particles.outer_next[cell] != cell:
        cumulated, outer, outer_row = search(
            particles, chemistry, cells, i, particles.outer_next, BEYOND, step, u, cumulated
        )
        if chosen < 0:
            chosen, chosen_row = outer, outer_row
    if cumulated > 1.0:
        tally.saturated[0] += 1
    return chosen, chosen_row


@inline
def react_pair(particles, chemistry, cells, walls, tally, i, partner, row, step, dt, state):
    """Turn a pair into its products: the partner keeps its place."""
    end = (step + 1) * dt
    tally.event[chemistry.pairs.event[row]] += 1
    for k in range(chemistry.pairs.extra_start[row], chemistry.pairs.extra_start[row + 1]):
        side = chemistry.pairs.extra_side[k]
        x, y, z = birthplace(particles, walls, partner, side)
        home = compartment_beside(particles, walls, partner, side)
        born = add(particles, chemistry, cells, chemistry.pairs.extra[k], x, y, z, home, end)
        if born < 0:
            return
        if chemistry.species.on_surface[chemistry.pairs.extra[k]] == 1:
            join_membrane(particles, chemistry, cells, walls, born, partner)
        set_clock(particles, chemistry, born, step, dt)
        particles.changed[born] = step
        state = draw_due(particles, chemistry, cells, born, end, dt, state)
    state = become(particles, chemistry, cells, partner, chemistry.pairs.partner[row], step, dt, state)
    become(particles, chemistry, cells, i, chemistry.pairs.initiator[row], step, dt, state)


@inline
def become(particles, chemistry, cells, i, species, step, dt, state):
    """Turn a molecule that reacted in this step into a product, or remove it; returns the stream's next state."""
    if species < 0:
        remove(particles, chemistry, cells, i)
        return state
    end = (step + 1) * dt
    set_species(particles, chemistry, cells, i, species, end)
    set_clock(particles, chemistry, i, step, dt)
    particles.changed[i] = step
    return draw_due(particles, chemistry, cells, i, end, dt, state)


@inline
def react(particles, chemistry, cells, walls, membrane, tally, scratch, waits, found, key, step, dt):
    """Carry out all dissociations and associations of one step, each molecule at most once."""
    end = (step + 1) * dt
    for k in range(waits):
        # A complex that was absorbed during the step has nothing due any more.
        if particles.due[scratch.waiting[k]] < end:
            i = np.int64(scratch.waiting[k])
            dissociate(particles, chemistry, cells, walls, membrane, tally, i, key, step, dt)
            if particles.counters[LACKING] == 1:
                return
    for k in range(found):
        i = np.int64(scratch.active[k])
        species = particles.species[i]
        if species < 0 or chemistry.species.initiates[species] == 0 or particles.changed[i] == step:
            continue
        cell = particles.cell[i]
        if cell < 0 or (particles.next[cell] == cell and particles.outer_next[cell] == cell):
            continue
        state = open_stream(key, particles.serial[i], step, REACT)
        state, u = uniform(state)
        partner, row = find_partner(particles, chemistry, cells, tally, i, step, u)
        if partner >= 0:
            react_pair(particles, chemistry, cells, walls, tally, i, partner, row, step, dt, state)
            if particles.counters[LACKING] == 1:
                return
