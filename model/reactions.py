"""Reactions, written like chemistry and read with a grammar."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, UnexpectedToken, VisitError

from . import checks
from .arguments import checked
from .errors import ModelError, ReactionSyntaxError
from .laws import MassAction, Term
from .schedule import Schedule

EXAMPLE = '"Ca + B <-> CaB" or "P0 -> P0 + Ca[inside]"'


@dataclass(frozen=True)
class Step:
    """One irreversible reaction.

    Parameters
    ----------
    name : str
        Unique in a model; events are counted under it.
    reactants, products : tuple of Term
        With repetition for stoichiometry above one.
    rate : float or Schedule
        1/s for one reactant, 1/(uM s) for two, um^2/s for two in the membrane, uM/s for none.
    law : MassAction
        How v depends on concentrations: on those of the reactants unless stated.
    reverse_of : str
        Name of the step that this one undoes, or "".
    """

    name: str
    reactants: tuple[Term, ...]
    products: tuple[Term, ...]
    rate: float | Schedule
    law: MassAction
    reverse_of: str = ""

    @property
    def order(self) -> int:
        """Kinetic order of its law."""
        return self.law.order


@checked
@dataclass(frozen=True)
class Reaction:
    """A reaction with mass-action kinetics: v = rate x product of the reactants' concentrations.

    Parameters
    ----------
    equation : str
        E.g. ``"Ca + B <-> CaB"``. A molecule next to a membrane carries its side:
        ``"Ca[inside] + P0 <-> P1"``. ``A + A`` has v = k [A]^2, and A falls at 2 v. ``"0 -> Ca"`` is a source.
    forward : float or Schedule
        Forward rate: 1/s (one reactant), 1/(uM s) (two), uM/s (none), and so on; between two surface molecules um^2/s,
        that is 1/s per molecule and um^2. In space, events of single
        molecules and sources feel a change of the rate at its exact time, those of pairs the mean over a time step.
    backward : float or Schedule, optional
        Backward rate of a reversible reaction, in the unit of its own order.
    name : str, optional
        Name under which events are counted; the equation's left-to-right form by default.
    forward_law, backward_law : str, optional
        The concentrations that multiply where they are not those of the reactants, e.g. ``"PKAr + PKAc"`` for a
        backward reaction of ``PKAr + 2 PKAc`` that is first order in PKAc. Only the well-mixed engines allow it.

    Raises
    ------
    ReactionSyntaxError
        If the equation or a law does not parse.
    ModelError
        If a rate is negative, or missing for a reversible equation.
    """

    equation: str
    forward: float | Schedule
    backward: float | Schedule | None = None
    name: str = ""
    forward_law: str = ""
    backward_law: str = ""

    def __post_init__(self) -> None:
        left, reversible, right = self._parsed
        self._check_rate("forward", self.forward)
        if reversible != (self.backward is not None):
            what = "needs a backward rate" if reversible else "has a backward rate but reads '->'"
            raise ModelError(f"Reaction {self.equation!r} {what}; write '<->' and give both rates, or '->' and one.")
        if self.backward is not None:
            self._check_rate("backward", self.backward)
        elif self.backward_law:
            raise ModelError(f"Reaction {self.equation!r} has a backward law but reads '->'; remove the law.")
        if not left and not right:
            raise ModelError(f"Reaction {self.equation!r} has neither reactants nor products; name a species.")
        for law in (self.forward_law, self.backward_law):
            if law and not parse_side(law):
                raise ModelError(f"Reaction {self.equation!r} has a law of no species; name some, or leave it empty.")

    def _check_rate(self, which: str, rate: float | Schedule) -> None:
        if not isinstance(rate, Schedule):
            checks.finite(f"Reaction {self.equation!r}: {which} rate", rate, minimum=0.0)

    @cached_property
    def _parsed(self) -> tuple[tuple[Term, ...], bool, tuple[Term, ...]]:
        return parse(self.equation)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The one or two irreversible reactions that this is."""
        left, _, right = self._parsed
        name = self.name or arrow(left, right)
        ahead = Step(name, left, right, self.forward, law_of(self.forward_law, left))
        if self.backward is None:
            return (ahead,)
        reverse = f"{self.name} (reverse)" if self.name else arrow(right, left)
        back = Step(reverse, right, left, self.backward, law_of(self.backward_law, right), name)
        return (ahead, back)


def law_of(text: str, reactants: tuple[Term, ...]) -> MassAction:
    """Read the law of a step: mass action of its reactants unless the text says of what else."""
    return MassAction(parse_side(text) if text else reactants)


def arrow(left: tuple[Term, ...], right: tuple[Term, ...]) -> str:
    """Write a reaction in one line."""
    return f"{' + '.join(map(str, left)) or '0'} -> {' + '.join(map(str, right)) or '0'}"


class _ToTerms(Transformer[Token, Any]):
    def term(self, children: list[Token | None]) -> list[Term]:
        count, species, side = children
        number = float(count or 1)
        if number < 1 or not number.is_integer():
            raise ReactionSyntaxError(f"stoichiometry {count} of {species} is not a whole number >= 1")
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
    try:
        return _ToTerms().transform(grammar().parse(text, start=start))
    except VisitError as error:
        raise ReactionSyntaxError(f"Reaction {text!r}: {error.orig_exc}; write it like {example}.") from None
    except UnexpectedInput as error:
        at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        where = "at its end" if at_end else f"at column {error.column}"
        raise ReactionSyntaxError(f"Reaction {text!r} cannot be read {where}; write it like {example}.") from None
