"""Homeostatic scaling of all weights of a neuron towards a target rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model import ParameterError, checks
from ..model.arguments import checked
from . import arrays
from .integration import follow
from .readouts import RateReadout
from .rule import check_readout

RTOL = 1e-9
"""Relative tolerance of the solver."""


@dataclass(frozen=True)
class Scaled:
    """What scaling did.

    Parameters
    ----------
    time : ndarray, shape (k,)
        In s.
    rate, activity : ndarray, shape (k,)
        Firing rate, and the neuron's slow estimate of it (Hz).
    factor : ndarray, shape (k,)
        By which every weight has been multiplied.
    integral : float
        Integrated error at the end (Hz s): hand it on to continue.
    """

    time: NDArray[np.float64]
    rate: NDArray[np.float64]
    activity: NDArray[np.float64]
    factor: NDArray[np.float64]
    integral: float


@checked
@dataclass(frozen=True)
class SynapticScaling:
    """``dw/dt = beta w (target - a) + gamma w I``, ``dI/dt = target - a``, ``tau da/dt = rate - a``.

    Multiplicative scaling (Turrigiano et al. 1998, Nature 391:892) as van Rossum, Bi & Turrigiano (2000),
    J Neurosci 20:8812, Eq. 3, write it; beta, gamma and tau are theirs. The target rate is inferred.
    Every weight is multiplied by the same factor, so that their ratios stay. Close to the target, rate goes back to it
    if ``beta > gamma tau`` (by the Routh-Hurwitz criterion on ``tau s^3 + s^2 + beta target s + gamma target``).

    Parameters
    ----------
    beta : float
        Rate of scaling per error (1/(s Hz)).
    gamma : float
        Rate of scaling per integrated error (1/(s^2 Hz)).
    tau : float
        Time constant of the activity estimate (s).
    target : float
        Target rate (Hz).
    """

    beta: float = 4e-5
    gamma: float = 1e-7
    tau: float = 100.0
    target: float = 20.0

    def __post_init__(self) -> None:
        for name in ("beta", "tau", "target"):
            checks.positive(f"SynapticScaling: {name}", getattr(self, name), error=ParameterError)
        checks.finite("SynapticScaling: gamma", self.gamma, minimum=0.0, error=ParameterError)

    @property
    def stable(self) -> bool:
        """Whether the rate returns to the target after a small disturbance."""
        return self.beta > self.gamma * self.tau

    @arrays.bounded
    def change(self, readout: RateReadout, weight: float) -> float:
        """Return the change of a weight, in its unit, by the rates (Hz) of the postsynaptic side; see `Rule`.

        Exact, from the estimate after long activity as in the first interval, and no integrated error, on.
        """
        check_readout(self, readout, RateReadout)
        estimate, integral, exponent = readout.post[0], 0.0, 0.0
        for rate, duration in zip(readout.post, readout.durations, strict=True):
            error, ahead = self.target - rate, estimate - rate
            faded = -np.expm1(-duration / self.tau)
            errors = error * duration - ahead * self.tau * faded
            integrals = integral * duration + error * duration**2 / 2 - ahead * self.tau * (duration - self.tau * faded)
            exponent += self.beta * errors + self.gamma * integrals
            estimate, integral = estimate - ahead * faded, integral + errors
        return float(weight * np.expm1(exponent))

    def follow(
        self, drive_Hz: float, time: ArrayLike, activity: float, *, factor: float = 1.0, integral: float = 0.0
    ) -> Scaled:
        """Follow the scaling of a neuron that fires at ``drive factor``.

        Parameters
        ----------
        drive_Hz : float
            Firing rate with the weights as they are: the sum of weight times input rate, 0 when silenced (Hz).
        time : array_like, shape (k,)
            Output times (s), strictly increasing.
        activity : float
            Estimate of the activity at ``time[0]`` (Hz).
        factor : float
            By which the weights have been multiplied already.
        integral : float
            Integrated error so far (Hz s).

        Returns
        -------
        Scaled

        Raises
        ------
        ParameterError
            If an argument is out of range.
        SimulationError
            If the weights run away.
        """
        at = arrays.times("SynapticScaling: time", time, least=2)
        checks.finite("SynapticScaling: drive", drive_Hz, minimum=0.0, error=ParameterError)
        checks.finite("SynapticScaling: activity", activity, minimum=0.0, error=ParameterError)
        checks.positive("SynapticScaling: factor", factor, error=ParameterError)
        checks.finite("SynapticScaling: integral", integral, error=ParameterError)

        def slope(_: float, state: NDArray[np.float64]) -> list[float]:
            estimate, log_factor, error_sum = state
            error = self.target - estimate
            return [
                (drive_Hz * np.exp(log_factor) - estimate) / self.tau,
                self.beta * error + self.gamma * error_sum,
                error,
            ]

        start = [activity, np.log(factor), integral]
        # In units of the state: Hz, nothing, Hz s.
        scale = np.array([self.target, 1.0, self.target * self.tau])
        activities, log_factors, errors = follow("SynapticScaling", slope, start, at, RTOL, RTOL * scale)
        factors = np.exp(log_factors)
        return Scaled(at, drive_Hz * factors, activities, factors, float(errors[-1]))
