"""What a surface does to a molecule that reaches it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from . import checks


class BoundaryRule(StrEnum):
    """Rules for a species at a region of the mesh; whatever has no rule is reflected."""

    REFLECTING = "reflecting"
    #: Every path that touches the surface ends there, also between the ends of a time step.
    ABSORBING = "absorbing"
    #: Only straight steps that cross the surface end there: too few by O(sqrt(dt)), as in MCell.
    ABSORBING_SEGMENT = "absorbing-segment"
    #: Molecules pass in both directions.
    TRANSPARENT = "transparent"


@dataclass(frozen=True)
class Boundary:
    """A rule for one species at one region.

    Parameters
    ----------
    region : str
        Region of the mesh.
    species : str
        The species concerned; all others are reflected.
    rule : BoundaryRule or str
        What happens at the region.
    """

    region: str
    species: str
    rule: BoundaryRule | str

    def __post_init__(self) -> None:
        checks.one_of(f"Boundary {self.region}/{self.species}: rule", self.rule, [r.value for r in BoundaryRule])
        object.__setattr__(self, "rule", BoundaryRule(self.rule))
