"""Molecules that diffuse in the membrane.

A step is a Gaussian in the plane of the molecule's triangle. Where it reaches an edge, the rest is unfolded into the
triangle beyond, so that it follows a straightest path (geodesic) of the surface. Such paths keep a uniform density
uniform, exactly and on any mesh. On a smooth surface of Gaussian curvature K the step is that of Brownian motion up to
a third of D x time x K.
"""

import math

from ...compiled.decorators import inline, shared
from ...compiled.random import MOVE, normal, open_stream, uniform
from .state import OUT, USED
from .store import find_cells, remove
from .tables import ENDS, ENTERING, LEAVING, PASSES, REFLECTED, X, Y, Z
from .voxels import index_along

MOST_CROSSINGS = 1000


@inline
def next_edge(walls, triangle, x, y, z, dx, dy, dz):
    """Return the edge of a triangle at which a path in its plane leaves it, -1 if none, and the fraction there.

    A point that rounding put beyond an edge counts as on it.
    """
    found, best = -1, 1.0
    for edge in range(3):
        k = 4 * edge
        ax, ay, az = walls.edges[triangle, k], walls.edges[triangle, k + 1], walls.edges[triangle, k + 2]
        outwards = ax * dx + ay * dy + az * dz
        gap = max(0.0, walls.edges[triangle, k + 3] - (ax * x + ay * y + az * z))
        if outwards > gap and gap < best * outwards:
            found, best = edge, gap / outwards
    return found, best


@inline
def fence(walls, species, here, beyond):
    """Say what a border between two triangles does to a species: whether it reflects, and the boundary that absorbs."""
    left, entered = walls.boundary[here, species], walls.boundary[beyond, species]
    if left == entered:
        return False, -1
    leaving = walls.fate[left, LEAVING] if left >= 0 else PASSES
    entering = walls.fate[entered, ENTERING] if entered >= 0 else PASSES
    if leaving == REFLECTED or entering == REFLECTED:
        return True, -1
    if leaving == ENDS:
        return False, left
    return False, entered if entering == ENDS else -1


@inline
def walk_on_surface(walls, membrane, passage, species, triangle, x, y, z, dx, dy, dz):
    """Follow a path over the surface.

    Returns the triangle and the point where it ends, and the boundary that absorbed the molecule (-1 if it lives).
    A path that winds about a vertex for ever ends there.
    """
    for _ in range(MOST_CROSSINGS):
        edge, fraction = next_edge(walls, triangle, x, y, z, dx, dy, dz)
        if edge < 0:
            x, y, z = x + dx, y + dy, z + dz
            break
        x, y, z = x + fraction * dx, y + fraction * dy, z + fraction * dz
        dx, dy, dz = (1.0 - fraction) * dx, (1.0 - fraction) * dy, (1.0 - fraction) * dz
        ax, ay, az = (
            walls.edges[triangle, 4 * edge],
            walls.edges[triangle, 4 * edge + 1],
            walls.edges[triangle, 4 * edge + 2],
        )
        outwards = ax * dx + ay * dy + az * dz
        twin = membrane.twin[3 * triangle + edge]
        beyond = twin // 3
        reflects, absorber = fence(walls, species, triangle, beyond)
        if absorber >= 0:
            passage[absorber, OUT] += 1
            return triangle, x, y, z, absorber
        if reflects:
            dx, dy, dz = dx - 2.0 * outwards * ax, dy - 2.0 * outwards * ay, dz - 2.0 * outwards * az
            continue
        # What led out of this triangle leads into the next one, whose edges point away from it.
        k = 4 * (twin - 3 * beyond)
        dx -= outwards * (ax + walls.edges[beyond, k])
        dy -= outwards * (ay + walls.edges[beyond, k + 1])
        dz -= outwards * (az + walls.edges[beyond, k + 2])
        triangle = beyond
    nx, ny, nz = walls.plane[triangle, 0], walls.plane[triangle, 1], walls.plane[triangle, 2]
    height = nx * x + ny * y + nz * z - walls.plane[triangle, 3]
    return triangle, x - height * nx, y - height * ny, z - height * nz, -1


@inline
def move_one_on_surface(particles, chemistry, cells, walls, membrane, tally, i, now, state):
    """Move one molecule up to a time, and keep its triangle and cell in order."""
    species, duration = particles.species[i], now - particles.clock[i]
    particles.clock[i] = now
    rms = math.sqrt(2.0 * chemistry.species.D[species] * duration)
    state, u = normal(state)
    state, v = normal(state)
    u, v = rms * u, rms * v
    triangle, position = int(particles.face[i]), particles.position[i]
    basis = membrane.basis[triangle]
    dx, dy, dz = u * basis[0] + v * basis[3], u * basis[1] + v * basis[4], u * basis[2] + v * basis[5]
    triangle, x, y, z, absorber = walk_on_surface(
        walls, membrane, tally.passage, species, triangle, position[0], position[1], position[2], dx, dy, dz
    )
    if absorber >= 0:
        remove(particles, chemistry, cells, i)
        return
    particles.face[i] = triangle
    position[0], position[1], position[2] = x, y, z
    find_cells(particles, chemistry, cells, walls, i)


@shared
def move_on_surface(particles, chemistry, cells, walls, membrane, tally, key, step, dt):
    """Move the surface molecules whose turn it is by one step: at their birth, then every so many steps."""
    end = (step + 1) * dt
    for i in range(particles.counters[USED]):
        species = particles.species[i]
        if species < 0 or chemistry.species.on_surface[species] == 0 or chemistry.species.period[species] == 0:
            continue
        late = (step + particles.serial[i] + 1) & (chemistry.species.period[species] - 1)
        if late == 0 or particles.clock[i] > step * dt:
            state = open_stream(key, particles.serial[i], step, MOVE)
            move_one_on_surface(particles, chemistry, cells, walls, membrane, tally, i, end, state)


@inline
def patch_at(membrane, walls, triangle, x, y, z):
    """Return the patch of a point of the membrane, -1 if rounding put it where its triangle has none."""
    depth = membrane.below
    ix = index_along(membrane, X, x - depth * walls.plane[triangle, 0])
    iy = index_along(membrane, Y, y - depth * walls.plane[triangle, 1])
    iz = index_along(membrane, Z, z - depth * walls.plane[triangle, 2])
    patch = membrane.of_voxel[ix + membrane.dims[0] * (iy + membrane.dims[1] * iz)]
    return patch if patch >= -1 else patch_of_triangle(membrane, -2 - patch, triangle)


@shared
def patch_of_triangle(membrane, row, triangle):
    """Return the patch of a triangle in a voxel with several patches, -1 if it has none there."""
    low, high = membrane.mixed_start[row], membrane.mixed_start[row + 1] - 1
    while low < high:
        middle = (low + high) // 2
        if membrane.mixed_face[middle] < triangle:
            low = middle + 1
        else:
            high = middle
    return membrane.mixed_patch[low] if membrane.mixed_face[low] == triangle else -1


@shared
def spread_over_patch(particles, chemistry, cells, walls, membrane, i, state):
    """Move a surface molecule to a place uniform in its patch; returns the stream's next state."""
    position = particles.position[i]
    patch = patch_at(membrane, walls, particles.face[i], position[0], position[1], position[2])
    if patch < 0:
        return state
    low, last = membrane.piece_start[patch], membrane.piece_start[patch + 1] - 1
    state, u = uniform(state)
    area = u * membrane.piece_cumulated[last]
    while low < last:
        middle = (low + last) // 2
        if membrane.piece_cumulated[middle] > area:
            last = middle
        else:
            low = middle + 1
    state, u = uniform(state)
    state, v = uniform(state)
    if u + v > 1.0:
        u, v = 1.0 - u, 1.0 - v
    corners = membrane.piece[low]
    for k in range(3):
        position[k] = (1.0 - u - v) * corners[k] + u * corners[3 + k] + v * corners[6 + k]
    particles.face[i] = membrane.piece_face[low]
    find_cells(particles, chemistry, cells, walls, i)
    return state
