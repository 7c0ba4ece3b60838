"""How often each species moves."""

from __future__ import annotations

import math
from collections.abc import Mapping

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

    Those whose place at every step is looked at move at every step: species that are followed or in sampling zones, on
    the surface at a rim where they end, and emitted by surface molecules, whose first moves make the profile around a
    pore. What has a boundary moves at every step near it (see :mod:`.stays`); everywhere if it has partners that do not
    move at every step, since it would meet these again as often as its own steps let it.
    """
    surface = model.surface_species
    watched = {sampler.species for sampler in model.samplers if sampler.within is not None}
    watched |= {residence.species for residence in model.residences}
    watched |= {b.species for b in model.boundaries if b.species in surface and b.behaviour.ends_at_rim}
    emissions = [step for step in model.steps if step.order == 1 and step.reactants[0].species in surface]
    watched |= {term.species for step in emissions for term in step.products} - surface
    found = {species.name: period_of(species.D, dt, voxel) for species in model.species}
    found |= {name: min(found[name], 1) for name in watched}
    found |= dict.fromkeys(bounded_with_slow_partners(model, found), 1)
    return np.array([found[species.name] for species in model.species], dtype=np.int64)


def bounded_with_slow_partners(model: Model, period: Mapping[str, int]) -> set[str]:
    """Return the volume species with a boundary that meet partners who do not move at every step."""
    pairs = [[term.species for term in step.reactants] for step in model.steps if step.order == 2]
    bounded = {boundary.species for boundary in model.boundaries} - model.surface_species
    slow = {name for pair in pairs for name, other in (pair, pair[::-1]) if period[other] != 1}
    return {name for name in bounded & slow if period[name] > 1}
