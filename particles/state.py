"""The arrays of a running simulation: made, copied and enlarged here."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..model import Model
from .kernels.store import link
from .kernels.tables import (
    FREE,
    INSIDE,
    LACKING,
    NEXT_SERIAL,
    USED,
    Cells,
    Chemistry,
    Clamps,
    Membrane,
    Particles,
    Record,
    Sources,
    Tally,
    Walls,
    Windows,
)
from .kernels.walls import TOUCH
from .placement import Placed

SPARE_SLOTS = 512
Tables = TypeVar("Tables", Particles, Tally, Cells, Sources)
AnyTables = TypeVar("AnyTables", Cells, Chemistry, Walls, Windows, Sources, Clamps, Membrane)


def new_particles(placed: Placed, cells: Cells, chemistry: Chemistry) -> Particles:
    """Make a store that holds the initial molecules."""
    n = len(placed.species)
    size = n + max(SPARE_SLOTS, n // 2)
    store = Particles(
        species=np.full(size, -1, np.int32),
        position=np.zeros((size, 3)),
        compartment=np.full(size, INSIDE, np.int32),
        cell=np.full(size, -1, np.int32),
        next=np.full(size, -1, np.int32),
        previous=np.full(size, -1, np.int32),
        face=np.full(size, -1, np.int32),
        serial=np.arange(size, dtype=np.int64),
        due=np.full(size, np.inf),
        due_entry=np.zeros(size, np.int32),
        changed=np.full(size, -1, np.int64),
        clock=np.zeros(size),
        number=np.zeros((chemistry.D.size, 2), np.int64),
        free=np.zeros(size, np.int32),
        counters=np.zeros(4, np.int64),
    )
    return insert(store, placed, 0.0, cells, chemistry)[0]


def insert(
    particles: Particles, placed: Placed, time: float, cells: Cells, chemistry: Chemistry
) -> tuple[Particles, NDArray[np.int64]]:
    """Put molecules that are released at a time (s) into the store, all inside; returns it and their slots.

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
    particles.compartment[slots] = INSIDE
    particles.face[slots] = placed.face
    particles.serial[slots] = counters[NEXT_SERIAL] + np.arange(n)
    particles.changed[slots] = -1
    particles.clock[slots] = time
    particles.cell[slots] = cell_of_points(cells, placed.position)
    particles.number[:, INSIDE] += np.bincount(placed.species, minlength=chemistry.D.size)
    counters[FREE] -= reused
    counters[USED] += n - reused
    counters[NEXT_SERIAL] += n
    for i in slots[chemistry.listed[placed.species] == 1]:
        link(particles, cells, i)
    return particles, slots


def cell_of_points(cells: Cells, points: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return the reaction cell of each point inside the mesh or on it."""
    index = np.clip(np.floor((points - cells.origin) / cells.size).astype(np.int64), 0, cells.dims - 1)
    return cells.of_voxel[index @ np.array([1, cells.dims[0], cells.dims[0] * cells.dims[1]])]


def as_kernel_arrays(tables: AnyTables) -> AnyTables:
    """Return the tables with writable C-contiguous arrays of their own: any other layout would be compiled anew."""
    return tables._replace(**{name: np.array(array, order="C") for name, array in tables._asdict().items()})


def copy_arrays(tables: Tables) -> Tables:
    """Copy all arrays of a group of tables."""
    return tables._replace(**{name: array.copy() for name, array in tables._asdict().items()})


def grow(particles: Particles) -> Particles:
    """Return the store with twice as many slots."""
    size = particles.species.size
    empty: dict[str, float] = {"species": -1, "compartment": INSIDE, "cell": -1, "next": -1, "previous": -1, "face": -1}
    empty |= {"due": np.inf, "changed": -1}
    larger = {}
    for name, array in particles._asdict().items():
        if name in ("number", "counters"):
            larger[name] = array.copy()
            continue
        larger[name] = np.full((2 * size, *array.shape[1:]), empty.get(name, 0), dtype=array.dtype)
        larger[name][:size] = array
    larger["counters"][LACKING] = 0
    return Particles(**larger)


def new_tally(model: Model) -> Tally:
    """Return counters at zero and the model's samplers."""
    n = len(model.samplers)
    whole = (np.inf, np.inf, np.inf, -np.inf, -np.inf, -np.inf)
    boxes = [
        whole
        if s.center is None or s.edges is None
        # What lies in a wall that the box is flush with counts.
        else (*np.subtract(s.center, np.divide(s.edges, 2) + TOUCH), *np.add(s.center, np.divide(s.edges, 2) + TOUCH))
        for s in model.samplers
    ]
    gates = [-1 if s.while_present is None else model.index(s.while_present) for s in model.samplers]
    return Tally(
        event=np.zeros(len(model.steps), np.int64),
        crossing=np.zeros((len(model.boundaries), 2), np.int64),
        saturated=np.zeros(1, np.int64),
        sampler_species=np.array([model.index(s.species) for s in model.samplers], dtype=np.int32),
        sampler_gate=np.array(gates, dtype=np.int32),
        sampler_box=np.array(boxes, dtype=np.float64).reshape(n, 6),
        sampler_sum=np.zeros((n, 3)),
    )


def new_record(model: Model, rows: int, interval: int) -> Record:
    """Return empty output rows."""
    return Record(
        interval=np.array([interval], np.int64),
        number=np.zeros((rows, len(model.species), 2), np.int64),
        event=np.zeros((rows, len(model.steps)), np.int64),
        crossing=np.zeros((rows, len(model.boundaries), 2), np.int64),
        sampled=np.zeros((rows, len(model.samplers), 3)),
    )
