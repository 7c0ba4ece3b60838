"""One writer at a time: whoever writes into a directory locks it, together with the workers that it starts.

The lock is one of the operating system (``flock``), on a file that is open. It ends when the last process that has the
file open closes it or dies, however it dies; so a process that was killed leaves no lock behind, unless workers of it
still run. The file itself means nothing.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from multiprocessing import reduction
from pathlib import Path
from typing import Any

from ..model.errors import ResultsError, warn

NAME = ".lock"
#: Descriptor of each lock file that this process has locked, and the thread that did.
_held: dict[Path, tuple[int, int]] = {}


def exclusively(directory: Path) -> AbstractContextManager[None]:
    """Let no other process or thread write into a directory until the end of the block.

    Blocks of one thread may be nested.

    Parameters
    ----------
    directory : pathlib.Path
        Made if it is not there.

    Raises
    ------
    ResultsError
        At once, if another process or thread writes there, or nobody can.
    """
    return _locked(directory.absolute() / NAME, directory)


def exclusively_file(path: Path) -> AbstractContextManager[None]:
    """Do the same for one file."""
    return _locked(path.absolute().with_name(path.name + NAME), path)


@contextmanager
def _locked(path: Path, target: Path) -> Iterator[None]:
    if path in _held and _held[path][1] == threading.get_ident():
        yield
        return
    is_new = not _exists(path.parent)
    descriptor = _lock(path, target)
    _held[path] = descriptor, threading.get_ident()
    try:
        yield
    finally:
        del _held[path]
        # Before the lock ends: the next one must not take a file that is about to vanish.
        path.unlink(missing_ok=True)
        os.close(descriptor)
        if is_new:
            # What was refused leaves no empty directory; others are not empty.
            with suppress(OSError):
                path.parent.rmdir()


def is_empty(directory: Path) -> bool:
    """Say whether a directory holds nothing but perhaps a lock file, or is not there."""
    return not directory.exists() or all(path.name == NAME for path in directory.iterdir())


class Shared:
    """The locks of this process, which a worker has from its very start when it is given this object."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _take_over, tuple(reduction.DupFd(descriptor) for descriptor, _ in _held.values())


def _take_over(*duplicates: Any) -> tuple[int, ...]:
    """Keep locks that came with the start of this process, until its end."""
    return tuple(duplicate.detach() for duplicate in duplicates)


def _exists(path: Path) -> bool:
    with suppress(OSError):  # a name that is too long
        return path.exists()
    return False


def _lock(path: Path, target: Path) -> int:
    """Return the descriptor of the lock file, locked."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                _try_lock(descriptor, target)
                if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
                    os.ftruncate(descriptor, 0)
                    os.write(descriptor, str(os.getpid()).encode())
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            # Who had it before has removed it in between.
            os.close(descriptor)
    except ResultsError:
        raise
    except (OSError, ValueError) as error:
        raise ResultsError(f"Cannot use {target} for results: {error}; choose another directory.") from error


def _try_lock(descriptor: int, target: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        process = os.pread(descriptor, 32, 0).decode(errors="replace") or "unknown"
        raise ResultsError(
            f"Another run writes to {target} (process {process}, or workers that it left); wait for its end, or choose "
            "another place."
        ) from None
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP):
            raise
        warn(f"The file system of {target} has no locks; take care that no other run writes there meanwhile.")
