"""Files that are either whole or absent, and JSON that others may have written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ..model.errors import ResultsError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Bytes; what we write is smaller by far.
LONGEST_JSON = 1 << 26


def beside(path: Path) -> Path:
    """Return a name next to a file or store, for what is to take its place when it is whole."""
    return path.with_name(f"{path.name}.{uuid4().hex[:8]}.partial")


def write_text(path: Path, text: str) -> None:
    """Write a file that takes the place of an older one only when it is whole.

    Raises
    ------
    ResultsError
        If it cannot be written.
    """
    with _made(path):
        if path.exists() and not path.is_file():
            # Pipes and terminals cannot be replaced.
            path.write_text(text, encoding="utf-8")
            return
        target = path.resolve()
        partial = beside(target)
        try:
            partial.write_text(text, encoding="utf-8")
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure in the format of its file's name.

    Raises
    ------
    ResultsError
        If it cannot be written.
    """
    with _made(path):
        figure.savefig(path, dpi=200)


@contextmanager
def _made(path: Path) -> Iterator[None]:
    """Make the directory of a file, and name the file if it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise ResultsError(f"Cannot write {path}: {error.strerror or error}; choose another file.") from error
    except RuntimeError as error:  # a link that leads to itself
        raise ResultsError(f"Cannot write {path}: {error}; choose another file.") from error


def write_json(path: Path, content: object) -> None:
    """Write a JSON file as :func:`write_text` does."""
    write_text(path, json.dumps(content, indent=2) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read the object that a JSON file holds.

    Raises
    ------
    ResultsError
        If there is no such file, or it holds anything else.
    """
    try:
        if not path.is_file():
            raise ResultsError(f"There is no file {path}.")
        size = path.stat().st_size
        if size > LONGEST_JSON:
            raise ResultsError(f"{path} has {size} bytes; a file of this kind has at most {LONGEST_JSON}.")
        content = json.loads(path.read_bytes())
    except ResultsError:
        raise
    except RecursionError:
        raise ResultsError(f"{path} is nested too deep to be read; restore it.") from None
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path} cannot be read: {error}; restore it.") from error
    if not isinstance(content, dict):
        raise ResultsError(f"{path} holds a {type(content).__name__}; wanted is an object with names; restore it.")
    return content
