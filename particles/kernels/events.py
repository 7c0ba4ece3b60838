"""Unimolecular events at exact times: gating, emission, extrusion, decay.

Each molecule carries the absolute time of its next event, drawn when it enters its state (first-reaction method,
Gillespie 1976, J Comput Phys 22:403). Events that undo an association happen at the begin of a step, see `bind`.
"""

import math

from ...compiled.decorators import inline, shared, unsigned
from ...compiled.random import EVENT, exponential, identity, open_stream, uniform
from .schedules import change_after, share_at
from .state import BLOCK, LACKING, USED
from .store import add, join_membrane, remove, set_species
from .tables import INSIDE
from .walls import OFF_WALL

REDRAW = -1  # row of an "event" at which a rate changes: the molecule draws anew


@inline
def row_rate(particles, chemistry, cells, i, row, now, dt):
    """Rate (1/s) at which a row of the unimolecular table fires for a molecule from now on.

    Dissociations are tested at the begin of steps with probability k dt / (1 - p S), which balances the
    association probability p0 / (1 - p S) in that cell.
    """
    pairs, schedules = chemistry.pairs, chemistry.schedules
    rate, undone = chemistry.singles.rate[row], chemistry.singles.undoes[row]
    if chemistry.singles.schedule[row] >= 0:
        rate *= share_at(schedules, chemistry.singles.schedule[row], now)
    if undone < 0:
        return rate
    kdt, lost = channels_at(pairs, schedules, undone, now)
    cell = particles.outer_cell[i] if pairs.outside[undone] == 1 else particles.cell[i]
    if kdt == 0.0 or cell < 0:
        return rate
    again = lost * cells.inverse_volume[cell] * cells.images[pairs.way[undone], cell]
    return -math.log(1.0 - rate * dt / (1.0 - again)) / dt


@inline
def channels_at(pairs, schedules, row, now):
    """Return the sums of rate x dt, and of it x returns, of all that competes with an association at a time."""
    total = lost = 0.0
    for c in range(pairs.channel_start[row], pairs.channel_start[row + 1]):
        channel = pairs.channel[c]
        kdt = pairs.peak[channel]
        if pairs.schedule[channel] >= 0:
            kdt *= share_at(schedules, pairs.schedule[channel], now)
        total += kdt
        lost += kdt * pairs.returns[channel]
    return total, lost


@inline
def row_change(chemistry, row, now):
    """Return the next time (s) at which the rate of a row changes, inf if it never does."""
    change, undone, pairs = math.inf, chemistry.singles.undoes[row], chemistry.pairs
    if chemistry.singles.schedule[row] >= 0:
        change = change_after(chemistry.schedules, chemistry.singles.schedule[row], now)
    if undone >= 0:
        for c in range(pairs.channel_start[undone], pairs.channel_start[undone + 1]):
            schedule = pairs.schedule[pairs.channel[c]]
            if schedule >= 0:
                change = min(change, change_after(chemistry.schedules, schedule, now))
    return change


@shared
def draw_due(particles, chemistry, cells, i, now, dt, state):
    """Draw the next unimolecular event of a molecule; returns the next state of the stream.

    A dissociation has the rate of the cell of its formation. The number of complexes is right even if they move on:
    in each cell as many are formed per time as the factor of their lifetime is larger.

    Where rates change in time, an event after the next change is replaced by a new draw at the change: the
    exponential law has no memory, so that this is exact.
    """
    species = particles.species[i]
    first, last = chemistry.singles.start[species], chemistry.singles.start[species + 1]
    total, change = 0.0, math.inf
    for row in range(first, last):
        total += row_rate(particles, chemistry, cells, i, row, now, dt)
        change = min(change, row_change(chemistry, row, now))
    particles.due[i], particles.due_entry[i] = change, REDRAW
    if total == 0.0:
        return state
    state, wait = exponential(state)
    state, u = uniform(state)
    if now + wait / total >= change:
        return state
    particles.due[i] = now + wait / total
    threshold, chosen = u * total, last - 1
    for row in range(first, last):
        threshold -= row_rate(particles, chemistry, cells, i, row, now, dt)
        if threshold < 0.0:
            chosen = row
            break
    particles.due_entry[i] = chosen
    return state


@inline
def is_undone(chemistry, entry):
    """Say whether an event of a molecule undoes an association."""
    return entry != REDRAW and chemistry.singles.undoes[entry] >= 0


@inline
def birthplace(particles, walls, i, side):
    """Return the place next to a molecule where its product appears: off the wall on the given side."""
    x, y, z = particles.position[i, 0], particles.position[i, 1], particles.position[i, 2]
    face = particles.face[i]
    if face < 0:
        return x, y, z
    off = -OFF_WALL if side == INSIDE else OFF_WALL
    return x + off * walls.plane[face, 0], y + off * walls.plane[face, 1], z + off * walls.plane[face, 2]


@inline
def compartment_beside(particles, walls, i, side):
    """Return the compartment on a side of a surface molecule, or that of a volume molecule."""
    face = particles.face[i]
    return particles.compartment[i] if face < 0 else walls.sides[face, side]


@inline
def fire(particles, chemistry, cells, walls, tally, i, dt, state):
    """Carry out the due event of a molecule at its time; returns the next state of the stream."""
    row, now = particles.due_entry[i], particles.due[i]
    tally.event[chemistry.singles.event[row]] += 1
    for k in range(chemistry.singles.extra_start[row], chemistry.singles.extra_start[row + 1]):
        side = chemistry.singles.extra_side[k]
        x, y, z = birthplace(particles, walls, i, side)
        home = compartment_beside(particles, walls, i, side)
        state, serial = identity(state)
        born = add(particles, chemistry, cells, serial, chemistry.singles.extra[k], x, y, z, home, now)
        if born < 0:
            return state
        if chemistry.species.on_surface[chemistry.singles.extra[k]] == 1:
            join_membrane(particles, chemistry, cells, walls, born, i)
        state = draw_due(particles, chemistry, cells, born, now, dt, state)
    stays = chemistry.singles.stays[row]
    if stays < 0:
        remove(particles, chemistry, cells, i)
        return state
    set_species(particles, chemistry, cells, i, stays, now)
    return draw_due(particles, chemistry, cells, i, now, dt, state)


@inline
def count_due(particles, first, last, end):
    """Count the molecules of a block of slots that have an event before a time: a loop that vectorises."""
    due, count = particles.due, 0
    for i in range(unsigned(first), unsigned(last)):
        count += due[i] < end
    return count


@inline
def fire_events(particles, chemistry, cells, walls, tally, key, step, dt):
    """Carry out all events of one step."""
    end, again = (step + 1) * dt, True
    # A product in a slot that was already visited may have an event in the same step: hence the passes.
    while again:
        again, used = False, particles.counters[USED]
        for first in range(0, used, BLOCK):
            last = min(first + BLOCK, used)
            if count_due(particles, first, last, end) == 0:
                continue
            for i in range(first, last):
                if particles.due[i] >= end:
                    continue
                if fire_all(particles, chemistry, cells, walls, tally, i, key, step, dt):
                    again = True
                if particles.counters[LACKING] == 1:
                    return


@inline
def fire_all(particles, chemistry, cells, walls, tally, i, key, step, dt):
    """Carry out the events of a molecule in one step, up to a dissociation; returns whether there were any.

    They are all drawn from one stream: a later pass finds none left.
    """
    end = (step + 1) * dt
    state = open_stream(key, particles.serial[i], step, EVENT)
    fired = False
    while particles.due[i] < end and particles.counters[LACKING] == 0:
        if particles.due_entry[i] == REDRAW:
            state = draw_due(particles, chemistry, cells, i, particles.due[i], dt, state)
            continue
        if is_undone(chemistry, particles.due_entry[i]):
            break
        state = fire(particles, chemistry, cells, walls, tally, i, dt, state)
        fired = True
    return fired
