"""Every argument of every public constructor and function, given something else: one sentence that names it."""

from __future__ import annotations

import contextlib
import inspect
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import can_draw
from door_calls import Call, calls, dye, prepare

import nanospine
from nanospine import (
    Box,
    Model,
    Particles,
    Reaction,
    Release,
    Schedule,
    Simulation,
    Species,
    cube,
    proteins,
    regions,
    simulate,
)
from nanospine.model import ArgumentError, ModelError, NanospineError, ParameterError

NOTHING = object()
MASKED = np.ma.masked_array([0.0, 1.0, 2.0], [False, True, False])
#: What arguments of each kind are not.
WRONG: dict[str, list[Any]] = {
    "number": [None, "x", ["x"], NOTHING, {}, b"1", True, np.timedelta64(1)],
    "count": [None, "x", 1.5, [1], NOTHING, True],
    "text": [None, 3, ["x", 3], NOTHING],
    "flag": [None, "yes", 2, NOTHING],
    "numbers": [None, "x", 3, [None], ["a"], NOTHING, {}, MASKED, np.array([True])],
    "counts": [None, "x", 3, [1.5], NOTHING],
    "texts": [None, 3, [3], NOTHING],
    "array": [None, "x", ["a"], [[1.0], [1.0, 2.0]], NOTHING, {}, MASKED, [True], np.array([[True]])],
    "path": [None, 3, NOTHING, ["x"]],
    "part": [None, "nonsense", 3, NOTHING, ["x"]],
    "parts": [None, "x", 3, ["x"], [None], NOTHING],
    "names": [None, "x", 3, ["x"], {3: 3}, NOTHING],
    "function": [None, 3, "x", NOTHING],
}
#: What is of the right type, and means something seldom or never: refused in our words, or taken; nothing else.
ODD: dict[str, list[Any]] = {
    "number": [np.nan, np.inf, -np.inf, -1.0, 0.0, 1e300, 1e-300, 1e99],
    "count": [-1, 0, 2**31, 10**30, np.nan, np.inf, np.int8(1)],
    "numbers": [[], [np.nan] * 3, [np.inf] * 3, [-1.0] * 3, [1e300] * 3, [1e99] * 3, np.zeros((2, 3)), [[1.0]]],
    "array": [[], [np.nan], np.nan, [[np.inf] * 3], [[[1.0]]], [-1], [1e300], np.zeros((2, 3)), np.zeros(0)],
    "text": ["", " ", "a b", "\0", "x" * 10_000, "é"],
}
CALLS = calls(Path())
SECONDS = 10


def may_be_none(call: Call, argument: str) -> bool:
    """Say whether an argument is left out by default, or belongs to the options of an engine."""
    parameter = inspect.signature(call.function).parameters.get(argument)
    return parameter is None or parameter.default is None


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Call]:
    home = tmp_path_factory.mktemp("doors")
    prepare(home)
    return calls(home)


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError(f"no answer within {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def remove_written(call: Call) -> None:
    for file in Path(call.arguments.get("path", ".")).parent.glob("other.*"):
        file.unlink()


ARGUMENTS = [(name, argument) for name, call in CALLS.items() for argument in call.kinds]


@pytest.mark.parametrize("name", CALLS)
def test_the_call_works(name: str, made: dict[str, Call]) -> None:
    if name == "plot_mesh" and not can_draw():
        pytest.skip("no graphics library")
    remove_written(made[name])
    made[name]()


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_a_value_of_another_type_is_refused_by_name(name: str, argument: str, made: dict[str, Call]) -> None:
    call = made[name]
    wrong = [value for value in WRONG[call.kinds[argument]] if value is not None or not may_be_none(call, argument)]
    for value in wrong:
        with pytest.raises(NanospineError) as refusal:
            call(**{argument: value})
        message = str(refusal.value)
        assert "\n" not in message
        assert message.endswith((".", "?"))
        if isinstance(refusal.value, ArgumentError):
            assert argument in message
            assert "; give " in message
            assert isinstance(refusal.value, TypeError)


@pytest.mark.parametrize("name", sorted(CALLS.keys() - {"Trajectory", "part_volume"}))
def test_too_many_arguments_are_refused(name: str, made: dict[str, Call]) -> None:
    with pytest.raises(ArgumentError, match="too many positional arguments; give"):
        made[name].function(*[None] * 30)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Species("A", colour=3), "Species: got an unexpected keyword argument 'colour'; give name, D, where"),
        (lambda: Species(), "Species: missing a required argument: 'name'; give name"),
        (lambda: simulate(dye(), 1.0, model=dye()), "simulate: multiple values for argument 'model'; give model"),
    ],
)
def test_arguments_that_are_missing_twice_or_of_no_name_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make()


@pytest.mark.parametrize(("name", "argument"), [(n, a) for n, a in ARGUMENTS if CALLS[n].kinds[a] in ODD])
def test_a_value_that_means_nothing_is_refused_in_our_words_or_taken(
    name: str, argument: str, made: dict[str, Call]
) -> None:
    for value in ODD[made[name].kinds[argument]]:
        remove_written(made[name])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", nanospine.NanospineWarning)
            with contextlib.suppress(NanospineError):
                made[name](**{argument: value})


@pytest.mark.parametrize("name", [name for name, argument in ARGUMENTS if CALLS[name].kinds[argument] == "number"])
def test_no_number_is_taken_that_is_none(name: str, made: dict[str, Call]) -> None:
    call = made[name]
    for argument, kind in call.kinds.items():
        for value in (np.nan, np.inf, 1e300) if kind == "number" else ():
            with pytest.raises(NanospineError):
                call(**{argument: value})


def test_all_that_is_public_is_called_here() -> None:
    named = {name.partition(".")[0].partition(" ")[0] for name in CALLS}
    names: list[str] = vars(nanospine)["__all__"]
    public = {name for name in names if callable(getattr(nanospine, name))}
    assert public - named == {"NanospineError", "NanospineWarning"}
    of_proteins = {name for name in proteins.__all__ if callable(getattr(proteins, name)) and name.islower()}
    assert {f"proteins.{name}" for name in of_proteins} <= set(CALLS)
    assert {f"regions.{name}" for name in regions.__all__} - {"regions.Selector"} <= set(CALLS)


class TestWords:
    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: Species(None), "Species: name is None; give a text."),
            (lambda: Species("Ca", D="fast"), "Species 'Ca': D is 'fast' (str); give a number."),
            (
                lambda: Species("Ca", D=1e300),
                "Species 'Ca': D is 1e+300 (float); give a finite number (of at most 1e+100).",
            ),
            (lambda: Model(cube(0.05), species=["A"]), "Model: species[0] is 'A' (str); give a Species."),
            (lambda: Model(cube(0.05), species="A"), "Model: species is 'A' (str); give a sequence of Species."),
            (lambda: Model("x", species=[Species("A")]), "Model 'x': mesh is 'x' (str); give a Mesh."),
            (lambda: simulate(None, 1e-4), "simulate: model is None; give a Model."),
            (
                lambda: Release("A", number=1, at="x"),
                "Release 'A': at is 'x' (str); give a number or a sequence of numbers.",
            ),
            (lambda: Release({"A": "x"}, number=1), "Release: states['A'] is 'x' (str); give a number."),
            (
                lambda: Species("A", content={"Ca": 1.5}),
                "Species 'A': content['Ca'] is 1.5 (float); give a whole number.",
            ),
            (lambda: cube([1]), "cube: volume_um3 is [1] (list); give a number."),
            (lambda: Simulation(dye(), seed="1"), "Simulation: seed is '1' (str); give a whole number."),
        ],
    )
    def test_say_what_was_given_and_what_is_wanted(self, make: Any, message: str) -> None:
        with pytest.raises(ArgumentError) as refusal:
            make()
        assert str(refusal.value) == message

    @pytest.mark.parametrize("number", [-1, np.nan, 1.5, np.inf])
    def test_a_content_is_a_whole_number_from_0_on(self, number: float) -> None:
        with pytest.raises(ModelError, match=r"Species.*content.*give a whole number"):
            Species("A", content={"Ca": number})


class TestAmounts:
    @pytest.mark.parametrize(
        ("amount", "message"),
        [
            (
                {"number": 2**31},
                r"Release of A: 2.147e\+09 molecules would take 687 GB of memory, and this machine has",
            ),
            ({"concentration": 1e12}, r"Release of A: 3.011e\+13 molecules would take 9.64 PB of memory"),
            ({"number": 10, "number_sd": 1e15}, "molecules would take .* EB of memory"),
            ({"number": 2**31, "at": 1e-5}, "would take 687 GB of memory"),
        ],
    )
    def test_that_no_machine_has_memory_for_are_refused_before_the_run(self, amount: dict, message: str) -> None:
        model = Model(cube(0.05), species=[Species("A")], releases=[Release("A", **amount)])
        with pytest.raises(ParameterError, match=message):
            Simulation(model)

    def test_that_together_are_too_many_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("nanospine.results.memory.of_machine", lambda: 16 * 10**9)
        releases = [Release("A", number=3 * 10**7) for _ in range(3)]
        with pytest.raises(
            ParameterError, match=r"All 9e\+07 molecules at the start would take 28.8 GB of memory, and"
        ):
            Simulation(Model(cube(0.05), species=[Species("A")], releases=releases))

    def test_that_grow_beyond_all_memory_end_the_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("nanospine.results.memory.of_machine", lambda: 10**6)
        species, growth = [Species("A")], [Reaction("A -> A + A", 1e5)]
        model = Model(cube(0.05), species=species, reactions=growth, releases=[Release("A", number=50)])
        with pytest.raises(ParameterError, match=r"molecules at .* s would take .* of memory, .*; look for a reaction"):
            simulate(model, 1e-3, Particles(dt=1e-6))

    @pytest.mark.parametrize("amount", [{"number": 10**16}, {"concentration": 1e15}, {"number": 1, "number_sd": 1e16}])
    def test_that_cannot_be_counted_are_refused_by_every_engine(self, amount: dict) -> None:
        with pytest.raises(
            ModelError, match=r"Release of A: .* molecules cannot be counted exactly; release at most 9.007e"
        ):
            Model(cube(0.05), species=[Species("A")], releases=[Release("A", **amount)])

    @pytest.mark.parametrize("engine", ["particles", "ssa", "ode"])
    def test_of_output_that_nobody_can_look_at_are_refused(self, engine: str) -> None:
        chosen = Particles(dt=1e-9) if engine == "particles" else engine
        with pytest.raises(
            ParameterError, match=r"A run of 1 s with output every 1e-09 s has 1e\+09 rows; at most 1e\+07"
        ):
            simulate(dye(), 1.0, chosen, every=1e-9)


def test_numbers_of_numpy_are_numbers_and_arrays_are_sequences() -> None:
    assert Species("A", D=np.float32(0.5)).D == 0.5
    assert Release("A", number=np.int8(5)).number == 5
    assert Release("A", number=1e3).number == 1000
    assert Schedule(np.array([0.0, 1.0]), np.array([1, 2])).values == (1.0, 2.0)
    assert Box(np.zeros(3), [1, 1, 1]).volume == 1.0
    assert Release("A", points=((0, 0, 0),)).point_array().shape == (1, 3)
