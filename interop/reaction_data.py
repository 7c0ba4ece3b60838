"""Reaction data of MCell (``.dat`` files of counts) as labelled arrays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..model.errors import ResultsError
from ..model.numerals import read_number
from ..results.files import write_text

if TYPE_CHECKING:
    import xarray as xr

SEED_DIRECTORY = re.compile(r"seed_([0-9]+)\Z")
#: Two times are the same if they differ by less than this part of the output interval.
SAME_TIME = 1e-3


def read_counts(path: Path) -> xr.DataArray:
    """Read one file of reaction data.

    Parameters
    ----------
    path : pathlib.Path
        A text file: a line for each time, which comes first (s), then the counts; with MCell's header line
        (``# Seconds Ca B``) or without one. Columns without a name are called after the file, with ``.1``,
        ``.2`` ... if there are several.

    Returns
    -------
    xarray.DataArray
        Counts (time, column).

    Raises
    ------
    ResultsError
        If the file is empty or cut off, a line lacks a number or has one too many, or a number is not finite
        or not a number at all; the message names the line.
    """
    names, lines = _split_header(path, read_lines(path))
    if not lines:
        raise ResultsError(f"{path} has no data; was the run stopped before its first output?")
    width = len(names) if names is not None else len(lines[0][1].split())
    rows = np.array([_numbers(path, line, text, width) for line, text in lines])
    if width < 2:
        raise ResultsError(f"{path}, line {lines[0][0]}: there is a time but no count; give at least two columns.")
    _check_increasing(path, rows[:, 0], [line for line, _ in lines])
    return label_counts(rows[:, 0], rows[:, 1:], names[1:] if names is not None else _default_names(path, width - 1))


def label_counts(time: NDArray[np.float64], counts: NDArray[np.float64], columns: Sequence[str]) -> xr.DataArray:
    """Label counts of shape ([seed,] time, column), ``time`` in s."""
    import xarray as xr

    dims = ("seed", "time", "column")[3 - counts.ndim :]
    coords = {"time": ("time", time, {"units": "s"}), "column": list(columns)}
    return xr.DataArray(counts, coords, dims, name="count", attrs={"units": "molecules or events"})


def read_seeds(directory: Path, file: str | None = None) -> xr.DataArray:
    """Read the reaction data of many seeds.

    Parameters
    ----------
    directory : pathlib.Path
        Holds ``seed_00001``, ``seed_00002`` ..., as MCell and CellBlender write them, each with the same files.
    file : str, optional
        Read only this file of each seed; all ``.dat`` files otherwise, whose columns are joined.

    Returns
    -------
    xarray.DataArray
        Counts (seed, time, column).

    Raises
    ------
    ResultsError
        As :func:`read_counts`, and if the seeds have other files, columns, times or lengths.
    """
    homes = seed_directories(directory)
    if not homes:
        raise ResultsError(f"{directory} holds no seed_00001, seed_00002 ...; give the directory above them.")
    parts = {seed: _read_seed(home, file) for seed, home in homes.items()}
    (first_seed, first), *others = parts.items()
    for seed, part in others:
        _check_same(homes[seed], part, homes[first_seed], first)
    counts = np.stack([part.values for part in parts.values()])
    labelled = label_counts(first["time"].values, counts, [str(name) for name in first["column"].values])
    return labelled.assign_coords(seed=list(parts))


def seed_directories(directory: Path) -> dict[int, Path]:
    """Return the directories ``seed_NNNNN`` in a directory, by seed."""
    found = {}
    for home in directory.iterdir() if directory.is_dir() else ():
        match = SEED_DIRECTORY.match(home.name)
        if match and home.is_dir():
            found[int(match[1])] = home
    return dict(sorted(found.items()))


def write_counts(path: Path, counts: xr.DataArray, header: str | None = "# ") -> None:
    """Write counts (time, column) as MCell does; without a header line if ``header`` is None.

    Raises
    ------
    ResultsError
        If the file cannot be written.
    """
    lines = []
    if header is not None:
        lines.append(f"{header}Seconds " + " ".join(map(str, counts["column"].values)))
    for time, row in zip(counts["time"].values, counts.values, strict=True):
        lines.append(" ".join(f"{value:.15g}" for value in (time, *row)))
    write_text(path, "\n".join(lines) + "\n")


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file, refusing one whose last line does not end."""
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"Cannot read {path}: {error}.") from error
    lines = text.splitlines()
    if lines and not text.endswith("\n"):
        raise ResultsError(
            f"{path}, line {len(lines)}: the last line does not end, so that the file is cut off or still being "
            "written; wait for the run, or end the line if it is whole."
        )
    return lines


def _split_header(path: Path, lines: list[str]) -> tuple[list[str] | None, list[tuple[int, str]]]:
    """Return the column names, None without a header, and the other lines with their numbers."""
    body = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not body:
        return None, []
    words = body[0][1].lstrip("#").split()
    if not words or _is_number(words[0]):
        return None, body
    twice = {word for word in words if words.count(word) > 1}
    if twice:
        raise ResultsError(f"{path}, line {body[0][0]}: column {min(twice)!r} comes twice; rename one.")
    return words, body[1:]


def _is_number(word: str) -> bool:
    try:
        read_number(word)
    except ValueError:
        return False
    return True


def _numbers(path: Path, line: int, text: str, width: int) -> list[float]:
    words = text.split()
    if len(words) != width:
        what = "the file is cut off, or a column is missing" if len(words) < width else "there is a column too many"
        raise ResultsError(f"{path}, line {line}: {len(words)} numbers instead of {width}; {what}.")
    for column, word in enumerate(words, 1):
        if not _is_number(word):
            raise ResultsError(f"{path}, line {line}, column {column}: {word!r} is not a number.")
        if not np.isfinite(float(word)):
            raise ResultsError(f"{path}, line {line}, column {column}: {word} is not finite; the run went wrong there.")
    return [float(word) for word in words]


def _check_increasing(path: Path, time: NDArray[np.float64], lines: Sequence[int]) -> None:
    wrong = np.flatnonzero(np.diff(time) <= 0)
    if wrong.size:
        i = int(wrong[0]) + 1
        raise ResultsError(
            f"{path}, line {lines[i]}: time {time[i]:g} s follows {time[i - 1]:g} s; times must increase "
            "(were two runs appended to one file?)."
        )


def _default_names(path: Path, count: int) -> list[str]:
    return [path.stem] if count == 1 else [f"{path.stem}.{k}" for k in range(1, count + 1)]


def _read_seed(home: Path, file: str | None) -> xr.DataArray:
    import xarray as xr

    paths = [home / file] if file else sorted(home.glob("*.dat"))
    if not paths:
        raise ResultsError(f"{home} holds no .dat file; is this reaction data?")
    parts = {path: read_counts(path) for path in paths}
    (first_path, first), *others = parts.items()
    for path, part in others:
        if not same_times(first["time"].values, part["time"].values):
            raise ResultsError(
                f"{first_path} and {path} have different times; choose one file: file={path.name!r} "
                f"(--file {path.name})."
            )
    _check_distinct(home, [(path, str(name)) for path, part in parts.items() for name in part["column"].values])
    return xr.concat([part.assign_coords(time=first["time"]) for part in parts.values()], "column")


def _check_distinct(home: Path, columns: Sequence[tuple[Path, str]]) -> None:
    seen: dict[str, Path] = {}
    for path, name in columns:
        if name in seen:
            raise ResultsError(
                f"Column {name!r} is in both {seen[name].name} and {path.name} of {home}; choose one file: "
                f"file={path.name!r} (--file {path.name})."
            )
        seen[name] = path


def same_times(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    """Say whether two time grids agree up to the rounding of text files."""
    if a.shape != b.shape:
        return False
    interval = float(np.diff(a).min()) if a.size > 1 else 1.0
    return bool(np.all(np.abs(a - b) <= SAME_TIME * interval))


def _check_same(home: Path, part: xr.DataArray, first_home: Path, first: xr.DataArray) -> None:
    columns, wanted = (list(map(str, array["column"].values)) for array in (part, first))
    if columns != wanted:
        missing = sorted(set(wanted) - set(columns)) or sorted(set(columns) - set(wanted)) or columns
        raise ResultsError(
            f"{home} and {first_home} have different columns ({missing[0]!r} is the first that differs); "
            "give seeds of one model."
        )
    if part.sizes["time"] != first.sizes["time"]:
        # The header, if any, takes one line.
        last = min(part.sizes["time"], first.sizes["time"])
        raise ResultsError(
            f"{home} has {part.sizes['time']} times and {first_home} has {first.sizes['time']}; the shorter ends "
            f"after {float(first['time'][last - 1]):g} s: wait for it, or leave it out."
        )
    if not same_times(first["time"].values, part["time"].values):
        raise ResultsError(f"{home} and {first_home} have different times; give seeds of one model.")
