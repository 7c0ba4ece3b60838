"""The command ``bench``."""

from __future__ import annotations

import dataclasses
import platform
from typing import Annotated

import typer

from ..model import checks
from ..model.errors import ParameterError
from ..results.bars import shown_progress
from .console import rows_table, stdout
from .files import check_writable, write_json
from .scenarios import JsonFile


def bench(
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="A workload to time, e.g. W1; may be repeated. [default: all]"),
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """Time the engines, and say what other simulators take.

    Processor time of one thread with compiled kernels. Particles take time
    steps of 1 us; their time is also given per step and mobile molecule at the
    start. The peers were timed on another machine: compare orders of magnitude.

    For example:
    nanospine bench
    nanospine bench --only W1 --only W4 --json bench.json
    """
    from ..benchmarks import WORKLOADS, measure

    names = [workload.name for workload in WORKLOADS]
    for name in only or []:
        checks.one_of("--only", name, names, error=ParameterError)
    if json_file is not None:
        check_writable(json_file, "--json")
    chosen = [workload for workload in WORKLOADS if not only or workload.name in only]
    rows, measured = [], {}
    with shown_progress() as progress:
        progress.start(len(chosen), "workloads")
        for workload in chosen:
            result = measure(workload)
            measured[workload.name] = dataclasses.asdict(result)
            rows.append(
                {
                    "Workload": f"{workload.name}: {workload.title}",
                    "Time": f"{result.seconds:.3g} s\n{in_words(result.ns_per_unit)}/{workload.unit}",
                    "Peer": f"{workload.peer}\n{workload.peer_seconds:g} s" if workload.peer else "-",
                    "Ratio": workload.peer_seconds / result.seconds,
                }
            )
            progress.advance(1)
    stdout().print(rows_table(f"Engines on one thread ({platform.machine()})", rows))
    write_json(json_file, {"machine": platform.machine(), "workloads": measured})


def in_words(nanoseconds: float) -> str:
    """Return a time with a unit that keeps it readable."""
    return f"{nanoseconds:.3g} ns" if nanoseconds < 1e4 else f"{1e-6 * nanoseconds:.3g} ms"
