"""The store of molecules: slots, lists of partners per cell, numbers per species."""

import math

from .jit import inline, kernel
from .random import uniform
from .tables import FREE, INSIDE, LACKING, NEXT_SERIAL, USED


@inline
def index_along(cells, axis, coordinate):
    """Return the index along one axis of the voxel that holds a coordinate, clamped to the grid."""
    index = math.floor((coordinate - cells.origin[axis]) * cells.per_um[axis])
    return min(max(index, 0), cells.dims[axis] - 1)


@inline
def cell_at(cells, x, y, z):
    """Return the reaction cell of a point inside the mesh."""
    ix = index_along(cells, 0, x)
    iy = index_along(cells, 1, y)
    iz = index_along(cells, 2, z)
    return cells.of_voxel[ix + cells.dims[0] * (iy + cells.dims[1] * iz)]


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
def link(particles, cells, i):
    """Put a molecule into the list of partners of its cell."""
    cell = particles.cell[i]
    head = cells.first[cell]
    particles.next[i] = head
    particles.previous[i] = -1
    if head >= 0:
        particles.previous[head] = i
    cells.first[cell] = i


@inline
def unlink(particles, cells, i):
    """Take a molecule out of the list of partners of its cell."""
    after, before = particles.next[i], particles.previous[i]
    if before >= 0:
        particles.next[before] = after
    else:
        cells.first[particles.cell[i]] = after
    if after >= 0:
        particles.previous[after] = before


@inline
def is_listed(particles, chemistry, i):
    """Say whether a molecule is in the list of partners of its cell."""
    return particles.cell[i] >= 0 and chemistry.listed[particles.species[i]] == 1


@inline
def set_cell(particles, chemistry, cells, i, cell):
    """Move a molecule to another reaction cell (-1: to none)."""
    if cell == particles.cell[i]:
        return
    if is_listed(particles, chemistry, i):
        unlink(particles, cells, i)
    particles.cell[i] = cell
    if is_listed(particles, chemistry, i):
        link(particles, cells, i)


@kernel
def set_species(particles, chemistry, cells, i, species, now):
    """Turn a molecule into another species, where it is, at a time."""
    before, side = particles.species[i], particles.compartment[i]
    if before == species:
        return
    if is_listed(particles, chemistry, i):
        unlink(particles, cells, i)
    particles.species[i] = species
    particles.number[before, side] -= 1
    particles.number[species, side] += 1
    D_before, D = chemistry.D[before], chemistry.D[species]
    if D > 0.0 and D_before != D:
        # It has moved up to its clock only: the rest of its way is as long as it would have been.
        particles.clock[i] = now - (now - particles.clock[i]) * D_before / D
    if is_listed(particles, chemistry, i):
        link(particles, cells, i)


@inline
def set_compartment(particles, i, side):
    """Count a molecule as inside or outside."""
    species = particles.species[i]
    particles.number[species, particles.compartment[i]] -= 1
    particles.number[species, side] += 1
    particles.compartment[i] = side


@kernel
def add(particles, chemistry, cells, species, x, y, z, side, now):
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
    particles.serial[i] = counters[NEXT_SERIAL]
    counters[NEXT_SERIAL] += 1
    particles.due[i] = math.inf
    particles.changed[i] = -1
    particles.clock[i] = now
    particles.number[species, side] += 1
    particles.cell[i] = cell_at(cells, x, y, z) if side == INSIDE else -1
    if is_listed(particles, chemistry, i):
        link(particles, cells, i)
    return i


@inline
def settle(particles, i, other):
    """Put a molecule that was just added into the membrane, where another one is."""
    particles.face[i] = particles.face[other]
    for k in range(3):
        particles.position[i, k] = particles.position[other, k]


@kernel
def remove(particles, chemistry, cells, i):
    """Delete a molecule and free its slot."""
    if is_listed(particles, chemistry, i):
        unlink(particles, cells, i)
    particles.number[particles.species[i], particles.compartment[i]] -= 1
    particles.species[i] = -1
    particles.cell[i] = -1
    particles.due[i] = math.inf
    particles.free[particles.counters[FREE]] = i
    particles.counters[FREE] += 1
