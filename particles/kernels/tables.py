"""The flat arrays that kernels read and write, grouped by what they describe.

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
OK, CAPACITY = 0, 1
# Columns of Tally.passage
OUT, IN, HIT_OUTSIDE, HIT_INSIDE = 0, 1, 2, 3
# What a species does in reactions between surface molecules
NO_ROLE, MEETS, SEEKS = 0, 1, 2
# Bits of Scratch.meets and Walls.stops; 1, 2 and 4 are the sides of a box normal to x, y and z
SOME_WALL, UNSURE = 8, 16
AT_ONCE, NEVER = 0, 2**31 - 1  # values of Particles.wake
BLOCK = 504  # slots of which the moves are made at a time; no power of two, for the sake of the cache
# Entries of Particles.counters
USED, FREE, NEXT_SERIAL, LACKING = 0, 1, 2, 3

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


class Particles(NamedTuple):
    """State of all molecules; row = slot, and slots of molecules that vanished are used again.

    Attributes
    ----------
    species : species code, -1 for an empty slot
    position : (slots, 3), um
    compartment : OUTSIDE, or number of the compartment; of a surface molecule that inside its membrane
    cell : reaction cell, -1 where there is none; not kept for species that do not react
    next, previous : (cells + slots,) a ring per cell of the possible partners in it; its nodes are the cell itself
        and cells + slot of each of them
    outer_cell, outer_next, outer_previous : the same outside the membrane of a surface molecule; where nobody can be a
        partner there, the rings have rows for cells only
    face : triangle of a surface molecule, else -1
    serial : identity; random numbers are keyed by it
    due : absolute time (s) of the next unimolecular event, inf if there is none
    due_entry : row of the unimolecular table that will happen then
    changed : step at which the molecule last took part in a reaction with a partner
    clock : absolute time (s) up to which the molecule has moved; its birth at first
    wake : step from which on the molecule moves in the volume next; AT_ONCE after its birth, NEVER if it does not
    number : (species, 1 + compartments) molecules
    free : stack of empty slots
    counters : slots used so far, length of ``free``, next serial, 1 if a slot was lacking
    """

    species: Ints
    position: Floats
    compartment: Ints
    cell: Ints
    next: Ints
    previous: Ints
    outer_cell: Ints
    outer_next: Ints
    outer_previous: Ints
    face: Ints
    serial: Longs
    due: Floats
    due_entry: Ints
    changed: Ints
    clock: Floats
    wake: Ints
    number: Longs
    free: Ints
    counters: Longs


class Chemistry(NamedTuple):
    """Species and reaction tables; ``*_start`` are row pointers (CSR).

    Attributes
    ----------
    D : um^2/s per species
    reacts : per species, whether it reacts at all
    every : steps between two moves of a species, a power of two (0: it never moves)
    initiates, listed : per species, whether it looks for partners, can be a partner
    listed_outside : per species, whether it can be a partner outside its membrane
    active : (species + 1,) whether each species looks for partners, can be a partner on the surface, or is counted in
        zones; 0 comes first, for empty slots
    on_surface : per species, whether it lives in the membrane
    pause : ``every`` - 1 of each species, -1 where it does not move in the volume
    uni_start : (species + 1,) rows of the unimolecular table
    uni_rate : 1/s
    uni_event : event counter of the row
    uni_self : species that stays in the slot, -1 if none
    uni_undoes : rate x dt (um^3 or um^2) of the association that the row undoes, 0 if none
    uni_returns : expected returns of that pair to a common cell far from walls
    uni_outside : whether the row undoes an association outside a membrane
    uni_extra_start, uni_extra, uni_extra_side : further products and their side of the membrane
    pair_start : (2 species^2 + 1,) rows of the bimolecular table, by (side * species + initiator) * species + partner;
        side 1 is the outside of the partner's membrane
    pair_kdt : rate x dt (um^3; um^2 between surface molecules)
    pair_returns : expected returns of the pair to a common cell far from walls
    pair_event : event counter of the row
    pair_initiator, pair_partner : species that the two become, -1 if none
    pair_extra_start, pair_extra, pair_extra_side : further products, born at the partner, and their side
    uni_schedule, uni_undoes_schedule, pair_schedule : schedules of these rates, -1 where they are constant
    scheduled_pairs : rows of the bimolecular table whose ``pair_kdt`` is set anew at every step
    pair_peak : highest ``pair_kdt`` of each row
    schedule_start, schedule_time, schedule_share : per schedule the times (s) at which it changes, the first of them
        0, and its values from then on, relative to the highest
    """

    D: Floats
    reacts: Ints
    every: Ints
    initiates: Ints
    listed: Ints
    listed_outside: Ints
    active: Ints
    on_surface: Ints
    pause: Longs
    uni_start: Ints
    uni_rate: Floats
    uni_event: Ints
    uni_self: Ints
    uni_undoes: Floats
    uni_returns: Floats
    uni_outside: Ints
    uni_extra_start: Ints
    uni_extra: Ints
    uni_extra_side: Ints
    pair_start: Ints
    pair_kdt: Floats
    pair_returns: Floats
    pair_event: Ints
    pair_initiator: Ints
    pair_partner: Ints
    pair_extra_start: Ints
    pair_extra: Ints
    pair_extra_side: Ints
    uni_schedule: Ints
    uni_undoes_schedule: Ints
    pair_schedule: Ints
    scheduled_pairs: Ints
    pair_peak: Floats
    schedule_start: Ints
    schedule_time: Floats
    schedule_share: Floats


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
    images : factor on the expected returns, for the cell's size and the walls near it
    cut : whether a wall passes through the cell
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
    due : absolute time (s) of the next candidate
    """

    rate: Floats
    schedule: Ints
    event: Ints
    product_start: Ints
    product: Ints
    due: Floats


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
    origin : (3,) um; dims : (3,); size : (1,) um, edge of a grid voxel; per_um : (1,) its inverse
    start, triangles : triangles of each voxel
    clearance : um, distance from each voxel within which there is no triangle
    convex : (1,) whether the mesh is convex
    box : (1,) whether it is a box along the axes
    stops : (species,) bits of what a path must not meet to be made without a walk: sides of a box that have a boundary
        of the species, SOME_WALL if there is any, UNSURE always
    inside : a bit per voxel, lowest first: whether it lies wholly inside the mesh
    plane : (triangles, 4) outward unit normal and offset: n . x = offset
    edges : (triangles, 12) per edge the outward in-plane unit normal and offset
    sides : (triangles, 2) compartments OUTSIDE and INSIDE of each triangle
    boundary : (triangles, species) boundary code, -1 for a reflecting wall where nothing is counted
    fate : (boundaries, 2) what becomes of a molecule that comes from OUTSIDE and from INSIDE, and of a surface molecule
        that is ENTERING and LEAVING the region
    velocity : um/s, uptake of each boundary per concentration at it, inf unless it is partially absorbing
    bounds : (2, 3) um, lowest and highest corner of the mesh
    escape : (2, 3) um, box beyond which molecules that left are forgotten
    """

    origin: Floats
    dims: Ints
    size: Floats
    per_um: Floats
    start: NDArray[np.uint32]
    triangles: NDArray[np.uint32]
    clearance: NDArray[np.float32]
    convex: NDArray[np.bool_]
    box: NDArray[np.bool_]
    stops: NDArray[np.uint8]
    inside: NDArray[np.uint8]
    plane: Floats
    edges: Floats
    sides: Ints
    boundary: Ints
    fate: Ints
    velocity: Floats
    bounds: Floats
    escape: Floats


class Windows(NamedTuple):
    """Absorbing and transparent regions, and their rims, near which steps must be short.

    Attributes
    ----------
    origin : (3,) um; dims : (3,); per_um : (1,) inverse of a voxel's edge
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
    """

    origin: Floats
    dims: Ints
    per_um: Floats
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


class Membrane(NamedTuple):
    """What mobile surface molecules need to know of the mesh, and the patches in which they meet.

    Attributes
    ----------
    twin : (3 x triangles) per triangle and edge the same edge of its neighbour, as 3 x triangle + edge
    basis : (triangles, 6) two orthogonal unit vectors in the plane of each triangle
    every : steps between two moves of a surface species, a power of two (0: it never moves)
    role : per species, SEEKS partners on the surface, MEETS those who do, or NO_ROLE
    below : (1,) um, depth below the membrane at which its patches are looked up
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
    every: Ints
    role: Ints
    below: Floats
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


class Meeting(NamedTuple):
    """Scratch: the surface molecules that may meet others in one step.

    Attributes
    ----------
    member : slots of the molecules listed
    patch : per slot, its patch
    next : per slot, the next molecule of its patch, -1 at the end
    """

    member: Longs
    patch: Ints
    next: Longs


class Tally(NamedTuple):
    """What is counted while the simulation runs.

    Attributes
    ----------
    event : per reaction, so far
    passage : (boundaries, 4) molecules that passed to the outside or were taken from a compartment (OUT), that passed
        to the inside or came from a clamp (IN), and that reached the surface from outside and inside, whatever
        happened then, so far
    saturated : (1,) initiators whose probability to react exceeded 1, so far
    sampler_species, sampler_gate : species counted, species whose presence opens the gate (-1: always open)
    sampler_zone : (samplers, ZONE) as in :mod:`.zones`; lower > upper means the whole compartment
    sampled : (species,) whether each species is counted in zones
    sampled_bounds : (6,) um, lowest and highest corner of all zones together
    sampler_sum : (samplers, 3) since the last row: count, count while the gate was open, steps with open gate
    """

    event: Longs
    passage: Longs
    saturated: Longs
    sampler_species: Ints
    sampler_gate: Ints
    sampler_zone: Floats
    sampled: NDArray[np.bool_]
    sampled_bounds: Floats
    sampler_sum: Floats


class Record(NamedTuple):
    """Rows written at every output time.

    Attributes
    ----------
    interval : (1,) steps between rows
    number : (rows, species, 1 + compartments)
    event : (rows, reactions)
    passage : (rows, boundaries, 4)
    sampled : (rows, samplers, 3)
    """

    interval: Longs
    number: Longs
    event: Longs
    passage: Longs
    sampled: Floats


class Scratch(NamedTuple):
    """Room for what is known within a step only.

    Attributes
    ----------
    waiting : slots of the dissociations that wait for the end of the step
    active : slots of the molecules that react or are sampled
    in_bounds : slots of the molecules that are sampled and within the bounds of all zones
    moving : (BLOCK,) slots of the molecules of a block that move
    serial : (2 BLOCK,) lower halves of the serials of all of them, then upper ones
    words : (4 BLOCK,) four random words of each of them, one after the other
    duration : (BLOCK,) s, for how long they move
    spread : (BLOCK,) um^2, variance of their displacements along each axis
    start, displacement, end : (3 BLOCK,) um, first x, then y, then z of all
    meets : (BLOCK,) bits of what they meet and are reflected at: sides of a box, or SOME_WALL; UNSURE if that is not
        known, 0 if they meet nothing
    voxel : (BLOCK,) reaction voxel in which each of them ends
    taken, rest : (BLOCK,) rows of ``moving`` of those that meet nothing, and of those that are left to walk; the first
        then become the slots of those that went to another cell
    cell : (BLOCK,) these cells
    path : (BLOCK, 6) um, start and displacement of what is left of paths in a convex mesh
    bracket : (BLOCK, 4) fractions of them: known to be inside, to be tried next, known to be outside, and where the
        first of all planes met so far is passed
    found : (BLOCK,) the triangle of that plane
    tried : (2 BLOCK,) the voxel to be tried next; in meshes that are not convex those of the ends, then of the starts
    row, last, is_inside : (BLOCK,) of the voxels tried, in the order of ``rest``: first row of their triangles and the
        one after the last, and whether they lie wholly inside the mesh
    """

    waiting: Ints
    active: Ints
    in_bounds: Ints
    moving: NDArray[np.uint64]
    serial: NDArray[np.uint32]
    words: NDArray[np.uint32]
    duration: Floats
    spread: NDArray[np.float32]
    start: Floats
    displacement: NDArray[np.float32]
    end: Floats
    meets: NDArray[np.uint8]
    voxel: Ints
    taken: Longs
    rest: Longs
    cell: Ints
    path: Floats
    bracket: Floats
    found: Longs
    tried: Longs
    row: Longs
    last: Longs
    is_inside: NDArray[np.bool_]
