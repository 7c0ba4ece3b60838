"""Where molecules are at the start, and how many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import checks
from .errors import ModelError


@dataclass(frozen=True)
class Release:
    """Molecules placed at t = 0.

    Exactly one of ``number``, ``concentration``, ``density`` and ``points`` is given. Amounts that are not
    whole are rounded up or down at random per trial, so that the mean is right.

    Parameters
    ----------
    states : str or mapping of str to float
        A species, or fractions over the states of one molecule (drawn independently per molecule).
    number : int, optional
        Number of molecules.
    concentration : float, optional
        uM, uniform in the volume.
    density : float, optional
        Molecules per um^2 of ``region``.
    points : array_like, shape (n, 3), optional
        One molecule at each point (um); surface molecules are put on the nearest triangle.
    region : str or tuple of str, optional
        Region or regions of the mesh for surface molecules; the whole surface by default.
    """

    states: str | Mapping[str, float]
    number: int | None = None
    concentration: float | None = None
    density: float | None = None
    points: ArrayLike | None = None
    region: str | tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        what = f"Release of {'/'.join(self.fractions)}"
        given = [n for n in ("number", "concentration", "density", "points") if getattr(self, n) is not None]
        if len(given) != 1:
            raise ModelError(
                f"{what} has {', '.join(given) or 'no amount'}; "
                "give exactly one of number, concentration, density, points."
            )
        for name in ("number", "concentration", "density"):
            if getattr(self, name) is not None:
                checks.finite(f"{what}: {name}", getattr(self, name), minimum=0.0)
        if self.number is not None and self.number != int(self.number):
            raise ModelError(f"{what}: number is {self.number!r}; give a whole number.")
        fractions = self.fractions
        for name, value in fractions.items():
            checks.finite(f"{what}: fraction of {name}", value, minimum=0.0)
        if abs(sum(fractions.values()) - 1.0) > 1e-9:
            raise ModelError(f"{what}: the fractions sum to {sum(fractions.values()):.6g}; they must sum to 1.")
        if self.points is not None:
            try:
                points = np.asarray(self.points, dtype=np.float64)
            except ValueError:
                raise ModelError(f"{what}: points are no array of numbers; give coordinates of shape (n, 3).") from None
            if points.ndim != 2 or points.shape[1] != 3 or not np.all(np.isfinite(points)):
                raise ModelError(
                    f"{what}: points have shape {points.shape}; give finite coordinates of shape (n, 3) in um."
                )

    @property
    def regions(self) -> tuple[str, ...]:
        """The named regions; empty for the whole surface."""
        if self.region is None:
            return ()
        return (self.region,) if isinstance(self.region, str) else tuple(self.region)

    @property
    def fractions(self) -> Mapping[str, float]:
        """Fraction of molecules per state."""
        return {self.states: 1.0} if isinstance(self.states, str) else self.states

    def point_array(self) -> NDArray[np.float64]:
        """Return ``points`` as an array of shape (n, 3)."""
        return np.asarray(self.points, dtype=np.float64)
