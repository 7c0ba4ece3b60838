"""Draws `docs/images/architecture.png`: the floors of the house as `pyproject.toml` states them, and who imports whom.

python scripts/draw_house.py
"""

from __future__ import annotations

import ast
import sys
import textwrap
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from link_tree import link

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "architecture.png"
FACE = "nanospine"
#: Width of a column of text, in cells of the matrix.
TEXT = 16.0
KEY = """Bands are floors. Blue: how often the modules of a room (row) import
from another (column); for the face, its names. Grey: thousands of lines.
All lies above the diagonal: a room imports from the floors below it."""


def floors() -> list[list[str]]:
    """Return the rooms of each floor, from the roof down, as import-linter holds them."""
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    [contract] = [row for row in tool["importlinter"]["contracts"] if row["name"] == "The floors of the house"]
    return [[FACE], *(layer.split(" | ") for layer in contract["layers"])]


def imports() -> Counter[tuple[str, str]]:
    """Count the imports between rooms, module by module; the face's are its names."""
    import grimp

    graph = grimp.build_graph(FACE, cache_dir=None)
    found: Counter[tuple[str, str]] = Counter()
    for module in graph.modules - {FACE}:
        for imported in graph.find_modules_directly_imported_by(module):
            found[module.split(".")[1], imported.split(".")[1]] += 1
    for line in ast.parse((ROOT / FACE / "__init__.pyi").read_text()).body:
        if isinstance(line, ast.ImportFrom) and line.module:
            found[FACE, line.module.split(".")[0]] += len(line.names)
    return found


def purpose(room: str) -> str:
    """Return the first line of what a room says about itself."""
    file = "__init__.pyi" if room == FACE else "__init__.py"
    text = ast.get_docstring(ast.parse((ROOT / room / file).read_text())) or ""
    return text.split("\n")[0].replace("`", "")


def lines(room: str) -> int:
    """Count the lines of a room's sources that are not empty."""
    files = (*(ROOT / room).rglob("*.py"), *(ROOT / room).rglob("*.pyi"))
    return sum(bool(line.strip()) for file in files for line in file.read_text().splitlines())


def draw(house: list[list[str]], counts: Counter[tuple[str, str]]) -> Any:
    """Draw a row per room, in bands of a floor, beside the matrix of imports."""
    from matplotlib.patches import Rectangle

    from nanospine.viz.style import BLUE, new_figure

    rooms = [room for floor in house for room in floor]
    figure = new_figure(7.2, 4.6)
    axis = figure.subplots()
    largest = max(number for (a, b), number in counts.items() if a != b)
    top = 0
    for k, floor in enumerate(house):
        axis.add_patch(Rectangle((-TEXT, top), TEXT + len(rooms), len(floor), color="0.94" if k % 2 else "1", lw=0))
        top += len(floor)
    for y, room in enumerate(rooms):
        axis.text(0.2 - TEXT, y + 0.5, room, weight="bold", va="center")
        axis.text(4.0 - TEXT, y + 0.5, textwrap.fill(purpose(room), 55), fontsize=6.5, va="center", linespacing=1.05)
        axis.text(y + 0.35, -0.2, room, rotation=55, rotation_mode="anchor", ha="left", va="center")
        axis.add_patch(Rectangle((y, y), 1, 1, color="0.8", lw=0))
        axis.text(y + 0.5, y + 0.52, f"{lines(room) / 1e3:.1f}", fontsize=6.5, ha="center", va="center")
        for x, other in enumerate(rooms):
            if x != y and (number := counts[room, other]):
                shade = 0.15 + 0.85 * (number / largest) ** 0.5
                axis.add_patch(Rectangle((x, y), 1, 1, facecolor=BLUE, alpha=shade, lw=0))
                axis.text(x + 0.5, y + 0.52, str(number), fontsize=6.5, ha="center", va="center",
                          color="white" if shade > 0.6 else "black")  # fmt: skip
    axis.text(0.2 - TEXT, -3.2, KEY, fontsize=7, va="top", linespacing=1.3)
    axis.set(xlim=(-TEXT, len(rooms) + 1.5), ylim=(len(rooms), -3.6), aspect="equal")
    axis.axis("off")
    return figure


def main() -> None:
    """Read the house through its tree of links, and draw it."""
    sys.path.insert(0, str(link(ROOT)))
    draw(floors(), imports()).savefig(PICTURE, dpi=200)


if __name__ == "__main__":
    main()
