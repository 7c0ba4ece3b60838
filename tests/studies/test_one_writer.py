"""One run at a time writes into a directory; what a killed one leaves is no lock, and no store that counts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import toy_scenario
from commands import call
from pool_tasks import draw, worked

from nanospine import Model, Particles, Release, Simulation, Species, cube, simulate
from nanospine.model import NanospineWarning, ResultsError
from nanospine.results import Kind, read_dataset
from nanospine.results.lock import exclusively, is_empty
from nanospine.scenarios.runner import run_scenario
from nanospine.studies.pool import Case, read_cases, store_cases

CASES = [Case(f"case{seed}", 1.0, (seed,)) for seed in range(3)]
BUSY = r"Another run writes to .* \(process \d+, or workers that it left\); wait for its end, or choose another place"
HOLDER = """
import sys, time
from pathlib import Path
from nanospine.results.lock import exclusively
with exclusively(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(600)
"""
#: A parent whose workers stop themselves, so that they outlive it, as those in a long call of compiled code do.
STOPPED = """
import sys
from pathlib import Path
from pool_tasks import stop_self
from nanospine.studies.pool import Case, store_cases

if __name__ == "__main__":
    target = Path(sys.argv[1])
    store_cases(stop_self, [Case("a", 1.0, (target,)), Case("b", 1.0, (target,))], target, jobs=2)
"""
WRITER = """
import sys
from pathlib import Path
from pool_tasks import draw_many
from nanospine.studies.pool import Case, store_cases

if __name__ == "__main__":
    cases = [Case(f"case{seed}", 1.0, (seed,)) for seed in range(200)]
    store_cases(draw_many, cases, Path(sys.argv[1]))
"""


def start(script: str, home: Path, *arguments: object) -> subprocess.Popen[str]:
    file = home / "script.py"
    file.write_text(script)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, file, *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Path]:
    """Return a directory into which another process writes."""
    target = tmp_path / "out"
    with start(HOLDER, tmp_path, target) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        yield target
        holder.kill()


def model() -> Model:
    return Model(cube(0.05), species=[Species("A", 10.0)], releases=[Release("A", number=5)])


class TestASecondRun:
    def test_is_refused_at_once_whatever_it_would_write(self, busy: Path, tmp_path: Path) -> None:
        result = simulate(model(), 1e-4, Particles(dt=1e-5))
        tries: list[Callable[[], object]] = [
            lambda: run_scenario(toy_scenario.SCENARIO, busy),
            lambda: store_cases(draw, CASES, busy),
            lambda: result.save(busy),
        ]
        for attempt in tries:
            begin = time.monotonic()
            with pytest.raises(ResultsError, match=BUSY):
                attempt()
            assert time.monotonic() - begin < 1.0
        assert worked == []
        assert is_empty(busy)
        table = tmp_path / "species.csv"
        table.write_text("name,initial,unit\nA,1,uM\n")
        (tmp_path / "reactions.csv").write_text("equation,forward,unit\n")
        refused = call("run", "theory.bcm", "--out", busy)
        assert refused.exit_code == 2
        assert "Another run writes to" in refused.stderr

    def test_is_refused_to_the_command_line_that_imports(self, busy: Path, tmp_path: Path) -> None:
        found = call("import", Path(__file__).parents[1] / "data/sbml/copasi.xml", "--out", busy, "--duration", "1")
        assert found.exit_code == 2
        assert "Another run writes to" in found.stderr

    def test_is_welcome_when_the_first_was_killed(self, busy: Path) -> None:
        pid = int((busy / ".lock").read_text())
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: is_gone(pid))
        assert store_cases(draw, CASES, busy)
        assert sorted(path.name for path in busy.iterdir()) == ["case0.zarr", "case1.zarr", "case2.zarr"]

    def test_in_another_thread_is_refused_but_not_a_part_of_the_same(self, tmp_path: Path) -> None:
        refused: list[ResultsError] = []

        def other() -> None:
            try:
                with exclusively(tmp_path):
                    pass
            except ResultsError as error:
                refused.append(error)

        with exclusively(tmp_path), exclusively(tmp_path):
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
            simulate(model(), 1e-4, Particles(dt=1e-5)).save(tmp_path)
        assert len(refused) == 1
        other()
        assert len(refused) == 1

    def test_with_the_same_checkpoint_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "state.npz"

        def another(_: object) -> None:
            with pytest.raises(ResultsError, match=BUSY):
                Simulation(model(), Particles(dt=1e-5)).run(1e-4, checkpoint=path)

        def in_a_thread(snapshot: object) -> None:
            thread = threading.Thread(target=another, args=(snapshot,))
            thread.start()
            thread.join()

        Simulation(model(), Particles(dt=1e-5)).run(1e-4, checkpoint=path, observer=in_a_thread)
        assert [file.name for file in tmp_path.iterdir()] == ["state.npz"]


class TestOrphans:
    def test_keep_the_lock_of_the_parent_that_was_killed(self, tmp_path: Path) -> None:
        target = tmp_path / "out"
        with start(STOPPED, tmp_path, target) as parent:
            wait_for(lambda: len(list(tmp_path.glob("out/stopped.*"))) == 2)
            parent.kill()
        orphans = [int(path.suffix[1:]) for path in tmp_path.glob("out/stopped.*")]
        try:
            with pytest.raises(ResultsError, match=BUSY):
                store_cases(draw, CASES, target)
        finally:
            for orphan in orphans:
                os.kill(orphan, signal.SIGKILL)
        wait_for(lambda: all(map(is_gone, orphans)))
        assert store_cases(draw, CASES, target)


def is_gone(pid: int) -> bool:
    """Say whether a process has closed its files, though it may wait to be asked how it ended.

    Threads share them, and the first may have ended before others.
    """
    try:
        stats = [(task / "stat").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return not Path(f"/proc/{pid}").exists()
    return all(stat.rpartition(")")[2].split()[0] in "ZX" for stat in stats)


class TestKilledAtAnyMoment:
    def test_every_store_that_is_there_is_whole_and_the_rest_is_made_again(self, tmp_path: Path) -> None:
        target = tmp_path / "out"
        for pause in np.random.default_rng(1).uniform(0.0, 0.3, size=4):
            before = len(list(target.glob("*.zarr")))
            with start(WRITER, tmp_path, target) as writer:
                wait_for(lambda before=before: len(list(target.glob("*.zarr"))) > before)
                time.sleep(pause)
                writer.kill()
        stores = list(target.glob("*.zarr"))
        assert 4 <= len(stores) < 200
        for store in stores:
            assert read_dataset(store, Kind.TRIAL)["values"].size == 3
        cases = [Case(f"case{seed}", 1.0, (seed,)) for seed in range(len(stores) + 1)]
        assert store_cases(draw, cases, target)
        assert not list(target.glob("*.partial"))

    @pytest.mark.parametrize("damage", ["a chunk", "the root", "everything"])
    def test_a_store_that_lost_something_is_made_again(self, tmp_path: Path, damage: str) -> None:
        store_cases(draw, CASES, tmp_path)
        whole = read_cases(CASES, tmp_path)
        store = tmp_path / "case1.zarr"
        if damage == "a chunk":
            shutil.rmtree(store / "values" / "c")
        elif damage == "the root":
            (store / "zarr.json").unlink()
        else:
            shutil.rmtree(store)
            store.mkdir()
        worked.clear()
        with pytest.warns(NanospineWarning, match=r"This trial is run again: .*case1\.zarr"):
            store_cases(draw, CASES, tmp_path)
        assert worked == [1]
        assert all(whole[name].identical(again) for name, again in read_cases(CASES, tmp_path).items())


def test_a_lock_that_was_removed_is_no_lock(tmp_path: Path) -> None:
    """The file means nothing: a stale one is taken over."""
    (tmp_path / ".lock").write_text("1")
    with exclusively(tmp_path):
        assert (tmp_path / ".lock").read_text() == str(os.getpid())
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_there_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ResultsError, match=r"Cannot use .* for results: .*; choose another"), exclusively(place):
            pass
