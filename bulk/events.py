"""The events of a well-mixed network: each reaction of a model in each compartment that has its reactants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from ..model import Formula, Model, Polynomial, Schedule, Step, Term, units
from ..model.expressions import product as product_of
from ..model.expressions import replaced
from ..model.laws import OwnLaw, Rate, scaled
from .pools import NOWHERE, Pools
from .tape import Concentration, Placed


class Addend(NamedTuple):
    """One of the products whose sum is a rate: a coefficient times the concentrations of some pools."""

    coefficient: Rate
    pools: tuple[int, ...]
    subtracted: bool = False


NO_RATE = Addend(0.0, ())


@dataclass(frozen=True)
class Event:
    """What changes at once, and how often.

    Parameters
    ----------
    label : str
        What messages call it.
    takes, makes : Counter
        Molecules by pool.
    rate : tuple of Addend
        In powers of uM and 1/s, all concentrations being numbers in `Pools.scale`.
    as_it_stands : bool
        Whether the rate counts a molecule with itself; mass action counts different molecules.
    step : int
        The reaction of the model that it is, -1 if it is none.
    formula : expression, optional
        What is added to the rate.
    passage : (int, int), optional
        The boundary of the model that it passes, and which way, as in a result's ``crossing``.
    """

    label: str
    takes: Counter[int]
    makes: Counter[int]
    rate: tuple[Addend, ...]
    as_it_stands: bool = False
    step: int = -1
    formula: Placed | None = None
    passage: tuple[int, int] | None = None

    @property
    def changes(self) -> dict[int, int]:
        """Net change of molecules by pool."""
        pools = self.takes | self.makes
        return {pool: self.makes[pool] - self.takes[pool] for pool in pools if self.makes[pool] != self.takes[pool]}

    def beside(self, held: Mapping[int, float]) -> Event:
        """Return the event where the concentrations of some pools, in `Pools.scale`, are held whatever it changes."""

        def beside(leaf: Concentration | Schedule) -> Placed:
            if isinstance(leaf, Concentration) and leaf.pool in held:
                return held[leaf.pool] * leaf.factor
            return leaf

        return replace(
            self,
            takes=Counter({pool: n for pool, n in self.takes.items() if pool not in held}),
            makes=Counter({pool: n for pool, n in self.makes.items() if pool not in held}),
            rate=tuple(_beside(addend, held) for addend in self.rate),
            formula=None if self.formula is None else replaced(self.formula, beside),
        )


def _beside(addend: Addend, held: Mapping[int, float]) -> Addend:
    coefficient, free = addend.coefficient, []
    for pool in addend.pools:
        if pool in held:
            coefficient = scaled(coefficient, held[pool])
        else:
            free.append(pool)
    return addend._replace(coefficient=coefficient, pools=tuple(free))


def reaction_events(model: Model, pools: Pools, *, whole: bool) -> Iterator[Event]:
    """Yield each reaction in each compartment, or at each membrane, where there may be what it takes."""
    for number, step in enumerate(model.steps):
        for home in pools.homes:
            if step.compartment not in (None, pools.compartments[home]):
                continue
            takes = pools.count(step.reactants, home)
            # Outside of every compartment there is nothing to be taken, and nobody sees what is made.
            if NOWHERE in takes:
                continue
            makes = pools.count(step.products, home)
            del makes[NOWHERE]
            here = _as_mass_action(step, pools.molecules_per_uM(home)) if whole else step
            formula = _formula(pools, here.law, home) if isinstance(here.law, Formula) else None
            rate = _rate(model, pools, here, home) if formula is None else (NO_RATE,)
            if rate:
                own = isinstance(here.law, OwnLaw)
                yield Event(pools.label(step.name, home), takes, makes, rate, own, number, formula)


def _rate(model: Model, pools: Pools, step: Step, home: int) -> tuple[Addend, ...]:
    """Return the rate of a reaction in a compartment.

    A pair of surface molecules that meets in an area A at k/A (1/s) does so at k/A x (molecules per uM) in 1/(uM s).
    """
    found = []
    for product in step.addends:
        places = tuple(pools.at(term, home) for term in product.terms)
        if NOWHERE in places:
            continue
        if model.is_on_surface(step):
            factor = units.molecules(1.0, pools.scale) / float(pools.area[home])
        else:
            factor = pools.per_molecule(places, home)
        found.append(Addend(scaled(product.coefficient, factor), places, product.subtracted))
    return tuple(found)


def _formula(pools: Pools, law: Formula, home: int) -> Placed:
    """Return the rate of a reaction in a compartment by a formula of the concentrations there."""

    def placed(leaf: Term | Schedule) -> Placed:
        if isinstance(leaf, Schedule):
            return leaf
        pool = pools.at(leaf, home)
        return 0.0 if pool == NOWHERE else Concentration(pool, pools.per_scale(pool))

    return product_of(float(pools.volume[home] / pools.scale), replaced(law.resolved, placed))


def _as_mass_action(step: Step, molecules_per_uM: float) -> Step:
    """Return a step with the law of mass action that a polynomial is for whole molecules, if it is one."""
    if isinstance(step.law, Polynomial):
        found = step.law.as_mass_action(molecules_per_uM)
        if found is not None:
            return replace(step, rate=found[0], law=found[1])
    return step
