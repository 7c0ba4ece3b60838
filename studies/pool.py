"""Many independent runs - trials, volumes, parameters, checks - by one process, by several, or by a cluster.

Answers come in the order of the cases, whoever computes them. Workers are processes of this machine unless an
:class:`~concurrent.futures.Executor` is handed in, such as Dask's ``Client.get_executor()``; it stays the caller's.
Own workers import the program anew: a script that starts them does so below ``if __name__ == "__main__":``.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..model.errors import ResultsError, SimulationError, warn
from ..results.format import Kind
from ..results.lock import Shared, exclusively
from ..results.progress import Progress, Silent
from ..results.store import check_store, read_dataset, remove_leftovers, write_dataset

if TYPE_CHECKING:
    import xarray as xr

#: Workers begin as new interpreters: a fork would take over the locks of Numba's and BLAS's threads as they are.
START_METHOD = "spawn"
POLL_SECONDS = 0.2

Task = TypeVar("Task")
Answer = TypeVar("Answer")
#: Number of a case, and a further part of its work that is done.
Reports = SimpleQueue[tuple[int, float]]


@dataclass(frozen=True)
class Case:
    """One run of many.

    Parameters
    ----------
    name : str
        What messages call it, and the name of its store; unique.
    work : float
        Expected work, in any unit common to all.
    arguments : tuple
        Passed to the function; must pickle. The result depends on them alone.
    """

    name: str
    work: float
    arguments: tuple[Any, ...]


def run_tasks(
    function: Callable[[Task], Answer],
    tasks: Sequence[Task],
    *,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
    label: str = "tasks",
) -> Generator[Answer, None, None]:
    """Yield ``function(task)`` of every task, each as soon as it and those before it are there.

    Parameters
    ----------
    function : callable
        Module-level, so that it can be sent to workers.
    tasks : sequence
        What to compute.
    jobs, executor, progress, label
        As for :func:`run_cases`.
    """
    cases = [Case(f"{k} of {len(tasks)} {label}", 1.0, (task,)) for k, task in enumerate(tasks, 1)]
    return run_cases(_Unreported(function), cases, jobs=jobs, executor=executor, progress=progress, label=label)


def run_cases(
    function: Callable[..., Answer],
    cases: Sequence[Case],
    *,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
    label: str = "cases",
) -> Generator[Answer, None, None]:
    """Yield ``function(*case.arguments, progress)`` of every case, each as soon as it and those before it are there.

    Parameters
    ----------
    function : callable
        Module-level, so that it can be sent to workers. It reports its progress as fractions that sum to 1.
    cases : sequence of Case
        What to run.
    jobs : int
        Worker processes; 1 runs in this process.
    executor : concurrent.futures.Executor, optional
        Runs the cases in place of own workers; progress then comes from finished cases alone.
    progress : Progress, optional
        Receives finished work in the unit of :attr:`Case.work`.
    label : str
        What the cases are called.

    Raises
    ------
    SimulationError
        If a worker was killed.
    Exception
        What a case raised; a note names the case. The others are ended, as they are by Ctrl-C.
    """
    listener = progress or Silent()
    listener.start(sum(case.work for case in cases), label)
    yield from _in_order(_answers(function, cases, jobs, executor, listener))


def store_cases(
    function: Callable[..., xr.Dataset | None],
    cases: Sequence[Case],
    directory: Path,
    *,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
    label: str = "trials",
    prepare: Callable[[], None] | None = None,
) -> bool:
    """Run all cases whose whole store is not yet in ``directory``, which each worker writes as it finishes a case.

    Parameters
    ----------
    function : callable
        As for :func:`run_cases`; returns the case's dataset, or None if it was interrupted.
    cases : sequence of Case
        What to run.
    directory : pathlib.Path
        Home of the stores ``<name>.zarr``, which all workers can write.
    jobs, executor, progress, label
        As for :func:`run_cases`.
    prepare : callable, optional
        Called once before workers start, if there is anything to do: makes what each of them would make for itself,
        such as compiled code.

    Returns
    -------
    bool
        Whether all cases are finished; False after Ctrl-C, which keeps those that are.

    Raises
    ------
    ResultsError
        If another run, or workers that it left, write there.
    """
    listener = progress or Silent()
    with exclusively(directory):
        remove_leftovers(directory)
        left = [
            replace(case, arguments=(store, *case.arguments))
            for case in cases
            if not _is_finished(store := directory / f"{case.name}.zarr")
        ]
        if left:
            # What is there takes no time, so that it tells nothing of how long the rest takes.
            there = f" (besides {len(cases) - len(left)} that are there)" if len(left) < len(cases) else ""
            listener.start(sum(case.work for case in left), f"{label}{there}")
        try:
            if left and prepare is not None and (jobs > 1 or executor is not None):
                prepare()
            for _ in _answers(_Stored(function), left, jobs, executor, listener):
                pass
        except KeyboardInterrupt:
            return False
        return True


def _is_finished(store: Path) -> bool:
    """Say whether a store is there; one that is not whole, as a copy that was cut off, is removed."""
    if not store.exists():
        return False
    try:
        check_store(store, Kind.TRIAL)
    except ResultsError as error:
        warn(f"This trial is run again: {error}")
        shutil.rmtree(store)
        return False
    return True


def read_cases(cases: Sequence[Case], directory: Path) -> dict[str, xr.Dataset]:
    """Read the finished cases that :func:`store_cases` left, by name, in the order given."""
    stores = {case.name: directory / f"{case.name}.zarr" for case in cases}
    return {name: read_dataset(store, Kind.TRIAL) for name, store in stores.items() if store.is_dir()}


@dataclass(frozen=True)
class _Unreported(Generic[Task, Answer]):
    """A function that takes no progress."""

    function: Callable[[Task], Answer]

    def __call__(self, task: Task, progress: Progress) -> Answer:
        return self.function(task)


@dataclass(frozen=True)
class _Stored:
    """A function whose dataset goes to disk, where it was computed."""

    function: Callable[..., xr.Dataset | None]

    def __call__(self, store: Path, *arguments: Any) -> None:
        dataset = self.function(*arguments)
        if dataset is None:
            raise KeyboardInterrupt
        write_dataset(dataset, store, Kind.TRIAL)


class _Share:
    """Progress of one case as a share of all."""

    def __init__(self, advance: Callable[[float], None]) -> None:
        self.advance = advance

    def start(self, total: float, label: str) -> None:
        """Do nothing: the whole has been started."""


def _in_order(finished: Iterator[tuple[int, Answer]]) -> Iterator[Answer]:
    """Yield the answers in the order of their numbers."""
    early: dict[int, Answer] = {}
    following = 0
    for number, answer in finished:
        early[number] = answer
        while following in early:
            yield early.pop(following)
            following += 1


def _answers(
    function: Callable[..., Answer],
    cases: Sequence[Case],
    jobs: int,
    executor: Executor | None,
    listener: Progress,
) -> Iterator[tuple[int, Answer]]:
    """Yield the number and the answer of each case as it finishes."""
    if executor is not None:
        yield from _submitted(function, cases, executor, listener, None)
    elif jobs > 1 and cases:
        with _workers(min(jobs, len(cases))) as (pool, reports):
            yield from _submitted(function, cases, pool, listener, reports)
    else:
        for number, case in enumerate(cases):
            meter = _Meter(case.work, listener)
            with _named(case):
                answer = function(*case.arguments, _Share(meter.advance))
            meter.finish()
            yield number, answer


def _submitted(
    function: Callable[..., Answer],
    cases: Sequence[Case],
    executor: Executor,
    listener: Progress,
    reports: Reports | None,
) -> Iterator[tuple[int, Answer]]:
    futures: dict[Future[Answer], int] = {
        executor.submit(_run_reported, function, number, case): number for number, case in enumerate(cases)
    }
    meters = [_Meter(case.work, listener) for case in cases]
    pending = set(futures)
    try:
        while pending:
            finished, pending = wait(pending, POLL_SECONDS, FIRST_COMPLETED)
            while reports is not None and not reports.empty():
                number, amount = reports.get()
                meters[number].advance(amount)
            for future in finished:
                number = futures[future]
                with _named(cases[number]):
                    answer = future.result()
                meters[number].finish()
                yield number, answer
    finally:
        for future in pending:
            future.cancel()


class _Meter:
    """Reports the work of a case: parts of it that are said to be done, and what is left when it is finished."""

    def __init__(self, work: float, listener: Progress) -> None:
        self._work = self._left = work
        self._listener = listener

    def advance(self, part: float) -> None:
        """Report a further part of the work."""
        amount = min(part * self._work, self._left)
        self._left -= amount
        self._listener.advance(amount)

    def finish(self) -> None:
        """Report what is left of the work."""
        self._listener.advance(self._left)
        self._left = 0.0


@contextmanager
def _named(case: Case) -> Iterator[None]:
    """Say in errors which case they come from."""
    try:
        yield
    except BrokenExecutor as error:
        raise SimulationError(
            "A worker was killed, perhaps for want of memory; let fewer run at a time, and run the same again."
        ) from error
    except Exception as error:
        error.add_note(f"(In case {case.name}.)")
        raise


@contextmanager
def _workers(jobs: int) -> Iterator[tuple[Executor, Reports]]:
    """Start worker processes, which leave at the end, whatever they are about, and if this process dies."""
    context = multiprocessing.get_context(START_METHOD)
    reports: Reports = context.SimpleQueue()
    reader, writer = context.Pipe(duplex=False)
    given = (reports, reader, Shared())
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker, initargs=given)
    try:
        yield pool, reports
    except BaseException:
        # What is not finished has nothing on disk; the workers need not be asked.
        writer.close()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        for end in (reader, writer, reports):
            end.close()


_reports: Reports | None = None


def _start_worker(reports: Reports, parent: Connection, locks: object) -> None:
    """Report to the parent, leave Ctrl-C to it, share its locks until the end, and leave with it."""
    global _reports
    _reports = reports
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: Connection) -> None:
    parent.poll(None)
    os._exit(1)


def _run_reported(function: Callable[..., Answer], number: int, case: Case) -> Answer:
    """Run a case in a worker."""

    def report(amount: float) -> None:
        if _reports is not None:
            _reports.put((number, amount))

    return function(*case.arguments, _Share(report))
