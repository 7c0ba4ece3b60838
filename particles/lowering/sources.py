"""Lowering of zero-order reactions."""

from __future__ import annotations

import numpy as np

from ...compiled.csr import pointers
from ...model import Model
from ...model.units import molecules
from ..kernels.tables import Sources
from .schedules import ScheduleTable


def lower_sources(model: Model, schedules: ScheduleTable) -> Sources:
    """Lower the zero-order reactions, whose molecules are born anywhere in the volume.

    Parameters
    ----------
    model : Model
        The model.
    schedules : ScheduleTable
        Takes up the rates that change in time.
    """
    rows = [(event, step, *schedules.add(step.rate)) for event, step in enumerate(model.steps) if step.order == 0]
    products = [[model.index(term.species) for term in step.products] for _, step, *_ in rows]
    return Sources(
        rate=np.array([molecules(peak, model.mesh.volume) for _, _, peak, _ in rows], dtype=np.float64),
        schedule=np.array([schedule for *_, schedule in rows], dtype=np.int32),
        event=np.array([event for event, *_ in rows], dtype=np.int32),
        product_start=pointers(map(len, products)),
        product=np.array([code for codes in products for code in codes], dtype=np.int32),
        due=np.full(len(rows), np.inf),
    )
