"""Kinetic laws that are formulas: Michaelis and Menten's, Hill's, or any other."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import checks, expressions
from .arguments import checked
from .equation import LONGEST_SHOWN, Term
from .errors import ModelError
from .expressions import Constant, Tree, evaluated, leaves, replaced, written
from .schedule import Schedule
from .species import NAME


@checked
@dataclass(frozen=True)
class Formula:
    """v = a formula of concentrations: one event with one rate.

    The rate of the event is the value of the formula as it stands: in ``k*A^2`` a molecule counts with itself. A run in
    which it falls below zero, or is no number, breaks off.

    Parameters
    ----------
    text : str
        In uM/s, e.g. ``"Vmax*KP/(Km + KP)"`` or ``"k*Ca[inside]^n/(K^n + Ca[inside]^n)"``: names of species, which are
        concentrations in uM, those of constants, numbers, ``+ - * / ^`` (or ``**``), brackets, and the functions
        exp, log (to the base e), sqrt, abs, min and max.
    constants : mapping of str to float or Schedule
        What other names than those of species stand for.

    Raises
    ------
    ReactionSyntaxError
        If the formula does not parse; the message names the place.
    ModelError
        If a constant is no number, has no name, or is not in the formula.
    """

    text: str
    constants: Mapping[str, float | Schedule] = field(default_factory=dict)

    def __post_init__(self) -> None:
        used = {str(leaf) for leaf in leaves(self.expression)}
        for name, value in self.constants.items():
            if not NAME.match(name):
                raise ModelError(f"Formula {self.shown}: the constant {name!r} has no name of letters, digits and _.")
            checks.one_of(f"Formula {self.shown}: to it the constant", name, used)
            if not isinstance(value, Schedule):
                checks.finite(f"Formula {self.shown}: constant {name!r}", value)
        try:
            _ = self.resolved
        except ModelError as error:
            raise ModelError(f"Formula {self.shown}: with its constants {error}; give others.") from None

    @cached_property
    def expression(self) -> Tree:
        """What the text says, of `Term` and `Constant`."""

        def symbol(leaf: Term) -> Term | Constant:
            name = str(leaf)
            return Constant(name) if name in self.constants else leaf

        return replaced(expressions.read(self.text), symbol)

    @cached_property
    def resolved(self) -> Tree:
        """The expression with the values of its constants, of `Term` and `Schedule`."""

        def value(leaf: Term | Constant) -> Term | Schedule | float:
            if isinstance(leaf, Term):
                return leaf
            found = self.constants[leaf.name]
            return found if isinstance(found, Schedule) else float(found)

        return replaced(self.expression, value)

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """The molecules whose concentrations it depends on, each once."""
        return tuple(dict.fromkeys(leaf for leaf in leaves(self.expression) if isinstance(leaf, Term)))

    @property
    def order(self) -> int:
        """Kinetic order of its unit: it is the rate itself, in uM/s."""
        return 0

    def scaled(self, factor: float) -> Formula:
        """Return the law times a factor."""
        return Formula(written(expressions.product(float(factor), self.expression)), self.constants)

    def value(self, concentrations: Mapping[str, ArrayLike], time: float = 0.0) -> NDArray[np.float64]:
        """Return v (uM/s).

        Parameters
        ----------
        concentrations : mapping of str to array_like
            uM, of each molecule under the name that it has in the formula; arrays of one shape, or numbers.
        time : float
            Seconds, for constants that change in time.

        Raises
        ------
        ModelError
            If a concentration is missing.
        """
        for term in self.terms:
            checks.one_of(f"Formula {self.shown}: concentration of", str(term), set(concentrations))
        return evaluated(
            self.resolved, lambda leaf: leaf.at(time) if isinstance(leaf, Schedule) else concentrations[str(leaf)]
        )

    @property
    def shown(self) -> str:
        """The text as messages show it."""
        return repr(self.text if len(self.text) <= LONGEST_SHOWN else f"{self.text[:LONGEST_SHOWN]}...")

    def __str__(self) -> str:
        return self.text


def check_names(formula: Formula, reaction: str, species: Collection[str]) -> None:
    """Refuse names in the law of a reaction that are neither of species nor of constants, or of both.

    Raises
    ------
    ModelError
        With the place of the first.
    """
    what = f"Reaction {reaction!r}: in the formula {formula.shown}"
    for term in formula.terms:
        if term.species not in species:
            column = 1 + next(re.finditer(rf"\b{term.species}\b", formula.text)).start()
            known = {*species, *formula.constants}
            checks.one_of(f"{what}, column {column}, the species or constant", term.species, known)
    for name in formula.constants:
        if name in species:
            raise ModelError(f"{what} {name!r} is a constant, and a species has this name; rename one of them.")
