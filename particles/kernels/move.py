"""Brownian steps: reflected at walls, ended at absorbers, passed through windows."""

import math

import numpy as np

from ...compiled.decorators import inline, kernel, shared
from ...compiled.random import LOOK, MOVE, normal, open_stream, uniform
from .batch import drop_absent, find_ends, find_ends_in_box, gather_moves, list_block, take_clear_paths
from .convex import find_ends_in_convex, way_out
from .displacements import draw_displacements
from .state import BLOCK, HIT_INSIDE, HIT_OUTSIDE, IN, OUT, USED
from .store import cell_at, next_turn, period_in, remove, set_cell, set_compartment
from .surface import move_one_on_surface
from .tables import ANY, FAR, INSIDE, NOWHERE, OUTSIDE, PASSES, REFLECTED
from .walkers import are_walkers, gather_walkers, take_walkers
from .walls import MOST_HITS, across, first_hit, is_clear, is_plain, reflect, triangle_at
from .windows import absorber_gap, chance_to_end, is_near, nearest_point, row_at, step_limit

NEGLIGIBLE = 30.0  # exp(-30) is no probability
MOST_PATIENT = 1e6  # steps; few enough to be counted in 32 bits


@shared
def next_hit(walls, side, x, y, z, dx, dy, dz):
    """Return the triangle that a path meets next and the fraction of the path there; (-1, 2) if none."""
    if walls.convex and side == INSIDE:
        return way_out(walls, x, y, z, dx, dy, dz)
    if is_clear(walls, x, y, z, dx, dy, dz):
        return np.int64(-1), 2.0
    return first_hit(walls, side, x, y, z, dx, dy, dz)


@inline
def walk(walls, passage, species, side, x, y, z, dx, dy, dz):
    """Follow a path from wall to wall.

    Returns the end point, the compartment there, and the boundary that absorbed the molecule (-1 if it lives).
    """
    for _ in range(MOST_HITS):
        triangle, fraction = next_hit(walls, side, x, y, z, dx, dy, dz)
        if triangle < 0:
            break
        x, y, z = x + fraction * dx, y + fraction * dy, z + fraction * dz
        dx, dy, dz = (1.0 - fraction) * dx, (1.0 - fraction) * dy, (1.0 - fraction) * dz
        fate, boundary, leaves = REFLECTED, np.int32(-1), True
        if not is_plain(walls, species):
            triangle = triangle_at(walls, triangle, x, y, z)
            boundary = walls.boundary[triangle, species]
            leaves = walls.sides[triangle, INSIDE] == side
        if boundary >= 0:
            fate = walls.fate[boundary, INSIDE if leaves else OUTSIDE]
            passage[boundary, HIT_INSIDE if leaves else HIT_OUTSIDE] += 1
        if fate == REFLECTED:
            dx, dy, dz = reflect(walls, triangle, dx, dy, dz)
            continue
        if fate != PASSES:
            passage[boundary, OUT] += side != OUTSIDE
            return x, y, z, side, boundary
        passage[boundary, OUT if leaves else IN] += 1
        side = across(walls, triangle, side)
    else:
        # Caught in a wedge: stay at the last wall met.
        dx, dy, dz = 0.0, 0.0, 0.0
    return x + dx, y + dy, z + dz, side, -1


@inline
def go_through(walls, windows, passage, species, row, leaves, x, y, z):
    """Go on at the other side of a permeable wall, to the mirror image of a point; returns as `walk` does."""
    px, py, pz = nearest_point(windows.triangle[row], x, y, z)
    beyond = windows.sides[row, OUTSIDE if leaves else INSIDE]
    return walk(walls, passage, species, beyond, px, py, pz, px - x, py - y, pz - z)


@shared
def diffuse_near_window(walls, windows, passage, D, species, side, x, y, z, duration, state):
    """Diffuse in steps that are short near rims, each with the absorber's chance to be touched on the way."""
    left = duration
    while left > 0.0:
        row = row_at(windows, species, x, y, z)
        step = min(left, step_limit(windows, row, D, x, y, z))
        gap, nearest = absorber_gap(windows, row, ANY, side, x, y, z)
        rms = math.sqrt(2.0 * D * step)
        state, dx = normal(state)
        state, dy = normal(state)
        state, dz = normal(state)
        x, y, z, side, absorbed = walk(walls, passage, species, side, x, y, z, rms * dx, rms * dy, rms * dz)
        if absorbed >= 0:
            return x, y, z, side, absorbed
        if nearest >= 0:
            boundary = windows.boundary[nearest]
            end_gap, end = absorber_gap(windows, row_at(windows, species, x, y, z), boundary, side, x, y, z)
            exponent = gap * end_gap / (D * step)
            if exponent < NEGLIGIBLE:
                state, u = uniform(state)
                leaves = windows.sides[nearest, INSIDE] == side
                curvature = windows.curvature[nearest] if leaves else -windows.curvature[nearest]
                chance = chance_to_end(walls.velocity[boundary], curvature, gap + end_gap, exponent, D, step)
                if u < chance * walls.share[boundary, INSIDE if leaves else OUTSIDE]:
                    passage[boundary, HIT_INSIDE if leaves else HIT_OUTSIDE] += 1
                    if not walls.goes_on[boundary]:
                        passage[boundary, OUT] += side != OUTSIDE
                        return x, y, z, side, boundary
                    passage[boundary, OUT if leaves else IN] += 1
                    x, y, z, side, absorbed = go_through(walls, windows, passage, species, end, leaves, x, y, z)
                    if absorbed >= 0:
                        return x, y, z, side, absorbed
        left -= step
    return x, y, z, side, -1


@inline
def has_escaped(walls, x, y, z):
    """Say whether a point lies beyond the box in which molecules outside the mesh are followed."""
    low, high = walls.escape[0], walls.escape[1]
    return x < low[0] or y < low[1] or z < low[2] or x > high[0] or y > high[1] or z > high[2]


@inline
def patience(walls, x, y, z, D, dt):
    """Return over how many steps a molecule outside the mesh may move at once without coming near the mesh's bounds.

    Nothing happens to it before, and a Gaussian step of any length is exact until then.
    """
    low, high = walls.bounds[0], walls.bounds[1]
    gap = max(0.0, low[0] - x, low[1] - y, low[2] - z, x - high[0], y - high[1], z - high[2])
    return np.int64(min(gap * gap / (FAR * FAR * 2.0 * D * dt), MOST_PATIENT))


@inline
def move(particles, chemistry, cells, walls, windows, tally, scratch, key, step, dt):
    """Move every molecule whose turn it is by one step.

    Returns how many `active` molecules were listed: those that react or are sampled.
    """
    used, found = particles.counters[USED], np.int64(0)
    for first in range(0, used, BLOCK):
        last = min(first + BLOCK, used)
        only_walkers = are_walkers(particles, chemistry, walls, first, last, step)
        if only_walkers:
            moves = gather_walkers(particles, chemistry, scratch, first, last, step, dt)
        else:
            moves, found = list_block(particles, chemistry, scratch, first, last, found, step)
            gather_moves(particles, chemistry, scratch, moves, step, dt)
        draw_displacements(scratch, moves, key, step)
        if walls.box:
            find_ends_in_box(walls, scratch, moves)
        elif walls.convex:
            find_ends_in_convex(particles, walls, scratch, moves)
        else:
            find_ends(walls, scratch, moves)
        if only_walkers:
            left = take_walkers(particles, scratch, first, moves)
        else:
            left = take_clear_paths(particles, chemistry, cells, walls, windows, scratch, moves)
        for k in range(left):
            move_one(particles, chemistry, cells, walls, windows, tally, scratch, scratch.rest[k], key, step, dt)
        if cells.stay.size > 0:
            let_stay(particles, chemistry, cells, scratch, moves, step)
    return drop_absent(particles, scratch, found)


@inline
def move_one(particles, chemistry, cells, walls, windows, tally, scratch, k, key, step, dt):
    """Let the listed molecule `k` walk."""
    i = np.int64(scratch.moving[k])
    species, side = particles.species[i], particles.compartment[i]
    x, y, z = particles.position[i, 0], particles.position[i, 1], particles.position[i, 2]
    if is_near(windows, row_at(windows, species, x, y, z)):
        x, y, z, new_side, absorbed = diffuse_near_window(
            walls, windows, tally.passage, chemistry.species.D[species], species, side, x, y, z, scratch.duration[k],
            open_stream(key, particles.serial[i], step, MOVE),
        )  # fmt: skip
    else:
        dx = np.float64(scratch.displacement[k])
        dy = np.float64(scratch.displacement[k + BLOCK])
        dz = np.float64(scratch.displacement[k + 2 * BLOCK])
        x, y, z, new_side, absorbed = walk(walls, tally.passage, species, side, x, y, z, dx, dy, dz)
    arrive(particles, chemistry, cells, walls, i, x, y, z, new_side, absorbed, step, dt)


@inline
def arrive(particles, chemistry, cells, walls, i, x, y, z, new_side, absorbed, step, dt):
    """Put a molecule where its path ends, and keep its cell and compartment in order."""
    species, side = particles.species[i], particles.compartment[i]
    if absorbed >= 0:
        remove(particles, chemistry, cells, i)
        return
    particles.position[i, 0], particles.position[i, 1], particles.position[i, 2] = x, y, z
    if new_side != side:
        set_compartment(particles, i, new_side)
    if new_side != OUTSIDE and chemistry.species.reacts[species] == 0:
        return
    if new_side != OUTSIDE:
        set_cell(particles, chemistry, cells, i, cell_at(cells, new_side, x, y, z))
        return
    set_cell(particles, chemistry, cells, i, NOWHERE)
    if has_escaped(walls, x, y, z):
        remove(particles, chemistry, cells, i)
        return
    soonest = particles.turn[i] if chemistry.species.stays[species] < 0 else step + 1
    particles.turn[i] = max(soonest, step + patience(walls, x, y, z, chemistry.species.D[species], dt))


@inline
def let_stay(particles, chemistry, cells, scratch, moves, step):
    """Give the next turn of the molecules that have just moved and may stay longer in some places than in others."""
    for k in range(moves):
        i = np.int64(scratch.moving[k])
        species, side = particles.species[i], particles.compartment[i]
        if species < 0 or chemistry.species.stays[species] < 0 or side == OUTSIDE:
            continue
        cell = cell_at(cells, side, particles.position[i, 0], particles.position[i, 1], particles.position[i, 2])
        particles.turn[i] = next_turn(particles.serial[i], step, period_in(chemistry, cells, species, cell))


@kernel
def catch_up(particles, chemistry, cells, walls, windows, membrane, tally, key, step, dt):
    """Move all molecules that wait for their turn up to the end of a step: where they are at a look at them."""
    now = (step + 1) * dt
    for i in range(particles.counters[USED]):
        species = particles.species[i]
        if species < 0 or chemistry.species.period[species] == 0 or particles.clock[i] >= now:
            continue
        state = open_stream(key, particles.serial[i], step, LOOK)
        if chemistry.species.on_surface[species] == 1:
            move_one_on_surface(particles, chemistry, cells, walls, membrane, tally, i, now, state)
            continue
        x, y, z, side, absorbed = diffuse_near_window(
            walls, windows, tally.passage, chemistry.species.D[species], species, particles.compartment[i],
            particles.position[i, 0], particles.position[i, 1], particles.position[i, 2], now - particles.clock[i],
            state,
        )  # fmt: skip
        particles.clock[i] = now
        arrive(particles, chemistry, cells, walls, i, x, y, z, side, absorbed, step, dt)
