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

#: An exponential decay is a constant for each hundredth of its time constant, and ends after 14 of these.
PIECES_PER_DECAY, LONGEST_DECAY = 100, 14
#: So many have half a million pieces.
MOST_DECAYS = 500
#: Of the length of such a piece.
SAME = 1e-6


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

    @classmethod
    def decays(cls, onsets: ArrayLike, decay: float, height: float) -> Schedule:
        """Return exponential decays that begin at given times and add up; each piece has the mean over it.

        Within a piece one decay falls by a hundredth. What is left of it after 14 time constants, 1e-6, is cut.

        Parameters
        ----------
        onsets : array_like
            Seconds, >= 0.
        decay : float
            Time constant (s).
        height : float
            Value of each at its onset.

        Raises
        ------
        ModelError
            If a number is out of range.
        """
        begin = np.atleast_1d(np.asarray(onsets, dtype=np.float64)).ravel()
        for time in begin:
            checks.finite("Schedule: onset of a decay (s)", float(time), minimum=0.0)
        if begin.size > MOST_DECAYS:
            raise ModelError(f"Schedule: there are {begin.size} decays; give at most {MOST_DECAYS}.")
        checks.positive("Schedule: time constant of a decay (s)", decay)
        checks.finite("Schedule: height of a decay", height, minimum=0.0)
        after = decay / PIECES_PER_DECAY * np.arange(LONGEST_DECAY * PIECES_PER_DECAY + 1)
        edges = np.union1d(0.0, np.add.outer(begin, after))
        # Edges of two decays that differ by rounding are one.
        edges = edges[np.diff(edges, prepend=-np.inf) > SAME * after[1]]
        area, ended = np.zeros(edges.size), np.zeros(edges.size)
        for time in begin:
            first, last = np.searchsorted(edges, (time, time + after[-1]))
            area[first:last] -= np.expm1((time - edges[first:last]) / decay)
            ended[last : last + 1] += 1
        area = height * decay * (area - np.expm1(-after[-1] / decay) * np.cumsum(ended))
        return cls(edges, [*np.diff(area) / np.diff(edges), 0.0])

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
