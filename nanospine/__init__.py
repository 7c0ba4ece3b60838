"""nanospine: calcium and plasticity in dendritic spines, ion by ion and well mixed.

Everything that a model needs is here; the kinetic schemes of real proteins are in `nanospine.model.proteins`.
The names stand in `__init__.pyi`. Each is loaded when it is first used, so that ``import nanospine`` and the command
line start at once.
"""

from __future__ import annotations

import ast
from pkgutil import get_data
from typing import Any

_HOMES = {
    alias.name: line.module
    for line in ast.parse(get_data(__name__, "__init__.pyi")).body  # type: ignore[arg-type]
    if isinstance(line, ast.ImportFrom)
    for alias in line.names
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    """Import a public name from its home on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # As ``from .home import name``, which also finds a name that is a module.
    return getattr(__import__(_HOMES[name], globals(), fromlist=[name], level=1), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
