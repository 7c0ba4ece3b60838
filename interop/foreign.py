"""Text files of others, read with care: only files, only so large, only UTF-8."""

from __future__ import annotations

from importlib.resources.abc import Traversable

from ..model import FormatError

#: The character that no text has.
NULL = "\0"


def read_text(file: Traversable, *, what: str, largest: int, error: type[FormatError]) -> str:
    """Return the text of a file.

    Parameters
    ----------
    file : Traversable
        A path, or a resource of a package.
    what : str
        What it should be, e.g. ``"an SBML file"``.
    largest : int
        Bytes that it may have.
    error : type
        Class of the errors.

    Raises
    ------
    FormatError
        If there is no such file, or it is a device or a folder, too large, or no text in UTF-8.
    """
    if not _is_file(file):
        raise error(f"Cannot read {file}: there is no such file; give {what}.")
    try:
        with file.open("rb") as stream:
            content = stream.read(largest + 1)
    except OSError as problem:
        raise error(f"Cannot read {file}: {problem}.") from problem
    if len(content) > largest:
        raise error(f"Cannot read {file}: it has more than {largest} bytes; divide it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = NULL
    if NULL in text:
        raise error(f"Cannot read {file}: it is no text in UTF-8; save it as such.")
    return text


def _is_file(file: Traversable) -> bool:
    try:
        return file.is_file()
    except (OSError, ValueError):  # a name that is too long, or has a null
        return False
