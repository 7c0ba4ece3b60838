"""Files that a command is asked to write, checked before its work starts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..model.errors import ResultsError
from ..results import files


def check_writable(path: Path, option: str) -> None:
    """Refuse a file that could not be written later.

    Raises
    ------
    ResultsError
        If ``path`` is a directory, lies in a directory that cannot be made or written, or is a device that takes
        nothing.
    """
    if path.is_symlink() and not path.exists() and path.readlink() == Path(path.name):
        raise ResultsError(f"{option} {path} is a link to itself; choose another file.")
    if path.is_dir():
        raise ResultsError(f"{option} {path} is a directory; give the name of a file.")
    if path.is_file() or path.is_char_device():
        try:
            with path.open("ab", buffering=0) as file:
                # Full devices refuse nothing, too.
                file.write(b"")
        except OSError as error:
            raise ResultsError(f"{option} {path} cannot be written: {error.strerror}; choose another file.") from error
    _check_home(path.absolute().parent, f"{option} {path}", "file")


def check_directory(path: Path, option: str) -> None:
    """Refuse a directory in which nothing could be written later.

    Raises
    ------
    ResultsError
        If ``path`` is a file, or lies in a directory that cannot be made or written.
    """
    if path.exists() and not path.is_dir():
        raise ResultsError(f"{option} {path} is a file; give the name of a directory.")
    _check_home(path.absolute(), f"{option} {path}", "directory")


def _check_home(home: Path, what: str, kind: str) -> None:
    """Refuse what would be written into a directory that cannot be made, or not by us."""
    while not home.exists():
        home = home.parent
    if not home.is_dir():
        raise ResultsError(f"{what} cannot be written: {home} is a file; choose another {kind}.")
    if not os.access(home, os.W_OK):
        raise ResultsError(f"{what} cannot be written: no permission in {home}; choose another {kind}.")


def write_json(path: Path | None, content: Any) -> None:
    """Write ``content`` to ``path`` as JSON if one is given."""
    if path is not None:
        files.write_json(path, content)
