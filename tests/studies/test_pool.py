"""Many runs: any number of workers, the same result; a run that is stopped goes on where it was."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from pool_tasks import break_at_two, draw, interrupted_at_two, inverse, leave, sleep_after, square, worked

from nanospine import budget
from nanospine.model import ResultsError, SimulationError
from nanospine.results import Kind, Result, Run, Silent, read_dataset
from nanospine.scenarios import Outcome, RunOptions
from nanospine.scenarios.odonnell2011 import fig7
from nanospine.scenarios.odonnell2011.fig7.head import spine_head
from nanospine.scenarios.odonnell2011.fig7.parameters import Parameters
from nanospine.scenarios.runner import run_scenario
from nanospine.studies.pool import Case, read_cases, run_cases, run_tasks, store_cases

CASES = [Case(f"case{seed}", work=1.0 + seed, arguments=(seed,)) for seed in range(4)]


class Listener(Silent):
    """Counts the work, and presses Ctrl-C when there was enough."""

    def __init__(self, stop_after: float = np.inf) -> None:
        self.total = self.work = 0.0
        self.stop_after = stop_after

    def start(self, total: float, label: str) -> None:
        self.total = total

    def advance(self, amount: float) -> None:
        self.work += amount
        if self.work >= self.stop_after:
            raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def nothing_worked() -> None:
    worked.clear()


class TestStoredCases:
    def test_prepares_once_and_only_for_workers_with_work(self, tmp_path: Path) -> None:
        calls: list[str] = []
        for jobs in (1, 2, 2):
            store_cases(draw, CASES, tmp_path / str(jobs), jobs=jobs, prepare=lambda: calls.append("prepared"))
        assert calls == ["prepared"]

    @pytest.mark.parametrize("jobs", [1, 2])
    def test_runs_every_case_and_reports_all_its_work(self, tmp_path: Path, jobs: int) -> None:
        listener = Listener()
        assert store_cases(draw, CASES, tmp_path, jobs=jobs, progress=listener)
        assert list(read_cases(CASES, tmp_path)) == [case.name for case in CASES]
        assert listener.work == listener.total == 10.0

    def test_workers_do_not_change_the_result(self, tmp_path: Path) -> None:
        store_cases(draw, CASES, tmp_path / "one", jobs=1)
        store_cases(draw, CASES, tmp_path / "two", jobs=2)
        one, two = (read_cases(CASES, tmp_path / name) for name in ("one", "two"))
        assert all(one[name].identical(two[name]) for name in one)
        assert not one["case0"].equals(one["case1"])

    def test_ctrl_c_keeps_what_is_finished_and_the_rest_is_run_later(self, tmp_path: Path) -> None:
        """The first two cases have done 1 + 2 of the work, the third a part of its 3."""
        assert not store_cases(draw, CASES, tmp_path, progress=Listener(stop_after=3.5))
        assert list(read_cases(CASES, tmp_path)) == ["case0", "case1"]
        worked.clear()
        listener = Listener()
        assert store_cases(draw, CASES, tmp_path, progress=listener)
        assert worked == [2, 3]
        assert listener.work == listener.total == 7.0

    def test_a_trial_that_notices_ctrl_c_itself_ends_the_run(self, tmp_path: Path) -> None:
        assert not store_cases(interrupted_at_two, CASES, tmp_path)
        assert list(read_cases(CASES, tmp_path)) == ["case0", "case1"]

    def test_ctrl_c_with_workers_leaves_only_whole_stores(self, tmp_path: Path) -> None:
        assert not store_cases(draw, CASES, tmp_path, jobs=2, progress=Listener(stop_after=0.1))
        for store in tmp_path.glob("*.zarr"):
            read_dataset(store, Kind.TRIAL)
        assert store_cases(draw, CASES, tmp_path, jobs=2)
        assert len(read_cases(CASES, tmp_path)) == 4

    @pytest.mark.parametrize("jobs", [1, 2])
    def test_an_error_in_a_case_is_raised_and_names_it(self, tmp_path: Path, jobs: int) -> None:
        with pytest.raises(ValueError, match="case 2 broke") as caught:
            store_cases(break_at_two, CASES, tmp_path, jobs=jobs)
        assert caught.value.__notes__ == ["(In case case2.)"]

    def test_finished_cases_are_not_run_again(self, tmp_path: Path) -> None:
        store_cases(draw, CASES, tmp_path)
        worked.clear()
        assert store_cases(draw, CASES, tmp_path)
        assert worked == []


class TestAnswers:
    @pytest.mark.parametrize("jobs", [1, 2])
    def test_come_in_the_order_of_the_tasks(self, jobs: int) -> None:
        listener = Listener()
        assert list(run_tasks(square, range(5), jobs=jobs, progress=listener)) == [0, 1, 4, 9, 16]
        assert listener.work == listener.total == 5.0

    def test_come_as_soon_as_they_are_there(self) -> None:
        answers = run_tasks(worked.append, range(3))
        next(answers)
        assert worked == [0]

    def test_come_from_any_executor_which_stays_the_callers(self) -> None:
        listener = Listener()
        with ThreadPoolExecutor(2) as executor:
            assert list(run_tasks(square, range(5), executor=executor, progress=listener)) == [0, 1, 4, 9, 16]
            assert executor.submit(square, 7).result() == 49
        assert listener.work == listener.total

    def test_that_nobody_waits_for_any_longer_are_not_computed_by_a_lent_executor(self) -> None:
        go_on = threading.Event()

        def work(number: int) -> None:
            worked.append(number)
            assert number == 0 or go_on.wait(60.0)

        with ThreadPoolExecutor(1) as executor:
            answers = run_tasks(work, range(5), executor=executor)
            next(answers)
            answers.close()
            go_on.set()
        assert len(worked) <= 2, "the one that was under way is not stopped"

    def test_none_are_none(self) -> None:
        assert list(run_tasks(square, [], jobs=2)) == []

    def test_an_error_names_the_task(self) -> None:
        with pytest.raises(ZeroDivisionError) as caught:
            list(run_tasks(inverse, [2.0, 0.0], label="inverses"))
        assert caught.value.__notes__ == ["(In case 2 of 2 inverses.)"]


class TestWorkers:
    def test_report_parts_of_their_cases(self) -> None:
        """The one case takes a minute, and half of its work is said to be done at once."""
        answers = run_cases(
            sleep_after, [Case("long", 8.0, (0.5, 60.0))] * 2, jobs=2, progress=Listener(stop_after=4.0)
        )
        begin = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            next(answers)
        assert time.monotonic() - begin < 50.0, "and Ctrl-C ends them"

    def test_begin_as_new_interpreters(self) -> None:
        processes = set(run_cases(sleep_after, [Case(f"{k}", 1.0, (1.0, 0.2)) for k in range(4)], jobs=2))
        assert os.getpid() not in processes

    def test_that_are_killed_are_told_of(self) -> None:
        with pytest.raises(SimulationError, match="A worker was killed, perhaps for want of memory; let fewer run"):
            list(run_tasks(leave, range(2), jobs=2))

    def test_leave_when_their_parent_is_killed(self, tmp_path: Path) -> None:
        script = tmp_path / "script.py"
        script.write_text(PARENT)
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        parent = subprocess.Popen([sys.executable, script], env=environment, stdout=subprocess.PIPE, text=True)
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
        deadline = time.monotonic() + 30.0
        while Path(f"/proc/{worker}/cmdline").exists() and Path(f"/proc/{worker}/cmdline").read_bytes():
            assert time.monotonic() < deadline
            time.sleep(0.05)


PARENT = """
from pool_tasks import sleep_after
from nanospine.studies.pool import Case, run_cases

if __name__ == "__main__":
    for worker in run_cases(sleep_after, [Case("short", 1.0, (1.0, 0.0)), Case("long", 1.0, (0.0, 600.0))], jobs=2):
        print(worker, flush=True)
"""


TINY = {"volumes": "0.01,0.02", "trials": "2", "duration": "0.0025", "settle": "0", "distances": "0.02", "film": "no"}


def without_figures(parameters: Parameters, options: RunOptions) -> Outcome:
    return dataclasses.replace(fig7.run(parameters, options), figures={})


SCENARIO = dataclasses.replace(fig7.SCENARIO, run=without_figures)


def result_of(trial: xr.Dataset) -> Result:
    """Return a trial of a scenario as the result that it was."""
    model = spine_head(SCENARIO.make_parameters(TINY), float(trial["volume"]))
    return Result(trial, Run(model.to_document(), "particles", {}, duration=0.0025, every=1e-4))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Return the directories of one tiny run of the spine head, by one and by two workers."""
    home = tmp_path_factory.mktemp("runs")
    for jobs in (1, 2):
        run_scenario(SCENARIO, home / str(jobs), settings=TINY, seed=4, jobs=jobs)
    return {jobs: home / str(jobs) for jobs in (1, 2)}


class TestScenario:
    def test_one_and_two_workers_give_the_same_bits(self, runs: dict[int, Path]) -> None:
        one, two = (read_dataset(runs[jobs] / "results.zarr", Kind.SCENARIO) for jobs in (1, 2))
        assert set(one.data_vars) >= {"number", "event", "crossing", "sampled", "near_pore"}
        for name in one.variables:
            assert one[name].values.tobytes() == two[name].values.tobytes(), name

    def test_calcium_is_conserved_at_every_output_of_every_trial(self, runs: dict[int, Path]) -> None:
        data = read_dataset(runs[1] / "results.zarr", Kind.SCENARIO)
        checked = 0
        for volume in data["volume"].values:
            for trial in data["trial"].values:
                balance = budget(result_of(data.sel(volume=volume, trial=trial)))
                assert not balance.any(), (volume, trial)
                checked += balance.size
        assert checked == 2 * 2 * 26, "two volumes, two trials, 26 outputs"
        assert data["event"].sel(reaction="glun_in").isel(time=-1).min() > 0, "calcium did flow"

    def test_the_budget_does_not_close_without_the_neck(self, runs: dict[int, Path]) -> None:
        data = read_dataset(runs[1] / "results.zarr", Kind.SCENARIO)
        sealed = data.assign(crossing=xr.zeros_like(data["crossing"])).isel(volume=0, trial=0)
        assert budget(result_of(sealed))[-1] != 0

    def test_the_same_run_goes_on_and_another_is_refused(self, runs: dict[int, Path]) -> None:
        stores = {path: path.stat().st_mtime_ns for path in (runs[1] / "trials").iterdir()}
        before = read_dataset(runs[1] / "results.zarr", Kind.SCENARIO)
        run_scenario(SCENARIO, runs[1], settings=TINY, seed=4)
        assert {path: path.stat().st_mtime_ns for path in (runs[1] / "trials").iterdir()} == stores
        assert read_dataset(runs[1] / "results.zarr", Kind.SCENARIO).equals(before)
        with pytest.raises(ResultsError, match=r"another run \(its seed is 4, asked for is 5\); choose another --out"):
            run_scenario(SCENARIO, runs[1], settings=TINY, seed=5)
        with pytest.raises(ResultsError, match=r"its trials is 2, asked for is 3"):
            run_scenario(SCENARIO, runs[1], settings={**TINY, "trials": "3"}, seed=4)

    def test_trials_of_another_version_are_not_continued(self, runs: dict[int, Path], tmp_path: Path) -> None:
        manifest = json.loads((runs[1] / "run.json").read_text())
        (tmp_path / "run.json").write_text(json.dumps({**manifest, "nanospine": "0.0.1"}))
        with pytest.raises(ResultsError, match=r"its nanospine is '0.0.1', asked for is"):
            run_scenario(SCENARIO, tmp_path, settings=TINY, seed=4)
        for change, message in (
            ({"format_version": 1}, r"run\.json is a nanospine scenario of format version 1; this nanospine reads"),
            ({"kind": "recipe"}, r"run\.json is a recipe; wanted is a nanospine scenario"),
        ):
            (tmp_path / "run.json").write_text(json.dumps(manifest | change))
            with pytest.raises(ResultsError, match=message):
                run_scenario(SCENARIO, tmp_path, settings=TINY, seed=4)


def test_ctrl_c_at_the_terminal_keeps_trials_and_the_same_command_goes_on(tmp_path: Path) -> None:
    """As at a terminal: the signal reaches the parent and its workers."""
    settings = {**TINY, "volumes": "0.01", "trials": "6"}
    pairs = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    nanospine = Path(sys.executable).with_name("nanospine")
    command = [nanospine, "run", SCENARIO.name, *pairs, "--jobs", "2", "--out", "out"]
    trials = tmp_path / "out" / "trials"
    # A shell that starts the tests in the background leaves Ctrl-C ignored, which processes inherit.
    heed = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    running = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=heed
    )
    while not list(trials.glob("*.zarr")) and running.poll() is None:
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate()
    assert running.returncode == 130, said
    assert "Interrupted: finished trials are kept in out; the same command continues the run." in said
    assert "Traceback" not in said
    kept = {path: path.stat().st_mtime_ns for path in trials.glob("*.zarr")}
    assert 0 < len(kept) < 6
    outcome, _ = run_scenario(SCENARIO, tmp_path / "out", settings=settings)
    assert outcome.complete
    assert len(list(trials.glob("*.zarr"))) == 6
    assert kept.items() <= {path: path.stat().st_mtime_ns for path in trials.glob("*.zarr")}.items()
