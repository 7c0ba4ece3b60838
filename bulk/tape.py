"""Formulas of a network as a tape: operations on earlier ones, evaluated in order, and differentiated backwards.

The derivatives by all that a formula depends on take one sweep (reverse accumulation; Griewank & Walther 2008,
Evaluating Derivatives, 2nd ed., chapter 3).
"""

# Elements of arrays are numbers, which Numba knows and pyright does not.
# pyright: reportAssignmentType=false

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..compiled.csr import pointers
from ..compiled.decorators import shared
from ..model.expressions import Operation, Tree
from ..model.laws import Rate

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]

NUMBER, CONCENTRATION, PLUS, MINUS, TIMES, OVER, POWER, EXP, LOG, SQRT, ABS, MIN, MAX = range(13)
CODES = {
    "+": PLUS, "-": MINUS, "*": TIMES, "/": OVER, "^": POWER, "exp": EXP, "log": LOG, "sqrt": SQRT, "abs": ABS,
    "min": MIN, "max": MAX,
}  # fmt: skip


@dataclass(frozen=True)
class Concentration:
    """The concentration (uM) in a pool: its number in `Pools.scale` times a factor."""

    pool: int
    factor: float


#: A formula of `Concentration` and `Schedule`.
Placed: TypeAlias = Tree


class Tape(NamedTuple):
    """Formulas, each the last of a row of operations.

    Attributes
    ----------
    reaction : whose rate each formula is
    start : its operations: ``start[f]`` to ``start[f + 1]``
    code : what each does
    left, right : operations that it is applied to; of a number its place among the rates, of a concentration
        the species
    factor : by which a number of molecules, or a concentration, in the unit of the engine is multiplied to be in uM
    unit : uM/s in the unit of the engine
    value, slope : results of the last sweeps: of each operation, and of the formula by it
    """

    reaction: Codes
    start: Codes
    code: Codes
    left: Codes
    right: Codes
    factor: Floats
    unit: float
    value: Floats
    slope: Floats

    def per_molecule(self, per_uM: float) -> Tape:
        """Return the tape for numbers of molecules, of which there are so many at 1 uM."""
        return self._replace(factor=self.factor / per_uM, unit=per_uM)

    def species(self, f: int) -> list[int]:
        """Return the species that a formula depends on."""
        row = slice(self.start[f], self.start[f + 1])
        found: list[int] = self.left[row][self.code[row] == CONCENTRATION].tolist()
        return found


@dataclass
class _Row:
    """The operations of a formula, each there once."""

    begin: int
    numbers: dict[Rate, int]
    found: dict[tuple[int, int, int, float], int] = field(default_factory=dict)

    def add(self, code: int, left: int, right: int = 0, factor: float = 1.0) -> int:
        """Return the place of an operation."""
        return self.found.setdefault((code, left, right, factor), self.begin + len(self.found))

    def lower(self, tree: Placed) -> int:
        """Return the place of an expression, whose operations are added."""
        if isinstance(tree, Concentration):
            return self.add(CONCENTRATION, tree.pool, factor=tree.factor)
        if not isinstance(tree, Operation):
            return self.add(NUMBER, self.numbers.setdefault(tree, len(self.numbers)))
        first, *others = map(self.lower, tree.parts)
        if not others:
            return self.add(CODES[tree.name], first, first)
        for other in others:
            first = self.add(CODES[tree.name], first, other)
        return first


def lower_formulas(formulas: Sequence[tuple[int, Placed]], first: int) -> tuple[Tape, list[Rate]]:
    """Make the tape of formulas, each with its reaction.

    Returns
    -------
    Tape
        In concentrations.
    list of float or Schedule
        The numbers in the formulas, whose places among the rates begin with ``first``.
    """
    numbers: dict[Rate, int] = {}
    rows: list[_Row] = []
    for _, tree in formulas:
        rows.append(_Row(sum(len(row.found) for row in rows), numbers))
        rows[-1].lower(tree)
    found = [operation for row in rows for operation in row.found]
    code, left, right = np.array([operation[:3] for operation in found], dtype=np.int32).reshape(-1, 3).T.copy()
    left[code == NUMBER] += first
    tape = Tape(
        np.array([reaction for reaction, _ in formulas], dtype=np.int32), pointers(len(row.found) for row in rows),
        code, left, right, np.array([operation[3] for operation in found], dtype=np.float64), 1.0,
        np.zeros(len(found)), np.zeros(len(found)),
    )  # fmt: skip
    return tape, list(numbers)


@shared
def value_of(f: int, y: NDArray[np.generic], rate: Floats, tape: Tape) -> float:
    """Return the value of a formula; numbers of molecules below zero, as tolerances leave them, count as none."""
    last = tape.start[f + 1] - 1
    for i in range(tape.start[f], last + 1):
        code, value = tape.code[i], 0.0
        if code == NUMBER:
            value = rate[tape.left[i]]
        elif code == CONCENTRATION:
            value = max(y[tape.left[i]], 0) * tape.factor[i]
        else:
            a, b = tape.value[tape.left[i]], tape.value[tape.right[i]]
            if code == PLUS:
                value = a + b
            elif code == TIMES:
                value = a * b
            elif code == OVER:
                value = a / b
            elif code == POWER:
                value = a**b
            elif code == MINUS:
                value = -a
            elif code == EXP:
                value = np.exp(a)
            elif code == LOG:
                value = np.log(a)
            elif code == SQRT:
                value = np.sqrt(a)
            elif code == ABS:
                value = abs(a)
            elif code == MIN:
                value = min(a, b)
            else:
                value = max(a, b)
        tape.value[i] = value
    return float(tape.value[last] * tape.unit)


@shared
def differentiate(f: int, tape: Tape) -> None:
    """Write the derivatives of a formula by its operations, after its value; those by numbers of molecules are finite.

    At zero those of powers below one are infinite. There they count as none: step control sees the rest.
    """
    first, last = tape.start[f], tape.start[f + 1] - 1
    tape.slope[first : last + 1] = 0.0
    tape.slope[last] = tape.unit
    for i in range(last, first - 1, -1):
        code, slope = tape.code[i], tape.slope[i]
        if code == NUMBER:
            continue
        if code == CONCENTRATION:
            slope *= tape.factor[i]
            tape.slope[i] = slope if np.isfinite(slope) else 0.0
            continue
        left, right = tape.left[i], tape.right[i]
        a, b, value = tape.value[left], tape.value[right], tape.value[i]
        if code == PLUS:
            tape.slope[left] += slope
            tape.slope[right] += slope
        elif code == TIMES:
            tape.slope[left] += slope * b
            tape.slope[right] += slope * a
        elif code == OVER:
            tape.slope[left] += slope / b
            tape.slope[right] -= slope * value / b
        elif code == POWER:
            tape.slope[left] += slope * b * a ** (b - 1.0)
            tape.slope[right] += slope * value * np.log(a) if a > 0.0 else 0.0
        elif code == MINUS:
            tape.slope[left] -= slope
        elif code == EXP:
            tape.slope[left] += slope * value
        elif code == LOG:
            tape.slope[left] += slope / a
        elif code == SQRT:
            tape.slope[left] += slope / (2.0 * value)
        elif code == ABS:
            tape.slope[left] += slope if a >= 0.0 else -slope
        else:
            tape.slope[left if (a <= b) == (code == MIN) else right] += slope


@shared
def doubt_of(f: int, y: Floats, rtol: float, atol: float, tape: Tape) -> float:
    """Return how much the tolerances of the concentrations may change a formula, after its value."""
    differentiate(f, tape)
    doubt = 0.0
    for i in range(tape.start[f], tape.start[f + 1]):
        if tape.code[i] == CONCENTRATION:
            doubt += abs(tape.slope[i]) * (atol + rtol * abs(y[tape.left[i]]))
    return doubt


@shared
def propensity_of(f: int, number: NDArray[np.int64], rate: Floats, rounding: float, tape: Tape) -> float:
    """Return the value of a formula of numbers of molecules, zero where it is below by rounding alone."""
    value = value_of(f, number, rate, tape)
    if not value < 0.0:
        return value
    differentiate(f, tape)
    size = 0.0
    for i in range(tape.start[f], tape.start[f + 1]):
        if tape.code[i] == NUMBER:
            size += abs(tape.slope[i] * tape.value[i])
        elif tape.code[i] == CONCENTRATION:
            size += abs(tape.slope[i] * number[tape.left[i]])
    return 0.0 if value >= -rounding * size else value
