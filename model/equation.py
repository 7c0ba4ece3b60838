"""Reaction equations and their sides, read with a grammar."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, UnexpectedToken, VisitError

from .errors import ReactionSyntaxError

#: Molecules of a species on one side, and characters of an equation.
MOST_MOLECULES, LONGEST_EQUATION = 100, 10_000
#: Characters that a message shows of one.
LONGEST_SHOWN = 200
EXAMPLE = '"Ca + B <-> CaB" or "P0 -> P0 + Ca[inside]"'


@dataclass(frozen=True)
class Term:
    """A molecule in a reaction: a species and, next to a membrane, the side it is on."""

    species: str
    side: str | None = None

    def __str__(self) -> str:
        return f"{self.species}[{self.side}]" if self.side else self.species


def arrow(left: tuple[Term, ...], right: tuple[Term, ...]) -> str:
    """Write a reaction in one line."""
    return f"{' + '.join(map(str, left)) or '0'} -> {' + '.join(map(str, right)) or '0'}"


class _ToTerms(Transformer[Token, Any]):
    def term(self, children: list[Token | None]) -> list[Term]:
        count, species, side = children
        number = float(count or 1)
        if number not in range(1, MOST_MOLECULES + 1):
            shown = str(count)[:LONGEST_SHOWN]
            raise ReactionSyntaxError(
                f"stoichiometry {shown} of {species} is not a whole number from 1 to {MOST_MOLECULES}"
            )
        return [Term(str(species), str(side) if side else None)] * int(number)

    def terms(self, children: list[list[Term]]) -> tuple[Term, ...]:
        return tuple(term for group in children for term in group)

    def nothing(self, children: list[Any]) -> tuple[Term, ...]:
        return ()

    def equation(self, children: list[Any]) -> tuple[tuple[Term, ...], bool, tuple[Term, ...]]:
        left, sign, right = children
        return left, str(sign) == "<->", right


@cache
def grammar() -> Lark:
    """Return the parser of reaction equations and of their sides."""
    text = files("nanospine.model").joinpath("reaction.lark").read_text()
    return Lark(text, parser="lalr", maybe_placeholders=True, start=["equation", "side"])


@cache
def parse(equation: str) -> tuple[tuple[Term, ...], bool, tuple[Term, ...]]:
    """Split an equation into reactants, whether it is reversible, and products.

    Raises
    ------
    ReactionSyntaxError
        With the place where reading stopped.
    """
    parsed: tuple[tuple[Term, ...], bool, tuple[Term, ...]] = _read(equation, "equation", EXAMPLE)
    return parsed


@cache
def parse_side(side: str) -> tuple[Term, ...]:
    """Split one side of an equation, such as ``"PKAr + 2 PKAc"``, into its molecules; none if it is empty.

    Raises
    ------
    ReactionSyntaxError
        With the place where reading stopped.
    """
    if not side:
        return ()
    parsed: tuple[Term, ...] = _read(side, "side", '"PKAr + 2 PKAc"')
    return parsed


def _read(text: str, start: str, example: str) -> Any:
    shown = repr(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}...")
    if len(text) > LONGEST_EQUATION:
        raise ReactionSyntaxError(f"Reaction {shown} has more than {LONGEST_EQUATION} characters; shorten it.")
    try:
        return _ToTerms().transform(grammar().parse(text, start=start))
    except VisitError as error:
        raise ReactionSyntaxError(f"Reaction {shown}: {error.orig_exc}; write it like {example}.") from None
    except UnexpectedInput as error:
        at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        where = "at its end" if at_end else f"at column {error.column}"
        raise ReactionSyntaxError(f"Reaction {shown} cannot be read {where}; write it like {example}.") from None
