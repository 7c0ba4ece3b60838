"""Commands for users of MCell: ``compare``, ``import-mdl`` and ``export-mdl``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from ..model.boundaries import BoundaryRule
from ..model.errors import ParameterError, ResultsError
from ..scenarios.registry import find
from .console import rows_table, shown_progress, stderr, stdout
from .files import check_writable, write_json
from .scenarios import JsonFile, ScenarioName, gather_settings

if TYPE_CHECKING:
    from ..interop import Comparison, MdlModel

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
        figure.parent.mkdir(parents=True, exist_ok=True)
        draw_comparison(result, (f"A: {a.name}", f"B: {b.name}")).savefig(figure, dpi=200)
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
    )
    table.add_column("Column", overflow="fold")
    for title in ("Mean of A", "A - B", "Detectable", "Largest z", "at (ms)", "p (course)", "q"):
        table.add_column(title, justify="right")
    table.add_column("Verdict")
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
    if result.unmatched:
        stdout().print(f"Not compared: {', '.join(result.unmatched)}", soft_wrap=True)
    number = sum(column.different for column in result.columns)
    sentence = f"{number} of {len(result.columns)} columns differ" if number else "No column differs"
    stdout().print(f"{sentence} at a false discovery rate of {result.alpha:g}.")


def import_mdl(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An MDL file of MCell.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Run it, and write its reaction data below DIR.", show_default=False),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Number of seeds to run, from --seed on.")] = 1,
    seed: Annotated[int, typer.Option(min=1, help="First seed.")] = 1,
    absorber: Annotated[
        str,
        typer.Option(help="What ABSORPTIVE means: absorbing-segment, as in MCell, or absorbing, which is exact."),
    ] = "absorbing-segment",
    json_file: JsonFile = None,
) -> None:
    """Read an MDL file of MCell, say what is in it, and run it with --out.

    The reaction data have the names and columns of MCell's own, ready for `nanospine compare`.

    For example:
    nanospine import-mdl model.mdl
    nanospine import-mdl model.mdl --out mine --seeds 20
    nanospine compare mcell_run mine
    """
    from ..interop import read_mdl, run_mdl

    if out is not None and out.exists() and any(out.iterdir()):
        raise ResultsError(f"{out} is not empty; choose another --out or remove it.")
    mdl = read_mdl(file, seed=seed, absorber=absorber)
    summary = summarize(mdl)
    stdout().print(rows_table(f"{file}", [{"What": key, "Value": value} for key, value in summary.items()]))
    written: list[Path] = []
    if out is not None:
        with shown_progress() as progress:
            written = run_mdl(file, range(seed, seed + seeds), out, absorber=absorber, progress=progress)
        stdout().print(f"Written: {len(written)} files below {out}", soft_wrap=True)
    write_json(json_file, {**summary, "outputs": [str(path) for path in written]})


def summarize(mdl: MdlModel) -> dict[str, Any]:
    """Describe an MDL file in a few words."""
    model = mdl.model
    return {
        "mesh": f"{len(model.mesh.faces)} triangles, {model.mesh.volume:.6g} um^3",
        "regions": ", ".join(model.mesh.region_names),
        "species": f"{len(model.species)}, {len(model.surface_species)} of them in the surface",
        "reactions": str(len(model.steps)),
        "releases": str(len(model.releases)),
        "boundaries": ", ".join(f"{b.region}/{b.species} {BoundaryRule(b.rule)}" for b in model.boundaries)
        or "all reflect",
        "counting boxes": str(len(model.samplers)),
        "run": f"{mdl.iterations} steps of {mdl.time_step:g} s",
        "files": ", ".join(f"{output.path} ({len(output.columns)} columns)" for output in mdl.outputs) or "none",
    }


def export_mdl(
    scenario: ScenarioName,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write.", show_default=False)],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a parameter (see `show`); may be repeated."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="The models of a quick run.")] = False,
    approximate: Annotated[
        bool, typer.Option("--approximate", help="Write the nearest thing for what MDL cannot say.")
    ] = False,
) -> None:
    """Write the models of a scenario as MDL for MCell 3.4 and 3.5.

    For example:
    nanospine export-mdl odonnell2011.fig7 mdl --set volumes=0.05
    """
    from ..interop import write_mdl

    found = find(scenario)
    refusal = ParameterError(f"{scenario} has no model of single molecules (its engine: {found.engine}); see `list`.")
    if found.models is None:
        raise refusal
    for name, run in found.models(found.make_parameters(gather_settings(found, settings or [], None), quick)).items():
        if run.time_step is None:
            raise refusal
        path = write_mdl(
            run.model,
            directory / name,
            time_step=run.time_step,
            duration=run.duration,
            every=run.every,
            approximate=approximate,
        )
        stdout().print(f"Written: {path}", soft_wrap=True)
    stderr().print("Run with: mcell -seed 1 model.mdl")
