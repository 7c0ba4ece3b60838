"""Commands on scenarios: ``list``, ``show`` and ``run``."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from ..model.errors import ParameterError
from ..results.bars import shown_progress
from ..scenarios.base import Outcome, Scenario
from ..scenarios.registry import find, load_all
from .claims import claims_table
from .command import INTERRUPTED
from .console import rows_table, stderr, stdout
from .files import check_directory, check_writable, write_json

JsonFile = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Also write this as JSON to FILE.", show_default=False),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a parameter (see `show`); may be repeated."),
]
ScenarioName = Annotated[str, typer.Argument(metavar="SCENARIO", help="A name from `nanospine list`.")]


def list_scenarios(json_file: JsonFile = None) -> None:
    """List the scenarios, with the figure, the engine and the expected run time.

    For example:
    nanospine list
    nanospine list --json scenarios.json
    """
    fields = ("name", "title", "figure", "engine", "expected")
    scenarios = [{field: getattr(scenario, field) for field in fields} for scenario in load_all()]
    rows = [
        {
            "Scenario": entry["name"],
            "What it is": "{title}\n{figure}. Engine: {engine}. Run time: {expected}.".format(**entry),
        }
        for entry in scenarios
    ]
    stdout().print(rows_table("Scenarios", rows))
    write_json(json_file, {"scenarios": scenarios})


def show(scenario: ScenarioName, json_file: JsonFile = None) -> None:
    """Show the parameters of a scenario, with default, unit, meaning and source.

    For example:
    nanospine show odonnell2011.fig7
    """
    found = find(scenario)
    parameters = [describe(field, found) for field in dataclasses.fields(found.parameters)]
    stdout().print(f"{found.name}: {found.title} ({found.figure}; engine: {found.engine})")
    rows = [
        {
            "Parameter": entry["name"],
            "Default": setting(entry["default"]),
            "Quick": setting(entry["quick"]) if entry["quick"] is not None else "",
            "Unit": entry["unit"],
            "Meaning": entry["meaning"],
            "Source": entry["source"],
        }
        for entry in parameters
    ]
    stdout().print(rows_table("Parameters (change one with: run --set name=value)", rows))
    write_json(json_file, {"scenario": found.name, "parameters": parameters})


def describe(field: dataclasses.Field[Any], scenario: Scenario) -> dict[str, Any]:
    """Describe one parameter; ``quick`` is its value in a quick run, None if that is the default."""
    meta = field.metadata
    return {
        "name": field.name,
        "default": field.default,
        "quick": scenario.quick.get(field.name),
        "unit": meta.get("unit", ""),
        "meaning": meta.get("doc", ""),
        "source": meta.get("source", ""),
    }


def setting(value: Any) -> str:
    """Format a parameter as ``--set`` takes it."""
    return ",".join(map(setting, value)) if isinstance(value, (tuple, list)) else str(value)


def run(
    scenario: ScenarioName,
    settings: Settings = None,
    trials: Annotated[
        int | None,
        typer.Option(min=1, help="Number of trials: short for --set trials=N.", show_default=False),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Worker processes; the result does not depend on it.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random stream.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Directory for the results.", show_default="out/SCENARIO[-quick]"),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A shorter run with wider error bars.")] = False,
    json_file: JsonFile = None,
) -> None:
    """Run a scenario: results, figures, and the claims of the paper with their verdicts.

    Stop with Ctrl-C: finished trials are kept, and the same command goes on.
    A directory that holds other results is never overwritten. Exit status:
    0 whatever the verdicts (a claim that does not hold is a finding, not a
    failure), 1 for an unexpected error, 2 for bad input, 130 after Ctrl-C.

    For example:
    nanospine run odonnell2011.fig7 --quick
    nanospine run odonnell2011.fig7 --trials 10 --jobs 2 --seed 1 --out fig7
    nanospine run odonnell2011.fig7 --set trials=20 --json claims.json
    """
    from ..scenarios.runner import run_scenario

    found = find(scenario)
    chosen = gather_settings(found, settings or [], trials)
    directory = out or Path("out") / (f"{scenario}-quick" if quick else scenario)
    if json_file is not None:
        check_writable(json_file, "--json")
    check_directory(directory, "--out")
    stderr().print(f"{found.name}: {found.title} (seed {seed}, jobs {jobs}, into {directory})")
    try:
        with shown_progress() as progress:
            outcome, summary = run_scenario(
                found, directory, settings=chosen, seed=seed, jobs=jobs, quick=quick, progress=progress
            )
    except KeyboardInterrupt:
        stop(directory)
    print_outcome(outcome, summary["outputs"])
    write_json(json_file, summary)
    if not outcome.complete:
        stop(directory)


def gather_settings(scenario: Scenario, pairs: Sequence[str], trials: int | None) -> dict[str, str]:
    """Read ``key=value`` pairs and ``--trials`` into one mapping.

    Raises
    ------
    ParameterError
        As :func:`read_pairs`, and if ``--trials`` is given to a scenario without trials.
    """
    settings = read_pairs(pairs)
    if trials is None:
        return settings
    if "trials" in settings:
        raise ParameterError("--trials and --set trials=... say the same thing; keep one.")
    if "trials" not in {field.name for field in dataclasses.fields(scenario.parameters)}:
        raise ParameterError(f"{scenario.name} has no trials; leave out --trials.")
    return {**settings, "trials": str(trials)}


def read_pairs(pairs: Sequence[str]) -> dict[str, str]:
    """Read ``key=value`` pairs.

    Raises
    ------
    ParameterError
        If a pair has no ``=``, or a key comes twice.
    """
    settings: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        key = key.strip()
        if not (equals and key):
            raise ParameterError(f"--set {pair!r} is not of the form key=value, e.g. --set trials=10.")
        if key in settings:
            raise ParameterError(f"--set {key} is given twice ({settings[key]!r} and {value!r}); keep one.")
        settings[key] = value.strip()
    return settings


def print_outcome(outcome: Outcome, outputs: Sequence[str]) -> None:
    """Print the tables, the claims and where everything was written."""
    console = stdout()
    for title, rows in outcome.tables.items():
        console.print(rows_table(title, rows))
    if outcome.claims:
        console.print(claims_table(outcome.claims))
    console.print("Written:")
    for path in outputs:
        console.print(f"  {path}", soft_wrap=True)
    for path in outputs:
        if Path(path).name == "trajectory.zarr":
            console.print(f"3D scene: nanospine view {Path(path).parent}", soft_wrap=True)


def stop(directory: Path) -> NoReturn:
    """Say what an interrupted run leaves behind, and leave."""
    stderr().print(f"Interrupted: finished trials are kept in {directory}; the same command continues the run.")
    raise typer.Exit(INTERRUPTED)
