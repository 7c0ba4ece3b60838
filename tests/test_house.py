"""The house as its documents describe it: files of a size that can be read, and a picture made of the code."""

from __future__ import annotations

import re
from pathlib import Path

from places import ROOT

LONGEST = 400
#: Files that may be longer, each with the reason.
LONGER: dict[str, str] = {}

SOURCES = [
    path.relative_to(ROOT)
    for room in (*(file.parent for file in ROOT.glob("*/__init__.py")), ROOT / "tests", ROOT / "scripts", ROOT / "docs")
    for path in room.rglob("*.py")
]
PAGE = (ROOT / "docs" / "architecture.md").read_text()


def length(path: Path) -> int:
    return len((ROOT / path).read_text().splitlines())


def test_no_file_is_long_but_for_a_reason() -> None:
    long = {str(path) for path in SOURCES if length(path) > LONGEST}
    assert long == set(LONGER), f"split these by subject, or give a reason in {Path(__file__).name}"


def test_every_room_says_what_it_is_for() -> None:
    assert [file for file in ROOT.glob("*/__init__.py") if not file.read_text().startswith('"""')] == []


def test_the_page_names_files_that_there_are() -> None:
    named = set(re.findall(r"`([\w/]+(?:/|\.(?:py|pyi|toml|json|diff)))`", PAGE)) - {"__init__.py"}
    assert len(named) > 30
    places = (ROOT, ROOT / "tests" / "additions")
    assert {name for name in named if not any((place / name).exists() for place in places)} == set()
