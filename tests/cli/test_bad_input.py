"""Bad input: one sentence with the value and the remedy, before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nanospine import (
    Box,
    Model,
    Particles,
    Reaction,
    Sampler,
    Simulation,
    Species,
    TriangleMesh,
    cube,
    proteins,
    sphere,
)
from nanospine.model import (
    GeometryError,
    ModelError,
    NanospineError,
    ParameterError,
    ReactionSyntaxError,
    ResultsError,
    TimeStepError,
)
from nanospine.scenarios.odonnell2011.fig7 import SCENARIO
from nanospine.scenarios.runner import claim_directory, run_scenario

CUBE = cube(0.05)
CALCIUM = proteins.calcium()
SMALL = {"volumes": "0.01"}


def calcium_model(*schemes: object, **parts: list) -> Model:
    return Model(CUBE, [CALCIUM, *schemes], **parts)


BAD_MODELS: dict[str, tuple[Callable[[], object], type[NanospineError], str]] = {
    "unknown species": (
        lambda: calcium_model(reactions=[Reaction("Ca + Calb <-> CalbCa", 1.0, 1.0)]),
        ModelError,
        r"Reaction 'Ca \+ Calb -> CalbCa': species 'Calb' is unknown; did you mean 'Ca'\?",
    ),
    "negative D": (lambda: Species("Ca", D=-220.0), ModelError, r"D \(um\^2/s\) is -220.0; give a finite number >= 0"),
    "negative rate": (
        lambda: Reaction("Ca + B <-> CaB", 100.0, -5.0),
        ModelError,
        "backward rate is -5.0; give a finite number >= 0",
    ),
    "law of nothing": (
        lambda: Reaction("Ca -> 0", 100.0, forward_law="0"),
        ModelError,
        "Reaction 'Ca -> 0' has a law of no species; name some, or leave it empty",
    ),
    "negative pump rate": (
        lambda: proteins.pump("P", "PMCA", proteins.PumpRates(150.0, 15.0, -12.0, 4.3), 998.0),
        ModelError,
        "forward rate is -12.0; give a finite number >= 0",
    ),
    "unparseable reaction": (
        lambda: Reaction("Ca + B = CaB", 100.0),
        ReactionSyntaxError,
        r"'Ca \+ B = CaB' cannot be read at column 8; write it like",
    ),
    "volume <= 0": (
        lambda: sphere(volume=0.0),
        GeometryError,
        r"volume of a sphere is 0.0 um\^3; give a positive number",
    ),
    "sampler outside the head": (
        lambda: calcium_model(samplers=[Sampler("deep", "Ca", Box((0.0, 0.0, -0.5), (0.02,) * 3))]),
        GeometryError,
        r"Sampler 'deep': point of its place \[.*-0.50999\] um lies outside the mesh; move it inside",
    ),
    "dt too large for the geometry": (
        lambda: Simulation(calcium_model(), Particles(dt=0.1)),
        TimeStepError,
        "Time step 0.1 s: the rms step of Ca is 6.63 um .* extent of 0.368 um and meets .*; use at most 0.031 s",
    ),
    "dt too large for a reaction": (
        lambda: Simulation(calcium_model(proteins.simple_buffer("B", 50.0, on=100.0, off=1e6))),
        TimeStepError,
        "'B_Ca -> Ca [+] B' dissociates with probability 1 per step, more than 0.5; use a shorter step",
    ),
    "reaction of three molecules in space": (
        lambda: Simulation(calcium_model(reactions=[Reaction("3 Ca -> 0", 1.0)])),
        ModelError,
        'does not happen when its one or two reactants meet, .*; split it into .* that do, or run .* engine="ode"',
    ),
    "too many pumps for the area": (
        lambda: calcium_model(proteins.pmca(density=2e4)),
        ModelError,
        r"are 2e\+04 per um\^2; at most 10000 per um\^2 fit .*; lower the density",
    ),
    "non-watertight mesh": (
        lambda: TriangleMesh.from_arrays(CUBE.vertices, CUBE.faces[1:], name="torn"),
        GeometryError,
        "'torn' is not watertight: 3 open edges, .*; close the holes",
    ),
    "inside-out mesh": (
        lambda: TriangleMesh.from_arrays(CUBE.vertices, CUBE.faces[:, ::-1], name="glove"),
        GeometryError,
        r"'glove' is inside out \(volume -0.05 um\^3\); flip its faces",
    ),
}

BAD_SETTINGS: dict[str, tuple[dict[str, str], type[NanospineError], str]] = {
    "unknown parameter": ({"volume": "0.1"}, ParameterError, "has no parameter 'volume'; it has volumes, trials"),
    "no list of numbers": ({"volumes": "small"}, ParameterError, "volumes is 'small'; give a list of numbers"),
    "no number": ({"glun_rate": "high"}, ParameterError, "glun_rate is 'high'; give a number"),
    "no whole number": ({"trials": "2.5"}, ParameterError, "trials is '2.5'; give a whole number"),
    "neither yes nor no": ({"film": "maybe"}, ParameterError, "film is 'maybe'; give yes or no"),
    "volume <= 0": ({"volumes": "-0.05,0.1"}, ParameterError, "volumes is -0.05; give a finite number > 0"),
    "volumes not sorted": ({"volumes": "0.1,0.05"}, ParameterError, r"volumes is \(0.1, 0.05\); give increasing"),
    "no volumes": ({"volumes": ""}, ParameterError, "volumes is empty; give at least one number"),
    "no trials": ({"trials": "0"}, ParameterError, "trials is 0; give a whole number >= 1"),
    "unknown neck": ({"neck": "absorb"}, ParameterError, "neck 'absorb' is unknown; did you mean 'absorbing'"),
    "distance outside the head": (
        {"distances": "0.02,0.3"},
        ParameterError,
        r"at 0.3 um below the pore is not inside the head of 0.01 um\^3, .* give distances from 0.01 to 0.2054 um",
    ),
    "cube larger than the head": ({"cube_edge": "1"}, ParameterError, "cube_edge is 1.0 um; give at most 0.2154 um"),
    "patch larger than the head": ({"neck_edge": "0.3"}, GeometryError, "'neck' of 0.3 x 0.3 um .* make it smaller"),
    "negative concentration": ({"calbindin": "-45"}, ModelError, r"total \(uM\) is -45.0; give a finite number >= 0"),
    "negative D": ({"D_calcium": "-220"}, ParameterError, "D_calcium is -220.0; give a finite number > 0"),
    "negative rate": ({"ltype_rate": "-1"}, ModelError, r"rate while open \(1/s\) is -1.0; give a finite number >= 0"),
    "probability above 1": ({"ltype_open_probability": "2"}, ModelError, "is 2.0; give a number between 0 and 1"),
    "too many pumps": ({"pmca": "20000"}, ModelError, r"at most 10000 per um\^2 fit .*; lower the density"),
    "dt too large": ({"dt": "1e-4"}, TimeStepError, "Time step 0.0001 s: 'ncx_bind' reacts .* use a shorter step"),
    "dt that divides no output": (
        {"dt": "3e-6"},
        ParameterError,
        "The output interval is 0.0001 s, 33.3333 time steps of 3e-06 s; give a whole multiple",
    ),
    "a duration between steps": ({"duration": "0.1000005"}, ParameterError, "duration is .*; give a whole multiple"),
    "too little time": (
        {"duration": "0.0405"},
        ParameterError,
        "settle is 0.04 s of .* 0.0405 s; leave at least 0.002",
    ),
}


@pytest.fixture(autouse=True)
def empty_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def is_one_sentence(error: NanospineError) -> bool:
    message = str(error)
    return message.endswith((".", "?")) and "\n" not in message


@pytest.mark.parametrize(("make", "kind", "message"), BAD_MODELS.values(), ids=BAD_MODELS)
def test_a_bad_model_is_refused(
    make: Callable[[], object], kind: type[NanospineError], message: str, empty_directory: Path
) -> None:
    with pytest.raises(kind, match=message) as refusal:
        make()
    assert is_one_sentence(refusal.value)
    assert not list(empty_directory.iterdir())


@pytest.mark.parametrize(("settings", "kind", "message"), BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_bad_settings_of_the_scenario_are_refused(
    settings: dict[str, str], kind: type[NanospineError], message: str, empty_directory: Path
) -> None:
    with pytest.raises(kind, match=message) as refusal:
        run_scenario(SCENARIO, Path("out"), settings={**SMALL, **settings})
    assert is_one_sentence(refusal.value)
    assert not list(empty_directory.iterdir())


@pytest.mark.parametrize("out", ["file", "file/below"])
def test_a_directory_that_cannot_be_made_is_refused(out: str, empty_directory: Path) -> None:
    Path("file").write_text("precious")
    with pytest.raises(ResultsError, match=f"Cannot use {out} for results: .*; choose another directory"):
        run_scenario(SCENARIO, Path(out), settings=SMALL)
    assert [path.read_text() for path in empty_directory.iterdir()] == ["precious"]


def test_a_directory_without_permission_is_refused(monkeypatch: pytest.MonkeyPatch, empty_directory: Path) -> None:
    """Root may write anywhere, so that the refusal of the file system is acted here."""

    def refuse(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(ResultsError, match=r"Cannot use out for results: .*Permission denied.*; choose another dir"):
        run_scenario(SCENARIO, Path("out"), settings=SMALL)
    assert not list(empty_directory.iterdir())


def test_a_refused_run_leaves_no_claim_on_the_directory() -> None:
    with pytest.raises(TimeStepError):
        run_scenario(SCENARIO, Path("out"), settings={**SMALL, "dt": "1e-4"})
    claim_directory(Path("out"), {"scenario": "another", "parameters": {}})


def test_the_remedy_of_a_time_step_works() -> None:
    Simulation(calcium_model(), Particles(dt=1.9e-5))
