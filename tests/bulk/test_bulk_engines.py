"""What the well-mixed engines have in common: conservation laws, and how bad input is refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from well_mixed import HEAD, model, ode

from nanospine import (
    ODE,
    SSA,
    Boundary,
    Model,
    Reaction,
    Sampler,
    Species,
    proteins,
    simulate,
)
from nanospine.bulk.conservation import conservation_laws
from nanospine.bulk.network import lower_network
from nanospine.model import ModelError, NanospineError, ParameterError, SimulationError


class TestConservation:
    def test_finds_the_laws_of_binding(self) -> None:
        network = lower_network(model(Reaction("A + 2 B <-> AB2", 1.0, 1.0), Reaction("AB2 -> C", 1.0)))
        laws = {tuple(law) for law in conservation_laws(network)}
        assert len(laws) == 2
        for law in laws:
            assert not np.any(np.array(law) @ network.stoichiometry)

    def test_an_open_network_has_none(self) -> None:
        assert conservation_laws(lower_network(model(Reaction("0 <-> A", 1.0, 1.0)))).shape == (0, 1)

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.lists(st.integers(-2, 2), min_size=5, max_size=5), min_size=1, max_size=6))
    def test_the_laws_span_the_left_null_space(self, changes: list[list[int]]) -> None:
        names = "ABCDE"
        reactions = []
        for i, change in enumerate(changes):
            left = " + ".join(f"{-d} {n}" for n, d in zip(names, change, strict=True) if d < 0) or "0"
            right = " + ".join(f"{d} {n}" for n, d in zip(names, change, strict=True) if d > 0) or "0"
            if (left, right) != ("0", "0"):
                reactions.append(Reaction(f"{left} -> {right}", 1.0, name=f"R{i}"))
        network = lower_network(Model(HEAD, species=[Species(n) for n in names], reactions=reactions))
        laws, matrix = conservation_laws(network), network.stoichiometry
        assert len(laws) == 5 - (np.linalg.matrix_rank(matrix) if matrix.size else 0)
        assert not np.any(laws @ matrix)
        assert not laws.size or np.linalg.matrix_rank(laws) == len(laws)


BAD: dict[str, tuple[Callable[[], object], type[NanospineError], str]] = {
    "interval": (
        lambda: simulate(model(Reaction("A -> 0", 1.0)), 1.0, engine="ode", every=0.0),
        ParameterError,
        r"every \(s\) is 0.0; give a finite number > 0",
    ),
    "no duration": (
        lambda: simulate(model(Reaction("A -> 0", 1.0)), 0.0, engine="ssa"),
        ParameterError,
        r"duration \(s\) is 0.0; give a finite number > 0",
    ),
    "tolerance": (lambda: ODE(rtol=0.0), ParameterError, "ODE engine: rtol is 0.0"),
    "method": (
        lambda: SSA("tau"),
        ParameterError,
        "SSA engine: method 'tau' is unknown; known are: exact, tau-leaping",
    ),
    "epsilon": (lambda: SSA("tau-leaping", 2.0), ParameterError, "epsilon is 2.0; give a number between 0"),
    "absorbing wall": (
        lambda: simulate(
            Model(HEAD, [proteins.calcium()], boundaries=[Boundary("membrane", "Ca", "absorbing")]), 1.0, engine="ode"
        ),
        ModelError,
        "Boundary membrane/Ca is absorbing, and where all is well mixed .* in no time; give it a rate: .partially-abs",
    ),
    "earlier run of another model": (
        lambda: ode(model(Reaction("A -> 0", 1.0)), 1.0, start=ode(model(Reaction("B -> 0", 1.0)), 1.0)),
        SimulationError,
        "has other species than this model; take one of the same species",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named(case: str) -> None:
    make, error, message = BAD[case]
    with pytest.raises(error, match=message):
        make()


def test_samplers_of_places_are_left_out() -> None:
    m = Model(HEAD, [proteins.calcium(1.0)], samplers=[Sampler("all", "Ca")])
    assert "sampled" not in simulate(m, 0.1, engine="ode").dataset
