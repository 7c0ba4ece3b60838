"""Numbers, arithmetic and words of MDL."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanospine.interop.mdl import MdlError
from nanospine.interop.mdl.expressions import Evaluator, plain
from nanospine.interop.mdl.syntax import Source

numbers = st.floats(0, 1e6, allow_nan=False, allow_infinity=False).map(lambda x: float(f"{x:.6g}"))


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> tuple[str, float]:
    """Draw MDL text with its value by Python's own arithmetic."""
    kind = draw(st.sampled_from(["number", "variable", "negate", "+", "-", "*", "/", "^", "function", "brackets"]))
    if depth == 0 or kind == "number":
        value = draw(numbers)
        return plain(value), value
    if kind == "variable":
        return "height", 2.5
    text, value = draw(expressions(depth=depth - 1))
    if kind == "negate":
        return f"-({text})", -value
    if kind == "brackets":
        return f"( {text} )", value
    if kind == "function":
        return f"MAX(ABS({text}), FLOOR(0.5))", max(abs(value), 0)
    other_text, other = draw(expressions(depth=depth - 1))
    if kind == "^":
        return f"(MIN(ABS({text}), 3)) ^ 2", min(abs(value), 3.0) ** 2
    if kind == "/":
        return f"({text}) / (1 + ABS({other_text}))", value / (1 + abs(other))
    result = {"+": value + other, "-": value - other, "*": value * other}[kind]
    return f"({text}) {kind} ({other_text})", result


def evaluate(path: Path, text: str) -> object:
    path.write_text(f"x = {text}\n")
    source = Source(path)
    evaluator = Evaluator(seed=3)
    evaluator.variables["height"] = 2.5
    statement = next(source.statements())
    return evaluator.value(statement.children[1], source)


@settings(max_examples=60, deadline=None)
@given(expressions())
def test_arithmetic_is_that_of_python(tmp_path_factory: pytest.TempPathFactory, drawn: tuple[str, float]) -> None:
    text, value = drawn
    result = evaluate(tmp_path_factory.getbasetemp() / "expression.mdl", text)
    assert result == pytest.approx(value, rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_that_is_written_is_read_as_the_same(value: float) -> None:
    assert float(plain(value)) == value


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="ABC{}[]=<>-+*/\"',;:.0123456789 \n_", max_size=60))
def test_any_text_is_read_or_refused_with_its_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "random.mdl"
    path.write_text(text)
    try:
        Source(path)
    except MdlError as error:
        place = str(error)
    else:
        return
    assert f"{path}, line " in place


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-2 ^ 2", -4.0),  # as MCell 3.4 prints them
        ("2 ^ -1 ^ 2", 0.5),
        ("3 - 2 ^ 2", -1.0),
        ("2 ^ 3 ^ 2", 64.0),
        ("8 - 3 - 2", 3.0),
        ("12 / 3 / 2", 2.0),
        ("2 + 3 * 4", 14.0),
        ("PI", math.pi),
        ("SQRT(EXP(LOG(16)))", 4.0),
        ("ROUND_OFF(3, 1.23456)", 1.23),
        ("MOD(7, 4)", 3.0),
        ("SEED + 1", 4.0),
        ('strtod("2.5e3")', 2500.0),
        ('"a" & "b"', "ab"),
        ("[1, [2 TO 3 STEP 0.5], 7]", [1, 2, 2.5, 3, 7]),
        ("TRUE", True),
    ],
)
def test_operators_functions_strings_and_arrays(tmp_path: Path, text: str, value: object) -> None:
    assert evaluate(tmp_path / "x.mdl", text) == pytest.approx(value)
