"""Paths from inside a convex mesh.

In a voxel such a mesh is what lies below the planes of the voxel's triangles. So a path that ends below those of the
voxel of its end stays inside, and it leaves the mesh where it passes the first plane of a voxel if that place is in
the voxel: which triangle is passed need not be known.
"""

import numpy as np

from ...compiled.decorators import inline, prefetch, unsigned
from .batch import add_displacements, find_wall_voxels
from .state import BLOCK
from .tables import OUTSIDE, SOME_WALL, UNSURE
from .walls import MOST_HITS, NEXT, is_plain, is_voxel_inside, nearest_voxel, reflect

MOST_TRIES = 60  # halvings of a path


@inline
def first_plane(walls, row, last, x, y, z, dx, dy, dz, best, found):
    """Return the fraction of a path at which it passes the plane of a triangle of a voxel before `best`, and which.

    The triangles are listed from `row` to `last`. No branches, for none could be foreseen, and one division.
    """
    gap, approach = best, 1.0
    for k in range(row, last):
        triangle = walls.triangles[k]
        nx, ny, nz = walls.plane[triangle, 0], walls.plane[triangle, 1], walls.plane[triangle, 2]
        depth = max(0.0, walls.plane[triangle, 3] - (nx * x + ny * y + nz * z))
        rise = nx * dx + ny * dy + nz * dz
        is_first = (rise > 0.0) & (depth <= rise) & (depth * approach < gap * rise)
        gap = depth if is_first else gap
        approach = rise if is_first else approach
        found = np.int64(triangle) if is_first else found
    return gap / approach, found


@inline
def _next_try(is_inside, fraction, low, at, high, best):
    """Return where on a path to try next, between which fractions of it, after a try `at` one.

    `fraction` is where the path passes the first of all planes met so far, `best` where it did before this try.
    """
    if fraction < best:
        return low, fraction, high
    if is_inside and at == min(best, 1.0):
        return low, at, high
    if is_inside:
        low = at
    else:
        high = at
    return low, 0.5 * (low + high), high


@inline
def _was_last(fraction, best, tried, at, tried_voxel, voxel):
    """Say whether a search is over: it stays where it is, or has just found a plane passed in the voxel tried."""
    return at == tried or (fraction < best and voxel == tried_voxel)


@inline
def way_out(walls, x, y, z, dx, dy, dz):
    """Return the triangle whose plane a path from inside passes first, and at which fraction; (-1, 2) if none.

    Voxels are tried at the end, then where the planes found so far are passed, and halfway between a place inside and
    one outside where a voxel has no triangles.
    """
    best, found = 2.0, np.int64(-1)
    low, at, high = 0.0, 1.0, 1.0
    voxel = nearest_voxel(walls, x + dx, y + dy, z + dz)
    for _ in range(MOST_TRIES):
        row, last = walls.start[voxel], walls.start[voxel + NEXT]
        fraction, found = first_plane(walls, row, last, x, y, z, dx, dy, dz, best, found)
        is_inside = row < last or is_voxel_inside(walls, voxel)
        tried, tried_voxel = at, voxel
        low, at, high = _next_try(is_inside, fraction, low, tried, high, best)
        voxel = nearest_voxel(walls, x + at * dx, y + at * dy, z + at * dz)
        is_over = _was_last(fraction, best, tried, at, tried_voxel, voxel)
        best = fraction
        if is_over:
            break
    return found, best


@inline
def find_ends_in_convex(particles, walls, scratch, moves):
    """Find where the listed molecules end, those that only meet reflecting walls after all reflections.

    Notes who was reflected, and who may meet something else. The search of `way_out` is made for all of them at once,
    try by try, so that the memory of many is waited for together.
    """
    add_displacements(scratch, moves)
    searches = _list_searches(particles, walls, scratch, moves)
    for _ in range(MOST_HITS):
        if searches == 0:
            break
        searches = _look_up_voxels(walls, scratch, searches)
        searches = _try_voxels(particles, walls, scratch, searches)


@inline
def _list_searches(particles, walls, scratch, moves):
    """Note who does not end in a voxel wholly inside, and list in `rest` those of them that come from inside.

    Returns how many are listed.
    """
    start, displacement, path, near, listed = scratch.start, scratch.displacement, scratch.path, 0, 0
    find_wall_voxels(walls, scratch.end, scratch.tried, 0, moves)
    for k in range(moves):
        is_inside = is_voxel_inside(walls, unsigned(scratch.tried[k]))
        scratch.meets[k] = UNSURE * (not is_inside)
        scratch.rest[unsigned(near)] = k
        near += not is_inside
    for entry in range(near):
        k = unsigned(scratch.rest[entry])
        for axis in range(3):
            path[k, axis] = start[k + unsigned(axis * BLOCK)]
            path[k, 3 + axis] = displacement[k + unsigned(axis * BLOCK)]
        _begin(walls, scratch, k)
        scratch.rest[unsigned(listed)] = k
        listed += particles.compartment[scratch.moving[k]] != OUTSIDE
    return listed


@inline
def _begin(walls, scratch, k):
    """Begin a search at the end of a path."""
    bracket = scratch.bracket
    prefetch(walls.start, unsigned(scratch.tried[k]))
    bracket[k, 0], bracket[k, 1], bracket[k, 2], bracket[k, 3] = 0.0, 1.0, 1.0, 2.0
    scratch.found[k] = -1


@inline
def _look_up_voxels(walls, scratch, searches):
    """Look up what is in the voxels to be tried, and drop paths that end wholly inside; returns how many are left."""
    left = 0
    for entry in range(searches):
        k = unsigned(scratch.rest[entry])
        voxel = unsigned(scratch.tried[k])
        is_inside = is_voxel_inside(walls, voxel)
        has_ended = is_inside & (scratch.bracket[k, 1] == 1.0)
        scratch.meets[k] &= SOME_WALL if has_ended else SOME_WALL + UNSURE
        scratch.rest[unsigned(left)] = k
        scratch.is_inside[unsigned(left)] = is_inside
        scratch.row[unsigned(left)], scratch.last[unsigned(left)] = walls.start[voxel], walls.start[voxel + NEXT]
        prefetch(walls.triangles, unsigned(walls.start[voxel]))
        left += not has_ended
    for entry in range(left):
        for row in range(scratch.row[entry], scratch.last[entry]):
            prefetch(walls.plane, unsigned(walls.triangles[row]))
    return left


@inline
def _try_voxels(particles, walls, scratch, searches):
    """Take the next try of each search; returns how many go on."""
    path, bracket, left = scratch.path, scratch.bracket, 0
    for entry in range(searches):
        k = unsigned(scratch.rest[entry])
        row, last = scratch.row[entry], scratch.last[entry]
        x, y, z, dx, dy, dz = path[k, 0], path[k, 1], path[k, 2], path[k, 3], path[k, 4], path[k, 5]
        low, tried, high, best = bracket[k, 0], bracket[k, 1], bracket[k, 2], bracket[k, 3]
        fraction, found = first_plane(walls, row, last, x, y, z, dx, dy, dz, best, scratch.found[k])
        is_inside = row < last or scratch.is_inside[entry]
        low, at, high = _next_try(is_inside, fraction, low, tried, high, best)
        voxel = np.int64(nearest_voxel(walls, x + at * dx, y + at * dy, z + at * dz))
        scratch.rest[unsigned(left)] = k
        if not _was_last(fraction, best, tried, at, scratch.tried[k], voxel):
            bracket[k, 0], bracket[k, 1], bracket[k, 2], bracket[k, 3] = low, at, high, fraction
            scratch.found[k], scratch.tried[k] = found, voxel
            prefetch(walls.start, unsigned(voxel))
            left += 1
        elif found < 0:
            scratch.meets[k] &= SOME_WALL
        elif is_plain(walls, particles.species[scratch.moving[k]]):
            _reflect(walls, scratch, k, found, fraction)
            left += 1
    return left


@inline
def _reflect(walls, scratch, k, triangle, fraction):
    """Reflect the path of a listed molecule, and begin to search along what is left of it."""
    path, ends, rest = scratch.path, scratch.end, 1.0 - fraction
    dx, dy, dz = path[k, 3], path[k, 4], path[k, 5]
    x, y, z = path[k, 0] + fraction * dx, path[k, 1] + fraction * dy, path[k, 2] + fraction * dz
    dx, dy, dz = reflect(walls, triangle, rest * dx, rest * dy, rest * dz)
    path[k, 0], path[k, 1], path[k, 2], path[k, 3], path[k, 4], path[k, 5] = x, y, z, dx, dy, dz
    ends[k], ends[k + unsigned(BLOCK)], ends[k + unsigned(2 * BLOCK)] = x + dx, y + dy, z + dz
    scratch.tried[k] = nearest_voxel(walls, x + dx, y + dy, z + dz)
    scratch.meets[k] |= SOME_WALL
    _begin(walls, scratch, k)
