"""Files of rates that change in time."""

from __future__ import annotations

import re
from pathlib import Path

from ...model import ModelError, Schedule
from ...model.numerals import read_number
from .syntax import MdlError, Place, read_text

SEPARATORS = re.compile(r"[\s,;]+")


def read_rates(path: Path, place: Place) -> Schedule:
    """Read two columns, time (s) and the rate from then on; the rate is zero before the first time.

    Lines that do not begin with a number are comments, as for MCell.

    Raises
    ------
    MdlError
        With the file and the line of the MDL file, or of the file of rates.
    """
    try:
        lines = read_text(path).splitlines()
    except MdlError as error:
        raise place.error(f"cannot read the rates in {path}: {error}") from error
    rows = [_row(path, k, line) for k, line in enumerate(lines, 1) if _is_row(line)]
    if not rows:
        raise place.error(f"{path} has no row with a time (s) and a rate; give at least one")
    rates = {0.0: 0.0}
    for time, rate in sorted(rows, key=lambda row: row[0]):
        rates[max(0.0, time)] = rate
    try:
        return Schedule(list(rates), list(rates.values()))
    except ModelError as error:
        raise place.error(f"the rates in {path} have no meaning: {error}") from error


def _fields(line: str) -> list[str]:
    return SEPARATORS.split(line.strip(" \t,;"))


def _is_row(line: str) -> bool:
    return _fields(line)[0][:1] in tuple("+-0123456789")


def _row(path: Path, number: int, line: str) -> tuple[float, float]:
    try:
        time, rate = map(read_number, _fields(line)[:2])
    except ValueError:
        raise MdlError(f"{path}, line {number}: {line.strip()!r} is no time (s) and rate; give two numbers.") from None
    return time, rate
