"""Which way up surface molecules stand, and on which sides reactions at a membrane take place.

MDL says of a reaction how its molecules stand to each other: marks of one class, such as ``'`` and ``,``, go together,
and what has no class may stand either way. How molecules stand to the surface follows from their releases and from the
reactions that make them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from .definitions import MdlReaction, Molecule, Oriented

#: Sides of a volume molecule by its mark relative to a surface whose normal points outside.
SIDES = {1: "outside", -1: "inside"}


@dataclass(frozen=True)
class Way:
    """One way in which a reaction happens.

    Parameters
    ----------
    sides : tuple of str or None
        The side of each reactant and product in turn, None for surface molecules and in the volume.
    forward, backward : float
        The part of each rate that it has.
    """

    sides: tuple[str | None, ...]
    forward: float
    backward: float


class Orientations:
    """Which way up surface molecules stand: +1 with their top outside, as the normal of the surface.

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
        self._up: dict[str, frozenset[int]] = {}
        for molecule in released:
            sign = _sign(molecule)
            self._add(molecule.name, {sign} if sign else {1, -1})
        while any(self._spread(reactants, products) for r in reactions for reactants, products in _directions(r)):
            pass

    def up(self, name: str) -> int:
        """Return which way up a molecule stands: +1, -1, or 0 if both ways occur; +1 if it never occurs."""
        found = self._up.get(name, frozenset((1,)))
        return next(iter(found)) if len(found) == 1 else 0

    def on_surface(self, molecule: Oriented) -> bool:
        """Say whether a player of a reaction lives in the membrane."""
        return self._molecules[molecule.name].is_on_surface

    def ways(self, reaction: MdlReaction) -> list[Way]:
        """Return the ways in which a reaction happens.

        Molecules that may come from, or appear on, either side do so with half of the rate each, as in MCell.

        Raises
        ------
        MdlError
            If it asks how a molecule stands that occurs both ways up, or never happens.
        """
        players = (*reaction.reactants, *reaction.products)
        if not any(map(self.on_surface, players)):
            return [Way((None,) * len(players), 1.0, 1.0)]
        forward = self._shares(reaction, reaction.reactants, reaction.products)
        backward = {}
        if reaction.backward is not None:
            n = len(reaction.products)
            mirrored = self._shares(reaction, reaction.products, reaction.reactants)
            backward = {(*sides[n:], *sides[:n]): share for sides, share in mirrored.items()}
        return [Way(s, forward.get(s, 0.0), backward.get(s, 0.0)) for s in dict.fromkeys((*forward, *backward))]

    def _shares(
        self, reaction: MdlReaction, reactants: Sequence[Oriented], products: Sequence[Oriented]
    ) -> dict[tuple[str | None, ...], float]:
        """Return the part of the rate of each choice of sides, of one direction."""
        players = (*reactants, *products)
        frames = self._frames(reaction, reactants, players)
        volume = [k for k, player in enumerate(players) if not self.on_surface(player)]
        free = list(dict.fromkeys(_class(k, players[k]) for k in volume if _class(k, players[k]) not in frames))
        shares = {}
        for signs in product((-1, 1), repeat=len(free)):
            chosen = {**frames, **dict(zip(free, signs, strict=True))}
            sides = tuple(
                SIDES[(_sign(player) or 1) * chosen[_class(k, player)]] if k in volume else None
                for k, player in enumerate(players)
            )
            shares[sides] = 0.5 ** len(free)
        return shares

    def _frames(
        self, reaction: MdlReaction, reactants: Sequence[Oriented], players: Sequence[Oriented]
    ) -> dict[int, int]:
        """Return how the marks of each class stand to the surface, of the classes of surface reactants."""
        frames: dict[int, int] = {}
        for k, player in enumerate(reactants):
            group = _class(k, player)
            partners = [
                other
                for j, other in enumerate(players)
                if j != k and _class(j, other) == group and (j < len(reactants) or not self.on_surface(other))
            ]
            if not self.on_surface(player) or not partners:
                continue
            frame = self.up(player.name) * _sign(player)
            if not frame:
                raise reaction.place.error(
                    f"{player.name} stands both ways up, and how it stands to {partners[0].name} matters; use two "
                    f"molecules, or write {player.name}; for either way"
                )
            if frames.setdefault(group, frame) != frame:
                raise reaction.place.error(
                    "the surface molecules never stand to each other as the marks say, so that it never happens; "
                    "leave it out, or change the marks"
                )
        return frames

    def _spread(self, reactants: Sequence[Oriented], products: Sequence[Oriented]) -> bool:
        """Add the orientations in which a reaction makes surface molecules; say whether any are new."""
        players = (*reactants, *products)
        standing = [k for k, player in enumerate(reactants) if self.on_surface(player)]
        before = dict(self._up)
        for ups in product(*(self._up.get(reactants[k].name, frozenset()) for k in standing)):
            frames: dict[int, int] = {}
            for k, up in zip(standing, ups, strict=True):
                frames.setdefault(_class(k, reactants[k]), up * (_sign(reactants[k]) or 1))
            if not standing:
                continue
            for k, player in enumerate(players):
                if k >= len(reactants) and self.on_surface(player):
                    frame = frames.get(_class(k, player))
                    self._add(player.name, {frame * _sign(player)} if frame and _sign(player) else {1, -1})
        return before != self._up

    def _add(self, name: str, ways: set[int]) -> None:
        self._up[name] = self._up.get(name, frozenset()) | ways


def _directions(reaction: MdlReaction) -> Iterator[tuple[Sequence[Oriented], Sequence[Oriented]]]:
    yield reaction.reactants, reaction.products
    if reaction.backward is not None:
        yield reaction.products, reaction.reactants


def _class(position: int, player: Oriented) -> int:
    """Return the class of a player's marks; one of its own, below zero, if it has none."""
    return abs(player.orientation or 0) or -1 - position


def _sign(player: Oriented) -> int:
    value = player.orientation or 0
    return (value > 0) - (value < 0)
