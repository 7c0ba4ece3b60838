"""The command ``compare``, on two sets of results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from ..model.errors import ParameterError
from ..results.files import save_figure
from .console import stdout
from .files import check_writable, write_json
from .scenarios import JsonFile

if TYPE_CHECKING:
    from ..interop import Comparison

DIFFERENT = 1
Results = Annotated[Path, typer.Argument(help="Results: of MCell (seed_NNNNN) or ours (Zarr).", show_default=False)]


def compare(
    a: Results,
    b: Results,
    select_a: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Which files of each seed, or stores of trials, of A.", show_default=False),
    ] = None,
    select_b: Annotated[str | None, typer.Option(metavar="NAME", help="The same for B.", show_default=False)] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help='TOML lines: "column of A" = "column of B".', show_default=False),
    ] = None,
    interpolate: Annotated[bool, typer.Option("--interpolate", help="Interpolate B at the times of A.")] = False,
    alpha: Annotated[float, typer.Option(help="False discovery rate of the verdict.")] = 0.02,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the time courses (.png, .svg, .pdf).", show_default=False)
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """Say whether two sets of results come from the same model, column by column.

    Exit status: 0 if no column is different, 1 if one is, 2 for bad input.

    For example:
    nanospine compare mcell_run out/mine
    nanospine compare mcell_run out/odonnell2011.fig7 --select-b 'volume=0.01_*' --figure compare.png
    """
    from ..interop import compare as compare_results
    from ..interop import draw_comparison, load_results, read_mapping

    for path, option in ((figure, "--figure"), (json_file, "--json")):
        if path is not None:
            check_writable(path, option)
    if figure is not None and figure.suffix not in (".png", ".svg", ".pdf"):
        raise ParameterError(f"--figure {figure} ends with {figure.suffix!r}; use .png, .svg or .pdf.")
    names = read_mapping(mapping) if mapping is not None else None
    result = compare_results(
        load_results(a, select_a), load_results(b, select_b), mapping=names, interpolate=interpolate, alpha=alpha
    )
    print_comparison(result, a, b)
    if figure is not None:
        save_figure(draw_comparison(result, (f"A: {a.name}", f"B: {b.name}")), figure)
        stdout().print(f"Written: {figure}", soft_wrap=True)
    write_json(json_file, result.to_json())
    if result.different:
        raise typer.Exit(DIFFERENT)


def print_comparison(result: Comparison, a: Path, b: Path) -> None:
    """Print the table of columns and the verdict."""
    table = Table(
        title=f"A: {a} ({result.seeds[0]} seeds), B: {b} ({result.seeds[1]} seeds)",
        title_justify="left",
        title_style="bold",
        padding=0,  # so that all columns fit a terminal of 80 characters
    )
    table.add_column("Column", overflow="fold")
    for title in ("Mean of A", "A - B", "Detect-\nable", "Largest z", "at (ms)", "p (course)", "q"):
        table.add_column(title, justify="right", overflow="fold")
    table.add_column("Verdict", no_wrap=True)
    for column in result.columns:
        verdict = Text("DIFFERENT", style="bold #E69F00 reverse") if column.different else Text("no difference")
        table.add_row(
            column.name,
            f"{column.mean_a:.4g}",
            f"{column.effect:+.3g} ± {column.standard_error:.2g}",
            f"{column.detectable:.3g}",
            f"{column.largest_z:+.1f}",
            f"{column.time_of_largest * 1e3:.4g}",
            f"{column.p:.2g}",
            f"{column.q:.2g}",
            verdict,
        )
    stdout().print(table)
    averaged = [column.name for column in result.columns if column.averaged]
    if averaged:
        stdout().print(
            f"In one set means over the output intervals: {', '.join(averaged)}. The numbers of the other are averaged "
            "over the ends of each interval, distributions are not compared, and the first time is left out.",
            soft_wrap=True,
        )
    if result.unmatched:
        stdout().print(f"Not compared: {', '.join(result.unmatched)}", soft_wrap=True)
    number = sum(column.different for column in result.columns)
    sentence = f"{number} of {len(result.columns)} columns differ" if number else "No column differs"
    stdout().print(f"{sentence} at a false discovery rate of {result.alpha:g}.")
