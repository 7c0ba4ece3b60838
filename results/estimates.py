"""Means with standard errors, and how far they are from what is expected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Estimate:
    """A mean and its standard error."""

    mean: float
    se: float = 0.0

    @classmethod
    def of(cls, samples: ArrayLike) -> Estimate:
        """Estimate a mean from independent samples."""
        values = np.asarray(samples, dtype=float)
        return cls(float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size)))

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

    def __mul__(self, factor: float) -> Estimate:
        return Estimate(self.mean * factor, self.se * abs(factor))

    def z(self, expected: Estimate | float) -> float:
        """Distance from what is expected, in standard errors of the difference."""
        other = expected if isinstance(expected, Estimate) else Estimate(expected)
        return (self.mean - other.mean) / float(np.hypot(self.se, other.se))


def goodness(counts: ArrayLike, expected: ArrayLike) -> Estimate:
    """Return chi-square per degree of freedom as an estimate whose expectation is 1 (normal for many cells)."""
    counts, expected = np.asarray(counts, float), np.asarray(expected, float)
    freedom = counts.size - 1
    return Estimate(float(((counts - expected) ** 2 / expected).sum() / freedom), float(np.sqrt(2 / freedom)))
