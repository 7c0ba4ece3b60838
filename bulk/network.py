"""Lowering of a model to the flat arrays of a well-mixed reaction network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..compiled.csr import pointers
from ..model import Model, ModelError, Polynomial, Schedule, Step, Term, units
from ..model.laws import Product, Rate, scaled

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Network:
    """A reaction network in one well-mixed volume; lists of varying length are rows of flat arrays.

    Parameters
    ----------
    species, reactions : tuple of str
        Names, in the order of the arrays.
    volume : float
        um^3.
    reaction_of : ndarray, shape (products,)
        The rate of a reaction is a sum of products. Product ``r`` is the first of reaction ``r``; further products, of
        laws that are polynomials, come after these.
    rate : ndarray, shape (products,)
        Coefficients at t = 0, in powers of uM and 1/s; below 0 where the law subtracts.
    law_start, law : ndarray
        Species whose concentrations multiply in product ``p``: ``law[law_start[p]:law_start[p + 1]]``.
    polynomial : ndarray of bool, shape (reactions,)
        Whether a law counts as it stands, a molecule with itself; that of mass action counts different molecules.
    change_start, change_species, change : ndarray
        Net change of molecules per event, in the same layout.
    need_start, need_species, need : ndarray
        Molecules that an event takes, in the same layout, of reactions whose law is not their reactants.
    subtracted : ndarray of bool, shape (products,)
        Whether a law subtracts a product.
    schedules : tuple of (int, Schedule)
        Products whose coefficient changes in time.
    """

    species: tuple[str, ...]
    reactions: tuple[str, ...]
    volume: float
    reaction_of: Codes
    rate: Floats
    law_start: Codes
    law: Codes
    polynomial: Bools
    change_start: Codes
    change_species: Codes
    change: Codes
    need_start: Codes
    need_species: Codes
    need: Codes
    subtracted: Bools
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
        """Kinetic order of each product, shape (products,)."""
        return np.diff(self.law_start)

    @cached_property
    def scheduled(self) -> Codes:
        """Products whose coefficient changes in time."""
        return np.array([product for product, _ in self.schedules], dtype=np.int32)

    def scheduled_rates(self, times: Floats) -> Floats:
        """Return the coefficients of :attr:`scheduled` at each time (s), shape (times, scheduled)."""
        values = np.array([schedule.at(times) for _, schedule in self.schedules]).reshape(-1, len(times)).T
        return np.where(self.subtracted[self.scheduled], -values, values)

    @cached_property
    def _edges(self) -> Floats:
        return np.unique(np.array([time for _, schedule in self.schedules for time in schedule.times]))

    def edges(self, start: float, stop: float) -> Floats:
        """Return the times between two others at which a rate changes, sorted."""
        return self._edges[(self._edges > start) & (self._edges < stop)]


def lower_network(model: Model, *, whole: bool = False) -> Network:
    """Lower a model; surface molecules are as well mixed as the others, over the whole membrane.

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
    _refuse_space(model)
    steps = [_as_mass_action(model, step) for step in model.steps] if whole else model.steps
    index = {name: i for i, name in enumerate(model.species_names)}
    takes = [_inside(step.reactants, index) for step in steps]
    makes = [_inside(step.products, index) for step in steps]
    changes = [
        {i: make[i] - take[i] for i in take | make if make[i] != take[i]}
        for take, make in zip(takes, makes, strict=True)
    ]
    laws = [_addends(model, step) for step in steps]
    further = [(r, product) for r, law in enumerate(laws) for product in law[1:]]
    products = [law[0] for law in laws] + [product for _, product in further]
    factors = [[index[term.species] for term in product.terms] for product in products]
    polynomial = np.array([isinstance(step.law, Polynomial) for step in steps], dtype=np.bool_)
    # Mass action of what an event takes is zero, of itself, where something is missing.
    needs = [
        take if is_sum or Counter(law) != take else {}
        for take, law, is_sum in zip(takes, factors, polynomial, strict=False)
    ]
    change_start, change_species, change = _columns(changes)
    need_start, need_species, need = _columns(needs)
    subtracted = np.array([product.subtracted for product in products], dtype=np.bool_)
    initial = np.array([_initial_rate(product.coefficient) for product in products])
    return Network(
        species=model.species_names,
        reactions=tuple(step.name for step in steps),
        volume=model.mesh.volume,
        reaction_of=np.array([*range(len(steps)), *(r for r, _ in further)], dtype=np.int32),
        rate=np.where(subtracted, -initial, initial),
        law_start=pointers(map(len, factors)),
        law=np.array([i for row in factors for i in row], dtype=np.int32),
        polynomial=polynomial,
        change_start=change_start, change_species=change_species, change=change,
        need_start=need_start, need_species=need_species, need=need,
        subtracted=subtracted,
        schedules=tuple(
            (p, product.coefficient) for p, product in enumerate(products) if isinstance(product.coefficient, Schedule)
        ),
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


def _inside(terms: Iterable[Term], index: Mapping[str, int]) -> Counter[int]:
    """Return how many molecules of each species there are among those that are not outside of a membrane."""
    return Counter(index[term.species] for term in terms if term.side != "outside")


def _as_mass_action(model: Model, step: Step) -> Step:
    """Return a step with the law of mass action that a polynomial is for whole molecules, if it is one."""
    if isinstance(step.law, Polynomial):
        found = step.law.as_mass_action(units.molecules(1.0, model.mesh.volume))
        if found is not None:
            return replace(step, rate=found[0], law=found[1])
    return step


def _addends(model: Model, step: Step) -> tuple[Product, ...]:
    """Return the products whose sum is the rate of a step, in powers of uM and 1/s.

    Surface molecules, too, have a concentration: their number in the volume. A pair of them that meets in an area A at
    k/A (1/s) does so at k/A x (molecules per uM) in 1/(uM s).
    """
    if not model.is_on_surface(step):
        return step.addends
    factor = units.molecules(1.0, model.mesh.volume) / model.mesh.area()
    return tuple(replace(product, coefficient=scaled(product.coefficient, factor)) for product in step.addends)


def _initial_rate(rate: Rate) -> float:
    return float(rate.at(0.0)) if isinstance(rate, Schedule) else float(rate)


def _columns(rows: Sequence[dict[int, int]]) -> tuple[Codes, Codes, Codes]:
    keys = np.array([key for row in rows for key in row], dtype=np.int32)
    values = np.array([value for row in rows for value in row.values()], dtype=np.int32)
    return pointers(map(len, rows)), keys, values
