"""Paths from inside a convex mesh.

In a voxel such a mesh is what lies below the planes of the voxel's triangles. So a path that ends below those of the
voxel of its end stays inside, and it leaves the mesh where it passes the first plane of a voxel if that place is in
the voxel: which triangle is passed need not be known.
"""

import numpy as np

from .batch import add_displacements
from .jit import inline, unsigned
from .tables import BLOCK, OUTSIDE, SOME_WALL, UNSURE
from .walls import MOST_HITS, NEXT, TOUCH, is_below, is_plain, is_voxel_inside, nearest_voxel, reflect

MOST_TRIES = 60  # halvings of a path


@inline
def first_plane(walls, voxel, x, y, z, dx, dy, dz, best, found):
    """Return the fraction of a path at which it passes the plane of a triangle of a voxel before `best`, and which.

    Without branches: none of them could be foreseen.
    """
    for k in range(walls.start[voxel], walls.start[voxel + NEXT]):
        triangle = walls.triangles[k]
        nx, ny, nz = walls.plane[triangle, 0], walls.plane[triangle, 1], walls.plane[triangle, 2]
        height = nx * x + ny * y + nz * z - walls.plane[triangle, 3]
        approach = nx * dx + ny * dy + nz * dz
        fraction = max(0.0, -height / approach)
        is_first = (approach > 0.0) & (height <= TOUCH) & (height + approach >= 0.0) & (fraction < best)
        best = fraction if is_first else best
        found = np.int64(triangle) if is_first else found
    return best, found


@inline
def way_out(walls, x, y, z, dx, dy, dz):
    """Return the triangle whose plane a path from inside passes first, and at which fraction; (-1, 2) if none.

    Voxels are tried at the end, then where the planes found so far are passed, and halfway between a place inside and
    one outside where a voxel has no triangles.
    """
    best, found = 2.0, np.int64(-1)
    low, at, high = 0.0, 1.0, 1.0
    for _ in range(MOST_TRIES):
        voxel = nearest_voxel(walls, x + at * dx, y + at * dy, z + at * dz)
        is_inside = is_voxel_inside(walls, voxel)
        if not is_inside and walls.start[voxel] < walls.start[voxel + NEXT]:
            fraction, found = first_plane(walls, voxel, x, y, z, dx, dy, dz, best, found)
            if fraction < best:
                best = at = fraction
                continue
            is_inside = True
        if is_inside and at == min(best, 1.0):
            break
        if is_inside:
            low = at
        else:
            high = at
        at = 0.5 * (low + high)
    return found, best


@inline
def find_ends_in_convex(particles, walls, scratch, moves):
    """Find where the listed molecules end, those that only meet reflecting walls after all reflections.

    Notes who was reflected, and who may meet something else.
    """
    add_displacements(scratch, moves)
    near = _list_near_walls(walls, scratch, moves)
    _note_below_planes(walls, scratch, near)
    for entry in range(near):
        k = unsigned(scratch.rest[entry])
        i = scratch.moving[k]
        is_inside = particles.compartment[i] != OUTSIDE
        if scratch.meets[k] == UNSURE and is_inside and is_plain(walls, particles.species[i]):
            scratch.meets[k] = _reflect_inside(walls, scratch, k)


@inline
def _list_near_walls(walls, scratch, moves):
    """Note who ends in a voxel wholly inside, and list the others in `rest`; returns how many are listed."""
    ends, near = scratch.end, 0
    for k in range(moves):
        is_inside = is_voxel_inside(walls, nearest_voxel(walls, ends[k], ends[k + BLOCK], ends[k + 2 * BLOCK]))
        scratch.meets[k] = UNSURE * (not is_inside)
        scratch.rest[unsigned(near)] = k
        near += not is_inside
    return near


@inline
def _note_below_planes(walls, scratch, near):
    """Note who ends below the planes of their voxel.

    The rows of its triangles are read first, so that the memory of many is waited for at once.
    """
    ends, row, last = scratch.end, scratch.voxel, scratch.cell
    for entry in range(near):
        k = unsigned(scratch.rest[entry])
        voxel = nearest_voxel(walls, ends[k], ends[k + unsigned(BLOCK)], ends[k + unsigned(2 * BLOCK)])
        row[entry] = walls.start[voxel]
        last[entry] = walls.start[voxel + NEXT]
    for entry in range(near):
        k = unsigned(scratch.rest[entry])
        x, y, z = ends[k], ends[k + unsigned(BLOCK)], ends[k + unsigned(2 * BLOCK)]
        is_inside = row[entry] < last[entry]
        for r in range(unsigned(row[entry]), unsigned(last[entry])):
            is_inside &= is_below(walls, walls.triangles[r], x, y, z)
        scratch.meets[k] = UNSURE * (not is_inside)


@inline
def _reflect_inside(walls, scratch, k):
    """Follow the path of a listed molecule to its end; returns what it meets."""
    x, y, z = scratch.start[k], scratch.start[k + unsigned(BLOCK)], scratch.start[k + unsigned(2 * BLOCK)]
    dx = np.float64(scratch.displacement[k])
    dy = np.float64(scratch.displacement[k + unsigned(BLOCK)])
    dz = np.float64(scratch.displacement[k + unsigned(2 * BLOCK)])
    for _ in range(MOST_HITS):
        triangle, fraction = way_out(walls, x, y, z, dx, dy, dz)
        if triangle < 0:
            scratch.end[k], scratch.end[k + unsigned(BLOCK)], scratch.end[k + unsigned(2 * BLOCK)] = (
                x + dx, y + dy, z + dz,
            )  # fmt: skip
            return SOME_WALL
        x, y, z = x + fraction * dx, y + fraction * dy, z + fraction * dz
        left = 1.0 - fraction
        dx, dy, dz = reflect(walls, triangle, left * dx, left * dy, left * dz)
    return UNSURE
