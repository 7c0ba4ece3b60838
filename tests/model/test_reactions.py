"""Reactions: their grammar, and what cannot be one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanospine import (
    Model,
    Reaction,
    Species,
    cube,
)
from nanospine.model import (
    ModelError,
    ReactionSyntaxError,
    Term,
)
from nanospine.model.equation import arrow, parse

names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,6}", fullmatch=True)
groups = st.tuples(st.integers(1, 12), names, st.sampled_from([None, "inside", "outside"]))
sides = st.lists(groups, max_size=4)
blanks = st.sampled_from(["", " ", "  ", "\t"])


def expand(groups: list[tuple[int, str, str | None]]) -> tuple[Term, ...]:
    return tuple(Term(name, side) for count, name, side in groups for _ in range(count))


class TestReactionGrammar:
    @given(sides, sides, st.booleans(), blanks, st.booleans())
    def test_reads_what_is_written(self, left: list, right: list, reversible: bool, blank: str, ones: bool) -> None:
        def written(groups: list[tuple[int, str, str | None]]) -> str:
            counted = [(f"{n}{blank}" if n > 1 or ones else "", name, side) for n, name, side in groups]
            terms = [f"{n}{name}{blank}" + (f"[{side}]" if side else "") for n, name, side in counted]
            return f"{blank}+{blank}".join(terms) or "0"

        sign = "<->" if reversible else "->"
        equation = f"{blank}{written(left)}{blank}{sign}{blank}{written(right)}"
        assert parse(equation) == (expand(left), reversible, expand(right))

    @given(sides, sides)
    def test_the_name_of_a_step_reads_back_as_the_step(self, left: list, right: list) -> None:
        before, after = expand(left), expand(right)
        assert parse(arrow(before, after)) == (before, False, after)

    @given(st.text(alphabet="AB01 +-<>[]{}insdeout_", max_size=20))
    def test_anything_else_is_a_syntax_error_that_quotes_it(self, equation: str) -> None:
        try:
            parse(equation)
        except ReactionSyntaxError as error:
            assert repr(equation) in str(error)  # noqa: PT017
            assert "write it like" in str(error)  # noqa: PT017

    @pytest.mark.parametrize(
        ("equation", "where"),
        [
            ("", "at its end"),
            ("A", "at its end"),
            ("A ->", "at its end"),
            ("A + -> B", "at column 5"),
            ("A => B", "at column 3"),
            ("A <- B", "at column 3"),
            ("A -> B -> C", "at column 8"),
            ("A[left] -> B", "at column 3"),
            ("0 A -> B", "at column 3"),
            ("2 -> B", "at column 3"),
        ],
    )
    def test_an_unreadable_reaction_says_where_and_how(self, equation: str, where: str) -> None:
        with pytest.raises(ReactionSyntaxError, match=rf'cannot be read {where}; write it like "Ca \+ B <-> CaB"'):
            Reaction(equation, 1.0, 1.0)

    @pytest.mark.parametrize(("equation", "count"), [("A -> 0.5 B", "0.5"), ("1.5*A -> B", "1.5"), ("A -> 00 B", "00")])
    def test_molecules_come_in_whole_numbers(self, equation: str, count: str) -> None:
        with pytest.raises(
            ReactionSyntaxError, match=rf"stoichiometry {count} of [AB] is not a whole number from 1 to 100"
        ):
            Reaction(equation, 1.0)

    def test_a_number_may_stand_with_a_star(self) -> None:
        assert parse("2*A + B -> 0") == parse("2 A + B -> 0") == parse("A + A + B -> 0")


class TestReaction:
    def test_is_one_step_or_two(self) -> None:
        ahead, back = Reaction("Ca + B <-> CaB", 100.0, 5.0).steps
        assert (ahead.name, ahead.rate, ahead.order, ahead.reverse_of) == ("Ca + B -> CaB", 100.0, 2, "")
        assert (back.name, back.rate, back.order, back.reverse_of) == ("CaB -> Ca + B", 5.0, 1, ahead.name)
        assert [step.name for step in Reaction("2 A -> 0", 1.0).steps] == ["A + A -> 0"]

    def test_a_name_is_used_for_both_directions(self) -> None:
        assert [s.name for s in Reaction("A <-> B", 1.0, 2.0, name="flip").steps] == ["flip", "flip (reverse)"]

    @pytest.mark.parametrize(
        ("equation", "rates", "message"),
        [
            ("A -> B", (-2.0,), r"'A -> B': forward rate is -2.0; give a finite number >= 0"),
            ("A -> B", (float("nan"),), "forward is nan"),
            ("A <-> B", (1.0, -3.0), "backward rate is -3.0; give a finite number >= 0"),
            ("A <-> B", (1.0,), "needs a backward rate; write '<->' and give both rates, or '->' and one"),
            ("A -> B", (1.0, 1.0), "has a backward rate but reads '->'"),
            ("0 -> 0", (1.0,), "has neither reactants nor products; name a species"),
        ],
    )
    def test_refuses_rates_and_orders_that_cannot_be(self, equation: str, rates: tuple, message: str) -> None:
        with pytest.raises(ModelError, match=message):
            Reaction(equation, *rates)

    def test_the_kinetic_order_may_differ_from_the_stoichiometry(self) -> None:
        ahead, back = Reaction("R2C2 <-> R + 2 C", 0.1, 3.0, backward_law="R + C").steps
        assert ahead.law.terms == ahead.reactants
        assert [t.species for t in back.reactants] == ["R", "C", "C"]
        assert [t.species for t in back.law.terms] == ["R", "C"]
        assert back.order == 2

    def test_a_law_must_read_like_a_side_and_belong_to_a_direction(self) -> None:
        with pytest.raises(ReactionSyntaxError, match=r"'R \+ \* C' cannot be read at column 5; write it like"):
            Reaction("A -> B", 1.0, forward_law="R + * C")
        with pytest.raises(ModelError, match="has a backward law but reads '->'; remove the law"):
            Reaction("A -> B", 1.0, backward_law="B")

    def test_a_law_names_species_of_the_model(self) -> None:
        with pytest.raises(ModelError, match="Reaction 'A -> 0': species 'C' is unknown"):
            Model(mesh=cube(0.05), species=[Species("A")], reactions=[Reaction("A -> 0", 1.0, forward_law="A + C")])
