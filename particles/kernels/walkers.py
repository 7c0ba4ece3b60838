"""Blocks of slots whose molecules only diffuse, gathered and moved as they lie: without lists, eight at a time."""

import numpy as np

from ...compiled.decorators import inline, unsigned
from .state import BLOCK
from .store import next_turn
from .tables import OUTSIDE, UNSURE
from .walls import is_plain


@inline
def are_walkers(particles, chemistry, walls, first, last, step):
    """Say whether a block is full of molecules of one species that all move now and meet reflecting walls only."""
    species = particles.species[first]
    if (
        species < 0
        or chemistry.species.reacts[species] == 1
        or chemistry.species.active[species + 1] == 1
        or not is_plain(walls, species)
    ):
        return False
    count = 0
    for i in range(unsigned(first), unsigned(last)):
        same = (particles.species[i] == species) & (particles.compartment[i] != OUTSIDE)
        count += same & (particles.turn[i] <= step)
    return count == last - first


@inline
def gather_walkers(particles, chemistry, scratch, first, last, step, dt):
    """Gather what the moves of a block of walkers need; returns how many there are."""
    moves, end, start, position = last - first, (step + 1) * dt, scratch.start, particles.position
    species = particles.species[first]
    period, twice_D = chemistry.species.period[species], 2.0 * chemistry.species.D[species]
    for k in range(moves):
        i = unsigned(first + k)
        serial, duration = particles.serial[i], end - particles.clock[i]
        particles.turn[i] = next_turn(serial, step, period)
        particles.clock[i] = end
        scratch.moving[k] = i
        scratch.serial[k] = np.uint32(serial)
        scratch.serial[k + BLOCK] = np.uint32(serial >> 32)
        scratch.duration[k] = duration
        scratch.spread[k] = twice_D * duration
    for k in range(moves):
        i = unsigned(first + k)
        start[k] = position[i, 0]
        start[k + BLOCK] = position[i, 1]
        start[k + 2 * BLOCK] = position[i, 2]
    return moves


@inline
def take_walkers(particles, scratch, first, moves):
    """Move the walkers of a block that meet nothing; returns how many others there are, now listed in `rest`."""
    ends, position, taken = scratch.end, particles.position, 0
    for k in range(moves):
        taken += scratch.meets[k] < UNSURE
    if taken < moves:
        return take_some_walkers(particles, scratch, moves)
    for k in range(moves):
        i = unsigned(first + k)
        position[i, 0] = ends[k]
        position[i, 1] = ends[k + BLOCK]
        position[i, 2] = ends[k + 2 * BLOCK]
    return 0


@inline
def take_some_walkers(particles, scratch, moves):
    """The same where some do meet something: they keep their places."""
    start, ends, position, left = scratch.start, scratch.end, particles.position, 0
    for k in range(moves):
        i, is_clear = scratch.moving[k], scratch.meets[k] < UNSURE
        for axis in range(3):
            row = unsigned(k + axis * BLOCK)
            position[i, axis] = ends[row] if is_clear else start[row]
        scratch.rest[unsigned(left)] = k
        left += not is_clear
    return left
