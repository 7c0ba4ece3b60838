"""Lowering of the zones in which molecules are counted."""

from __future__ import annotations

import numpy as np

from ..kernels.tables import Samplers
from .plan import Plan
from .zones import sampler_zone, zone_rows


def lower_samplers(plan: Plan) -> Samplers:
    """Lower the samplers."""
    model = plan.model
    species = np.array([model.index(sampler.species) for sampler in model.samplers], dtype=np.int32)
    gates = [-1 if s.while_present is None else model.index(s.while_present) for s in model.samplers]
    zone = zone_rows(map(sampler_zone, model.samplers))
    placed = zone[:, 0] <= zone[:, 3]
    sampled = np.zeros(plan.D.size, np.bool_)
    sampled[species[placed]] = True
    low, high = zone[placed, :3].min(axis=0, initial=np.inf), zone[placed, 3:6].max(axis=0, initial=-np.inf)
    return Samplers(
        species=species,
        gate=np.array(gates, dtype=np.int32),
        zone=zone,
        sampled=sampled,
        bounds=np.concatenate([low, high]),
    )
