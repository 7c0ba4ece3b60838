"""Kinds and versions of what is stored: written with it, and checked when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from ..model.errors import ResultsError


class Kind(StrEnum):
    """What a store holds."""

    #: A :class:`~nanospine.results.Result`, with all that it takes to make it again.
    RESULT = "nanospine result"
    #: A :class:`~nanospine.results.Trajectory`.
    TRAJECTORY = "nanospine trajectory"
    #: A :class:`~nanospine.results.Population`.
    POPULATION = "nanospine population"
    #: One case of many; what is in it is for whoever ran them.
    TRIAL = "nanospine trial"
    #: The directory of a scenario: its parameters, and the numbers that it plots.
    SCENARIO = "nanospine scenario"


#: The version of each kind that is written, and the only one that is read.
VERSIONS = {Kind.RESULT: 3, Kind.TRAJECTORY: 2, Kind.POPULATION: 3, Kind.TRIAL: 2, Kind.SCENARIO: 3}


def stamp(kind: Kind) -> dict[str, str | int]:
    """Return what a store says of itself."""
    return {"kind": kind.value, "format_version": VERSIONS[kind]}


def check(stamped: Mapping[str, Any], where: object, *kinds: Kind) -> None:
    """Refuse a store that is of none of the kinds, or of another version.

    Parameters
    ----------
    stamped : mapping
        What the store says of itself.
    where : object
        What messages call it.
    kinds : Kind
        What is wanted.

    Raises
    ------
    ResultsError
        If it is of another kind or version.
    """
    kind, version = stamped.get("kind"), stamped.get("format_version")
    if kind not in kinds:
        said = "does not say what it is" if kind is None else f"is a {kind}"
        raise ResultsError(f"{where} {said}; wanted is a {' or a '.join(kinds)}.")
    if version != VERSIONS[Kind(kind)]:
        raise ResultsError(
            f"{where} is a {kind} of format version {version}; this nanospine reads version {VERSIONS[Kind(kind)]}: "
            "make it again, or read it with the nanospine that made it."
        )
