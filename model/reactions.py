"""Reactions, written like chemistry and read with a grammar."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, UnexpectedToken

from . import checks
from .errors import ModelError, ReactionSyntaxError

EXAMPLE = '"Ca + B <-> CaB" or "P0 -> P0 + Ca[inside]"'


@dataclass(frozen=True)
class Term:
    """A molecule in a reaction: a species and, next to a membrane, the side it is on."""

    species: str
    side: str | None = None

    def __str__(self) -> str:
        return f"{self.species}[{self.side}]" if self.side else self.species


@dataclass(frozen=True)
class Step:
    """One irreversible reaction.

    Parameters
    ----------
    name : str
        Unique in a model; events are counted under it.
    reactants, products : tuple of Term
        With repetition for stoichiometry above one.
    rate : float
        1/s for one reactant, 1/(uM s) for two.
    reverse_of : str
        Name of the step that this one undoes, or "".
    """

    name: str
    reactants: tuple[Term, ...]
    products: tuple[Term, ...]
    rate: float
    reverse_of: str = ""

    @property
    def order(self) -> int:
        """Number of reactant molecules."""
        return len(self.reactants)


@dataclass(frozen=True)
class Reaction:
    """A reaction with mass-action kinetics: v = rate x product of the reactants' concentrations.

    Parameters
    ----------
    equation : str
        E.g. ``"Ca + B <-> CaB"``. A molecule next to a membrane carries its side:
        ``"Ca[inside] + P0 <-> P1"``. ``A + A`` has v = k [A]^2, and A falls at 2 v.
    forward : float
        Forward rate: 1/s (one reactant) or 1/(uM s) (two).
    backward : float, optional
        Backward rate of a reversible reaction, same units by its own order.
    name : str, optional
        Name under which events are counted; the equation's left-to-right form by default.

    Raises
    ------
    ReactionSyntaxError
        If the equation does not parse.
    ModelError
        If a rate is negative, or missing for a reversible equation.
    """

    equation: str
    forward: float
    backward: float | None = None
    name: str = ""

    def __post_init__(self) -> None:
        reactants, reversible, products = self._parsed
        checks.finite(f"Reaction {self.equation!r}: forward rate", self.forward, minimum=0.0)
        if reversible != (self.backward is not None):
            what = "needs a backward rate" if reversible else "has a backward rate but reads '->'"
            raise ModelError(f"Reaction {self.equation!r} {what}; write '<->' and give both rates, or '->' and one.")
        if self.backward is not None:
            checks.finite(f"Reaction {self.equation!r}: backward rate", self.backward, minimum=0.0)
        for side in (reactants, products) if reversible else (reactants,):
            if not 1 <= len(side) <= 2:
                raise ModelError(
                    f"Reaction {self.equation!r} has {len(side)} reactants; elementary reactions have one or two."
                )

    @cached_property
    def _parsed(self) -> tuple[tuple[Term, ...], bool, tuple[Term, ...]]:
        return parse(self.equation)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The one or two irreversible reactions that this is."""
        left, _, right = self._parsed
        name = self.name or arrow(left, right)
        ahead = Step(name, left, right, self.forward)
        if self.backward is None:
            return (ahead,)
        back = Step(f"{self.name} (reverse)" if self.name else arrow(right, left), right, left, self.backward, name)
        return (ahead, back)


def arrow(left: tuple[Term, ...], right: tuple[Term, ...]) -> str:
    """Write a reaction in one line."""
    return f"{' + '.join(map(str, left)) or '0'} -> {' + '.join(map(str, right)) or '0'}"


class _ToTerms(Transformer[Token, Any]):
    def term(self, children: list[Token | None]) -> list[Term]:
        count, species, side = children
        return [Term(str(species), str(side) if side else None)] * int(count or 1)

    def terms(self, children: list[list[Term]]) -> tuple[Term, ...]:
        return tuple(term for group in children for term in group)

    def nothing(self, children: list[Any]) -> tuple[Term, ...]:
        return ()

    def start(self, children: list[Any]) -> tuple[tuple[Term, ...], bool, tuple[Term, ...]]:
        left, sign, right = children
        return left, str(sign) == "<->", right


@cache
def grammar() -> Lark:
    """Return the parser of reaction equations."""
    text = files(__package__).joinpath("reaction.lark").read_text()
    return Lark(text, parser="lalr", maybe_placeholders=True)


@cache
def parse(equation: str) -> tuple[tuple[Term, ...], bool, tuple[Term, ...]]:
    """Split an equation into reactants, whether it is reversible, and products.

    Raises
    ------
    ReactionSyntaxError
        With the place where reading stopped.
    """
    try:
        parsed: tuple[tuple[Term, ...], bool, tuple[Term, ...]] = _ToTerms().transform(grammar().parse(equation))
    except UnexpectedInput as error:
        at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        where = "at its end" if at_end else f"at column {error.column}"
        raise ReactionSyntaxError(f"Reaction {equation!r} cannot be read {where}; write it like {EXAMPLE}.") from None
    return parsed
