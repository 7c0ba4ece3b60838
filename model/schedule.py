"""Quantities that change in time by steps: stimuli, rates under a voltage protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import checks
from .arguments import checked
from .document import BESIDE
from .errors import ModelError


@checked
@dataclass(frozen=True)
class Schedule:
    """A rate that is constant between given times: ``values[k]`` from ``times[k]`` until ``times[k + 1]``.

    Parameters
    ----------
    times : sequence of float
        Seconds, increasing strictly from 0; the last value holds for ever.
    values : sequence of float
        One per time, >= 0, in the unit of the rate that the schedule stands for.

    Raises
    ------
    ModelError
        If the two do not describe a function of time.
    """

    times: Sequence[float] | NDArray[np.floating] = field(metadata=BESIDE)
    values: Sequence[float] | NDArray[np.floating] = field(metadata=BESIDE)

    def __post_init__(self) -> None:
        times, values = (tuple(map(float, part)) for part in (self.times, self.values))
        if not times or len(times) != len(values):
            raise ModelError(f"Schedule: {len(times)} times and {len(values)} values; give one value per time.")
        if times[0] != 0.0:
            raise ModelError(f"Schedule: the first time is {times[0]:g} s; begin at 0.")
        for k, (time, value) in enumerate(zip(times, values, strict=True)):
            checks.finite(f"Schedule: time {k} (s)", time)
            checks.finite(f"Schedule: value {k}", value, minimum=0.0)
            if k and time <= times[k - 1]:
                raise ModelError(f"Schedule: time {k} is {time:g} s, after {times[k - 1]:g} s; sort the times.")
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "values", values)

    @classmethod
    def pulses(cls, onsets: ArrayLike, duration: float, height: float) -> Schedule:
        """Return rectangular pulses that are zero in between.

        Parameters
        ----------
        onsets : array_like
            Seconds, increasing.
        duration : float
            Length of each pulse (s).
        height : float
            Value during a pulse.

        Raises
        ------
        ModelError
            If pulses overlap; pulses may touch.
        """
        begin = np.atleast_1d(np.asarray(onsets, dtype=np.float64))
        if begin.ndim != 1 or not np.isfinite(begin).all():
            raise ModelError(f"Schedule: onsets have shape {begin.shape}; give a list of finite times (s).")
        checks.positive("Schedule: duration of a pulse (s)", duration)
        end = begin + duration
        overlap = np.flatnonzero(begin[1:] < end[:-1] * (1 - 1e-12))
        if overlap.size:
            k = int(overlap[0])
            raise ModelError(
                f"Schedule: the pulse at {begin[k]:g} s lasts until {end[k]:g} s, but the next begins at "
                f"{begin[k + 1]:g} s; give shorter pulses or later onsets."
            )
        times, values = [0.0], [0.0]
        for start, stop in zip(begin, end, strict=True):
            if start <= times[-1] * (1 + 1e-12):
                values[-1] = height
            else:
                times.append(start)
                values.append(height)
            times.append(stop)
            values.append(0.0)
        return cls(times, values)

    def at(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the value at each time (s)."""
        index = np.searchsorted(self.times, time, side="right") - 1
        return np.asarray(self.values)[index]

    def scaled(self, factor: float) -> Schedule:
        """Return the schedule with every value multiplied."""
        return Schedule(self.times, [factor * value for value in self.values])

    def integral(self, until: float) -> float:
        """Return the integral from 0 to a time (s)."""
        edges = np.clip([*self.times, np.inf], 0.0, until)
        return float(np.diff(edges) @ np.asarray(self.values))
