"""Units as text, converted by pint, which would evaluate any arithmetic."""

from __future__ import annotations

import math
import re
from functools import cache
from tokenize import TokenError
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pint import UnitRegistry

#: Characters of a unit.
LONGEST = 100
#: A name, a one, a power of a small number that no other power follows, or a sign.
TOKEN = re.compile(
    r"\s*([^\W\d]\w*|[%°]|1(?![\d.eE])|(\*\*|\^)\s*[+-]?\d{1,2}(?![\d.eE]|\s*(\*\*|\^))|\*(?!\*)|[/()+-])"
)
#: What the parser beneath pint raises for text that is no unit.
UNREADABLE = (TokenError, ArithmeticError, AssertionError, AttributeError, TypeError, ValueError)


@cache
def conversion_factor(unit: str, target: str) -> float | None:
    """Return what a unit is in another unit; nothing if it is no unit or one of something else.

    Powers are whole numbers below 100, and the only numbers but for 1.
    """
    import pint  # takes longer to load than most commands to run

    if not _is_bounded(unit):
        return None
    try:
        factor = float(_units().Quantity(1.0, unit).to(target).magnitude)
    except (pint.PintError, *UNREADABLE):
        return None
    return factor if 0.0 < factor < math.inf else None


def _is_bounded(unit: str) -> bool:
    """Say whether a text is short, and made of what units are made of."""
    text, place = unit.rstrip(), 0
    while place < len(text) <= LONGEST:
        token = TOKEN.match(text, place)
        if token is None:
            return False
        place = token.end()
    return place == len(text)


@cache
def _units() -> UnitRegistry[float]:
    import pint

    return pint.UnitRegistry()
