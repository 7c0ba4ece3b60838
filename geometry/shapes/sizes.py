"""The checks that all shapes make on their sizes."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection

from ...model.errors import GeometryError


def positive(what: str, value: float, unit: str = "um") -> float:
    """Return ``value`` if it is positive and finite; ``unit`` is empty for a number without one.

    Raises
    ------
    GeometryError
        If it is not.
    """
    number = float(value)
    if not (math.isfinite(number) and number > 0.0):
        shown, of = (f" {unit}", f" of {unit}") if unit else ("", "")
        raise GeometryError(f"The {what} is {value!r}{shown}; give a positive number{of}.")
    return number


def known(what: str, name: str, names: Collection[str]) -> str:
    """Return ``name`` if it is one of ``names``.

    Raises
    ------
    GeometryError
        If it is not, with the nearest or all that there are.
    """
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"use {', '.join(names)}."
    raise GeometryError(f"{what} {name!r}; {hint}")
