"""A run that was killed goes on from its last state, to the very result of a run without a stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from nanospine import (
    Boundary,
    Box,
    Model,
    Particles,
    Reaction,
    Release,
    Result,
    Sampler,
    Schedule,
    Simulation,
    Species,
    box,
)
from nanospine.model import ParameterError, ResultsError

FRAMES = (0.0, 0.4e-3, 1e-3)
RUN = "from test_checkpoint import everything; everything(1).run(3e-3, checkpoint={path!r}, observer=id, {every})"


def everything(seed: int = 1) -> Simulation:
    """A simulation with each kind of state: partners, events, sources, clamps, samplers, later releases, growth."""
    model = Model(
        box((0.2, 0.2, 0.2), regions={"low": "x-", "high": "x+"}),
        species=[Species("A", 220.0), Species("B", 20.0), Species("AB", 20.0), Species("P", where="surface")],
        reactions=[
            Reaction("A + B <-> AB", Schedule([0.0, 0.33e-3], [50.0, 100.0]), 2000.0),
            Reaction("P -> P + A[inside]", Schedule([0.0, 0.2001e-3], [0.0, 1e6])),
            Reaction("0 -> B", 1e5),
        ],
        releases=[
            Release("A", number=100), Release("B", number=300), Release("P", number=5),
            Release("A", number=900, at=(0.25e-3, 0.6e-3)),
        ],
        boundaries=[
            Boundary("low", "A", "clamp", concentration=100.0),
            Boundary("high", "A", "partially-absorbing", velocity=500.0),
        ],
        samplers=[Sampler("middle", "A", Box((0.0, 0.0, 0.0), (0.1, 0.1, 0.1)))],
    )  # fmt: skip
    return Simulation(model, seed=seed)


def run(path: Path | None = None, seed: int = 1, stop: float | None = None, **options: object) -> Result:
    def interrupt(snapshot: object) -> None:
        if stop is not None and getattr(snapshot, "time", 0.0) >= stop:
            raise KeyboardInterrupt

    options = {"frames": FRAMES, "checkpoint": path, "checkpoint_every": 0.0} | options
    return everything(seed).run(1e-3, every=1e-4, observer=interrupt, observe_every=1e-4, **options)


def assert_same(a: Result, b: Result) -> None:
    assert a.dataset.equals(b.dataset)
    assert a.trajectory is not None
    assert b.trajectory is not None
    for name in ("time", "start", "position", "species"):
        assert np.array_equal(getattr(a.trajectory, name), getattr(b.trajectory, name))


@pytest.mark.parametrize("stop", [0.1e-3, 0.4e-3, 0.7e-3])
def test_a_run_in_two_parts_is_bit_for_bit_the_run_in_one(tmp_path: Path, stop: float) -> None:
    path = tmp_path / "folder" / "state.npz"
    first = run(path, stop=stop)
    assert not first.complete
    second = run(path)
    assert second.complete
    assert_same(second, run())


def test_a_finished_run_is_at_once_finished_again(tmp_path: Path) -> None:
    first = run(tmp_path / "state.npz")
    seen: list[float] = []
    again = everything().run(
        1e-3, every=1e-4, frames=FRAMES, checkpoint=tmp_path / "state.npz", observer=lambda s: seen.append(s.time)
    )
    assert_same(first, again)
    assert seen == [1e-3]


def test_kill_9_loses_at_most_the_last_interval(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    command = [sys.executable, "-c", RUN.format(path=str(path), every="checkpoint_every=0.0")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(command, env=environment)
    try:
        deadline = time.monotonic() + 300
        while not path.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)
    finally:
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    with np.load(path) as state:
        done = int(state["run.step"])
    assert 0 < done < 3_000
    resumed = everything()
    steps: list[int] = []
    resumed.run(3e-3, every=1e-4, checkpoint=path, observer=lambda s: steps.append(round(s.time * 1e6)))
    assert steps[0] >= done
    result = everything().run(3e-3, checkpoint=path, observer=id)
    assert result.complete
    assert result.dataset.equals(everything().run(3e-3, observer=id).dataset)


def test_another_run_and_a_damaged_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    run(path, stop=0.2e-3)
    with pytest.raises(ResultsError, match=r"state\.npz is the checkpoint of another run .*; choose another file"):
        run(path, seed=2)
    with pytest.raises(ResultsError, match="of another run"):
        run(path, frames=())
    with pytest.raises(ResultsError, match="of another run"):
        Simulation(everything().model, Particles(escape=2.0)).run(1e-3, checkpoint=path)
    with pytest.raises(ParameterError, match=r"checkpoint_every \(s\) is -1.0; give a finite number >= 0"):
        run(path, checkpoint_every=-1.0)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ResultsError, match=r"state\.npz is no checkpoint that can be read: .*; remove it"):
        run(path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match=r"Cannot use .*state.npz for results"):
        run(tmp_path / "file" / "state.npz")
