"""Commands for users of SBML: ``import-sbml`` and ``export-sbml``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ..model.errors import ParameterError, ResultsError
from ..scenarios.registry import find
from .command import INTERRUPTED
from .console import rows_table, shown_progress, stderr, stdout
from .files import check_writable, write_json
from .scenarios import JsonFile, ScenarioName, gather_settings

if TYPE_CHECKING:
    from ..model import Model, Reaction, Schedule
    from ..results import Result


def import_sbml(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An SBML file, Level 2 or 3.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Run it, and write the results into DIR.", show_default=False)
    ] = None,
    duration: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Simulated time, for --out.", show_default=False)
    ] = None,
    every: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Interval of the output.", show_default="a thousandth")
    ] = None,
    engine: Annotated[str, typer.Option(help="ode, ssa or particles (in a cube of the file's volume).")] = "ode",
    seed: Annotated[int | None, typer.Option(help="Seed of ssa and particles.", show_default="1")] = None,
    json_file: JsonFile = None,
) -> None:
    """Read an SBML file, say which species and reactions are in it, in our units, and run it with --out.

    For example:
    nanospine import-sbml model.xml
    nanospine import-sbml model.xml --out run --duration 100
    """
    from ..interop.sbml import read_sbml
    from ..studies.engines import simulate

    if json_file is not None:
        check_writable(json_file, "--json")
    if (out is None) != (duration is None):
        raise ParameterError("--out DIR and --duration SECONDS go together; give both to run the model, or neither.")
    if out is not None and out.exists() and any(out.iterdir()):
        raise ResultsError(f"{out} is not empty; choose another --out or remove it.")
    model = read_sbml(file)
    species, reactions = species_rows(model), [reaction_row(reaction) for reaction in model.reactions]
    stdout().print(f"{file}: {len(species)} species, {len(reactions)} reactions, {model.mesh.volume:.6g} um^3")
    stdout().print(rows_table("Species", species))
    if reactions:
        stdout().print(rows_table("Reactions", reactions))
    written: list[Path] = []
    if out is not None and duration is not None:
        options: dict[str, Any] = {
            name: value for name, value in (("every", every), ("seed", seed)) if value is not None
        }
        with shown_progress() as progress:
            progress.start(1.0, f"{file.name} ({engine})")
            result = simulate(model, duration, cast("Any", engine), progress=progress, **options)
        written = write_result(result, out)
    write_json(
        json_file,
        {
            "volume (um^3)": model.mesh.volume,
            "species": species,
            "reactions": reactions,
            "outputs": [str(path) for path in written],
        },
    )


def write_result(result: Result, directory: Path) -> list[Path]:
    """Write a result as a Zarr store and its concentrations as a table."""
    from ..model.units import molecules
    from ..results.store import write_dataset

    store, table = directory / "result.zarr", directory / "concentrations.csv"
    directory.mkdir(parents=True, exist_ok=True)
    write_dataset(result.dataset, store)
    (result.to_dataframe() / molecules(1.0, result.volume)).to_csv(table)
    stdout().print(f"Written: {store}, {table} (time in s, uM)", soft_wrap=True)
    if not result.complete:
        stderr().print(f"Stopped at {result.time[-1]:g} s.")
        raise typer.Exit(INTERRUPTED)
    return [store, table]


def species_rows(model: Model) -> list[dict[str, Any]]:
    """Describe each species: what there is at the start, and how it moves."""
    from ..model import units

    number = dict.fromkeys(model.species_names, 0.0)
    for release in model.releases:
        for name, fraction in release.fractions.items():
            number[name] += fraction * model.expected_number(release)
    return [
        {
            "Name": species.name,
            "Initial (uM)": units.micromolar(number[species.name], model.mesh.volume),
            "Molecules": number[species.name],
            "D (um^2/s)": species.D,
        }
        for species in model.species
    ]


def reaction_row(reaction: Reaction) -> dict[str, Any]:
    """Describe a reaction: rates in uM and s, and laws where they are not those of the reactants."""
    laws = {"forward": reaction.forward_law, "backward": reaction.backward_law}
    return {
        "Name": reaction.steps[0].name,
        "Equation": reaction.equation,
        "Forward": rate_text(reaction.forward),
        "Backward": "" if reaction.backward is None else rate_text(reaction.backward),
        "Laws": "; ".join(f"{which}: {law}" for which, law in laws.items() if law),
    }


def rate_text(rate: float | Schedule) -> str:
    """Write a rate, or the range of one that changes in time."""
    if isinstance(rate, float | int):
        return f"{rate:.6g}"
    return f"{min(rate.values):.4g} to {max(rate.values):.4g} in time"


def export_sbml(
    scenario: ScenarioName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write, e.g. model.xml.", show_default=False)],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a parameter (see `show`); may be repeated."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="The models of a quick run.")] = False,
    approximate: Annotated[
        bool, typer.Option("--approximate", help="Write the nearest thing for what SBML cannot say.")
    ] = False,
) -> None:
    """Write the model of a scenario as SBML, Level 3 Version 2.

    A scenario of several models writes one file for each, with its name before the suffix.

    For example:
    nanospine export-sbml maki2020.hfs hfs.xml
    """
    from ..interop.sbml import write_sbml

    found = find(scenario)
    if found.models is None:
        raise ParameterError(f"{scenario} has no model of reactions (its engine: {found.engine}); see `list`.")
    models = found.models(found.make_parameters(gather_settings(found, settings or [], None), quick))
    for name, run in models.items():
        path = file if len(models) == 1 else file.with_name(f"{file.stem}_{name}{file.suffix}")
        stdout().print(f"Written: {write_sbml(run.model, path, approximate=approximate)}", soft_wrap=True)
