"""Straight paths against the triangles of the mesh.

A molecule meets only the faces that look at its compartment: inner ones of the mesh around it, outer ones of those
within; a triangle that was just reflected from is then never met again by rounding. Points up to `TOUCH` beyond a plane
still count as at the wall, and triangles reach `TOUCH` beyond their edges, so that nothing slips through an edge or a
vertex.
"""

import math

import numpy as np

from ...compiled.decorators import inline, shared, unsigned
from .tables import INSIDE, OUTSIDE, UNSURE, X, Y, Z
from .voxels import index_within

TOUCH = 1e-9  # um
NEXT = unsigned(1)
MOST_HITS = 200  # on a path; more only where it is caught in a wedge
OFF_WALL = 1e-9  # um; how far from its membrane a molecule is born


@inline
def crossing(walls, triangle, x, y, z, dx, dy, dz, nearest):
    """Return the fraction of a path at which it crosses the plane of a triangle, and the side that it comes from.

    The fraction is 2 if it does not, or not before `nearest`.
    """
    nx, ny, nz = walls.plane[triangle, 0], walls.plane[triangle, 1], walls.plane[triangle, 2]
    height = nx * x + ny * y + nz * z - walls.plane[triangle, 3]
    approach = nx * dx + ny * dy + nz * dz
    side = INSIDE
    if approach < 0.0:
        height, approach, side = -height, -approach, OUTSIDE
    if approach == 0.0 or height > TOUCH or height + approach < 0.0:
        return 2.0, side
    fraction = max(0.0, -height / approach)
    return (fraction if fraction < nearest else 2.0), side


@inline
def is_plain(walls, species):
    """Say whether all walls reflect a species, and nothing is counted at them."""
    return walls.stops[unsigned(species)] == UNSURE


@inline
def is_over(walls, triangle, x, y, z):
    """Say whether a point in the plane of a triangle lies in the triangle."""
    for k in range(0, 12, 4):
        beyond = (
            walls.edges[triangle, k] * x
            + walls.edges[triangle, k + 1] * y
            + walls.edges[triangle, k + 2] * z
            - walls.edges[triangle, k + 3]
        )
        if beyond > TOUCH:
            return False
    return True


@inline
def _clip(low, high, start, delta, enter, leave):
    """Narrow the part of a path that lies between two planes normal to an axis."""
    if delta == 0.0:
        return (enter, leave) if low <= start <= high else (2.0, -1.0)
    a, b = (low - start) / delta, (high - start) / delta
    return max(enter, min(a, b)), min(leave, max(a, b))


@shared
def entry(walls, x, y, z, dx, dy, dz):
    """Return the fraction of a path at which it enters the grid, 2 if it does not."""
    size, dims = walls.size, walls.dims
    ox, oy, oz = walls.origin[0], walls.origin[1], walls.origin[2]
    enter, leave = _clip(ox, ox + dims[0] * size, x, dx, 0.0, 1.0)
    enter, leave = _clip(oy, oy + dims[1] * size, y, dy, enter, leave)
    enter, leave = _clip(oz, oz + dims[2] * size, z, dz, enter, leave)
    return enter if enter <= leave else 2.0


@inline
def _index(walls, axis, coordinate):
    """Return the index along an axis of the voxel that holds a coordinate."""
    return math.floor((coordinate - walls.origin[axis]) * walls.per_um)


@inline
def nearest_voxel(walls, x, y, z):
    """Return the voxel that holds a point, or that is nearest to it: at the edge of the grid there are no triangles."""
    ix = index_within(x - walls.origin[0], walls.per_um, walls.dims[0])
    iy = index_within(y - walls.origin[1], walls.per_um, walls.dims[1])
    iz = index_within(z - walls.origin[2], walls.per_um, walls.dims[2])
    return unsigned(ix + walls.dims[0] * (iy + walls.dims[1] * iz))


@inline
def triangle_at(walls, triangle, x, y, z):
    """Return which of the triangles in the same plane as one of them holds a point on it; if none, that one."""
    if is_over(walls, triangle, x, y, z):
        return triangle
    voxel = nearest_voxel(walls, x, y, z)
    for k in range(walls.start[voxel], walls.start[voxel + NEXT]):
        other = np.int64(walls.triangles[k])
        plane = walls.plane[other]
        height = plane[0] * x + plane[1] * y + plane[2] * z - plane[3]
        if abs(height) <= TOUCH and is_over(walls, other, x, y, z):
            return other
    return triangle


@inline
def voxel_at(walls, x, y, z):
    """Return the voxel that holds a point, -1 outside the grid."""
    ix, iy, iz = _index(walls, X, x), _index(walls, Y, y), _index(walls, Z, z)
    dims = walls.dims
    if ix < 0 or iy < 0 or iz < 0 or ix >= dims[0] or iy >= dims[1] or iz >= dims[2]:
        return -1
    return ix + dims[0] * (iy + dims[1] * iz)


@inline
def _borders(walls, axis, start, delta):
    """Return voxel index, direction, and path fractions to the next voxel border and between borders."""
    index = min(max(_index(walls, axis, start), 0), walls.dims[axis] - 1)
    if delta == 0.0:
        return index, 0, math.inf, math.inf
    size, per_delta = walls.size, 1.0 / delta
    ahead = index + 1 if delta > 0.0 else index
    step = 1 if delta > 0.0 else -1
    return index, step, (walls.origin[axis] + ahead * size - start) * per_delta, size * abs(per_delta)


@inline
def first_in_voxel(walls, voxel, side, x, y, z, dx, dy, dz, best, found):
    """Return the fraction of a path at which it meets a triangle of a voxel before `best`, and which, or else these."""
    for k in range(walls.start[voxel], walls.start[voxel + NEXT]):
        triangle = walls.triangles[k]
        fraction, facing = crossing(walls, triangle, x, y, z, dx, dy, dz, best)
        if fraction > 1.0 or walls.sides[triangle, facing] != side:
            continue
        if is_over(walls, triangle, x + fraction * dx, y + fraction * dy, z + fraction * dz):
            best, found = fraction, np.int64(triangle)
    return best, found


@shared
def first_hit(walls, side, x, y, z, dx, dy, dz):
    """Return the first triangle that a path meets and the fraction of the path there; (-1, 2) if none.

    The grid is walked voxel by voxel (Amanatides & Woo 1987, Eurographics).
    """
    enter = 0.0
    if voxel_at(walls, x, y, z) < 0:
        enter = entry(walls, x, y, z, dx, dy, dz)
        if enter > 1.0:
            return -1, 2.0
    dims = walls.dims
    ix, sx, tx, gx = _borders(walls, X, x + enter * dx, dx)
    iy, sy, ty, gy = _borders(walls, Y, y + enter * dy, dy)
    iz, sz, tz, gz = _borders(walls, Z, z + enter * dz, dz)
    tx, ty, tz = tx + enter, ty + enter, tz + enter
    best, found = 2.0, np.int64(-1)
    while 0 <= ix < dims[0] and 0 <= iy < dims[1] and 0 <= iz < dims[2]:
        voxel = unsigned(ix + dims[0] * (iy + dims[1] * iz))
        if not is_voxel_inside(walls, voxel):  # a bit, nearer at hand than the rows of all voxels
            best, found = first_in_voxel(walls, voxel, side, x, y, z, dx, dy, dz, best, found)
        border = min(tx, ty, tz)
        if best <= border or border >= 1.0:
            break
        if tx == border:
            ix, tx = ix + sx, tx + gx
        elif ty == border:
            iy, ty = iy + sy, ty + gy
        else:
            iz, tz = iz + sz, tz + gz
    return found, best


@inline
def across(walls, triangle, side):
    """Return the compartment on the other side of a triangle."""
    inside = walls.sides[triangle, INSIDE]
    return walls.sides[triangle, OUTSIDE] if inside == side else inside


@shared
def ends_in(walls, home, x, y, z, dx, dy, dz):
    """Say whether a straight path from a point of a compartment ends in it, however often it passes surfaces.

    One along an edge, where rounding has it pass both faces again and again, does not.
    """
    side = home
    for _ in range(MOST_HITS):
        triangle, fraction = first_hit(walls, side, x, y, z, dx, dy, dz)
        if triangle < 0:
            return side == home
        x, y, z = x + fraction * dx, y + fraction * dy, z + fraction * dz
        dx, dy, dz = (1.0 - fraction) * dx, (1.0 - fraction) * dy, (1.0 - fraction) * dz
        side = across(walls, triangle, side)
    return False


@inline
def clearance_at(walls, x, y, z):
    """Return a distance (um) from a point within which there is no triangle."""
    return walls.clearance[nearest_voxel(walls, x, y, z)]


@inline
def is_voxel_inside(walls, voxel):
    """Say whether a voxel lies wholly inside the mesh."""
    return (walls.inside[voxel >> unsigned(3)] >> (voxel & unsigned(7))) & unsigned(1) == unsigned(1)


@inline
def is_beyond(walls, x, y, z, dx, dy, dz):
    """Say whether a path stays beyond one of the six sides of the mesh's bounds."""
    low, high = walls.bounds[0], walls.bounds[1]
    return (
        (max(x, x + dx) < low[0]) | (max(y, y + dy) < low[1]) | (max(z, z + dz) < low[2])
        | (min(x, x + dx) > high[0]) | (min(y, y + dy) > high[1]) | (min(z, z + dz) > high[2])
    )  # fmt: skip


@inline
def is_clear(walls, x, y, z, dx, dy, dz):
    """Say whether a path is known to meet no triangle without looking for one.

    A triangle that it met would be at least as far from each end as that end's clearance.
    """
    if is_beyond(walls, x, y, z, dx, dy, dz):
        return True
    length = math.sqrt(dx * dx + dy * dy + dz * dz)
    start = clearance_at(walls, x, y, z)
    return start > length or start + clearance_at(walls, x + dx, y + dy, z + dz) > length


@inline
def _indices(walls, axis, a, b):
    """Return the first and the last index along an axis of the voxels between two coordinates."""
    first = index_within(min(a, b) - walls.origin[axis], walls.per_um, walls.dims[axis])
    return first, index_within(max(a, b) - walls.origin[axis], walls.per_um, walls.dims[axis])


@inline
def passes_a_plane(walls, x, y, z, ex, ey, ez):
    """Say whether a path passes the plane of any triangle in the voxels of its bounding box: else it meets none."""
    x0, x1 = _indices(walls, X, x, ex)
    y0, y1 = _indices(walls, Y, y, ey)
    z0, z1 = _indices(walls, Z, z, ez)
    passes = False
    for iz in range(z0, z1 + 1):
        for iy in range(y0, y1 + 1):
            row = walls.dims[0] * (iy + walls.dims[1] * iz)
            # The triangles of a row of voxels along x are listed one after the other.
            for k in range(walls.start[unsigned(row + x0)], walls.start[unsigned(row + x1) + NEXT]):
                triangle = walls.triangles[k]
                nx, ny, nz = walls.plane[triangle, 0], walls.plane[triangle, 1], walls.plane[triangle, 2]
                offset = walls.plane[triangle, 3]
                before = nx * x + ny * y + nz * z - offset
                after = nx * ex + ny * ey + nz * ez - offset
                passes |= (max(before, after) >= -TOUCH) & (min(before, after) <= TOUCH)
    return passes


@inline
def reflect(walls, triangle, dx, dy, dz):
    """Return the rest of a path after its reflection at a triangle."""
    nx, ny, nz = walls.plane[triangle, 0], walls.plane[triangle, 1], walls.plane[triangle, 2]
    twice = 2.0 * (nx * dx + ny * dy + nz * dz)
    return dx - twice * nx, dy - twice * ny, dz - twice * nz
