"""The commands for users of SBML."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd
import places
import pytest
import toy_scenario
from commands import call

from nanospine import Model, Reaction, Release, Schedule, Species, cube, read_sbml, write_sbml
from nanospine.cli import sbml
from nanospine.interop import load_results
from nanospine.model.units import MOLECULES_PER_UM3_PER_UM
from nanospine.scenarios.base import ModelRun

DATA = places.DATA / "sbml"


def toy_models(parameters: toy_scenario.Parameters) -> dict[str, ModelRun]:
    """One decay in each volume."""
    return {
        f"volume={volume:g}": ModelRun(
            Model(cube(volume), species=[Species("Ca")], reactions=[Reaction("Ca -> 0", 2.0)]), 1e-3, 1.0, 0.1
        )
        for volume in parameters.volumes
    }


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = dataclasses.replace(toy_scenario.SCENARIO, models=toy_models)
    monkeypatch.setattr(sbml, "find", lambda name: scenario)


@pytest.mark.usefixtures("toy")
def test_export_writes_the_model_of_a_scenario(tmp_path: Path) -> None:
    result = call("export-sbml", "toy", tmp_path / "new" / "toy.xml", "--set", "volumes=0.25")
    assert result.exit_code == 0
    assert read_sbml(tmp_path / "new" / "toy.xml").mesh.volume == pytest.approx(0.25)
    again = call("export-sbml", "toy", tmp_path / "new" / "toy.xml", "--set", "volumes=0.25")
    assert again.exit_code == 2
    assert "toy.xml exists already" in again.output


def test_the_pathways_are_exported_with_their_stimulus(tmp_path: Path) -> None:
    result = call("export-sbml", "maki2020.hfs", tmp_path / "hfs.xml", "--set", "pulses=3")
    assert result.exit_code == 0
    model = read_sbml(tmp_path / "hfs.xml")
    [influx] = [reaction for reaction in model.reactions if reaction.equation == "0 -> Ca"]
    assert isinstance(influx.forward, Schedule)
    assert list(influx.forward.times[:4]) == pytest.approx([0.0, 4040.0, 4040.003, 4040.01])
    assert max(influx.forward.values) == pytest.approx(1.9e6 / (0.5 * MOLECULES_PER_UM3_PER_UM))


@pytest.mark.usefixtures("toy")
def test_export_writes_a_file_for_each_model(tmp_path: Path) -> None:
    assert call("export-sbml", "toy", tmp_path / "toy.xml").exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["toy_volume=0.01.xml", "toy_volume=0.3.xml"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("odonnell2011.fig7", "Boundary neck/Ca is transparent, and SBML has no boundaries"),
        ("odonnell2011.fig1", "has no model of reactions"),
        ("odonnell2011.fig77", "did you mean"),
    ],
)
def test_export_of_what_cannot_be_said_ends_with_2(tmp_path: Path, name: str, message: str) -> None:
    result = call("export-sbml", name, tmp_path / "model.xml")
    assert result.exit_code == 2
    assert message in result.output
    assert not list(tmp_path.iterdir())


def test_import_says_what_is_in_a_file(tmp_path: Path) -> None:
    result = call("import-sbml", DATA / "copasi.xml", "--json", tmp_path / "summary.json")
    assert result.exit_code == 0
    assert "4 species, 3 reactions, 2 um^3" in result.output
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert [row["Name"] for row in summary["species"]] == ["Ca2", "B", "CaB", "X"]
    assert summary["reactions"][0] == {
        "Name": "binding",
        "Equation": "Ca2 + B <-> CaB",
        "Forward": "100",
        "Backward": "20",
        "Laws": "",
    }


def test_import_says_what_changes_in_time_and_which_laws_differ(tmp_path: Path) -> None:
    model = Model(
        cube(0.5),
        species=[Species("Ca"), Species("B")],
        reactions=[
            Reaction("0 -> Ca", Schedule.pulses([1.0, 2.0], 0.5, 3.0), name="influx"),
            Reaction("Ca <-> 2 B", 1.0, 2.0, name="split", backward_law="B"),
        ],
        releases=[Release("Ca", number=301)],
    )
    result = call("import-sbml", write_sbml(model, tmp_path / "model.xml"), "--json", tmp_path / "summary.json")
    assert result.exit_code == 0
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["species"][0]["Molecules"] == pytest.approx(301)
    assert [row["Forward"] for row in summary["reactions"]] == ["0 to 3 in time", "1"]
    assert [row["Laws"] for row in summary["reactions"]] == ["", "backward: B"]


@pytest.mark.parametrize("engine", ["ode", "ssa"])
def test_import_runs_a_file(tmp_path: Path, engine: str) -> None:
    """Calcium is bound, and the buffer keeps flowing in."""
    file, out = DATA / "copasi.xml", tmp_path / "new" / "run"
    result = call("import-sbml", file, "--out", out, "--duration", 0.01, "--every", 0.001, "--engine", engine)
    assert result.exit_code == 0
    course = pd.read_csv(out / "concentrations.csv", index_col="time")
    assert course.index.to_numpy() == pytest.approx(np.arange(11) * 1e-3)
    # 20 uM + 50 uM/s; a standard deviation of the influx is 0.02 uM.
    buffer = course["B"] + course["CaB"] + 2 * course["X"]
    assert buffer.iloc[-1] == pytest.approx(20.5, abs=1e-6 if engine == "ode" else 0.1)
    assert course["Ca2"].iloc[-1] < 0.1 * course["Ca2"].iloc[0]
    assert load_results(out / "result.zarr").sizes["time"] == 11
    again = call("import-sbml", file, "--out", out, "--duration", 0.01)
    assert again.exit_code == 2
    assert "is not empty; choose another --out" in again.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--out", "run"), "--out DIR and --duration SECONDS go together"),
        (("--duration", 1), "--out DIR and --duration SECONDS go together"),
        (("--out", "run", "--duration", -1), "duration (s) is -1.0"),
        (("--out", "run", "--duration", 1, "--engine", "odd"), "Engine 'odd' is unknown; did you mean 'ode'?"),
    ],
)
def test_import_refuses_to_run_what_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[object, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call("import-sbml", DATA / "copasi.xml", *options)
    assert result.exit_code == 2
    assert message in result.output
    assert not list(tmp_path.iterdir())


def test_import_of_what_is_out_of_scope_ends_with_2(tmp_path: Path) -> None:
    text = (DATA / "copasi.xml").read_text().replace('stoichiometry="2"', 'stoichiometry="2.5"')
    (tmp_path / "model.xml").write_text(text)
    result = call("import-sbml", tmp_path / "model.xml")
    assert result.exit_code == 2
    assert "reaction 'dimerisation' has a stoichiometry of 'CaB' that is 2.5" in result.output
