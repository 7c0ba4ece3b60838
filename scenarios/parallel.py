"""Independent tasks over worker processes, in order, with progress."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from .base import RunOptions

Task = TypeVar("Task")
Answer = TypeVar("Answer")


def map_tasks(
    function: Callable[[Task], Answer], tasks: Sequence[Task], options: RunOptions, label: str
) -> list[Answer]:
    """Return ``function`` of every task, computed by ``options.jobs`` processes; the order is that of the tasks."""
    options.progress.start(len(tasks), label)
    answers = []
    if options.jobs <= 1:
        for task in tasks:
            answers.append(function(task))
            options.progress.advance(1)
        return answers
    with ProcessPoolExecutor(options.jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        for answer in pool.map(function, tasks):
            answers.append(answer)
            options.progress.advance(1)
    return answers
