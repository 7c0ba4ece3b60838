from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import toy_scenario
from typer.testing import CliRunner, Result

from nanospine.cli import app
from nanospine.cli.command import report
from nanospine.model import ParameterError
from nanospine.scenarios import registry


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(registry, "NAMES", ("toy",))
    monkeypatch.setitem(sys.modules, "nanospine.scenarios.toy", toy_scenario)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def refused(*arguments: str) -> str:
    """Call with bad input; return the sentence on stderr."""
    result = call(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()[-1]) > 20
    return result.stderr


def test_version_is_that_of_the_package() -> None:
    assert call("--version").output == f"nanospine {version('nanospine')}\n"


@pytest.mark.parametrize("command", ["list", "show", "run", "view", "movie", "bench", "verify"])
def test_every_command_has_help_with_examples(command: str) -> None:
    result = call(command, "--help")
    assert result.exit_code == 0
    assert "For example:" in result.output
    assert f"\n nanospine {command}" in result.output, "each example keeps its own line"


def test_list_shows_each_scenario_and_writes_json() -> None:
    result = call("list", "--json", "list.json")
    assert result.exit_code == 0
    assert all(word in result.output for word in ("toy", "Fig. 0", "none", "no time"))
    [entry] = json.loads(Path("list.json").read_text())["scenarios"]
    assert entry == {
        "name": "toy",
        "title": "A toy",
        "figure": "Fig. 0",
        "engine": "none",
        "expected": "no time",
    }


def test_show_gives_default_quick_unit_meaning_and_source() -> None:
    output = call("show", "toy").output
    assert all(word in output for word in ("0.01,0.3", "um^3", "head volumes", "O'Donnell 2011, Fig. 7"))


def test_run_prints_tables_claims_and_paths_with_brackets_intact() -> None:
    result = call("run", "toy", "--set", "volumes=0.02,0.1")
    assert result.exit_code == 0, "a claim that fails is a finding, not an error"
    assert "local [Ca] falls with volume" in result.stdout
    assert "Budget [ions]" in result.stdout
    assert "12.35 ± 0.68 uM" in result.stdout
    assert "yes" in result.stdout
    assert "NO" in result.stdout
    assert str(Path("out/toy/results.zarr")) in result.stdout
    assert "nanospine view out/toy" in result.stdout


def test_progress_is_plain_lines_when_stderr_is_no_terminal() -> None:
    lines = call("run", "toy").stderr.splitlines()
    assert lines == [
        "toy: A toy (seed 1, jobs 1, into out/toy)",
        "trials [Ca] ...",
        "trials [Ca]: done in 0 s",
    ]


def test_run_writes_the_promised_json() -> None:
    call("run", "toy", "--trials", "3", "--seed", "7", "--json", "deep/run.json")
    summary = json.loads(Path("deep/run.json").read_text())
    assert summary["scenario"] == "toy"
    assert summary["seed"] == 7
    assert summary["parameters"] == {"trials": 3, "volumes": [0.01, 0.3], "failure": ""}
    assert {
        "name": "falls",
        "sentence": "local [Ca] falls with volume",
        "value": 12.345,
        "standard_error": 0.678,
        "holds": True,
    }.items() <= summary["claims"][0].items()
    assert summary["outputs"] == ["out/toy/results.zarr", "out/toy/trajectory.zarr"]


def test_quick_has_its_own_directory_and_gives_way_to_explicit_settings() -> None:
    call("run", "toy", "--quick", "--json", "a.json")
    call("run", "toy", "--quick", "--trials", "3", "--out", "here", "--json", "b.json")
    assert Path("out/toy-quick/run.json").exists()
    assert json.loads(Path("a.json").read_text())["parameters"]["trials"] == 2
    assert json.loads(Path("b.json").read_text())["parameters"]["trials"] == 3


def test_same_command_again_continues_and_another_is_refused() -> None:
    assert call("run", "toy").exit_code == 0
    assert call("run", "toy").exit_code == 0
    assert "its seed is 1, asked for is 2" in refused("run", "toy", "--seed", "2")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "tyo"], "did you mean 'toy'"),
        (["show", "tyo"], "did you mean 'toy'"),
        (["run", "toy", "--set", "volume=1"], "no parameter 'volume'"),
        (["run", "toy", "--set", "volumes=small"], "'small'; give a list of numbers"),
        (["run", "toy", "--set", "volumes=-1"], "give volumes > 0"),
        (["run", "toy", "--set", "trials"], "not of the form key=value"),
        (["run", "toy", "--set", "trials=2", "--set", "trials=3"], "given twice ('2' and '3')"),
        (["run", "toy", "--set", "trials=2", "--trials", "3"], "keep one"),
        (["run", "toy", "--trials", "0"], "--trials"),
        (["run", "toy", "--jobs", "0"], "--jobs"),
        (["run", "toy", "--json", "."], "is a directory"),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(arguments: list[str], sentence: str) -> None:
    assert sentence in refused(*arguments)
    assert not list(Path().iterdir())


def test_trials_need_a_scenario_with_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import make_dataclass, replace

    no_trials = replace(toy_scenario.SCENARIO, parameters=make_dataclass("None_", []))
    monkeypatch.setattr(toy_scenario, "SCENARIO", no_trials)
    assert "toy has no trials; leave out --trials" in refused("run", "toy", "--trials", "3")


def test_directory_with_other_files_is_refused() -> None:
    Path("mine").mkdir()
    Path("mine/thesis.tex").write_text("precious")
    assert "holds no nanospine run; choose another --out" in refused("run", "toy", "--out", "mine")
    assert [path.name for path in Path("mine").iterdir()] == ["thesis.tex"]


def test_directory_that_cannot_be_made_is_refused() -> None:
    Path("file").write_text("")
    assert "--out file/under cannot be written" in refused("run", "toy", "--out", "file/under")


def test_json_below_a_file_is_refused_before_the_run() -> None:
    Path("file").write_text("")
    assert "cannot be written" in refused("run", "toy", "--json", "file/under.json")
    assert not Path("out").exists()


@pytest.mark.parametrize("failure", ["interrupt", "incomplete"])
def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(failure: str) -> None:
    result = call("run", "toy", "--set", f"failure={failure}")
    assert result.exit_code == 130
    assert "kept in out/toy; the same command continues the run" in result.stderr


def test_ctrl_c_still_prints_and_writes_the_claims_of_finished_trials() -> None:
    result = call("run", "toy", "--set", "failure=incomplete", "--json", "part.json")
    assert "local [Ca] falls" in result.stdout
    assert json.loads(Path("part.json").read_text())["complete"] is False


def test_unexpected_error_is_one_line_and_debug_shows_where() -> None:
    short = call("run", "toy", "--set", "failure=crash")
    assert short.exit_code == 1
    assert "RuntimeError: the toy broke" in short.stderr
    assert "--debug" in short.stderr
    full = call("--debug", "run", "toy", "--set", "failure=crash", "--out", "again")
    assert isinstance(full.exception, RuntimeError)


def test_bad_input_with_debug_raises() -> None:
    assert isinstance(call("--debug", "run", "tyo").exception, ValueError)


def test_an_error_in_one_of_many_runs_says_in_which(capsys: pytest.CaptureFixture[str]) -> None:
    error = ParameterError("dt is 0; give a number > 0.")
    error.add_note("(In case trial3.)")
    assert report(error) == 2
    assert capsys.readouterr().err == "Error: dt is 0; give a number > 0. (In case trial3.)\n"


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        ("nanospine", "numpy numba scipy pandas xarray nanospine.model"),
        (
            "nanospine.cli, nanospine.scenarios.registry",
            "numba scipy pandas xarray zarr pyvista vtkmodules matplotlib trimesh",
        ),
        ("nanospine.scenarios.odonnell2011.fig7", "pyvista vtkmodules matplotlib trimesh scipy.stats scipy.optimize"),
    ],
    ids=["face", "help", "first step"],
)
def test_what_people_wait_for_loads_nothing_heavy_that_it_does_not_need(modules: str, heavy: str) -> None:
    program = f"import sys; import {modules}; print([name for name in {heavy.split()!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
