"""What workers are given to do in tests; they import this module, which is therefore light."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nanospine.results.progress import Progress

if TYPE_CHECKING:
    import xarray as xr

#: Every case that a task worked on in this process.
worked: list[int] = []


def draw(seed: int, progress: Progress) -> xr.Dataset | None:
    """Do as a trial does: numbers from a seed, progress in fractions that sum to 1."""
    worked.append(seed)
    progress.advance(0.25)
    values = np.random.default_rng(seed).normal(size=3)
    progress.advance(0.75)
    import xarray as xr

    return xr.Dataset({"values": ("n", values)})


def break_at_two(seed: int, progress: Progress) -> xr.Dataset | None:
    if seed == 2:
        raise ValueError("case 2 broke")
    return draw(seed, progress)


def interrupted_at_two(seed: int, progress: Progress) -> xr.Dataset | None:
    return None if seed == 2 else draw(seed, progress)


def sleep_after(fraction: float, seconds: float, progress: Progress) -> int:
    """Do a part of the work, and take a while for the rest; return in which process."""
    progress.advance(fraction)
    time.sleep(seconds)
    return os.getpid()


def draw_many(seed: int, progress: Progress) -> xr.Dataset | None:
    """Do as `draw`, with many files to write."""
    values = draw(seed, progress)
    assert values is not None
    return values.assign({f"more{k}": ("m", np.arange(1.0, 50.0)) for k in range(20)})


def stop_self(directory: Path, progress: Progress) -> None:
    """Stop, and leave a note of it; a process that is stopped does not notice that its parent dies."""
    (directory / f"stopped.{os.getpid()}").touch()
    os.kill(os.getpid(), signal.SIGSTOP)


def square(number: int) -> int:
    time.sleep(0.05 if number == 0 else 0.0)
    return number**2


def inverse(number: float) -> float:
    return 1.0 / number


def leave(number: int) -> int:
    """Die as a worker does that the system kills."""
    os._exit(9)
