"""Hebbian learning of a linear neuron, unbounded or with Oja's normalisation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import exprel

from ..model import ParameterError, checks
from ..model.arguments import checked
from . import arrays, linear
from .readouts import RateReadout
from .rule import check_readout


def check_correlation(correlation: ArrayLike, weights: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the eigenvalues (ascending) and eigenvectors of a correlation matrix of as many inputs as weights.

    Raises
    ------
    ParameterError
        If it is not square, symmetric and positive semidefinite, or of another size.
    """
    matrix = arrays.finite("The correlation matrix", correlation, ndim=2)
    n = np.size(weights)
    if matrix.shape != (n, n) or not np.allclose(matrix, matrix.T, rtol=1e-12, atol=0.0):
        raise ParameterError(f"The correlation matrix of {n} inputs must be {n} x {n} and symmetric.")
    values, vectors = np.linalg.eigh(matrix)
    if values[0] < -1e-12 * max(values[-1], 1.0):
        raise ParameterError(f"The correlation matrix has the eigenvalue {values[0]:.3g}; none can be negative.")
    return values, vectors


def check_inputs(inputs: ArrayLike, weights: NDArray[np.float64], duration: float) -> NDArray[np.float64]:
    """Return input patterns (m, n) for n weights, each shown for ``duration`` seconds."""
    patterns = arrays.finite("The input patterns", inputs, ndim=2)
    if patterns.shape[1] != weights.size:
        raise ParameterError(
            f"The input patterns have {patterns.shape[1]} inputs, but there are {weights.size} weights."
        )
    checks.positive("The duration of a pattern", duration, error=ParameterError)
    return patterns


@checked
@dataclass(frozen=True)
class HebbianRule:
    """``dw/dt = eta y x - decay w`` with the linear neuron ``y = w . x``.

    Hebb (1949) as an equation (Dayan & Abbott 2001, Theoretical Neuroscience, ch. 8); averaged over inputs of
    correlation C it reads ``dw/dt = (eta C - decay) w``. The decay is the simplest remedy against
    growth, and none: weights still grow without limit, or all vanish (Miller & MacKay 1994, Neural Comput 6:100).
    Activities are dimensionless; no paper gives a number for ``eta``.

    Parameters
    ----------
    eta : float
        Learning rate (1/s).
    decay : float
        Rate at which weights decay (1/s).
    """

    eta: float = 1.0
    decay: float = 0.0

    def __post_init__(self) -> None:
        checks.positive("HebbianRule: eta", self.eta, error=ParameterError)
        checks.finite("HebbianRule: decay", self.decay, minimum=0.0, error=ParameterError)

    def follow(self, weights: ArrayLike, correlation: ArrayLike, time: ArrayLike) -> NDArray[np.float64]:
        """Return the weights at ``time`` (s after the start) for inputs of a correlation matrix: exact, by its modes.

        Parameters
        ----------
        weights : array_like, shape (n,)
            At time 0.
        correlation : array_like, shape (n, n)
            Mean of x x^T, or the covariance of the inputs for a covariance rule.
        time : array_like, shape (k,)

        Returns
        -------
        ndarray, shape (k, n)
        """
        start = arrays.finite("The weights", weights, ndim=1)
        values, vectors = check_correlation(correlation, start)
        at = arrays.finite("HebbianRule: time", time, ndim=1, minimum=0.0)
        with np.errstate(over="raise"):
            try:
                growth = np.exp(np.outer(at, self.eta * values - self.decay))
            except FloatingPointError:
                raise ParameterError(
                    f"HebbianRule: weights overflow within {at.max():g} s; give shorter times or a decay."
                ) from None
        return (growth * (vectors.T @ start)) @ vectors.T

    @arrays.bounded
    def present(self, weights: ArrayLike, inputs: ArrayLike, duration: float) -> NDArray[np.float64]:
        """Return the weights (m + 1, n) before, and after each of m patterns shown for ``duration`` s: exact."""
        w = arrays.finite("The weights", weights, ndim=1)
        path = [w]
        for x in check_inputs(inputs, w, duration):
            dose = self.eta * duration
            w = (w + dose * exprel(dose * (x @ x)) * (w @ x) * x) * np.exp(-self.decay * duration)
            path.append(w)
        return np.array(path)

    @arrays.bounded
    def change(self, readout: RateReadout, weight: float) -> float:
        """Return the change of a weight by activities of both sides, without unit; see `Rule`: exact."""
        check_readout(self, readout, RateReadout)
        drive = self.eta * readout.pre * readout.post
        decay = np.full(drive.shape, self.decay)
        return float(linear.follow(weight, drive, decay, readout.durations)[-1] - weight)


@checked
@dataclass(frozen=True)
class OjaRule:
    """``dw/dt = eta (y x - y^2 w)`` with ``y = w . x``: weights of length 1 along the first principal component.

    Oja (1982), J Math Biol 15:267. Averaged over inputs of correlation C,
    ``dw/dt = eta (C w - (w . C w) w)``, whose solution is the unbounded Hebbian one, u, brought to length:
    ``w = u / sqrt(1 - |w(0)|^2 + |u|^2)``.

    Parameters
    ----------
    eta : float
        Learning rate (1/s).
    """

    eta: float = 1.0

    def __post_init__(self) -> None:
        checks.positive("OjaRule: eta", self.eta, error=ParameterError)

    def follow(self, weights: ArrayLike, correlation: ArrayLike, time: ArrayLike) -> NDArray[np.float64]:
        """Return the weights (k, n) at ``time`` (k,) (s) for inputs of a correlation matrix (n, n): exact."""
        start = arrays.finite("The weights", weights, ndim=1)
        values, vectors = check_correlation(correlation, start)
        at = arrays.finite("OjaRule: time", time, ndim=1, minimum=0.0)
        # Relative to the fastest mode, so that nothing overflows.
        u = (np.exp(np.outer(at, self.eta * (values - values[-1]))) * (vectors.T @ start)) @ vectors.T
        first = np.exp(-2.0 * self.eta * values[-1] * at)
        return u / np.sqrt((1.0 - start @ start) * first + (u**2).sum(axis=1))[:, None]

    @arrays.bounded
    def present(self, weights: ArrayLike, inputs: ArrayLike, duration: float) -> NDArray[np.float64]:
        """Return the weights (m + 1, n) before, and after each of m patterns shown for ``duration`` s: exact."""
        w = arrays.finite("The weights", weights, ndim=1)
        path = [w]
        for x in check_inputs(inputs, w, duration):
            dose = self.eta * duration
            u = w + dose * exprel(dose * (x @ x)) * (w @ x) * x
            w = u / np.sqrt(1.0 + u @ u - w @ w)
            path.append(w)
        return np.array(path)

    @arrays.bounded
    def change(self, readout: RateReadout, weight: float) -> float:
        """Return the change of a weight by activities of both sides, without unit; see `Rule`: exact."""
        check_readout(self, readout, RateReadout)
        drive, decay = self.eta * readout.pre * readout.post, self.eta * readout.post**2
        return float(linear.follow(weight, drive, decay, readout.durations)[-1] - weight)
