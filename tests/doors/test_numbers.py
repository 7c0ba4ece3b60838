"""Numbers that a model, a run or a result cannot have: one sentence, soon."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nanospine import (
    ODE,
    SSA,
    Boundary,
    Model,
    Particles,
    Population,
    Reaction,
    Release,
    Result,
    Schedule,
    Simulation,
    Species,
    Voltage,
    budget,
    cube,
    load_results,
    simulate,
)
from nanospine.model import (
    Document,
    ModelError,
    NanospineError,
    ParameterError,
    ResultsError,
    SimulationError,
    TimeStepError,
)
from nanospine.particles.output import Camera, looks


def model(*reactions: Reaction, **parts: Any) -> Model:
    species = [Species("A", 1.0), Species("B", 1.0)]
    return Model(cube(0.05), species=species, reactions=reactions, releases=[Release("A", number=10)], **parts)


def clamped(concentration: float) -> Model:
    return model(boundaries=[Boundary("membrane", "A", "clamp", concentration=concentration)])


def crowd() -> Model:
    return Model(cube(0.05), species=[Species("A", 1.0)], releases=[Release("A", number=100_000)])


def raising(error: Exception) -> Callable[[float], float]:
    def function(_: float) -> float:
        raise error

    return function


def population(**changes: object) -> Population:
    parts = {"time": 0.0, "species_names": ("A",), "species": np.zeros(1, int), "position": np.zeros((1, 3))}
    return Population(**parts | changes)  # type: ignore[arg-type]


CASES: dict[str, tuple[Callable[[], object], type[NanospineError], str]] = {
    "a function that has no such key": (
        lambda: Voltage.from_function(raising(KeyError("x")), 1.0), ModelError, "cannot be computed: KeyError"),
    "a function that fails in its own way": (
        lambda: Voltage.from_function(raising(RuntimeError("x")), 1.0), ModelError, "cannot be computed: RuntimeError"),
    "a function without end": (
        lambda: Voltage.from_function(raising(RecursionError()), 1.0), ModelError, "cannot be computed: RecursionErr"),
    "a function that is true": (
        lambda: Voltage.from_function(lambda _: True, 1.0), ModelError, "True is no number"),
    "a function of bytes": (
        lambda: Voltage.from_function(lambda _: b"5", 1.0), ModelError, "is no number"),  # type: ignore[arg-type, return-value]
    "a rate that has no such index": (
        lambda: Voltage.constant(-65.0).rate_of(raising(IndexError("x"))), ModelError, "cannot be computed: IndexErr"),
    "a number as a voltage": (
        lambda: Voltage.constant(1.0) + 3, NanospineError, "what is added is 3; give a Voltage"),  # type: ignore[operator]
    "more calcium than counts": (
        lambda: Species("A", content={"Ca": 2**70}), ModelError, "content of Ca is .*; give at most"),
    "more releases than counts": (
        lambda: Release("A", number=1, at=np.arange(1_000_001.0)), ModelError, "has 1000001 times; give at most"),
    "a side in a law at no membrane": (
        lambda: model(Reaction("A -> B", 1.0, forward_law="A[inside]")), ModelError, r"remove \[inside\]"),
    "a population of no length": (lambda: population(species=np.array(0)), ParameterError, "species"),
    "a species that is named twice": (
        lambda: population(species_names=("A", "A")), ParameterError, "'A' is named twice"),
    "a budget without events": (
        lambda: budget(simulate(model(), 1e-4, "ode"), "A"), ParameterError, "engine 'ode' has no events"),
    "events without end": (
        lambda: simulate(model(Reaction("A <-> B", 1e100, 1e100)), 1.0, "ssa"), SimulationError, "no machine"),
    "molecules without end": (
        lambda: simulate(model(Reaction("0 -> B", 1e99)), 1.0, "ssa"), SimulationError, "no machine"),
    "more births than leaps can count": (
        lambda: simulate(model(Reaction("0 -> B", 1e100)), 1.0, SSA(method="tau-leaping")), SimulationError,
        r"no further than t = 0 s, since more than 9.007e\+15 events cannot be counted"),
    "more births than leaps can count in the end": (
        lambda: simulate(model(Reaction("0 -> B", 1e15)), 1.0, SSA(method="tau-leaping")), SimulationError,
        "events cannot be counted"),
    "births in a step beyond all time": (
        lambda: Simulation(model(Reaction("0 -> A + B", 1e100))), TimeStepError,
        r"'0 -> A \+ B': 6.022e\+95 molecules born in a step of 1e-06 s; at most 1e\+06 are made: lower the rate"),
    "births that begin later": (
        lambda: Simulation(model(Reaction("0 -> B", Schedule([0.0, 1.0], [0.0, 1e50])))), TimeStepError,
        "molecules born in a step"),
    "a clamp at more than memory holds": (
        lambda: Simulation(clamped(1e100)), ParameterError,
        r"Clamp membrane/A at 1e\+100 uM: .* molecules near it would take .* EB of memory, .*; lower the concentr"),
    "molecules that turn round without end": (
        lambda: Simulation(model(Reaction("A <-> B", 1e100, 1e100))), TimeStepError,
        "Time step 1e-06 s: a molecule reacts A -> B -> A more than 1000 times per step; use lower rates, a shorter"),
    "a molecule that makes others without end": (
        lambda: Simulation(model(Reaction("A -> A + B", 1e100))), TimeStepError, "reacts A -> A more than 1000 times"),
    "more frames than memory holds": (
        lambda: simulate(crowd(), 1e-4, Particles(), frames=np.zeros(10**6)), ParameterError,
        "1000000 frames of 100000 molecules would take 2.8 TB of memory, .*; take fewer"),
    "more calls than memory holds": (
        lambda: simulate(model(), 2000.0, Particles(), every=1.0, observer=print, observe_every=1e-6), ParameterError,
        "2000000001 calls of the observer would take 1 TB of memory, .*; take a longer observe_every"),
    "a tolerance of more than all": (
        lambda: ODE(rtol=1e50), ParameterError, r"rtol is 1e\+50; give a number between 0 and 1"),
    "half a character in a document": (
        lambda: Document({"a": "\ud800"}, {}).sha256, ModelError, "holds what JSON cannot"),
}  # fmt: skip


def test_rates_below_the_limits_run() -> None:
    """One event that is sure is no turn; one molecule may react many times in a step."""
    Simulation(model(Reaction("A -> B", 1e100)))
    Simulation(model(Reaction("A <-> B", 1e8, 1e8)))
    Simulation(clamped(1e3))


def test_a_million_frames_are_no_work_before_the_run() -> None:
    began = time.process_time()
    looks([5] * 10**6, Camera(model()), range(0), None)
    assert time.process_time() - began < 5.0


@pytest.mark.parametrize("case", CASES)
def test_are_refused_in_one_sentence(case: str) -> None:
    make, error, message = CASES[case]
    with pytest.raises(error, match=message) as refusal:
        make()
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_names_that_no_file_has_are_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = simulate(model(), 1e-4, "ode")
    with pytest.raises(ResultsError, match="Cannot use"):
        result.save(name)
    for load in (Result.load, lambda path: Population.load(Path(path)), lambda path: load_results(Path(path))):
        with pytest.raises(ResultsError):
            load(name)
    with pytest.raises(ResultsError, match="Cannot use"):
        simulate(model(), 1e-4, Particles(dt=1e-5), checkpoint=name)


def test_a_chunk_of_a_terabyte_is_not_read(tmp_path: Path) -> None:
    simulate(model(), 1e-4, "ode").save(tmp_path)
    chunk = next(path for path in (tmp_path / "results.zarr" / "number" / "c").rglob("*") if path.is_file())
    with chunk.open("r+b") as file:
        file.truncate(10**12)
    with pytest.raises(ResultsError, match="has 1000000000000 bytes; none has more than"):
        Result.load(tmp_path)
