"""Parameters of Fig. 4."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...model.errors import ParameterError
from ..base import check_positive, param
from .shared import INFERRED, METHODS, PAPER, Compensation
from .volume_model import StatisticalParameters

EXCURSION = 0.1
"""Small excursions from a limit, as a fraction of the range."""


@dataclass(frozen=True)
class Parameters(StatisticalParameters):
    """Parameters of Fig. 4."""

    initial_volumes: tuple[float, ...] = param(
        (0.06, 0.08, 0.1, 0.12, 0.15, 0.18, 0.21, 0.24), "um^3", "initial volumes", INFERRED
    )
    snapshot_times: tuple[float, ...] = param((10.0, 300.0, 3000.0, 30000.0), "s", "times of P(V)", INFERRED)
    flip_times: tuple[float, ...] = param(
        (2500.0, 5000.0, 10000.0), "s", "when flips are counted; the paper has 5000", METHODS
    )
    end: float = param(1e6, "s", "longest time followed", INFERRED)
    intervals_per_decade: int = param(20, "", "output times", "resolution")
    fluctuations: tuple[float, ...] = param(
        (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0), "", "relative amplitudes of the intrinsic fluctuations",
        f"{INFERRED}; {PAPER}, Fig. 4, has 'small' to 'extremely large' ones",
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(
            self, "initial_volumes", "snapshot_times", "flip_times", "end", "intervals_per_decade", "fluctuations"
        )
        for name in ("initial_volumes", "fluctuations", "flip_times"):
            if len(getattr(self, name)) < 3 or np.any(np.diff(getattr(self, name)) <= 0):
                raise ParameterError(f"{name} is {getattr(self, name)!r}; give at least three numbers that increase.")
        if 1.0 not in self.fluctuations:
            raise ParameterError(f"fluctuations is {self.fluctuations!r}; 1 must be among them.")
        low, high = max(self.min_volume, self.floor), min(self.max_volume, self.ceiling)
        if min(self.initial_volumes) < low or max(self.initial_volumes) > high:
            raise ParameterError(
                f"initial_volumes is {self.initial_volumes!r}; "
                f"they must lie between the limits of {low} and {high} um^3."
            )
        self.check_grid(min(self.fluctuations))

    def times(self) -> NDArray[np.float64]:
        """Output times from 0 over 1 s to the end, with those of the flip probability and snapshots among them."""
        n = max(2, round(np.log10(self.end) * self.intervals_per_decade) + 1)
        return np.unique(np.concatenate([[0.0], np.geomspace(1.0, self.end, n), self.flip_times, self.snapshot_times]))

    def excursions(self, relation: Compensation) -> tuple[float, float]:
        """Volumes (um^3) a little above the lower limit and below the upper one."""
        low, high = self.limits(relation)
        return low + EXCURSION * (high - low), high - EXCURSION * (high - low)
