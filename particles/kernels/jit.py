"""The one decorator of all kernels: compiled once per machine, and again whenever any kernel source changes.

Kernels own no memory: they only read and write the arrays they are given, so Numba's reference counting is
switched off. It would cost two atomic operations per array of every table and call, fifty times the arithmetic; and
a kernel that tries to allocate does not compile.

Numba's own cache looks only at the file of the function itself, so an edited callee would go unnoticed; the cache
directory is therefore named after a hash of every kernel source.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba import config
from platformdirs import user_cache_path


def source_hash() -> str:
    """Hash of all kernel sources of this package."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_directory() -> Path:
    """Directory of the compiled kernels; ``NUMBA_CACHE_DIR`` is respected."""
    base = Path(config.CACHE_DIR) if config.CACHE_DIR else user_cache_path("nanospine") / "kernels"
    return base / source_hash()


CACHE = str(cache_directory())
OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False}


def _compile(function: Callable[..., Any], **options: Any) -> Any:
    before, config.CACHE_DIR = config.CACHE_DIR, CACHE
    try:
        return numba.njit(cache=True, **OPTIONS, **options)(function)
    except RuntimeError:  # the cache directory cannot be written: compile anew in each session
        return numba.njit(**OPTIONS, **options)(function)
    finally:
        config.CACHE_DIR = before


def kernel(function: Callable[..., Any]) -> Any:
    """Compile ``function`` in nopython mode with a cache that sees edits in other kernel files."""
    return _compile(function)


def inline(function: Callable[..., Any]) -> Any:
    """Compile ``function`` into its callers: passing whole tables costs more than most kernels do."""
    return _compile(function, forceinline=True)
