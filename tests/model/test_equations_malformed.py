"""Malformed equations, laws and polynomials: each is refused soon, with the place, and by an error of ours."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanospine import Model, Polynomial, Reaction, Schedule, Species, cube
from nanospine.model import ModelError

#: Seconds after which reading a text counts as a hang.
SOON = 10.0
AT = "cannot be read at column"
END = "cannot be read at its end"


def equation(text: str) -> Callable[[], object]:
    return lambda: Reaction(text, 1.0)


def law(text: str) -> Callable[[], object]:
    return lambda: Reaction("A -> B", 1.0, forward_law=text)


def product(text: str) -> Callable[[], object]:
    return lambda: Polynomial({"A": 1.0}, {text: 1.0})


def coefficient(value: float) -> Callable[[], object]:
    return lambda: Polynomial({"A": value})


#: What is wrong, what makes it, and what the message says.
MALFORMED: list[tuple[str, Callable[[], object], str]] = [
    # ---- what stops a machine
    (
        "a billion molecules",
        equation("1000000000 A -> B"),
        "stoichiometry 1000000000 of A is not a whole number from 1",
    ),
    ("a billion molecules made", equation("A -> 1000000000*B"), "stoichiometry 1000000000 of B"),
    ("a hundred and one", equation("101 A -> B"), "stoichiometry 101 of A is not a whole number from 1 to 100"),
    ("molecules of many digits", equation("9" * 9000 + " A -> B"), "stoichiometry 9+ of A"),
    ("a long equation", equation(" + ".join(["A"] * 100_000) + " -> B"), "has more than 10000 characters"),
    ("a long name", equation("A" * 1_000_000 + " -> B"), "has more than 10000 characters"),
    ("many blanks", equation("A" + " " * 1_000_000 + "-> B"), "has more than 10000 characters"),
    ("many brackets", equation("(" * 100_000 + "A" + ")" * 100_000 + " -> B"), "has more than 10000 characters"),
    ("some brackets", equation("(" * 4000 + "A" + ")" * 4000 + " -> B"), AT),
    ("many arrows", equation("A" + " -> A" * 1500), AT),
    ("many signs", equation("+" * 9000), AT),
    ("a billion in a law", law("1000000000 A"), "stoichiometry 1000000000 of A"),
    ("a long law", law(" + ".join(["A"] * 100_000)), "has more than 10000 characters"),
    ("a billion in a product", product("1000000000 A"), "stoichiometry 1000000000 of A"),
    ("a long product", product(" + ".join(["A"] * 100_000)), "has more than 10000 characters"),
    # ---- equations
    ("nothing", equation(""), END),
    ("blanks", equation("   "), END),
    ("a name", equation("A"), END),
    ("no products", equation("A ->"), END),
    ("no reactants", equation("-> B"), AT),
    ("nothing into nothing", equation("0 -> 0"), "has neither reactants nor products"),
    ("two arrows", equation("A -> B -> C"), AT),
    ("another arrow", equation("A => B"), AT),
    ("an arrow back", equation("A <- B"), AT),
    ("a plus too many", equation("A + + B -> C"), AT),
    ("a plus at the end", equation("A + -> C"), AT),
    ("a minus", equation("A - B -> C"), AT),
    ("a product", equation("A * B -> C"), AT),
    ("a power", equation("A^2 -> C"), AT),
    ("half a molecule", equation("0.5 A -> B"), "stoichiometry 0.5 of A is not a whole number"),
    ("no molecule", equation("0 A -> B"), AT),
    ("fewer than none", equation("-1 A -> B"), AT),
    ("a number in letters", equation("1e3 A -> B"), AT),
    ("a number without end", equation("inf A -> B"), AT),
    ("a name of digits", equation("B2 -> 2"), END),
    ("a name with a sign", equation("Ca2+ -> B"), AT),
    ("a Greek name", equation("α -> B"), AT),
    ("a null", equation("A\0 -> B"), AT),
    ("a comment", equation("A -> B # fast"), AT),
    ("another side", equation("A[left] -> B"), AT),
    ("a side without an end", equation("A[inside -> B"), AT),
    ("code", equation("__import__('os') -> B"), AT),
    ("a rate that is no number", lambda: Reaction("A -> B", float("nan")), "forward is nan"),
    ("a rate without end", lambda: Reaction("A -> B", float("inf")), "forward is inf"),
    ("a rate below zero", lambda: Reaction("A <-> B", 1.0, -1.0), "backward rate is -1.0"),
    ("no rate back", equation("A <-> B"), "needs a backward rate"),
    ("a schedule that is no number", lambda: Schedule([0, 1], [1, float("nan")]), r"values\[1\] is nan"),
    ("a schedule below zero", lambda: Schedule([0, 1], [1, -1]), "value 1 is -1"),
    # ---- laws
    ("blanks as a law", law("  "), END),
    ("nothing as a law", law("0"), "has a law of no species"),
    ("an equation as a law", law("A -> B"), AT),
    ("a formula as a law", law("k * A"), AT),
    ("a fraction as a law", law("A / B"), AT),
    ("half a molecule in a law", law("0.5 A"), "stoichiometry 0.5 of A"),
    (
        "an unknown species in a law",
        lambda: in_a_model(Reaction("A -> B", 1.0, forward_law="C")),
        "species 'C' is unknown",
    ),
    # ---- polynomials
    ("a law of nothing", lambda: Polynomial({}), "nothing is added"),
    ("only subtracted", lambda: Polynomial({}, {"A": 1.0}), "nothing is added"),
    ("a formula as a product", product("A * B"), AT),
    ("a power as a product", product("A^2"), AT),
    ("half a molecule in a product", product("0.5 A"), "stoichiometry 0.5 of A"),
    ("a coefficient that is no number", coefficient(float("nan")), r"added\['A'\] is nan"),
    ("a coefficient without end", coefficient(float("inf")), r"added\['A'\] is inf"),
    ("a coefficient below zero", coefficient(-1.0), "coefficient of 'A' is -1.0"),
    ("a polynomial with a law", lambda: Reaction("A -> B", Polynomial({"A": 1.0}), forward_law="B"), "and the law 'B'"),
    ("an unknown species", lambda: in_a_model(Reaction("A -> B", Polynomial({"C": 1.0}))), "species 'C' is unknown"),
]


def in_a_model(reaction: Reaction) -> Model:
    return Model(cube(0.1), species=[Species("A"), Species("B")], reactions=[reaction])


@pytest.mark.parametrize(("make", "message"), [case[1:] for case in MALFORMED], ids=[case[0] for case in MALFORMED])
def test_a_malformed_expression_is_refused_soon(make: Callable[[], object], message: str) -> None:
    started = time.process_time()
    with pytest.raises(ModelError, match=message) as caught:
        make()
    assert time.process_time() - started < SOON
    assert len(str(caught.value)) < 1000


def test_there_are_at_least_forty_malformed_expressions() -> None:
    assert len({case[0] for case in MALFORMED}) == len(MALFORMED) >= 40


PARTS = (
    "A",
    "B",
    "Ca",
    "0",
    "1",
    "2",
    "100",
    "1.5",
    "+",
    "*",
    "->",
    "<->",
    "[inside]",
    "[outside]",
    "[",
    " ",
    "\n",
    "^",
    "µ",
)


@pytest.mark.verification
@settings(max_examples=3000, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PARTS), st.text(max_size=3)), max_size=12), st.floats(), st.booleans())
def test_any_text_is_an_equation_or_refused(parts: list[str], rate: float, reversible: bool) -> None:
    """Nothing but our own errors comes out, and an equation has one step or two."""
    text = " ".join(parts)
    for make in (lambda: Reaction(text, rate, rate if reversible else None).steps, lambda: Polynomial({text: rate})):
        with contextlib.suppress(ModelError):
            assert make()
