"""The moves of a step whose paths meet no wall, made for a block of slots at a time; all others walk, see `move`.

What is done for every molecule is done in short loops without calls and with few branches: the processor then works
on several molecules at once, and waits for the memory of many.
"""

import numpy as np

from .jit import inline, unsigned
from .store import cell_at, set_cell
from .tables import BLOCK, OUTSIDE
from .walls import is_surely_clear
from .windows import is_near, row_at

FAR = 5.0  # rms steps per axis that a molecule far outside keeps from the mesh's bounds
MOST_PATIENT = 4096


@inline
def moves_outside(particles, chemistry, walls, i, step, dt):
    """Say whether a molecule outside the mesh moves in a step that is its turn: at its birth, and rarely if it is far.

    Nothing happens to it out there before it reaches the mesh's bounds, and a Gaussian step of any length is exact
    until then. Its steps last powers of two, so that rhythms stay in step: the longest that its distance allows.
    """
    if particles.clock[i] > step * dt:
        return True
    turn = step + particles.serial[i] + 1
    beat = turn & -turn  # the largest power of two at which it is this molecule's turn
    gap, D = gap_to_bounds(walls, particles.position[i]), chemistry.D[particles.species[i]]
    return beat >= MOST_PATIENT or gap * gap <= FAR * FAR * 2.0 * (2.0 * D * dt) * beat


@inline
def gap_to_bounds(walls, position):
    """Return how far outside the mesh's bounds a point is along the axis on which it is farthest (um)."""
    gap = 0.0
    for k in range(3):
        gap = max(gap, walls.bounds[0, k] - position[k], position[k] - walls.bounds[1, k])
    return gap


@inline
def list_block(particles, chemistry, scratch, first, last, found, step, dt):
    """List which molecules of a block of slots have their turn to move: at their birth, and every so many steps.

    Adds those that react or are sampled to the `found` active ones. Returns how many there are of both.
    """
    begin = step * dt
    listed = 0
    for slot in range(first, last):
        i = unsigned(slot)
        row = unsigned(particles.species[i] + 1)
        scratch.active[unsigned(found)] = slot
        found += chemistry.active[row]
        pause, turn = chemistry.pause[row], step + particles.serial[i] + 1
        scratch.moving[unsigned(listed)] = slot
        listed += ((turn & pause) == 0) | ((particles.clock[i] > begin) & (pause >= 0))
    return listed, found


@inline
def drop_absent(particles, scratch, found):
    """Take those that have gone or are outside from the list of active molecules; returns how many are left."""
    left = 0
    for k in range(found):
        i = scratch.active[k]
        scratch.active[unsigned(left)] = i
        row = unsigned(i)
        left += (particles.species[row] >= 0) & (particles.compartment[row] != OUTSIDE)
    return left


@inline
def gather_moves(particles, chemistry, walls, scratch, listed, step, dt):
    """Gather what the moves need of the listed molecules, which have moved up to the end of the step with them.

    Those far outside that do not move are taken from the list; returns how many are left.
    """
    end, start, moves = (step + 1) * dt, scratch.start, 0
    for entry in range(listed):
        i, k = scratch.moving[entry], unsigned(moves)
        if particles.compartment[i] == OUTSIDE and not moves_outside(
            particles, chemistry, walls, np.int64(i), step, dt
        ):
            continue
        serial, duration = particles.serial[i], end - particles.clock[i]
        particles.clock[i] = end
        scratch.moving[k] = i
        scratch.serial[unsigned(2 * moves)] = np.uint32(serial)
        scratch.serial[unsigned(2 * moves + 1)] = np.uint32(serial >> 32)
        scratch.duration[k] = duration
        scratch.spread[k] = 2.0 * chemistry.D[unsigned(particles.species[i])] * duration
        start[k] = particles.position[i, 0]
        start[k + unsigned(BLOCK)] = particles.position[i, 1]
        start[k + unsigned(2 * BLOCK)] = particles.position[i, 2]
        moves += 1
    return moves


@inline
def find_ends_in_box(walls, scratch, moves):
    """Find where the listed molecules end, reflected once at the sides of a box that they pass.

    Marks with 2 those that pass none, with 1 those that end in the box.
    """
    start, displacement, ends, clear = scratch.start, scratch.displacement, scratch.end, scratch.clear
    bounds = walls.bounds
    x0, y0, z0, x1, y1, z1 = bounds[0, 0], bounds[0, 1], bounds[0, 2], bounds[1, 0], bounds[1, 1], bounds[1, 2]
    for k in range(moves):
        x = start[k] + displacement[k]
        y = start[k + BLOCK] + displacement[k + BLOCK]
        z = start[k + 2 * BLOCK] + displacement[k + 2 * BLOCK]
        fx, fy, fz = _reflected(x, x0, x1), _reflected(y, y0, y1), _reflected(z, z0, z1)
        ends[k] = fx
        ends[k + BLOCK] = fy
        ends[k + 2 * BLOCK] = fz
        passes_none = (fx == x) & (fy == y) & (fz == z)
        is_in = (fx >= x0) & (fx <= x1) & (fy >= y0) & (fy <= y1) & (fz >= z0) & (fz <= z1)
        clear[k] = np.uint8(passes_none) + np.uint8(is_in)


@inline
def _reflected(x, low, high):
    below = 2.0 * low - x
    x = below if x < low else x
    above = 2.0 * high - x
    return above if x > high else x


@inline
def find_ends(walls, scratch, moves):
    """Find where the listed molecules end if they meet nothing, and mark those that for sure do not."""
    start, displacement, ends = scratch.start, scratch.displacement, scratch.end
    for k in range(moves):
        x, y, z = start[k], start[k + BLOCK], start[k + 2 * BLOCK]
        dx, dy, dz = displacement[k], displacement[k + BLOCK], displacement[k + 2 * BLOCK]
        ends[k] = x + dx
        ends[k + BLOCK] = y + dy
        ends[k + 2 * BLOCK] = z + dz
        scratch.clear[k] = 2 * is_surely_clear(walls, x, y, z, dx, dy, dz)


@inline
def take_clear_paths(particles, chemistry, cells, walls, windows, scratch, moves):
    """Move the listed molecules that meet nothing; returns how many others there are, now listed in `rest`."""
    ends = scratch.end
    left = 0
    for k in range(moves):
        i = scratch.moving[k]
        species = particles.species[i]
        x, y, z = ends[k], ends[k + BLOCK], ends[k + 2 * BLOCK]
        clear = scratch.clear[k] > np.uint8(not walls.plain[unsigned(species)]) and particles.compartment[i] != OUTSIDE
        if not clear or is_near_window(windows, species, scratch.start, k):
            scratch.rest[unsigned(left)] = k
            left += 1
            continue
        particles.position[i, 0] = x
        particles.position[i, 1] = y
        particles.position[i, 2] = z
        if chemistry.listed[unsigned(species)] == 1:
            set_cell(particles, chemistry, cells, np.int64(i), cell_at(cells, particles.compartment[i], x, y, z))
        elif chemistry.in_cells[unsigned(species)] == 1:
            particles.cell[i] = cell_at(cells, particles.compartment[i], x, y, z)
    return left


@inline
def is_near_window(windows, species, start, k):
    """Say whether a listed molecule starts near a window of its species."""
    if windows.of_species[unsigned(species)] < 0:
        return False
    return is_near(windows, row_at(windows, species, start[k], start[k + BLOCK], start[k + 2 * BLOCK]))
