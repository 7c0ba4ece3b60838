"""The membrane potential in time, and the rates that depend on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import checks
from .arguments import checked
from .errors import ArgumentError, ModelError
from .schedule import Schedule

Floats = NDArray[np.float64]

#: Intervals of a function of time, and mV of a rate, that are looked at before any is halved.
FIRST_INTERVALS, FIRST_MV = 256, 1.0
#: An interval is halved at most so often: a jump that nobody announced is then as narrow as makes no difference.
MOST_HALVINGS = 20
#: Points of a function of time or a rate.
MOST_POINTS = 100_000
#: Below this part of its highest value a rate is followed with the accuracy that it has there.
SMALL = 0.001
#: How well the integral of a rate is known, in units of the accuracy.
BEND = 0.02


@checked
@dataclass(frozen=True)
class Voltage:
    """A membrane potential in time: straight lines between points, and jumps where a time is given twice.

    Two of them can be added, such as a resting potential and the excursions of :meth:`action_potential` and
    :meth:`epsp`. A recording is ``Voltage(*np.loadtxt("trace.csv", delimiter=",", unpack=True))``.

    Parameters
    ----------
    times : sequence of float
        Seconds, from 0 on; the last value holds for ever.
    mV : sequence of float
        One per time.

    Raises
    ------
    ModelError
        If the two do not describe a function of time.
    """

    times: Sequence[float]
    mV: Sequence[float]

    def __post_init__(self) -> None:
        times, values = (tuple(map(float, np.atleast_1d(part))) for part in (self.times, self.mV))
        if not times or len(times) != len(values):
            raise ModelError(f"Voltage: {len(times)} times and {len(values)} values; give one value per time.")
        if times[0] != 0.0:
            raise ModelError(f"Voltage: the first time is {times[0]:g} s; begin at 0.")
        for k, (time, value) in enumerate(zip(times, values, strict=True)):
            checks.finite(f"Voltage: time {k} (s)", time)
            checks.finite(f"Voltage: value {k} (mV)", value)
            if k and time < times[k - 1]:
                raise ModelError(f"Voltage: time {k} is {time:g} s, after {times[k - 1]:g} s; sort the times.")
            if k > 1 and time == times[k - 2]:
                raise ModelError(f"Voltage: the time {time:g} s is given three times; a jump needs two values.")
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "mV", values)

    @classmethod
    def constant(cls, mV: float) -> Voltage:
        """Return a voltage clamp."""
        return cls([0.0], [mV])

    @classmethod
    def steps(cls, times: Sequence[float], mV: Sequence[float]) -> Voltage:
        """Return a potential that is constant between given times.

        Parameters
        ----------
        times : sequence of float
            Seconds, increasing strictly from 0: when each level begins.
        mV : sequence of float
            One level per time.
        """
        return cls(np.repeat(times, 2)[1:], np.repeat(mV, 2)[:-1])  # type: ignore[arg-type]  # arrays become tuples

    @classmethod
    def from_function(
        cls,
        function: Callable[[float], float],
        duration: float,
        *,
        accuracy_mV: float = 0.1,
        jumps: Sequence[float] = (),
    ) -> Voltage:
        """Sample a function of time, more densely where it bends.

        Parameters
        ----------
        function : callable
            mV at a time (s), from 0 to ``duration``, from the right at jumps.
        duration : float
            Seconds; the last value holds from then on.
        accuracy_mV : float
            The straight line between two points misses the function by at most so much half way.
        jumps : sequence of float
            Times (s) at which the function jumps.

        Raises
        ------
        ModelError
            If a number is out of range, or the function fails or is not finite.
        """
        checks.positive("Voltage: duration (s)", duration)
        checks.positive("Voltage: accuracy (mV)", accuracy_mV)
        edges = np.unique([0.0, *(t for t in jumps if 0 < t < duration), duration])

        def is_rough(left: Floats, middle: Floats, right: Floats) -> NDArray[np.bool_]:
            return np.abs(middle - (left + right) / 2) > accuracy_mV

        parts = []
        for start, stop in pairwise(edges):
            number = 1 + int(np.ceil(FIRST_INTERVALS * (stop - start) / duration))
            nodes = np.linspace(start, stop, number)
            # The last point belongs to this part: the value from the left.
            nodes[-1] = np.nextafter(stop, start)
            times, values = _refine(nodes, _guarded(function, "Voltage", "s"), is_rough)
            times[-1] = stop
            parts.append((times, values))
        return cls(*(np.concatenate(part) for part in zip(*parts, strict=True)))  # type: ignore[arg-type]  # arrays become tuples

    @classmethod
    def action_potential(
        cls,
        at: float | Sequence[float],
        *,
        amplitude_mV: float = 100.0,
        slow_share: float = 0.25,
        fast_s: float = 3e-3,
        slow_s: float = 25e-3,
    ) -> Voltage:
        """Return back-propagating action potentials in a spine, above the resting potential.

        A jump and two exponentials: 100 mV, a quarter of which decays with 25 ms and the rest with 3 ms (Shouval, Bear
        & Cooper 2002, PNAS 99:10831). Several add up.

        Parameters
        ----------
        at : float or sequence of float
            When they arrive in the spine (s).
        amplitude_mV, slow_share, fast_s, slow_s : float
            Height, the share of it that decays slowly, and both time constants (s).
        """
        checks.positive("Action potential: amplitude (mV)", amplitude_mV)
        checks.finite("Action potential: slow share", slow_share, minimum=0.0)
        if slow_share > 1:
            raise ModelError(f"Action potential: slow share is {slow_share:g}; give a number from 0 to 1.")

        def shape(t: Floats) -> Floats:
            return (1 - slow_share) * np.exp(-t / fast_s) + slow_share * np.exp(-t / slow_s)

        return cls._train(shape, at, amplitude_mV, fast_s, slow_s)

    @classmethod
    def epsp(
        cls,
        at: float | Sequence[float],
        amplitude_mV: float,
        *,
        rise_s: float = 5e-3,
        decay_s: float = 50e-3,
    ) -> Voltage:
        """Return excitatory postsynaptic potentials, above the resting potential.

        ``exp(-t/50 ms) - exp(-t/5 ms)``, with the peak at the amplitude (Shouval, Bear & Cooper 2002, PNAS 99:10831).
        Several add up.

        Parameters
        ----------
        at : float or sequence of float
            Their beginnings (s).
        amplitude_mV : float
            Peak.
        rise_s, decay_s : float
            Time constants (s), the shorter one first.
        """
        if not 0 < rise_s < decay_s:
            raise ModelError(f"EPSP: rise and decay are {rise_s:g} and {decay_s:g} s; give 0 < rise < decay.")
        peak = np.log(decay_s / rise_s) * rise_s * decay_s / (decay_s - rise_s)

        def difference(t: Floats) -> Floats:
            return np.exp(-t / decay_s) - np.exp(-t / rise_s)

        return cls._train(lambda t: difference(t) / difference(peak), at, amplitude_mV, rise_s, decay_s)

    @classmethod
    def _train(
        cls,
        shape: Callable[[Floats], Floats],
        at: float | Sequence[float],
        amplitude_mV: float,
        *taus: float,
    ) -> Voltage:
        """Add up excursions of one shape that have decayed, but for 1e-6, when the sampling ends."""
        onsets = np.atleast_1d(np.asarray(at, dtype=np.float64))
        for onset in onsets:
            checks.finite("Voltage: beginning of an excursion (s)", float(onset), minimum=0.0)
        for tau in taus:
            checks.positive("Voltage: time constant of an excursion (s)", tau)

        def potential(time: float) -> float:
            return float(amplitude_mV * shape(time - onsets[onsets <= time]).sum())

        return cls.from_function(potential, onsets.max() + 14 * max(taus), jumps=onsets.tolist())

    def __add__(self, other: Voltage) -> Voltage:
        """Return the sum of two potentials, exactly."""
        if not isinstance(other, Voltage):
            raise ArgumentError(f"Voltage: what is added is {other!r}; give a Voltage.")
        times = np.union1d(self.times, other.times)
        left, right = (self._value(times, side) + other._value(times, side) for side in ("left", "right"))
        twice = np.repeat(times, 2)
        values = np.stack([left, right], axis=1).ravel()
        # Points that are no jump are wanted once.
        keep = np.ones(values.size, dtype=bool)
        keep[1::2] = left != right
        return Voltage(twice[keep], values[keep])  # type: ignore[arg-type]  # arrays become tuples

    def at(self, time: ArrayLike) -> Floats:
        """Return the potential (mV) at each time (s); at a jump, that after it."""
        return self._value(np.asarray(time, dtype=np.float64), "right")

    def _value(self, time: Floats, side: str) -> Floats:
        """Return the limit from one side."""
        times, mV = np.array(self.times), np.array(self.mV)
        if side == "right":
            begin = np.clip(np.searchsorted(times, time, "right") - 1, 0, times.size - 1)
            end = np.minimum(begin + 1, times.size - 1)
        else:
            end = np.clip(np.searchsorted(times, time, "left"), 0, times.size - 1)
            begin = np.maximum(end - 1, 0)
        width = times[end] - times[begin]
        share = np.where(width > 0, np.clip(time - times[begin], 0, width) / np.where(width > 0, width, 1.0), 1.0)
        return np.asarray(mV[begin] + share * (mV[end] - mV[begin]))

    def rate_of(self, function: Callable[[float], float], *, accuracy: float = 0.02) -> Schedule:
        """Return a rate that depends on the potential as a function of time that is constant by pieces.

        Each piece has the mean of the rate over it, so that the expected number of events up to the end of a piece is
        right to a fiftieth of ``accuracy``. Within a piece the rate varies by at most ``accuracy`` times its highest
        value there, or times a thousandth of its highest value of all, if that is more.

        Parameters
        ----------
        function : callable
            Rate at a potential (mV), >= 0; it may jump, but should not have features narrower than 1 mV.
        accuracy : float
            Variation within a piece.

        Raises
        ------
        ModelError
            If the function fails, or a rate is negative or not finite.
        """
        checks.positive("Voltage: accuracy of a rate", accuracy)
        times, mV = np.array(self.times), np.array(self.mV)
        rate = _guarded(function, "Rate", "mV", minimum=0.0)
        # Positions along the polyline: the number of a point plus the fraction of the way to the next.
        point = np.arange(times.size)
        steps = np.where(np.diff(times) > 0, np.ceil(np.abs(np.diff(mV)) / FIRST_MV).clip(1), 1).astype(int)
        nodes = np.concatenate([*(k + np.arange(n) / n for k, n in enumerate(steps)), [times.size - 1.0]])
        peak = rate(np.interp(nodes, point, mV)).max()

        def is_rough(left: Floats, middle: Floats, right: Floats) -> NDArray[np.bool_]:
            value = np.maximum(left, right)
            varies = np.abs(right - left) > accuracy * np.maximum(value, SMALL * peak)
            bend = np.abs(middle - (left + right) / 2)
            return varies | (bend > BEND * accuracy * np.maximum(value, SMALL**2 * peak))

        jumps = np.diff(times)[np.floor(nodes[:-1]).astype(int)] == 0
        nodes, values = _refine(nodes, lambda s: rate(np.interp(s, point, mV)), is_rough, jumps)
        return _piecewise(np.interp(nodes, point, times), values, accuracy, SMALL * peak)


def _guarded(
    function: Callable[[float], float], what: str, unit: str, minimum: float | None = None
) -> Callable[[Floats], Floats]:
    """Return a function of arrays that refuses what is no number."""

    def evaluate(x: Floats) -> Floats:
        values = np.empty(x.size)
        for k, at in enumerate(x.tolist()):
            try:
                value = function(at)
                if isinstance(value, bool | np.bool_ | str | bytes):
                    raise TypeError(f"{value!r} is no number")
                values[k] = value
            except Exception as error:  # whatever is in a function of somebody else
                raise ModelError(
                    f"{what} at {at:.6g} {unit} cannot be computed: {error!r}; mend the function."
                ) from None
            checks.finite(f"{what} at {at:.6g} {unit}", float(values[k]), minimum=minimum)
        return values

    return evaluate


def _refine(
    nodes: Floats,
    evaluate: Callable[[Floats], Floats],
    is_rough: Callable[[Floats, Floats, Floats], NDArray[np.bool_]],
    done: NDArray[np.bool_] | None = None,
) -> tuple[Floats, Floats]:
    """Halve the intervals between nodes where a function is rough; return the nodes and its values there."""
    values = evaluate(nodes)
    done = np.zeros(nodes.size - 1, dtype=bool) if done is None else done.copy()
    for _ in range(MOST_HALVINGS):
        left = np.flatnonzero(~done)
        if nodes.size + left.size > MOST_POINTS:
            raise ModelError(f"Voltage: more than {MOST_POINTS} points are needed; ask for less accuracy.")
        middle = (nodes[left] + nodes[left + 1]) / 2
        between = evaluate(middle)
        rough = is_rough(values[left], between, values[left + 1])
        done[left] = ~rough
        where = left[rough] + 1
        if not where.size:
            break
        nodes, values = np.insert(nodes, where, middle[rough]), np.insert(values, where, between[rough])
        done = np.insert(done, where - 1, False)
    return nodes, values


def _piecewise(times: Floats, values: Floats, accuracy: float, floor: float) -> Schedule:
    """Join neighbouring nodes of a polyline to pieces within which it varies little; each has its mean."""
    starts, low, high = [0], values[0], values[0]
    for k in range(1, times.size):
        low, high = min(low, values[k]), max(high, values[k])
        jump = times[k] == times[k - 1]
        if jump or high - low > accuracy * max(high, floor):
            begin = k if jump else k - 1
            low, high = sorted((values[begin], values[k]))
            if begin > starts[-1]:
                starts.append(begin)
    area = np.concatenate([[0.0], np.cumsum(np.diff(times) * (values[1:] + values[:-1]) / 2)])
    edges = np.unique([*starts, times.size - 1])
    edges = edges[np.concatenate([np.diff(times[edges]) > 0, [True]])]
    means = np.diff(area[edges]) / np.diff(times[edges])
    return Schedule(times[edges], [*means, values[-1]])
