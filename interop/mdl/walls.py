"""Reactions of molecules with a surface class: what passes through a surface, or is taken up by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scipy.constants import Avogadro

from .definitions import GRID_DENSITY, Definitions, MdlReaction, Molecule, Oriented, WallReaction
from .syntax import Place

#: um^3 in a litre.
LITRE = 1e15


def velocity_per_rate(density: float = GRID_DENSITY) -> float:
    """Return the flux through a surface per concentration at it (um/s), of a rate of 1 /(M s).

    To MCell the surface is as full of partners as its grid is of tiles (`compute_pb_factor` of its source).
    """
    return density * LITRE / Avogadro


def wall_reactions(reaction: MdlReaction, wall: Oriented, molecules: Mapping[str, Molecule]) -> list[WallReaction]:
    """Return what a reaction ``A' @ wall' -> A, [rate]`` or ``-> NULL`` does, one way or both.

    Raises
    ------
    MdlError
        If it does something else.
    """
    names = [player.name for player in (*reaction.reactants, *reaction.products)]
    both_ways = reaction.backward is not None
    if (
        len(reaction.reactants) != 1
        or len(set(names)) != 1
        or len(reaction.products) > 1
        or molecules[names[0]].is_on_surface
        or (both_ways and not reaction.products)
        or not isinstance(reaction.forward, float | int)
        or not isinstance(reaction.backward, float | int | None)
    ):
        raise reaction.place.error(
            "with a surface class (@) a volume molecule passes or vanishes, at a constant rate: write "
            "A' @ class' -> A, [rate] or A' @ class' -> NULL [rate]; of other reactions say which molecules react"
        )
    directions = [(reaction.reactants[0], reaction.products[:1], reaction.forward)]
    if reaction.backward is not None:
        directions += [(product, reaction.reactants[:1], reaction.backward) for product in reaction.products]
    return [_wall_reaction(one, other, wall, rate, reaction.place) for one, other, rate in directions]


def _wall_reaction(
    one: Oriented, other: tuple[Oriented, ...], wall: Oriented, rate: float, place: Place
) -> WallReaction:
    side = _side(one, wall)
    if other and (not side or _side(other[0], wall) != -side):
        raise place.error(
            f"{one.name} is to come from one side and to go on at the other; write {one.name}' @ {wall.name}' -> "
            f"{one.name}, or <-> for both ways"
        )
    shares = {1: (0.0, 1.0), -1: (1.0, 0.0), 0: (0.5, 0.5)}[side]
    return WallReaction(one.name, wall.name, bool(other), shares, rate, place)


def _side(molecule: Oriented, wall: Oriented) -> int:
    """Return on which side of the surface a molecule is: +1 outside, -1 inside, 0 on either."""
    mark, wall_mark = molecule.orientation or 0, wall.orientation or 0
    if not mark or abs(mark) != abs(wall_mark):
        return 0
    return 1 if mark == wall_mark else -1


def wall_rules(definitions: Definitions, surface_class: str, inner: bool) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Return the rules (name, molecule, parameters) that reactions set on regions of a class.

    Raises
    ------
    MdlError
        If a molecule both passes and is taken up, or is taken up differently from the two sides.
    """
    own = [item for item in definitions.wall_reactions if item.surface_class == surface_class]
    for molecule in dict.fromkeys(item.molecule for item in own):
        items = [item for item in own if item.molecule == molecule]
        unit = velocity_per_rate(definitions.grid_density)
        out, inward = (unit * sum(item.rate * item.shares[k] for item in items) for k in (0, 1))
        place = items[-1].place
        if len({item.passes for item in items}) > 1:
            raise place.error(f"{molecule} both passes {surface_class} and is taken up there; keep one of the two")
        if items[0].passes:
            yield "permeable", molecule, {"permeability": out if out == inward else (out, inward)}
            continue
        if (out != inward) if inner else not out:
            raise place.error(
                f"{molecule} is taken up at {surface_class} from one side only, which cannot be expressed; write it "
                f"for {'both sides' if inner else 'the inside, ' + molecule + ','}"
            )
        yield "partially-absorbing", molecule, {"velocity": out}
