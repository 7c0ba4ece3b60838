"""Laws that are sums: what they say, and which of them are mass action of whole molecules."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nanospine import Polynomial, Reaction, Schedule
from nanospine.model import Document, MassAction, ModelError, ReactionSyntaxError
from nanospine.model.equation import parse_side

PER_UM = 30.0
PAIRS = Polynomial({"2 A": 5.0}, {"A": 5.0 / PER_UM})
TRIPLES = Polynomial({"3 A": 1.0, "A": 2.0 / PER_UM**2}, {"2 A": 3.0 / PER_UM})


def test_a_sum_is_the_law_of_one_step() -> None:
    [step] = Reaction("2 A -> B", PAIRS, name="dimerise").steps
    assert (step.name, step.law, step.rate, step.order) == ("dimerise", PAIRS, 1.0, 2)
    assert [(str(p.terms[0]), p.coefficient, p.subtracted) for p in step.addends] == [
        ("A", 5.0, False),
        ("A", 5.0 / PER_UM, True),
    ]


def test_reads_like_a_formula() -> None:
    assert str(Polynomial({"2 A + B": 5.0, "0": 1.5}, {"A": Schedule([0, 1], [0, 2])})) == (
        "5 [A] [A] [B] + 1.5 - 0 to 2 in time [A]"
    )


@pytest.mark.parametrize(
    ("law", "rate", "multiply"),
    [
        (PAIRS, 5.0, "2 A"),
        (TRIPLES, 1.0, "3 A"),
        (Polynomial({"2 A + B": 5.0}, {"A + B": 5.0 / PER_UM}), 5.0, "2 A + B"),
        (
            Polynomial(
                {"2 A + 2 B": 4.0, "A + B": 4.0 / PER_UM**2}, {"2 A + B": 4.0 / PER_UM, "A + 2 B": 4.0 / PER_UM}
            ),
            4.0,
            "2 A + 2 B",
        ),
        (Polynomial({"A + B": 5.0}), 5.0, "A + B"),
        (Polynomial({"0": 5.0}), 5.0, ""),
        (
            Polynomial({"2 A": Schedule([0, 1], [3, 6])}, {"A": Schedule([0, 1], [3 / PER_UM, 6 / PER_UM])}),
            Schedule([0, 1], [3, 6]),
            "2 A",
        ),
    ],
)
def test_different_molecules_are_mass_action(law: Polynomial, rate: float | Schedule, multiply: str) -> None:
    assert law.as_mass_action(PER_UM) == (rate, MassAction(parse_side(multiply)))


@pytest.mark.parametrize(
    "law",
    [
        Polynomial({"2 A": 5.0}),
        Polynomial({"2 A": 5.0, "A": 5.0 / PER_UM}),
        Polynomial({"2 A": 5.0}, {"A": 5.001 / PER_UM}),
        Polynomial({"2 A": 5.0}, {"B": 5.0 / PER_UM}),
        Polynomial({"2 A": 5.0}, {"A": 5.0 / PER_UM, "B": 1.0}),
        Polynomial({"A": 5.0 / PER_UM}, {"2 A": 5.0}),
        Polynomial({"2 A": 5.0}, {"A": Schedule([0, 1], [5.0 / PER_UM, 1.0])}),
        Polynomial({"A": 5.0, "B": 2.0}),
    ],
)
def test_other_sums_are_not(law: Polynomial) -> None:
    assert law.as_mass_action(PER_UM) is None


@pytest.mark.parametrize("law", [PAIRS, Polynomial({"A": Schedule([0, 1], [0, 2]), "0": 1.0})])
def test_comes_back_from_a_document(law: Polynomial) -> None:
    reaction = Reaction("2 A -> B", law)
    assert Document.of(reaction).read() == reaction


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Polynomial({}), ModelError, "nothing is added, so that it is never above zero"),
        (lambda: Polynomial({"A": -1.0}), ModelError, "coefficient of 'A' is -1.0; give a finite number >= 0"),
        (lambda: Polynomial({"A": 1.0}, {"2 A": float("nan")}), ModelError, r"subtracted\['2 A'\] is nan"),
        (lambda: Polynomial({"A": "fast"}), ModelError, r"added\['A'\] is 'fast' \(str\); give a number"),
        (lambda: Polynomial({"A * B": 1.0}), ReactionSyntaxError, "cannot be read at column 3"),
        (lambda: Polynomial({3: 1.0}), ModelError, "a key of added is 3"),
        (lambda: Polynomial("A"), ModelError, r"added is 'A' \(str\); give a mapping"),
        (
            lambda: Reaction("A -> B", Polynomial({"A": 1.0}), forward_law="A"),
            ModelError,
            "a polynomial and the law 'A'",
        ),
    ],
)
def test_refuses_what_is_no_law(make: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()
