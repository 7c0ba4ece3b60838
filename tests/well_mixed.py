"""Small models of reactions, and runs of them, for the tests of the well-mixed engines."""

from __future__ import annotations

from typing import Literal

import numpy as np

from nanospine import (
    ODE,
    SSA,
    Model,
    Reaction,
    Release,
    Result,
    Species,
    cube,
    simulate,
)
from nanospine.model import units
from nanospine.results.estimates import Estimate

VOLUME = 0.05
HEAD = cube(VOLUME)
PER_UM = units.molecules(1.0, VOLUME)
TIGHT = ODE(rtol=1e-10, atol=1e-13)
#: Global errors may exceed the tolerance of a step by some orders of magnitude; these runs are short.
ROOM = 1e3 * TIGHT.rtol


def model(*reactions: Reaction, **numbers: float) -> Model:
    """A model of all species that the reactions name, with initial numbers."""
    steps = [step for reaction in reactions for step in reaction.steps]
    names = sorted({t.species for s in steps for t in s.reactants + s.products + s.law.terms})
    releases = [Release(name, concentration=number / PER_UM) for name, number in numbers.items()]
    return Model(HEAD, species=[Species(name) for name in names], reactions=reactions, releases=releases)


def ode(m: Model, duration: float, **options: object) -> Result:
    return simulate(m, duration, TIGHT, **options)


def trials(m: Model, duration: float, n: int, engine: SSA | Literal["ssa"] = "ssa") -> dict[str, np.ndarray]:
    """Final numbers of each species in n trials."""
    runs = [simulate(m, duration, engine, trial=i, every=duration) for i in range(n)]
    return {name: np.array([run.number(name)[-1] for run in runs]) for name in m.species_names}


def z_mean(values: np.ndarray, expected: float) -> float:
    return Estimate.of(values).z(expected)
