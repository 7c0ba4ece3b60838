"""How often each species moves."""

from __future__ import annotations

import math

import numpy as np

from ...model import Model
from ..kernels.tables import Longs

#: A species moves again when its rms step per axis reaches this fraction of a voxel.
MOVE_FRACTION = 0.75
#: Species that hardly move at all wait no more than 2 to this power of steps.
LONGEST_WAIT_LOG2 = 30


def period_of(D: float, dt: float, voxel: float) -> int:
    """Return how many steps, a power of two, there are from one move of a species to the next; 0 if it never moves."""
    if D == 0:
        return 0
    most = (MOVE_FRACTION * voxel) ** 2 / (2 * D * dt)
    return int(2 ** min(max(0, math.floor(math.log2(most))), LONGEST_WAIT_LOG2))


def periods(model: Model, dt: float, voxel: float) -> Longs:
    """Return how many steps there are from one move of each species to the next; 0 if it never moves.

    Those whose place at every step is looked at move at every step: species that are followed or in sampling zones, at
    absorbers that test straight steps, at walls whose hits are counted, at clamps and partial absorbers, whom a late
    move would leave inside, and emitted by surface molecules, whose first moves make the profile around a pore.
    """
    surface = model.surface_species
    watched = {sampler.species for sampler in model.samplers if sampler.within is not None}
    watched |= {residence.species for residence in model.residences}
    watched |= {b.species for b in model.boundaries if b.behaviour.is_punctual(on_surface=b.species in surface)}
    emissions = [step for step in model.steps if step.order == 1 and step.reactants[0].species in surface]
    watched |= {term.species for step in emissions for term in step.products} - surface
    found = [period_of(species.D, dt, voxel) for species in model.species]
    return np.array(
        [min(n, 1) if s.name in watched else n for s, n in zip(model.species, found, strict=True)], dtype=np.int64
    )
