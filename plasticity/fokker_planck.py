"""One-dimensional Fokker-Planck equation: dP/dt = -d(A P)/dx + 1/2 d2(B P)/dx2 between reflecting walls."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csc_array, diags_array, eye_array
from scipy.sparse.linalg import SuperLU, splu

from ..model.errors import ParameterError, SimulationError

Coefficient = Callable[[NDArray[np.float64]], NDArray[np.float64]]
CONSERVATION = 1e-12
"""Largest change of total probability in a step."""


class FokkerPlanck:
    """Conservative finite-volume discretisation on equal cells.

    The flux through an inner face is A (P_left + P_right)/2 - (B_right P_right - B_left P_left)/(2 h), and zero
    through the walls, so that every column of the generator sums to zero. Its off-diagonal entries are positive,
    and with them every solution, when h <= B/|A| everywhere.

    Parameters
    ----------
    low, high : float
        Reflecting walls.
    n_cells : int
        Number of cells.
    drift, noise : callable
        A and B as functions of x (n,).

    Attributes
    ----------
    conservation_error : float
        Largest change of total probability in a step so far.

    Raises
    ------
    ParameterError
        If the walls are reversed, a coefficient is not finite, B is not positive, or the cells are too coarse
        (the message gives the bound).
    """

    def __init__(self, low: float, high: float, n_cells: int, drift: Coefficient, noise: Coefficient) -> None:
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise ParameterError(f"The limits are {low} and {high}; the lower must be less than the upper.")
        if n_cells < 2:
            raise ParameterError(f"The grid has {n_cells} cells; give at least 2.")
        self.edges = np.linspace(low, high, n_cells + 1)
        self.centres = 0.5 * (self.edges[1:] + self.edges[:-1])
        self.width = (high - low) / n_cells
        drift_at_edges = drift(self.edges)
        B = noise(self.centres)
        if not (np.all(np.isfinite(drift_at_edges)) and np.all(np.isfinite(B))):
            raise ParameterError("The drift or noise of the Fokker-Planck equation is not finite on the grid.")
        if np.any(B <= 0):
            raise ParameterError(f"The smallest noise on the grid is {B.min():.3g}; it must be > 0 everywhere.")
        # With the walls included the bound hardly depends on the grid: the number of cells it asks for is enough.
        beside = np.minimum(np.append(B, B[-1]), np.insert(B, 0, B[0]))
        bound = np.min(beside / np.maximum(np.abs(drift_at_edges), np.finfo(float).tiny))
        if self.width > bound:
            raise ParameterError(
                f"The grid is too coarse: its cells are {self.width:.3g} wide and the bound min(B/|A|) is {bound:.3g}; "
                f"use at least {ceil((high - low) / bound)} cells."
            )
        A = drift_at_edges[1:-1]
        h = self.width
        self._right = A / (2.0 * h) + B[:-1] / (2.0 * h * h)
        self._left = -A / (2.0 * h) + B[1:] / (2.0 * h * h)
        loss = np.zeros(n_cells)
        loss[:-1] += self._right
        loss[1:] += self._left
        self.generator: csc_array = csc_array(
            diags_array(self._right, offsets=-1) - diags_array(loss) + diags_array(self._left, offsets=1)
        )
        self._factors: dict[float, SuperLU] = {}
        self.conservation_error = 0.0

    def steady_state(self) -> NDArray[np.float64]:
        """Probability per cell (n,) in the steady state: the eigenvector of the eigenvalue zero.

        Without flux every ratio of neighbours is a ratio of two entries of the generator.
        """
        log_p = np.concatenate([[0.0], np.cumsum(np.log(self._right) - np.log(self._left))])
        p = np.exp(log_p - log_p.max())
        return p / p.sum()

    def point(self, x: ArrayLike) -> NDArray[np.float64]:
        """Probability concentrated in the cell that holds each ``x`` (m,); shape (n, m).

        Raises
        ------
        ParameterError
            If an ``x`` lies outside the walls.
        """
        x = np.atleast_1d(np.asarray(x, dtype=np.float64))
        if np.any((x < self.edges[0]) | (x > self.edges[-1])):
            raise ParameterError(
                f"A start lies outside the limits of {self.edges[0]:g} and {self.edges[-1]:g}: {x.tolist()}."
            )
        cell = np.minimum(((x - self.edges[0]) / self.width).astype(int), self.centres.size - 1)
        p = np.zeros((self.centres.size, x.size))
        p[cell, np.arange(x.size)] = 1.0
        return p

    def step(self, p: NDArray[np.float64], dt: float) -> NDArray[np.float64]:
        """Advance probabilities (n,) or (n, m) by one implicit (backward Euler) step.

        Raises
        ------
        SimulationError
            If the total probability changes by more than ``CONSERVATION``.
        """
        if dt not in self._factors:
            self._factors[dt] = splu(csc_array(eye_array(self.centres.size) - dt * self.generator))
        # Solving for the change keeps rounding errors in proportion to it.
        after: NDArray[np.float64] = p + self._factors[dt].solve(dt * (self.generator @ p))
        error = float(np.max(np.abs(after.sum(axis=0) - p.sum(axis=0))))
        self.conservation_error = max(self.conservation_error, error)
        if not error <= CONSERVATION:
            raise SimulationError(
                f"A Fokker-Planck step of {dt:.3g} s changed the total probability by {error:.3g}; take shorter steps."
            )
        return after

    def propagate(
        self, p: NDArray[np.float64], times: ArrayLike, max_step: float = 500.0, min_steps: int = 4
    ) -> NDArray[np.float64]:
        """Return the probabilities at ``times`` (k,), the first of which belongs to ``p``.

        Each interval is covered by at least ``min_steps`` equal steps of at most ``max_step``.

        Returns
        -------
        ndarray, shape (k, *p.shape)

        Raises
        ------
        ParameterError
            If the times do not increase.
        """
        times = np.asarray(times, dtype=np.float64)
        if times.ndim != 1 or np.any(np.diff(times) <= 0):
            raise ParameterError("The times of a Fokker-Planck run must increase strictly.")
        path = [p]
        for interval in np.diff(times):
            n_steps = max(min_steps, ceil(interval / max_step))
            # Equal intervals share one factorisation in spite of rounding.
            dt = float(f"{interval / n_steps:.12g}")
            for _ in range(n_steps):
                p = self.step(p, dt)
            path.append(p)
        return np.stack(path)

    def mean(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean of x under probabilities (n, ...)."""
        mean: NDArray[np.float64] = np.tensordot(self.centres, p, axes=(0, 0))
        return mean

    def variance(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        """Variance of x under probabilities (n, ...)."""
        square: NDArray[np.float64] = np.tensordot(self.centres**2, p, axes=(0, 0))
        return square - self.mean(p) ** 2

    def median(self, p: NDArray[np.float64]) -> float:
        """Median of x under probabilities (n,), interpolated within its cell."""
        cumulative = np.concatenate([[0.0], np.cumsum(p)])
        return float(np.interp(0.5 * cumulative[-1], cumulative, self.edges))
