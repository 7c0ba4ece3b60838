"""Which triangles are the nearest to some point of each voxel of a grid, by the distances of the voxels' centres."""

import math

from ...compiled.decorators import inline, kernel
from .windows import triangle_distance2

HALF_DIAGONAL = math.sqrt(0.75)  # edges of a voxel


@inline
def block_along(center, origin, size, extent, most):
    """Return the first voxel along an axis that comes within an extent of a point, and the one after the last."""
    low, high = math.floor((center - extent - origin) / size), math.ceil((center + extent - origin) / size)
    return max(0, int(low)), min(int(high), most)


@inline
def block_around(ball, origin, size, dims, reach):
    """Return the voxels within reach of a ball (centre and radius): first and last of x, of y, of z."""
    extent = reach + ball[3]
    ax, bx = block_along(ball[0], origin[0], size, extent, dims[0])
    ay, by = block_along(ball[1], origin[1], size, extent, dims[1])
    az, bz = block_along(ball[2], origin[2], size, extent, dims[2])
    return ax, bx, ay, by, az, bz


@inline
def distance_below(corners, ball, origin, size, ix, iy, iz, most):
    """Return the distance (um) of a voxel's centre to a triangle in a ball, or inf if it is beyond the most."""
    x, y, z = origin[0] + size * (ix + 0.5), origin[1] + size * (iy + 0.5), origin[2] + size * (iz + 0.5)
    dx, dy, dz = x - ball[0], y - ball[1], z - ball[2]
    if math.sqrt(dx * dx + dy * dy + dz * dz) - ball[3] > most:
        return math.inf
    distance = math.sqrt(triangle_distance2(corners, x, y, z))
    return distance if distance <= most else math.inf


@kernel
def find_nearest(triangles, balls, rows, origin, size, dims, reach, nearest):
    """Write how far (um) from each voxel's centre the nearest of some triangles is, where one is within reach.

    `balls` are (triangles, 4): centre and radius of a ball around each; `nearest` is inf everywhere at first.
    """
    for row in rows:
        ax, bx, ay, by, az, bz = block_around(balls[row], origin, size, dims, reach)
        for iz in range(az, bz):
            for iy in range(ay, by):
                for ix in range(ax, bx):
                    voxel = ix + dims[0] * (iy + dims[1] * iz)
                    most = min(nearest[voxel], reach + HALF_DIAGONAL * size)
                    distance = distance_below(triangles[row], balls[row], origin, size, ix, iy, iz, most)
                    nearest[voxel] = min(nearest[voxel], distance)


@kernel
def list_candidates(triangles, balls, rows, origin, size, dims, reach, nearest, start, end, owners, distances):
    """List at each voxel the triangles that may be the nearest to a point in it, the nearest to its centre first.

    A point is nearer to its voxel's centre than half a diagonal: a triangle farther from the centre than the nearest
    one by more than a diagonal is the nearest to none. `start` and `end` are where the list of each voxel begins and
    has ended so far. Without room in `owners` lists grow in `end` alone.
    """
    half = HALF_DIAGONAL * size
    for row in rows:
        ax, bx, ay, by, az, bz = block_around(balls[row], origin, size, dims, reach)
        for iz in range(az, bz):
            for iy in range(ay, by):
                for ix in range(ax, bx):
                    voxel = ix + dims[0] * (iy + dims[1] * iz)
                    most = min(nearest[voxel] + 2.0 * half, reach + half)
                    distance = distance_below(triangles[row], balls[row], origin, size, ix, iy, iz, most)
                    if distance == math.inf:
                        continue
                    if owners.size > 0:
                        k = end[voxel]
                        while k > start[voxel] and distances[k - 1] > distance:
                            owners[k], distances[k] = owners[k - 1], distances[k - 1]
                            k -= 1
                        owners[k], distances[k] = row, distance
                    end[voxel] += 1
