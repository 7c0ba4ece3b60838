"""The moves of a step whose paths meet no wall, made for a block of slots at a time; all others walk, see `move`.

What is done for every molecule is done in short loops without calls and with few branches: the processor then works
on several molecules at once, and waits for the memory of many.
"""

import numpy as np

from ...compiled.decorators import inline, unsigned
from .state import BLOCK
from .store import next_turn, set_cell
from .tables import INSIDE, OUTSIDE, UNSURE
from .voxels import index_within
from .walls import nearest_voxel, passes_a_plane


@inline
def list_block(particles, chemistry, scratch, first, last, found, step):
    """List which molecules of a block of slots have their turn to move.

    Adds those that react or are sampled to the `found` active ones. Returns how many there are of both.
    """
    listed = 0
    for slot in range(first, last):
        scratch.moving[unsigned(listed)] = slot
        listed += particles.turn[unsigned(slot)] <= step
    return listed, list_active(particles, chemistry, scratch, first, last, found)


@inline
def list_active(particles, chemistry, scratch, first, last, found):
    """Add those in some slots that react or are sampled to the `found` active ones; returns how many these are then."""
    for slot in range(first, last):
        i = unsigned(slot)
        scratch.active[unsigned(found)] = slot
        found += chemistry.species.active[unsigned(particles.species[i] + 1)]
    return found


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
def gather_moves(particles, chemistry, scratch, moves, step, dt):
    """Gather what the moves need of the listed molecules, which have moved up to the end of the step with them."""
    end, start = (step + 1) * dt, scratch.start
    for k in range(moves):
        i = scratch.moving[k]
        species, serial = unsigned(particles.species[i]), particles.serial[i]
        duration = end - particles.clock[i]
        particles.clock[i] = end
        particles.turn[i] = next_turn(serial, step, chemistry.species.period[species])
        scratch.serial[k] = np.uint32(serial)
        scratch.serial[k + BLOCK] = np.uint32(serial >> 32)
        scratch.duration[k] = duration
        scratch.spread[k] = 2.0 * chemistry.species.D[species] * duration
        start[k] = particles.position[i, 0]
        start[k + BLOCK] = particles.position[i, 1]
        start[k + 2 * BLOCK] = particles.position[i, 2]


@inline
def find_ends_in_box(walls, scratch, moves):
    """Find where the listed molecules end, reflected once at the sides of a box that they pass.

    Notes their axes, and who does not end in the box.
    """
    start, displacement, ends, meets = scratch.start, scratch.displacement, scratch.end, scratch.meets
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
        is_in = (fx >= x0) & (fx <= x1) & (fy >= y0) & (fy <= y1) & (fz >= z0) & (fz <= z1)
        meets[k] = 1 * (fx != x) + 2 * (fy != y) + 4 * (fz != z) + UNSURE * (not is_in)


@inline
def _reflected(x, low, high):
    return min(max(x, 2.0 * low - x), 2.0 * high - x)


@inline
def add_displacements(scratch, moves):
    """Find where the listed molecules end if they meet nothing."""
    start, displacement, ends = scratch.start, scratch.displacement, scratch.end
    for k in range(moves):
        ends[k] = start[k] + displacement[k]
        ends[k + BLOCK] = start[k + BLOCK] + displacement[k + BLOCK]
        ends[k + 2 * BLOCK] = start[k + 2 * BLOCK] + displacement[k + 2 * BLOCK]


@inline
def find_wall_voxels(walls, points, voxel, first, moves):
    """Find the voxels of the grid of walls that hold points of the listed molecules, from a row of `voxel` on."""
    for k in range(moves):
        voxel[k + first] = nearest_voxel(walls, points[k], points[k + BLOCK], points[k + 2 * BLOCK])


@inline
def find_ends(walls, scratch, moves):
    """Find where the listed molecules end if they meet nothing, and note who may meet something."""
    start, displacement, voxel, near = scratch.start, scratch.displacement, scratch.tried, 0
    add_displacements(scratch, moves)
    find_wall_voxels(walls, scratch.end, voxel, 0, moves)
    find_wall_voxels(walls, start, voxel, BLOCK, moves)
    for k in range(moves):
        dx = np.float64(displacement[k])
        dy = np.float64(displacement[k + BLOCK])
        dz = np.float64(displacement[k + 2 * BLOCK])
        gap = np.float64(walls.clearance[unsigned(voxel[k])] + walls.clearance[unsigned(voxel[k + BLOCK])])
        scratch.meets[k] = 0
        scratch.rest[unsigned(near)] = k
        # A triangle that is met is at least as far from each end as that end's clearance.
        near += gap * gap <= dx * dx + dy * dy + dz * dz
    for entry in range(near):
        k = unsigned(scratch.rest[entry])
        x, y, z = start[k], start[k + unsigned(BLOCK)], start[k + unsigned(2 * BLOCK)]
        ends = scratch.end[k], scratch.end[k + unsigned(BLOCK)], scratch.end[k + unsigned(2 * BLOCK)]
        scratch.meets[k] = UNSURE * passes_a_plane(walls, x, y, z, *ends)


@inline
def stop_near_windows(particles, windows, scratch, moves):
    """Let the listed molecules walk that start near a window of their species."""
    start, voxel = scratch.start, scratch.tried
    x0, y0, z0, per_um = windows.origin[0], windows.origin[1], windows.origin[2], windows.per_um
    nx, ny, nz = windows.dims[0], windows.dims[1], windows.dims[2]
    for k in range(moves):
        x = (start[k] - x0) * per_um
        y = (start[k + BLOCK] - y0) * per_um
        z = (start[k + 2 * BLOCK] - z0) * per_um
        is_within = (x >= 0.0) & (y >= 0.0) & (z >= 0.0) & (x < nx) & (y < ny) & (z < nz)
        index = np.int32(x) + nx * (np.int32(y) + ny * np.int32(z))
        voxel[k] = index if is_within else -1
    for k in range(moves):
        window = windows.of_species[unsigned(particles.species[scratch.moving[k]])]
        row = unsigned(max(window, 0) * nx * ny * nz + max(voxel[k], 0))
        scratch.meets[k] |= UNSURE * ((window >= 0) & (voxel[k] >= 0) & windows.near[row])


@inline
def split_moves(particles, walls, scratch, moves):
    """List in `taken` those that meet nothing that stops them, and in `rest` the others; returns how many there are."""
    taken = left = 0
    for k in range(moves):
        i = scratch.moving[k]
        stops = scratch.meets[k] & walls.stops[unsigned(particles.species[i])]
        is_clear = (stops == 0) & (particles.compartment[i] != OUTSIDE)
        scratch.taken[unsigned(taken)] = k
        scratch.rest[unsigned(left)] = k
        taken += is_clear
        left += not is_clear
    return taken, left


@inline
def find_voxels(cells, scratch, moves):
    """Find the reaction voxels of the ends of the listed moves, as `cell_at` does."""
    ends, voxel = scratch.end, scratch.voxel
    x0, y0, z0 = cells.origin[0], cells.origin[1], cells.origin[2]
    px, py, pz = cells.per_um[0], cells.per_um[1], cells.per_um[2]
    nx, ny, nz = cells.dims[0], cells.dims[1], cells.dims[2]
    for k in range(moves):
        ix = index_within(ends[k] - x0, px, nx)
        iy = index_within(ends[k + BLOCK] - y0, py, ny)
        iz = index_within(ends[k + 2 * BLOCK] - z0, pz, nz)
        voxel[k] = np.int32(ix + np.int32(nx * np.int32(iy + np.int32(ny * iz))))


@inline
def take_clear_paths(particles, chemistry, cells, walls, windows, scratch, moves):
    """Move the listed molecules that meet nothing; returns how many others there are, now listed in `rest`."""
    if windows.segment.size + windows.triangle.size > 0:
        stop_near_windows(particles, windows, scratch, moves)
    taken, left = split_moves(particles, walls, scratch, moves)
    find_voxels(cells, scratch, moves)
    put_at_ends(particles, chemistry, cells, scratch, taken)
    return left


@inline
def put_at_ends(particles, chemistry, cells, scratch, taken):
    """Put the molecules whose moves are `taken` at the ends of their paths, some of them into other cells."""
    ends, changed = scratch.end, 0
    for entry in range(taken):
        k = unsigned(scratch.taken[entry])
        i = scratch.moving[k]
        particles.position[i, 0] = ends[k]
        particles.position[i, 1] = ends[k + unsigned(BLOCK)]
        particles.position[i, 2] = ends[k + unsigned(2 * BLOCK)]
        cell = cells.of_voxel[unsigned(particles.compartment[i] - INSIDE), unsigned(scratch.voxel[k])]
        scratch.taken[unsigned(changed)] = i
        scratch.cell[unsigned(changed)] = cell
        changed += cell != particles.cell[i]
    for entry in range(changed):
        set_cell(particles, chemistry, cells, scratch.taken[entry], scratch.cell[entry])
