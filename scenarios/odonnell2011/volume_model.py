"""The statistical model of Figs. 4 and 5: its parameters and its Fokker-Planck equation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from ...model.errors import ParameterError
from ...plasticity.fokker_planck import FokkerPlanck
from ...plasticity.jump_process import Amplitudes, JumpProcess, Kind
from ..base import check_positive, param
from .shared import COMPENSATIONS, INFERRED, METHODS, PAPER, Compensation, check_limits, rule_rows


@dataclass(frozen=True)
class StatisticalParameters:
    """Parameters of the Fokker-Planck model; volumes in um^3."""

    eta_p: float = param(1e-9, "S/s", "potentiation rate; the depression rate is half of it", METHODS)
    conductance_density: float = param(5e-9, "S/um^3", "GluA conductance per head volume", f"{PAPER}, Fig. 6")
    event_rate: float = param(1.0, "Hz", "rate of calcium events", INFERRED)
    event_duration: float = param(0.02, "s", "time for which an amplitude acts: the decay of calcium", INFERRED)
    reference_volume: float = param(0.106, "um^3", "volume at which the three relations agree", INFERRED)
    reference_calcium: float = param(1.5, "uM", "mean amplitude at the reference volume", INFERRED)
    distribution: str = param("exponential", "", "amplitudes: exponential, uniform or lognormal", METHODS)
    cv: float = param(1.0, "", "coefficient of variation of log-normal amplitudes", INFERRED)
    cap: float | None = param(None, "uM", "largest amplitude, if there is one; the paper also tries 20", METHODS)
    noise: float = param(2e-8, "um^6/s", "spontaneous fluctuations noise (1 + slope V)", METHODS)
    noise_slope: float = param(20.0, "1/um^3", "slope of the spontaneous fluctuations", METHODS)
    min_volume: float = param(0.01, "um^3", "lower reflecting limit", f"{PAPER}, Fig. 6")
    max_volume: float = param(0.3, "um^3", "upper reflecting limit", f"{PAPER}, Fig. 6")
    n_cells: int = param(600, "", "cells of the grid", "resolution")

    def __post_init__(self) -> None:
        check_positive(self, "eta_p", "conductance_density", "min_volume", "max_volume", "n_cells")
        check_limits(self.min_volume, self.max_volume, "volume", "um^3")
        self.check_grid(1.0)

    def check_grid(self, fluctuation: float) -> None:
        """Refuse a grid that is too coarse for one of the three relations."""
        for relation in COMPENSATIONS:
            self.equation(relation, fluctuation)

    def process(self, alpha: float) -> JumpProcess:
        """Return the jump process for an exponent of the influx."""
        return JumpProcess(
            rule=rule_rows(self.eta_p / self.conductance_density),
            alpha=alpha,
            reference_uM=self.reference_calcium,
            reference_um3=self.reference_volume,
            rate_Hz=self.event_rate,
            duration_s=self.event_duration,
            # Amplitudes refuses any other name than its three.
            amplitudes=Amplitudes(cast("Kind", self.distribution), self.cv, np.inf if self.cap is None else self.cap),
            noise_um6_per_s=self.noise,
            noise_slope_per_um3=self.noise_slope,
        )

    def equation(self, relation: Compensation, fluctuation: float = 1.0) -> FokkerPlanck:
        """Return the Fokker-Planck equation; ``fluctuation`` multiplies the amplitude of all fluctuations.

        Raises
        ------
        ParameterError
            If the grid is too coarse; the message gives the bound.
        """
        if not fluctuation > 0:
            raise ParameterError(f"The relative fluctuation amplitude is {fluctuation!r}; give a number > 0.")
        process = self.process(relation.alpha)
        return FokkerPlanck(
            self.min_volume, self.max_volume, self.n_cells, process.drift,
            lambda volume: fluctuation**2 * process.noise(volume),
        )  # fmt: skip
