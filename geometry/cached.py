"""`functools.cached_property`, a property for type checkers: pyright takes no other for what a Protocol asks for."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    cached_property = property
else:
    from functools import cached_property

__all__ = ["cached_property"]
