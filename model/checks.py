"""Checks of single values, with one wording for every message."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection
from itertools import islice
from numbers import Integral, Real

from .errors import ModelError, NanospineError

#: Names that are compared with one that is unknown, and that a message shows.
MOST_COMPARED, MOST_SHOWN = 1000, 50
#: Characters of it that a message shows.
LONGEST_SHOWN = 200


def finite(what: str, value: float, *, minimum: float | None = None, error: type[NanospineError] = ModelError) -> None:
    """Raise ``error`` unless ``value`` is a finite number of at least ``minimum``."""
    allowed = "a finite number" if minimum is None else f"a finite number >= {minimum:g}"
    if not _is_finite(value) or (minimum is not None and value < minimum):
        raise error(f"{what} is {value!r}; give {allowed}.")


def positive(what: str, value: float, *, error: type[NanospineError] = ModelError) -> None:
    """Raise ``error`` unless ``value`` is a finite number above zero."""
    if not (_is_finite(value) and value > 0):
        raise error(f"{what} is {value!r}; give a finite number > 0.")


def whole(what: str, value: int, *, minimum: int = 0, error: type[NanospineError] = ModelError) -> None:
    """Raise ``error`` unless ``value`` is a whole number of at least ``minimum``."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < minimum:
        raise error(f"{what} is {value!r}; give a whole number >= {minimum}.")


def _is_finite(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def one_of(what: str, value: str, allowed: Collection[str], *, error: type[NanospineError] = ModelError) -> None:
    """Raise ``error`` unless ``value`` is among ``allowed``; the message names the nearest.

    Where names are many, give a set or a mapping, in which they are found at once.
    """
    if value in allowed:
        return
    near = difflib.get_close_matches(str(value), islice(allowed, MOST_COMPARED), n=1)
    more = ", ..." if len(allowed) > MOST_SHOWN else ""
    known = ", ".join(islice(allowed, MOST_SHOWN)) + more
    hint = f"did you mean {near[0]!r}?" if near else f"known are: {known or 'none'}."
    shown = value if len(str(value)) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}..."
    raise error(f"{what} {shown!r} is unknown; {hint}")
