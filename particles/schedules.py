"""Lowering of rates that change in time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model import Schedule


class ScheduleTable:
    """The schedules of a model; each is kept relative to its highest value."""

    def __init__(self) -> None:
        self._time: list[float] = []
        self._share: list[float] = []
        self._start = [0]

    def add(self, rate: float | Schedule) -> tuple[float, int]:
        """Take up a rate; returns its highest value and the number of its schedule, -1 if it is constant."""
        if not isinstance(rate, Schedule):
            return rate, -1
        peak = max(rate.values)
        self._time += rate.times
        self._share += [value / peak if peak else 0.0 for value in rate.values]
        self._start.append(len(self._time))
        return peak, len(self._start) - 2

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """Return the columns ``schedule_*`` of :class:`~nanospine.particles.kernels.tables.Chemistry`."""
        return {
            "schedule_start": np.array(self._start, dtype=np.int32),
            "schedule_time": np.array(self._time, dtype=np.float64),
            "schedule_share": np.array(self._share, dtype=np.float64),
        }
