"""The table of claims: what the paper says, what was measured, the verdict."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from ..scenarios.claims import Claim

# Blue and orange of Okabe & Ito: told apart with any colour vision, and the words say it too.
HOLDS = Text("yes", style="bold #0072B2")
FAILS = Text("NO", style="bold #E69F00 reverse")
UNDECIDED = Text("undecided", style="bold")


def claims_table(claims: Sequence[Claim]) -> Table:
    """Make the table of claims, in the order of the paper."""
    table = Table(title="Claims of the paper", title_justify="left", title_style="bold", show_lines=True)
    table.add_column("Holds", justify="center")
    table.add_column("Claim", ratio=3)
    table.add_column("Measured", ratio=2)
    table.add_column("Held against", ratio=2)
    for claim in claims:
        verdict = HOLDS if claim.holds else UNDECIDED if claim.undecided else FAILS
        sentence = f"{claim.sentence} ({claim.where})" if claim.where else claim.sentence
        table.add_row(verdict, sentence, claim.measured, claim.criterion)
    return table
