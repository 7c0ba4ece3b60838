"""Rows of output: at every interval and at the end, each of the state at its time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nanospine import Model, Particles, Reaction, Release, Sampler, Schedule, Species, cube, simulate
from nanospine.particles import Snapshot

DT = 1e-6
MODEL = Model(
    cube(0.1),
    species=[Species("Ca", 200.0), Species("B", 20.0), Species("CaB", 20.0)],
    reactions=[
        Reaction("Ca + B <-> CaB", 500.0, 100.0),
        Reaction("0 -> Ca", Schedule([0, 2e-5], [0, 1e4]), name="influx"),
    ],
    releases=[
        Release("Ca", number=300),
        Release("B", number=600),
        Release("B", number=10, at=[1.1e-5, 2.4e-5, 2.5e-5]),
    ],
    samplers=[Sampler("all", "Ca"), Sampler("while bound", "Ca", while_present="CaB")],
)


@pytest.fixture(scope="module")
def fine() -> Any:
    """A run with a row at every time step."""
    return simulate(MODEL, 50e-6, Particles(dt=DT), every=DT).dataset


@pytest.mark.parametrize(
    ("steps", "interval"), [(25, 10), (26, 25), (9, 100), (1, 10), (2, 10), (20, 10), (10, 10), (11, 1), (30, 29)]
)
def test_are_those_of_a_row_at_every_step(fine: Any, steps: int, interval: int) -> None:
    found = simulate(MODEL, steps * DT, Particles(dt=DT), every=interval * DT).dataset
    rows = np.append(np.arange(0, steps, interval), steps)
    assert found["time"].values == pytest.approx(rows * DT)
    expected = fine.isel(time=rows)
    for name in ("number", "within", "event", "released"):
        assert (found[name].values == expected[name].values).all(), name
    # Samplers give the mean over the interval before each row, however long that is.
    for name in ("sampled", "open_fraction"):
        means = [fine[name].values[a + 1 : b + 1].mean(axis=0) for a, b in zip(rows[:-1], rows[1:], strict=True)]
        assert found[name].values[1:] == pytest.approx(np.array(means)), name
    assert (found["sampled"].values[0] == 0).all()


def test_a_run_goes_on_from_a_checkpoint_within_its_last_interval(tmp_path: Path) -> None:
    options: dict[str, Any] = {"every": 10 * DT, "observe_every": 24 * DT}

    def interrupt(snapshot: Snapshot) -> None:
        if snapshot.time >= 23.5 * DT:
            raise KeyboardInterrupt

    kept: dict[str, Any] = {"checkpoint": tmp_path / "run.npz", "checkpoint_every": 0.0, **options}
    part = simulate(MODEL, 25 * DT, Particles(dt=DT), observer=interrupt, **kept)
    assert (part.complete, len(part.time)) == (False, 3)
    rest = simulate(MODEL, 25 * DT, Particles(dt=DT), **kept)
    assert len(rest.time) == 4
    assert rest.dataset.equals(simulate(MODEL, 25 * DT, Particles(dt=DT), **options).dataset)
