"""The large parts of the kernel `advance`, compiled by two processes at once."""

from __future__ import annotations

import multiprocessing
import signal
from typing import Any

import numba

from .bind import react
from .events import fire_events
from .move import move

Types = tuple[numba.types.Type, ...]


def compile_parts(
    particles: Any, chemistry: Any, cells: Any, walls: Any, windows: Any, membrane: Any, tally: Any, scratch: Any,
    key: Any, dt: float,
) -> None:  # fmt: skip
    """Compile the moves in a helper and events and reactions, which take as long, here: `advance` finds all on disk."""
    step = count = 0
    moves = types_of(particles, chemistry, cells, walls, windows, tally, scratch, key, step, dt)
    events = types_of(particles, chemistry, cells, walls, tally, scratch.waiting, key, step, dt)
    reactions = types_of(particles, chemistry, cells, walls, membrane, tally, scratch, count, count, key, step, dt)
    helper = multiprocessing.Process(target=_compile_moves, args=(moves,), daemon=True)
    helper.start()
    fire_events.compile(events)
    react.compile(reactions)
    helper.join()


def types_of(*arguments: Any) -> Types:
    """Return the types of the arguments of a kernel, for which it is compiled."""
    return tuple(numba.typeof(argument) for argument in arguments)


def _compile_moves(types: Types) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is left to the parent
    move.compile(types)
