"""How values stand in MDL: numbers in its units, arrays, and what only a reader of the file wants back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..expressions import plain
from ..syntax import NOTE


def literal(value: float, convert: Callable[[float], float], factor: float) -> str:
    """Return the shortest number that ``convert`` turns into ``value``.

    Parameters
    ----------
    value : float
        In the model's unit.
    convert : callable
        From MDL's unit to the model's.
    factor : float
        One of the model's units in MDL's.
    """
    near = value * factor
    shorter = [float(f"{near:.{digits}g}") for digits in range(1, 18)]
    for candidate in (*shorter, float(np.nextafter(near, np.inf)), float(np.nextafter(near, -np.inf))):
        if convert(candidate) == value:
            return plain(candidate)
    return plain(near)


def remark(**content: Any) -> str:
    """Return a comment from which a reader gets back what MDL itself cannot say."""
    kept = {key: value for key, value in content.items() if value}
    return f" {NOTE}{json.dumps(kept)} */" if kept else ""


def array(values: Iterable[float]) -> str:
    """Return an array of MDL."""
    return "[" + ", ".join(plain(value) for value in values) + "]"


def molar(micromolar: float) -> str:
    """Return a concentration (uM) in M."""
    return literal(micromolar, lambda molar: molar * 1e6, 1e-6)
