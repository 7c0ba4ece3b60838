"""The decorators of the engine's kernels.

Kernels own no memory: they only read and write the arrays they are given, so Numba's reference counting is
switched off. It would cost two atomic operations per array of every table and call, fifty times the arithmetic; and
a kernel that tries to allocate does not compile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...jit import jit

OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False}


def kernel(function: Callable[..., Any]) -> Any:
    """Compile ``function`` in nopython mode."""
    return jit(function, **OPTIONS)


def inline(function: Callable[..., Any]) -> Any:
    """Compile ``function`` into its callers: passing whole tables costs more than most kernels do."""
    return jit(function, forceinline=True, **OPTIONS)
