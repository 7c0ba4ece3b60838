"""Numbers that stand in files and options.

Python also takes ``1_0`` for ten and reads the digits of every script, which no other program does: what is meant by
them in a table or a model of others is anyone's guess.
"""

from __future__ import annotations


def read_number(text: str) -> float:
    """Read a number as all programs write it.

    Raises
    ------
    ValueError
        If it is none, or has underscores or other digits than 0 to 9.
    """
    return float(_plain(text))


def read_whole(text: str) -> int:
    """Read a whole number as all programs write it.

    Raises
    ------
    ValueError
        If it is none, or has underscores or other digits than 0 to 9.
    """
    return int(_plain(text))


def _plain(text: str) -> str:
    if "_" in text or not text.isascii():
        raise ValueError(f"{text!r} is not written with the digits 0 to 9 alone")
    return text
