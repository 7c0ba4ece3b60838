"""Every statement of the papers that scenarios reproduce, with the claim that tests it and its verdict, as one page.

Made of the directories of finished runs::

    python -m nanospine.scenarios.statements fig1 fig2 hfs > docs/statements.md
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..model.errors import NanospineError, ResultsError
from ..results.format import Kind, check
from .base import Scenario
from .claims import Claim
from .registry import NAMES, find
from .runner import MANIFEST

HEAD = """# What the papers say, and what holds

Every statement in the results of the papers that scenarios reproduce, in our words, figure by figure: where the paper
says it, the claim that tests it, what was measured, the criterion, and the verdict. A claim stands here whether it
holds or not. Where the place is blank, the statement is not one of the paper.

Each table is made of the run whose command stands above it, and the page of all runs:

    python -m nanospine.scenarios.statements {directories} > docs/statements.md
"""
ROW = "| {} | {} | {} | {} | {} | {} |"
COLUMNS = ("statement", "where", "claim", "measured", "held against", "holds")


@dataclass(frozen=True)
class Run:
    """A finished run: its scenario, what it was run with, and its claims."""

    directory: Path
    scenario: Scenario
    manifest: Mapping[str, Any]
    claims: Sequence[Claim]


def read_run(directory: Path) -> Run:
    """Read the manifest and the claims of a finished run.

    Raises
    ------
    ResultsError
        If the directory holds no run of a scenario, or one that is not finished.
    """
    found: dict[str, Any] = {}
    for name in (MANIFEST, "claims.json"):
        path = directory / name
        try:
            found[name] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError) as error:
            raise ResultsError(f"{directory} holds no finished run of a scenario: {error}.") from error
    check(found[MANIFEST], directory / MANIFEST, Kind.SCENARIO)
    if not found["claims.json"]["complete"]:
        raise ResultsError(f"The run in {directory} was interrupted; finish it with the command that began it.")
    claims = [
        Claim(**{**entries, "value": np.nan if entries["value"] is None else entries["value"]})
        for entries in found["claims.json"]["claims"]
    ]
    return Run(directory, find(found[MANIFEST]["scenario"]), found[MANIFEST], claims)


def command(run: Run) -> str:
    """Return the command line that makes a run, but for where it writes."""
    manifest = run.manifest
    # As JSON has them: lists in place of tuples.
    usual = json.loads(json.dumps(dataclasses.asdict(run.scenario.make_parameters({}, manifest["quick"]))))
    words = ["nanospine run", run.scenario.name]
    words += ["--quick"] if manifest["quick"] else []
    words += [f"--seed {manifest['seed']}"] if manifest["seed"] != 1 else []
    words += [
        f"--set {name}={','.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in manifest["parameters"].items()
        if value != usual[name]
    ]
    return " ".join(words)


def verdict(claim: Claim) -> str:
    """Return the verdict in a word."""
    return "yes" if claim.holds else "undecided" if claim.undecided else "**no**"


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a Markdown table of the columns above."""
    lines = [ROW.format(*COLUMNS), ROW.format(*["---"] * len(COLUMNS))]
    return lines + [ROW.format(*(cell.replace("|", "\\|") for cell in row)) for row in rows]


def section(run: Run) -> list[str]:
    """Return the part of the page on one run."""
    claimed = [(c.sentence, c.where, f"`{c.name}`", c.measured, c.criterion, verdict(c)) for c in run.claims]
    others = [(u.sentence, u.where, f"no claim: {u.reason}", "", "", "") for u in run.scenario.untested]
    return [
        f"## {run.scenario.figure} (`{run.scenario.name}`)",
        "",
        f"    {command(run)}",
        "",
        *table([*claimed, *others]),
        "",
    ]


def summary(runs: Sequence[Run]) -> list[str]:
    """Return the table of how many claims hold in each run."""
    lines = ["| scenario | claims | hold | undecided | fail | statements without a claim |", "|" + " --- |" * 6]
    for run in runs:
        words = [verdict(claim) for claim in run.claims]
        counts = (len(words), words.count("yes"), words.count("undecided"), words.count("**no**"))
        lines.append(f"| `{run.scenario.name}` | {' | '.join(map(str, counts))} | {len(run.scenario.untested)} |")
    return [*lines, ""]


def page(directories: Sequence[Path]) -> str:
    """Return the page of the runs in the directories, in the order of the list of scenarios.

    Raises
    ------
    ResultsError
        If there are none, or as :func:`read_run`.
    """
    if not directories:
        raise ResultsError("No runs; give the directories of finished runs of scenarios, e.g. fig1 fig2.")
    runs = sorted(map(read_run, directories), key=lambda run: NAMES.index(run.scenario.name))
    head = HEAD.format(directories=" ".join(run.directory.name for run in runs))
    return "\n".join([head, *summary(runs), *(line for run in runs for line in section(run))])


def main() -> None:
    """Print the page of the runs in the directories given."""
    try:
        print(page([Path(argument) for argument in sys.argv[1:]]).rstrip())
    except NanospineError as error:
        raise SystemExit(f"Error: {error}") from None


if __name__ == "__main__":
    main()
