"""Where and when molecules are released, and how many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import checks
from .arguments import checked
from .document import BESIDE
from .errors import ModelError
from .places import Ball, Box, Ellipsoid, Shell

#: Times of one release.
MOST_RELEASES = 1_000_000


@checked
def train_times(
    interval: float, number: int, *, delay: float = 0.0, trains: int = 1, train_interval: float = 0.0
) -> tuple[float, ...]:
    """Return the times (s) of releases that come in one or more trains, such as bursts of a synapse.

    Parameters
    ----------
    interval : float
        From one release to the next within a train (s).
    number : int
        Releases in each train.
    delay : float
        Time of the first release (s).
    trains : int
        Number of trains.
    train_interval : float
        From the beginning of one train to that of the next (s).
    """
    checks.finite("Train of releases: delay (s)", delay, minimum=0.0)
    for what, count, gap, between in (("release", number, interval, "interval"),
                                      ("train", trains, train_interval, "train_interval")):  # fmt: skip
        checks.whole(f"Train of releases: number of {what}s", int(count), minimum=1)
        if count > 1:
            checks.positive(f"Train of releases: {between} (s)", gap)
    if trains * number > MOST_RELEASES:
        raise ModelError(
            f"Train of releases: {trains * number:.4g} releases are too many; give at most {MOST_RELEASES}."
        )
    if trains > 1 and (number - 1) * interval >= train_interval:
        raise ModelError(
            f"Train of releases: {number} releases every {interval:g} s take longer than the {train_interval:g} s "
            "from train to train; give fewer, or a longer train_interval."
        )
    return tuple(delay + k * train_interval + j * interval for k in range(int(trains)) for j in range(int(number)))


@checked
@dataclass(frozen=True)
class Release:
    """Molecules placed at one or more times, at t = 0 unless stated.

    Exactly one of ``number``, ``concentration``, ``density`` and ``points`` is given. Amounts that are not
    whole are rounded up or down at random per trial and time, so that the mean is right.

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
        Region or regions of the mesh for surface molecules; the whole surface of the first compartment by default.
    within : Ball, Box, Ellipsoid or Shell, optional
        Where volume molecules are placed; anywhere in the compartment by default.
    compartment : str, optional
        Where volume molecules are placed, in a mesh of several compartments; the first by default. Molecules at
        ``points`` are where these are.
    number_sd : float
        Standard deviation of a number that is drawn from a normal distribution in each trial; negative draws
        count as none.
    at : float or sequence of float
        Time (s) of the release, or increasing times at each of which the whole amount is released; see
        :func:`train_times`.
    probability : float
        Probability that molecules are released, decided for each time by itself.
    """

    states: str | Mapping[str, float]
    number: int | None = None
    concentration: float | None = None
    density: float | None = None
    points: ArrayLike | None = field(default=None, metadata=BESIDE)
    region: str | tuple[str, ...] | None = None
    within: Ball | Box | Ellipsoid | Shell | None = None
    compartment: str | None = None
    number_sd: float = 0.0
    at: float | Sequence[float] | NDArray[np.floating] = field(default=0.0, metadata=BESIDE)
    probability: float = 1.0

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
        if self.within is not None and self.number is None and self.concentration is None:
            raise ModelError(f"{what} is within a place; give a number or a concentration.")
        if self.compartment is not None and (self.points is not None or self.density is not None or self.region):
            raise ModelError(f"{what} is in compartment {self.compartment!r}; give a number or a concentration there.")
        self._check_times(what)
        fractions = self.fractions
        for name, value in fractions.items():
            checks.finite(f"{what}: fraction of {name}", value, minimum=0.0)
        if abs(sum(fractions.values()) - 1.0) > 1e-9:
            raise ModelError(f"{what}: the fractions sum to {sum(fractions.values()):.6g}; they must sum to 1.")
        if self.points is not None:
            points = self.point_array()
            if points.ndim != 2 or points.shape[1] != 3 or not np.all(np.isfinite(points)):
                raise ModelError(
                    f"{what}: points have shape {points.shape}; give finite coordinates of shape (n, 3) in um."
                )

    def _check_times(self, what: str) -> None:
        if isinstance(self.at, (Sequence, np.ndarray)):
            object.__setattr__(self, "at", tuple(map(float, self.at)))
        times = self.times
        if len(times) > MOST_RELEASES:
            raise ModelError(f"{what} has {len(times)} times; give at most {MOST_RELEASES}.")
        if not times:
            raise ModelError(f"{what} has no time; give at = 0 or later.")
        for k, time in enumerate(times):
            checks.finite(f"{what}: time (s)", time, minimum=0.0)
            if k and time <= times[k - 1]:
                raise ModelError(f"{what}: time {k} is {time:g} s, after {times[k - 1]:g} s; sort the times.")
        checks.finite(f"{what}: probability", self.probability, minimum=0.0)
        if self.probability > 1:
            raise ModelError(f"{what}: probability is {self.probability:g}; give a number from 0 to 1.")

    @property
    def times(self) -> tuple[float, ...]:
        """Times (s) at which the amount is released."""
        return tuple(self.at) if isinstance(self.at, (Sequence, np.ndarray)) else (self.at,)

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
