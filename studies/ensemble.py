"""Many independent runs: trials, volumes, parameters; on disk as they finish, resumed if interrupted."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..model import ResultsError
from ..results.format import Kind
from ..results.progress import Progress, Silent
from ..results.store import read_dataset, write_dataset

if TYPE_CHECKING:
    import xarray as xr

POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Case:
    """One run of an ensemble.

    Parameters
    ----------
    name : str
        Name of its store; unique in the ensemble.
    work : float
        Expected work, in any unit common to the ensemble.
    arguments : tuple
        Passed to the task; must pickle.
    """

    name: str
    work: float
    arguments: tuple[Any, ...]


Task = Callable[..., "xr.Dataset | None"]


def run_ensemble(
    task: Task,
    cases: Sequence[Case],
    directory: Path,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
    prepare: Callable[[], None] | None = None,
) -> bool:
    """Run ``task(*case.arguments, progress)`` for all cases whose store is not yet in ``directory``.

    Parameters
    ----------
    task : callable
        Returns the case's dataset, or None if it was interrupted; module-level, so that it can be sent to workers.
        It reports its progress as fractions that sum to 1.
    cases : sequence of Case
        What to run; the result of each must depend on its arguments alone.
    directory : pathlib.Path
        Home of the stores ``<name>.zarr``.
    jobs : int
        Worker processes; 1 runs in this process.
    progress : Progress, optional
        Receives finished work in the unit of :attr:`Case.work`.
    prepare : callable, optional
        Called once before workers start, if there is anything to do: makes what each of them would make for itself,
        such as compiled code.

    Returns
    -------
    bool
        Whether all cases are finished; False after Ctrl-C.
    """
    directory.mkdir(parents=True, exist_ok=True)
    listener = progress or Silent()
    listener.start(sum(case.work for case in cases), "trials")
    left = []
    for case in cases:
        if store_of(directory, case).is_dir():
            listener.advance(case.work)
        else:
            left.append(case)
    try:
        if jobs == 1:
            return _run_here(task, left, directory, listener)
        if left and prepare is not None:
            prepare()
        return _run_in_workers(task, left, directory, jobs, listener)
    except KeyboardInterrupt:
        return False


def read_ensemble(cases: Sequence[Case], directory: Path) -> dict[str, xr.Dataset]:
    """Read the finished cases, by name, in the order given."""
    stores = {case.name: store_of(directory, case) for case in cases}
    return {name: read_dataset(store, Kind.TRIAL) for name, store in stores.items() if store.is_dir()}


def store_of(directory: Path, case: Case) -> Path:
    """Return where a case's result is kept."""
    return directory / f"{case.name}.zarr"


class _Scaled:
    """Turns the task's fractions into units of work."""

    def __init__(self, work: float, advance: Callable[[float], None]) -> None:
        self._work, self._advance = work, advance

    def start(self, total: float, label: str) -> None:
        pass

    def advance(self, amount: float) -> None:
        self._advance(self._work * amount)


def _run_here(task: Task, cases: Sequence[Case], directory: Path, listener: Progress) -> bool:
    for case in cases:
        dataset = task(*case.arguments, _Scaled(case.work, listener.advance))
        if dataset is None:
            return False
        write_dataset(dataset, store_of(directory, case), Kind.TRIAL)
    return True


def _run_in_workers(task: Task, cases: Sequence[Case], directory: Path, jobs: int, listener: Progress) -> bool:
    done: Synchronized[float] = multiprocessing.Value("d", 0.0)
    pool = ProcessPoolExecutor(jobs, initializer=_start_worker, initargs=(done,))
    reported = 0.0
    try:
        pending: set[Future[None]] = {pool.submit(_run_and_store, task, case, directory) for case in cases}
        while pending:
            finished, pending = wait(pending, POLL_SECONDS, FIRST_COMPLETED)
            now = done.value
            listener.advance(now - reported)
            reported = now
            for future in finished:
                future.result()
    except BaseException:
        # Unfinished trials have nothing on disk; the workers need not be asked.
        for process in list((pool._processes or {}).values()):
            process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()
    return True


_done: Synchronized[float]


def _start_worker(done: Synchronized[float]) -> None:
    """Share the counter, and leave Ctrl-C to the parent."""
    global _done
    _done = done
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _add_work(amount: float) -> None:
    with _done.get_lock():
        _done.value += amount


def _run_and_store(task: Task, case: Case, directory: Path) -> None:
    dataset = task(*case.arguments, _Scaled(case.work, _add_work))
    if dataset is None:
        raise ResultsError(f"Trial {case.name} was interrupted in its worker; run the same command again.")
    write_dataset(dataset, store_of(directory, case), Kind.TRIAL)
