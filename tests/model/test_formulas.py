"""Laws that are formulas: how they are read, what they are worth, and what is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanospine import Formula, Model, Reaction, Schedule, Species, cube, simulate
from nanospine.model import Document, ModelError, ReactionSyntaxError, Term
from nanospine.model.expressions import Operation, Tree, evaluated, operation, read, replaced, written
from nanospine.model.laws import rate_text, scaled

MICHAELIS = Formula("Vmax*S/(Km + S)", {"Vmax": 2.0, "Km": 5.0})
AT = {"A": 2.0, "B": 3.0, "x": 0.5}


def test_a_formula_is_the_law_of_one_step() -> None:
    [step] = Reaction("S -> P", MICHAELIS, name="convert").steps
    assert (step.name, step.law, step.rate, step.addends) == ("convert", MICHAELIS, 1.0, ())
    assert MICHAELIS.terms == (Term("S"),)
    assert str(MICHAELIS) == rate_text(MICHAELIS) == "Vmax*S/(Km + S)"


def test_its_value_is_what_it_says() -> None:
    assert MICHAELIS.value({"S": 5.0}) == 1.0
    assert MICHAELIS.value({"S": np.array([0.0, 15.0])}) == pytest.approx([0.0, 1.5])
    assert MICHAELIS.scaled(3.0).value({"S": 5.0}) == 3.0
    assert scaled(MICHAELIS, 3.0) == MICHAELIS.scaled(3.0)
    pulsed = Formula("v*A", {"v": Schedule([0, 1], [2, 5])})
    assert [float(pulsed.value({"A": 3.0}, time)) for time in (0.5, 1.5)] == [6.0, 15.0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A + B*x", 3.5),
        ("A - B - x", -1.5),
        ("A - (B - x)", -0.5),
        ("A/B/x", 4 / 3),
        ("A/B*x", 1 / 3),
        ("-A^2", -4.0),
        ("(-A)^2", 4.0),
        ("A**-B", 0.125),
        ("A^B^A", 512.0),
        ("-A*-B", 6.0),
        ("2e-3*A + .5 + 1.", 1.504),
        ("+A", 2.0),
        ("exp(-A)*log(B)/sqrt(x)", math.exp(-2) * math.log(3) / math.sqrt(0.5)),
        ("min(A, B, x) + max(A, B)*abs(x - A)", 5.0),
    ],
)
def test_operators_bind_as_in_mathematics(text: str, expected: float) -> None:
    assert Formula(text).value(AT) == pytest.approx(expected, rel=1e-15)


def trees() -> st.SearchStrategy[Tree]:
    leaves = st.one_of(st.sampled_from([Term("A"), Term("B"), Term("x")]), st.floats(0.1, 10.0).map(float))

    def grown(parts: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        return st.one_of(
            st.builds(Operation, st.sampled_from(["+", "*", "min", "max"]), st.tuples(parts, parts)),
            st.builds(Operation, st.sampled_from(["+", "*"]), st.tuples(parts, parts, parts)),
            st.builds(Operation, st.just("/"), st.tuples(parts, parts)),
            st.builds(Operation, st.just("^"), st.tuples(parts, st.floats(-2.0, 2.0).map(float))),
            st.builds(Operation, st.sampled_from(["-", "sqrt", "abs", "exp", "log"]), st.tuples(parts)),
        )

    return st.recursive(leaves, grown, max_leaves=8)


@settings(max_examples=200, deadline=None)
@given(trees())
def test_what_is_written_is_read_again(tree: Tree) -> None:
    def value(leaf: Term) -> float:
        return AT[leaf.species]

    try:
        again = read(written(tree))
    except ReactionSyntaxError:
        # A part of numbers alone has no value.
        with pytest.raises(ModelError, match="is no finite number"):
            replaced(tree, lambda leaf: leaf)
    else:
        assert evaluated(again, value) == pytest.approx(evaluated(tree, value), rel=1e-12, nan_ok=True)


def test_a_wide_sum_and_many_brackets_are_no_deep_ones() -> None:
    assert Formula(" + ".join(["A"] * 5000)).value(AT) == 10_000.0
    assert Formula("(" * 5000 + "A" + ")" * 5000).value(AT) == 2.0


def test_parts_of_numbers_are_numbers() -> None:
    assert operation("*", 2.0, 3.0) == 6.0
    assert read("2^-1*A") == Operation("*", (0.5, Term("A")))


def test_molecules_at_a_membrane_have_sides() -> None:
    law = Formula("k*Ca[inside]^2/(K + Ca[outside])", {"k": 1.0, "K": 2.0})
    assert law.terms == (Term("Ca", "inside"), Term("Ca", "outside"))
    assert law.value({"Ca[inside]": 4.0, "Ca[outside]": 6.0}) == 2.0


@pytest.mark.parametrize("law", [MICHAELIS, Formula("k*A", {"k": Schedule([0, 1], [0, 2])})])
def test_comes_back_from_a_document(law: Formula) -> None:
    document = Document.of(law)
    assert Document(document.data, document.arrays).read() == law


@pytest.mark.parametrize(
    ("text", "constants", "message"),
    [
        ("", {}, 'cannot be read at its end; write it like "Vmax'),
        ("A +", {}, "Formula 'A [+]' cannot be read at its end"),
        ("2A", {}, "cannot be read at column 2"),
        ("A $ B", {}, "cannot be read at column 3"),
        ("A*(B + 1", {}, "cannot be read at its end"),
        ("A)", {}, "cannot be read at column 2"),
        ("Ca[within]", {}, "cannot be read at column 4"),
        ("B + sin(A)", {}, r"sin at column 5 is no function; known are exp, log, sqrt, abs, min, max"),
        ("exp(A, B)", {}, "exp at column 1 has 2 arguments; give it 1"),
        ("min(A)", {}, "min at column 1 has 1 arguments; give it 2 or more"),
        ("A*1e999", {}, "1e999 at column 3 is no finite number"),
        ("A/(1 - 1)", {}, "A/0 is no finite number"),
        ("A + log(0)", {}, r"log\(0\) is no finite number"),
        ("-" * 300 + "A", {}, "more than 200 operations are within each other"),
        ("A + " * 30_000 + "A", {}, "has more than 100000 characters; shorten it"),
        ("k*A", {"k": -1.0, "kk": 2.0}, "to it the constant 'kk' is unknown; did you mean 'k'"),
        ("k*A", {"k": float("nan")}, r"constants\['k'\] is nan"),
        ("k*A", {"k": "fast"}, r"constants\['k'\] is 'fast' \(str\); give a number or a Schedule"),
        ("k*A", {"k m": 1.0}, "the constant 'k m' has no name"),
        ("A/K", {"K": 0.0}, "with its constants A/0 is no finite number; give others"),
        (3, {}, r"text is 3 \(int\); give a text"),
    ],
)
def test_what_is_no_formula_is_refused_with_the_place(text: str, constants: Mapping[str, float], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Formula(text, constants)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: in_a_model("2*AA*B"),
            r"'A -> B': in the formula '2\*AA\*B', column 3, the species or constant 'AA' is unknown; did you mean 'A'",
        ),
        (lambda: in_a_model("B*A", B=2.0), "'B' is a constant, and a species has this name; rename one"),
        (lambda: in_a_model("A[inside]"), r"A\[inside\] in its law is at no membrane; remove \[inside\]"),
        (lambda: Reaction("A -> B", Formula("A"), forward_law="B"), "has a formula and the law 'B'; remove the law"),
        (lambda: Formula("A").value({"B": 1.0}), "concentration of 'A' is unknown"),
        (
            lambda: simulate(in_a_model("A"), 1e-3, "particles"),
            'has a formula as its law, .* and engine="particles" takes no such reaction',
        ),
    ],
)
def test_what_does_not_fit_a_model_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        make()


def in_a_model(text: str, **constants: float) -> Model:
    reaction = Reaction("A -> B", Formula(text, constants))
    return Model(cube(0.05), species=[Species("A"), Species("B")], reactions=[reaction])
