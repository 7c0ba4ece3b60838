"""Models and runs as plain data: what JSON holds, and arrays beside it.

Every dataclass that a room of the house exports can stand in a document, under the names of its room and its class,
with all of its fields; a new field or class needs nothing here.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cached_property
from importlib import import_module
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arguments import checked
from .errors import ModelError, NanospineError

HOUSE = __name__.partition(".")[0]
#: The name that no field can have.
CLASS = "class"
#: Metadata of fields whose numbers, if there are several, stand in an array beside the document.
BESIDE = {"beside": True}

#: A model in a run in a document has about ten.
MOST_LEVELS = 100

Array = NDArray[Any]


@checked
@dataclass(frozen=True, eq=False)
class Document:
    """Plain data and the arrays that it refers to; equal if the data are.

    In the data, each object says its ``class``. That of an array is ``"array"``, with the ``sha256`` of its type, shape
    and numbers; that of a mapping, whose order may matter, is ``"mapping"``, with its ``items`` as pairs.

    Parameters
    ----------
    data : mapping
        What JSON can hold: texts, finite numbers, true, false, null, lists and objects.
    arrays : mapping of str to ndarray
        The arrays by their sha256; equal ones are there once.
    """

    data: Mapping[str, Any]
    arrays: Mapping[str, Array]

    @classmethod
    def of(cls, value: object) -> Document:
        """Write a dataclass as a document.

        Raises
        ------
        ModelError
            If a part is of no class that can be read back, or a number is not finite.
        """
        arrays: dict[str, Array] = {}
        return cls(_written(value, type(value).__name__, arrays), arrays)

    def check(self) -> None:
        """Compare the arrays with what the data say of them.

        Raises
        ------
        ModelError
            If one is missing or damaged, or the data are nested too deep.
        """
        _check_depth(self.data)
        for sha256 in sorted(_references(self.data)):
            if sha256 not in self.arrays:
                raise ModelError(f"Array {sha256[:12]}... of the document is missing; keep its arrays beside it.")
            array = self.arrays[sha256]
            if not isinstance(array, np.ndarray) or sha256_of(array) != sha256:
                raise ModelError(f"Array {sha256[:12]}... of the document is damaged: it has another hash; restore it.")

    def read(self) -> Any:
        """Return what the document was made of: equal to it to the last bit.

        Raises
        ------
        ModelError
            If a class or a field is unknown, a field or an array is missing, or an array is damaged.
        NanospineError
            If the parts do not fit together.
        """
        self.check()
        try:
            return _read(self.data, self.arrays)
        except NanospineError:
            raise
        except Exception as error:  # whatever the parts make of data that are none of theirs
            raise ModelError(f"The document cannot be read: {error!r}; write it anew.") from error

    @cached_property
    def text(self) -> str:
        """The data as JSON, in the one form that has a hash.

        Raises
        ------
        ModelError
            If the data are not what JSON can hold.
        """
        _check_depth(self.data)
        try:
            text = json.dumps(self.data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
            text.encode()
        except (TypeError, ValueError) as error:
            raise ModelError(f"The document holds what JSON cannot: {error}; write it anew.") from error
        return text

    @cached_property
    def sha256(self) -> str:
        """Hash of the data, and with them of the arrays."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)


def sha256_of(array: Array) -> str:
    """Return the hash of an array's type, shape and numbers, in which byte order and layout have no part."""
    plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    found = hashlib.sha256(f"{plain.dtype.str} {plain.shape}".encode())
    found.update(plain.tobytes())
    return found.hexdigest()


def _written(value: object, where: str, arrays: dict[str, Array]) -> Any:
    """Write a value as plain data; its arrays are added to those there are."""
    match value:
        case None:
            return None
        case bool() | np.bool_():
            return bool(value)
        case str():
            return str(value)
        case Integral():
            return int(value)
        case Real():
            if not math.isfinite(value):
                raise ModelError(f"{where} is {value!r}; a document holds finite numbers only.")
            return float(value)
        case np.ndarray():
            return _written_array(value, where, arrays)
        case Mapping():
            items = [
                [_written(part, f"{where}[{key!r}]", arrays) for part in (key, item)] for key, item in value.items()
            ]
            return {CLASS: "mapping", "items": items}
        case Sequence():
            return [_written(item, f"{where}[{k}]", arrays) for k, item in enumerate(value)]
        case Document():
            arrays.update(value.arrays)
            return {CLASS: "document", "data": value.data}
    return {CLASS: _name_of(value, where), **_written_fields(value, where, arrays)}


def _written_array(array: Array, where: str, arrays: dict[str, Array]) -> dict[str, str]:
    if array.dtype.kind not in "biuf":
        raise ModelError(f"{where} is an array of {array.dtype}; a document holds arrays of numbers only.")
    sha256 = sha256_of(array)
    if sha256 not in arrays:
        # Whoever gave the array may change it later.
        own = array.copy() if array.flags.writeable else array
        own.flags.writeable = False
        arrays[sha256] = own
    return {CLASS: "array", "sha256": sha256}


def _written_fields(value: Any, where: str, arrays: dict[str, Array]) -> dict[str, Any]:
    found = {}
    for field in fields(value):
        part = getattr(value, field.name)
        if field.metadata.get("beside") and isinstance(part, Sequence | np.ndarray):
            part = np.asarray(part, dtype=np.float64)
        found[field.name] = _written(part, f"{where}.{field.name}", arrays)
    return found


def _name_of(value: object, where: str) -> str:
    """Return the name under which the class of a value is found again: its room and its own."""
    house, _, path = type(value).__module__.partition(".")
    name = f"{path.partition('.')[0]}.{type(value).__name__}"
    if house != HOUSE or _class_of(name) is not type(value):
        raise ModelError(
            f"{where} is a {type(value).__module__}.{type(value).__qualname__}, which no document can hold; "
            f"use the classes that {HOUSE} exports."
        )
    return name


def _class_of(name: object) -> type[Any] | None:
    """Return the dataclass that a room exports, None if there is none.

    The model knows no geometry, but its documents say in which rooms the classes of their parts are at home.
    """
    room, _, own = str(name).partition(".")
    if not (room.isidentifier() and own.isidentifier()):
        return None
    try:
        found = getattr(import_module(f"{HOUSE}.{room}"), own, None)
    except ImportError:
        return None
    return found if isinstance(found, type) and is_dataclass(found) else None


def _read(plain: Any, arrays: Mapping[str, Array]) -> Any:
    """Make of plain data what they were written from; sequences become tuples."""
    if isinstance(plain, list):
        return tuple(_read(item, arrays) for item in plain)
    if not isinstance(plain, Mapping):
        return plain
    given = dict(plain)
    match given.pop(CLASS, None):
        case "array":
            return arrays[given["sha256"]]
        case "mapping":
            return {key: _read(value, arrays) for key, value in given["items"]}
        case "document":
            data = given["data"]
            return Document(data, {sha256: arrays[sha256] for sha256 in _references(data)})
        case name:
            made = _known_class(name, given)
            return made(**{field: _read(part, arrays) for field, part in given.items()})


def _check_depth(plain: Any) -> None:
    """Refuse data that are nested deeper than any model, before a function calls itself for each level."""
    level = [plain]
    for _ in range(MOST_LEVELS):
        parts = [part.values() if isinstance(part, Mapping) else part for part in level]
        level = [inner for part in parts for inner in part if isinstance(inner, Mapping | list)]
        if not level:
            return
    raise ModelError(f"The document is nested deeper than {MOST_LEVELS} levels, as no model is; write it anew.")


def _references(plain: Any) -> set[str]:
    """Return the hashes of the arrays that plain data refer to."""
    match plain:
        case {"class": "array", "sha256": str(sha256)}:
            return {sha256}
        case Mapping():
            return set().union(*map(_references, plain.values()))
        case list():
            return set().union(*map(_references, plain))
    return set()


def _known_class(name: object, given: Mapping[str, Any]) -> type[Any]:
    """Return the class of a part, if it takes just the fields that are given."""
    made = _class_of(name)
    if made is None:
        raise ModelError(
            f"The document has a part of class {name!r}, which this {HOUSE} does not know; use a later one."
        )
    known = {field.name: field for field in fields(made)}
    for unknown in sorted(given.keys() - known.keys()):
        raise ModelError(
            f"The document has a {name} with {unknown!r}, which this {HOUSE} does not know; use a later one."
        )
    for missing in sorted(known.keys() - given.keys()):
        if known[missing].default is MISSING and known[missing].default_factory is MISSING:
            raise ModelError(f"The document has a {name} without {missing!r}; add it.")
    return made
