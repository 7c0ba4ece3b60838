"""Lowering of rates that change in time."""

from __future__ import annotations

import numpy as np

from ...model import Schedule
from ..kernels.tables import Schedules


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

    def table(self) -> Schedules:
        """Return all of them."""
        start, time = np.array(self._start, np.int32), np.array(self._time, np.float64)
        return Schedules(start=start, time=time, share=np.array(self._share, np.float64))
