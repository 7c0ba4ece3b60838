"""What a surface does to a molecule that reaches it: one row per rule, which the rest of the house reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from . import checks
from .arguments import checked
from .errors import ModelError


class Fate(IntEnum):
    """What becomes of a molecule that reaches a surface; the kernels know these numbers."""

    REFLECTED = 0
    ENDS = 1
    PASSES = 2


@dataclass(frozen=True)
class BoundaryRule:
    """A rule for a species at a region of the mesh: all that the rest of the house needs to know of it.

    Parameters
    ----------
    name : str
        The rule in a :class:`Boundary`.
    meaning : str
        What it does, as the end of a sentence that begins with its name.
    from_inside, from_outside : Fate
        What becomes of a volume molecule that reaches the region from either side.
    between_steps : bool
        Whether a path ends, too, where it touched the surface between the ends of a time step, with the chance that it
        did. With a ``velocity`` that is the chance to be taken up there.
    goes_on : bool
        Whether a path that ends so goes on at the other side of the surface.
    at_rim : (Fate, Fate), optional
        What becomes of a surface molecule at the rim of the region when it enters and when it leaves; without it the
        rule is for volume species only.
    parameter, unit : str
        The field of a :class:`Boundary` that the rule needs, and its unit.
    """

    name: str
    meaning: str
    from_inside: Fate
    from_outside: Fate
    between_steps: bool = False
    goes_on: bool = False
    at_rim: tuple[Fate, Fate] | None = None
    parameter: str = ""
    unit: str = ""

    @property
    def passes(self) -> bool:
        """Whether volume molecules pass, from one side at least."""
        return self.goes_on or Fate.PASSES in (self.from_inside, self.from_outside)

    @property
    def takes(self) -> bool:
        """Whether volume molecules may end at the surface."""
        return (self.between_steps and not self.goes_on) or Fate.ENDS in (self.from_inside, self.from_outside)

    @property
    def only_reflects(self) -> bool:
        """Whether molecules stay what and where they are, as if there were no rule."""
        return not (self.passes or self.takes)

    def fates(self, *, on_surface: bool) -> tuple[Fate, Fate]:
        """Return what becomes of one that comes from outside and from inside, or enters and leaves the region."""
        return self.at_rim if on_surface and self.at_rim else (self.from_outside, self.from_inside)

    @property
    def ends_at_rim(self) -> bool:
        """Whether paths of surface molecules end at the rim of the region."""
        return self.at_rim is not None and Fate.ENDS in self.at_rim


_ROWS = (
    BoundaryRule(
        "reflecting",
        "reflects as all other surfaces do, but hits are counted",
        from_inside=Fate.REFLECTED,
        from_outside=Fate.REFLECTED,
        at_rim=(Fate.REFLECTED, Fate.REFLECTED),
    ),
    BoundaryRule(
        "absorbing",
        "ends every path that touches the surface, also between the ends of a time step",
        from_inside=Fate.ENDS,
        from_outside=Fate.ENDS,
        between_steps=True,
    ),
    BoundaryRule(
        "absorbing-segment",
        "ends straight steps that cross the surface only: too few by O(sqrt(dt)), as in MCell",
        from_inside=Fate.ENDS,
        from_outside=Fate.ENDS,
        at_rim=(Fate.ENDS, Fate.PASSES),
    ),
    BoundaryRule(
        "partially-absorbing",
        "takes up velocity times the concentration at the surface: D dc/dn = -velocity c",
        from_inside=Fate.REFLECTED,
        from_outside=Fate.REFLECTED,
        between_steps=True,
        parameter="velocity",
        unit="um/s",
    ),
    BoundaryRule(
        "clamp",
        "holds the concentration at the surface, in the compartments on its sides",
        from_inside=Fate.ENDS,
        from_outside=Fate.ENDS,
        between_steps=True,
        parameter="concentration",
        unit="uM",
    ),
    BoundaryRule(
        "permeable",
        "lets pass permeability times the concentration at the side that is left",
        from_inside=Fate.REFLECTED,
        from_outside=Fate.REFLECTED,
        between_steps=True,
        goes_on=True,
        parameter="permeability",
        unit="um/s",
    ),
    BoundaryRule(
        "transparent",
        "lets molecules pass in both directions",
        from_inside=Fate.PASSES,
        from_outside=Fate.PASSES,
    ),
)
#: All rules, by their names; whatever has no rule is reflected.
RULES: Mapping[str, BoundaryRule] = {rule.name: rule for rule in _ROWS}


@checked
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
    rule : str
        What happens at the region: the name of one of :data:`RULES`.
    concentration : float, optional
        uM, >= 0; of a clamp only.
    velocity : float, optional
        um/s, >= 0; of a partially absorbing surface only.
    permeability : float or (float, float), optional
        um/s, >= 0; of a permeable surface only: the flux through it is P (c1 - c2). Two numbers are those of the way
        out and of the way in.

    Raises
    ------
    ModelError
        If the rule is unknown, or its parameter is missing, negative, or another rule's.
    """

    region: str
    species: str
    rule: str
    concentration: float | None = None
    velocity: float | None = None
    permeability: float | tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.permeability, list):
            object.__setattr__(self, "permeability", tuple(self.permeability))
        what = f"Boundary {self.region}/{self.species}"
        checks.one_of(f"{what}: rule", self.rule, RULES)
        for name, unit in {rule.parameter: rule.unit for rule in RULES.values() if rule.parameter}.items():
            value = getattr(self, name)
            if value is not None and name != self.behaviour.parameter:
                raise ModelError(f"{what} is {self.rule} and has no use for a {name}; leave it out.")
            for number in value if isinstance(value, Sequence) else (value,) if value is not None else ():
                checks.finite(f"{what}: {name} ({unit})", number, minimum=0.0)
        needed = self.behaviour.parameter
        if needed and getattr(self, needed) is None:
            raise ModelError(f"{what} is {self.rule} but has no {needed}; give {needed} = ... ({self.behaviour.unit}).")

    @property
    def behaviour(self) -> BoundaryRule:
        """What its rule does."""
        return RULES[self.rule]

    @property
    def ways(self) -> tuple[float, float]:
        """Permeability (um/s) on the way out and on the way in; 0 for other rules."""
        if isinstance(self.permeability, tuple):
            return self.permeability
        both = self.permeability or 0.0
        return both, both
