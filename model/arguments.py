"""Arguments of the wrong type, refused by name: what the annotations of a function say is what it takes.

Numbers of NumPy are numbers, whole ones whatever their type; lists and arrays are sequences, a text is none. Numbers
are finite, and no larger than what can be squared. Whether a value means anything is for the function itself.
"""

from __future__ import annotations

import builtins
import inspect
import reprlib
import sys
import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import InitVar
from functools import cache, wraps
from importlib import import_module
from numbers import Integral, Real
from os import PathLike
from typing import Any, Literal, TypeVar, Union, Unpack, cast, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import ArrayLike

from .errors import ArgumentError

Thing = TypeVar("Thing", bound=Callable[..., Any])
#: What was found wrong: where in the argument, the value there, and what it should be.
Misfit = tuple[str, object, Any]

NUMERIC, TEXTS = "iuf", "U"
#: No length, rate or amount is larger; its square is no overflow.
LARGEST = 1e100
WORDS: dict[Any, str] = {
    float: "a number",
    int: "a whole number",
    str: "a text",
    bool: "True or False",
    None: "None",
    type(None): "None",
    np.ndarray: "an array of numbers",
    PathLike: "a path",
}
_NUMBER = f"a finite number (of at most {LARGEST:g})"
#: Names of modules in annotations that a type checker alone imports.
MODULES = {"xr": "xarray", "pd": "pandas"}


def checked(thing: Thing) -> Thing:
    """Refuse arguments that are not of the types with which they are annotated.

    Use as ``@checked`` on a function; on a class it stands for its constructor and all public methods.

    Raises
    ------
    ArgumentError
        When it is called, naming the argument, its value and type, and what it takes.
    """
    if not inspect.isclass(thing):
        return cast("Thing", _checked_function(thing, thing.__name__))
    for name, part in list(vars(thing).items()):
        if name.startswith("_") and name != "__init__":
            continue
        own = thing.__name__ if name == "__init__" else f"{thing.__name__}.{name}"
        if isinstance(part, classmethod | staticmethod):
            setattr(thing, name, type(part)(_checked_function(part.__func__, own)))
        elif inspect.isfunction(part):
            setattr(thing, name, _checked_function(part, own))
    return cast("Thing", thing)


def _checked_function(function: Callable[..., Any], called: str) -> Callable[..., Any]:
    signature = inspect.signature(function)

    @cache
    def wanted() -> dict[str, Any]:
        scope = vars(sys.modules[function.__module__])
        return {
            name: _resolved(parameter.annotation, scope)
            for name, parameter in signature.parameters.items()
            if parameter.annotation is not parameter.empty
        }

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        given = _bound(signature, called, args, kwargs)
        # What has a name is called by it: Species 'Ca', Reaction 'A -> B'.
        first = next((value for name, value in given.items() if name not in ("self", "cls")), None)
        what = f"{called} {_shortened(first)}" if isinstance(first, str) else called
        for name, value in given.items():
            if name in wanted():
                _check(what, signature.parameters[name], value, wanted()[name])
        return function(*args, **kwargs)

    return call


def _bound(signature: inspect.Signature, called: str, args: Any, kwargs: Any) -> Mapping[str, Any]:
    """Return what each argument is given."""
    try:
        return signature.bind(*args, **kwargs).arguments
    except TypeError as error:
        names = [name for name in signature.parameters if name not in ("self", "cls")]
        raise ArgumentError(f"{called}: {error}; give {', '.join(names) or 'nothing'}.") from None


def _check(what: str, parameter: inspect.Parameter, value: Any, hint: Any) -> None:
    given: Mapping[str, Any] = {parameter.name: value}
    if parameter.kind is parameter.VAR_KEYWORD:
        given = value
    elif parameter.kind is parameter.VAR_POSITIONAL:
        given = {f"{parameter.name}[{k}]": part for k, part in enumerate(value)}
    for name, part in given.items():
        misfit = _misfit(part, _hint_of(name, hint), name)
        if misfit is not None:
            where, wrong, right = misfit
            wanted = _words(right).replace("a number", _NUMBER if _is_real(wrong) else "a number")
            raise ArgumentError(f"{what}: {where} is {_shown(wrong)}; give {wanted}.")


def _hint_of(name: str, hint: Any) -> Any:
    """Return the type of a keyword argument that has none of its own: that of all, or of its name."""
    if get_origin(hint) is not Unpack:
        return hint
    (names,) = get_args(hint)
    return get_type_hints(names).get(name, Any)


def _resolved(annotation: Any, scope: Mapping[str, Any]) -> Any:
    """Return the type of an annotation; ``Any`` if it cannot be known here."""
    try:
        found = (
            eval(annotation, {"__builtins__": builtins}, _Names(scope)) if isinstance(annotation, str) else annotation
        )
    except NameError:
        return Any
    return found.type if isinstance(found, InitVar) else found


class _Names(dict[str, Any]):
    """The names of a module, with those that only type checkers import."""

    def __missing__(self, name: str) -> Any:
        if name in MODULES:
            return import_module(MODULES[name])
        raise KeyError(name)


def _misfit(value: Any, hint: Any, where: str) -> Misfit | None:
    """Return what of a value is of the wrong type, None if nothing is."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint == ArrayLike:
        fits = _is_number(value) or _is_array(value, NUMERIC)
    elif origin in (Union, types.UnionType):
        return _misfit_of_all(value, hint, where)
    elif origin is Literal:
        fits = any(isinstance(value, type(part)) for part in parts)
        hint = type(parts[0])
    elif origin is np.ndarray:
        fits = _is_array(value, TEXTS if "str_" in str(parts) else NUMERIC)
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        return _misfit_of_mapping(value, hint, where)
    elif isinstance(origin, type) and issubclass(origin, Iterable):
        return _misfit_of_sequence(value, hint, where)
    elif origin is not None:
        fits = callable(value) if origin is Callable else isinstance(value, origin)
    else:
        fits = _fits_class(value, hint)
    return None if fits else (where, value, hint)


def _misfit_of_all(value: Any, hint: Any, where: str) -> Misfit | None:
    """Return why a value is none of several types: a part of it, if it is such a container."""
    misfits = [_misfit(value, part, where) for part in _alternatives(hint)]
    if None in misfits:
        return None
    inner = [misfit for misfit in misfits if misfit is not None and misfit[0] != where]
    return inner[0] if len(inner) == 1 else (where, value, hint)


def _alternatives(union: Any) -> tuple[Any, ...]:
    """Return the types of a union; ``ArrayLike``, which is one itself and was taken apart in it, as one of them."""
    parts, of_arrays = get_args(union), get_args(ArrayLike)
    if set(of_arrays) <= set(parts):
        return ArrayLike, *(part for part in parts if part not in of_arrays)
    if any(get_origin(part) is Sequence for part in parts):
        # An array is a sequence, which says of what.
        return tuple(part for part in parts if get_origin(part) is not np.ndarray)
    return parts


def _misfit_of_mapping(value: Any, hint: Any, where: str) -> Misfit | None:
    if not isinstance(value, Mapping):
        return where, value, hint
    key_type, item_type = get_args(hint)
    for key, item in value.items():
        found = _misfit(key, key_type, f"a key of {where}") or _misfit(item, item_type, f"{where}[{key!r}]")
        if found:
            return found
    return None


def _misfit_of_sequence(value: Any, hint: Any, where: str) -> Misfit | None:
    parts = get_args(hint)
    if isinstance(value, np.ndarray) and value.ndim:
        if not any(_misfit(1, part, "") is None for part in parts):
            return _misfit_of_sequence(value.tolist(), hint, where)
        numbers = value.ndim == 1 and _is_array(value, NUMERIC)
        fits = numbers and bool((np.abs(value.astype(float)) <= LARGEST).all())
        return None if fits else (where, value, hint)
    if not isinstance(value, Collection) or isinstance(value, str | bytes | bytearray | Mapping | np.ndarray):
        return where, value, hint
    if get_origin(hint) is tuple and parts[-1] is not Ellipsis and len(parts) != len(value):
        return where, value, hint
    for k, item in enumerate(value):
        found = _misfit(item, parts[min(k, len(parts) - 1)] if parts[-1] is not Ellipsis else parts[0], f"{where}[{k}]")
        if found:
            return found
    return None


def _fits_class(value: Any, hint: Any) -> bool:
    if hint is Any or isinstance(hint, TypeVar):
        return True
    if hint is None:
        return value is None
    if hint is float:
        return _is_number(value)
    if hint is int:
        return _is_number(value) and (isinstance(value, Integral) or float(value).is_integer())
    if hint is bool:
        return isinstance(value, bool | np.bool_)
    if getattr(hint, "_is_protocol", False):
        return not inspect.isclass(value) and all(_has(value, name) for name in _members(hint))
    return isinstance(value, hint)


def _is_number(value: Any) -> bool:
    # In the type of a short number the largest would be infinite.
    return _is_real(value) and abs(value.item() if isinstance(value, np.generic) else value) <= LARGEST


def _is_real(value: Any) -> bool:
    # NumPy takes spans of time for whole numbers.
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_ | np.timedelta64)


def _is_array(value: Any, kinds: str) -> bool:
    # Of a masked array NumPy would take the numbers that are masked, too.
    if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__len__") or np.ma.is_masked(value):
        return False
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        return False
    return array.dtype.kind in kinds


@cache
def _members(protocol: Any) -> frozenset[str]:
    """Return the public names of a protocol."""
    homes = [home for home in protocol.__mro__ if getattr(home, "_is_protocol", False)]
    names = {name for home in homes for name in (*vars(home), *inspect.get_annotations(home))}
    return frozenset(name for name in names if not name.startswith("_") or name == "__call__")


def _has(value: Any, name: str) -> bool:
    """Say whether a value has an attribute, without asking for it: it may be costly."""
    try:
        inspect.getattr_static(value, name)
    except AttributeError:
        return False
    return True


def _shortened(value: Any) -> str:
    return " ".join(reprlib.repr(value).split())


def _shown(value: Any) -> str:
    return "None" if value is None else f"{_shortened(value)} ({type(value).__name__})"


def _words(hint: Any) -> str:
    """Say in words what a type is."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint == ArrayLike:
        return "a number or an array of numbers"
    if origin in (Union, types.UnionType):
        return " or ".join(
            dict.fromkeys(_words(part) for part in _alternatives(hint) if part not in (None, type(None)))
        )
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"a mapping of {_plural(parts[0])} to {_plural(parts[1])}"
    if isinstance(origin, type) and issubclass(origin, Iterable) and origin is not np.ndarray:
        inner = [part for part in parts if part is not Ellipsis]
        number = f"{len(inner)} " if origin is tuple and Ellipsis not in parts else ""
        return f"a sequence of {number}{_plural(inner[0]) if inner else 'anything'}"
    if origin is Callable:
        return "a function"
    named = origin or hint
    name = getattr(named, "__name__", str(named))
    return WORDS.get(named) or f"{'an' if name[0] in 'AEIOaeio' else 'a'} {name}"


def _plural(hint: Any) -> str:
    """Say in words what the parts of a sequence or mapping are."""
    words = _words(hint).removeprefix("a ").removeprefix("an ")
    return f"{words}s" if words in ("number", "whole number", "text", "function") else words
