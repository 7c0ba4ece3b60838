"""Variables and arithmetic of MDL."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
from lark import Token, Tree

from ...model.numerals import read_number
from . import limits
from .syntax import Node, Source
from .vocabulary import REFUSED, refusal

Value = float | str | bool | None | list[float]

CONSTANTS: dict[str, Value] = {
    "PI": math.pi, "TRUE": True, "YES": True, "ON": True, "FALSE": False, "NO": False, "OFF": False, "NONE": None,
}  # fmt: skip
BINARY: dict[str, Callable[[float, float], float]] = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
    "power": math.pow,
}  # fmt: skip
FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "EXP": (1, math.exp), "LOG": (1, math.log), "LOG10": (1, math.log10), "MAX": (2, max), "MIN": (2, min),
    "FLOOR": (1, math.floor), "CEIL": (1, math.ceil), "SIN": (1, math.sin), "COS": (1, math.cos), "TAN": (1, math.tan),
    "ASIN": (1, math.asin), "ACOS": (1, math.acos), "ATAN": (1, math.atan), "SQRT": (1, math.sqrt), "ABS": (1, abs),
    "MOD": (2, math.fmod), "ROUND_OFF": (2, lambda digits, value: _rounded(value, digits)),
}  # fmt: skip
#: One field of a printf template: flags, width, precision and kind.
FIELD = re.compile(r"%[-+ 0#]*(\d*)(?:\.(\d*))?(?:hh|h|ll|l|L)?(.?)")


class Evaluator:
    """Evaluates expressions with the variables assigned so far.

    Parameters
    ----------
    seed : int
        Value of the variable ``SEED``.
    """

    def __init__(self, seed: int) -> None:
        self.variables: dict[str, Value] = {**CONSTANTS, "SEED": float(seed)}

    def number(self, node: Node, source: Source) -> float:
        """Return a finite number.

        Raises
        ------
        MdlError
            If the expression is something else.
        """
        value = self.value(node, source)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise source.place(node).error(f"{_shown(value)} is not a number")
        if not math.isfinite(value):
            raise source.place(node).error(f"an expression gives {value!r}; give a finite number")
        return float(value)

    def at_least(self, what: str, minimum: float, node: Node, source: Source) -> float:
        """Return a number that is not below a minimum.

        Raises
        ------
        MdlError
            If it is; the message names ``what``.
        """
        value = self.number(node, source)
        if value < minimum:
            raise source.place(node).error(f"{what} is {value:g}; give a number >= {minimum:g}")
        return value

    def positive(self, what: str, node: Node, source: Source) -> float:
        """Return a number above zero."""
        value = self.number(node, source)
        if value <= 0:
            raise source.place(node).error(f"{what} is {value:g}; give a number > 0")
        return value

    def whole(self, what: str, node: Node, source: Source) -> int:
        """Return a whole number."""
        value = self.number(node, source)
        if value % 1:
            raise source.place(node).error(f"{what} is {value:g}; give a whole number")
        return int(value)

    def text(self, node: Node, source: Source) -> str:
        """Return a string."""
        value = self.value(node, source)
        if not isinstance(value, str):
            raise source.place(node).error(f"{_shown(value)} is not a string")
        return value

    def array(self, node: Node, source: Source, length: int | None = None) -> list[float]:
        """Return a list of numbers, of the given length if one is given."""
        value = self.value(node, source)
        if not isinstance(value, list) or (length is not None and len(value) != length):
            wanted = f"[...] of {length} numbers" if length else "array [...]"
            raise source.place(node).error(f"{_shown(value)} is not an {wanted}")
        return value

    def value(self, node: Node, source: Source) -> Value:
        """Return the number, string, array or switch that an expression is."""
        try:
            return self._value(node, source)
        except (ValueError, OverflowError, ZeroDivisionError) as error:
            raise source.place(node).error(f"an expression cannot be evaluated: {error}") from None
        except TypeError:
            raise source.place(node).error("an expression mixes numbers with strings or arrays") from None

    def format(self, template: str, values: list[Value], node: Node, source: Source) -> str:
        """Fill in a ``printf`` template."""
        place = source.place(node)
        for width, precision, kind in FIELD.findall(template):
            if kind not in tuple("%diuoxXeEfFgGs"):
                raise place.error(f"the format {template!r} has a field of another kind than numbers and strings")
            if max(int(width or 0), int(precision or 0)) > limits.WIDEST_FIELD:
                raise place.error(f"the format {template!r} has a field of more than {limits.WIDEST_FIELD} characters")
        if any(isinstance(value, bool | list) or value is None for value in values):
            raise place.error("a format takes numbers and strings only")
        whole = tuple(int(v) if isinstance(v, float) and v.is_integer() else v for v in values)
        try:
            return self._checked(template % whole)
        except (TypeError, ValueError, OverflowError) as error:
            raise place.error(f"the format {template!r} does not fit its values: {error}") from None

    def _value(self, node: Node, source: Source) -> Value:
        if isinstance(node, Token):
            return self._token(node, source)
        kind = str(node.data)
        if kind == "array":
            return self._array(node, source)
        if kind == "function":
            return self._function(node, source)
        operands: list[Any] = [self._value(child, source) for child in node.children]
        if kind == "negate":
            return -_real(operands[0])
        if kind == "concatenate":
            if not all(isinstance(operand, str) for operand in operands):
                raise TypeError
            return self._checked("".join(operands))
        return BINARY[kind](_real(operands[0]), _real(operands[1]))

    @staticmethod
    def _checked(text: str) -> str:
        if len(text) > limits.LONGEST_TEXT:
            raise ValueError(f"a string has more than {limits.LONGEST_TEXT} characters")
        return text

    def _token(self, token: Token, source: Source) -> Value:
        if token.type == "NUMBER":
            return float(token)
        if token.type == "STRING":
            return self._checked(str(token)[1:-1])
        if token in REFUSED:
            raise refusal(str(token), source.place(token))
        if token not in self.variables:
            raise source.place(token).error(f"the variable {str(token)!r} has no value; assign it before this line")
        return self.variables[str(token)]

    def _array(self, node: Tree[Token], source: Source) -> list[float]:
        values: list[float] = []
        for child in node.children:
            if isinstance(child, Tree) and child.data == "range":
                first, last, step = (self.number(child.children[k], source) for k in (0, 1, 3))
                if step == 0 or (last - first) / step < 0:
                    raise ValueError(f"the range {first:g} TO {last:g} STEP {step:g} has no end")
                if (last - first) / step + len(values) > limits.MOST_NUMBERS:
                    raise ValueError(f"an array has more than {limits.MOST_NUMBERS} numbers")
                values += np.arange(first, last + step * 1e-6, step).tolist()
            else:
                values.append(self.number(child, source))
        return values

    def _function(self, node: Tree[Token], source: Source) -> float:
        name, *arguments = node.children
        if name == "strtod":
            self._check_count("strtod", 1, arguments, node, source)
            return read_number(self.text(arguments[0], source))
        if name in REFUSED:
            raise refusal(str(name), source.place(node))
        count, function = FUNCTIONS[str(name)]
        self._check_count(str(name), count, arguments, node, source)
        return float(function(*(self.number(argument, source) for argument in arguments)))

    @staticmethod
    def _check_count(name: str, count: int, arguments: list[Any], node: Node, source: Source) -> None:
        if len(arguments) != count:
            raise source.place(node).error(f"{name} takes {count} arguments, not {len(arguments)}")


def _rounded(value: float, digits: float) -> float:
    if digits > limits.MOST_DIGITS:
        raise ValueError(f"ROUND_OFF takes at most {limits.MOST_DIGITS} digits")
    return float(f"{value:.{max(int(digits), 1) - 1}e}")


def _shown(value: Value) -> str:
    """Write a value for a message, in short."""
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _real(value: Value) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    return value


def plain(value: float) -> str:
    """Write a number so that reading it gives the same number, without an exponent where it is short."""
    text = repr(float(value))
    return text[:-2] if text.endswith(".0") and abs(Decimal(text)) < Decimal(10) ** 9 else text
