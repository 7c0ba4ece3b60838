"""What the comments of an exported file may say, as its reader takes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

#: Characters at which a note's text counts as damaged.
LONGEST_NAME = 1000


def is_note(note: object) -> TypeGuard[dict[str, Any]]:
    """Say whether a note has known parts of the right form only."""
    return isinstance(note, dict) and all(key in PARTS and PARTS[key](value) for key, value in note.items())


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME


def _is_content(value: object) -> bool:
    return isinstance(value, dict) and all(_is_whole(number) for number in value.values())


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1


def _is_yes(value: object) -> bool:
    return value is True


def _are_times(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_number, value))


def _are_samplers(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_sampler, value))


def _is_sampler(value: object) -> bool:
    names = ("name", "species", "box", "while_present")
    return (
        isinstance(value, dict)
        and set(value) == set(names)
        and all(_is_text(value[name]) for name in names[:2])
        and all(value[name] is None or _is_text(value[name]) for name in names[2:])
    )


#: Parts of notes: of molecules, reactions, meshes, counting boxes and release sites.
PARTS: Mapping[str, Callable[[object], bool]] = {
    "group": _is_text,
    "content": _is_content,
    "reverse": _is_yes,
    "samplers": _are_samplers,
    "shrink": _is_share,
    "mixture": _is_whole,
    "at": _are_times,
    "repeat": _is_yes,
}
