"""The mutants of ``verify``: whether the checks see code that is wrong."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from ..results.bars import shown_progress
from ..verification import Catch, Mutant, workshop
from .claims import FAILS, HOLDS
from .console import stdout
from .files import write_json


def judged(mutants: Sequence[Mutant]) -> list[Catch]:
    """Run the checks of mutants, one after the other."""
    found: list[Catch] = []
    with shown_progress() as progress, workshop() as shop:
        progress.start(len(mutants), "mutants")
        for mutant in mutants:
            found += shop.judge(mutant)
            progress.advance(1.0)
    return found


def list_mutants(mutants: Sequence[Mutant], json_file: Path | None) -> None:
    """Print what is wrong with each mutant, and the checks that must see it."""
    for mutant in mutants:
        stdout().print(f"{mutant.name} ({mutant.file})\n    {mutant.sentence}\n    {', '.join(mutant.caught_by)}")
    entries = [dataclasses.asdict(mutant) for mutant in mutants]
    write_json(json_file, {"mutants": entries})


def print_catches(found: Sequence[Catch]) -> None:
    """Print which check sees which mutant, and the number of mutants that survive one of theirs."""
    table = Table(title="Mutants", title_justify="left", title_style="bold", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for title in ("Caught", "Mutant", "What is wrong", "Check"):
        table.add_column(title)
    table.add_column("z", justify="right")
    for catch in found:
        table.add_row(
            HOLDS if catch.caught else FAILS, catch.mutant.name, catch.mutant.sentence, catch.check,
            catch.trouble or f"{catch.z:+.1f}",
        )  # fmt: skip
    stdout().print(table)
    survivors = {catch.mutant.name for catch in found if not catch.caught}
    number = len({catch.mutant.name for catch in found})
    stdout().print(f"{number} mutants, {len(survivors)} survived a check that should see them.")


def catches_as_json(found: Sequence[Catch]) -> list[dict[str, Any]]:
    """Describe what each check makes of each mutant; z is None where it is not finite, as if a requirement fails."""
    return [
        {
            "mutant": catch.mutant.name,
            "wrong": catch.mutant.sentence,
            "file": catch.mutant.file,
            "check": catch.check,
            "line": catch.line,
            "z": catch.z if math.isfinite(catch.z) else None,
            "caught": catch.caught,
            "trouble": catch.trouble,
        }
        for catch in found
    ]
