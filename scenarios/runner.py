"""Runs a scenario into a directory: results, figures, claims, and the record to rebuild them."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..model.errors import ResultsError, SimulationError
from ..results.files import read_json, save_figure, write_json
from ..results.format import Kind, check, stamp
from ..results.lock import exclusively, is_empty
from ..results.progress import Progress, Silent
from ..results.provenance import environment
from ..results.store import remove_leftovers, write_dataset
from .base import Outcome, RunOptions, Scenario
from .claims import Claim

MANIFEST = "run.json"


def run_scenario(
    scenario: Scenario,
    out: Path,
    *,
    settings: Mapping[str, str] | None = None,
    seed: int = 1,
    jobs: int = 1,
    quick: bool = False,
    progress: Progress | None = None,
) -> tuple[Outcome, dict[str, Any]]:
    """Run ``scenario`` into ``out`` and return its outcome and the summary written to ``claims.json``.

    A directory that holds the same run is continued; one that holds anything else is refused.

    Raises
    ------
    NanospineError
        If a setting is unknown, out of range, or makes a model that cannot run; nothing is written then.
    ResultsError
        If ``out`` cannot be written, belongs to another run, or another run writes there.
    """
    parameters = scenario.make_parameters(settings or {}, quick)
    scenario.check(parameters)
    manifest = {
        **stamp(Kind.SCENARIO),
        "nanospine": version("nanospine"),
        "scenario": scenario.name,
        "parameters": dataclasses.asdict(parameters),
        "seed": seed,
        "quick": quick,
    }
    with exclusively(out):
        claim_directory(out, manifest)
        options = RunOptions(seed=seed, jobs=jobs, quick=quick, out=out, progress=progress or Silent())
        outcome = _run(scenario, parameters, options)
        outputs = write_outcome(out, outcome)
        summary = {
            "scenario": scenario.name,
            "parameters": manifest["parameters"],
            "seed": seed,
            "complete": outcome.complete,
            "claims": [as_json(claim) for claim in outcome.claims],
            "outputs": [str(path) for path in outputs],
        }
        write_json(out / "claims.json", summary)
        return outcome, summary


def _run(scenario: Scenario, parameters: Any, options: RunOptions) -> Outcome:
    try:
        return scenario.run(parameters, options)
    except MemoryError as error:
        raise SimulationError(
            f"{scenario.name} takes more memory than there is ({error}); give it shorter times, fewer trials or longer "
            "steps."
        ) from error


def as_json(claim: Claim) -> dict[str, Any]:
    """Return a claim as JSON has it: without NaN, which it does not know."""
    entries = dataclasses.asdict(claim)
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in entries.items()}


def claim_directory(out: Path, manifest: Mapping[str, Any]) -> None:
    """Make ``out`` the home of this run, or refuse if it holds something else."""
    # Through JSON and back: tuples become lists, as they are in the file.
    wanted = json.loads(json.dumps(manifest))
    if not (out / MANIFEST).exists():
        if not is_empty(out):
            raise ResultsError(f"{out} is not empty and holds no nanospine run; choose another --out.")
        write_json(out / MANIFEST, {**wanted, "environment": environment()})
        return
    present = read_json(out / MANIFEST)
    check(present, out / MANIFEST, Kind.SCENARIO)
    present.pop("environment", None)
    if present != wanted:
        raise ResultsError(
            f"{out} holds another run ({difference(present, wanted)}); choose another --out or remove it."
        )
    remove_leftovers(out)


def difference(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Name the first entry in which two manifests differ."""
    parameters = present.get("parameters")
    flat_present = {**present, **(parameters if isinstance(parameters, dict) else {})}
    flat_wanted = {**wanted, **wanted["parameters"]}
    for key, value in flat_wanted.items():
        if key != "parameters" and flat_present.get(key) != value:
            return f"its {key} is {flat_present.get(key)!r}, asked for is {value!r}"
    return "its settings differ"


def write_outcome(out: Path, outcome: Outcome) -> list[Path]:
    """Write the dataset and the figures of an outcome; return the paths of all outputs."""
    store = out / "results.zarr"
    write_dataset(outcome.dataset, store, Kind.SCENARIO)
    paths = [store]
    for stem, figure in outcome.figures.items():
        for suffix in (".png", ".svg"):
            path = out / f"{stem}{suffix}"
            save_figure(figure, path)
            paths.append(path)
    return paths + outcome.outputs
