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

from ..results.bars import shown_progress
from ..results.files import write_text
from ..studies.pool import run_tasks
from ..verification import Case, Check, Estimate, Findings, as_markdown, select
from .claims import FAILS, HOLDS
from .command import INTERRUPTED
from .console import stderr, stdout
from .files import check_writable, write_json
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
    list_only: Annotated[bool, typer.Option("--list", help="Show the checks, and run none.")] = False,
) -> None:
    """Verify the engines against theory and each other.

    Each line of the table is a measured value and what it should be. It passes
    if they are less than 4 standard errors apart, and if a deliberately wrong
    variant is more than 5 off. Seeds are fixed. Ctrl-C prints what is finished,
    and writes no files. Exit status: 0 if all pass, 1 if one does not, 2 for bad
    input, 130 after Ctrl-C.

    For example:
    nanospine verify --jobs 2
    nanospine verify diffusion_vs_theory.slab_absorber --json slab.json
    nanospine verify reactions_vs_theory --full --report reactions.md
    nanospine verify --list
    """
    if list_only:
        print_list(select(names or [], full=True), json_file)
        return
    cases = select(names or [], full=full)
    for path, option in ((json_file, "--json"), (report, "--report")):
        if path is not None:
            check_writable(path, option)
    found: list[Findings] = []
    try:
        with shown_progress() as progress, noticed_interrupts() as interrupts:
            for findings in run_tasks(Case.run, cases, jobs=jobs, progress=progress, label="checks"):
                if interrupts:
                    raise KeyboardInterrupt
                found.append(findings)
    except KeyboardInterrupt:
        print_findings(found)
        stderr().print(f"Interrupted after {len(found)} of {len(cases)} checks.")
        raise typer.Exit(INTERRUPTED) from None
    print_findings(found)
    write_json(json_file, {"checks": [entry for findings in found for entry in as_json(findings)]})
    if report is not None:
        command = " ".join(["nanospine verify", *(names or []), *(["--full"] if full else []), "--report", str(report)])
        write_report(report, found, command)
    if not all(findings.passed for findings in found):
        raise typer.Exit(FAILED)


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
    for title in ("Smallest bias seen", "z of wrong variant"):
        table.add_column(title, justify="right", max_width=9)
    for section, group in groupby(lines, lambda line: line.name.partition(": ")[0]):
        table.add_section()
        table.add_row("", Text(section, style="bold", overflow="fold"))
        for line in group:
            table.add_row(
                verdict(line), line.name.removeprefix(f"{section}: "), shown(line.measured), shown(line.other),
                f"{line.z:+.1f}", line.detectable, f"{line.z_wrong:+.0f}",
            )  # fmt: skip
    return table


def shown(estimate: Estimate) -> str:
    """Format a value with its standard error, if it has one."""
    return f"{estimate.mean:.4g}" + (f" ± {estimate.se:.2g}" if estimate.se else "")


def verdict(line: Check) -> Text:
    """Format a verdict; a check that could not fail is none, so an unseen wrong variant is said."""
    if line.passed:
        return HOLDS
    return FAILS if line.verdict == "FAILED" else Text(line.verdict, style=FAILS.style)


def write_report(path: Path, found: Sequence[Findings], command: str) -> None:
    """Write the Markdown page; what broke off is listed below the table."""
    lines = [line for findings in found for line in findings.checks]
    page = as_markdown(lines, datetime.date.today().isoformat(), command)
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
