"""The rule of Bienenstock, Cooper and Munro, whose threshold slides with the activity (metaplasticity)."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model import ParameterError, checks
from ..model.arguments import checked
from . import arrays
from .integration import follow
from .readouts import RateReadout
from .rule import check_readout

RTOL = 1e-8
"""Relative tolerance of the solver."""


@checked
@dataclass(frozen=True)
class BcmRule:
    """``dw/dt = eta y (y - theta) x``, ``tau dtheta/dt = y^2/target - theta``, with the linear neuron ``y = w . x``.

    Bienenstock, Cooper & Munro (1982), J Neurosci 2:32 (the sign change at a threshold that rises faster than
    linearly with mean activity); in the quadratic form of Intrator & Cooper (1992), Neural Netw 5:3, with the
    threshold as a low-pass filter (Udeigwe, Munro & Ermentrout 2017, J Math Neurosci 7:2). Neither paper gives rates
    in Hz or times in seconds: the defaults are inferred, so that the threshold is stable. Inputs have no unit, and
    weights that of the activity.

    Parameters
    ----------
    eta : float
        Learning rate (1/(Hz s)) for inputs without unit.
    tau : float
        Time constant of the threshold (s).
    target : float
        Activity (Hz) at which the threshold equals the activity.
    """

    eta: float = 0.01
    tau: float = 2.0
    target: float = 10.0

    def __post_init__(self) -> None:
        for name in ("eta", "tau", "target"):
            checks.positive(f"BcmRule: {name}", getattr(self, name), error=ParameterError)

    def modification(self, activity: ArrayLike, threshold: ArrayLike) -> NDArray[np.float64]:
        """Rate of change (Hz/s) of an active input's weight (x = 1) at activity and threshold (Hz), elementwise."""
        y = np.asarray(activity, dtype=np.float64)
        return np.asarray(self.eta * y * (y - np.asarray(threshold)))

    def threshold(self, activity: ArrayLike) -> NDArray[np.float64]:
        """Threshold (Hz) after long activity (Hz), elementwise."""
        return np.asarray(activity, dtype=np.float64) ** 2 / self.target

    def condition(self, activity: ArrayLike, threshold: float, duration: float) -> NDArray[np.float64]:
        """Change (Hz) of an active input's weight when activity is held (Hz) for ``duration`` s, from a threshold (Hz).

        Exact, with the threshold sliding meanwhile: ``eta y ((y - t) T - (threshold - t) tau (1 - exp(-T/tau)))`` with
        ``t = y^2/target``.
        """
        checks.positive("BcmRule: duration", duration, error=ParameterError)
        checks.finite("BcmRule: threshold", threshold, minimum=0.0, error=ParameterError)
        y = np.asarray(activity, dtype=np.float64)
        final = self.threshold(y)
        slid = (threshold - final) * self.tau * -np.expm1(-duration / self.tau)
        return np.asarray(self.eta * y * ((y - final) * duration - slid))

    @arrays.bounded
    def change(self, readout: RateReadout, weight: float = 0.0) -> float:
        """Return the change (Hz) of a weight by inputs (no unit) and activities (Hz); see `Rule`.

        Exact, from the threshold after long activity as in the first interval on. It does not depend on the ``weight``.
        """
        check_readout(self, readout, RateReadout)
        threshold = float(self.threshold(readout.post[0]))
        total = 0.0
        for x, y, duration in zip(readout.pre, readout.post, readout.durations, strict=True):
            total += x * float(self.condition(y, threshold, duration))
            final = float(self.threshold(y))
            threshold = final + (threshold - final) * exp(-duration / self.tau)
        return total

    def crossover(self, threshold: float, duration: float) -> float:
        """Activity (Hz) above which ``duration`` s of it potentiate, from a threshold (Hz): where condition is zero.

        ``condition / (eta y)`` is quadratic in y: ``-(T - c) y^2/target + T y - c threshold`` with
        ``c = tau (1 - exp(-T/tau))``. Beyond its larger root the threshold overtakes the activity.

        Raises
        ------
        ParameterError
            If the threshold overtakes every activity before it potentiates.
        """
        checks.positive("BcmRule: threshold", threshold, error=ParameterError)
        checks.positive("BcmRule: duration", duration, error=ParameterError)
        c = -self.tau * np.expm1(-duration / self.tau)
        discriminant = duration**2 - 4.0 * (duration - c) * c * threshold / self.target
        if discriminant < 0:
            raise ParameterError(
                f"BcmRule: from a threshold of {threshold:g} Hz no activity potentiates in {duration:g} s; "
                "give a shorter duration, a longer tau or a lower threshold."
            )
        return float(2.0 * c * threshold / (duration + np.sqrt(discriminant)))

    def critical_tau(self, drive: float) -> float:
        """Longest tau (s) at which the fixed point of one input with ``|x|^2 = drive`` is stable: 1/(eta drive target).

        There the trace of the Jacobian in (y, theta), ``eta drive target - 1/tau``, changes its sign; the determinant
        ``eta drive target / tau`` stays positive. Beyond it weights oscillate.
        """
        checks.positive("BcmRule: drive", drive, error=ParameterError)
        return 1.0 / (self.eta * drive * self.target)

    def follow(
        self,
        patterns: ArrayLike,
        weights: ArrayLike,
        threshold: float,
        time: ArrayLike,
        probabilities: ArrayLike | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Follow weights and threshold when patterns come and go faster than either: the averaged equations.

        Parameters
        ----------
        patterns : array_like, shape (m, n)
            Inputs (no unit).
        weights : array_like, shape (n,)
            At ``time[0]`` (Hz).
        threshold : float
            At ``time[0]`` (Hz).
        time : array_like, shape (k,)
            Output times (s), strictly increasing.
        probabilities : array_like, shape (m,), optional
            Of the patterns; equal ones by default.

        Returns
        -------
        tuple of ndarray
            Weights (k, n) and threshold (k,), in Hz.

        Raises
        ------
        ParameterError
            If an argument is out of range.
        SimulationError
            If the weights run away.
        """
        x = arrays.finite("BcmRule: patterns", patterns, ndim=2)
        w0 = arrays.finite("BcmRule: weights", weights, ndim=1)
        at = arrays.times("BcmRule: time", time, least=2)
        p = np.full(len(x), 1.0 / len(x)) if probabilities is None else np.asarray(probabilities, dtype=np.float64)
        if x.shape[1] != w0.size:
            raise ParameterError(f"BcmRule: the patterns have {x.shape[1]} inputs, but there are {w0.size} weights.")
        if p.shape != (len(x),) or np.any(p < 0) or not np.isclose(p.sum(), 1.0):
            raise ParameterError(f"BcmRule: give {len(x)} probabilities >= 0 that add up to 1, not {p.tolist()}.")
        checks.finite("BcmRule: threshold", threshold, minimum=0.0, error=ParameterError)

        def slope(_: float, state: NDArray[np.float64]) -> NDArray[np.float64]:
            y = x @ state[:-1]
            weight_change = (p * self.eta * y * (y - state[-1])) @ x
            return np.append(weight_change, (p @ y**2 / self.target - state[-1]) / self.tau)

        path = follow("BcmRule", slope, np.append(w0, threshold), at, RTOL, RTOL * self.target)
        return path[:-1].T, path[-1]
