"""The command ``bench``."""

from __future__ import annotations

import dataclasses
import platform
from typing import Annotated

import typer

from ..model import checks
from ..model.errors import ParameterError
from .console import rows_table, shown_progress, stdout
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
                    "Time (s)": result.seconds,
                    "Time per": f"{result.ns_per_unit:.3g} ns per {workload.unit}",
                    "Peer": workload.peer or "-",
                    "Peer (s)": workload.peer_seconds,
                    "Ratio": workload.peer_seconds / result.seconds,
                }
            )
            progress.advance(1)
    stdout().print(rows_table(f"Engines on one thread ({platform.machine()})", rows))
    write_json(json_file, {"machine": platform.machine(), "workloads": measured})
