"""Makes `.typed/nanospine`: the package as it is when installed, of links, for tools that follow no import hooks."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TREE = ROOT / ".typed"


def main() -> None:
    """Link the files of the face and the rooms, which are the folders with an `__init__.py`."""
    shutil.rmtree(TREE, ignore_errors=True)
    (TREE / "nanospine").mkdir(parents=True)
    rooms = {file.parent for file in ROOT.glob("*/__init__.py")} - {ROOT / "nanospine"}
    for path in (*ROOT.glob("nanospine/*.*"), *rooms):
        (TREE / "nanospine" / path.name).symlink_to(path)
    # Where import-linter looks for its contracts.
    (TREE / "pyproject.toml").symlink_to(ROOT / "pyproject.toml")


if __name__ == "__main__":
    main()
