"""The commands on models in the formats of other programs."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import places
import pytest
import toy_scenario
from commands import call

from nanospine import Model, Reaction, Release, Schedule, Species, cube, read_sbml, write_sbml
from nanospine.cli import formats
from nanospine.interop import load_results, read_counts
from nanospine.interop.formats import FORMATS
from nanospine.model.units import MOLECULES_PER_UM3_PER_UM
from nanospine.scenarios.base import ModelRun

SBML, MCELL = places.DATA / "sbml", places.DATA / "mcell"


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
    monkeypatch.setattr(formats, "find", lambda name: scenario)


def test_the_formats_are_listed_as_the_registry_has_them(tmp_path: Path) -> None:
    result = call("formats", "--json", tmp_path / "formats.json")
    assert result.exit_code == 0
    rows = {row["Format"]: row for row in json.loads((tmp_path / "formats.json").read_text())["formats"]}
    assert list(rows) == [row.name for row in FORMATS]
    assert (rows["mdl"]["Suffixes"], rows["mdl"]["Commands"]) == (".mdl", "import, export")
    assert rows["mdl"]["import --set"].startswith("absorber: what ABSORPTIVE means")
    assert rows["tables"]["Commands"] == "import"


@pytest.mark.usefixtures("toy")
def test_export_writes_the_model_of_a_scenario(tmp_path: Path) -> None:
    result = call("export", "toy", tmp_path / "new" / "toy.xml", "--set", "volumes=0.25")
    assert result.exit_code == 0
    assert read_sbml(tmp_path / "new" / "toy.xml").mesh.volume == pytest.approx(0.25)
    again = call("export", "toy", tmp_path / "new" / "toy.xml", "--set", "volumes=0.25")
    assert again.exit_code == 2
    assert "toy.xml exists already" in again.output


def test_the_pathways_are_exported_with_their_stimulus(tmp_path: Path) -> None:
    result = call("export", "maki2020.hfs", tmp_path / "hfs.xml", "--set", "pulses=3")
    assert result.exit_code == 0
    model = read_sbml(tmp_path / "hfs.xml")
    [influx] = [reaction for reaction in model.reactions if reaction.equation == "0 -> Ca"]
    assert isinstance(influx.forward, Schedule)
    assert list(influx.forward.times[:4]) == pytest.approx([0.0, 4040.0, 4040.003, 4040.01])
    assert max(influx.forward.values) == pytest.approx(1.9e6 / (0.5 * MOLECULES_PER_UM3_PER_UM))


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("name", ["toy.xml", "toy.mdl"])
def test_export_writes_each_model_of_a_scenario_into_a_directory_of_its_name(tmp_path: Path, name: str) -> None:
    assert call("export", "toy", tmp_path / name).exit_code == 0
    assert sorted(path.parent.name for path in tmp_path.glob(f"*/{name}")) == ["volume=0.01", "volume=0.3"]


@pytest.mark.usefixtures("toy")
def test_export_takes_a_format_by_name_for_any_suffix(tmp_path: Path) -> None:
    file = tmp_path / "toy.txt"
    result = call("export", "toy", file, "--set", "volumes=0.25")
    assert result.exit_code == 2
    assert "toy.txt ends with '.txt', which no format does: .mdl (mdl)" in result.output
    assert call("export", "toy", file, "--set", "volumes=0.25", "--format", "sbml").exit_code == 0
    assert read_sbml(file).mesh.volume == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("name", "file", "options", "message"),
    [
        ("odonnell2011.fig7", "m.xml", (), "Boundary neck/Ca is transparent, and SBML has no boundaries"),
        ("odonnell2011.fig1", "m.xml", (), "has no model of reactions"),
        ("odonnell2011.fig1", "m.mdl", (), "has no model of reactions"),
        ("odonnell2011.fig77", "m.xml", (), "did you mean"),
        ("maki2020.hfs", "m.mdl", (), "runs well mixed, without the time step that the format mdl needs"),
        ("maki2020.hfs", "m.csv", (), "nanospine does not write tables: a file of species"),
        ("maki2020.hfs", "m.xml", ("--format", "sbm"), "Format 'sbm' is unknown; did you mean 'sbml'?"),
        (
            "odonnell2011.fig7", "m.mdl", ("--set", "neck=absorbing"),
            "MDL cannot say; write the nearest thing with --approximate",
        ),
    ],
)  # fmt: skip
def test_export_of_what_cannot_be_said_ends_with_2(
    tmp_path: Path, name: str, file: str, options: tuple[str, ...], message: str
) -> None:
    result = call("export", name, tmp_path / file, *options)
    assert result.exit_code == 2
    assert message in result.output
    assert not list(tmp_path.iterdir())


def test_import_says_what_is_in_a_file(tmp_path: Path) -> None:
    result = call("import", SBML / "copasi.xml", "--json", tmp_path / "summary.json")
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
    result = call("import", write_sbml(model, tmp_path / "model.xml"), "--json", tmp_path / "summary.json")
    assert result.exit_code == 0
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["species"][0]["Molecules"] == pytest.approx(301)
    assert [row["Forward"] for row in summary["reactions"]] == ["0 to 3 in time", "1"]
    assert [row["Laws"] for row in summary["reactions"]] == ["", "backward: B"]


@pytest.mark.parametrize("engine", ["ode", "ssa"])
def test_import_runs_a_file(tmp_path: Path, engine: str) -> None:
    """Calcium is bound, and the buffer keeps flowing in."""
    file, out = SBML / "copasi.xml", tmp_path / "new" / "run"
    result = call("import", file, "--out", out, "--duration", 0.01, "--every", 0.001, "--engine", engine)
    assert result.exit_code == 0
    course = pd.read_csv(out / "concentrations.csv", index_col="time")
    assert course.index.to_numpy() == pytest.approx(np.arange(11) * 1e-3)
    # 20 uM + 50 uM/s; a standard deviation of the influx is 0.02 uM.
    buffer = course["B"] + course["CaB"] + 2 * course["X"]
    assert buffer.iloc[-1] == pytest.approx(20.5, abs=1e-6 if engine == "ode" else 0.1)
    assert course["Ca2"].iloc[-1] < 0.1 * course["Ca2"].iloc[0]
    assert load_results(out).sizes["time"] == 11
    again = call("import", file, "--out", out, "--duration", 0.01)
    assert again.exit_code == 2
    assert "is not empty; choose another --out" in again.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--out", "run"), "Files of the format sbml do not say how they are run; give --duration SECONDS"),
        (("--duration", 1), "--duration runs the model; give --out DIR"),
        (("--engine", "ssa"), "--engine goes with --duration SECONDS"),
        (("--every", 0.1), "--every goes with --duration SECONDS"),
        (("--seeds", 2), "--seeds is for --out DIR without --duration"),
        (("--out", "run", "--duration", 1, "--seeds", 2), "--seeds is for --out DIR without --duration"),
        (("--set", "absorber=absorbing"), "To read sbml, option 'absorber' is unknown; known are: mesh"),
        (("--set", "mesh=cube"), "--set mesh is not known; give --volume"),
        (("--set", "mesh"), "--set 'mesh' is not of the form key=value"),
        (("--volume", -1), "volume of a cube is -1.0"),
        (("--out", "run", "--duration", -1), "duration (s) is -1.0"),
        (("--out", "run", "--duration", 1, "--engine", "odd"), "Engine 'odd' is unknown; did you mean 'ode'?"),
    ],
)
def test_import_refuses_to_run_what_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[object, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call("import", SBML / "copasi.xml", *options)
    assert result.exit_code == 2
    assert message in result.output
    assert not list(tmp_path.iterdir())


def test_import_of_what_is_out_of_scope_ends_with_2(tmp_path: Path) -> None:
    text = (SBML / "copasi.xml").read_text().replace('stoichiometry="2"', 'stoichiometry="2.5"')
    (tmp_path / "model.xml").write_text(text)
    result = call("import", tmp_path / "model.xml")
    assert result.exit_code == 2
    assert "reaction 'dimerisation' has a stoichiometry of 'CaB' that is 2.5" in result.output


def test_import_says_how_an_mdl_file_is_run(tmp_path: Path) -> None:
    result = call("import", MCELL / "spine_V0.01" / "model.mdl", "--seed", 7, "--json", tmp_path / "m.json")
    assert result.exit_code == 0
    summary = json.loads((tmp_path / "m.json").read_text())
    assert summary.pop("species")[0] == {
        "Name": "Ca", "Where": "volume", "Initial (uM)": 0.0, "Molecules": 0.0, "D (um^2/s)": pytest.approx(220.0),
    }  # fmt: skip
    assert len(summary.pop("reactions")) == 62
    assert summary == {
        "format": "mdl",
        "volume (um^3)": pytest.approx(0.01),
        "mesh": "20 triangles, 0.01 um^3",
        "regions": "neck, psd&memb, memb",
        "releases": "8",
        "boundaries": "neck/Ca absorbing-segment",
        "samplers": "7",
        "run": "60000 steps of 1e-06 s",
        "files": "seed_00007/ca.dat (9 columns), seed_00007/counts.dat (30 columns)",
        "outputs": [],
    }


def test_import_runs_an_mdl_file_as_mcell_would(tmp_path: Path) -> None:
    result = call("import", MCELL / "slab_absorber_dt1us" / "model.mdl", "--out", tmp_path / "o", "--seeds", 2)
    assert result.exit_code == 0
    assert "Written: 2 files" in result.output
    assert read_counts(tmp_path / "o" / "seed_00002" / "counts.dat").sizes == {"time": 11, "column": 1}
    again = call("import", MCELL / "slab_absorber_dt1us" / "model.mdl", "--out", tmp_path / "o")
    assert again.exit_code == 2
    assert "is not empty" in again.output


def test_import_runs_an_mdl_file_with_an_engine_of_ours_too(tmp_path: Path) -> None:
    file = MCELL / "binding_box" / "model.mdl"
    result = call("import", file, "--out", tmp_path / "o", "--duration", 1e-3, "--every", 1e-4, "--engine", "ssa")
    assert result.exit_code == 0
    assert load_results(tmp_path / "o").sizes["time"] == 11


def test_import_takes_options_of_the_format(tmp_path: Path) -> None:
    file = MCELL / "slab_absorber_dt1us" / "model.mdl"
    result = call("import", file, "--set", "absorber=absorbing", "--json", tmp_path / "m.json")
    assert result.exit_code == 0
    boundaries = json.loads((tmp_path / "m.json").read_text())["boundaries"]
    assert boundaries.endswith(" absorbing")


def test_import_of_an_mdl_file_that_is_not_understood_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "bad.mdl").write_text("ITERATIONS = 10\nDYNAMIC_GEOMETRY { }\n")
    result = call("import", tmp_path / "bad.mdl")
    assert result.exit_code == 2
    assert "bad.mdl, line 2: " in result.output
    result = call("import", MCELL / "slab_absorber_dt1us" / "model.mdl", "--volume", 1)
    assert result.exit_code == 2
    assert "Files of the format mdl say the shape themselves; leave out --volume" in result.output


def test_import_reads_files_beside_the_model_and_in_allowed_folders_only(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "steps.mdl").write_text("ITERATIONS = 10\n")
    (tmp_path / "model").mkdir()
    file = tmp_path / "model" / "model.mdl"
    text = (MCELL / "slab_absorber_dt1us" / "model.mdl").read_text()
    file.write_text(re.sub("ITERATIONS = .*", 'INCLUDE_FILE = "../shared/steps.mdl"', text))
    result = call("import", file)
    assert result.exit_code == 2
    assert "'../shared/steps.mdl' lies outside of the model's folder" in result.output
    assert call("import", file, "--allow-path", tmp_path / "shared").exit_code == 0
    result = call("import", file, "--set", "allow_path=x")
    assert result.exit_code == 2
    assert "give --allow-path" in result.output
    (tmp_path / "toy.xml").write_text("")
    result = call("import", tmp_path / "toy.xml", "--allow-path", tmp_path)
    assert result.exit_code == 2
    assert "Files of the format sbml name no other files" in result.output


def test_import_into_a_file_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "o").write_text("")
    result = call("import", MCELL / "slab_absorber_dt1us" / "model.mdl", "--out", tmp_path / "o")
    assert result.exit_code == 2
    assert "is a file; give the name of a directory" in result.output


def test_import_reads_tables_into_a_cube(tmp_path: Path) -> None:
    (tmp_path / "species.csv").write_text("name,initial,unit\nCa,2,uM\nB,1,uM\n")
    reactions = "name,reactants,products,forward,forward_unit\nturn,Ca,B,3,1/s\n"
    (tmp_path / "reactions.csv").write_text(reactions)
    result = call("import", tmp_path / "species.csv", "--volume", 0.5)
    assert result.exit_code == 0
    assert "2 species, 1 reactions, 0.5 um^3" in result.output
    result = call("import", tmp_path / "species.csv")
    assert result.exit_code == 2
    assert "species.csv does not say the volume; give a mesh" in result.output
