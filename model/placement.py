"""Where molecules are at the start, and how many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import checks
from .errors import ModelError


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
    within : Zone, optional
        Where volume molecules are placed; anywhere in the mesh by default.
    number_sd : float
        Standard deviation of a number that is drawn from a normal distribution in each trial; negative draws
        count as none.
    """

    states: str | Mapping[str, float]
    number: int | None = None
    concentration: float | None = None
    density: float | None = None
    points: ArrayLike | None = None
    region: str | tuple[str, ...] | None = None
    within: Zone | None = None
    number_sd: float = 0.0

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
        checks.finite(f"{what}: number_sd", self.number_sd, minimum=0.0)
        if self.number_sd and self.number is None:
            raise ModelError(f"{what} has number_sd = {self.number_sd:g} but no number; give both.")
        if self.within is not None and (self.number is None and self.concentration is None):
            raise ModelError(f"{what} lies within a zone; give a number or a concentration.")
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
