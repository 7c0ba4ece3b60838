"""Kinetic laws, taken apart into products of rate constants, species and the compartment.

A law is a sum of terms, some of them subtracted. Terms are never cancelled against each other, so that a reversible
reaction keeps both its rates. Coefficients are arrays over the intervals of time between the steps of the law.
"""

from __future__ import annotations

import itertools
import operator
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce

import libsbml
import numpy as np
from numpy.typing import NDArray

from ...model import Schedule

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
#: Exponents of species and compartments.
Powers = frozenset[tuple[str, int]]
#: Coefficients >= 0 of the products that are added (False) and subtracted (True).
Terms = dict[tuple[Powers, bool], Floats]

RELATIONS: dict[int, Callable[[Floats, Floats], Bools]] = {
    libsbml.AST_RELATIONAL_LT: np.less,
    libsbml.AST_RELATIONAL_LEQ: np.less_equal,
    libsbml.AST_RELATIONAL_GT: np.greater,
    libsbml.AST_RELATIONAL_GEQ: np.greater_equal,
}
CONNECTIVES = {libsbml.AST_LOGICAL_AND: np.logical_and, libsbml.AST_LOGICAL_OR: np.logical_or}
POWERS = (libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER)
LARGEST_POWER = 20


class NotPolynomialError(Exception):
    """A law that is no sum of products; says why."""


@dataclass(frozen=True)
class Term:
    """One product of a law, per size of the compartment: coefficient x product of species."""

    coefficient: float | Schedule
    species: tuple[str, ...]
    subtracted: bool


class LawReader:
    """Takes the laws of a model apart.

    Parameters
    ----------
    model : libsbml.Model
        Whose parameters have values.
    compartment : libsbml.Compartment
        In which everything happens.
    """

    def __init__(self, model: libsbml.Model, compartment: libsbml.Compartment) -> None:
        self._model = model
        self._compartment, self._size = compartment.getId(), compartment.getSize()
        self._symbols = {self._compartment, *(species.getId() for species in model.getListOfSpecies())}
        self._rules = {rule.getVariable(): rule.getMath() for rule in model.getListOfRules()}
        libsbml.SBMLTransforms.mapComponentValues(model)

    def terms(self, law: libsbml.ASTNode) -> list[Term]:
        """Return the products that a law adds and subtracts.

        Raises
        ------
        NotPolynomialError
            If it is no sum of products of constants, powers of species and the compartment, and steps in time.
        """
        edges = np.array(sorted({0.0, *(time for time in self._edges(law) if time > 0.0)}))
        # Halfway through each interval "<" and "<=" say the same.
        self._times = np.append((edges[:-1] + edges[1:]) / 2, edges[-1] + 1.0)
        terms: Terms = {}
        for (powers, subtracted), values in self._read(law).items():
            terms = _plus(terms, {(self._without_compartment(powers), subtracted): self._per_size(powers, values)})
        return [self._to_term(powers, subtracted, edges, values) for (powers, subtracted), values in terms.items()]

    def _without_compartment(self, powers: Powers) -> Powers:
        return frozenset((name, exponent) for name, exponent in powers if name != self._compartment)

    def _per_size(self, powers: Powers, values: Floats) -> Floats:
        return values * self._size ** (dict(powers).get(self._compartment, 0) - 1)

    def _to_term(self, powers: Powers, subtracted: bool, edges: Floats, values: Floats) -> Term:
        if not np.all(np.isfinite(values)):
            raise NotPolynomialError("a number in it is missing, infinite or undefined")
        exponents = dict(sorted(powers))
        for name, exponent in exponents.items():
            if exponent < 0:
                raise NotPolynomialError(f"it divides by {name}")
        changed = np.append(True, values[1:] != values[:-1])
        coefficient = Schedule(edges[changed], values[changed]) if changed[1:].any() else float(values[0])
        species = tuple(name for name in exponents for _ in range(exponents[name]))
        return Term(coefficient, species, subtracted)

    def _edges(self, node: libsbml.ASTNode) -> Iterator[float]:
        """Yield the times at which conditions change."""
        if node.getType() in RELATIONS and self._depends_on_time(node):
            yield self._edge(node)
        else:
            for child in self._parts(node):
                yield from self._edges(child)

    def _edge(self, node: libsbml.ASTNode) -> float:
        sides = [child for child in _children(node) if child.getType() != libsbml.AST_NAME_TIME]
        if len(sides) != 1 or not self._is_constant(sides[0]):
            raise NotPolynomialError(f"the condition {_text(node)} does not hold time against a constant")
        return self._evaluate(sides[0])

    def _read(self, node: libsbml.ASTNode) -> Terms:
        kind = node.getType()
        if kind == libsbml.AST_NAME and node.getName() in self._rules:
            return self._read(self._rules[node.getName()])
        if self._is_constant(node):
            value = self._evaluate(node)
            return {(frozenset(), value < 0.0): np.full(self._times.shape, abs(value))}
        if kind == libsbml.AST_NAME:
            return {(frozenset({(node.getName(), 1)}), False): np.ones(self._times.shape)}
        if kind == libsbml.AST_FUNCTION_PIECEWISE:
            return self._piecewise(_children(node))
        if kind in POWERS:
            return self._power(*_children(node))
        parts = [self._read(child) for child in self._arithmetic(node)]
        if kind == libsbml.AST_TIMES:
            return reduce(_times, parts)
        if kind == libsbml.AST_DIVIDE:
            return _times(parts[0], _inverse(parts[1], node.getChild(1)))
        if kind == libsbml.AST_MINUS:
            return _negative(parts[0]) if len(parts) == 1 else _plus(parts[0], _negative(parts[1]))
        return reduce(_plus, parts)

    def _arithmetic(self, node: libsbml.ASTNode) -> list[libsbml.ASTNode]:
        if node.getType() not in (libsbml.AST_TIMES, libsbml.AST_DIVIDE, libsbml.AST_MINUS, libsbml.AST_PLUS):
            raise NotPolynomialError(f"{_text(node)} is no product")
        return _children(node)

    def _piecewise(self, children: list[libsbml.ASTNode]) -> Terms:
        """Read alternatives in time: each counts where its condition is the first that is true."""
        total: Terms = {}
        open_ = np.full(self._times.shape, True)
        for value, condition in itertools.zip_longest(children[::2], children[1::2]):
            here = open_ if condition is None else open_ & self._condition(condition)
            open_ = open_ & ~here
            total = _plus(total, {key: np.where(here, values, 0.0) for key, values in self._read(value).items()})
        if open_.any():
            raise NotPolynomialError("a piecewise function in it has no value at some times")
        return {key: values for key, values in total.items() if values.any()} or total

    def _condition(self, node: libsbml.ASTNode) -> Bools:
        kind, children = node.getType(), _children(node)
        if kind in CONNECTIVES:
            return reduce(CONNECTIVES[kind], map(self._condition, children))
        if kind == libsbml.AST_LOGICAL_NOT:
            return ~self._condition(children[0])
        if self._is_constant(node):
            return np.full(self._times.shape, bool(self._evaluate(node)))
        if kind not in RELATIONS or not self._depends_on_time(node):
            raise NotPolynomialError(f"the condition {_text(node)} does not hold time against a constant")
        left, right = (
            self._times if child.getType() == libsbml.AST_NAME_TIME else np.full(self._times.shape, self._edge(node))
            for child in children
        )
        return RELATIONS[kind](left, right)

    def _power(self, base: libsbml.ASTNode, exponent: libsbml.ASTNode) -> Terms:
        power = self._evaluate(exponent) if self._is_constant(exponent) else np.nan
        if not (power.is_integer() and 0 < abs(power) <= LARGEST_POWER):
            raise NotPolynomialError(f"{_text(base)} has the power {_text(exponent)}")
        factor = self._read(base) if power > 0 else _inverse(self._read(base), base)
        return reduce(_times, [factor] * int(abs(power)))

    def _evaluate(self, node: libsbml.ASTNode) -> float:
        return float(libsbml.SBMLTransforms.evaluateASTNode(node, self._model))

    def _is_constant(self, node: libsbml.ASTNode) -> bool:
        kind, name = node.getType(), node.getName()
        if kind == libsbml.AST_NAME_TIME:
            return False
        if kind in (libsbml.AST_FUNCTION_DELAY, libsbml.AST_FUNCTION_RATE_OF):
            raise NotPolynomialError(f"{_text(node)} is out of scope")
        if kind == libsbml.AST_NAME and name in self._symbols:
            return False
        return all(map(self._is_constant, self._parts(node)))

    def _depends_on_time(self, node: libsbml.ASTNode) -> bool:
        return node.getType() == libsbml.AST_NAME_TIME or any(map(self._depends_on_time, self._parts(node)))

    def _parts(self, node: libsbml.ASTNode) -> list[libsbml.ASTNode]:
        """Return what a node is made of: its children, or the rule that gives its value."""
        rule = self._rules.get(node.getName()) if node.getType() == libsbml.AST_NAME else None
        return _children(node) if rule is None else [rule]


def _children(node: libsbml.ASTNode) -> list[libsbml.ASTNode]:
    return [node.getChild(k) for k in range(node.getNumChildren())]


def _text(node: libsbml.ASTNode) -> str:
    return repr(libsbml.formulaToL3String(node))


def _plus(a: Terms, b: Terms) -> Terms:
    total = dict(a)
    for key, values in b.items():
        total[key] = total[key] + values if key in total else values
    return total


def _negative(a: Terms) -> Terms:
    return {(powers, not subtracted): values for (powers, subtracted), values in a.items()}


def _times(a: Terms, b: Terms) -> Terms:
    total: Terms = {}
    for left, right in itertools.product(a.items(), b.items()):
        (powers_a, minus_a), values_a = left
        (powers_b, minus_b), values_b = right
        key = (_join(powers_a, powers_b), operator.xor(minus_a, minus_b))
        total = _plus(total, {key: values_a * values_b})
    return total


def _join(a: Powers, b: Powers) -> Powers:
    exponents: Counter[str] = Counter(dict(a))
    for name, exponent in b:
        exponents[name] += exponent
    return frozenset((name, exponent) for name, exponent in exponents.items() if exponent)


def _inverse(a: Terms, node: libsbml.ASTNode) -> Terms:
    if len(a) != 1:
        raise NotPolynomialError(f"it divides by the sum {_text(node)}")
    [((powers, subtracted), values)] = a.items()
    if not np.all(values):
        raise NotPolynomialError(f"it divides by zero in {_text(node)}")
    return {(frozenset((name, -exponent) for name, exponent in powers), subtracted): 1.0 / values}
