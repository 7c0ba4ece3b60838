"""Files that a command is asked to write, checked before its work starts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..model.errors import ResultsError


def check_writable(path: Path, option: str) -> None:
    """Refuse a file that could not be written later.

    Raises
    ------
    ResultsError
        If ``path`` is a directory, or lies in a directory that cannot be made or written.
    """
    if path.is_dir():
        raise ResultsError(f"{option} {path} is a directory; give the name of a file.")
    parent = path.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise ResultsError(f"{option} {path} cannot be written: no permission in {parent}; choose another file.")


def write_json(path: Path | None, content: Any) -> None:
    """Write ``content`` to ``path`` if one is given."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n")
