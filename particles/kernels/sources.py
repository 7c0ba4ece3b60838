"""Molecules that come from nowhere, each at its exact time: zero-order reactions.

Where a rate changes in time, candidates come at its highest value and are taken with the present share of it, which
is exact (Lewis & Shedler 1979, Nav Res Logist Q 26:403).
"""

import math

from ...compiled.decorators import inline, kernel, shared
from ...compiled.random import SOURCE, exponential, identity, open_stream, uniform
from .events import draw_due
from .schedules import share_at
from .store import add, point_in_cell
from .walls import ends_in

MOST_TRIES = 1000


@inline
def random_cell(cells, u):
    """Return a cell, each with a probability in proportion to its volume."""
    low, high = 0, cells.cumulated.size - 1
    volume = u * cells.cumulated[high]
    while low < high:
        middle = (low + high) // 2
        if cells.cumulated[middle] > volume:
            high = middle
        else:
            low = middle + 1
    return low


@inline
def random_place(cells, walls, state):
    """Return the stream's state, a point uniform in all compartments, and its compartment."""
    state, u = uniform(state)
    cell = random_cell(cells, u)
    home = cells.compartment[cell]
    rx, ry, rz = cells.reference[cell, 0], cells.reference[cell, 1], cells.reference[cell, 2]
    for _ in range(MOST_TRIES):
        state, x, y, z = point_in_cell(cells, cell, state)
        if cells.cut[cell] == 0 or ends_in(walls, home, rx, ry, rz, x - rx, y - ry, z - rz):
            return state, x, y, z, home
    return state, rx, ry, rz, home


@inline
def next_due(particles, sources, s, now, state):
    """Draw the next candidate of a source after a time; returns the stream's next state."""
    particles.source_due[s] = math.inf
    if sources.rate[s] > 0.0:
        state, wait = exponential(state)
        particles.source_due[s] = now + wait / sources.rate[s]
    return state


@kernel
def start_sources(particles, sources, now, key):
    """Draw the first candidate of every source after a time."""
    for s in range(sources.rate.size):
        next_due(particles, sources, s, now, open_stream(key, -1 - s, -1, SOURCE))


@shared
def fire_sources(particles, chemistry, cells, walls, sources, tally, key, step, dt):
    """Make the molecules that are born in one step."""
    end = (step + 1) * dt
    for s in range(sources.rate.size):
        if particles.source_due[s] >= end:
            continue
        state = open_stream(key, -1 - s, step, SOURCE)
        while particles.source_due[s] < end:
            now = particles.source_due[s]
            state, u = uniform(state)
            if sources.schedule[s] < 0 or u < share_at(chemistry.schedules, sources.schedule[s], now):
                state = give_birth(particles, chemistry, cells, walls, sources, tally, s, now, dt, state)
            state = next_due(particles, sources, s, now, state)


@inline
def give_birth(particles, chemistry, cells, walls, sources, tally, s, now, dt, state):
    """Make the products of a source at one place; returns the stream's next state."""
    tally.event[sources.event[s]] += 1
    state, x, y, z, home = random_place(cells, walls, state)
    for k in range(sources.product_start[s], sources.product_start[s + 1]):
        state, serial = identity(state)
        born = add(particles, chemistry, cells, serial, sources.product[k], x, y, z, home, now)
        if born < 0:
            break
        state = draw_due(particles, chemistry, cells, born, now, dt, state)
    return state
