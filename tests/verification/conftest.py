"""The judge of comparisons with MCell's stored runs, which do not come with the package, and their report."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nanospine.verification import Check, Judge, as_markdown

COMMAND = """\
python -m pytest tests/verification -k BoxesVsMCell -m "verification or not verification" \\
        --mcell-report docs/verification-mcell.md"""
CHECKS = pytest.StashKey[list[Check]]()
PAGE = """\
# Building blocks against MCell

Each line compares means of the particle engine with those of MCell 3.5.1 over its seeds; z is the difference in
standard errors. Verdicts are those of [verification.md](verification.md). MCell's runs do not come with the package, so
these checks are not in `nanospine verify`.

{number} checks, largest |z| {largest:.1f}, {date}. Made with

    {command}

MCell's binding box is 3 % (6 standard errors) above the rate equation at 1 ms, this engine is not; the other reference
runs agree.

{rows}
"""


class StrictJudge(Judge):
    """A judge that ends the test at the first line that does not pass."""

    def agrees(self, *arguments: Any, **keywords: Any) -> None:
        super().agrees(*arguments, **keywords)
        assert self.checks[-1].passed, self.checks[-1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mcell-report", type=Path, help="write the table of the comparisons with MCell to this file")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[CHECKS] = []


@pytest.fixture
def judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    """Judge of this test's estimates; what it judged goes into the report."""
    judge = StrictJudge(request.node.parent.name.removeprefix("Test"))
    yield judge
    request.config.stash[CHECKS] += judge.checks


def pytest_sessionfinish(session: pytest.Session) -> None:
    report = session.config.getoption("--mcell-report", default=None)
    if report is not None:
        today = datetime.date.today().isoformat()
        report.write_text(as_markdown(session.config.stash[CHECKS], today, COMMAND, PAGE))
