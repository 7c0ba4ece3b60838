"""A look at a file before libsbml works on it, whose recursions and expansions know no limit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NoReturn
from xml.parsers import expat

import libsbml

from ...model.numerals import read_number
from . import limits

#: What the arguments of a function stand for: formulas, and what theirs stand for.
Bound = Mapping[str, "tuple[libsbml.ASTNode, Bound]"]

#: Namespaces of SBML itself, attributes there that are numbers, and numbers of formulas.
SBML = re.compile(r"http://www\.sbml\.org/sbml/level[0-9](/version[0-9]+)?(/core)?")
NUMBER = "http://www.w3.org/1998/Math/MathML cn"
QUANTITIES = {
    "size", "spatialDimensions", "initialAmount", "initialConcentration", "stoichiometry", "value", "multiplier",
    "exponent", "scale",
}  # fmt: skip


class UnboundedError(Exception):
    """What is no XML, or asks for too much; says what."""


def check_xml(text: str) -> None:
    """Refuse what is no XML, brings entities, has too many elements, too deep ones, or numbers that are none.

    Raises
    ------
    UnboundedError
        With the line.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = elements = 0
    in_number = False

    def refuse(what: str) -> NoReturn:
        raise UnboundedError(f"line {parser.CurrentLineNumber}: {what}")

    def check_number(what: str, text: str) -> None:
        if not _is_number(text):
            refuse(f"{what} is {text.strip()[: limits.LONGEST_SHOWN]!r}; give a number, in decimal digits.")

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth, elements, in_number
        depth, elements, in_number = depth + 1, elements + 1, name == NUMBER
        if depth > limits.DEEPEST_NESTING:
            refuse(f"there are more than {limits.DEEPEST_NESTING} elements within each other; write it flatter.")
        if elements > limits.MOST_ELEMENTS:
            refuse(f"there are more than {limits.MOST_ELEMENTS} elements; divide the model.")
        given = QUANTITIES & attributes.keys()
        home, _, element = name.rpartition(" ")
        if given and SBML.fullmatch(home):
            for attribute in sorted(given):
                check_number(f"{attribute} of {element} {attributes.get('id', '')}".rstrip(), attributes[attribute])

    def end(_name: str) -> None:
        nonlocal depth, in_number
        depth, in_number = depth - 1, False

    def content(text: str) -> None:
        if in_number and text.strip():
            check_number("a number in a formula", text)

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, content
    parser.StartDoctypeDeclHandler = lambda *_: refuse("a document type is no part of SBML; remove it.")
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise UnboundedError(f"line {error.lineno}: this is no valid XML: {expat.ErrorString(error.code)}.") from None
    except LookupError as error:
        raise UnboundedError(f"line 1: this is no valid XML: {error}.") from None


def _is_number(text: str) -> bool:
    """Say whether a text is a number; libsbml takes hexadecimal ones, too, and reads others as far as it can."""
    try:
        read_number(text)
    except ValueError:
        return False
    return True


class Formulas:
    """The formulas of a model, as they are when functions and rules are written out; together they have a limit."""

    def __init__(self, model: libsbml.Model) -> None:
        self._functions = {function.getId(): function.getMath() for function in model.getListOfFunctionDefinitions()}
        self._rules = {rule.getVariable(): rule.getMath() for rule in model.getListOfRules()}
        self._left = limits.LONGEST_FORMULAS

    def check(self, formula: libsbml.ASTNode | None) -> None:
        """Refuse a formula that is too long or too deep, or has a factorial that may be of too large a number.

        Raises
        ------
        UnboundedError
            With the reason.
        """
        if formula is not None:
            self._walk(formula, {}, 1)

    def _walk(self, node: libsbml.ASTNode, bound: Bound, depth: int) -> None:
        self._left -= 1
        if depth > limits.DEEPEST_NESTING or self._left < 0:
            what = "too deep" if self._left >= 0 else "too long"
            raise UnboundedError(f"has a formula that is {what} when functions and rules are written out; shorten it.")
        kind, name = node.getType(), node.getName()
        if kind == libsbml.AST_FUNCTION_FACTORIAL:
            _check_factorial(node)
        if kind == libsbml.AST_FUNCTION_PIECEWISE and node.getNumChildren() > 2 * limits.MOST_STEPS + 1:
            raise UnboundedError(f"has a formula of more than {limits.MOST_STEPS} pieces; give fewer.")
        if kind == libsbml.AST_NAME and name in bound:
            self._walk(*bound[name], depth)
        elif kind == libsbml.AST_NAME and self._rules.get(name) is not None:
            self._walk(self._rules[name], {}, depth + 1)
        elif kind == libsbml.AST_FUNCTION and self._functions.get(name) is not None:
            *parameters, body = children_of(self._functions[name]) or [node]
            names = [parameter.getName() for parameter in parameters]
            arguments = [(argument, bound) for argument in children_of(node)]
            if len(arguments) != len(names):
                raise UnboundedError(
                    f"has a formula that gives {name!r} {len(arguments)} arguments, which takes {len(names)}; mend it."
                )
            self._walk(body, dict(zip(names, arguments, strict=True)), depth + 1)
        else:
            for child in children_of(node):
                self._walk(child, bound, depth + 1)


def _check_factorial(node: libsbml.ASTNode) -> None:
    """Refuse a factorial but of a small number: libsbml multiplies as often as it says."""
    of = node.getChild(0)
    if of is None or not of.isNumber() or of.getValue() not in range(limits.LARGEST_FACTORIAL + 1):
        raise UnboundedError(
            "has a formula with a factorial that is not of a whole number from 0 to "
            f"{limits.LARGEST_FACTORIAL}; write its value."
        )


def names_in(formula: libsbml.ASTNode) -> set[str]:
    """Return the names that a formula has."""
    own = {formula.getName()} if formula.isName() else set()
    return own.union(*map(names_in, children_of(formula)))


def children_of(node: libsbml.ASTNode) -> list[libsbml.ASTNode]:
    """Return what a formula is made of."""
    return [node.getChild(k) for k in range(node.getNumChildren())]
