"""The benchmark command measures and reports; how fast it was is no matter for a test."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nanospine import benchmarks
from nanospine.benchmarks.workloads import Workload, brownian, head, walkers
from nanospine.cli import app
from nanospine.geometry import cube


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tiny = Workload("W0", "ten walkers", brownian(lambda: walkers(cube(0.05), 10), 100), "step", "Smoldyn", 1.0)
    monkeypatch.setattr(benchmarks, "WORKLOADS", (tiny,))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)


def test_reports_time_and_peer() -> None:
    result = CliRunner().invoke(app, ["bench", "--json", "bench.json"])
    assert result.exit_code == 0
    assert all(word in result.output for word in ("W0", "ten walkers", "Smoldyn"))
    measured = json.loads(Path("bench.json").read_text())["workloads"]["W0"]
    assert measured["seconds"] > 0
    assert measured["ns_per_unit"] == pytest.approx(1e9 * measured["seconds"] / 100 / 10)


def test_an_unknown_workload_is_refused() -> None:
    result = CliRunner().invoke(app, ["bench", "--only", "W9"])
    assert result.exit_code == 2
    assert "W9" in result.stderr
    assert "W0" in result.stderr


def test_the_head_has_samplers_only_where_asked_for() -> None:
    assert not head(()).samplers
    assert len(head((0.02, 0.04)).samplers) == 3
