"""Straight paths against the triangles of the mesh.

A molecule inside meets only the inner faces of triangles, one outside only the outer ones; a triangle that was just
reflected from is then never met again by rounding. Points up to `TOUCH` beyond a plane still count as at the wall,
and triangles reach `TOUCH` beyond their edges, so that nothing slips through an edge or a vertex.
"""

import math

from .jit import inline, kernel
from .tables import INSIDE

TOUCH = 1e-9  # um


@inline
def meets(walls, triangle, side, x, y, z, dx, dy, dz):
    """Return the fraction of the path at which it meets a triangle, or 2 if it does not."""
    nx, ny, nz = walls.plane[triangle, 0], walls.plane[triangle, 1], walls.plane[triangle, 2]
    height = nx * x + ny * y + nz * z - walls.plane[triangle, 3]
    approach = nx * dx + ny * dy + nz * dz
    if side != INSIDE:
        height, approach = -height, -approach
    if approach <= 0.0 or height > TOUCH or height + approach < 0.0:
        return 2.0
    fraction = max(0.0, -height / approach)
    hx, hy, hz = x + fraction * dx, y + fraction * dy, z + fraction * dz
    for k in range(0, 12, 4):
        beyond = (
            walls.edges[triangle, k] * hx
            + walls.edges[triangle, k + 1] * hy
            + walls.edges[triangle, k + 2] * hz
            - walls.edges[triangle, k + 3]
        )
        if beyond > TOUCH:
            return 2.0
    return fraction


@inline
def _clip(low, high, start, delta, enter, leave):
    """Narrow the part of a path that lies between two planes normal to an axis."""
    if delta == 0.0:
        return (enter, leave) if low <= start <= high else (2.0, -1.0)
    a, b = (low - start) / delta, (high - start) / delta
    return max(enter, min(a, b)), min(leave, max(a, b))


@inline
def _axis(origin, size, count, start, delta):
    """Return voxel index, direction, and path fractions to the next voxel border and between borders."""
    index = min(max(math.floor((start - origin) / size), 0), count - 1)
    if delta > 0.0:
        return index, 1, (origin + (index + 1) * size - start) / delta, size / delta
    if delta < 0.0:
        return index, -1, (origin + index * size - start) / delta, -size / delta
    return index, 0, math.inf, math.inf


@kernel
def first_hit(walls, side, x, y, z, dx, dy, dz):
    """Return the first triangle that a path meets and the fraction of the path there; (-1, 2) if none.

    The grid is walked voxel by voxel (Amanatides & Woo 1987, Eurographics).
    """
    size, dims = walls.size[0], walls.dims
    ox, oy, oz = walls.origin[0], walls.origin[1], walls.origin[2]
    enter, leave = _clip(ox, ox + dims[0] * size, x, dx, 0.0, 1.0)
    enter, leave = _clip(oy, oy + dims[1] * size, y, dy, enter, leave)
    enter, leave = _clip(oz, oz + dims[2] * size, z, dz, enter, leave)
    if enter > leave:
        return -1, 2.0
    ix, sx, tx, gx = _axis(ox, size, dims[0], x + enter * dx, dx)
    iy, sy, ty, gy = _axis(oy, size, dims[1], y + enter * dy, dy)
    iz, sz, tz, gz = _axis(oz, size, dims[2], z + enter * dz, dz)
    tx, ty, tz = tx + enter, ty + enter, tz + enter
    best, found = 2.0, -1
    while True:
        voxel = ix + dims[0] * (iy + dims[1] * iz)
        for k in range(walls.start[voxel], walls.start[voxel + 1]):
            fraction = meets(walls, walls.triangles[k], side, x, y, z, dx, dy, dz)
            if fraction < best:
                best, found = fraction, walls.triangles[k]
        border = min(tx, ty, tz)
        if best <= border or border >= leave:
            return found, best
        if tx <= ty and tx <= tz:
            ix, tx = ix + sx, tx + gx
            if ix < 0 or ix >= dims[0]:
                return found, best
        elif ty <= tz:
            iy, ty = iy + sy, ty + gy
            if iy < 0 or iy >= dims[1]:
                return found, best
        else:
            iz, tz = iz + sz, tz + gz
            if iz < 0 or iz >= dims[2]:
                return found, best


@inline
def is_clear(walls, x, y, z, dx, dy, dz):
    """Say whether no triangle can be within reach of a path, from the clearance of its first voxel."""
    size, dims = walls.size[0], walls.dims
    ix = math.floor((x - walls.origin[0]) / size)
    iy = math.floor((y - walls.origin[1]) / size)
    iz = math.floor((z - walls.origin[2]) / size)
    if ix < 0 or iy < 0 or iz < 0 or ix >= dims[0] or iy >= dims[1] or iz >= dims[2]:
        return False
    reach = (walls.clearance[ix + dims[0] * (iy + dims[1] * iz)] - 1) * size
    return abs(dx) <= reach and abs(dy) <= reach and abs(dz) <= reach
