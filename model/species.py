"""Species: what diffuses, binds and is counted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from . import checks
from .arguments import checked
from .errors import ModelError

#: Of a conserved thing, by one molecule.
MOST_CARRIED = 2**31
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")


@checked
@dataclass(frozen=True)
class Species:
    """A kind of molecule, or one state of it.

    Parameters
    ----------
    name : str
        Letters, digits and underscores, beginning with a letter.
    D : float
        Diffusion coefficient (um^2/s); 0 for molecules that stay where they are.
    where : {"volume", "surface"}
        Whether the molecule lives in a volume or in a membrane.
    group : str
        The molecule that this is a state of, e.g. ``"calbindin"``; its own name by default.
    content : mapping of str to int
        Conserved things that one molecule carries, e.g. ``{"Ca": 2}``; used to close budgets.
    """

    name: str
    D: float = 0.0
    where: Literal["volume", "surface"] = "volume"
    group: str = ""
    content: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not NAME.match(self.name):
            raise ModelError(
                f"Species name {self.name!r} is not a name; "
                "use letters, digits and underscores, beginning with a letter."
            )
        checks.finite(f"Species {self.name}: D (um^2/s)", self.D, minimum=0.0)
        checks.one_of(f"Species {self.name}: where", self.where, ("volume", "surface"))
        for part, number in self.content.items():
            checks.whole(f"Species {self.name}: content of {part}", int(number))
            if number > MOST_CARRIED:
                raise ModelError(f"Species {self.name}: content of {part} is {number:g}; give at most {MOST_CARRIED}.")
        if not self.group:
            object.__setattr__(self, "group", self.name)

    @property
    def is_on_surface(self) -> bool:
        """Whether the molecule lives in a membrane."""
        return self.where == "surface"
