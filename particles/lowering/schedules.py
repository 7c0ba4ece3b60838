"""Lowering of rates that change in time."""

from __future__ import annotations

import numpy as np

from ...compiled.csr import pointers
from ...model import Schedule
from ..kernels.tables import Schedules
from .plan import Plan


def lower_schedules(plan: Plan) -> Schedules:
    """Lower the schedules of all rates; each is kept relative to its highest value."""
    shares = [share for schedule in plan.schedules for share in shares_of(schedule)]
    return Schedules(
        start=pointers(len(schedule.times) for schedule in plan.schedules),
        time=np.array([time for schedule in plan.schedules for time in schedule.times], dtype=np.float64),
        share=np.array(shares, dtype=np.float64),
    )


def shares_of(schedule: Schedule) -> list[float]:
    """Return the values of a schedule relative to the highest."""
    peak = max(schedule.values)
    return [value / peak if peak else 0.0 for value in schedule.values]
