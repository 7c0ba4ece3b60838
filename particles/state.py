"""The arrays of a running simulation: made, copied and enlarged here."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..model import Model
from .kernels.residences import Residences
from .kernels.store import link_all
from .kernels.tables import (
    AT_ONCE,
    BLOCK,
    FREE,
    INSIDE,
    LACKING,
    NEVER,
    NEXT_SERIAL,
    OUTSIDE,
    USED,
    Cells,
    Chemistry,
    Clamps,
    Membrane,
    Particles,
    Record,
    Scratch,
    Sources,
    Tally,
    Walls,
    Windows,
)
from .placement import Placed
from .zones import sampler_zones

SPARE_SLOTS = 512
Tables = TypeVar("Tables", Particles, Tally, Sources, Residences)
AnyTables = TypeVar("AnyTables", Cells, Chemistry, Walls, Windows, Sources, Clamps, Membrane)


def new_particles(placed: Placed, cells: Cells, chemistry: Chemistry) -> Particles:
    """Make a store that holds the initial molecules."""
    n = len(placed.species)
    size = n + max(SPARE_SLOTS, n // 2)
    empty_rings = np.arange(cells.inverse_volume.size + size, dtype=np.int32)
    store = Particles(
        species=np.full(size, -1, np.int32),
        position=np.zeros((size, 3)),
        compartment=np.full(size, INSIDE, np.int32),
        cell=np.full(size, -1, np.int32),
        next=empty_rings,
        previous=empty_rings.copy(),
        outer_cell=np.full(size, -1, np.int32),
        outer_next=empty_rings.copy(),
        outer_previous=empty_rings.copy(),
        face=np.full(size, -1, np.int32),
        serial=np.arange(size, dtype=np.int64),
        due=np.full(size, np.inf),
        due_entry=np.zeros(size, np.int32),
        changed=np.full(size, -1, np.int64),
        clock=np.zeros(size),
        wake=np.full(size, NEVER, np.int64),
        number=np.zeros((chemistry.D.size, INSIDE + len(cells.of_voxel)), np.int64),
        free=np.zeros(size, np.int32),
        counters=np.zeros(4, np.int64),
    )
    return insert(store, placed, 0.0, cells, chemistry)[0]


def insert(
    particles: Particles, placed: Placed, time: float, cells: Cells, chemistry: Chemistry
) -> tuple[Particles, NDArray[np.int64]]:
    """Put molecules that are released at a time (s) into the store; returns it and their slots.

    The store is a larger one if they did not fit.
    """
    n, counters = len(placed.species), particles.counters
    while n > counters[FREE] + particles.species.size - counters[USED]:
        particles = grow(particles)
        counters = particles.counters
    reused = min(n, int(counters[FREE]))
    slots = np.concatenate([
        particles.free[counters[FREE] - reused : counters[FREE]], counters[USED] + np.arange(n - reused)
    ]).astype(np.int64)  # fmt: skip
    particles.species[slots] = placed.species
    particles.position[slots] = placed.position
    particles.compartment[slots] = placed.compartment
    particles.face[slots] = placed.face
    particles.serial[slots] = counters[NEXT_SERIAL] + np.arange(n)
    particles.changed[slots] = -1
    particles.clock[slots] = time
    particles.wake[slots] = np.where(chemistry.pause[placed.species] >= 0, AT_ONCE, NEVER)
    particles.cell[slots] = cell_of_points(cells, placed.compartment, placed.position)
    particles.outer_cell[slots] = cell_of_points(cells, placed.beyond, placed.position)
    np.add.at(particles.number, (placed.species, placed.compartment), 1)
    counters[FREE] -= reused
    counters[USED] += n - reused
    counters[NEXT_SERIAL] += n
    link_all(particles, chemistry, cells, slots)
    return particles, slots


def cell_of_points(cells: Cells, compartment: NDArray[np.int32], points: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return the reaction cell of each point in its compartment or on the walls of it, -1 outside of all."""
    index = np.clip(np.floor((points - cells.origin) / cells.size).astype(np.int64), 0, cells.dims - 1)
    voxel = index @ np.array([1, cells.dims[0], cells.dims[0] * cells.dims[1]])
    return np.where(compartment == OUTSIDE, np.int32(-1), cells.of_voxel[compartment - INSIDE, voxel])


def as_kernel_arrays(tables: AnyTables) -> AnyTables:
    """Return the tables with writable C-contiguous arrays of their own: any other layout would be compiled anew."""
    return tables._replace(**{name: np.array(array, order="C") for name, array in tables._asdict().items()})


def copy_arrays(tables: Tables) -> Tables:
    """Copy all arrays of a group of tables."""
    return tables._replace(**{name: array.copy() for name, array in tables._asdict().items()})


def grow(particles: Particles) -> Particles:
    """Return the store with twice as many slots."""
    size = particles.species.size
    empty: dict[str, float] = {"species": -1, "compartment": INSIDE, "face": -1, "changed": -1}
    empty |= {"cell": -1, "outer_cell": -1, "due": np.inf, "wake": NEVER}
    larger = particles._asdict()
    for name in set(larger) - {"number", "counters"}:
        array = larger[name]
        added = np.full((size, *array.shape[1:]), empty.get(name, 0), dtype=array.dtype)
        larger[name] = np.concatenate([array, added])
    larger["counters"] = larger["counters"].copy()
    larger["counters"][LACKING] = 0
    return Particles(**larger)


def new_tally(model: Model) -> Tally:
    """Return counters at zero and the model's samplers."""
    n = len(model.samplers)
    gates = [-1 if s.while_present is None else model.index(s.while_present) for s in model.samplers]
    return Tally(
        event=np.zeros(len(model.steps), np.int64),
        passage=np.zeros((len(model.boundaries), 4), np.int64),
        saturated=np.zeros(1, np.int64),
        sampler_species=np.array([model.index(s.species) for s in model.samplers], dtype=np.int32),
        sampler_gate=np.array(gates, dtype=np.int32),
        sampler_zone=sampler_zones(model),
        sampler_sum=np.zeros((n, 3)),
    )


def new_record(model: Model, rows: int, interval: int) -> Record:
    """Return empty output rows."""
    return Record(
        interval=np.array([interval], np.int64),
        number=np.zeros((rows, len(model.species), INSIDE + len(model.mesh.compartment_names)), np.int64),
        event=np.zeros((rows, len(model.steps)), np.int64),
        passage=np.zeros((rows, len(model.boundaries), 4), np.int64),
        sampled=np.zeros((rows, len(model.samplers), 3)),
    )


def new_scratch(slots: int) -> Scratch:
    """Return room for the steps of a store of so many slots."""
    return Scratch(
        waiting=np.empty(slots, np.int64),
        active=np.empty(slots, np.int64),
        moving=np.empty(BLOCK, np.uint64),
        serial=np.empty(2 * BLOCK, np.uint32),
        duration=np.empty(BLOCK),
        spread=np.empty(BLOCK, np.float32),
        start=np.empty(3 * BLOCK),
        displacement=np.empty(3 * BLOCK, np.float32),
        end=np.empty(3 * BLOCK),
        clear=np.empty(BLOCK, np.uint8),
        rest=np.empty(BLOCK, np.int64),
    )
