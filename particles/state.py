"""The arrays of a running simulation: made, copied and enlarged here."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..model import Model
from .kernels.state import (
    AT_ONCE,
    BLOCK,
    FREE,
    LACKING,
    NEVER,
    RELEASED,
    USED,
    Candidates,
    Particles,
    Record,
    Scratch,
    Tally,
)
from .kernels.store import settle
from .kernels.tables import INSIDE, Tables
from .placement import Placed

SPARE_SLOTS = 512
#: Arrays of rings: a row per cell, then one per slot, if anybody can be in a ring.
RINGS = ("next", "previous", "outer_next", "outer_previous")
#: Arrays of a store whose length has nothing to do with its slots.
FIXED = ("number", "source_due", "counters")
Arrays = TypeVar("Arrays", bound=tuple[Any, ...])


def new_particles(placed: Placed, time: float, tables: Tables) -> Particles:
    """Make a store that holds the molecules with which a run begins at a time (s).

    Arrays of zeros take no memory until they are written to: slots that nobody has used yet cost nothing.
    """
    n, rings, species = len(placed.species), tables.cells.inverse_volume.size, tables.chemistry.species
    size = n + max(SPARE_SLOTS, n // 8)
    outer = size if species.listed_outside.any() else 0
    store = Particles(
        species=np.full(size, -1, np.int32),
        position=np.zeros((size, 3)),
        compartment=np.zeros(size, np.int32),
        cell=np.zeros(size, np.int32),
        next=empty_rings(rings, size),
        previous=empty_rings(rings, size),
        outer_cell=np.zeros(size, np.int32),
        outer_next=empty_rings(rings, outer),
        outer_previous=empty_rings(rings, outer),
        face=np.zeros(size, np.int32),
        serial=np.zeros(size, np.int64),
        due=np.zeros(size),
        due_entry=np.zeros(size, np.int32),
        changed=np.zeros(size, np.int32),
        clock=np.zeros(size),
        turn=np.zeros(size, np.int32),
        number=np.zeros((species.D.size, INSIDE + len(tables.cells.of_voxel)), np.int64),
        source_due=np.full(tables.sources.rate.size, np.inf),
        free=np.zeros(size, np.int32),
        counters=np.zeros(4, np.int64),
    )
    return insert(store, placed, time, tables)[0]


def empty_rings(number: int, slots: int) -> NDArray[np.int32]:
    """Return rings without molecules, with room for so many slots."""
    rings = np.zeros(number + slots, np.int32)
    rings[:number] = np.arange(number)
    return rings


def insert(particles: Particles, placed: Placed, time: float, tables: Tables) -> tuple[Particles, NDArray[np.int64]]:
    """Put molecules that are there from a time (s) on into the store; returns it and their slots.

    The store is a larger one if they did not fit.
    """
    n, counters = len(placed.species), particles.counters
    while n > counters[FREE] + particles.species.size - counters[USED]:
        particles = with_slots(particles, 2 * particles.species.size)
        counters = particles.counters
    reused = min(n, int(counters[FREE]))
    slots = np.concatenate([
        particles.free[counters[FREE] - reused : counters[FREE]], counters[USED] + np.arange(n - reused)
    ]).astype(np.int64)  # fmt: skip
    particles.species[slots] = placed.species
    particles.position[slots] = placed.position
    particles.compartment[slots] = placed.compartment
    particles.face[slots] = placed.face
    particles.serial[slots] = counters[RELEASED] + np.arange(n)
    particles.changed[slots] = -1
    particles.clock[slots] = time
    takes_turns = (tables.chemistry.species.period > 0) & (tables.chemistry.species.on_surface == 0)
    particles.turn[slots] = np.where(takes_turns[placed.species], AT_ONCE, NEVER)
    np.add.at(particles.number, (placed.species, placed.compartment), 1)
    counters[FREE] -= reused
    counters[USED] += n - reused
    counters[RELEASED] += n
    settle(particles, tables.chemistry, tables.cells, slots, np.ascontiguousarray(placed.beyond))
    return particles, slots


def with_slots(particles: Particles, slots: int) -> Particles:
    """Return a copy of the store with another number of slots, at least one and as many as are used."""
    used, rings = int(particles.counters[USED]), particles.next.size - particles.species.size
    copies = {}
    for name, array in particles._asdict().items():
        heads = rings if name in RINGS else 0
        if name in FIXED or len(array) < heads + particles.species.size:
            copies[name] = array.copy()
            continue
        copies[name] = np.zeros((heads + slots, *array.shape[1:]), array.dtype)
        filled = heads + int(particles.counters[FREE] if name == "free" else used)
        copies[name][:filled] = array[:filled]
    copies["species"][used:] = -1
    copies["counters"][LACKING] = 0
    return Particles(**copies)


def as_kernel_arrays(tables: Arrays) -> Arrays:
    """Return the tables with writable C-contiguous arrays of their own: any other layout would be compiled anew."""

    def own(value: Any) -> Any:
        if isinstance(value, tuple):
            return as_kernel_arrays(value)
        return np.array(value, order="C") if isinstance(value, np.ndarray) else value

    return type(tables)(*map(own, tables))


def copy_arrays(arrays: Arrays) -> Arrays:
    """Copy all arrays of a named tuple."""
    return type(arrays)(*(array.copy() for array in arrays))


def new_tally(model: Model) -> Tally:
    """Return counters at zero."""
    return Tally(
        event=np.zeros(len(model.steps), np.int64),
        passage=np.zeros((len(model.boundaries), 4), np.int64),
        saturated=np.zeros(1, np.int64),
        sampled=np.zeros((len(model.samplers), 3)),
    )


def new_record(model: Model, rows: int, interval: int, first: int) -> Record:
    """Return empty output rows of a run that begins at a step."""
    return Record(
        first=np.array([first], np.int64),
        interval=np.array([interval], np.int64),
        number=np.zeros((rows, len(model.species), INSIDE + len(model.mesh.compartment_names)), np.int64),
        event=np.zeros((rows, len(model.steps)), np.int64),
        passage=np.zeros((rows, len(model.boundaries), 4), np.int64),
        sampled=np.zeros((rows, len(model.samplers), 3)),
    )


def new_scratch(slots: int) -> Scratch:
    """Return room for the steps of a store of so many slots."""
    return Scratch(
        waiting=np.empty(slots, np.int32),
        active=np.empty(slots, np.int32),
        in_bounds=np.empty(slots, np.int32),
        meeting=np.empty(slots, np.int64),
        patch=np.empty(slots, np.int32),
        next_in_patch=np.empty(slots, np.int64),
        candidates=Candidates(
            initiator=np.empty(slots, np.int32),
            partner=np.empty(slots, np.int32),
            row=np.empty(slots, np.int32),
            stream=np.empty(slots, np.uint64),
            best=np.empty(slots, np.int32),
        ),
        moving=np.empty(BLOCK, np.uint64),
        serial=np.empty(2 * BLOCK, np.uint32),
        words=np.empty(4 * BLOCK, np.uint32),
        duration=np.empty(BLOCK),
        spread=np.empty(BLOCK, np.float32),
        start=np.empty(3 * BLOCK),
        displacement=np.empty(3 * BLOCK, np.float32),
        end=np.empty(3 * BLOCK),
        meets=np.empty(BLOCK, np.uint8),
        voxel=np.empty(BLOCK, np.int32),
        taken=np.empty(BLOCK, np.int64),
        rest=np.empty(BLOCK, np.int64),
        cell=np.empty(BLOCK, np.int32),
        path=np.empty((BLOCK, 6)),
        bracket=np.empty((BLOCK, 4)),
        found=np.empty(BLOCK, np.int64),
        tried=np.empty(2 * BLOCK, np.int64),
        row=np.empty(BLOCK, np.int64),
        last=np.empty(BLOCK, np.int64),
        is_inside=np.empty(BLOCK, np.bool_),
    )
