"""Kinetic laws: how the rate of a reaction depends on concentrations."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import TypeVar

import numpy as np

from . import checks
from .arguments import checked
from .equation import Term, parse_side
from .errors import ModelError
from .formula import Formula
from .schedule import Schedule

Rate = float | Schedule
R = TypeVar("R", Rate, "Rate | Polynomial | Formula")
#: Molecules, with their sides, and how often each multiplies.
Powers = frozenset[tuple[str, int]]

#: Coefficients whose relative difference is less are equal: programs write numbers with 10 digits or more.
SAME = 1e-9


@dataclass(frozen=True)
class MassAction:
    """v = rate x product of concentrations, each of another molecule.

    Parameters
    ----------
    terms : tuple of Term
        The molecules whose concentrations multiply, with repetition.
    """

    terms: tuple[Term, ...]

    @property
    def order(self) -> int:
        """Kinetic order: the number of concentrations that multiply."""
        return len(self.terms)


@dataclass(frozen=True)
class Product:
    """One part of a polynomial: coefficient x product of concentrations.

    Parameters
    ----------
    coefficient : float or Schedule
        >= 0, in powers of uM and 1/s.
    terms : tuple of Term
        The molecules whose concentrations multiply, with repetition.
    subtracted : bool
        Whether the law has it with a minus.
    """

    coefficient: Rate
    terms: tuple[Term, ...]
    subtracted: bool

    @property
    def powers(self) -> Powers:
        """Molecules, with their sides, and how often each multiplies."""
        return frozenset(Counter(map(str, self.terms)).items())


@checked
@dataclass(frozen=True)
class Polynomial:
    """v = a sum of products of concentrations, of which some are subtracted: one event with one rate.

    The rate of the event is the value of the law as it stands: k [A]^2 counts a molecule with itself, k [A] ([A] - a),
    where a is the concentration of one molecule, does not. A run in which the law falls below zero breaks off.

    Parameters
    ----------
    added, subtracted : mapping of str to float or Schedule
        Coefficients >= 0, in uM/s, 1/s, 1/(uM s) and so on, by what they multiply: ``{"2 A + B": 0.5, "A": 3.0}``;
        ``"0"`` is a constant.

    Raises
    ------
    ReactionSyntaxError
        If a product does not parse.
    ModelError
        If nothing is added, or a coefficient is negative or no number.
    """

    added: Mapping[str, Rate]
    subtracted: Mapping[str, Rate] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.added:
            raise ModelError("Polynomial: nothing is added, so that it is never above zero; give a product to add.")
        for product in self.products:
            if not isinstance(product.coefficient, Schedule):
                what = " + ".join(map(str, product.terms)) or "0"
                checks.finite(f"Polynomial: coefficient of {what!r}", product.coefficient, minimum=0.0)

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """All products, those that are subtracted last."""
        return tuple(
            Product(coefficient, parse_side(text), subtracted)
            for part, subtracted in ((self.added, False), (self.subtracted, True))
            for text, coefficient in part.items()
        )

    @property
    def terms(self) -> tuple[Term, ...]:
        """The molecules of all products."""
        return tuple(term for product in self.products for term in product.terms)

    @property
    def order(self) -> int:
        """Kinetic order: the largest number of concentrations that multiply."""
        return max(len(product.terms) for product in self.products)

    def scaled(self, factor: float) -> Polynomial:
        """Return the law with every coefficient multiplied."""
        return Polynomial(
            *({text: scaled(rate, factor) for text, rate in part.items()} for part in (self.added, self.subtracted))
        )

    def as_mass_action(self, molecules_per_uM: float) -> tuple[Rate, MassAction] | None:
        """Return the rate constant and law of mass action that this is for whole molecules, None if it is none.

        k [A] ([A] - a), where a is the concentration of one molecule, is k [A]^2 of pairs of different molecules.

        Parameters
        ----------
        molecules_per_uM : float
            Molecules in the volume at 1 uM.
        """
        lead = max(self.products, key=lambda product: len(product.terms))
        if prod(n for _, n in lead.powers) != len(self.products):
            return None
        expected, found = falling(lead.powers), {product.powers: product for product in self.products}
        if found.keys() != expected.keys():
            return None
        for powers, number in expected.items():
            product = found[powers]
            factor = abs(number) * molecules_per_uM ** (len(product.terms) - len(lead.terms))
            if product.subtracted != (number < 0) or not same(product.coefficient, scaled(lead.coefficient, factor)):
                return None
        return lead.coefficient, MassAction(lead.terms)

    def __str__(self) -> str:
        parts = [
            ("- " if product.subtracted else "+ ")
            + " ".join([rate_text(product.coefficient), *(f"[{term}]" for term in product.terms)])
            for product in self.products
        ]
        return " ".join(parts).removeprefix("+ ")


#: Laws that are v themselves, whatever the reactants are.
OwnLaw = Polynomial | Formula


def falling(powers: Powers) -> dict[Powers, int]:
    """Return the polynomial n (n - 1) ... m (m - 1) ... of numbers n, m ..., each with as many factors as its power.

    Returns
    -------
    dict
        Powers of the numbers -> coefficient, none of which is 0.
    """
    choices = []
    for name, n in powers:
        coefficients = np.rint(np.poly(np.arange(n))).astype(int).tolist()
        choices.append([(name, n - k, c) for k, c in enumerate(coefficients) if c])
    return {
        frozenset((name, power) for name, power, _ in choice): prod(c for _, _, c in choice)
        for choice in itertools.product(*choices)
    }


def scaled(rate: R, factor: float) -> R:
    """Return a rate or a law, times a factor."""
    return rate.scaled(factor) if isinstance(rate, Schedule | Polynomial | Formula) else rate * factor


def same(a: Rate, b: Rate) -> bool:
    """Say whether two rates are equal at all times, but for rounding."""
    times_a, values_a = _steps(a)
    times_b, values_b = _steps(b)
    return times_a == times_b and np.allclose(values_a, values_b, rtol=SAME, atol=0.0)


def _steps(rate: Rate) -> tuple[list[float], list[float]]:
    return (list(rate.times), list(rate.values)) if isinstance(rate, Schedule) else ([0.0], [rate])


def rate_text(rate: Rate | OwnLaw) -> str:
    """Write a rate or a law; of a rate that changes in time the range."""
    if isinstance(rate, Schedule):
        return f"{min(rate.values):.4g} to {max(rate.values):.4g} in time"
    return str(rate) if isinstance(rate, OwnLaw) else f"{rate:.6g}"


def rate_unit(order: int) -> str:
    """Return the unit of a rate of a kinetic order, of molecules in a volume."""
    return {0: "uM/s", 1: "1/s", 2: "1/(uM s)"}.get(order, f"1/(uM^{order - 1} s)")
