"""The check that all shapes make on their sizes."""

from __future__ import annotations

import math

from ...model.errors import GeometryError


def positive(what: str, value: float, unit: str = "um") -> float:
    """Return ``value`` if it is positive and finite.

    Raises
    ------
    GeometryError
        If it is not.
    """
    number = float(value)
    if not (math.isfinite(number) and number > 0.0):
        raise GeometryError(f"The {what} is {value!r} {unit}; give a positive number of {unit}.")
    return number
