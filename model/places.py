"""Parts of space: where molecules are released, counted or followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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


@dataclass(frozen=True)
class Zone:
    """A part of space in which molecules are released.

    Parameters
    ----------
    shape : {"ball", "box"}
        An ellipsoid or a cuboid along the axes.
    center : tuple of float
        um.
    edges : tuple of float
        Extents along x, y and z (um).
    """

    shape: Literal["ball", "box"]
    center: tuple[float, float, float]
    edges: tuple[float, float, float]

    def __post_init__(self) -> None:
        checks.one_of("Zone: shape", self.shape, ("ball", "box"))
        for name, values, check in (("center", self.center, checks.finite), ("edge", self.edges, checks.positive)):
            for axis, value in zip("xyz", values, strict=True):
                check(f"Zone: {name} {axis} (um)", value)

    @property
    def volume(self) -> float:
        """Volume (um^3)."""
        return float(np.prod(self.edges)) * (np.pi / 6 if self.shape == "ball" else 1.0)

    def sample(self, number: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw points uniformly, shape (number, 3)."""
        if self.shape == "box":
            unit = rng.random((number, 3)) - 0.5
        else:
            direction = rng.normal(size=(number, 3))
            direction /= np.linalg.norm(direction, axis=1, keepdims=True)
            unit = 0.5 * direction * rng.random((number, 1)) ** (1 / 3)
        return np.array(self.center) + unit * np.array(self.edges)

    def hull(self) -> NDArray[np.float64]:
        """Return 26 points a hair inside the surface: those of a cube's faces, edges and corners."""
        grid = np.stack(np.meshgrid(*[[-1.0, 0.0, 1.0]] * 3), axis=-1).reshape(-1, 3)
        directions = grid[np.abs(grid).max(axis=1) > 0]
        if self.shape == "ball":
            directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        return np.asarray(np.array(self.center) + 0.999 / 2 * directions * np.array(self.edges))
