"""Checks of the arrays that the rules take, with one wording for every message."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model.errors import ParameterError

P = ParamSpec("P")
R = TypeVar("R")


def bounded(method: Callable[P, R]) -> Callable[P, R]:
    """Refuse weights that overflow, of a method of a rule that returns them.

    Raises
    ------
    ParameterError
        When it is called, if a number that it returns is not finite.
    """

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with np.errstate(over="ignore", invalid="ignore"):
            found = method(*args, **kwargs)
        if not np.isfinite(np.asarray(found)).all():
            raise ParameterError(
                f"{type(args[0]).__name__}: the weights overflow; give smaller activities or rates, or shorter times."
            )
        return found

    return call


def not_negative(what: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return ``values`` of any shape as a float array.

    Raises
    ------
    ParameterError
        If one is not finite, or less than 0.
    """
    array = np.asarray(values, dtype=np.float64)
    return finite(what, array.ravel(), ndim=1, minimum=0.0).reshape(array.shape) if array.size else array


def finite(what: str, values: ArrayLike, *, ndim: int, minimum: float | None = None) -> NDArray[np.float64]:
    """Return ``values`` as a float array of ``ndim`` dimensions.

    Raises
    ------
    ParameterError
        If it has another number of dimensions, no element, or one that is not finite or less than ``minimum``.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != ndim or array.size == 0:
        raise ParameterError(f"{what} has shape {array.shape}; give a {ndim}-dimensional array with elements.")
    bad = ~np.isfinite(array) if minimum is None else ~(np.isfinite(array) & (array >= minimum))
    if bad.any():
        allowed = "finite numbers" if minimum is None else f"finite numbers >= {minimum:g}"
        raise ParameterError(f"{what} holds {array[bad][0]}; give {allowed}.")
    return array


def times(what: str, values: ArrayLike, *, least: int = 1) -> NDArray[np.float64]:
    """Return ``values`` (s) as an array of at least so many times that increase strictly.

    Raises
    ------
    ParameterError
        If they do not, are not finite, or too few.
    """
    array = finite(what, values, ndim=1)
    if array.size < least:
        raise ParameterError(f"{what} has {array.size} values; give at least {least}.")
    if np.any(np.diff(array) <= 0):
        raise ParameterError(f"{what} must increase strictly; sort the times and drop repeated ones.")
    return array


def spikes(what: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return spike times (s) that increase strictly; there may be none.

    Raises
    ------
    ParameterError
        If they do not increase, or are not finite.
    """
    array = np.asarray(values, dtype=np.float64)
    return array if array.shape == (0,) else times(what, array)


def check_rows(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``rows`` as a contiguous float array (n, 3).

    Raises
    ------
    ParameterError
        If the shape is not (n, 3), an entry is not finite or a width is not positive.
    """
    rows = np.ascontiguousarray(rows, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != 3:
        raise ParameterError(
            f"A plasticity rule has shape {rows.shape}; give rows of (height, centre in uM, width in uM)."
        )
    if not np.all(np.isfinite(rows)) or np.any(rows[:, 2] <= 0):
        raise ParameterError(
            f"A plasticity rule has rows {rows.tolist()}; every entry must be finite and every width > 0."
        )
    return rows
