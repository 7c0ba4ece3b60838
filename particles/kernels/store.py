"""The store of molecules: slots, rings of partners per cell, numbers per species."""

import math

import numpy as np

from ...compiled.decorators import inline, kernel, shared
from ...compiled.random import uniform
from .state import AT_ONCE, FREE, LACKING, NEVER, USED
from .tables import INSIDE, OUTSIDE, X, Y, Z
from .voxels import index_along


@inline
def cell_at(cells, compartment, x, y, z):
    """Return the reaction cell of a point of a compartment."""
    ix = index_along(cells, X, x)
    iy = index_along(cells, Y, y)
    iz = index_along(cells, Z, z)
    return cells.of_voxel[compartment - 1, ix + cells.dims[0] * (iy + cells.dims[1] * iz)]


@inline
def point_in_cell(cells, cell, state):
    """Return the stream's state and a point uniform in the voxels of a reaction cell."""
    first, count = cells.voxel_start[cell], cells.voxel_start[cell + 1] - cells.voxel_start[cell]
    state, u = uniform(state)
    return point_in_voxel(cells, cells.voxels[first + min(int(u * count), count - 1)], state)


@inline
def point_in_voxel(cells, voxel, state):
    """Return the stream's state and a uniform point of a reaction voxel."""
    ix, rest = voxel % cells.dims[0], voxel // cells.dims[0]
    iy, iz = rest % cells.dims[1], rest // cells.dims[1]
    state, u = uniform(state)
    state, v = uniform(state)
    state, w = uniform(state)
    x = cells.origin[0] + (ix + u) * cells.size[0]
    y = cells.origin[1] + (iy + v) * cells.size[1]
    z = cells.origin[2] + (iz + w) * cells.size[2]
    return state, x, y, z


@inline
def _put_in(after, before, ring, node):
    """Put a molecule into the ring of a cell, next to the cell."""
    following = after[ring]
    after[node], before[node] = following, ring
    after[ring] = before[following] = node


@inline
def _take_out(after, before, node):
    """Take a molecule out of its ring."""
    following, leading = after[node], before[node]
    after[leading], before[following] = following, leading


@inline
def is_listed(particles, chemistry, i):
    """Say whether a molecule is in the ring of partners of its cell."""
    return particles.cell[i] >= 0 and chemistry.species.listed[particles.species[i]] == 1


@inline
def is_listed_outside(particles, chemistry, i):
    """Say whether a surface molecule is in the ring of partners of the cell outside its membrane."""
    return particles.outer_cell[i] >= 0 and chemistry.species.listed_outside[particles.species[i]] == 1


@inline
def link(particles, chemistry, cells, i):
    """Put a molecule into the rings of partners of its cells, if it can be one."""
    node = cells.inverse_volume.size + i
    if is_listed(particles, chemistry, i):
        _put_in(particles.next, particles.previous, particles.cell[i], node)
    if is_listed_outside(particles, chemistry, i):
        _put_in(particles.outer_next, particles.outer_previous, particles.outer_cell[i], node)


@kernel
def settle(particles, chemistry, cells, slots, beyond):
    """Find the cells of molecules that were put into the store, surface molecules having another compartment beyond."""
    for k in range(slots.size):
        i, p = slots[k], particles.position[slots[k]]
        for side, cell in ((particles.compartment[i], particles.cell), (beyond[k], particles.outer_cell)):
            cell[i] = -1 if side == OUTSIDE else cell_at(cells, side, p[0], p[1], p[2])
        link(particles, chemistry, cells, i)


@inline
def unlink(particles, chemistry, cells, i):
    """Take a molecule out of the rings of partners of its cells."""
    node = cells.inverse_volume.size + i
    if is_listed(particles, chemistry, i):
        _take_out(particles.next, particles.previous, node)
    if is_listed_outside(particles, chemistry, i):
        _take_out(particles.outer_next, particles.outer_previous, node)


@inline
def set_cell(particles, chemistry, cells, i, cell):
    """Move a volume molecule to another reaction cell (-1: to none)."""
    before = particles.cell[i]
    if cell == before:
        return
    particles.cell[i] = cell
    if chemistry.species.listed[particles.species[i]] == 1:
        node = cells.inverse_volume.size + i
        if before >= 0:
            _take_out(particles.next, particles.previous, node)
        if cell >= 0:
            _put_in(particles.next, particles.previous, cell, node)


@shared
def set_species(particles, chemistry, cells, i, species, now):
    """Turn a molecule into another species, where it is, at a time."""
    before, side = particles.species[i], particles.compartment[i]
    if before == species:
        return
    unlink(particles, chemistry, cells, i)
    particles.species[i] = species
    particles.number[before, side] -= 1
    particles.number[species, side] += 1
    D_before, D = chemistry.species.D[before], chemistry.species.D[species]
    if D > 0.0 and D_before != D:
        # It has moved up to its clock only: the rest of its way is as long as it would have been.
        particles.clock[i] = now - (now - particles.clock[i]) * D_before / D
    if D_before != D or not keep_step(chemistry, before, species):
        particles.turn[i] = first_turn(chemistry, species)
    link(particles, chemistry, cells, i)


@inline
def keep_step(chemistry, one, other):
    """Say whether two species move equally often wherever they are."""
    periods, stays = chemistry.species.period, chemistry.species.stays
    return periods[one] == periods[other] and stays[one] == stays[other]


@inline
def period_in(chemistry, cells, species, cell):
    """Return how many steps there are from one move of a species in a cell to the next."""
    row = chemistry.species.stays[species]
    return chemistry.species.period[species] if row < 0 else np.int64(cells.stay[row, cell])


@inline
def takes_turns(chemistry, species):
    """Say whether molecules of a species move in the volume."""
    return chemistry.species.period[species] > 0 and chemistry.species.on_surface[species] == 0


@inline
def first_turn(chemistry, species):
    """Return when a molecule moves in the volume for the first time: at once, unless its species never does."""
    return AT_ONCE if takes_turns(chemistry, species) else NEVER


@inline
def next_turn(serial, step, period):
    """Return the first step after this one that is a molecule's turn: one in `period`, a power of two."""
    return step + 1 + (-(step + serial + 2) & (period - 1))


@inline
def set_compartment(particles, i, side):
    """Count a molecule in another compartment."""
    species = particles.species[i]
    particles.number[species, particles.compartment[i]] -= 1
    particles.number[species, side] += 1
    particles.compartment[i] = side


@shared
def add(particles, chemistry, cells, serial, species, x, y, z, side, now):
    """Create a volume molecule at a time and return its slot, or -1 (and note the lack) if there is none."""
    counters = particles.counters
    if counters[FREE] > 0:
        counters[FREE] -= 1
        i = particles.free[counters[FREE]]
    elif counters[USED] < particles.species.size:
        i = counters[USED]
        counters[USED] += 1
    else:
        counters[LACKING] = 1
        return -1
    particles.species[i] = species
    particles.position[i, 0], particles.position[i, 1], particles.position[i, 2] = x, y, z
    particles.compartment[i] = side
    particles.face[i] = -1
    particles.serial[i] = serial
    particles.due[i] = math.inf
    particles.changed[i] = -1
    particles.clock[i] = now
    particles.turn[i] = first_turn(chemistry, species)
    particles.number[species, side] += 1
    particles.cell[i] = -1 if side == OUTSIDE else cell_at(cells, side, x, y, z)
    particles.outer_cell[i] = -1
    link(particles, chemistry, cells, i)
    return i


@inline
def join_membrane(particles, chemistry, cells, walls, i, other):
    """Put a molecule that was just added into the membrane, where another one is."""
    particles.face[i] = particles.face[other]
    for k in range(3):
        particles.position[i, k] = particles.position[other, k]
    find_cells(particles, chemistry, cells, walls, i)


@inline
def find_cells(particles, chemistry, cells, walls, i):
    """Find the reaction cells on both sides of a surface molecule where it is now."""
    sides, position = walls.sides[particles.face[i]], particles.position[i]
    cell = cell_at(cells, sides[INSIDE], position[0], position[1], position[2])
    outer = particles.outer_cell[i]
    if sides[OUTSIDE] != OUTSIDE:
        outer = cell_at(cells, sides[OUTSIDE], position[0], position[1], position[2])
    if cell != particles.cell[i] or outer != particles.outer_cell[i]:
        unlink(particles, chemistry, cells, i)
        particles.cell[i], particles.outer_cell[i] = cell, outer
        link(particles, chemistry, cells, i)


@inline
def set_clock(particles, chemistry, cells, i, step, dt):
    """Let what a reaction made move on as others of its species after a step: as if it had moved at its last turn.

    Partners meet where their last moves left them. Would products differ from other pairs in what is left of their
    way, those that fall apart and those that meet would not spread alike, and meetings be rarer than chance has it.
    Outside of all compartments nothing meets, and molecules move so rarely that what is left of their way is long.
    """
    species, cell = particles.species[i], particles.cell[i]
    if chemistry.species.period[species] > 0 and cell >= 0:
        period = period_in(chemistry, cells, species, cell)
        late = (step + particles.serial[i] + 1) & (period - 1)
        particles.clock[i] = max(0.0, (step + 1 - late) * dt)
        particles.turn[i] = next_turn(particles.serial[i], step, period) if takes_turns(chemistry, species) else NEVER


@shared
def remove(particles, chemistry, cells, i):
    """Delete a molecule and free its slot."""
    unlink(particles, chemistry, cells, i)
    particles.number[particles.species[i], particles.compartment[i]] -= 1
    particles.species[i] = -1
    particles.cell[i] = -1
    particles.outer_cell[i] = -1
    particles.due[i] = math.inf
    particles.turn[i] = NEVER
    particles.free[particles.counters[FREE]] = i
    particles.counters[FREE] += 1
