"""Tables of the documentation that are made from the house's registries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from places import ROOT


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n".replace("|  |", "| |") for cells in lines)


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text()
