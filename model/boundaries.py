"""What a surface does to a molecule that reaches it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from . import checks
from .errors import ModelError


class BoundaryRule(StrEnum):
    """Rules for a species at a region of the mesh; whatever has no rule is reflected."""

    #: As without a rule, but hits are counted, as they are at all regions with a rule.
    REFLECTING = "reflecting"
    #: Every path that touches the surface ends there, also between the ends of a time step.
    ABSORBING = "absorbing"
    #: Only straight steps that cross the surface end there: too few by O(sqrt(dt)), as in MCell.
    ABSORBING_SEGMENT = "absorbing-segment"
    #: The surface takes up ``velocity`` times the concentration at it: D dc/dn = -velocity c.
    PARTIALLY_ABSORBING = "partially-absorbing"
    #: The concentration at the surface is held at ``concentration``, in the compartments on its sides.
    CLAMP = "clamp"
    #: Molecules pass in both directions.
    TRANSPARENT = "transparent"


#: What a region may be to a surface species.
FENCES = (BoundaryRule.REFLECTING, BoundaryRule.ABSORBING_SEGMENT)
#: The parameter that a rule needs.
PARAMETERS = {BoundaryRule.CLAMP: "concentration", BoundaryRule.PARTIALLY_ABSORBING: "velocity"}


@dataclass(frozen=True)
class Boundary:
    """A rule for one species at one region.

    Molecules that are outside, since they left through a transparent region, meet the same rule there; but a clamp
    sends molecules to the inside only. A result has under ``"hit"`` how often molecules reached the region from inside
    and from outside: at an absorber how many ended there; at a wall that reflects the number depends on the time step,
    n A / V sqrt(D dt / pi) per step for n molecules in a volume V with a wall of area A.

    To a surface species a boundary is the rim of the region: ``"reflecting"`` is a fence that it passes in neither
    direction; at ``"absorbing-segment"`` it vanishes where its path enters. Without a boundary it goes where it likes.

    Parameters
    ----------
    region : str
        Region of the mesh.
    species : str
        The species concerned; all other volume species are reflected.
    rule : BoundaryRule or str
        What happens at the region.
    concentration : float, optional
        uM, >= 0; of a clamp only.
    velocity : float, optional
        um/s, >= 0; of a partially absorbing surface only.

    Raises
    ------
    ModelError
        If the rule is unknown, or its parameter is missing, negative, or another rule's.
    """

    region: str
    species: str
    rule: BoundaryRule | str
    concentration: float | None = None
    velocity: float | None = None

    def __post_init__(self) -> None:
        what = f"Boundary {self.region}/{self.species}"
        checks.one_of(f"{what}: rule", self.rule, [r.value for r in BoundaryRule])
        object.__setattr__(self, "rule", BoundaryRule(self.rule))
        needed = PARAMETERS.get(BoundaryRule(self.rule))
        for name, unit in (("concentration", "uM"), ("velocity", "um/s")):
            value = getattr(self, name)
            if name == needed and value is None:
                raise ModelError(f"{what} is {self.rule} but has no {name}; give {name} = ... ({unit}).")
            if name != needed and value is not None:
                raise ModelError(f"{what} is {self.rule} and has no use for a {name}; leave it out.")
            if value is not None:
                checks.finite(f"{what}: {name} ({unit})", value, minimum=0.0)
