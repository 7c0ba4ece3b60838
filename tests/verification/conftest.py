from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from evidence import Check, Judge, as_markdown

CHECKS = pytest.StashKey[list[Check]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--verification-report", type=Path, help="write the table of all checks to this file")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[CHECKS] = []


@pytest.fixture
def judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    """Judge of this test's estimates; what it judged goes into the report."""
    judge = Judge(request.node.parent.name.removeprefix("Test"))
    yield judge
    request.config.stash[CHECKS] += judge.checks


def pytest_sessionfinish(session: pytest.Session) -> None:
    report = session.config.getoption("--verification-report", default=None)
    if report is not None:
        report.write_text(as_markdown(session.config.stash[CHECKS], datetime.date.today().isoformat()))
