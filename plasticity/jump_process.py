"""Volume changes by random calcium events: the jump process, its first two moments, and its direct simulation.

The statistical model of O'Donnell, Nolan & van Rossum (2011), J Neurosci 31:16142 (Figs. 4 and 5). A spine
receives calcium events at a fixed rate. The amplitude of an event is random with a mean that depends on the
volume V; its plasticity rule acts for the event's duration. Between events the volume fluctuates spontaneously.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, ndtr

from ..compiled.jit import jit
from ..compiled.sigmoids import sum_of_sigmoids
from ..model.errors import ParameterError
from .arrays import check_rows

Kind = Literal["exponential", "uniform", "lognormal"]


@dataclass(frozen=True)
class Amplitudes:
    """Distribution of [Ca2+] amplitudes: a shape that is scaled to its mean, and an optional cap.

    Parameters
    ----------
    kind : {"exponential", "uniform", "lognormal"}
        Shape; the uniform one reaches from 0 to twice the mean.
    cv : float
        Coefficient of variation of the log-normal shape (the others have 1 and 0.577).
    cap_uM : float
        Larger amplitudes are set to this (uM).
    """

    kind: Kind = "exponential"
    cv: float = 1.0
    cap_uM: float = np.inf

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ParameterError(
                f"The amplitude distribution is {self.kind!r}; choose one of {', '.join(get_args(Kind))}."
            )
        for name in ("cv", "cap_uM"):
            if not getattr(self, name) > 0:
                raise ParameterError(f"Amplitudes: {name} is {getattr(self, name)!r}; give a number > 0.")

    @property
    def log_sd(self) -> float:
        """Standard deviation of the logarithm of the log-normal shape."""
        return float(np.sqrt(np.log1p(self.cv**2)))

    def survival(self, calcium_uM: NDArray[np.float64], mean_uM: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability that an amplitude exceeds ``calcium_uM`` (m,) for each mean (n,); shape (n, m)."""
        x = calcium_uM / mean_uM[:, None]
        if self.kind == "exponential":
            probability = np.exp(-x)
        elif self.kind == "uniform":
            probability = np.clip(1.0 - x / 2.0, 0.0, 1.0)
        else:
            with np.errstate(divide="ignore"):
                probability = ndtr(-np.log(x) / self.log_sd - self.log_sd / 2.0)
        return np.where(calcium_uM < self.cap_uM, probability, 0.0)

    def unit_samples(self, rng: np.random.Generator, n: int) -> NDArray[np.float64]:
        """Draw ``n`` amplitudes of mean 1 before the cap."""
        if self.kind == "exponential":
            return rng.standard_exponential(n)
        if self.kind == "uniform":
            return rng.uniform(0.0, 2.0, n)
        return np.exp(self.log_sd * rng.standard_normal(n) - self.log_sd**2 / 2.0)


@dataclass(frozen=True)
class JumpProcess:
    """Calcium events that change a volume.

    Parameters
    ----------
    rule : ndarray, shape (m, 3)
        dV/dt (um^3/s) as a sum of sigmoids of [Ca2+]: rows of height, centre (uM), width (uM).
    alpha : float
        Scaling of calcium influx with volume: the mean amplitude is proportional to V^(alpha - 1).
    reference_uM, reference_um3 : float
        Mean amplitude at a volume.
    rate_Hz, duration_s : float
        Rate and duration of events.
    amplitudes : Amplitudes
        Their distribution.
    noise_um6_per_s, noise_slope_per_um3 : float
        Spontaneous fluctuations of variance rate noise (1 + slope V); the paper's 2e-8 (1 + 20 V).
    """

    rule: NDArray[np.float64]
    alpha: float
    reference_uM: float
    reference_um3: float
    rate_Hz: float = 1.0
    duration_s: float = 0.02
    amplitudes: Amplitudes = Amplitudes()
    noise_um6_per_s: float = 2e-8
    noise_slope_per_um3: float = 20.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "rule", check_rows(self.rule))
        if not np.isfinite(self.alpha):
            raise ParameterError(f"JumpProcess: alpha is {self.alpha!r}; give a finite number, e.g. 0, 1 or 2.")
        for name in ("reference_uM", "reference_um3", "rate_Hz", "duration_s"):
            if not getattr(self, name) > 0:
                raise ParameterError(f"JumpProcess: {name} is {getattr(self, name)!r}; give a number > 0.")
        for name in ("noise_um6_per_s", "noise_slope_per_um3"):
            if not getattr(self, name) >= 0:
                raise ParameterError(f"JumpProcess: {name} is {getattr(self, name)!r}; give a number >= 0.")

    def mean_amplitude(self, volume_um3: ArrayLike) -> NDArray[np.float64]:
        """Mean [Ca2+] amplitude (uM) at a volume."""
        volume = np.asarray(volume_um3, dtype=np.float64)
        if np.any(~(volume > 0)):
            raise ParameterError(f"A volume is {volume.min()} um^3; give volumes > 0.")
        mean: NDArray[np.float64] = self.reference_uM * (volume / self.reference_um3) ** (self.alpha - 1.0)
        return mean

    def moments(self, volume_um3: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return drift A (um^3/s) and jump variance rate B (um^6/s) at volumes (n,).

        An average over amplitudes c is g(0) + integral of g'(c) P(amplitude > c) dc, in which g' lives only
        around the thresholds: exp(-20) of it is left 20 widths away.
        """
        volume = np.atleast_1d(np.asarray(volume_um3, dtype=np.float64))
        height, centre, width = self.rule.T
        step = width.min() / 10.0
        calcium = np.arange(0.0, (centre + 20.0 * width).max() + step, step)
        sigmoid = expit((calcium[:, None] - centre) / width)
        jump = self.duration_s * sigmoid @ height
        slope = self.duration_s * (sigmoid * (1.0 - sigmoid) / width) @ height
        weights = np.full(calcium.size, step)
        weights[[0, -1]] /= 2.0
        survival = self.amplitudes.survival(calcium, self.mean_amplitude(volume))
        first = jump[0] + survival @ (weights * slope)
        second = jump[0] ** 2 + survival @ (weights * 2.0 * jump * slope)
        return self.rate_Hz * first, self.rate_Hz * second

    def drift(self, volume_um3: ArrayLike) -> NDArray[np.float64]:
        """Mean change of volume per time, A (um^3/s)."""
        return self.moments(volume_um3)[0]

    def noise(self, volume_um3: ArrayLike) -> NDArray[np.float64]:
        """Variance of volume per time, B' = B + noise (1 + slope V) (um^6/s)."""
        volume = np.atleast_1d(np.asarray(volume_um3, dtype=np.float64))
        return self.moments(volume)[1] + self.noise_um6_per_s * (1.0 + self.noise_slope_per_um3 * volume)


def simulate_jumps(
    process: JumpProcess,
    start_um3: NDArray[np.float64],
    limits_um3: tuple[float, float],
    duration_s: float,
    rng: np.random.Generator,
    step_s: float = 0.5,
) -> NDArray[np.float64]:
    """Simulate the process directly and return the final volumes.

    Parameters
    ----------
    process : JumpProcess
        Events and spontaneous fluctuations.
    start_um3 : ndarray, shape (n,)
        One initial volume per realisation.
    limits_um3 : tuple of float
        Reflecting limits.
    duration_s : float
        Length of the simulation.
    rng : numpy.random.Generator
        Source of randomness.
    step_s : float
        Step of the spontaneous fluctuations; events come a Poisson number of times per step.

    Returns
    -------
    ndarray, shape (n,)
    """
    low, high = limits_um3
    if not 0 < low < high:
        raise ParameterError(f"The volume limits are {low} and {high} um^3; give 0 < lower < upper.")
    volume = np.array(start_um3, dtype=np.float64)
    if np.any((volume < low) | (volume > high)):
        raise ParameterError(f"The initial volumes must lie between the limits of {low:g} and {high:g} um^3.")
    n_steps = round(duration_s / step_s)
    cap = process.amplitudes.cap_uM
    for _ in range(n_steps):
        events = rng.poisson(process.rate_Hz * step_s, volume.size)
        units = process.amplitudes.unit_samples(rng, int(events.sum()))
        apply_events(
            volume, events, units, process.rule, process.duration_s, process.alpha, process.reference_uM,
            process.reference_um3, cap, low, high,
        )  # fmt: skip
        variance = process.noise_um6_per_s * (1.0 + process.noise_slope_per_um3 * volume)
        volume += np.sqrt(variance * step_s) * rng.standard_normal(volume.size)
        reflect(volume, low, high)
    return volume


def reflect(volume: NDArray[np.float64], low: float, high: float) -> None:
    """Fold volumes back between the limits, in place."""
    span = high - low
    offset = np.mod(volume - low, 2.0 * span)
    volume[:] = low + np.where(offset > span, 2.0 * span - offset, offset)


@jit
def apply_events(
    volume: NDArray[np.float64], events: NDArray[np.int64], units: NDArray[np.float64], rule: NDArray[np.float64],
    duration_s: float, alpha: float, reference_uM: float, reference_um3: float, cap: float, low: float, high: float,
) -> None:  # fmt: skip
    """Let each volume have its number of calcium events, one after the other."""
    k = 0
    for i in range(volume.size):
        for _ in range(events[i]):
            mean = reference_uM * (volume[i] / reference_um3) ** (alpha - 1.0)
            changed = volume[i] + duration_s * sum_of_sigmoids(min(units[k] * mean, cap), rule)[0]
            if changed < low:
                changed = 2.0 * low - changed
            if changed > high:
                changed = 2.0 * high - changed
            volume[i] = changed
            k += 1
