"""Independent tasks over worker processes, in order, with progress."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from ..results.progress import Progress

Task = TypeVar("Task")
Answer = TypeVar("Answer")


def map_tasks(
    function: Callable[[Task], Answer], tasks: Sequence[Task], jobs: int, progress: Progress, label: str
) -> list[Answer]:
    """Return ``function`` of every task, computed by ``jobs`` processes; the order is that of the tasks."""
    return list(each_answer(function, tasks, jobs, progress, label))


def each_answer(
    function: Callable[[Task], Answer], tasks: Sequence[Task], jobs: int, progress: Progress, label: str
) -> Iterator[Answer]:
    """Yield ``function`` of every task as soon as it and those before it are there."""
    progress.start(len(tasks), label)
    if jobs <= 1:
        for task in tasks:
            answer = function(task)
            progress.advance(1)
            yield answer
        return
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        for answer in pool.map(function, tasks):
            progress.advance(1)
            yield answer
