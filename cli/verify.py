"""The command ``verify``."""

from __future__ import annotations

import datetime
import math
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from ..model import ParameterError
from ..results.bars import shown_progress
from ..results.files import write_text
from ..studies.pool import run_tasks
from ..verification import (
    Case,
    Catch,
    Check,
    Estimate,
    Findings,
    Mutant,
    as_markdown,
    of_models,
    select,
    select_mutants,
)
from .claims import FAILS, HOLDS
from .command import INTERRUPTED
from .console import stderr, stdout
from .files import check_writable, write_json
from .mutants import catches_as_json, judged, list_mutants, print_catches
from .scenarios import JsonFile

FAILED = 1


def verify(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Checks or groups of `verify --list`.", show_default="all"),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Also the full tier: more and longer checks.")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Worker processes; the result does not depend on it.")] = 1,
    json_file: JsonFile = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the table as a Markdown page.", show_default=False),
    ] = None,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Names are those of mutants: run code that is wrong, one after the other.")
    ] = False,
    models: Annotated[
        int | None, typer.Option("--models", min=1, help="Run this many models at random.", show_default=False)
    ] = None,
    list_only: Annotated[bool, typer.Option("--list", help="Show the checks, or mutants, and run none.")] = False,
) -> None:
    """Verify the engines against theory and each other.

    Each line of the table is a measured value and what it should be. It passes
    if they are less than 4 standard errors apart. Seeds are fixed. Mutants are
    copies of the program with one wrong place, which the checks named with them
    must see by more than 5 standard errors; the full tier runs them, too.
    Ctrl-C prints what is finished, and writes no files. Exit status: 0 if all
    pass and no mutant survives, 1 if not, 2 for bad input, 130 after Ctrl-C.

    For example:
    nanospine verify --jobs 2
    nanospine verify diffusion_vs_theory.slab_absorber --json slab.json
    nanospine verify reactions_vs_theory --full --report reactions.md
    nanospine verify --mutants reflection
    nanospine verify --models 1000
    nanospine verify --list
    """
    if mutants and (full or models is not None or report is not None):
        raise ParameterError("--mutants runs mutants alone; leave out --full, --models and --report.")
    if list_only and mutants:
        list_mutants(select_mutants(names or []), json_file)
        return
    if list_only:
        print_list(select(names or [], full=True), json_file)
        return
    cases, wrong = chosen(names or [], full=full, models=models, mutants=mutants)
    for path, option in ((json_file, "--json"), (report, "--report")):
        if path is not None:
            check_writable(path, option)
    found: list[Findings] = []
    try:
        if cases:
            run_checks(cases, jobs, found)
        catches = judged(wrong) if wrong else []
    except KeyboardInterrupt:
        print_findings(found)
        stderr().print(f"Interrupted after {len(found)} of {len(cases)} checks.")
        raise typer.Exit(INTERRUPTED) from None
    if cases:
        print_findings(found)
    if catches:
        print_catches(catches)
    document = {"checks": [entry for findings in found for entry in as_json(findings)]}
    write_json(json_file, document | {"mutants": catches_as_json(catches)} if wrong else document)
    if report is not None:
        command = " ".join(["nanospine verify", *(names or []), *(["--full"] if full else []), "--report", str(report)])
        write_report(report, found, catches, command)
    if not (all(findings.passed for findings in found) and all(catch.caught for catch in catches)):
        raise typer.Exit(FAILED)


def chosen(names: Sequence[str], *, full: bool, models: int | None, mutants: bool) -> tuple[list[Case], list[Mutant]]:
    """Return the checks and the mutants that are asked for."""
    if mutants:
        return [], select_mutants(names)
    if models is not None:
        return of_models(models, names), []
    return select(names, full=full), select_mutants([]) if full and not names else []


def run_checks(cases: Sequence[Case], jobs: int, found: list[Findings]) -> None:
    """Run checks, and add what they find."""
    with shown_progress() as progress, noticed_interrupts() as interrupts:
        for findings in run_tasks(Case.run, cases, jobs=jobs, progress=progress, label="checks"):
            if interrupts:
                raise KeyboardInterrupt
            found.append(findings)


@contextmanager
def noticed_interrupts() -> Iterator[list[int]]:
    """Keep a list of the interrupts: an engine ends its run at one, and what it returns must not be judged."""
    interrupts: list[int] = []

    def notice(number: int, frame: FrameType | None) -> None:
        interrupts.append(number)
        signal.default_int_handler(number, frame)

    before = signal.signal(signal.SIGINT, notice)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)


def print_list(cases: Sequence[Case], json_file: Path | None) -> None:
    """Print each check once, with what it checks and the number of its cases in either tier."""
    entries: dict[str, dict[str, Any]] = {}
    for case in cases:
        entry = entries.setdefault(case.name, {"name": case.name, "sentence": case.sentence, "fast": 0, "full": 0})
        entry[case.tier] += 1
    console = stdout()
    for entry in entries.values():
        console.print(f"{entry['name']} (fast: {entry['fast']}, full: {entry['full']})\n    {entry['sentence']}")
    console.print("Checks against stored data of MCell and others do not come with the package: `make verify`.")
    write_json(json_file, {"checks": list(entries.values())})


def print_findings(found: Sequence[Findings]) -> None:
    """Print the results table, what broke off, and the number of failures."""
    lines = [line for findings in found for line in findings.checks]
    stdout().print(results_table(lines))
    broken = [findings for findings in found if findings.broken]
    for findings in broken:
        stdout().print(f"FAILED {findings.case}: {findings.broken}", soft_wrap=True)
    failed = sum(not line.passed for line in lines) + len(broken)
    stdout().print(f"{len(lines) + len(broken)} checks, {failed} failed.")


def results_table(lines: Sequence[Check]) -> Table:
    """Make the results table, with a rule between its sections."""
    table = Table(title="Verification", title_justify="left", title_style="bold", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("Passed", max_width=8)
    table.add_column("Check")
    for title in ("Measured", "Expected", "z"):
        table.add_column(title, justify="right")
    table.add_column("Smallest bias seen", justify="right", max_width=9)
    for section, group in groupby(lines, lambda line: line.name.partition(": ")[0]):
        table.add_section()
        table.add_row("", Text(section, style="bold", overflow="fold"))
        for line in group:
            table.add_row(
                HOLDS if line.passed else FAILS, line.name.removeprefix(f"{section}: "), shown(line.measured),
                shown(line.other), f"{line.z:+.1f}", line.detectable,
            )  # fmt: skip
    return table


def shown(estimate: Estimate) -> str:
    """Format a value with its standard error, if it has one."""
    return f"{estimate.mean:.4g}" + (f" ± {estimate.se:.2g}" if estimate.se else "")


def write_report(path: Path, found: Sequence[Findings], catches: Sequence[Catch], command: str) -> None:
    """Write the Markdown page; what broke off is listed below the tables."""
    lines = [line for findings in found for line in findings.checks]
    page = as_markdown(lines, datetime.date.today().isoformat(), command, mutants=catches)
    broken = [f"- FAILED {findings.case}: {findings.broken}\n" for findings in found if findings.broken]
    write_text(path, "\n".join([page, "".join(broken)]) if broken else page)


def as_json(findings: Findings) -> list[dict[str, Any]]:
    """Describe the lines of a case, and one more without numbers if it broke off."""
    entries: list[dict[str, Any]] = [
        {
            "name": line.name,
            "value": finite(line.measured.mean),
            "expected": finite(line.other.mean),
            "standard_error": finite(line.measured.se),
            "z": finite(line.z),
            "passed": line.passed,
            "detectable_bias": finite(line.detectable_bias),
        }
        for line in findings.checks
    ]
    if findings.broken:
        nothing = dict.fromkeys(("value", "expected", "standard_error", "z", "detectable_bias"))
        entries.append({"name": f"{findings.case}: {findings.broken}", "passed": False, **nothing})
    return entries


def finite(value: float) -> float | None:
    """Return a number that JSON can say, else None."""
    return float(value) if math.isfinite(value) else None
