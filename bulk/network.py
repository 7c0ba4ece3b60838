"""Lowering of a model to the flat arrays of a well-mixed reaction network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..compiled.csr import pointers
from ..model import Model, ModelError, Schedule, Step, units

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]


@dataclass(frozen=True)
class Network:
    """A reaction network in one well-mixed volume; lists of varying length are rows of flat arrays.

    Parameters
    ----------
    species, reactions : tuple of str
        Names, in the order of the arrays.
    volume : float
        um^3.
    rate : ndarray, shape (reactions,)
        Rates at t = 0, in powers of uM and 1/s.
    law_start, law : ndarray
        Species whose concentrations multiply in the rate of reaction ``r``: ``law[law_start[r]:law_start[r + 1]]``.
    change_start, change_species, change : ndarray
        Net change of molecules per event, in the same layout.
    need_start, need_species, need : ndarray
        Molecules that an event takes, in the same layout, of reactions whose law is not their reactants.
    schedules : tuple of (int, Schedule)
        Reactions whose rate changes in time.
    """

    species: tuple[str, ...]
    reactions: tuple[str, ...]
    volume: float
    rate: Floats
    law_start: Codes
    law: Codes
    change_start: Codes
    change_species: Codes
    change: Codes
    need_start: Codes
    need_species: Codes
    need: Codes
    schedules: tuple[tuple[int, Schedule], ...]

    @property
    def molecules_per_uM(self) -> float:
        """Molecules in the volume at 1 uM."""
        return units.molecules(1.0, self.volume)

    @property
    def stoichiometry(self) -> NDArray[np.int64]:
        """Net change of molecules per event, shape (species, reactions)."""
        matrix = np.zeros((len(self.species), len(self.reactions)), dtype=np.int64)
        matrix[self.change_species, np.repeat(np.arange(len(self.reactions)), np.diff(self.change_start))] = self.change
        return matrix

    @property
    def order(self) -> Codes:
        """Kinetic order of each reaction, shape (reactions,)."""
        return np.diff(self.law_start)

    @cached_property
    def scheduled(self) -> Codes:
        """Reactions whose rate changes in time."""
        return np.array([reaction for reaction, _ in self.schedules], dtype=np.int32)

    def scheduled_rates(self, times: Floats) -> Floats:
        """Return the rates of :attr:`scheduled` at each time (s), shape (times, scheduled)."""
        return np.array([schedule.at(times) for _, schedule in self.schedules]).reshape(-1, len(times)).T

    @cached_property
    def _edges(self) -> Floats:
        return np.unique(np.array([time for _, schedule in self.schedules for time in schedule.times]))

    def edges(self, start: float, stop: float) -> Floats:
        """Return the times between two others at which a rate changes, sorted."""
        return self._edges[(self._edges > start) & (self._edges < stop)]


def lower_network(model: Model) -> Network:
    """Lower a model; surface molecules are as well mixed as the others, over the whole membrane.

    Raises
    ------
    ModelError
        If the model has parts that only exist in space.
    """
    _refuse_space(model)
    steps = model.steps
    takes = [Counter(_inside(model, step, "reactants")) for step in steps]
    makes = [Counter(_inside(model, step, "products")) for step in steps]
    changes = [
        {i: make[i] - take[i] for i in take | make if make[i] != take[i]}
        for take, make in zip(takes, makes, strict=True)
    ]
    rates = [_rate_in_volume(model, step) for step in steps]
    laws = [[model.index(term.species) for term in step.law.terms] for step in steps]
    needs = [take if Counter(law) != take else {} for take, law in zip(takes, laws, strict=True)]
    change_start, change_species, change = _columns(changes)
    need_start, need_species, need = _columns(needs)
    return Network(
        species=model.species_names,
        reactions=tuple(step.name for step in steps),
        volume=model.mesh.volume,
        rate=np.array([_initial_rate(rate) for rate in rates]),
        law_start=pointers(map(len, laws)),
        law=np.array([i for law in laws for i in law], dtype=np.int32),
        change_start=change_start, change_species=change_species, change=change,
        need_start=need_start, need_species=need_species, need=need,
        schedules=tuple((r, rate) for r, rate in enumerate(rates) if isinstance(rate, Schedule)),
    )  # fmt: skip


def release_times(model: Model) -> Floats:
    """Return the times (s) after 0 at which molecules are released, sorted."""
    return np.unique(np.array([time for release in model.releases for time in release.times if time > 0]))


def expected_numbers(model: Model, time: float = 0.0) -> Floats:
    """Return the expected number of molecules of each species that are released at a time (s), shape (species,)."""
    number = np.zeros(len(model.species))
    for release in model.releases:
        if time in release.times:
            for name, fraction in release.fractions.items():
                number[model.index(name)] += fraction * release.probability * model.expected_number(release)
    return number


def draw_numbers(model: Model, rng: np.random.Generator, time: float = 0.0) -> NDArray[np.int64]:
    """Draw the number of molecules of each species that are released at a time (s), shape (species,)."""
    number = np.zeros(len(model.species), dtype=np.int64)
    for release in model.releases:
        if time in release.times:
            fractions = np.array(list(release.fractions.values()))
            drawn = rng.multinomial(model.draw_number(release, rng), fractions / fractions.sum())
            for name, n in zip(release.fractions, drawn, strict=True):
                number[model.index(name)] += n
    return number


def _refuse_space(model: Model) -> None:
    if len(model.mesh.compartment_names) > 1:
        raise ModelError(
            f"{model.mesh.name!r} has compartments {', '.join(model.mesh.compartment_names)}; the well-mixed engines "
            'have one: use engine="particles".'
        )
    surface = model.surface_species
    for boundary in model.boundaries:
        if boundary.species in surface:
            raise ModelError(
                f"Boundary {boundary.region}/{boundary.species} confines a surface species, but a well-mixed membrane "
                "has no regions; leave it out."
            )
        if not boundary.behaviour.only_reflects:
            raise ModelError(
                f"Boundary {boundary.region}/{boundary.species} is {boundary.rule}, but a well-mixed volume has no "
                f'walls; replace it by a reaction such as "{boundary.species} -> 0".'
            )


def _inside(model: Model, step: Step, part: str) -> list[int]:
    return [model.index(term.species) for term in getattr(step, part) if term.side != "outside"]


def _rate_in_volume(model: Model, step: Step) -> float | Schedule:
    """Return a rate in powers of uM and 1/s.

    Surface molecules, too, have a concentration: their number in the volume. A pair of them that meets in an area A at
    k/A (1/s) does so at k/A x (molecules per uM) in 1/(uM s).
    """
    if not model.is_on_surface(step):
        return step.rate
    factor = units.molecules(1.0, model.mesh.volume) / model.mesh.area()
    return step.rate.scaled(factor) if isinstance(step.rate, Schedule) else step.rate * factor


def _initial_rate(rate: float | Schedule) -> float:
    return float(rate.at(0.0)) if isinstance(rate, Schedule) else float(rate)


def _columns(rows: Sequence[dict[int, int]]) -> tuple[Codes, Codes, Codes]:
    keys = np.array([key for row in rows for key in row], dtype=np.int32)
    values = np.array([value for row in rows for value in row.values()], dtype=np.int32)
    return pointers(map(len, rows)), keys, values
