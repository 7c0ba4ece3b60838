"""The statistical model of Figs. 4 and 5: its parameters and its Fokker-Planck equation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
from scipy.optimize import brentq

from ...model.errors import ParameterError
from ...plasticity.fokker_planck import FokkerPlanck
from ...plasticity.jump_process import Amplitudes, JumpProcess, Kind
from ..base import check_positive, param
from .shared import COMPENSATIONS, EXACT, INFERRED, METHODS, OVER, PAPER, UNDER, Compensation, check_limits, rule_rows

AMPLITUDES_UM = 1.0, 100.0
"""Mean amplitudes among which the balanced one is looked for."""


@dataclass(frozen=True)
class StatisticalParameters:
    """Parameters of the Fokker-Planck model; volumes in um^3."""

    eta_p: float = param(1e-9, "S/s", "potentiation rate; the depression rate is half of it", METHODS)
    conductance_density: float = param(5e-9, "S/um^3", "GluA conductance per head volume", f"{PAPER}, Fig. 6")
    event_rate: float = param(1.0, "Hz", "rate of calcium events", INFERRED)
    event_duration: float = param(0.02, "s", "time for which an amplitude acts: the decay of calcium", INFERRED)
    exact_share: float = param(
        0.83,
        "",
        "mean amplitude in exact compensation over the one at which potentiation and depression balance",
        INFERRED,
    )
    stable_volume: float = param(0.023, "um^3", "volume at which they balance in undercompensation", INFERRED)
    threshold_volume: float = param(0.144, "um^3", "volume at which they balance in overcompensation", INFERRED)
    distribution: str = param("exponential", "", "amplitudes: exponential, uniform or lognormal", METHODS)
    cv: float = param(1.0, "", "coefficient of variation of log-normal amplitudes", INFERRED)
    cap: float | None = param(None, "uM", "largest amplitude, if there is one; the paper also tries 20", METHODS)
    noise: float = param(2e-8, "um^6/s", "spontaneous fluctuations noise (1 + slope V)", METHODS)
    noise_slope: float = param(20.0, "1/um^3", "slope of the spontaneous fluctuations", METHODS)
    min_volume: float = param(0.05, "um^3", "lower limit in exact and overcompensation", INFERRED)
    max_volume: float = param(0.25, "um^3", "upper limit in exact and overcompensation", INFERRED)
    floor: float = param(0.01, "um^3", "lower end of the grid in undercompensation, which has no limits", INFERRED)
    ceiling: float = param(0.3, "um^3", "upper end of the grid in undercompensation, which has no limits", INFERRED)
    n_cells: int = param(600, "", "cells of the grid", "resolution")

    def __post_init__(self) -> None:
        check_positive(
            self, "eta_p", "conductance_density", "exact_share", "stable_volume", "threshold_volume", "min_volume",
            "max_volume", "floor", "ceiling", "n_cells",
        )  # fmt: skip
        check_limits(self.min_volume, self.max_volume, "volume", "um^3")
        check_limits(self.floor, self.ceiling, "volume in undercompensation", "um^3")
        self.check_grid(1.0)

    def check_grid(self, fluctuation: float) -> None:
        """Refuse a grid that is too coarse for one of the three relations."""
        for relation in COMPENSATIONS:
            self.equation(relation, fluctuation)

    def limits(self, relation: Compensation) -> tuple[float, float]:
        """Limits of the volume (um^3)."""
        return (self.floor, self.ceiling) if relation is UNDER else (self.min_volume, self.max_volume)

    @cached_property
    def balanced_calcium(self) -> float:
        """Mean amplitude (uM) at which potentiation and depression balance.

        Raises
        ------
        ParameterError
            If there is none, e.g. because a cap keeps all amplitudes below the threshold of potentiation.
        """

        def drift(log_uM: float) -> float:
            return float(self._process(1.0, float(np.exp(log_uM)), 1.0, self.noise).drift(1.0)[0])

        low, high = np.log(AMPLITUDES_UM)
        if not drift(low) < 0 < drift(high):
            raise ParameterError(
                f"With {self.distribution} amplitudes and cap = {self.cap} uM potentiation and depression balance at "
                f"no mean amplitude between {AMPLITUDES_UM[0]:g} and {AMPLITUDES_UM[1]:g} uM; raise the cap."
            )
        return float(np.exp(brentq(drift, low, high)))

    def process(self, relation: Compensation, fluctuation: float = 1.0) -> JumpProcess:
        """Return the jump process; ``fluctuation`` multiplies the amplitude of the intrinsic fluctuations.

        Raises
        ------
        ParameterError
            If ``fluctuation`` is not positive.
        """
        if not fluctuation > 0:
            raise ParameterError(f"The relative fluctuation amplitude is {fluctuation!r}; give a number > 0.")
        calcium, volume = {
            UNDER: (self.balanced_calcium, self.stable_volume),
            EXACT: (self.exact_share * self.balanced_calcium, 1.0),
            OVER: (self.balanced_calcium, self.threshold_volume),
        }[relation]
        return self._process(relation.alpha, calcium, volume, fluctuation**2 * self.noise)

    def _process(self, alpha: float, reference_uM: float, reference_um3: float, noise: float) -> JumpProcess:
        return JumpProcess(
            rule=rule_rows(self.eta_p / self.conductance_density),
            alpha=alpha,
            reference_uM=reference_uM,
            reference_um3=reference_um3,
            rate_Hz=self.event_rate,
            duration_s=self.event_duration,
            # Amplitudes refuses any other name than its three.
            amplitudes=Amplitudes(cast("Kind", self.distribution), self.cv, np.inf if self.cap is None else self.cap),
            noise_um6_per_s=noise,
            noise_slope_per_um3=self.noise_slope,
        )

    def equation(self, relation: Compensation, fluctuation: float = 1.0) -> FokkerPlanck:
        """Return the Fokker-Planck equation, as ``process``.

        Raises
        ------
        ParameterError
            If the grid is too coarse; the message gives the bound.
        """
        process = self.process(relation, fluctuation)
        return FokkerPlanck(*self.limits(relation), self.n_cells, process.drift, process.noise)
