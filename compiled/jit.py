"""Numba with a cache that sees edits of callees.

Numba's own cache looks only at the file of the function itself, so that an edited function in another file would go
unnoticed by those that call it. The cache directory is therefore named after a hash of every source in the folder of
the function and in this one: compiled functions call only functions of these two folders. Functions that check all
indices (``NUMBA_BOUNDSCHECK=1``) have directories of their own.
"""

from __future__ import annotations

import hashlib
import pickle
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core import config as numba_config
from numba.core.caching import FunctionCache, NullCache
from platformdirs import user_cache_path

#: Numba fills it when it is imported, which type checkers do not see.
config: Any = numba_config


#: Whether kernels are plain Python, for a debugger.
IS_PLAIN: bool = bool(vars(config)["DISABLE_JIT"])


def jit(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Compile a function in nopython mode, once per machine and again when a source in its folder or this one changes.

    Use as ``@jit``, or ``@jit(...)`` with options of :func:`numba.njit`. ``NUMBA_CACHE_DIR`` is respected.
    """
    if function is None:
        return lambda decorated: jit(decorated, **options)
    made: Any = numba.njit(**options)(function)
    if not IS_PLAIN:
        made._cache = kept(function)
    return made


def vectorized(function: Callable[..., Any]) -> Any:
    """Compile a function of numbers to one of arrays, and keep it as :func:`jit` does."""
    made: Any = numba.vectorize(function)
    if not IS_PLAIN:
        made._dispatcher.cache = kept(function)
    return made


class KernelCache(FunctionCache):  # type: ignore[misc]  # Numba has no types
    """Numba's cache of a function, without which work goes on if it cannot be read or written."""

    @contextmanager
    def _guard_against_spurious_io_errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError, pickle.PickleError, ValueError, LookupError, AttributeError, ImportError) as error:
            say_that_kernels_are_not_kept(Path(self.cache_path), str(error))


def kept(function: Callable[..., Any]) -> FunctionCache | NullCache:
    """Return the cache of a function; one that keeps nothing if there is no place for it."""
    directory = cache_directory(Path(function.__code__.co_filename).parent)
    before, config.CACHE_DIR = config.CACHE_DIR, str(directory)
    try:
        found = KernelCache(function)
        # Elsewhere, as beside the sources, a cache does not see edits.
        if directory in Path(found.cache_path).parents:
            return found
    except RuntimeError:
        pass
    finally:
        config.CACHE_DIR = before
    say_that_kernels_are_not_kept(directory, "it cannot be written")
    return NullCache()


@cache
def say_that_kernels_are_not_kept(directory: Path, why: str) -> None:
    """Warn, once for each reason, that every session will compile."""
    warnings.warn(
        f"Compiled kernels cannot be kept in {directory} ({why}), and are made anew in each session, which takes a "
        "minute; set NUMBA_CACHE_DIR to another directory.",
        stacklevel=2,
    )


@cache
def cache_directory(folder: Path) -> Path:
    """Directory of the compiled functions of a folder of sources."""
    base = Path(config.CACHE_DIR) if config.CACHE_DIR else user_cache_path("nanospine") / "kernels"
    digest = hashlib.sha256(f"{folder}, bounds checked: {config.BOUNDSCHECK}".encode())
    for path in (*sorted(folder.glob("*.py")), *sorted(Path(__file__).parent.glob("*.py"))):
        digest.update(path.read_bytes())
    return base / digest.hexdigest()[:16]
