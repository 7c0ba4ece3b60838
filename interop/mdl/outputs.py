"""Reads REACTION_DATA_OUTPUT: which files are written, when, and what their columns are."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np
from lark import Token, Tree

from .definitions import CountFile, Definitions, Timer
from .expressions import Evaluator
from .files import check_output
from .syntax import Node, Source
from .vocabulary import WITHOUT_EFFECT

#: Part of a time step by which a time may miss it.
SAME_STEP = 1e-6


class OutputReader:
    """Reads blocks of outputs.

    Parameters
    ----------
    definitions : Definitions
        Receives the files.
    evaluator : Evaluator
        The variables.
    """

    def __init__(self, definitions: Definitions, evaluator: Evaluator) -> None:
        self._definitions = definitions
        self._evaluator = evaluator

    def read(self, statement: Tree[Token], source: Source) -> None:
        """Read one block."""
        timer: Timer | None = None
        header: str | None = None
        for item in statement.children:
            assert isinstance(item, Tree)
            if item.data != "output_field":
                self._definitions.outputs.append(self._file(item, timer, header, source))
                continue
            key, value = item.children
            place = source.place(item)
            if key in WITHOUT_EFFECT:
                self._definitions.ignore(str(key), place)
            elif key == "HEADER":
                header = self._header(value, source)
            elif timer is not None:
                raise place.error(f"the outputs have {timer.kind} and {key}; leave one out")
            else:
                step = key == "STEP"
                values = (
                    [self._evaluator.positive("STEP", value, source)] if step else self._evaluator.array(value, source)
                )
                timer = Timer(str(key), tuple(values), place)

    def _times(self, key: str, node: Node, source: Source) -> tuple[float, ...]:
        if key == "STEP":
            return (self._evaluator.positive(key, node, source),)
        return tuple(self._evaluator.array(node, source))

    def _header(self, node: Node, source: Source) -> str | None:
        """Return what a header line begins with, None if there is none."""
        value = self._evaluator.value(node, source)
        if value is None or isinstance(value, bool):
            return "" if value else None
        header = self._evaluator.text(node, source)
        if header and not header.isprintable():
            raise source.place(node).error("HEADER is more than one line; give one")
        return header

    def _file(self, tree: Tree[Token], timer: Timer | None, header: str | None, source: Source) -> CountFile:
        *columns, _, path = tree.children
        name, place = self._evaluator.text(path, source), source.place(tree)
        check_output(name, place)
        if any(PurePosixPath(name) == PurePosixPath(other.path) for other in self._definitions.outputs):
            raise place.error(f"{name!r} is written twice; give each output a name of its own")
        if timer is None:
            raise place.error("the reaction data have no STEP, TIME_LIST or ITERATION_LIST before this output")
        stem = Path(name).stem
        found: dict[str, Node] = {}
        for order, column in enumerate(columns, 1):
            assert isinstance(column, Tree)
            expression, label = column.children
            assert expression is not None
            default = stem if len(columns) == 1 else f"{stem}.{order}"
            text = default if label is None else self._label(label, source)
            if text in found:
                raise place.error(f"the label {text!r} is given twice; give each column one of its own")
            found[text] = self._resolve(expression, source)
        return CountFile(name, timer, header, tuple(found.items()), place)

    def _label(self, node: Node, source: Source) -> str:
        label = self._evaluator.text(node, source)
        if not label.isprintable() or len(label.split()) != 1:
            raise source.place(node).error(f"the label {label!r} is empty or has blanks; give one word")
        return label

    def _resolve(self, node: Node, source: Source) -> Node:
        """Put the values of variables into a count expression, which is evaluated after the run."""
        if isinstance(node, Token):
            return Token.new_borrow_pos("NUMBER", repr(self._evaluator.number(node, source)), node)
        if node.data == "count":
            return self._with_orientation(node, source)
        if node.data in ("add", "subtract", "multiply", "divide", "negate"):
            return Tree(node.data, [self._resolve(child, source) for child in node.children], node.meta)
        return Token("NUMBER", repr(self._evaluator.number(node, source)))

    def _with_orientation(self, node: Tree[Token], source: Source) -> Tree[Token]:
        """Put the value of an orientation, as in ``COUNT[P{1}, WORLD]``, into a count."""
        key, counted, place, mode = node.children
        assert isinstance(counted, Tree)
        name, *marks = counted.children
        if not marks or marks[0] is None:
            return node
        value = self._evaluator.whole("an orientation", marks[0], source)
        return Tree(
            "count", [key, Tree("counted", [name, Token("NUMBER", str(value))], counted.meta), place, mode], node.meta
        )


def output_steps(timer: Timer, time_step: float, iterations: int) -> tuple[int, ...]:
    """Return the steps at which outputs are written; of ``STEP`` the first after the start.

    Raises
    ------
    MdlError
        If they are not steps of the run, in order.
    """
    with np.errstate(over="ignore"):
        steps = np.array(timer.values) / (1.0 if timer.kind == "ITERATION_LIST" else time_step)
    if not np.isfinite(steps).all():
        raise timer.place.error(f"{timer.kind} has times of more steps than there are numbers; give shorter ones")
    whole = steps.round()
    if (np.abs(steps - whole) > SAME_STEP * np.maximum(1.0, np.abs(steps))).any():
        raise timer.place.error(f"{timer.kind} has times that are no whole multiples of TIME_STEP; round them")
    least = 1 if timer.kind == "STEP" else 0
    if not whole.size or whole[0] < least or whole[-1] > iterations or (np.diff(whole) <= 0).any():
        raise timer.place.error(
            f"{timer.kind} must increase from {least} to the end of the run, {iterations} steps of TIME_STEP"
        )
    return tuple(int(step) for step in whole)
