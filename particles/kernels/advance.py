"""The loop over time steps: reactions of pairs, events, moves, sampling, output."""

from ...compiled.decorators import inline, kernel, unsigned
from ...compiled.random import EVENT, open_stream
from .batch import list_active
from .bind import list_waiting, react
from .clamps import fire_clamps
from .events import draw_due, fire_events
from .meet import react_on_surface
from .move import move
from .residences import watch
from .schedules import set_pair_rates
from .sources import fire_sources
from .state import CAPACITY, FULL, LACKING, OK, USED
from .surface import move_on_surface
from .tables import INSIDE
from .zones import is_within


@kernel
def start_clocks(particles, chemistry, cells, slots, now, key, dt):
    """Draw the first unimolecular event of molecules that were released at a time."""
    for i in slots:
        draw_due(particles, chemistry, cells, i, now, dt, open_stream(key, particles.serial[i], -1, EVENT))


@inline
def sample(particles, samplers, tally, scratch, found):
    """Add the present counts in the sampling zones to their sums."""
    near = list_in_bounds(particles, samplers, scratch, found)
    for s in range(samplers.species.size):
        zone, gate = samplers.zone[s], samplers.gate[s]
        count = 0
        if zone[0] > zone[3]:
            count = number_inside(particles, samplers.species[s])
        else:
            count = count_in_zone(particles, samplers.species[s], zone, scratch.in_bounds, near)
        tally.sampled[s, 0] += count
        if gate < 0 or number_inside(particles, gate) > 0:
            tally.sampled[s, 1] += count
            tally.sampled[s, 2] += 1


@inline
def number_inside(particles, species):
    """Count the molecules of a species in all compartments."""
    count = 0
    for compartment in range(INSIDE, particles.number.shape[1]):
        count += particles.number[species, compartment]
    return count


@inline
def list_in_bounds(particles, samplers, scratch, found):
    """List the sampled molecules within the bounds of all zones, among the active ones; returns how many there are."""
    bounds, near = samplers.bounds, 0
    if bounds[0] > bounds[3]:
        return near
    x0, y0, z0, x1, y1, z1 = bounds[0], bounds[1], bounds[2], bounds[3], bounds[4], bounds[5]
    for k in range(found):
        i = scratch.active[k]
        x, y, z = particles.position[i, 0], particles.position[i, 1], particles.position[i, 2]
        is_near = (x >= x0) & (y >= y0) & (z >= z0) & (x < x1) & (y < y1) & (z < z1)
        scratch.in_bounds[unsigned(near)] = i
        near += is_near & samplers.sampled[unsigned(particles.species[i])]
    return near


@inline
def count_in_zone(particles, species, zone, slots, near):
    """Count the molecules of a species in a zone, among the first of some slots."""
    count = 0
    for k in range(near):
        i = slots[k]
        if particles.species[i] == species:
            p = particles.position[i]
            if is_within(zone, p[0], p[1], p[2]):
                count += 1
    return count


@inline
def copy_flat(source, target):
    """Copy a two-dimensional array element by element (a slice assignment could allocate)."""
    for i in range(source.shape[0]):
        for k in range(source.shape[1]):
            target[i, k] = source[i, k]


@inline
def write_row(particles, tally, record, row):
    """Write one row of output and start the sampling sums anew."""
    copy_flat(particles.number, record.number[row])
    for k in range(tally.event.size):
        record.event[row, k] = tally.event[k]
    copy_flat(tally.passage, record.passage[row])
    copy_flat(tally.sampled, record.sampled[row])
    for s in range(tally.sampled.shape[0]):
        for k in range(tally.sampled.shape[1]):
            tally.sampled[s, k] = 0.0


@kernel
def advance(
    particles, chemistry, cells, walls, windows, sources, clamps, membrane, samplers, residences, visits, tally, record,
    scratch, key, first_step, n_steps, dt,
):  # fmt: skip
    """Advance the simulation by `n_steps`; returns OK, or CAPACITY if slots or rows for visits were lacking.

    Pairs react with the constants of a whole step where the last moves left them, then come events and moves: output
    and sampling see k steps of all of them at the end of the k-th, and births that are spread as they should be. The
    arguments from `chemistry` to `residences` are those of Tables: as one argument they would take longer to compile.
    """
    first, interval, on_surface = record.first[0], record.interval[0], membrane.twin.size > 0
    reacts = chemistry.pairs.event.size > 0
    found = list_active(particles, chemistry, scratch, 0, particles.counters[USED], 0)
    for step in range(first_step, first_step + n_steps):
        if reacts:
            set_pair_rates(chemistry, step, dt)
            waits = list_waiting(particles, chemistry, scratch, step, dt)
            react(particles, chemistry, cells, walls, membrane, tally, scratch, waits, found, key, step, dt)
            if on_surface and particles.counters[LACKING] == 0:
                react_on_surface(particles, chemistry, cells, walls, membrane, tally, scratch, found, key, step, dt)
            if particles.counters[LACKING] == 1:
                return CAPACITY
        fire_sources(particles, chemistry, cells, walls, sources, tally, key, step, dt)
        fire_clamps(particles, chemistry, cells, walls, windows, clamps, tally, key, step, dt)
        fire_events(particles, chemistry, cells, walls, tally, key, step, dt)
        if particles.counters[LACKING] == 1:
            return CAPACITY
        if on_surface:
            move_on_surface(particles, chemistry, cells, walls, membrane, tally, key, step, dt)
        found = move(particles, chemistry, cells, walls, windows, tally, scratch, key, step, dt)
        sample(particles, samplers, tally, scratch, found)
        watch(particles, residences, visits, step)
        if visits.counters[FULL] == 1:
            return CAPACITY
        if (step + 1 - first) % interval == 0:
            write_row(particles, tally, record, (step + 1 - first) // interval)
    return OK
