"""Numba with a cache that sees edits of callees.

Numba's own cache looks only at the file of the function itself, so that an edited function in another file would go
unnoticed by those that call it. The cache directory is therefore named after a hash of every source in the folder of
the function and in this one: compiled functions call only functions of these two folders. Functions that check all
indices (``NUMBA_BOUNDSCHECK=1``) have directories of their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core import config as numba_config
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
    before, config.CACHE_DIR = config.CACHE_DIR, str(cache_directory(Path(function.__code__.co_filename).parent))
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # the cache directory cannot be written: compile anew in each session
        return numba.njit(**options)(function)
    finally:
        config.CACHE_DIR = before


@cache
def cache_directory(folder: Path) -> Path:
    """Directory of the compiled functions of a folder of sources."""
    base = Path(config.CACHE_DIR) if config.CACHE_DIR else user_cache_path("nanospine") / "kernels"
    digest = hashlib.sha256(f"{folder}, bounds checked: {config.BOUNDSCHECK}".encode())
    for path in (*sorted(folder.glob("*.py")), *sorted(Path(__file__).parent.glob("*.py"))):
        digest.update(path.read_bytes())
    return base / digest.hexdigest()[:16]
