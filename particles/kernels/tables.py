"""The tables that kernels read, grouped by what they describe.

Species and reactions appear only as integer codes; `nanospine.particles.lowering` makes the tables. Sizes
are never part of a type, so that every kernel is compiled once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Arguments of kernels have these types: Numba would compile a function anew for every int that is passed to it.
X, Y, Z = np.int64(0), np.int64(1), np.int64(2)
NOWHERE = ANY = np.int32(-1)
# Sides of a triangle, and compartments: those of the mesh are numbered from 1, so that the only one is the inside.
OUTSIDE, INSIDE = 0, 1
# What becomes of a molecule at a wall or at the rim of a region; numbered as in nanospine.model.boundaries.
REFLECTED, ENDS, PASSES = 0, 1, 2
# Rows of Walls.fate for a surface species; for others they are OUTSIDE and INSIDE
ENTERING, LEAVING = 0, 1
# What a species does in reactions between surface molecules
NO_ROLE, MEETS, SEEKS = 0, 1, 2
# Rms steps per axis beyond which one in two million is, on either side
FAR = 5.0
# Bits of Scratch.meets and Walls.stops; 1, 2 and 4 are the sides of a box normal to x, y and z
SOME_WALL, UNSURE = 8, 16

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


class SpeciesTable(NamedTuple):
    """What each species is and does; (species,) unless stated.

    Attributes
    ----------
    D : um^2/s
    on_surface : whether it lives in the membrane
    period : steps from one move to the next, a power of two; 0 if it never moves
    stays : row of Cells.stay, -1 if it waits as long everywhere
    reacts : whether it reacts at all
    initiates, listed : whether it looks for partners, can be a partner
    listed_outside : whether it can be a partner outside its membrane
    active : (species + 1,) whether each species looks for partners, can be a partner on the surface, or is counted in
        zones; 0 comes first, for empty slots
    """

    D: Floats
    on_surface: Ints
    period: Longs
    stays: Ints
    reacts: Ints
    initiates: Ints
    listed: Ints
    listed_outside: Ints
    active: Ints


class Singles(NamedTuple):
    """Reactions of single molecules; (rows,) unless stated.

    Attributes
    ----------
    start : (species + 1,) row pointers of the species
    event : event counter
    rate : 1/s, the highest if it changes in time
    schedule : its schedule, -1 if it is constant
    stays : species that stays in the slot, -1 if none
    extra_start, extra, extra_side : row pointers, further products and their side of the membrane
    undoes : row of the association in Pairs that it undoes, -1 if none
    """

    start: Ints
    event: Ints
    rate: Floats
    schedule: Ints
    stays: Ints
    extra_start: Ints
    extra: Ints
    extra_side: Ints
    undoes: Ints


class Pairs(NamedTuple):
    """Reactions of pairs of molecules; (rows,) unless stated.

    Attributes
    ----------
    start : (2 species^2 + 1,) row pointers, by (outside * species + initiator) * species + partner
    outside : whether the initiator comes from the outside of the partner's membrane
    event : event counter
    kdt : rate x dt (um^3; um^2 between surface molecules) in the present step
    peak : the highest ``kdt``
    schedule : schedule of the rate, -1 if it is constant
    returns : expected returns of the pair to a common cell far from walls
    way : how the two move: row of ``Cells.images``
    channel_start, channel : row pointers, rows that compete: all that end the same pair, and those that turn what it
        becomes back into it
    lost : (um^3) sum of ``kdt`` x ``returns`` of these rows in the present step: over the cell's volume the share of
        the rate that repeated meetings would lose
    scheduled : the rows whose ``kdt`` or ``lost`` is set anew at every step
    initiator, partner : species that the two become, -1 if none
    extra_start, extra, extra_side : row pointers, further products, born at the partner, and their side
    """

    start: Ints
    outside: Ints
    event: Ints
    kdt: Floats
    peak: Floats
    schedule: Ints
    returns: Floats
    way: Ints
    channel_start: Ints
    channel: Ints
    lost: Floats
    scheduled: Ints
    initiator: Ints
    partner: Ints
    extra_start: Ints
    extra: Ints
    extra_side: Ints


class Schedules(NamedTuple):
    """Rates that change in time.

    Attributes
    ----------
    start : (schedules + 1,) row pointers
    time : s, when a rate changes; the first of each schedule is 0
    share : its value from then on, relative to the highest of the schedule
    """

    start: Ints
    time: Floats
    share: Floats


class Chemistry(NamedTuple):
    """Species and their reactions but for sources."""

    species: SpeciesTable
    singles: Singles
    pairs: Pairs
    schedules: Schedules


class Cells(NamedTuple):
    """Reaction cells: molecules in the same cell can meet.

    Attributes
    ----------
    origin, size : (3,) um, corner of the voxel grid and edges of a voxel; per_um : (3,) the inverse of the edges
    dims : (3,) voxels per axis; voxel = ix + dims[0] * (iy + dims[1] * iz)
    of_voxel : (compartments, voxels) cell of each compartment in each voxel, -1 if there is none
    compartment : number of the compartment of each cell
    inverse_volume : 1/um^3, of the accessible volume
    cumulated : um^3, volume of all cells up to and with this one
    reference : (cells, 3) um, a point of the compartment in each cell
    images : (ways, cells) factor on the expected returns of pairs, by their way to move, for the cell's size and the
        walls near it
    cut : whether a wall passes through the cell
    stay : (rows, cells) steps from one move to the next in each cell, powers of two, of species that have a boundary
        which they could else touch on the way
    voxel_start, voxels : voxels of each cell
    """

    origin: Floats
    size: Floats
    per_um: Floats
    dims: Ints
    of_voxel: Ints
    compartment: Ints
    inverse_volume: Floats
    cumulated: Floats
    reference: Floats
    images: Floats
    cut: Ints
    stay: Ints
    voxel_start: Ints
    voxels: Ints


class Sources(NamedTuple):
    """Molecules that come from nowhere.

    Attributes
    ----------
    rate : 1/s, highest rate of each zero-order reaction in the whole volume
    schedule : its schedule, -1 if it is constant
    event : its event counter
    product_start, product : what it makes
    """

    rate: Floats
    schedule: Ints
    event: Ints
    product_start: Ints
    product: Ints


class Clamps(NamedTuple):
    """Surfaces at which a concentration is held.

    Attributes
    ----------
    species, boundary, compartment : species, boundary and compartment of each clamp
    ghosts : molecules in its voxels at its concentration, on average
    voxel_start, voxels : reaction voxels from which the surface can be touched within a step
    unused : (boundaries, 4) passages of ghosts, which do not count
    """

    species: Ints
    boundary: Ints
    compartment: Ints
    ghosts: Floats
    voxel_start: Ints
    voxels: Ints
    unused: Longs


class Walls(NamedTuple):
    """Triangles and the grid that finds them.

    Attributes
    ----------
    origin : (3,) um; dims : (3,); size : um, edge of a grid voxel; per_um : its inverse
    start, triangles : triangles of each voxel
    clearance : um, distance from each voxel within which there is no triangle
    convex : whether the mesh is convex
    box : whether it is a box along the axes
    stops : (species,) bits of what a path must not meet to be made without a walk: sides of a box that have a boundary
        of the species, SOME_WALL if there is any, UNSURE always
    inside : a bit per voxel, lowest first: whether it lies wholly inside the mesh
    plane : (triangles, 4) outward unit normal and offset: n . x = offset
    edges : (triangles, 12) per edge the outward in-plane unit normal and offset
    sides : (triangles, 2) compartments OUTSIDE and INSIDE of each triangle
    boundary : (triangles, species) boundary code, -1 for a reflecting wall where nothing is counted
    fate : (boundaries, 2) what becomes of a molecule that comes from OUTSIDE and from INSIDE, and of a surface molecule
        that is ENTERING and LEAVING the region
    velocity : um/s, uptake of each boundary per concentration at it, inf where whatever touches it ends; of a permeable
        one, both ways together
    share : (boundaries, 2) of those that are taken up from OUTSIDE and from INSIDE, how many do not come back
    goes_on : (boundaries,) whether these go on at the other side
    bounds : (2, 3) um, lowest and highest corner of the mesh
    escape : (2, 3) um, box beyond which molecules that left are forgotten
    """

    origin: Floats
    dims: Ints
    size: float
    per_um: float
    start: NDArray[np.uint32]
    triangles: NDArray[np.uint32]
    clearance: NDArray[np.float32]
    convex: bool
    box: bool
    stops: NDArray[np.uint8]
    inside: NDArray[np.uint8]
    plane: Floats
    edges: Floats
    sides: Ints
    boundary: Ints
    fate: Ints
    velocity: Floats
    share: Floats
    goes_on: NDArray[np.bool_]
    bounds: Floats
    escape: Floats


class Windows(NamedTuple):
    """Absorbing and transparent regions, and their rims, near which steps must be short.

    Attributes
    ----------
    origin : (3,) um; dims : (3,); per_um : inverse of a voxel's edge
    of_species : window set of each species, -1 if it has none
    absorber_start, absorber : per set and voxel, rows of ``triangle`` within reach, the nearest first
    absorber_bound : um, distance of each of them that no point of the voxel is nearer to, ascending
    rim_start, rim : per set and voxel, rows of ``segment`` within reach
    near : per set and voxel, whether anything is within reach
    triangle : (triangles, 9) um, corners
    boundary : boundary code of each row of ``triangle``
    sides : (triangles, 2) compartments OUTSIDE and INSIDE of each row of ``triangle``
    curvature : 1/um, mean curvature around each row of ``triangle``, positive where the inside is convex
    segment : (segments, 6) um, ends
    longest : um^2, D x the longest time step near windows
    """

    origin: Floats
    dims: Ints
    per_um: float
    of_species: Ints
    absorber_start: Ints
    absorber: Ints
    absorber_bound: Floats
    rim_start: Ints
    rim: Ints
    near: NDArray[np.bool_]
    triangle: Floats
    boundary: Ints
    sides: Ints
    curvature: Floats
    segment: Floats
    longest: float


class Membrane(NamedTuple):
    """What mobile surface molecules need of the mesh, and the patches in which they meet; empty if there are none.

    Attributes
    ----------
    twin : (3 x triangles) per triangle and edge the same edge of its neighbour, as 3 x triangle + edge
    basis : (triangles, 6) two orthogonal unit vectors in the plane of each triangle
    role : per species, SEEKS partners on the surface, MEETS those who do, or NO_ROLE
    below : um, depth below the membrane at which its patches are looked up
    origin : (3,) um; dims : (3,); per_um : (3,) grid of voxels, as that of the cells
    of_voxel : patch in each voxel, -1 where there is none, and -2 - n where there are several
    mixed_start, mixed_face, mixed_patch : in the n-th of these, the triangles in ascending order and their patches
    inverse_area : 1/um^2 of each patch
    piece_start : (patches + 1,) pieces of each patch
    piece : (pieces, 9) um, corners of each piece, a triangle
    piece_face : triangle of the mesh in which each piece lies
    piece_cumulated : um^2, area of the pieces of a patch up to and with this one
    first : first molecule in the list of each patch, -1 if none; lists are made anew at every step
    """

    twin: Ints
    basis: Floats
    role: Ints
    below: float
    origin: Floats
    dims: Ints
    per_um: Floats
    of_voxel: Ints
    mixed_start: Ints
    mixed_face: Ints
    mixed_patch: Ints
    inverse_area: Floats
    piece_start: Ints
    piece: Floats
    piece_face: Ints
    piece_cumulated: Floats
    first: Ints


class Samplers(NamedTuple):
    """Zones in which molecules are counted.

    Attributes
    ----------
    species : species counted
    gate : species whose presence opens the gate, -1 if it is always open
    zone : (samplers, ZONE) as in :mod:`.zones`; lower > upper means the whole compartment
    sampled : (species,) whether each species is counted in zones
    bounds : (6,) um, lowest and highest corner of all zones together
    """

    species: Ints
    gate: Ints
    zone: Floats
    sampled: NDArray[np.bool_]
    bounds: Floats


class Residences(NamedTuple):
    """Places in which molecules are followed.

    Attributes
    ----------
    species : species followed
    zone : (residences, ZONE) as in :mod:`.zones`
    on_face : (residences, triangles) whether a surface molecule there counts
    """

    species: Ints
    zone: Floats
    on_face: NDArray[np.bool_]


class Tables(NamedTuple):
    """All that kernels need to know of a model; tables of what it does not have are empty."""

    chemistry: Chemistry
    cells: Cells
    walls: Walls
    windows: Windows
    sources: Sources
    clamps: Clamps
    membrane: Membrane
    samplers: Samplers
    residences: Residences
