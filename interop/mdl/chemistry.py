"""Molecules and reactions of MDL to species and reactions with explicit sides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ...model import ModelError, Reaction, Schedule, Species, units
from .definitions import MdlReaction, Molecule, Oriented
from .orientation import Orientations, Way


def species(molecules: Iterable[Molecule]) -> list[Species]:
    """Convert molecules; groups and contents come from the notes of an exported file."""
    made = []
    for molecule in molecules:
        try:
            note = {key: molecule.note[key] for key in ("group", "content") if key in molecule.note}
            made.append(Species(molecule.name, units.cm2_per_s(molecule.D), molecule.where, **note))
        except ModelError as error:
            raise molecule.place.error(str(error)) from error
    return made


def reactions(found: Sequence[MdlReaction], orientations: Orientations) -> list[tuple[MdlReaction, list[Reaction]]]:
    """Convert reactions: each to those of its ways; a line with the note ``reverse`` belongs to the one before it."""
    return [
        (reaction, [_reaction(reaction, way, len(ways) > 1, orientations) for way in ways])
        for reaction in found
        for ways in [orientations.ways(reaction)]
    ]


def joined(found: Sequence[MdlReaction]) -> list[MdlReaction]:
    """Join each line with the note ``reverse`` to the one before it, as its way back."""
    made: list[MdlReaction] = []
    for reaction in found:
        if not reaction.note.get("reverse"):
            made.append(reaction)
            continue
        last = made[-1] if made else None
        if last is None or last.backward is not None or _names(last.products) != _names(reaction.reactants):
            raise reaction.place.error("the note says that this is the reverse of the line before, which it is not")
        made[-1] = replace(last, backward=reaction.forward)
    return made


def _names(players: Iterable[Oriented]) -> list[tuple[str, int | None]]:
    return [(player.name, player.orientation) for player in players]


def _reaction(reaction: MdlReaction, way: Way, is_one_of_several: bool, orientations: Orientations) -> Reaction:
    n = len(reaction.reactants)
    _check_order(reaction)
    left, right = _side(reaction.reactants, way.sides[:n]), _side(reaction.products, way.sides[n:])
    forward = _rate(reaction.forward, way.forward, reaction.reactants, orientations)
    backward = None
    if reaction.backward is not None:
        backward = _rate(reaction.backward, way.backward, reaction.products, orientations)
    name = reaction.name
    if name and is_one_of_several:
        name = "_".join((name, *(side for side in way.sides if side)))
    arrow = "->" if backward is None else "<->"
    try:
        return Reaction(f"{left} {arrow} {right}", forward, backward, name)
    except ModelError as error:
        raise reaction.place.error(str(error)) from error


def _side(players: Sequence[Oriented], sides: Sequence[str | None]) -> str:
    terms = [f"{player.name}[{side}]" if side else player.name for player, side in zip(players, sides, strict=True)]
    return " + ".join(terms) or "0"


def _check_order(reaction: MdlReaction) -> None:
    sides = [reaction.reactants] + ([reaction.products] if reaction.backward is not None else [])
    for players in sides:
        if len(players) > 2:
            raise reaction.place.error(f"the reaction has {len(players)} reactants; write it in steps of at most two")


def _rate(
    rate: float | Schedule, share: float, reactants: Sequence[Oriented], orientations: Orientations
) -> float | Schedule:
    """Convert 1/(M s) to 1/(uM s); between surface molecules, rates are in um^2/s in MDL, too.

    For A + A, MCell's rate is that of a pair, which is twice v / [A]^2.
    """
    same = 2.0 if len(reactants) == 2 and reactants[0].name == reactants[1].name else 1.0
    in_volume = len(reactants) == 2 and not all(map(orientations.on_surface, reactants))

    def converted(value: float) -> float:
        return share * (units.per_M_per_s(value) if in_volume else value) / same

    if isinstance(rate, Schedule):
        return Schedule(rate.times, [converted(value) for value in rate.values])
    return converted(rate)
