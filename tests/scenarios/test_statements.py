"""The page of statements: made of runs, complete, and as true as the tests say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from places import ROOT
from verdicts import DO_NOT_HOLD

from nanospine.model.errors import ResultsError
from nanospine.scenarios.registry import NAMES, find
from nanospine.scenarios.runner import run_scenario
from nanospine.scenarios.statements import page, read_run

PAGE = (ROOT / "docs" / "statements.md").read_text(encoding="utf-8")
PAPERS = [name for name in NAMES if name.startswith(("odonnell2011", "bell2022.shapes", "maki2020"))]


def sections(text: str) -> dict[str, str]:
    """Return the part of a page on each scenario."""
    found = re.split(r"^## .*\(`([\w.]+)`\)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def rows(section: str) -> list[list[str]]:
    """Return the cells of a section's table, without what was measured."""
    lines = [line.strip("| ") for line in section.splitlines() if line.startswith("|")][2:]
    cells = [re.split(r" (?<!\\)\| ", line.replace("|  |", "| |")) for line in lines]
    return [[*row[:3], *row[4:]] for row in cells]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "fig1"
    run_scenario(find("odonnell2011.fig1"), out, settings={"n_volumes": "500"}, seed=3)
    return out


def test_the_page_of_a_run_has_every_claim_and_every_statement_without_one(directory: Path) -> None:
    run = read_run(directory)
    section = sections(page([directory]))["odonnell2011.fig1"]
    assert [row[2] for row in rows(section)][: len(run.claims)] == [f"`{claim.name}`" for claim in run.claims]
    for claim in run.claims:
        assert f"| {claim.sentence} | {claim.where} | `{claim.name}` | {claim.measured} |" in section
    for statement in run.scenario.untested:
        assert f"| {statement.sentence} | {statement.where} | no claim: {statement.reason} |" in section


def test_above_each_table_stands_the_command_that_makes_it(directory: Path) -> None:
    assert "\n    nanospine run odonnell2011.fig1 --seed 3 --set n_volumes=500\n" in page([directory])


def test_what_is_no_finished_run_is_refused(directory: Path, tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="holds no finished run of a scenario"):
        page([tmp_path])
    with pytest.raises(ResultsError, match="give the directories of finished runs"):
        page([])
    for name in ("run.json", "claims.json"):
        (tmp_path / name).write_text((directory / name).read_text())
    summary = json.loads((tmp_path / "claims.json").read_text())
    (tmp_path / "claims.json").write_text(json.dumps({**summary, "complete": False}))
    with pytest.raises(ResultsError, match="interrupted; finish it"):
        page([tmp_path])


def test_the_documents_have_a_section_for_each_figure() -> None:
    assert list(sections(PAGE)) == PAPERS


def test_the_documents_say_what_a_run_says(directory: Path) -> None:
    """All of Fig. 1 but what was measured, of which much is rounding."""
    assert rows(sections(PAGE)["odonnell2011.fig1"]) == rows(sections(page([directory]))["odonnell2011.fig1"])


@pytest.mark.parametrize("name", PAPERS)
def test_the_documents_list_what_no_claim_tests(name: str) -> None:
    section = sections(PAGE)[name]
    for statement in find(name).untested:
        assert f"| {statement.sentence} | {statement.where} | no claim: {statement.reason} |" in section


def test_the_documents_say_what_does_not_hold() -> None:
    failing = {
        name: {row[2].strip("`") for row in rows(section) if row[-1] == "**no**"}
        for name, section in sections(PAGE).items()
    }
    assert {name: claims for name, claims in failing.items() if claims} == DO_NOT_HOLD
