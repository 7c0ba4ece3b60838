"""Kinetic laws, taken apart into products of rate constants, species and compartments.

A law is a sum of terms, some of them subtracted. Terms are never cancelled against each other, so that a reversible
reaction keeps both its rates. Coefficients are arrays over the intervals of time between the steps of the law.
"""

from __future__ import annotations

import itertools
import operator
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from math import prod
from textwrap import shorten

import libsbml
import numpy as np
from numpy.typing import NDArray

from ...model import Schedule
from . import limits
from .bounds import children_of
from .document import MESSAGE_LENGTH

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
OUT_OF_SCOPE = (libsbml.AST_FUNCTION_DELAY, libsbml.AST_FUNCTION_RATE_OF, libsbml.AST_UNKNOWN)
ARITHMETIC = (libsbml.AST_TIMES, libsbml.AST_DIVIDE, libsbml.AST_MINUS, libsbml.AST_PLUS)


class NotPolynomialError(Exception):
    """A law that is no sum of products, or no law that we can read; says why."""


@dataclass(frozen=True)
class Term:
    """One product of a law, per size of a compartment: coefficient x product of species."""

    coefficient: float | Schedule
    species: tuple[str, ...]
    subtracted: bool


class Node:
    """A part of a formula, with what is asked of it often."""

    def __init__(self, ast: libsbml.ASTNode, reader: LawReader) -> None:
        self.ast, self.kind, self.name = ast, ast.getType(), ast.getName()
        self._reader = reader

    @cached_property
    def children(self) -> list[Node]:
        """What an operator or a function is applied to."""
        return [Node(child, self._reader) for child in children_of(self.ast)]

    @cached_property
    def parts(self) -> list[Node]:
        """What it is made of: its children, or the rule that gives its value."""
        rule = self._reader.rule(self.name) if self.kind == libsbml.AST_NAME else None
        return self.children if rule is None else [rule]

    @cached_property
    def is_constant(self) -> bool:
        """Whether it depends on no species, on no compartment and not on time."""
        if self.kind in OUT_OF_SCOPE:
            raise NotPolynomialError(f"{self} is out of scope")
        if self.kind == libsbml.AST_NAME_TIME or (self.kind == libsbml.AST_NAME and self._reader.varies(self.name)):
            return False
        return all(part.is_constant for part in self.parts)

    @cached_property
    def depends_on_time(self) -> bool:
        """Whether time is a part of it."""
        return self.kind == libsbml.AST_NAME_TIME or any(part.depends_on_time for part in self.parts)

    def __str__(self) -> str:
        return repr(shorten(str(libsbml.formulaToL3String(self.ast)), MESSAGE_LENGTH))


class LawReader:
    """Takes the laws of a model apart.

    Parameters
    ----------
    model : libsbml.Model
        Whose parameters have values.
    compartments : sequence of libsbml.Compartment
        In which everything happens.
    """

    def __init__(self, model: libsbml.Model, compartments: Sequence[libsbml.Compartment]) -> None:
        self._model = model
        self._sizes = {compartment.getId(): np.float64(compartment.getSize()) for compartment in compartments}
        self._steps: Mapping[str, tuple[Floats, Floats]] = {}
        assigned = (
            part.getVariable() for event in model.getListOfEvents() for part in event.getListOfEventAssignments()
        )
        self._symbols = {*self._sizes, *(species.getId() for species in model.getListOfSpecies()), *assigned}
        self._rules = {rule.getVariable(): Node(rule.getMath(), self) for rule in model.getListOfRules()}
        libsbml.SBMLTransforms.mapComponentValues(model)

    def rule(self, name: str) -> Node | None:
        """Return the rule that gives a parameter or a species its value, if there is one."""
        return self._rules.get(name)

    def varies(self, name: str) -> bool:
        """Say whether a name is that of a species or a compartment, or of what events change."""
        return name in self._symbols

    def let_step(self, steps: Mapping[str, tuple[Floats, Floats]]) -> None:
        """Take over the parameters that step in time: times, increasing strictly from 0, and the value from each on."""
        self._steps = steps

    def terms(self, law: libsbml.ASTNode, home: str = "") -> list[Term]:
        """Return the products that a law adds and subtracts, per size of a compartment if one is named.

        Raises
        ------
        NotPolynomialError
            If it is no sum of products of constants, powers of species and compartments, and steps in time.
        """
        node, edges = Node(law, self), self._intervals(law)
        terms: Terms = {}
        with np.errstate(all="ignore"):
            for (powers, subtracted), values in self._read(node).items():
                _add(terms, (self._without_compartments(powers), subtracted), self._per_size(powers, values, home))
            return [self._to_term(powers, subtracted, edges, values) for (powers, subtracted), values in terms.items()]

    def _intervals(self, law: libsbml.ASTNode) -> Floats:
        """Read from now on what there is between the times at which a law changes; return where intervals begin."""
        edges = self.edges(law)
        # Halfway through each interval "<" and "<=" say the same.
        self._times = np.append((edges[:-1] + edges[1:]) / 2, edges[-1] + 1.0)
        return edges

    def edges(self, formula: libsbml.ASTNode) -> Floats:
        """Return the times at which conditions and parameters in a formula change, sorted, 0 before them.

        Raises
        ------
        NotPolynomialError
            If a condition does not hold time against a number, or there are too many.
        """
        edges = np.array(sorted({0.0, *(time for time in self._edges(Node(formula, self)) if time > 0.0)}))
        if edges.size > limits.MOST_STEPS:
            raise NotPolynomialError(f"it has more than {limits.MOST_STEPS} steps in time")
        return edges

    def truth(self, condition: libsbml.ASTNode, times: Floats) -> Bools:
        """Say at which times a condition is true.

        Raises
        ------
        NotPolynomialError
            If more than time decides.
        """
        self._times = times
        return self._condition(Node(condition, self))

    def constant(self, formula: libsbml.ASTNode) -> float | None:
        """Return the value of a formula, None if it depends on species, compartments or time, or is no number."""
        node = Node(formula, self)
        try:
            value = self._evaluate(node) if node.is_constant else np.nan
        except NotPolynomialError:
            return None
        return value if np.isfinite(value) else None

    def _without_compartments(self, powers: Powers) -> Powers:
        return frozenset((name, exponent) for name, exponent in powers if name not in self._sizes)

    def _per_size(self, powers: Powers, values: Floats, home: str) -> Floats:
        exponents = Counter(dict(powers))
        exponents[home] -= 1
        return values * prod(size ** exponents[name] for name, size in self._sizes.items())

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

    def _edges(self, node: Node) -> Iterator[float]:
        """Yield the times at which conditions change."""
        if node.kind in RELATIONS and node.depends_on_time:
            yield self._edge(node)
        elif node.kind == libsbml.AST_NAME and node.name in self._steps:
            yield from self._steps[node.name][0]
        else:
            for part in node.parts:
                yield from self._edges(part)

    def _edge(self, node: Node) -> float:
        sides = [child for child in node.children if child.kind != libsbml.AST_NAME_TIME]
        edge = self._evaluate(sides[0]) if len(sides) == 1 and sides[0].is_constant else np.nan
        if not np.isfinite(edge):
            raise NotPolynomialError(f"the condition {node} does not hold time against a number")
        return edge

    def _read(self, node: Node) -> Terms:
        kind = node.kind
        if node.is_constant:
            value = self._evaluate(node)
            return {(frozenset(), value < 0.0): np.full(self._times.shape, abs(value))}
        if kind == libsbml.AST_NAME and node.name in self._steps:
            return self._stepping(node.name)
        if kind == libsbml.AST_NAME:
            rule = self.rule(node.name)
            one = np.ones(self._times.shape)
            return {(frozenset({(node.name, 1)}), False): one} if rule is None else self._read(rule)
        if kind == libsbml.AST_FUNCTION_PIECEWISE:
            return self._piecewise(node.children)
        if kind in POWERS:
            return self._power(*node.children)
        if kind not in ARITHMETIC:
            raise NotPolynomialError(f"{node} is no product")
        parts = [self._read(child) for child in node.children]
        if kind == libsbml.AST_TIMES:
            return reduce(_times, parts)
        if kind == libsbml.AST_DIVIDE:
            return _times(parts[0], _inverse(parts[1], node.children[1]))
        if kind == libsbml.AST_MINUS:
            return _negative(parts[0]) if len(parts) == 1 else _plus(parts[0], _negative(parts[1]))
        return reduce(_plus, parts)

    def _stepped(self, name: str) -> Floats:
        """Return what a parameter that steps in time is in each interval."""
        times, values = self._steps[name]
        return values[np.searchsorted(times, self._times, side="right") - 1]

    def _stepping(self, name: str) -> Terms:
        """Read a parameter that steps in time, and may change its sign."""
        now = self._stepped(name)
        constant: Powers = frozenset()
        below = {(constant, True): np.maximum(-now, 0.0)} if (now < 0.0).any() else {}
        return {(constant, False): np.maximum(now, 0.0), **below} if (now > 0.0).any() or not below else below

    def _pieces(self, children: Sequence[Node]) -> Iterator[tuple[Node, Bools]]:
        """Yield alternatives in time: each counts where its condition is the first that is true."""
        open_ = np.full(self._times.shape, True)
        for value, condition in itertools.zip_longest(children[::2], children[1::2]):
            here = open_ if condition is None else open_ & self._condition(condition)
            open_ = open_ & ~here
            yield value, here
        if open_.any():
            raise NotPolynomialError("a piecewise function in it has no value at some times")

    def _piecewise(self, children: Sequence[Node]) -> Terms:
        total: Terms = {}
        for value, here in self._pieces(children):
            total = _plus(total, {key: np.where(here, values, 0.0) for key, values in self._read(value).items()})
        return {key: values for key, values in total.items() if values.any()} or total

    def _condition(self, node: Node) -> Bools:
        if node.kind in CONNECTIVES:
            nothing = np.full(self._times.shape, node.kind == libsbml.AST_LOGICAL_AND)
            return reduce(CONNECTIVES[node.kind], map(self._condition, node.children), nothing)
        if node.kind == libsbml.AST_LOGICAL_NOT:
            return ~self._condition(node.children[0])
        if node.is_constant and node.ast.isBoolean():
            return np.full(self._times.shape, bool(self._evaluate(node)))
        if node.kind not in RELATIONS or not node.depends_on_time:
            raise NotPolynomialError(f"the condition {node} does not hold time against a number")
        left, right = (
            self._times if child.kind == libsbml.AST_NAME_TIME else np.full(self._times.shape, self._edge(node))
            for child in node.children
        )
        return RELATIONS[node.kind](left, right)

    def _power(self, base: Node, exponent: Node) -> Terms:
        power = self._evaluate(exponent) if exponent.is_constant else np.nan
        if not (power.is_integer() and 0 < abs(power) <= limits.LARGEST_POWER):
            raise NotPolynomialError(f"{base} has the power {exponent}")
        factor = self._read(base) if power > 0 else _inverse(self._read(base), base)
        return reduce(_times, [factor] * int(abs(power)))

    def _evaluate(self, node: Node) -> float:
        return float(libsbml.SBMLTransforms.evaluateASTNode(node.ast, self._model))


def _add(terms: Terms, key: tuple[Powers, bool], values: Floats) -> None:
    """Add a product to others, in place."""
    terms[key] = terms[key] + values if key in terms else values
    if len(terms) > limits.MOST_PRODUCTS or len(terms) * values.size > limits.MOST_COEFFICIENTS:
        raise NotPolynomialError(f"it has more than {limits.MOST_PRODUCTS} terms, or too many steps in time for them")


def _plus(a: Terms, b: Terms) -> Terms:
    total = dict(a)
    for key, values in b.items():
        _add(total, key, values)
    return total


def _negative(a: Terms) -> Terms:
    return {(powers, not subtracted): values for (powers, subtracted), values in a.items()}


def _times(a: Terms, b: Terms) -> Terms:
    total: Terms = {}
    for left, right in itertools.product(a.items(), b.items()):
        (powers_a, minus_a), values_a = left
        (powers_b, minus_b), values_b = right
        _add(total, (_join(powers_a, powers_b), operator.xor(minus_a, minus_b)), values_a * values_b)
    return total


def _join(a: Powers, b: Powers) -> Powers:
    exponents: Counter[str] = Counter(dict(a))
    for name, exponent in b:
        exponents[name] += exponent
        if abs(exponents[name]) > limits.LARGEST_POWER:
            raise NotPolynomialError(f"{name!r} has a power above {limits.LARGEST_POWER}")
    return frozenset((name, exponent) for name, exponent in exponents.items() if exponent)


def _inverse(a: Terms, node: Node) -> Terms:
    if len(a) != 1:
        raise NotPolynomialError(f"it divides by the sum {node}")
    [((powers, subtracted), values)] = a.items()
    if not np.all(values):
        raise NotPolynomialError(f"it divides by zero in {node}")
    return {(frozenset((name, -exponent) for name, exponent in powers), subtracted): 1.0 / values}
