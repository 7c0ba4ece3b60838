"""The space between two spheres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import checks
from .errors import ModelError


@dataclass(frozen=True)
class Shell:
    """The space between two concentric spheres, or a ball; walls may cut it, and only the part inside counts.

    Parameters
    ----------
    center : tuple of float
        um.
    inner, outer : float
        Radii (um); an inner radius of 0 makes a ball.

    Raises
    ------
    ModelError
        If a radius is out of range.
    """

    center: tuple[float, float, float]
    inner: float
    outer: float

    def __post_init__(self) -> None:
        for axis, value in zip("xyz", self.center, strict=True):
            checks.finite(f"Shell: center {axis} (um)", value)
        checks.finite("Shell: inner radius (um)", self.inner, minimum=0.0)
        checks.positive("Shell: outer radius (um)", self.outer)
        if self.outer <= self.inner:
            raise ModelError(f"Shell: radii are {self.inner:g} and {self.outer:g} um; give the inner one first.")

    @property
    def volume(self) -> float:
        """Volume (um^3) without walls."""
        return 4 / 3 * np.pi * (self.outer**3 - self.inner**3)

    def from_unit(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map points of the unit cube, shape (n, 3), to the shell so that equal volumes stay equal."""
        radius = np.cbrt(self.inner**3 + points[:, 0] * (self.outer**3 - self.inner**3))
        height, angle = 2 * points[:, 1] - 1, 2 * np.pi * points[:, 2]
        across = np.sqrt(1 - height**2)
        direction = np.stack([across * np.cos(angle), across * np.sin(angle), height], axis=1)
        return np.asarray(np.array(self.center) + radius[:, None] * direction)
