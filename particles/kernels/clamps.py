"""Surfaces that hold a concentration: what touches them ends there, and a reservoir behind sends molecules in.

In equilibrium with the reservoir as many molecules arrive at each point as leave it for the reservoir: Brownian paths
are as likely as their reverse. At each step ghosts, uniform at the reservoir's concentration, therefore try to leave;
where one starts that ends at the surface, a molecule has come out of it. This is so at rims, in corners and above
curved surfaces, too.
"""

from ...compiled.decorators import inline, shared
from ...compiled.random import CLAMP, PASS, exponential, identity, open_stream, uniform
from .events import draw_due
from .move import diffuse_near_window
from .state import IN
from .store import add, point_in_voxel
from .walls import ends_in


@inline
def is_in(cells, walls, home, voxel, x, y, z):
    """Say whether a point of a reaction voxel lies in a compartment that reaches into it."""
    cell = cells.of_voxel[home - 1, voxel]
    if cells.cut[cell] == 0:
        return True
    rx, ry, rz = cells.reference[cell, 0], cells.reference[cell, 1], cells.reference[cell, 2]
    return ends_in(walls, home, rx, ry, rz, x - rx, y - ry, z - rz)


@inline
def try_ghost(particles, chemistry, cells, walls, windows, clamps, tally, c, key, step, dt, state):
    """Let a ghost diffuse for one step; if the surface takes it, a molecule appears where it began."""
    state, serial = identity(state)
    species, boundary, home = clamps.species[c], clamps.boundary[c], clamps.compartment[c]
    first, count = clamps.voxel_start[c], clamps.voxel_start[c + 1] - clamps.voxel_start[c]
    state, u = uniform(state)
    voxel = clamps.voxels[first + min(int(u * count), count - 1)]
    state, x, y, z = point_in_voxel(cells, voxel, state)
    if not is_in(cells, walls, home, voxel, x, y, z):
        return
    _x, _y, _z, _side, absorbed = diffuse_near_window(
        walls, windows, clamps.unused, chemistry.species.D[species], species, home, x, y, z, dt, state
    )
    if absorbed != boundary:
        return
    tally.passage[boundary, IN] += 1
    end = (step + 1) * dt
    born = add(particles, chemistry, cells, serial, species, x, y, z, home, end)
    if born >= 0:
        draw_due(particles, chemistry, cells, born, end, dt, open_stream(key, serial, step, CLAMP))


@shared
def fire_clamps(particles, chemistry, cells, walls, windows, clamps, tally, key, step, dt):
    """Let in what the reservoirs behind clamped surfaces send in one step."""
    for c in range(clamps.species.size):
        state, wait = exponential(open_stream(key, -1 - c, step, CLAMP))
        arrival, purpose = wait / clamps.ghosts[c], CLAMP
        while arrival < 1.0:
            purpose += PASS
            ghost = open_stream(key, -1 - c, step, purpose)
            try_ghost(particles, chemistry, cells, walls, windows, clamps, tally, c, key, step, dt, ghost)
            state, wait = exponential(state)
            arrival += wait / clamps.ghosts[c]
