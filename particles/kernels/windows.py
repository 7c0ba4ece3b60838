"""Distances to absorbing and transparent regions, and what follows from them for the time step.

Near the rim of a region a straight step across the wall's plane decides wrongly whether it passes inside or outside
the rim; the rms step per axis is therefore kept below a third of the distance to the rim. Between the two ends of a
step of length h above a plane absorber, d1 and d2 away from it, a Brownian path touches it with probability
exp(-d1 d2/(D h)) (reflection principle for the Brownian bridge). No other wall may be near: near windows a step is at
most a quarter of the mesh's smallest extent.

Above a plane that takes up with velocity v, the density of the end points of surviving paths is that of reflected ones
less (v/D) exp(v (d1 + d2)/D + v^2 h/D) erfc((d1 + d2)/sqrt(4 D h) + v sqrt(h/D)) (Carslaw & Jaeger 1959, Conduction of
Heat in Solids, section 14.2). The share that is missing is the probability that a reflected path with these ends was
absorbed, exact at any step; it grows to the former formula with v.
"""

import math

from ...compiled.decorators import inline
from .tables import INSIDE, OUTSIDE
from .walls import TOUCH

SHORTEST = 2e-9  # s; the shortest step next to a rim
LARGE = 10.0  # beyond which the first terms of its asymptotic series give erfcx to 1e-9
SQRT_PI = math.sqrt(math.pi)


@inline
def _dot(ax, ay, az, bx, by, bz):
    return ax * bx + ay * by + az * bz


@inline
def segment_distance2(segment, x, y, z):
    """Return the squared distance of a point to a segment (6 numbers: both ends)."""
    ex, ey, ez = segment[3] - segment[0], segment[4] - segment[1], segment[5] - segment[2]
    px, py, pz = x - segment[0], y - segment[1], z - segment[2]
    t = _dot(px, py, pz, ex, ey, ez) / _dot(ex, ey, ez, ex, ey, ez)
    t = min(max(t, 0.0), 1.0)
    rx, ry, rz = px - t * ex, py - t * ey, pz - t * ez
    return _dot(rx, ry, rz, rx, ry, rz)


@inline
def plane_height(corners, x, y, z):
    """Return the height (um) of a point above the outer side of a triangle (9 numbers: its corners)."""
    ux, uy, uz = corners[3] - corners[0], corners[4] - corners[1], corners[5] - corners[2]
    vx, vy, vz = corners[6] - corners[0], corners[7] - corners[1], corners[8] - corners[2]
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    height = _dot(nx, ny, nz, x - corners[0], y - corners[1], z - corners[2])
    return height / math.sqrt(_dot(nx, ny, nz, nx, ny, nz))


@inline
def triangle_distance2(corners, x, y, z):
    """Return the squared distance of a point to a triangle (9 numbers: its corners)."""
    ux, uy, uz = corners[3] - corners[0], corners[4] - corners[1], corners[5] - corners[2]
    vx, vy, vz = corners[6] - corners[0], corners[7] - corners[1], corners[8] - corners[2]
    px, py, pz = x - corners[0], y - corners[1], z - corners[2]
    uu, uv, vv = _dot(ux, uy, uz, ux, uy, uz), _dot(ux, uy, uz, vx, vy, vz), _dot(vx, vy, vz, vx, vy, vz)
    pu, pv = _dot(px, py, pz, ux, uy, uz), _dot(px, py, pz, vx, vy, vz)
    scale = 1.0 / (uu * vv - uv * uv)
    a, b = (vv * pu - uv * pv) * scale, (uu * pv - uv * pu) * scale
    if a >= 0.0 and b >= 0.0 and a + b <= 1.0:
        rx, ry, rz = px - a * ux - b * vx, py - a * uy - b * vy, pz - a * uz - b * vz
        return _dot(rx, ry, rz, rx, ry, rz)
    nearest = _edge_distance2(px, py, pz, 0.0, 0.0, 0.0, ux, uy, uz)
    nearest = min(nearest, _edge_distance2(px, py, pz, 0.0, 0.0, 0.0, vx, vy, vz))
    return min(nearest, _edge_distance2(px, py, pz, ux, uy, uz, vx - ux, vy - uy, vz - uz))


@inline
def nearest_point(corners, x, y, z):
    """Return the point of a triangle (9 numbers: its corners) that is nearest to a point."""
    ux, uy, uz = corners[3] - corners[0], corners[4] - corners[1], corners[5] - corners[2]
    vx, vy, vz = corners[6] - corners[0], corners[7] - corners[1], corners[8] - corners[2]
    px, py, pz = x - corners[0], y - corners[1], z - corners[2]
    uu, uv, vv = _dot(ux, uy, uz, ux, uy, uz), _dot(ux, uy, uz, vx, vy, vz), _dot(vx, vy, vz, vx, vy, vz)
    pu, pv = _dot(px, py, pz, ux, uy, uz), _dot(px, py, pz, vx, vy, vz)
    scale = 1.0 / (uu * vv - uv * uv)
    a, b = (vv * pu - uv * pv) * scale, (uu * pv - uv * pu) * scale
    if a < 0.0 or b < 0.0 or a + b > 1.0:
        a, b = _nearest_on_rim(uu, uv, vv, pu, pv)
    return corners[0] + a * ux + b * vx, corners[1] + a * uy + b * vy, corners[2] + a * uz + b * vz


@inline
def _nearest_on_rim(uu, uv, vv, pu, pv):
    """Return shares a, b of the sides u, v of a triangle at the point a u + b v of its rim that is nearest to p."""
    along_u = min(max(pu / uu, 0.0), 1.0)
    along_v = min(max(pv / vv, 0.0), 1.0)
    across = min(max((uu - uv + pv - pu) / (uu - 2.0 * uv + vv), 0.0), 1.0)
    best, found_a, found_b = math.inf, 0.0, 0.0
    for a, b in ((along_u, 0.0), (0.0, along_v), (1.0 - across, across)):
        distance2 = a * a * uu + 2.0 * a * b * uv + b * b * vv - 2.0 * (a * pu + b * pv)
        if distance2 < best:
            best, found_a, found_b = distance2, a, b
    return found_a, found_b


@inline
def _edge_distance2(px, py, pz, sx, sy, sz, ex, ey, ez):
    px, py, pz = px - sx, py - sy, pz - sz
    t = min(max(_dot(px, py, pz, ex, ey, ez) / _dot(ex, ey, ez, ex, ey, ez), 0.0), 1.0)
    rx, ry, rz = px - t * ex, py - t * ey, pz - t * ez
    return _dot(rx, ry, rz, rx, ry, rz)


@inline
def row_at(windows, species, x, y, z):
    """Return the row of the near lists for a species at a point, or -1 if no window can be near."""
    window = windows.of_species[species]
    if window < 0:
        return -1
    per_um, dims = windows.per_um, windows.dims
    ix = math.floor((x - windows.origin[0]) * per_um)
    iy = math.floor((y - windows.origin[1]) * per_um)
    iz = math.floor((z - windows.origin[2]) * per_um)
    if ix < 0 or iy < 0 or iz < 0 or ix >= dims[0] or iy >= dims[1] or iz >= dims[2]:
        return -1
    return window * dims[0] * dims[1] * dims[2] + ix + dims[0] * (iy + dims[1] * iz)


@inline
def is_near(windows, row):
    """Say whether a row lists a rim or an absorber."""
    return row >= 0 and windows.near[row]


@inline
def step_limit(windows, row, D, x, y, z):
    """Return the longest time step (s) near windows: r^2/(18 D) at a distance r from a rim, and short in thin slabs."""
    if not is_near(windows, row):
        return math.inf
    nearest = math.inf
    for k in range(windows.rim_start[row], windows.rim_start[row + 1]):
        nearest = min(nearest, segment_distance2(windows.segment[windows.rim[k]], x, y, z))
    return max(SHORTEST, min(nearest / (18.0 * D), windows.longest / D))


@inline
def erfcx(x):
    """Return exp(x^2) erfc(x) for x > -5."""
    if x < LARGE:
        return math.exp(x * x) * math.erfc(x)
    y = 0.5 / (x * x)
    return (1.0 - y * (1.0 - 3.0 * y * (1.0 - 5.0 * y * (1.0 - 7.0 * y)))) / (SQRT_PI * x)


@inline
def taken(v, sum_, exponent):
    """Return the probability that a reflected path was absorbed by a plane of velocity v (in units of its speed)."""
    return 2.0 * SQRT_PI * v * erfcx(sum_ + v) / (1.0 + math.exp(exponent))


@inline
def chance_to_end(velocity, curvature, gaps, exponent, D, step):
    """Return the probability that a path between two points whose distances to an absorber add up to `gaps` ended.

    The exponent is the product of the distances over D x step. Where the surface is curved a path drifts towards it
    by D x 2 H, H being the mean curvature; given its ends, it is then weighted with exp(H x local time at the surface)
    (Girsanov), as if the surface gave molecules with a velocity D H.
    """
    if velocity == math.inf:
        return math.exp(-exponent)
    unit = math.sqrt(step / D)
    sum_, v, drift = gaps / math.sqrt(4.0 * D * step), velocity * unit, curvature * D * unit
    if drift == 0.0:
        return taken(v, sum_, exponent)
    return 1.0 - (1.0 - taken(v - drift, sum_, exponent)) / (1.0 - taken(-drift, sum_, exponent))


@inline
def looks_at(windows, triangle, side, x, y, z):
    """Say whether a triangle is a wall of a compartment and has the point of it before that side of its plane."""
    inside = windows.sides[triangle, INSIDE] == side
    if not inside and windows.sides[triangle, OUTSIDE] != side:
        return False
    height = plane_height(windows.triangle[triangle], x, y, z)
    return height <= TOUCH if inside else height >= -TOUCH


@inline
def absorber_gap(windows, row, only, side, x, y, z):
    """Return the distance (um) to the nearest absorber and its row of triangles, or (inf, -1) if none is near.

    Those that do not look at the point from the compartment `side` are left out, such as the far side of a thin wall,
    and those of other boundaries than `only` unless it is -1.
    """
    nearest, found = math.inf, -1
    if row >= 0:
        for k in range(windows.absorber_start[row], windows.absorber_start[row + 1]):
            if windows.absorber_bound[k] * windows.absorber_bound[k] > nearest:
                break
            triangle = windows.absorber[k]
            if only >= 0 and windows.boundary[triangle] != only:
                continue
            distance2 = triangle_distance2(windows.triangle[triangle], x, y, z)
            if distance2 < nearest and looks_at(windows, triangle, side, x, y, z):
                nearest, found = distance2, triangle
    return math.sqrt(nearest), found
