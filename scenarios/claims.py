"""The statements of a paper as checks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """A statement of the paper, measured.

    Parameters
    ----------
    name : str
        Short identifier, e.g. ``"local-falls-with-volume"``.
    sentence : str
        The statement that is tested, in words.
    value : float
        The measured quantity that decides; NaN if there was nothing to measure.
    standard_error : float or None
        Its standard error; None for deterministic models and from a single trial.
    holds : bool
        The verdict.
    criterion : str
        What the value was held against, e.g. ``"> 0 by 2 SE"``.
    unit : str
        Unit of the value.
    undecided : bool
        True if the value lies within its error of the criterion: more trials would tell.
    """

    name: str
    sentence: str
    value: float
    standard_error: float | None
    holds: bool
    criterion: str
    unit: str = ""
    undecided: bool = False
