"""The statements of a paper as checks: what was measured, and the bound that says both verdict and criterion.

A scenario states the sentence, the measured value and its bound::

    claim("falls", "[Ca2+] falls with volume", slope, below(0.0), what="slope", where="Fig. 1Dii")

Values with a standard error may have to keep clear of the bound: ``above(0.0, by=3)``, in standard errors, or
``above(0.0, by=confidence(0.95, trials))``, which leaves open what more trials would decide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model.errors import ParameterError
from ..results.estimates import Estimate, student

Floats = NDArray[np.float64]
#: A number, a number with its error, several numbers, or several with errors by their names.
Measured = ArrayLike | Estimate | Mapping[str, Estimate]


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
    where : str
        Where the paper says so, e.g. ``"Fig. 4Bi"`` or ``"p. 16150"``; empty for what is not of the paper.
    """

    name: str
    sentence: str
    value: float
    standard_error: float | None
    holds: bool
    criterion: str
    unit: str = ""
    undecided: bool = False
    where: str = ""

    @property
    def measured(self) -> str:
        """The value as it is printed: ``value ± standard error unit``, digits as far as the error allows."""
        value, error = self.value, self.standard_error
        unit = f" {self.unit}" if self.unit else ""
        if math.isnan(value):
            return "nothing to measure"
        if error is None:
            return f"{value:.4g}{unit}"
        if not (math.isfinite(error) and error > 0):
            return f"{value:.4g} ± {error:.2g}{unit}"
        place = math.floor(math.log10(error)) - 1
        if not -7 < place < 5:
            return f"{value:.4g} ± {error:.2g}{unit}"
        return f"{round(value, -place):.{max(0, -place)}f} ± {round(error, -place):.{max(0, -place)}f}{unit}"


@dataclass(frozen=True)
class Limit:
    """An end of a bound; its words, if it has any, are printed in place of the number."""

    value: float
    words: str = ""

    def text(self, unit: str) -> str:
        """Return it as it is printed, with the unit of the claim."""
        return self.words or _plain(self.value) + (f" {unit}" if unit and self.value else "")


def number(value: float, unit: str) -> Limit:
    """Return a limit in a unit other than the claim's."""
    return Limit(value, f"{_plain(value)} {unit}")


def percent(value: float, of: float = 1.0, whole: str = "") -> Limit:
    """Return a percentage of a number, which is called ``whole`` in the criterion."""
    return Limit(value / 100.0 * of, f"{value:g} %" + (f" of {whole}" if whole else ""))


@dataclass(frozen=True)
class Clearance:
    """How many standard errors a value must be clear of a bound; what is not may be left open."""

    errors: float
    words: str
    leaves_open: bool = False


def confidence(level: float, trials: int, sides: int = 2) -> Clearance:
    """Return what Student's t asks of a mean over trials; what is not clear in either direction is left open."""
    sided = "" if sides == 2 else "one-sided, "
    return Clearance(
        student(level, trials, sides), f"with {100 * level:g} % confidence ({sided}{trials} trials)", leaves_open=True
    )


@dataclass(frozen=True)
class Bound:
    """An interval in which a measured value is claimed to lie; made by :func:`above`, :func:`below` and their like.

    Parameters
    ----------
    low, high : float
        Its ends.
    pattern : str
        The criterion, with ``{what}`` for the name of the value.
    limits : tuple of Limit
        The numbers of the pattern.
    closed : bool
        Whether its ends belong to it.
    clearance : Clearance, optional
        How clear of its ends a value with an error must be.
    """

    low: float
    high: float
    pattern: str
    limits: tuple[Limit, ...]
    closed: bool = False
    clearance: Clearance | None = None

    def text(self, what: str = "", unit: str = "") -> str:
        """Return the criterion in words."""
        limits = (limit.text(unit) for limit in self.limits)
        clear = f" {self.clearance.words}" if self.clearance else ""
        return self.pattern.format(*limits, what=what).strip() + clear

    def room(self, means: Floats, errors: Floats) -> Floats:
        """Return how far inside values are, negative outside: in standard errors where that is what counts."""
        room = np.minimum(means - self.low, self.high - means)
        if self.clearance is None:
            return room
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(room / errors)

    def holds(self, measured: Measured) -> bool:
        """Say whether all measured values are inside, and clear of the ends."""
        room = self.room(*_arrays(measured))
        needed = self.clearance.errors if self.clearance else 0.0
        return bool(np.all(room >= needed if self.closed else room > needed))

    def leaves_open(self, measured: Measured) -> bool:
        """Say whether more trials could bring all measured values inside."""
        if self.clearance is None or not self.clearance.leaves_open:
            return False
        return not np.any(self.room(*_arrays(measured)) < -self.clearance.errors)


def above(limit: float | Limit, *, by: float | Clearance | None = None) -> Bound:
    """Claim that a value is above a limit, by so many standard errors."""
    end = _limit(limit)
    return Bound(end.value, np.inf, "{what} > {0}", (end,), clearance=_clearance(by))


def below(limit: float | Limit, *, by: float | Clearance | None = None) -> Bound:
    """Claim that a value is below a limit, by so many standard errors."""
    end = _limit(limit)
    return Bound(-np.inf, end.value, "{what} < {0}", (end,), clearance=_clearance(by))


def at_most(limit: float | Limit) -> Bound:
    """Claim that a value is not above a limit."""
    end = _limit(limit)
    return Bound(-np.inf, end.value, "{what} <= {0}", (end,), closed=True)


def between(low: float | Limit, high: float | Limit) -> Bound:
    """Claim that a value is between two limits."""
    ends = _limit(low), _limit(high)
    return Bound(ends[0].value, ends[1].value, f"{{what}} between {ends[0].text('')} and {{0}}", ends[1:])


def small(limit: float | Limit) -> Bound:
    """Claim that a value of either sign is nearer to zero than a limit."""
    end = _limit(limit)
    return Bound(-end.value, end.value, "|{what}| < {0}", (end,))


def equal(expected: float, *, within: float | Limit | None = None) -> Bound:
    """Claim that a value is the one expected, or nearer to it than ``within``."""
    if within is None:
        return Bound(expected, expected, "{what} = {0}", (_limit(expected),), closed=True)
    width = _limit(within)
    limits = (_limit(expected), width)
    return Bound(expected - width.value, expected + width.value, "{what} = {0} within {1}", limits)


def compatible(expected: float, *, within: float) -> Bound:
    """Claim that a value differs from the one expected by less than so many standard errors."""
    clearance = Clearance(-within, f"within {within:g} SE")
    return Bound(expected, expected, "{what} = {0}", (_limit(expected),), clearance=clearance)


def claim(
    name: str,
    sentence: str,
    measured: Measured,
    bound: Bound | None = None,
    *,
    what: str = "",
    unit: str = "",
    where: str = "",
    also: Sequence[tuple[str, Measured, Bound]] = (),
) -> Claim:
    """Hold a measured value against its bound.

    Parameters
    ----------
    name, sentence, where : str
        As in a :class:`Claim`.
    measured : float, Estimate, or mapping of str to Estimate
        The value; of several the least clear is shown, and its name stands in the sentence.
    bound : Bound, optional
        What it is held against; without it the value is only shown, and ``also`` decides.
    what : str
        What the criterion calls the value.
    unit : str
        Its unit.
    also : sequence of (str, measured, Bound)
        What else must hold: its name, value or values, and bound.

    Raises
    ------
    ParameterError
        If nothing decides.
    """
    if bound is None and not also:
        raise ParameterError(f"Claim {name!r} has no bound; give one, e.g. above(0.0), or further conditions.")
    first = [] if bound is None else [(what, measured, bound)]
    conditions = [*first, *also]
    holds = all(bound.holds(value) for _, value, bound in conditions)
    means, errors = _arrays(measured)
    least = _least_clear(means, errors, bound)
    if isinstance(measured, Mapping) and len(measured) > 1:
        sentence = f"{sentence} (least clear: {list(measured)[least]})"
    known = isinstance(measured, Estimate | Mapping) and np.isfinite(errors[least])
    return Claim(
        name,
        sentence,
        float(means[least]),
        float(errors[least]) if known else None,
        holds,
        ", ".join(bound.text(label, unit if k < len(first) else "") for k, (label, _, bound) in enumerate(conditions)),
        unit,
        not holds and all(bound.holds(value) or bound.leaves_open(value) for _, value, bound in conditions),
        where,
    )


def _plain(value: float) -> str:
    return f"{value:.4g}".replace("e-0", "e-")


def _limit(limit: float | Limit) -> Limit:
    return limit if isinstance(limit, Limit) else Limit(float(limit))


def _clearance(by: float | Clearance | None) -> Clearance | None:
    return by if by is None or isinstance(by, Clearance) else Clearance(by, f"by {by:g} SE")


def _arrays(measured: Measured) -> tuple[Floats, Floats]:
    """Return values and their standard errors, shape (n,) each."""
    if isinstance(measured, Estimate):
        measured = {"": measured}
    if isinstance(measured, Mapping):
        return np.array([e.mean for e in measured.values()]), np.array([e.se for e in measured.values()])
    means = np.atleast_1d(np.asarray(measured, dtype=np.float64))
    return means, np.zeros_like(means)


def _least_clear(means: Floats, errors: Floats, bound: Bound | None) -> int:
    """Return which value has the least room; one that was not measured, or has no error, has none."""
    room = np.zeros_like(means) if bound is None else bound.room(means, errors)
    return int(np.argmin(np.where(np.isnan(room), 0.0, room)))
