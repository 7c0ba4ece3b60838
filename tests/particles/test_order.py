"""Ready for threads: what a run ends with does not depend on the order in which molecules are stored or looked at."""

from __future__ import annotations

import numpy as np
import pytest
from every_kernel import DT, MODELS, molecules, simulation

from nanospine import Result, Simulation
from nanospine.particles.kernels.state import FREE, NEVER, USED
from nanospine.particles.kernels.store import settle
from nanospine.particles.kernels.tables import OUTSIDE
from nanospine.particles.state import RINGS, empty_rings

STEPS, SCALE = 200, 8
PER_SLOT = ("position", "compartment", "face", "serial", "due", "due_entry", "changed", "clock", "turn", "species")


def scatter(of: Simulation, rng: np.random.Generator) -> None:
    """Put all molecules into other slots, with empty ones between them, and into rings in another order."""
    particles, tables = of._particles, of._tables
    before = np.flatnonzero(particles.species >= 0)
    slots = rng.choice(particles.species.size, before.size, replace=False)
    empty = rng.permutation(np.setdiff1d(np.arange(particles.species.size), slots))
    for name in PER_SLOT:
        array = getattr(particles, name)
        array[slots] = array[before]
    particles.species[empty], particles.due[empty], particles.turn[empty] = -1, np.inf, NEVER
    particles.cell[:] = particles.outer_cell[:] = -1
    particles.free[: empty.size] = empty
    particles.counters[[USED, FREE]] = particles.species.size, empty.size
    heads = tables.cells.inverse_volume.size
    for name in RINGS:
        ring = getattr(particles, name)
        ring[:] = empty_rings(heads, ring.size - heads)
    face = particles.face[slots]
    beyond = np.where(face < 0, OUTSIDE, tables.walls.sides[face, OUTSIDE])
    settle(particles, tables.chemistry, tables.cells, slots, beyond)


def run(name: str, seed: int | None) -> tuple[Simulation, Result]:
    of = simulation(name, SCALE)
    if seed is not None:
        scatter(of, np.random.default_rng(seed))
    return of, of.run(STEPS * DT, every=10 * DT, frames=[STEPS * DT])


@pytest.mark.parametrize("name", MODELS)
def test_results_do_not_depend_on_the_order_in_which_molecules_are_stored(name: str) -> None:
    """Serials, species and positions, and all that was counted on the way: bit for bit."""
    plain, expected = run(name, None)
    reacted = expected.dataset["event"].values[-1] > 0
    assert reacted.all(), dict(zip(expected.dataset["reaction"].values, reacted, strict=True))
    for seed in (1, 2):
        scattered, result = run(name, seed)
        assert not np.array_equal(scattered._particles.serial, plain._particles.serial)
        assert result.dataset.drop_attrs().equals(expected.dataset.drop_attrs())
        for key, values in molecules(plain).items():
            assert np.array_equal(molecules(scattered)[key], values), key
        for key in ("position", "species"):
            assert np.array_equal(getattr(result.trajectory, key), getattr(expected.trajectory, key))
