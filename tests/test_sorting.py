"""Many molecules are sorted by place now and then: faster, and the same to the bit where no order matters."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from test_checkpoint import assert_same, everything, run

from nanospine import Model, Release, Simulation, Species, sphere
from nanospine.particles import Snapshot, simulation
from nanospine.particles.kernels.tables import FREE, USED
from nanospine.particles.state import order_by_place, reorder


@pytest.fixture
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "MANY", 1)


def ends() -> np.ndarray:
    model = Model(sphere(volume=0.05), species=[Species("A", 200.0)], releases=[Release("A", number=300)])
    shots: list[Snapshot] = []
    Simulation(model).run(3e-4, observer=shots.append, observe_every=3e-4)
    return shots[-1].position


def test_each_molecule_goes_the_way_it_would_go_unsorted(monkeypatch: pytest.MonkeyPatch) -> None:
    unsorted = ends()
    monkeypatch.setattr(simulation, "MANY", 1)
    assert np.array_equal(ends(), unsorted)


def test_a_sorted_run_in_two_parts_is_bit_for_bit_the_run_in_one(tmp_path: Path, few_are_many: None) -> None:
    whole, path = run(), tmp_path / "state.npz"
    assert not run(path, stop=0.4e-3).complete
    assert_same(run(path), whole)


def test_a_store_in_another_order_holds_the_same_molecules_and_partners() -> None:
    sim = everything()
    sim.run(1e-3)
    before, cells = sim._particles, sim._cells
    after = reorder(before, sim._chemistry, cells, order_by_place(before, cells))
    old, new = np.flatnonzero(before.species >= 0), np.arange(after.counters[USED])
    assert len(new) == len(old) < before.counters[USED]
    assert after.counters[FREE] == 0
    assert (after.species[len(new) :] == -1).all()
    for name in ("species", "position", "compartment", "cell", "serial", "due", "clock"):
        old_values, new_values = getattr(before, name)[old], getattr(after, name)[new]
        assert np.array_equal(new_values[np.argsort(after.serial[new])], old_values[np.argsort(before.serial[old])])
    partners: Counter[int] = Counter()
    for cell, slot in enumerate(cells.first):
        while slot >= 0:
            assert after.cell[slot] == cell
            partners[int(slot)] += 1
            slot = after.next[slot]
    listed = new[sim._chemistry.listed[after.species[new]] == 1]
    assert partners == Counter(listed.tolist())
