"""Lowering of a model to the flat arrays of a well-mixed reaction network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..compiled.csr import pointers
from ..model import Model, Schedule, units
from ..model.laws import Rate
from .events import Event, reaction_events
from .pools import Pools
from .tape import Tape, lower_formulas
from .walls import IN, OUT, check_walls, held_pools, wall_events

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Network:
    """A reaction network of well-mixed compartments; lists of varying length are rows of flat arrays.

    Parameters
    ----------
    species, reactions : tuple of str
        Names, in the order of the arrays: with several compartments of a species in each, and of each event there.
    volume : float
        um^3, of which all numbers of molecules are concentrations: that of the smallest compartment.
    reaction_of : ndarray, shape (products,)
        The rate of a reaction is a sum of products. Product ``r`` is the first of reaction ``r``; further products, of
        laws that are polynomials, come after these. Formulas are in :attr:`tape`, and their product is zero.
    rate : ndarray, shape (products + numbers,)
        Coefficients at t = 0, in powers of uM and 1/s; below 0 where the law subtracts. After these the numbers in
        formulas.
    law_start, law : ndarray
        Species whose concentrations multiply in product ``p``: ``law[law_start[p]:law_start[p + 1]]``.
    as_it_stands : ndarray of bool, shape (reactions,)
        Whether a law counts a molecule with itself, as polynomials and formulas do; that of mass action counts
        different molecules.
    change_start, change_species, change : ndarray
        Net change of molecules per event, in the same layout.
    need_start, need_species, need : ndarray
        Molecules that an event takes, in the same layout, of reactions whose law is not their reactants.
    subtracted : ndarray of bool, shape (products + numbers,)
        Whether a law subtracts a product.
    schedules : tuple of (int, Schedule)
        Which of :attr:`rate` change in time.
    held, held_number : ndarray
        Species whose number stays what it is, whatever happens, and that number; no law or change has them.
    step : ndarray, shape (reactions,)
        The reaction of the model that each is, -1 for what passes a boundary.
    crossing : ndarray, shape (reactions, boundaries, 2)
        Molecules that pass each boundary of the model out and in with each.
    tape : Tape
        The laws that are formulas.
    """

    species: tuple[str, ...]
    reactions: tuple[str, ...]
    volume: float
    reaction_of: Codes
    rate: Floats
    law_start: Codes
    law: Codes
    as_it_stands: Bools
    change_start: Codes
    change_species: Codes
    change: Codes
    need_start: Codes
    need_species: Codes
    need: Codes
    subtracted: Bools
    schedules: tuple[tuple[int, Schedule], ...]
    held: Codes
    held_number: Floats
    step: Codes
    crossing: Codes
    tape: Tape

    @property
    def molecules_per_uM(self) -> float:
        """Molecules at 1 uM in :attr:`volume`."""
        return units.molecules(1.0, self.volume)

    @property
    def stoichiometry(self) -> NDArray[np.int64]:
        """Net change of molecules per event, shape (species, reactions)."""
        matrix = np.zeros((len(self.species), len(self.reactions)), dtype=np.int64)
        matrix[self.change_species, np.repeat(np.arange(len(self.reactions)), np.diff(self.change_start))] = self.change
        return matrix

    @property
    def order(self) -> Codes:
        """Kinetic order of each product, shape (products,)."""
        return np.diff(self.law_start)

    @cached_property
    def scheduled(self) -> Codes:
        """Which of :attr:`rate` change in time."""
        return np.array([product for product, _ in self.schedules], dtype=np.int32)

    def scheduled_rates(self, times: Floats) -> Floats:
        """Return the values of :attr:`scheduled` at each time (s), shape (times, scheduled)."""
        values = np.array([schedule.at(times) for _, schedule in self.schedules]).reshape(-1, len(times)).T
        return np.where(self.subtracted[self.scheduled], -values, values)

    @cached_property
    def _edges(self) -> Floats:
        return np.unique(np.array([time for _, schedule in self.schedules for time in schedule.times]))

    def edges(self, start: float, stop: float) -> Floats:
        """Return the times between two others at which a rate changes, sorted."""
        return self._edges[(self._edges > start) & (self._edges < stop)]


def lower_network(model: Model, *, whole: bool = False) -> Network:
    """Lower a model; surface molecules are as well mixed as the others, over the membrane around a compartment.

    Parameters
    ----------
    model : Model
        The model.
    whole : bool
        Whether numbers of molecules are whole, so that a polynomial like n (n - 1) is mass action of pairs.

    Raises
    ------
    ModelError
        If the model has parts that only exist in space.
    """
    check_walls(model)
    model.check_surroundings()
    pools = Pools(model)
    held = held_pools(model, pools)
    per_uM = units.molecules(1.0, pools.scale)
    held_number = {pool: uM * pools.molecules_per_uM(pool % len(pools.compartments)) for pool, (uM, _) in held.items()}
    events = [*reaction_events(model, pools, whole=whole), *wall_events(model, pools)]
    crossing = _crossings(model, events, {pool: boundary for pool, (_, boundary) in held.items()})
    events = [event.beside({pool: number / per_uM for pool, number in held_number.items()}) for event in events]
    further = [(r, addend) for r, event in enumerate(events) for addend in event.rate[1:]]
    addends = [event.rate[0] for event in events] + [addend for _, addend in further]
    # Mass action of what an event takes is zero, of itself, where something is missing.
    needs = [
        event.takes if event.as_it_stands or Counter(event.rate[0].pools) != event.takes else {} for event in events
    ]
    change_start, change_species, change = _columns([event.changes for event in events])
    need_start, need_species, need = _columns(needs)
    formulas = [(r, event.formula) for r, event in enumerate(events) if event.formula is not None]
    tape, numbers = lower_formulas(formulas, len(addends))
    rates = [*(addend.coefficient for addend in addends), *numbers]
    subtracted = np.array([*(addend.subtracted for addend in addends), *(False for _ in numbers)], dtype=np.bool_)
    initial = np.array([_initial_rate(rate) for rate in rates])
    return Network(
        species=pools.names,
        reactions=tuple(event.label for event in events),
        volume=pools.scale,
        reaction_of=np.array([*range(len(events)), *(r for r, _ in further)], dtype=np.int32),
        rate=np.where(subtracted, -initial, initial),
        law_start=pointers(len(addend.pools) for addend in addends),
        law=np.array([pool for addend in addends for pool in addend.pools], dtype=np.int32),
        as_it_stands=np.array([event.as_it_stands for event in events], dtype=np.bool_),
        change_start=change_start, change_species=change_species, change=change,
        need_start=need_start, need_species=need_species, need=need,
        subtracted=subtracted,
        schedules=tuple((p, rate) for p, rate in enumerate(rates) if isinstance(rate, Schedule)),
        held=np.array([*held_number], dtype=np.int32),
        held_number=np.array([*held_number.values()], dtype=np.float64),
        step=np.array([event.step for event in events], dtype=np.int32),
        crossing=crossing,
        tape=tape,
    )  # fmt: skip


def _crossings(model: Model, events: Sequence[Event], holders: Mapping[int, int]) -> Codes:
    """Return how many molecules pass each boundary out and in with each event, shape (events, boundaries, 2).

    Where a number is held a molecule comes in for each that an event takes, and one goes out for each that it makes.
    """
    crossing = np.zeros((len(events), len(model.boundaries), 2), dtype=np.int32)
    for e, event in enumerate(events):
        if event.passage is not None:
            crossing[(e, *event.passage)] += 1
        for pool, change in event.changes.items():
            if pool in holders:
                crossing[e, holders[pool], OUT if change > 0 else IN] += abs(change)
    return crossing


def _initial_rate(rate: Rate) -> float:
    return float(rate.at(0.0)) if isinstance(rate, Schedule) else float(rate)


def _columns(rows: Sequence[dict[int, int]]) -> tuple[Codes, Codes, Codes]:
    keys = np.array([key for row in rows for key in row], dtype=np.int32)
    values = np.array([value for row in rows for value in row.values()], dtype=np.int32)
    return pointers(map(len, rows)), keys, values
