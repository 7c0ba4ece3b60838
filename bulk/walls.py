"""What the rules of boundaries come to where all is well mixed; what has no row here is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ..model import Boundary, Model, ModelError
from .events import Addend, Event
from .pools import NOWHERE, Pools

OUT, IN = 0, 1


@dataclass(frozen=True)
class Wall:
    """A rule beside even concentrations.

    Parameters
    ----------
    meaning : str
        What it does there, in a few words.
    velocities : callable
        Takes a boundary, returns with which velocities (um/s) molecules leave it from inside and from outside: the flux
        is velocity times area times concentration.
    holds : bool
        Whether the concentration of the boundary is that of the compartments on its sides.
    """

    meaning: str
    velocities: Callable[[Boundary], tuple[float, float]] = lambda _: (0.0, 0.0)
    holds: bool = False


def uptake(boundary: Boundary) -> tuple[float, float]:
    """Return the velocity of a partial absorber, the same on both sides."""
    velocity = boundary.velocity or 0.0
    return velocity, velocity


WALLS: Mapping[str, Wall] = {
    "reflecting": Wall("nothing"),
    "partially-absorbing": Wall("a rate", velocities=uptake),
    "clamp": Wall("holds", holds=True),
    "permeable": Wall("a rate", velocities=lambda boundary: boundary.ways),
}


def check_walls(model: Model) -> None:
    """Refuse boundaries that have no meaning where all is well mixed.

    Raises
    ------
    ModelError
        With the first such boundary.
    """
    for boundary in model.boundaries:
        what = f"Boundary {boundary.region}/{boundary.species}"
        if boundary.species in model.surface_species:
            raise ModelError(
                f"{what} confines a surface species, but a well-mixed membrane has no regions; leave it out."
            )
        if boundary.rule not in WALLS:
            raise ModelError(
                f"{what} is {boundary.rule}, and where all is well mixed every molecule would be through in no time; "
                f'give it a rate: "partially-absorbing" with a velocity, D/L for a neck of length L, "permeable" with '
                f'a permeability, or a reaction such as "{boundary.species} -> 0".'
            )


def wall_events(model: Model, pools: Pools) -> Iterator[Event]:
    """Yield what passes or ends at boundaries, a molecule at a time."""
    for number, boundary in enumerate(model.boundaries):
        sides = _sides(model, boundary)
        area = model.mesh.area(boundary.region)
        velocities = WALLS[boundary.rule].velocities(boundary)
        for way, velocity in enumerate(velocities):
            home, other = sides[way], sides[1 - way]
            if home == NOWHERE or velocity == 0.0:
                continue
            taken = pools.of(boundary.species, home)
            passes = boundary.behaviour.goes_on
            reached = pools.of(boundary.species, other) if passes else NOWHERE
            yield Event(
                label=f"{pools.label(f'{boundary.species} at {boundary.region}', home)}",
                takes=Counter([taken]),
                makes=Counter([reached] if reached != NOWHERE else []),
                rate=(Addend(velocity * area / float(pools.volume[home]), (taken,)),),
                # What is taken up goes out, from whatever side, as in the particle engine.
                passage=(number, way if passes else OUT),
            )


def held_pools(model: Model, pools: Pools) -> dict[int, tuple[float, int]]:
    """Return the pools whose concentration is held: it (uM), and the boundary that holds it.

    Raises
    ------
    ModelError
        If two clamps hold different concentrations in one compartment.
    """
    held: dict[int, tuple[float, int]] = {}
    for number, boundary in enumerate(model.boundaries):
        if not WALLS[boundary.rule].holds:
            continue
        for home in _sides(model, boundary):
            pool, concentration = pools.of(boundary.species, home), boundary.concentration or 0.0
            if pool == NOWHERE:
                continue
            before, other = held.setdefault(pool, (concentration, number))
            if before != concentration:
                first = model.boundaries[other]
                raise ModelError(
                    f"Boundaries {first.region}/{first.species} and {boundary.region}/{boundary.species} clamp "
                    f"{pools.compartments[home]!r} at {before:g} and {concentration:g} uM, and well mixed it has one "
                    'concentration; give both the same, or use engine="particles".'
                )
    return held


def _sides(model: Model, boundary: Boundary) -> tuple[int, int]:
    """Return the compartments inside and outside of a region."""
    inside, outside = model.mesh.face_compartments[model.mesh.region_faces(boundary.region)[0]].tolist()
    return inside, outside
