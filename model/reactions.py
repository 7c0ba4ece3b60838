"""Reactions, written like chemistry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from . import checks
from .arguments import checked
from .equation import Term, arrow, parse, parse_side
from .errors import ModelError
from .formula import Formula
from .laws import MassAction, OwnLaw, Polynomial, Product, Rate
from .schedule import Schedule


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
        1/s for one reactant, 1/(uM s) for two, um^2/s for two in the membrane, uM/s for none; 1 for a law that
        is v itself.
    law : MassAction, Polynomial or Formula
        How v depends on concentrations: on those of the reactants unless stated.
    reverse_of : str
        Name of the step that this one undoes, or "".
    compartment : str, optional
        The only compartment in which, or at whose membrane, it happens.
    """

    name: str
    reactants: tuple[Term, ...]
    products: tuple[Term, ...]
    rate: Rate
    law: MassAction | OwnLaw
    reverse_of: str = ""
    compartment: str | None = None

    @property
    def order(self) -> int:
        """Kinetic order of its law."""
        return self.law.order

    @property
    def addends(self) -> tuple[Product, ...]:
        """The products whose sum is v: one in mass action, none in a formula."""
        if isinstance(self.law, Polynomial):
            return self.law.products
        if isinstance(self.law, Formula):
            return ()
        return (Product(self.rate, self.law.terms, subtracted=False),)


@checked
@dataclass(frozen=True)
class Reaction:
    """A reaction with mass-action kinetics: v = rate x product of the reactants' concentrations.

    Parameters
    ----------
    equation : str
        E.g. ``"Ca + B <-> CaB"``. A molecule next to a membrane carries its side:
        ``"Ca[inside] + P0 <-> P1"``. ``A + A`` has v = k [A]^2, and A falls at 2 v. ``"0 -> Ca"`` is a source.
        Without a molecule of the membrane, ``"Ca[inside] -> Ca[outside]"``, only the well-mixed engines allow it; v is
        in the volume inside.
    forward : float, Schedule, Polynomial or Formula
        Forward rate: 1/s (one reactant), 1/(uM s) (two), uM/s (none), and so on; between two surface molecules um^2/s,
        that is 1/s per molecule and um^2. In space, events of single
        molecules and sources feel a change of the rate at its exact time, those of pairs the mean over a time step.
        A `Polynomial` or a `Formula` is v itself, whatever the reactants are.
    backward : float, Schedule, Polynomial or Formula, optional
        Backward rate of a reversible reaction, in the unit of its own order.
    name : str, optional
        Name under which events are counted; the equation's left-to-right form by default.
    forward_law, backward_law : str, optional
        The concentrations that multiply where they are not those of the reactants, e.g. ``"PKAr + PKAc"`` for a
        backward reaction of ``PKAr + 2 PKAc`` that is first order in PKAc. Only the well-mixed engines allow it.
    compartment : str, optional
        The only compartment in which, or at the membrane around which, a reaction of volume molecules happens; wherever
        its reactants are by default. Only the well-mixed engines allow it.

    Raises
    ------
    ReactionSyntaxError
        If the equation or a law does not parse.
    ModelError
        If a rate is negative, or missing for a reversible equation.
    """

    equation: str
    forward: Rate | OwnLaw
    backward: Rate | OwnLaw | None = None
    name: str = ""
    forward_law: str = ""
    backward_law: str = ""
    compartment: str | None = None

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
        for rate, law in ((self.forward, self.forward_law), (self.backward, self.backward_law)):
            if law and isinstance(rate, OwnLaw):
                kind = type(rate).__name__.lower()
                raise ModelError(f"Reaction {self.equation!r} has a {kind} and the law {law!r}; remove the law.")
            if law and not parse_side(law):
                raise ModelError(f"Reaction {self.equation!r} has a law of no species; name some, or leave it empty.")

    def _check_rate(self, which: str, rate: Rate | OwnLaw) -> None:
        if not isinstance(rate, Schedule | OwnLaw):
            checks.finite(f"Reaction {self.equation!r}: {which} rate", rate, minimum=0.0)

    @cached_property
    def _parsed(self) -> tuple[tuple[Term, ...], bool, tuple[Term, ...]]:
        return parse(self.equation)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The one or two irreversible reactions that this is."""
        left, _, right = self._parsed
        name = self.name or arrow(left, right)
        ahead = Step(name, left, right, *_kinetics(self.forward, self.forward_law, left), compartment=self.compartment)
        if self.backward is None:
            return (ahead,)
        reverse = f"{self.name} (reverse)" if self.name else arrow(right, left)
        kinetics = _kinetics(self.backward, self.backward_law, right)
        back = Step(reverse, right, left, *kinetics, name, self.compartment)
        return (ahead, back)


def _kinetics(rate: Rate | OwnLaw, text: str, reactants: tuple[Term, ...]) -> tuple[Rate, MassAction | OwnLaw]:
    return (1.0, rate) if isinstance(rate, OwnLaw) else (rate, law_of(text, reactants))


def law_of(text: str, reactants: tuple[Term, ...]) -> MassAction:
    """Read the law of a step: mass action of its reactants unless the text says of what else."""
    return MassAction(parse_side(text) if text else reactants)
