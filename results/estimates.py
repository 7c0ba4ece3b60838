"""Means with standard errors, how they combine, and how far they are from what is expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Estimate:
    """A mean and its standard error, NaN if it is not known."""

    mean: float
    se: float = 0.0

    @classmethod
    def of(cls, samples: ArrayLike) -> Estimate:
        """Estimate a mean from independent samples; one sample has no standard error."""
        mean, se = mean_and_error(samples)
        return cls(float(mean), float(se))

    @classmethod
    def of_series(cls, series: ArrayLike, blocks: int = 25) -> Estimate:
        """Estimate the mean of a correlated series from the means of blocks longer than its memory."""
        values = np.asarray(series, dtype=float)
        whole = values[: values.size // blocks * blocks].reshape(blocks, -1)
        return cls.of(whole.mean(axis=1))

    @classmethod
    def of_count(cls, count: float) -> Estimate:
        """Estimate the mean of a Poisson variable from one count."""
        return cls(float(count), float(np.sqrt(count)))

    @classmethod
    def of_share(cls, count: float, total: float) -> Estimate:
        """Estimate a probability from a binomial count."""
        p = count / total
        return cls(p, float(np.sqrt(p * (1 - p) / total)))

    @classmethod
    def of_slope(cls, x: ArrayLike, y: ArrayLike) -> Estimate:
        """Estimate the slope of a straight line by least squares, with the error that its residuals say."""
        coefficients, covariance = np.polyfit(np.asarray(x, dtype=float), np.asarray(y, dtype=float), 1, cov=True)
        return cls(float(coefficients[0]), float(np.sqrt(covariance[0, 0])))

    def __mul__(self, factor: float) -> Estimate:
        return Estimate(self.mean * factor, self.se * abs(factor))

    def __truediv__(self, divisor: float) -> Estimate:
        return Estimate(self.mean / divisor, self.se / abs(divisor))

    def __sub__(self, other: Estimate | float) -> Estimate:
        """Return the difference from an independent estimate, or from a number."""
        known = other if isinstance(other, Estimate) else Estimate(other)
        return Estimate(self.mean - known.mean, float(np.hypot(self.se, known.se)))

    def z(self, expected: Estimate | float) -> float:
        """Distance from what is expected, in standard errors of the difference; infinite if there is no error."""
        difference = self - expected
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.divide(difference.mean, difference.se))


def mean_and_error(samples: ArrayLike, axis: int | None = None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean of independent samples, all or along an axis, and its standard error, NaN for one sample."""
    values = np.asarray(samples, dtype=np.float64)
    mean, n = np.asarray(values.mean(axis=axis)), values.size if axis is None else values.shape[axis]
    return mean, values.std(axis=axis, ddof=1) / np.sqrt(n) if n > 1 else np.full_like(mean, np.nan)


def mean_over_trials(values: xr.DataArray, weights: xr.DataArray | None = None) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the mean over ``trial`` and its standard error; NaNs are left out.

    With weights the mean is a ratio of sums, whose error is that of the weighted deviations (Cochran 1977, Sampling
    Techniques, section 6.4).
    """
    import xarray as xr

    weights = (xr.ones_like(values) if weights is None else weights).where(values.notnull())
    share = weights / weights.mean("trial")
    mean = (share * values).mean("trial")
    return mean, (share * (values - mean)).std("trial", ddof=1) / np.sqrt(values.count("trial"))


def error_of_difference(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard error of the difference of means over the first axis (Welch); 0 for a single sample."""
    variance = np.zeros(a.shape[1:])
    for x in (a, b):
        if len(x) > 1:
            variance = variance + x.var(axis=0, ddof=1) / len(x)
    return np.sqrt(variance)


def student(confidence: float, samples: int, sides: int = 2) -> float:
    """Return the standard errors by which the mean of so many samples is clear of a bound (Student's t).

    Infinite for one sample. On two ``sides``, errors in either direction are as likely.
    """
    from scipy.special import stdtrit

    return float(stdtrit(samples - 1, 1 - (1 - confidence) / sides)) if samples > 1 else np.inf


def goodness(counts: ArrayLike, expected: ArrayLike) -> Estimate:
    """Return chi-square per degree of freedom as an estimate whose expectation is 1 (normal for many cells)."""
    counts, expected = np.asarray(counts, float), np.asarray(expected, float)
    freedom = counts.size - 1
    return Estimate(float(((counts - expected) ** 2 / expected).sum() / freedom), float(np.sqrt(2 / freedom)))
