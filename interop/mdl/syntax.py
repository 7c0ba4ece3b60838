"""Text of MDL files to trees, with places for messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from ...model import FormatError
from .. import foreign
from . import limits
from .notes import is_note

#: Comments that begin so carry what MDL itself cannot say; see `nanospine.interop.mdl.writer`.
NOTE = "/* nanospine "

Node = Tree[Token] | Token


class MdlError(FormatError):
    """An MDL file that does not parse, or says what nanospine's models cannot; the message names file and line."""


@dataclass(frozen=True)
class Place:
    """Where a statement stands, for messages."""

    file: str
    line: int
    text: str

    @property
    def where(self) -> str:
        """File and line."""
        return f"{Path(self.file).name}, line {self.line}"

    def error(self, message: str) -> MdlError:
        """Return an error about this statement."""
        return MdlError(f"{self.file}, line {self.line}: {message} (in: {self.text})")


class Source:
    """One MDL file: its statements and notes.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Raises
    ------
    MdlError
        If it cannot be read, is too large, or a statement is not part of the known subset of MDL.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        text = read_text(path)
        self._lines = text.splitlines()
        self._notes: dict[int, dict[str, Any]] = {}
        try:
            self.tree = grammar().parse(text)
        except UnexpectedInput as error:
            raise self._syntax_error(error, text) from None
        self._check_nesting()
        for line, content in enumerate(self._lines, 1):
            if NOTE in content:
                self._notes[line] = self._read_note(line, content)

    def statements(self) -> Iterator[Tree[Token]]:
        """Yield the statements in order."""
        for child in self.tree.children:
            assert isinstance(child, Tree)
            yield child

    def place(self, node: Node) -> Place:
        """Return where a node stands."""
        line = node.line if isinstance(node, Token) else getattr(node.meta, "line", None)
        return self._place(int(line or 1))

    def note(self, node: Tree[Token]) -> dict[str, Any]:
        """Return the note on the line at which a node begins."""
        return self._notes.get(int(getattr(node.meta, "line", 0)), {})

    def _check_nesting(self) -> None:
        level: list[Tree[Token]] = [self.tree]
        for _ in range(limits.DEEPEST_NESTING):
            level = [child for tree in level for child in tree.children if isinstance(child, Tree)]
        if level:
            raise self.place(level[0]).error(
                f"a statement is nested more than {limits.DEEPEST_NESTING} levels deep; give its parts to variables"
            )

    def _place(self, line: int) -> Place:
        text = self._lines[line - 1].strip() if 0 < line <= len(self._lines) else ""
        return Place(self.name, line, text if len(text) <= 100 else text[:99] + "…")

    def _read_note(self, line: int, content: str) -> dict[str, Any]:
        text = content.split(NOTE, 1)[1].split("*/")[0]
        try:
            note = json.loads(text)
        except (json.JSONDecodeError, RecursionError):
            note = None
        if not is_note(note):
            raise self._place(line).error("the note of nanospine is damaged; restore it or delete the comment")
        return note

    def _syntax_error(self, error: UnexpectedInput, text: str) -> MdlError:
        line = int(getattr(error, "line", 0) or 0)
        if line < 1:
            return self._place(max(1, len(self._lines))).error("the file ends within a statement; is a } missing?")
        token = getattr(error, "token", None)
        found = str(token) if token is not None else text[error.pos_in_stream or 0 :][:1]
        if token is not None and token.type == "$END":
            return self._place(len(self._lines)).error("the file ends within a statement; is a } missing?")
        return self._place(line).error(
            f"{found!r} is not understood at column {error.column}: it is outside the subset of MDL that nanospine "
            "reads, or a mistake; change or remove the statement"
        )


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises
    ------
    MdlError
        If it is no file, too large or no text.
    """
    return foreign.read_text(path, what="the path of a text file", largest=limits.LARGEST_FILE, error=MdlError)


@cache
def grammar() -> Lark:
    """Return the parser of MDL files."""
    text = files("nanospine.interop.mdl").joinpath("mdl.lark").read_text()
    return Lark(text, parser="lalr", propagate_positions=True, maybe_placeholders=True)
