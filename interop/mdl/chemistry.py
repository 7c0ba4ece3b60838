"""Molecules and reactions of MDL to species and reactions with explicit sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...model import ModelError, Reaction, Schedule, Species, units
from .definitions import MdlReaction, Molecule, Oriented


def species(molecules: Iterable[Molecule]) -> list[Species]:
    """Convert molecules; groups and contents come from the notes of an exported file."""
    made = []
    for molecule in molecules:
        try:
            made.append(Species(molecule.name, units.cm2_per_s(molecule.D), molecule.where, **molecule.note))
        except (ModelError, TypeError) as error:
            raise molecule.place.error(str(error)) from error
    return made


class Orientations:
    """Which way up surface molecules stand: +1 with their top outside, as the normal of the surface.

    MDL says for each reaction how molecules stand to each other; how they stand to the surface follows from how
    they are released.

    Parameters
    ----------
    molecules : mapping of str to Molecule
        All molecules.
    released : iterable of Oriented
        Surface molecules as released.
    reactions : sequence of MdlReaction
        All reactions.
    """

    def __init__(
        self, molecules: Mapping[str, Molecule], released: Iterable[Oriented], reactions: Sequence[MdlReaction]
    ) -> None:
        self._molecules = molecules
        self._up: dict[str, int] = {}
        for molecule in released:
            self._set(molecule, _sign(molecule.orientation))
        while self._spread(reactions):
            pass

    def side(self, reaction: MdlReaction, molecule: Oriented) -> str | None:
        """Return the side of a player of a reaction, None for surface molecules and reactions in the volume.

        Raises
        ------
        MdlError
            If a product may appear on either side.
        """
        if self.on_surface(molecule) or not any(map(self.on_surface, reaction.reactants + reaction.products)):
            return None
        up = self._frame(reaction, abs(molecule.orientation or 0))
        if not molecule.orientation or not up:
            # A reactant that may come from either side comes from the inside, where the molecules are.
            if any(molecule is reactant for reactant in reaction.reactants):
                return "inside"
            raise reaction.place.error(
                f"{molecule.name} may appear on either side of the surface; give {molecule.name} and the surface "
                "molecule marks ' or , and release the latter with one"
            )
        return "outside" if _sign(molecule.orientation) * up > 0 else "inside"

    def _spread(self, reactions: Sequence[MdlReaction]) -> bool:
        """Find orientations of further molecules from the reactions that they take part in; say whether any."""
        before = len(self._up)
        for reaction in reactions:
            for player in reaction.reactants + reaction.products:
                up = self._frame(reaction, abs(player.orientation or 0), strict=True)
                if up and player.orientation and self.on_surface(player):
                    self._set(player, _sign(player.orientation) * up)
        return len(self._up) > before

    def _frame(self, reaction: MdlReaction, group: int, strict: bool = False) -> int:
        """Return how the marks of one class stand to the surface: +1, -1, or 0 if that is not known."""
        for player in reaction.reactants + reaction.products:
            if self.on_surface(player) and group and abs(player.orientation or 0) == group:
                up = self._up.get(player.name, 0 if strict else 1)
                if up:
                    return up * _sign(player.orientation)
        return 0

    def _set(self, molecule: Oriented, up: int) -> None:
        if self._up.setdefault(molecule.name, up) != up:
            raise molecule.place.error(
                f"{molecule.name} stands both ways up, and nanospine's models have one; use two molecules"
            )

    def on_surface(self, molecule: Oriented) -> bool:
        """Say whether a player of a reaction lives in the membrane."""
        return self._molecules[molecule.name].is_on_surface


def _sign(orientation: int | None) -> int:
    value = orientation or 0
    return (value > 0) - (value < 0)


def reactions(found: Sequence[MdlReaction], orientations: Orientations) -> list[Reaction]:
    """Convert reactions; a line with the note ``reverse`` belongs to the one before it."""
    made: list[Reaction] = []
    skip = False
    for reaction, following in zip(found, [*found[1:], None], strict=False):
        if skip:
            skip = False
            continue
        skip = following is not None and bool(following.note.get("reverse"))
        backward = following if skip else None
        made.append(_reaction(reaction, backward, orientations))
    return made


def _reaction(reaction: MdlReaction, reverse: MdlReaction | None, orientations: Orientations) -> Reaction:
    left, right = (
        " + ".join(_term(player, orientations.side(reaction, player)) for player in players) or "0"
        for players in (reaction.reactants, reaction.products)
    )
    _check_order(reaction)
    forward = _rate(reaction.forward, reaction.reactants, orientations)
    backward = None
    if reaction.backward is not None:
        backward = _rate(reaction.backward, reaction.products, orientations)
    if reverse is not None:
        backward = _rate(reverse.forward, reverse.reactants, orientations)
    arrow = "->" if backward is None else "<->"
    try:
        return Reaction(f"{left} {arrow} {right}", forward, backward, reaction.name)
    except ModelError as error:
        raise reaction.place.error(str(error)) from error


def _check_order(reaction: MdlReaction) -> None:
    sides = [reaction.reactants] + ([reaction.products] if reaction.backward is not None else [])
    for players in sides:
        if len(players) > 2:
            raise reaction.place.error(f"the reaction has {len(players)} reactants; write it in steps of at most two")


def _term(molecule: Oriented, side: str | None) -> str:
    return f"{molecule.name}[{side}]" if side else molecule.name


def _rate(rate: float | Schedule, reactants: Sequence[Oriented], orientations: Orientations) -> float | Schedule:
    """Convert 1/(M s) to 1/(uM s); between surface molecules, rates are in um^2/s in MDL, too.

    For A + A, MCell's rate is that of a pair, which is twice v / [A]^2.
    """
    if len(reactants) != 2:
        return rate
    same = 2.0 if reactants[0].name == reactants[1].name else 1.0
    on_surface = all(map(orientations.on_surface, reactants))

    def converted(value: float) -> float:
        return (value if on_surface else units.per_M_per_s(value)) / same

    if isinstance(rate, Schedule):
        return Schedule(rate.times, [converted(value) for value in rate.values])
    return converted(rate)
