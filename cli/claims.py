"""The table of claims: what the paper says, what was measured, the verdict."""

from __future__ import annotations

import math
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
        table.add_row(verdict, claim.sentence, measured(claim), claim.criterion)
    return table


def measured(claim: Claim) -> str:
    """Format ``value ± standard error unit``, the error to two digits and the value to the same place."""
    value, error = claim.value, claim.standard_error
    unit = f" {claim.unit}" if claim.unit else ""
    if math.isnan(value):
        return "nothing to measure"
    if error is None:
        return f"{value:.4g}{unit}"
    if not (math.isfinite(error) and error > 0):
        return f"{value:.4g} ± {error:.2g}{unit}"
    place = math.floor(math.log10(error)) - 1
    if not -7 < place < 5:
        return f"{value:.4g} ± {error:.2g}{unit}"
    return f"{round(value, -place):.{max(0, -place)}f} ± {round(error, -place):.{max(0, -place)}f}{unit}"
