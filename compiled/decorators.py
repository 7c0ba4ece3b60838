"""The decorators of the engine's kernels, and how they fetch memory ahead.

Kernels own no memory: they only read and write the arrays they are given, so Numba's reference counting is
switched off. It would cost two atomic operations per array of every table and call, fifty times the arithmetic; and
a kernel that tries to allocate does not compile.

Only those that Python calls have a door to Python and a place in the cache, which holds what they call, too: to make
the doors of all of them would double the time to compile. Functions that are cached by themselves before they are
compiled into their callers make these a quarter slower.

With ``NUMBA_DISABLE_JIT=1`` all of them are plain Python, to be read step by step in a debugger.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import extending
from numba.core import types

from .jit import IS_PLAIN, jit

unsigned = np.uint64  # indices of this type are never tested for being negative, which costs as much as reading
OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False, "no_cfunc_wrapper": True}
INNER = {**OPTIONS, "no_cpython_wrapper": True}


def kernel(function: Callable[..., Any]) -> Any:
    """Compile ``function`` to be called from Python.

    As plain Python it is as silent as compiled when words of 64 bits overflow or something is divided by 0.
    """
    return np.errstate(all="ignore")(function) if IS_PLAIN else jit(function, **OPTIONS)


def shared(function: Callable[..., Any]) -> Any:
    """Compile ``function`` once, to be called by kernels: for those that are long or rarely needed."""
    return numba.njit(**INNER)(function)


def inline(function: Callable[..., Any]) -> Any:
    """Compile ``function`` into its callers: passing whole tables costs more than most kernels do."""
    return numba.njit(forceinline=True, **INNER)(function)


def fused(function: Callable[..., Any]) -> Any:
    """As :func:`inline`, for polynomials: products and sums may be rounded once together."""
    return numba.njit(forceinline=True, fastmath={"contract"}, **INNER)(function)


def intrinsic(as_python: Callable[..., Any]) -> Callable[..., Any]:
    """Return the decorator of what writes instructions by hand, and is ``as_python`` where nothing is compiled."""
    return (lambda _generator: as_python) if IS_PLAIN else extending.intrinsic


@intrinsic(as_python=lambda array, row: None)
def prefetch(typing_context, array, row):
    """Ask for the memory of a row of a table that is read soon; nothing waits for it."""

    def generate(context, builder, signature, args):
        table = context.make_array(signature.args[0])(context, builder, args[0])
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        offset = builder.mul(args[1], builder.extract_value(table.strides, 0))
        address = builder.gep(builder.bitcast(table.data, byte), [offset])
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        to_read, to_keep, data = number(0), number(3), number(1)
        builder.call(builder.module.declare_intrinsic("llvm.prefetch", [byte], kind), [address, to_read, to_keep, data])
        return context.get_dummy_value()

    return types.void(array, types.uint64), generate
