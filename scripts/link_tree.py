"""Makes `.typed/nanospine`: the package as it is when installed, of links, for tools that follow no import hooks."""

from __future__ import annotations

import shutil
from pathlib import Path


def link(root: Path) -> Path:
    """Link the files of the face and the rooms, which are the folders with an `__init__.py`; return the tree."""
    tree = root / ".typed"
    shutil.rmtree(tree, ignore_errors=True)
    (tree / "nanospine").mkdir(parents=True)
    rooms = {file.parent for file in root.glob("*/__init__.py")} - {root / "nanospine"}
    for path in (*root.glob("nanospine/*.*"), *rooms):
        (tree / "nanospine" / path.name).symlink_to(path)
    # Where import-linter looks for its contracts.
    (tree / "pyproject.toml").symlink_to(root / "pyproject.toml")
    return tree


if __name__ == "__main__":
    link(Path(__file__).resolve().parent.parent)
