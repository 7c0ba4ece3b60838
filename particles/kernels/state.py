"""The arrays that kernels write: the state of a run, what it counts and puts out, and room for the work of a step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .tables import Floats, Ints, Longs

OK, CAPACITY = 0, 1
# Entries of Particles.counters
USED, FREE, RELEASED, LACKING = 0, 1, 2, 3
AT_ONCE, NEVER = 0, 2**31 - 1  # values of Particles.turn
# Entries of Visits.counters
VISITS, FULL = 0, 1
# Columns of Tally.passage
OUT, IN, HIT_OUTSIDE, HIT_INSIDE = 0, 1, 2, 3
BLOCK = 504  # slots of which the moves are made at a time; no power of two, for the sake of the cache


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
    serial : identity, by which random numbers are keyed: see :mod:`nanospine.compiled.random`
    due : absolute time (s) of the next unimolecular event, inf if there is none
    due_entry : row of the unimolecular table that will happen then
    changed : step at which the molecule last took part in a reaction with a partner
    clock : absolute time (s) up to which the molecule has moved; its birth at first
    turn : step from which on the molecule moves in the volume next; AT_ONCE after its birth, NEVER if it does not
    number : (species, 1 + compartments) molecules
    source_due : (sources,) absolute time (s) of the next candidate of each source
    free : stack of empty slots
    counters : slots used so far, length of ``free``, molecules released so far, 1 if a slot was lacking
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
    turn: Ints
    number: Longs
    source_due: Floats
    free: Ints
    counters: Longs


class Tally(NamedTuple):
    """What is counted while the simulation runs.

    Attributes
    ----------
    event : per reaction, so far
    passage : (boundaries, 4) molecules that passed to the outside or were taken from a compartment (OUT), that passed
        to the inside or came from a clamp (IN), and that reached the surface from outside and inside, whatever
        happened then, so far
    saturated : (1,) initiators whose probability to react exceeded 1, so far
    sampled : (samplers, 3) since the last row: count, count while the gate was open, steps with open gate
    """

    event: Longs
    passage: Longs
    saturated: Longs
    sampled: Floats


class Record(NamedTuple):
    """Rows written at every output time.

    Attributes
    ----------
    first : (1,) step at which the run begins
    interval : (1,) steps between rows
    number : (rows, species, 1 + compartments)
    event : (rows, reactions)
    passage : (rows, boundaries, 4)
    sampled : (rows, samplers, 3)
    """

    first: Longs
    interval: Longs
    number: Longs
    event: Longs
    passage: Longs
    sampled: Floats


class Visits(NamedTuple):
    """Who is at the places of Residences, and the visits that ended since the list was last emptied.

    Attributes
    ----------
    visitor : (residences, slots) serial of the molecule in a slot if it is there, else -1
    since : (residences, slots) step at which it was first seen there
    residence, entry, steps : finished visits: where, since which step, for how many
    counters : length of the list; 1 if it was too short
    """

    visitor: Longs
    since: Longs
    residence: Ints
    entry: Longs
    steps: Longs
    counters: Longs


class Candidates(NamedTuple):
    """The pairs that are to react in a step, some of which want the same molecule.

    Attributes
    ----------
    initiator, partner : slots of the two
    row : row of the bimolecular table
    stream : state of the stream of the initiator
    best : per slot, the pair that comes first of those that it is in; not kept for slots that are in none
    """

    initiator: Ints
    partner: Ints
    row: Ints
    stream: NDArray[np.uint64]
    best: Ints


class Scratch(NamedTuple):
    """Room for what is known within a step only.

    Attributes
    ----------
    waiting : slots of the dissociations that are due in the step
    active : slots of the molecules that look for partners or are sampled
    in_bounds : slots of the molecules that are sampled and within the bounds of all zones
    meeting : slots of the surface molecules that may meet others
    patch : per slot, the patch of each of them
    next_in_patch : per slot, the next of them in its patch, -1 at the end
    candidates : pairs that are to react
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
    meeting: Longs
    patch: Ints
    next_in_patch: Longs
    candidates: Candidates
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
