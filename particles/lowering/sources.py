"""Lowering of zero-order reactions."""

from __future__ import annotations

import numpy as np

from ...compiled.csr import pointers
from ...model.units import molecules
from ..kernels.tables import Sources
from .plan import Plan


def lower_sources(plan: Plan) -> Sources:
    """Lower the zero-order reactions, whose molecules are born anywhere in the volume."""
    steps = plan.steps(order=0)
    rates = [plan.rates[event] for event, _ in steps]
    products = [plan.codes(step.products) for _, step in steps]
    return Sources(
        rate=np.array([molecules(rate.peak, plan.mesh.volume) for rate in rates], dtype=np.float64),
        schedule=np.array([rate.schedule for rate in rates], dtype=np.int32),
        event=np.array([event for event, _ in steps], dtype=np.int32),
        product_start=pointers(map(len, products)),
        product=np.array([code for codes in products for code in codes], dtype=np.int32),
    )
