"""Trees of concentrations and constants: read with a grammar, written, evaluated."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, reduce
from importlib.resources import files
from typing import Any, TypeAlias

import numpy as np
from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, UnexpectedToken, VisitError
from numpy.typing import ArrayLike, NDArray

from .equation import LONGEST_SHOWN, Term
from .errors import ModelError, ReactionSyntaxError

#: What has a value: a molecule, a constant, whatever an expression is made of.
Leaf: TypeAlias = Any
#: An expression: a number, a leaf, or an `Operation`.
Tree: TypeAlias = Any
#: Characters of an expression, and how many of its operations may be within each other.
LONGEST, DEEPEST = 100_000, 200
EXAMPLE = '"Vmax*KP/(Km + KP)"'

#: What operations do; ``-`` has one operand: a - b is the sum of a and -b.
OPERATIONS: Mapping[str, np.ufunc] = {
    "+": np.add, "-": np.negative, "*": np.multiply, "/": np.divide, "^": np.power,
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "abs": np.abs, "min": np.minimum, "max": np.maximum,
}  # fmt: skip
FUNCTIONS = tuple(name for name in OPERATIONS if name.isalpha())
#: Operations of any number of operands.
OF_MANY = ("+", "*", "min", "max")


@dataclass(frozen=True)
class Constant:
    """A name that stands for a number, or for one that changes in time."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Operation:
    """An operation or function and what it is applied to."""

    name: str
    parts: tuple[Tree, ...]
    depth: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        depth = 1 + max(part.depth if isinstance(part, Operation) else 0 for part in self.parts)
        if depth > DEEPEST:
            raise ModelError(f"more than {DEEPEST} operations are within each other")
        object.__setattr__(self, "depth", depth)


def operation(name: str, *parts: Tree) -> Tree:
    """Return an operation, or its value if it is one of numbers.

    Raises
    ------
    ModelError
        If that is no finite number, or operations are nested too deep.
    """
    if name in OF_MANY and len(parts) == 1:
        return parts[0]
    made = Operation(name, parts)
    if all(isinstance(part, float) for part in parts):
        value = float(evaluated(made, _no_value))
        if math.isfinite(value):
            return value
    elif name != "/" or parts[1] != 0.0:
        return made
    raise ModelError(f"{written(made)} is no finite number")


def _no_value(leaf: object) -> float:
    raise TypeError(f"{leaf} has no value")


def total(parts: list[Tree]) -> Tree:
    """Return a sum, in one level."""
    return operation("+", *_flat("+", parts))


def product(*factors: Tree) -> Tree:
    """Return a product, in one level, with its sign and one number in front of it."""
    sign = 1.0
    flat: list[Tree] = []
    for factor in _flat("*", list(factors)):
        match factor:
            case Operation("-", (part,)):
                sign = -sign
                flat += _flat("*", [part])
            case _:
                flat.append(factor)
    number = math.prod((factor for factor in flat if isinstance(factor, float)), start=sign)
    if not math.isfinite(number):
        raise ModelError(f"the product of its numbers, {number:g}, is no finite number")
    others = [factor for factor in flat if not isinstance(factor, float)]
    if not others:
        return number
    size = operation("*", *others) if abs(number) == 1.0 else operation("*", abs(number), *others)
    return size if number >= 0.0 else operation("-", size)


def quotient(above: Tree, below: Tree) -> Tree:
    """Return a quotient, with the sign and the number that it begins with in front of it."""
    if isinstance(above, Operation) and above.name == "-":
        return operation("-", quotient(above.parts[0], below))
    number, *others = _flat("*", [above])
    if not isinstance(number, float):
        number, others = 1.0, [above]
    if isinstance(below, float):
        return product(operation("/", number, below), *others)
    return product(number, operation("/", product(*others), below))


def _flat(name: str, parts: list[Tree]) -> list[Tree]:
    found: list[Tree] = []
    for part in parts:
        found += part.parts if isinstance(part, Operation) and part.name == name else (part,)
    return found


def leaves(tree: Tree) -> Iterator[Leaf]:
    """Yield what an expression is made of but for numbers, with repetition."""
    if isinstance(tree, Operation):
        for part in tree.parts:
            yield from leaves(part)
    elif not isinstance(tree, float):
        yield tree


def replaced(tree: Tree, by: Callable[[Leaf], Tree]) -> Tree:
    """Return an expression with something else for each leaf."""
    if isinstance(tree, Operation):
        return operation(tree.name, *(replaced(part, by) for part in tree.parts))
    return tree if isinstance(tree, float) else by(tree)


def evaluated(tree: Tree, value: Callable[[Leaf], ArrayLike]) -> NDArray[np.float64]:
    """Return the value of an expression; it is not finite where a formula has none."""
    if not isinstance(tree, Operation):
        return np.asarray(tree if isinstance(tree, float) else value(tree), dtype=np.float64)
    with np.errstate(all="ignore"):
        parts = [evaluated(part, value) for part in tree.parts]
        made = OPERATIONS[tree.name]
        return np.asarray(made(*parts) if made.nin == 1 else reduce(made, parts))


SUM, PRODUCT, SIGN, ATOM = range(4)


def written(tree: Tree) -> str:
    """Write an expression as it is read."""
    return _written(tree, SUM)


def _written(tree: Tree, within: int) -> str:
    """Write a part of an expression, in brackets if it binds less than what is asked for."""
    text, binds = _with_binding(tree)
    return text if binds >= within else f"({text})"


def _with_binding(tree: Tree) -> tuple[str, int]:
    match tree:
        case float():
            return repr(tree).removesuffix(".0"), ATOM if math.copysign(1.0, tree) > 0 else SIGN
        case Operation("+", (first, *others)):
            return _written(first, PRODUCT) + "".join(map(_addend, others)), SUM
        case Operation("-", (part,)):
            return f"-{_written(part, SIGN)}", SIGN
        case Operation("*", (first, *others)):
            return "*".join([_written(first, PRODUCT), *(_written(part, SIGN) for part in others)]), PRODUCT
        case Operation("/", (above, below)):
            return f"{_written(above, PRODUCT)}/{_written(below, SIGN)}", PRODUCT
        case Operation("^", (base, exponent)):
            return f"{_written(base, ATOM)}^{_written(exponent, SIGN)}", SIGN
        case Operation(name, parts):
            return f"{name}({', '.join(map(written, parts))})", ATOM
    return str(tree), ATOM


def _addend(part: Tree) -> str:
    if isinstance(part, Operation) and part.name == "-":
        return f" - {_written(part.parts[0], PRODUCT)}"
    text = _written(part, PRODUCT)
    return f" - {text[1:]}" if text.startswith("-") else f" + {text}"


class _ToTree(Transformer[Token, Any]):
    """Makes expressions of what the grammar finds; all names are those of molecules."""

    def number(self, children: list[Token]) -> float:
        [token] = children
        value = float(token)
        if not math.isfinite(value):
            raise ModelError(f"{token} at column {token.column} is no finite number")
        return value

    def symbol(self, children: list[Token | None]) -> Term:
        name, side = children
        return Term(str(name), str(side) if side else None)

    def call(self, children: list[Any]) -> Tree:
        name, *parts = children
        where = f"{name} at column {name.column}"
        if name not in FUNCTIONS:
            raise ModelError(f"{where} is no function; known are {', '.join(FUNCTIONS)}")
        wanted = 2 if name in OF_MANY else 1
        if len(parts) < wanted or (len(parts) > 1 and name not in OF_MANY):
            amount = "2 or more" if name in OF_MANY else "1"
            raise ModelError(f"{where} has {len(parts)} arguments; give it {amount}")
        return operation(str(name), *parts)

    def negative(self, children: list[Any]) -> Tree:
        return operation("-", children[1])

    def positive(self, children: list[Any]) -> Any:
        return children[1]

    def power(self, children: list[Any]) -> Tree:
        return operation("^", *children)

    def sum(self, children: list[Any]) -> Tree:
        first, *others = children
        signed = zip(others[::2], others[1::2], strict=True)
        return total([first, *(part if sign == "+" else operation("-", part) for sign, part in signed)])

    def product(self, children: list[Any]) -> Tree:
        first, *others = children
        factors: list[Tree] = [first]
        for sign, part in zip(others[::2], others[1::2], strict=True):
            if sign == "*":
                factors.append(part)
            else:
                factors = [operation("/", operation("*", *_flat("*", factors)), part)]
        return operation("*", *_flat("*", factors))


@cache
def _parser() -> Lark:
    text = files("nanospine.model").joinpath("formula.lark").read_text()
    return Lark(text, parser="lalr", maybe_placeholders=True, start="sum", transformer=_ToTree())


@cache
def read(text: str) -> Tree:
    """Read an expression; all its names are those of molecules.

    Raises
    ------
    ReactionSyntaxError
        With the place where reading stopped, or what is wrong there.
    """
    shown = repr(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}...")
    if len(text) > LONGEST:
        raise ReactionSyntaxError(f"Formula {shown} has more than {LONGEST} characters; shorten it.")
    try:
        found: Tree = _parser().parse(text)
    except UnexpectedInput as error:
        at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        where = "at its end" if at_end else f"at column {error.column}"
        raise ReactionSyntaxError(f"Formula {shown} cannot be read {where}; write it like {EXAMPLE}.") from None
    except (ModelError, VisitError) as error:
        problem = getattr(error, "orig_exc", error)
        raise ReactionSyntaxError(
            f"Formula {shown}: {str(problem).removesuffix('.')}; write it like {EXAMPLE}."
        ) from None
    return found
