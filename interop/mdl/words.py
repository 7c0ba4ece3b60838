"""How MDL says the rules of boundaries; what has no word here is refused when a model is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """A rule in a surface class.

    Parameters
    ----------
    text : str
        The line, with the fields ``species``, ``sides`` (the mark of those where there is a compartment) and ``molar``
        (the boundary's concentration in M).
    instead : str
        What MCell does where that is only the nearest thing.
    """

    text: str
    instead: str = ""


WORDS: Mapping[str, Word] = {
    "reflecting": Word("REFLECTIVE = {species};"),
    "absorbing": Word(
        "ABSORPTIVE = {species};",
        instead="MCell absorbs only straight steps that cross the surface: too few by O(sqrt(dt))",
    ),
    "absorbing-segment": Word("ABSORPTIVE = {species};"),
    "clamp": Word("CLAMP_CONCENTRATION {species}{sides} = {molar}"),
    "transparent": Word("TRANSPARENT = {species};"),
}
