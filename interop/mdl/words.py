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
        (the boundary's concentration in M); none if reactions say it.
    reactions : tuple of str
        Reactions with the surface class ``wall``, with the fields ``species``, and ``out`` and ``inward`` for the rates
        in 1/(M s) at which those from inside and from outside pass or are taken up.
    instead : str
        What MCell does where that is only the nearest thing.
    """

    text: str = ""
    reactions: tuple[str, ...] = ()
    instead: str = ""


WORDS: Mapping[str, Word] = {
    "reflecting": Word("REFLECTIVE = {species};"),
    "absorbing": Word(
        "ABSORPTIVE = {species};",
        instead="MCell absorbs only straight steps that cross the surface: too few by O(sqrt(dt))",
    ),
    "absorbing-segment": Word("ABSORPTIVE = {species};"),
    "clamp": Word("CLAMP_CONCENTRATION {species}{sides} = {molar}"),
    "partially-absorbing": Word(
        reactions=("{species}, @ {wall}' -> NULL [{out}]", "{species}' @ {wall}' -> NULL [{inward}]")
    ),
    "permeable": Word(
        reactions=("{species}, @ {wall}' -> {species}' [{out}]", "{species}' @ {wall}' -> {species}, [{inward}]")
    ),
    "transparent": Word("TRANSPARENT = {species};"),
}
