"""The command line given what it cannot use: exit status 2, one sentence, and nothing written."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import toy_scenario
from commands import call
from door_calls import CUBE, dye

from nanospine import Particles, save_mesh, simulate, write_mdl, write_sbml
from nanospine.model import ParameterError
from nanospine.scenarios import registry
from nanospine.scenarios.registry import load_all

SCENARIOS = {scenario.name: scenario for scenario in load_all()}
NUMBERS = [
    (name, field.name)
    for name, scenario in SCENARIOS.items()
    for field in dataclasses.fields(scenario.parameters)
    if not isinstance(field.default, str | bool)
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a run, models in two formats, and a file."""
    home = tmp_path_factory.mktemp("home")
    simulate(dye(), 2e-5, Particles(dt=1e-5), every=1e-5, frames=[0.0]).save(home / "run")
    write_sbml(dye(), home / "model.xml", approximate=True)
    write_mdl(dye(), home / "model.mdl", time_step=1e-6, duration=1e-5, every=1e-6)
    save_mesh(CUBE, home / "cube.stl")
    (home / "file").write_text("precious")
    (home / "broken.toml").write_text("a = [")
    (home / "other.toml").write_text('"no such column" = "A"')
    (home / "binary.toml").write_bytes(b"\xff\xfe\x00")
    (home / "empty").mkdir()
    (home / "loop").symlink_to("loop")
    return home


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(registry, "NAMES", (*registry.NAMES, "toy"))
    monkeypatch.setitem(sys.modules, "nanospine.scenarios.toy", toy_scenario)
    monkeypatch.chdir(home)


def plain(text: str) -> str:
    """Return what is said without the frame around it, in one line."""
    return " ".join(re.sub("[│╭╮╰╯─]", " ", text).split())


def refused(*arguments: object) -> str:
    """Call with what cannot be used; return the last line that is said."""
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*") if path.is_file()}
    result = call(*arguments)
    assert result.exit_code == 2, result.stderr
    assert "Unexpected error" not in result.stderr
    assert "Traceback" not in result.stderr
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*") if path.is_file()} == before
    return plain(result.stderr)


@pytest.mark.parametrize("value", ["inf", "-inf", "nan", "1e300", "-1e300", "1e-300", "1e400", "x", "1,inf", "0x10"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_parameter_of_a_scenario_is_set_to_what_is_no_number(scenario: str, value: str) -> None:
    found = SCENARIOS[scenario]
    for field in dataclasses.fields(found.parameters):
        if isinstance(field.default, str):
            continue
        with pytest.raises(ParameterError, match=field.name) as refusal:
            found.make_parameters({field.name: value}, quick=True)
        assert "; give " in str(refusal.value)


@pytest.mark.parametrize(("scenario", "parameter"), NUMBERS)
def test_every_number_of_a_scenario_is_within_reach_of_its_default(scenario: str, parameter: str) -> None:
    found = SCENARIOS[scenario]
    for value in ("inf", "nan", "1e300", "-1e300"):
        with pytest.raises(ParameterError, match=rf"{parameter} is .*; give"):
            found.make_parameters({parameter: value})


SETTINGS = {
    "--set volumes": "is not of the form key=value",
    "--set =3": "is not of the form key=value",
    "--set volumes=inf": "volumes is inf; give a finite number",
    "--set volumes=1e300": "volumes is 1e+300 um^3; give a number from",
    "--set volumes=-1": "volumes has -1.0 um^3; give volumes > 0",
    "--set trials=1e3": "trials is '1e3'; give a whole number",
    "--set trials=99999999999999999999": "trials is 1e+20; give a number from",
    "--set trials=nan": "trials is 'nan'; give a whole number",
    "--set trials=3 --set trials=4": "is given twice",
    "--set colour=red": "toy has no parameter 'colour'",
    "--trials 3 --set trials=3": "say the same thing",
    "--trials 0": "greater than or equal to",
    "--trials x": "parse string as an integer",
    "--jobs 0": "greater than or equal to",
    "--jobs -3": "greater than or equal to",
    "--jobs 1.5": "parse string as an integer",
    "--seed -1": "greater than or equal to",
    "--seed x": "parse string as an integer",
    "--out file": "--out file is a file; give the name of a directory",
    "--out file/below": "--out file/below cannot be written",
    "--out empty/../file": "is a file",
    "--out run": "is not empty and holds no nanospine run",
    "--out /dev/null": "is a file",
    "--out /dev/null/below": "cannot be written",
    "--out /proc/nanospine": "Cannot use /proc/nanospine for results",
    "--json empty": "--json empty is a directory",
    "--json loop": "--json loop is a link to itself",
    "--json /dev/full": "--json /dev/full cannot be written: No space left on device",
    "--json file/below.json": "--json file/below.json cannot be written",
    "--quick --quick=3": "does not take a value",
    "--no-such-option": "No such option",
}


@pytest.mark.parametrize("options", SETTINGS)
def test_options_of_run(options: str) -> None:
    assert SETTINGS[options] in refused("run", "toy", *options.split())


OTHERS: dict[str, str] = {
    "run no.such.scenario": "no.such.scenario",
    "run": "Missing argument",
    "run toy toy": "unexpected extra argument",
    "show no.such.scenario": "no.such.scenario",
    "show toy --json /dev/full": "Cannot write /dev/full: No space left on device",
    "list --json /dev/full": "Cannot write /dev/full: No space left on device",
    "list --json empty": "Cannot write empty",
    "list --json loop": "Cannot write loop: Symlink loop",
    "list --json file/x": "Cannot write file/x",
    "formats --json /dev/full": "Cannot write /dev/full: No space left on device",
    "export no.such.scenario x.xml": "no.such.scenario",
    "export theory.bcm x.xml": "has no model of reactions",
    "export maki2020.hfs x.odd": "ends with '.odd', which no format does",
    "export maki2020.hfs x.xml --format odd": "Format 'odd' is unknown",
    "export maki2020.hfs model.xml": "model.xml exists already",
    "export maki2020.hfs file/x.xml": "Cannot write file/x.xml",
    "export maki2020.hfs x.xml --set rest=inf": "rest",
    "export odonnell2011.fig7 x.mdl --set dt=inf": "dt is inf; give a finite number",
    "export odonnell2011.fig7 x.mdl --set duration=nan": "duration is nan; give a finite number",
    "import no-such-file.xml": "no-such-file.xml",
    "import empty": "ends with '', which no format does",
    "import empty --format sbml": "empty",
    "import file --format odd": "Format 'odd' is unknown",
    "import file": "ends with '', which no format does",
    "import model.xml --out file --duration 1": "--out file is a file",
    "import model.xml --out run --duration 1": "run is not empty",
    "import model.xml --out file/below --duration 1": "cannot be written",
    "import model.xml --out new": "give --duration SECONDS",
    "import model.xml --duration 1": "give --out DIR",
    "import model.xml --out new --duration nan": "duration is nan (float); give a finite number",
    "import model.xml --out new --duration inf": "duration is inf (float); give a finite number",
    "import model.xml --out new --duration 1e300": "duration is 1e+300 (float); give a finite number",
    "import model.xml --out new --duration -1": "duration (s) is -1.0",
    "import model.xml --out new --duration 0": "duration (s) is 0.0",
    "import model.xml --out new --duration 1 --every nan": "every is nan (float)",
    "import model.xml --out new --duration 1 --every 1e-12": "rows; at most",
    "import model.xml --out new --duration 1 --engine odd": "Engine 'odd' is unknown",
    "import model.mdl --out new --every 1": "--every goes with --duration",
    "import model.xml --out new --duration 1 --seeds 3": "--seeds is for --out DIR without --duration",
    "import model.xml --out new --duration 1 --seed 0": "greater than or equal to",
    "import model.xml --volume nan": "volume_um3 is nan (float); give a finite number",
    "import model.xml --volume -1": "volume of a cube is -1.0 um^3",
    "import model.xml --volume 1e300": "volume_um3 is 1e+300 (float)",
    "import model.xml --volume 1e60": "um long",
    "import model.xml --allow-path empty": "name no other files",
    "import model.xml --set mesh=3": "give --volume",
    "import model.xml --set colour=red": "colour",
    "import model.xml --json /dev/full": "--json /dev/full cannot be written",
    "import model.xml --json empty": "--json empty is a directory",
    "import model.mdl --out file": "--out file is a file",
    "import model.mdl --out /dev/null": "is a file",
    "import model.mdl --volume 1": "say the shape themselves",
    "import model.mdl --set absorber=odd": "Absorber 'odd' is unknown",
    "import cube.stl": "ends with '.stl', which no format does",
    "compare run no-such-run": "no-such-run",
    "compare empty run": "empty holds no seed_00001",
    "compare file run": "file",
    "compare /dev/zero run": "/dev/zero",
    "compare run run --alpha nan": "alpha is nan",
    "compare run run --alpha 2": "false discovery rate is 2",
    "compare run run --map no-such.toml": "Cannot read the mapping no-such.toml",
    "compare run run --map broken.toml": "Cannot read the mapping broken.toml",
    "compare run run --map binary.toml": "Cannot read the mapping binary.toml",
    "compare run run --map /dev/zero": "Cannot read the mapping /dev/zero",
    "compare run run --map empty": "Cannot read the mapping empty",
    "compare run run --map other.toml": "seeds cannot show a difference",
    "compare run run --figure x.odd": "--figure x.odd ends with '.odd'",
    "compare run run --figure empty": "--figure empty is a directory",
    "compare run run --figure file/x.png": "--figure file/x.png cannot be written",
    "compare run run --json /dev/full": "--json /dev/full cannot be written",
    "view no-such-run --screenshot x.png": "There is no directory no-such-run",
    "view empty --screenshot x.png": "empty holds no trajectory.zarr",
    "view file --screenshot x.png": "There is no directory file",
    "view run --screenshot empty": "--screenshot empty is a directory",
    "view run --screenshot file/x.png": "--screenshot file/x.png cannot be written",
    "view run --screenshot x.odd": "odd",
    "view run --screenshot x.png --size 10x10": "--size is '10x10'",
    "view run --screenshot x.png --size big": "--size is 'big'",
    "view run --screenshot x.png --frame 99": "There is no frame 99",
    "view run --screenshot x.png --time nan": "nan",
    "view run --screenshot x.png --time inf": "inf",
    "view run --screenshot x.png --frame 0 --time 0": "both choose a frame",
    "view run --screenshot x.png --mdl model.mdl": "--mdl belongs to",
    "movie no-such-run": "no-such-run",
    "movie empty": "empty holds no trajectory.zarr",
    "movie run --out x.odd": "odd",
    "movie run --out empty": "--out empty is a directory",
    "movie run --out file/x.mp4": "--out file/x.mp4 cannot be written",
    "movie run --out x.mp4 --fps nan": "nan",
    "movie run --out x.mp4 --fps 0": "greater than or equal to",
    "movie run --out x.mp4 --start 10 --stop 5": "No frame lies between",
    "movie run --out x.mp4 --start nan": "nan",
    "movie run --out x.mp4 --size 3": "--size is '3'",
    "bench --only odd": "--only 'odd' is unknown",
    "bench --only W1 --json /dev/full": "--json /dev/full cannot be written",
    "verify odd": "odd",
    "verify diffusion_vs_theory.slab_absorber --report empty": "--report empty is a directory",
    "verify diffusion_vs_theory.slab_absorber --report /dev/full": "--report /dev/full cannot be written",
    "verify diffusion_vs_theory.slab_absorber --json file/x": "--json file/x cannot be written",
    "verify --list --json /dev/full": "Cannot write /dev/full",
    "no-such-command": "No such command",
}


@pytest.mark.parametrize("arguments", OTHERS)
def test_other_commands(arguments: str) -> None:
    assert OTHERS[arguments] in refused(*arguments.split())


RUN_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a list": (lambda path: path.write_text("[]"), "run.json holds a list; wanted is an object with names; restore it"),
    "null": (lambda path: path.write_text("null"), "run.json holds a NoneType; wanted is an object"),
    "a number": (lambda path: path.write_text("3"), "run.json holds a int"),
    "a text": (lambda path: path.write_text('"x"'), "run.json holds a str"),
    "nothing": (lambda path: path.write_text(""), "run.json cannot be read"),
    "an empty object": (lambda path: path.write_text("{}"), "does not say what it is; wanted is a nanospine scenario"),
    "half an object": (lambda path: path.write_text('{"kind":'), "run.json cannot be read"),
    "no Unicode": (lambda path: path.write_bytes(b"\xff\xfe{}"), "run.json cannot be read"),
    "lists 100,000 deep": (lambda path: path.write_text("[" * 100_000), "run.json is nested too deep to be read"),
    "objects 100,000 deep": (lambda path: path.write_text('{"a":' * 100_000), "nested too deep"),
    "a whole nest": (lambda path: path.write_text("[" * 100_000 + "]" * 100_000), "nested too deep"),
    "a terabyte": (
        lambda path: sparse(path, 10**12),
        "run.json has 1000000000000 bytes; a file of this kind has at most",
    ),
    "zeros without end": (lambda path: path.symlink_to("/dev/zero"), "There is no file out/run.json"),
    "a directory": (lambda path: path.mkdir(), "There is no file out/run.json"),
    "another kind": (lambda path: edit(path, kind="x"), "run.json is a x; wanted is a nanospine scenario"),
    "another version": (lambda path: edit(path, format_version=99), "of format version 99; this nanospine reads"),
    "a version that is a list": (lambda path: edit(path, format_version=[]), "of format version []"),
    "a kind that is a list": (lambda path: edit(path, kind=[]), "wanted is a nanospine scenario"),
    "another seed": (lambda path: edit(path, seed=7), "holds another run (its seed is 7, asked for is 1)"),
    "other parameters": (lambda path: edit(path, parameters={"trials": 9}), "its trials is 9, asked for is 4"),
    "parameters that are a list": (lambda path: edit(path, parameters=[]), "holds another run"),
    "parameters that are null": (lambda path: edit(path, parameters=None), "holds another run"),
}


def sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def edit(path: Path, **entries: object) -> None:
    assert call("run", "toy", "--out", path.parent.with_name("made")).exit_code == 0
    made = json.loads((path.parent.with_name("made") / "run.json").read_text())
    path.write_text(json.dumps(made | entries))


@pytest.mark.parametrize("case", RUN_FILES)
def test_a_directory_whose_run_is_not_known(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make, message = RUN_FILES[case]
    Path("out").mkdir()
    make(Path("out/run.json"))
    found = call("run", "toy", "--out", "out")
    assert found.exit_code == 2, found.stderr
    assert message in plain(found.stderr)
    assert "Traceback" not in found.stderr
    assert [path.name for path in Path("out").iterdir()] == ["run.json"]


def test_a_trajectory_that_was_cut_is_not_shown(home: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(home / "run", tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "trajectory.zarr" / "position" / "c")
    assert "chunks of 'position' are missing" in refused("view", tmp_path / "run", "--screenshot", "x.png")
    shutil.rmtree(tmp_path / "run" / "results.zarr" / "number")
    assert "chunks of 'number' are missing" in refused("compare", tmp_path / "run", "run")
