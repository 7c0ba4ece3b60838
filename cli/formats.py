"""Commands on models in the formats of other programs: ``formats``, ``import`` and ``export``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ..model.errors import ParameterError, ResultsError
from ..results.bars import shown_progress
from ..results.files import write_text
from ..results.lock import exclusively, is_empty
from ..scenarios.registry import find
from .command import INTERRUPTED
from .console import rows_table, stderr, stdout
from .files import check_directory, check_writable, write_json
from .scenarios import JsonFile, ScenarioName, Settings, gather_settings, read_pairs

if TYPE_CHECKING:
    import pandas as pd

    from ..interop.formats import Format
    from ..model import Model, Reaction
    from ..results import Result

FormatName = Annotated[
    str | None,
    typer.Option("--format", metavar="NAME", help="A name from `nanospine formats`.", show_default="by the suffix"),
]
#: Options of a reader that have one of their own on the command line.
OWN_OPTIONS = {"mesh": "--volume", "seed": "--seed", "allow_path": "--allow-path"}


def list_formats(json_file: JsonFile = None) -> None:
    """List the formats of models: suffixes, what can be done with them, and their options.

    For example:
    nanospine formats
    """
    from ..interop.formats import FORMATS

    rows = [describe_format(row) for row in FORMATS]
    stdout().print(rows_table("Formats", rows))
    write_json(json_file, {"formats": rows})


def describe_format(row: Format) -> dict[str, str]:
    """Describe a format in a row of a table."""
    commands = {"import": row.read, "export": row.write}
    options = [f"{name}: {sentence}" for name, sentence in row.read_options.items() if name not in OWN_OPTIONS]
    return {
        "Format": row.name,
        "What it is": row.title,
        "Suffixes": ", ".join(row.suffixes),
        "Commands": ", ".join(command for command, function in commands.items() if function),
        "import --set": "\n".join(options),
    }


def import_model(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file with a model.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Run it, and write the results into DIR.", show_default=False)
    ] = None,
    duration: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Simulated time.", show_default="as the file says")
    ] = None,
    every: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Interval of the output, with --duration.", show_default="a thousandth"),
    ] = None,
    engine: Annotated[
        str | None, typer.Option(help="ode, ssa or particles, with --duration.", show_default="ode")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=1, help="Seed, or the first of --seeds.", show_default="1")] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Number of seeds, without --duration.", show_default="1")
    ] = None,
    volume: Annotated[
        float | None,
        typer.Option(metavar="UM3", help="Of a cube, for files that do not say the shape.", show_default="the file's"),
    ] = None,
    allow_path: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="A folder of files that the file names, besides its own; may be repeated."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="An option of the format (see `formats`); may be repeated."),
    ] = None,
    format_name: FormatName = None,
    json_file: JsonFile = None,
) -> None:
    """Read a model of another program, say what is in it, in our units, and run it with --out.

    With --duration an engine runs it, and writes a Zarr store and a table. Without, files that say how they are run
    (MDL) are run so, and write what their own program would, ready for `nanospine compare`.

    For example:
    nanospine import model.xml
    nanospine import model.xml --out run --duration 100 --engine ssa
    nanospine import model.mdl --out mine --seeds 20
    nanospine import species.csv --volume 0.5
    """
    from ..interop.formats import find_format, read_file

    if json_file is not None:
        check_writable(json_file, "--json")
    if out is not None:
        check_directory(out, "--out")
    row = find_format(file, format_name)
    check_run(row, out, duration, {"--every": every, "--engine": engine}, seeds)
    options = reader_options(row, read_pairs(settings or []), volume, seed, allow_path)
    model, notes = read_file(file, row, **options)
    summary = print_model(file, row, model, notes)
    written: list[Path] = []
    with nullcontext() if out is None else exclusively(out):
        if out is not None and duration is None:
            written = run_as_the_file_says(file, row, options, seeds or 1, out)
        elif out is not None and duration is not None:
            written = run_with_engine(file.name, model, duration, every, engine or "ode", seed, out)
    write_json(json_file, {**summary, "outputs": [str(path) for path in written]})


def check_run(
    row: Format, out: Path | None, duration: float | None, with_duration: Mapping[str, object], seeds: int | None
) -> None:
    """Refuse options of a run that do not go together, or a directory that holds something."""
    given = [option for option, value in with_duration.items() if value is not None]
    if out is None and duration is not None:
        raise ParameterError("--duration runs the model; give --out DIR for the results as well.")
    if out is not None and duration is None and row.run is None:
        raise ParameterError(f"Files of the format {row.name} do not say how they are run; give --duration SECONDS.")
    if given and duration is None:
        raise ParameterError(f"{given[0]} goes with --duration SECONDS; give it as well, or leave {given[0]} out.")
    if seeds is not None and (out is None or duration is not None):
        raise ParameterError("--seeds is for --out DIR without --duration; give the one --seed of an engine instead.")
    if out is not None and not is_empty(out):
        raise ResultsError(f"{out} is not empty; choose another --out or remove it.")


def reader_options(
    row: Format,
    settings: Mapping[str, str],
    volume: float | None,
    seed: int | None,
    allow_path: Sequence[Path] | None = None,
) -> dict[str, Any]:
    """Return the options with which a file is read; those that the command line has options for are not settings."""
    from ..geometry import cube

    for name, option in OWN_OPTIONS.items():
        if name in settings:
            raise ParameterError(f"--set {name} is not known; give {option}.")
    options: dict[str, Any] = dict(settings)
    if volume is not None:
        if "mesh" not in row.read_options:
            raise ParameterError(f"Files of the format {row.name} say the shape themselves; leave out --volume.")
        options["mesh"] = cube(volume)
    if allow_path:
        if "allow_path" not in row.read_options:
            raise ParameterError(f"Files of the format {row.name} name no other files; leave out --allow-path.")
        options["allow_path"] = allow_path
    if seed is not None and "seed" in row.read_options:
        options["seed"] = seed
    return options


def run_as_the_file_says(file: Path, row: Format, options: Mapping[str, Any], seeds: int, out: Path) -> list[Path]:
    """Run a file that says how; return what was written."""
    others = {name: value for name, value in options.items() if name != "seed"}
    first = options.get("seed", 1)
    with shown_progress() as progress:
        written: list[Path] = row.function("run")(file, range(first, first + seeds), out, progress=progress, **others)
    stdout().print(f"Written: {len(written)} files below {out}", soft_wrap=True)
    return written


def run_with_engine(
    name: str, model: Model, duration: float, every: float | None, engine: str, seed: int | None, out: Path
) -> list[Path]:
    """Run a model with one of our engines; return what was written."""
    from ..results import Part
    from ..studies.engines import simulate

    given = {"every": every, "seed": seed}
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    with shown_progress() as progress:
        progress.start(1.0, f"{name} ({engine})")
        result = simulate(model, duration, cast("Any", engine), progress=Part(progress), **options)
    return write_result(result, out)


def write_result(result: Result, directory: Path) -> list[Path]:
    """Save a result, and its concentrations as a table."""
    store, table = directory / "results.zarr", directory / "concentrations.csv"
    result.save(directory)
    write_text(table, concentrations(result).to_csv())
    stdout().print(f"Written: {store}, {table} (time in s, uM)", soft_wrap=True)
    if not result.complete:
        stderr().print(f"Stopped at {result.time[-1]:g} s.")
        raise typer.Exit(INTERRUPTED)
    return [store, table]


def concentrations(result: Result) -> pd.DataFrame:
    """Return concentrations (uM), of several compartments in each that ever holds molecules of the species."""
    import pandas as pd

    from ..model.units import molecules

    mesh = result.model.mesh
    if len(mesh.compartments) == 1:
        return result.to_dataframe() / molecules(1.0, result.volume)
    columns = {}
    by_species = result.dataset["within"].values.transpose(1, 2, 0)
    for species, numbers in zip(result.model.species_names, by_species, strict=True):
        for name, space, number in zip(mesh.compartment_names, mesh.compartments, numbers, strict=True):
            if number.any():
                columns[f"{species} in {name}"] = number / molecules(1.0, space.volume)
    return pd.DataFrame(columns, index=pd.Index(result.time, name="time"))


def print_model(file: Path, row: Format, model: Model, notes: Mapping[str, str]) -> dict[str, Any]:
    """Print what is in a file; return it for JSON."""
    whole = {**describe_model(model), **notes}
    species, reactions = species_rows(model), [reaction_row(reaction) for reaction in model.reactions]
    head = f"{file}: {len(species)} species, {len(reactions)} reactions, {model.mesh.volume:.6g} um^3"
    stdout().print(head, soft_wrap=True)
    stdout().print(rows_table("Model", [{"What": key, "Value": value} for key, value in whole.items()]))
    stdout().print(rows_table("Species", species))
    if reactions:
        title = "Reactions (rates in 1/s, 1/(uM s), um^2/s between surface molecules, uM/s of sources and formulas)"
        stdout().print(rows_table(title, reactions))
    return {
        "format": row.name,
        "volume (um^3)": model.mesh.volume,
        **whole,
        "species": species,
        "reactions": reactions,
    }


def describe_model(model: Model) -> dict[str, str]:
    """Describe the parts of a model that have no table of their own."""
    spaces = dict(zip(model.mesh.compartment_names, model.mesh.compartments, strict=True))
    each = ", ".join(f"{name} {space.volume:.6g}" for name, space in spaces.items())
    return {
        "mesh": f"{len(model.mesh.faces)} triangles, {each if len(spaces) > 1 else f'{model.mesh.volume:.6g}'} um^3",
        "regions": ", ".join(model.mesh.region_names),
        "releases": str(len(model.releases)),
        "boundaries": ", ".join(f"{b.region}/{b.species} {b.rule}" for b in model.boundaries) or "all reflect",
        "samplers": str(len(model.samplers)),
    }


def species_rows(model: Model) -> list[dict[str, Any]]:
    """Describe each species: what there is at the start, of several compartments in which, and how it moves."""
    from ..bulk.pools import Pools
    from ..model import units

    pools = Pools(model)
    numbers = pools.expected_numbers().reshape(len(model.species), -1)
    several = len(pools.compartments) > 1
    return [
        {
            "Name": species.name,
            "Where": f"{species.where}, {pools.compartments[home]}" if several and number[home] else species.where,
            "Initial (uM)": None
            if species.is_on_surface
            else units.micromolar(float(number[home]), float(pools.volume[home])),
            "Molecules": float(number[home]),
            "D (um^2/s)": species.D,
        }
        for species, number in zip(model.species, numbers, strict=True)
        for home in (number.nonzero()[0] if number.any() else [0])
    ]


def reaction_row(reaction: Reaction) -> dict[str, Any]:
    """Describe a reaction: rates in uM and s, and laws where they are not those of the reactants."""
    from ..model.laws import rate_text

    laws = {"forward": reaction.forward_law, "backward": reaction.backward_law}
    return {
        "Name": reaction.steps[0].name,
        "Equation": reaction.equation,
        "Forward": rate_text(reaction.forward),
        "Backward": "" if reaction.backward is None else rate_text(reaction.backward),
        "Laws": "; ".join(f"{which}: {law}" for which, law in laws.items() if law),
    }


def export_model(
    scenario: ScenarioName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write, e.g. model.xml.", show_default=False)],
    settings: Settings = None,
    quick: Annotated[bool, typer.Option("--quick", help="The models of a quick run.")] = False,
    approximate: Annotated[
        bool, typer.Option("--approximate", help="Write the nearest thing for what the format cannot say.")
    ] = False,
    format_name: FormatName = None,
) -> None:
    """Write the model of a scenario for another program.

    A scenario of several models writes each into a directory of its name: mdl/volume=0.05/model.mdl.

    For example:
    nanospine export maki2020.hfs hfs.xml
    nanospine export odonnell2011.fig7 mdl/model.mdl --set volumes=0.05
    """
    from ..interop.formats import find_format, write_model

    row = find_format(file, format_name)
    found = find(scenario)
    if found.models is None:
        raise ParameterError(f"{scenario} has no model of reactions (its engine: {found.engine}); see `list`.")
    models = found.models(found.make_parameters(gather_settings(found, settings or [], None), quick))
    for name, run in models.items():
        path = file if len(models) == 1 else file.parent / name / file.name
        timing = {key: getattr(run, key) for key in ("time_step", "duration", "every") if key in row.write_options}
        if None in timing.values():
            raise ParameterError(
                f"{scenario} runs well mixed, without the time step that the format {row.name} needs; see `formats`."
            )
        written = write_model(run.model, path, format=row.name, approximate=approximate, **timing)
        stdout().print(f"Written: {written}", soft_wrap=True)
