"""The state of a run on disk, from which it goes on as if it had never stopped."""

from __future__ import annotations

import hashlib
import os
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model import ResultsError

Arrays = dict[str, NDArray[Any]]


class Checkpoint:
    """One file that always holds a whole state: it is replaced only when the next one is safely on disk.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    run : str
        Digest of everything that determines the run; a file of another run is not continued.
    every : float
        Seconds of real time between states.
    """

    def __init__(self, path: Path, run: str, every: float) -> None:
        self._path, self._run, self._every = path, run, every
        self._last = time.monotonic()

    @property
    def is_due(self) -> bool:
        """Whether the last state is old enough for a new one."""
        return time.monotonic() - self._last >= self._every

    def save(self, arrays: Mapping[str, ArrayLike]) -> None:
        """Write a state.

        Raises
        ------
        ResultsError
            If the file cannot be written.
        """
        new = self._path.with_name(self._path.name + ".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with new.open("wb") as file:
                np.savez(file, allow_pickle=False, run=self._run, state=_digest_of(arrays), **arrays)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
        except OSError as error:
            raise ResultsError(f"Cannot write the checkpoint {self._path}: {error}; choose another file.") from error
        self._last = time.monotonic()

    def load(self, check: Callable[[Arrays], None]) -> Arrays | None:
        """Read the last state, None if there is none.

        Parameters
        ----------
        check : callable
            Raises a ValueError for a state that the run cannot have.

        Raises
        ------
        ResultsError
            If the file is damaged, belongs to another run, or has such a state.
        """
        if not self._path.exists():
            return None
        try:
            arrays = _read(self._path)
            run, state = str(arrays.pop("run")), str(arrays.pop("state"))
        except (OSError, ValueError, KeyError, EOFError, MemoryError, NotImplementedError, zipfile.BadZipFile) as error:
            raise ResultsError(f"{self._path} is no checkpoint that can be read: {error}; remove it.") from error
        if run != self._run:
            raise ResultsError(
                f"{self._path} is the checkpoint of another run (model, engine, seed, trial, start, duration, output "
                "or version differ); choose another file, or remove it."
            )
        if state != _digest_of(arrays):
            raise ResultsError(f"{self._path} is damaged: its numbers are not those that were written; remove it.")
        try:
            check(arrays)
        except ValueError as error:
            raise ResultsError(f"{self._path} has no state of this run: {error}; remove it.") from error
        return arrays


def _read(path: Path) -> Arrays:
    """Read the arrays of a file, if they are no larger than the file itself: we do not pack them."""
    if not path.is_file():
        raise ValueError("it is no file")
    with zipfile.ZipFile(path) as archive:
        size = sum(part.file_size for part in archive.infolist())
    if size > path.stat().st_size:
        raise ValueError(f"it unpacks to {size} bytes, more than its own {path.stat().st_size}")
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _digest_of(arrays: Mapping[str, ArrayLike]) -> str:
    """Return the digest of a state: names, types, shapes and numbers."""
    parts = [(name, np.asarray(array)) for name, array in sorted(arrays.items())]
    return digest([(name, array.dtype.str, array.shape, np.ascontiguousarray(array)) for name, array in parts])


def digest(parts: Iterable[object]) -> str:
    """Return a digest of arrays, anything that prints in full, and tuples of these and of tuples."""
    found = hashlib.sha256()
    for part in parts:
        if isinstance(part, tuple):
            found.update(digest(part).encode())
        else:
            found.update(part.tobytes() if isinstance(part, np.ndarray) else repr(part).encode())
        found.update(b"\0")
    return found.hexdigest()


def flat(**groups: Mapping[str, ArrayLike]) -> dict[str, ArrayLike]:
    """Return named arrays under the names of their group and their own, such as ``particles.position``."""
    return {f"{group}.{name}": array for group, arrays in groups.items() for name, array in arrays.items()}


def group(arrays: Arrays, name: str) -> Arrays:
    """Return the arrays of one group by their own names."""
    return {key.removeprefix(f"{name}."): array for key, array in arrays.items() if key.startswith(f"{name}.")}
