"""Kinetic laws that are no polynomials, as formulas, and their division into the two directions of a reaction."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import libsbml
import numpy as np

from ...model import Formula, ModelError, Schedule, Step, Term
from ...model.expressions import (
    Constant,
    Operation,
    Tree,
    evaluated,
    operation,
    product,
    quotient,
    replaced,
    total,
    written,
)
from .laws import ARITHMETIC, POWERS, Floats, LawReader, Node, NotPolynomialError

#: An expression of `Term` and `Schedule`.
Law: TypeAlias = Tree
#: Says whether a part of a law is the rate of the reverse.
IsReverse = Callable[[Law], bool]

FUNCTIONS = {
    libsbml.AST_FUNCTION_EXP: "exp", libsbml.AST_FUNCTION_LN: "log", libsbml.AST_FUNCTION_ABS: "abs",
    libsbml.AST_FUNCTION_MIN: "min", libsbml.AST_FUNCTION_MAX: "max",
}  # fmt: skip
#: How often it is tried out, at random concentrations, whether a law vanishes without a species.
TRIALS = 4


@dataclass(frozen=True)
class Symbols:
    """What the symbols of a file are in our units.

    Parameters
    ----------
    concentration : callable
        Takes the id of a species, returns what stands for it: its concentration in uM times a factor.
    sizes : mapping of str to float
        Of the compartments, in the unit of the file.
    home : str
        The compartment in whose size a law is an amount per time.
    per_size : float
        What a law that is divided by the size is multiplied by to be in uM/s.
    time : float
        The unit of time (s).
    """

    concentration: Callable[[str], Law]
    sizes: Mapping[str, float]
    home: str
    per_size: float
    time: float


class FormulaReader(LawReader):
    """Reads laws as polynomials, and others as formulas."""

    def formula(self, law: libsbml.ASTNode, symbols: Symbols) -> Law:
        """Return v (uM/s).

        Raises
        ------
        NotPolynomialError
            If the law changes smoothly in time, has conditions on species, or functions that we have not.
        """
        node = Node(law, self)
        self._in_our_units, self._begins = symbols, self._intervals(law)
        try:
            found = self._without_size(node)
            if found is None:
                found = quotient(self._tree(node), symbols.sizes[symbols.home])
            return product(symbols.per_size, found)
        except ModelError as error:
            raise NotPolynomialError(f"a number in it is missing, infinite or undefined: {error}") from None

    def _without_size(self, node: Node) -> Law | None:
        """Return a law divided by the size of the compartment, None if that is no factor of it."""
        if node.kind == libsbml.AST_NAME and node.name == self._in_our_units.home:
            return 1.0
        if node.kind not in ARITHMETIC:
            return None
        first, *others = node.children
        if node.kind == libsbml.AST_DIVIDE:
            above = self._without_size(first)
            return None if above is None else quotient(above, self._tree(others[0]))
        if node.kind == libsbml.AST_TIMES:
            for k, child in enumerate(node.children):
                found = self._without_size(child)
                if found is not None:
                    return product(
                        found, *(self._tree(other) for other in (*node.children[:k], *node.children[k + 1 :]))
                    )
            return None
        parts = [self._without_size(child) for child in node.children]
        known = [part for part in parts if part is not None]
        return _arithmetic(node.kind, known) if len(known) == len(parts) else None

    def _tree(self, node: Node) -> Law:
        kind = node.kind
        if node.is_constant:
            value = self._evaluate(node)
            if not math.isfinite(value):
                raise NotPolynomialError("a number in it is missing, infinite or undefined")
            return value
        if kind == libsbml.AST_NAME:
            return self._symbol(node)
        if kind == libsbml.AST_FUNCTION_PIECEWISE:
            return self._alternatives(node.children)
        if kind == libsbml.AST_NAME_TIME:
            raise NotPolynomialError(f"{node} changes smoothly, and laws change in time by steps")
        parts = [self._tree(child) for child in node.children]
        if kind in ARITHMETIC:
            return _arithmetic(kind, parts)
        if kind in POWERS:
            return operation("^", *parts)
        if kind == libsbml.AST_FUNCTION_ROOT:
            degree, of = parts
            return operation("sqrt", of) if degree == 2.0 else operation("^", of, quotient(1.0, degree))
        if kind == libsbml.AST_FUNCTION_LOG:
            return quotient(operation("log", parts[1]), operation("log", parts[0]))
        if kind in FUNCTIONS:
            return operation(FUNCTIONS[kind], *parts)
        raise NotPolynomialError(f"{node} is no function that a formula can have")

    def _symbol(self, node: Node) -> Law:
        rule = self.rule(node.name)
        if rule is not None:
            return self._tree(rule)
        if node.name in self._steps:
            return total(self._signed(self._stepped(node.name)) or [0.0])
        symbols = self._in_our_units
        return symbols.sizes[node.name] if node.name in symbols.sizes else symbols.concentration(node.name)

    def _alternatives(self, children: Sequence[Node]) -> Law:
        """Read alternatives in time: the sum of all, each times 1 where it counts and 0 elsewhere."""
        parts, numbers = [], np.zeros(self._begins.shape)
        for value, here in self._pieces(children):
            tree = self._tree(value)
            if isinstance(tree, float):
                numbers += np.where(here, tree, 0.0)
            elif here.any():
                parts.append(product(self._schedule(here.astype(np.float64)), tree))
        return total([*parts, *self._signed(numbers)] or [0.0])

    def _signed(self, numbers: Floats) -> list[Law]:
        """Return numbers in the intervals as what is added, and subtracted, of schedules; neither if all are zero."""
        above, below = self._schedule(np.maximum(numbers, 0.0)), self._schedule(np.maximum(-numbers, 0.0))
        return [*([] if above == 0.0 else [above]), *([] if below == 0.0 else [operation("-", below)])]

    def _schedule(self, values: Floats) -> float | Schedule:
        changed = np.append(True, values[1:] != values[:-1])
        if not changed[1:].any():
            return float(values[0])
        return Schedule(self._begins[changed] * self._in_our_units.time, values[changed])


def _arithmetic(kind: int, parts: Sequence[Law]) -> Law:
    if kind == libsbml.AST_TIMES:
        return product(*parts)
    if kind == libsbml.AST_DIVIDE:
        return quotient(*parts)
    if kind == libsbml.AST_MINUS:
        return operation("-", *parts) if len(parts) == 1 else total([parts[0], operation("-", parts[1])])
    return total(list(parts))


def as_formula(law: Law, taken: Collection[str]) -> Formula:
    """Return a law as a formula, with names for what changes in time that nothing else has."""
    names: dict[Schedule, str] = {}
    free = (name for k in itertools.count(1) if (name := f"step_{k}") not in taken)

    def named(leaf: Term | Schedule) -> Term | Constant:
        if isinstance(leaf, Term):
            return leaf
        return Constant(names[leaf] if leaf in names else names.setdefault(leaf, next(free)))

    text = written(replaced(law, named))
    return Formula(text, {name: schedule for schedule, name in names.items()})


def directions_of(law: Law, left: Sequence[str], right: Sequence[str]) -> tuple[Law | None, Law | None]:
    """Divide a law into the rates of the two directions of a reversible reaction, None where there is none.

    What is subtracted, of the law or of a factor or a numerator in it, is the rate of the reverse if it vanishes where
    something that the reverse takes is missing, but not where something that the reaction takes is.

    Parameters
    ----------
    law : expression
        v (uM/s).
    left, right : sequence of str
        Names of what the reaction takes and makes.
    """

    def is_reverse(part: Law) -> bool:
        if not all(_vanishes_without(name, part) for name in set(right)):
            return False
        return not left or not all(_vanishes_without(name, part) for name in set(left))

    ahead, back = _divided(law, is_reverse)
    return (total(ahead) if ahead else None), (total(back) if back else None)


def are_told_apart(ahead: Step, back: Step) -> bool:
    """Say whether the rates of two steps that undo each other are found again in their difference."""
    if not (isinstance(ahead.law, Formula) and isinstance(back.law, Formula)):
        return False
    laws = ahead.law.resolved, back.law.resolved
    left, right = ([term.species for term in terms] for terms in (ahead.reactants, ahead.products))
    return directions_of(total([laws[0], operation("-", laws[1])]), left, right) == laws


def _divided(law: Law, is_reverse: IsReverse) -> tuple[list[Law], list[Law]]:
    """Return what a law adds, or subtracts as part of that, and what it subtracts as the rate of the reverse."""
    match law:
        case Operation("-", (part,)):
            return ([], [part]) if is_reverse(part) else ([law], [])
        case Operation("+", parts):
            sides = [_divided(part, is_reverse) for part in parts]
            return [one for ahead, _ in sides for one in ahead], [one for _, back in sides for one in back]
        case Operation("*", parts):
            for k, part in enumerate(parts):
                before, after = parts[:k], parts[k + 1 :]
                ahead, back = _within(part, is_reverse, partial(_between, before, after))
                if back:
                    return ahead, back
        case Operation("/", (above, below)):
            ahead, back = _within(above, is_reverse, lambda one: quotient(one, below))
            if back:
                return ahead, back
    return [law], []


def _between(before: Sequence[Law], after: Sequence[Law], factor: Law) -> Law:
    return product(*before, factor, *after)


def _within(part: Law, is_reverse: IsReverse, whole: Callable[[Law], Law]) -> tuple[list[Law], list[Law]]:
    """Divide a law by one of its factors."""
    ahead, back = _divided(part, lambda one: is_reverse(whole(one)))
    return [whole(total(ahead))] if ahead else [], [whole(total(back))] if back else []


def _vanishes_without(name: str, law: Law) -> bool:
    rng, drawn = np.random.default_rng(1), {name: np.zeros(TRIALS)}

    def value(leaf: Term | Schedule) -> Floats:
        if isinstance(leaf, Schedule):
            return np.full(TRIALS, max(leaf.values))
        return drawn.setdefault(leaf.species, rng.uniform(0.1, 10.0, TRIALS))

    return bool((evaluated(law, value) == 0.0).all())


def is_subtracted(law: Law | None) -> bool:
    """Say whether a law is nothing, or something subtracted from nothing."""
    match law:
        case Operation("+", parts):
            return all(map(is_subtracted, parts))
        case float():
            return law <= 0.0
        case Operation("-") | None:
            return True
    return False
