"""One call for every engine: what it refuses, and what it hands on."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_overloads

import numpy as np
import pytest

from nanospine import ODE, SSA, Model, Particles, Reaction, Release, Schedule, Species, cube, proteins, simulate
from nanospine.model import NanospineError, ParameterError
from nanospine.particles import Snapshot
from nanospine.studies.engines import ENGINES, as_engine

DECAY = Model(
    cube(0.05),
    species=[Species("A", 10.0)],
    reactions=[Reaction("A -> 0", 500.0)],
    releases=[Release("A", number=200)],
)


class TestEngines:
    @pytest.mark.parametrize("engine", [Particles(dt=2e-6), SSA("tau-leaping"), ODE(rtol=1e-4)])
    def test_are_objects_that_say_how_a_model_runs(self, engine: Particles | SSA | ODE) -> None:
        result = simulate(DECAY, 1e-3, engine, every=1e-3)
        assert (result.run.engine, result.run.settings) == (engine.name, asdict(engine))
        assert result.number("A")[-1] == pytest.approx(200 * np.exp(-0.5), abs=30)

    @pytest.mark.parametrize("name", ENGINES)
    def test_have_names_that_stand_for_their_defaults(self, name: str) -> None:
        assert as_engine(name) == ENGINES[name]()
        assert as_engine(ENGINES[name]()) == ENGINES[name]()

    def test_are_particles_unless_stated(self) -> None:
        options: dict[str, Any] = {"seed": 5, "trial": 2, "every": 5e-4}
        default, named = simulate(DECAY, 1e-3, **options), simulate(DECAY, 1e-3, "particles", **options)
        itself = Particles().run(DECAY, 1e-3, **options)
        assert default.number("A").tolist() == named.number("A").tolist() == itself.number("A").tolist()

    @pytest.mark.parametrize("name", ENGINES)
    def test_take_the_options_that_a_type_checker_sees(self, name: str) -> None:
        [signature] = [
            found for found in map(inspect.signature, get_overloads(simulate))
            if f"Literal['{name}']" in found.parameters["engine"].annotation.replace('"', "'")
        ]  # fmt: skip
        _self, _model, _duration, *own = inspect.signature(ENGINES[name].run).parameters.values()
        _model, _duration, _engine, *seen = signature.parameters.values()
        assert seen == own

    @pytest.mark.parametrize("name", ENGINES)
    @pytest.mark.parametrize(
        ("duration", "every", "times"),
        [
            (1e-3, 5e-4, [0, 5e-4, 1e-3]),
            (1e-3, 4e-4, [0, 4e-4, 8e-4, 1e-3]),
            (5e-5, 1e-4, [0, 5e-5]),
            (1e-4, 1.0, [0, 1e-4]),
        ],
    )
    def test_give_a_row_at_every_interval_and_at_the_end(
        self, name: str, duration: float, every: float, times: list[float]
    ) -> None:
        result = ENGINES[name]().run(DECAY, duration, every=every)
        assert result.complete
        assert result.time == pytest.approx(times, rel=1e-12)
        assert 0 < result.number("A")[-1] < result.number("A")[0]
        rest = ENGINES[name]().run(DECAY, duration, every=every, start=result)
        assert rest.time == pytest.approx(np.array(times) + duration, rel=1e-12)

    @pytest.mark.parametrize("engine", [Particles(), SSA(), SSA("tau-leaping"), ODE()], ids=str)
    def test_run_models_without_reactions(self, engine: Particles | SSA | ODE) -> None:
        still = Model(cube(0.05), species=[Species("A", 10.0)], releases=[Release("A", number=5, at=[0.0, 2e-4])])
        result = simulate(still, 4e-4, engine, every=1e-4)
        assert result.number("A").tolist() == [5, 5, 5, 10, 10]
        assert result.dataset.sizes["reaction"] == 0
        assert simulate(Model(cube(0.05), species=[Species("A")]), 1e-4, engine).number("A")[-1] == 0

    @pytest.mark.parametrize("engine", [Particles(), SSA(), SSA("tau-leaping"), ODE()], ids=str)
    def test_run_models_of_sources_or_channels_alone(self, engine: Particles | SSA | ODE) -> None:
        source = Reaction("0 -> A", Schedule([0, 1e-4], [0, 1e5]))
        result = simulate(Model(cube(0.05), species=[Species("A", 10.0)], reactions=[source]), 2e-4, engine, every=1e-4)
        assert result.number("A")[:2].tolist() == [0, 0]
        assert result.number("A")[-1] == pytest.approx(301.1, abs=4 * np.sqrt(301.1))
        gates = proteins.markov_channel(
            "X", "channel", ("C", "O"), [proteins.Transition("C <-> O", 900.0, 500.0)], conducting={}, number=20
        )
        result = simulate(Model(cube(0.05), [gates]), 2e-4, engine, every=1e-4)
        assert (result.number("XC") + result.number("XO")).tolist() == pytest.approx([20, 20, 20])

    def test_hand_on_a_checkpoint_from_which_a_run_goes_on_bit_for_bit(self, tmp_path: Path) -> None:
        def interrupt(snapshot: Snapshot) -> None:
            if snapshot.time >= 0.5e-3:
                raise KeyboardInterrupt

        kept: dict[str, Any] = {"checkpoint": tmp_path / "run.npz", "checkpoint_every": 0.0}
        part = simulate(DECAY, 1e-3, **kept, observer=interrupt, observe_every=0.5e-3)
        assert (part.complete, part.time[-1]) == (False, pytest.approx(0.5e-3))
        steps: list[float] = []
        rest = simulate(DECAY, 1e-3, **kept, observer=lambda snapshot: steps.append(snapshot.time))
        assert steps[0] == pytest.approx(0.5e-3)
        assert rest.dataset.equals(simulate(DECAY, 1e-3).dataset)


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "a name that no engine has": (
        lambda: simulate(DECAY, 1e-3, "odes"),  # type: ignore[call-overload]
        "Engine 'odes' is unknown; did you mean 'ode'",
    ),
    "a class instead of an engine": (
        lambda: simulate(DECAY, 1e-3, Particles),  # type: ignore[call-overload]
        r"engine is <class .* \(type\); give an Engine or a text",
    ),
    "an option of another engine": (
        lambda: simulate(DECAY, 1e-3, ODE(), checkpoint="run.npz"),  # type: ignore[call-overload]
        r"Engine 'ode' has no option 'checkpoint' \(engines that have it: particles\); its own are: every, start",
    ),
    "an option of two other engines": (
        lambda: simulate(DECAY, 1e-3, "ode", seed=1),  # type: ignore[call-overload]
        r"Engine 'ode' has no option 'seed' \(engines that have it: particles, ssa\)",
    ),
    "an option that no engine has": (
        lambda: simulate(DECAY, 1e-3, settings=Particles()),  # type: ignore[call-overload]
        r"Engine 'particles' has no option 'settings' \(engines that have it: none\); its own are: seed, trial, start",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named(case: str) -> None:
    make, message = BAD[case]
    with pytest.raises(ParameterError, match=message) as found:
        make()
    assert isinstance(found.value, NanospineError)
