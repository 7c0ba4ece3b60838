"""The integrate-and-fire neuron of Figs. 2 and 3: shared parameters.

``fig2_fit`` looks for those that the paper leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...neurons.integrate_and_fire import NeuronParameters
from ...plasticity import CalciumRule
from ..base import check_positive, param
from .shared import INFERRED, PAPER, UNDER, Compensation, check_limits


@dataclass(frozen=True)
class NetworkParameters:
    """Parameters of the neuron and its synapses; those of the membrane are in ``NeuronParameters``."""

    eta_p: float = param(20.0, "pA/s", "potentiation rate; the depression rate is half of it", INFERRED)
    rule_scale: float = param(
        0.375,
        "",
        "thresholds and widths of the rule over those of Table 1, which are the biophysical model's",
        INFERRED,
    )
    volume_per_strength: float = param(
        0.001, "um^3/pA", "V/w; the paper prints 0.01, with which many statements fail (see the docs)", INFERRED
    )
    min_strength: float = param(5.0, "pA", "lower limit, exact and overcompensation", f"{PAPER}, p. 16147")
    max_strength: float = param(25.0, "pA", "upper limit, exact and overcompensation", f"{PAPER}, p. 16147")
    floor: float = param(0.1, "pA", "smallest strength in undercompensation, which has no limits", INFERRED)
    ceiling: float = param(50.0, "pA", "largest strength in undercompensation, which has no limits", INFERRED)
    dt: float = param(0.1, "ms", "time step", "resolution")

    def __post_init__(self) -> None:
        check_positive(
            self, "eta_p", "rule_scale", "volume_per_strength", "min_strength", "max_strength", "floor", "ceiling", "dt"
        )
        check_limits(self.min_strength, self.max_strength, "strength", "pA")
        check_limits(self.floor, self.ceiling, "strength in undercompensation", "pA")

    def limits(self, relation: Compensation) -> tuple[float, float]:
        """Limits of the strength (pA)."""
        if relation is UNDER:
            return self.floor, self.ceiling
        return self.min_strength, self.max_strength

    @property
    def span(self) -> float:
        """Distance (pA) of the paper's limits of the strength, by which changes are judged in all three relations."""
        return self.max_strength - self.min_strength

    def rule(self) -> CalciumRule:
        """Return the plasticity rule, in pA/s."""
        table1 = CalciumRule()
        thresholds = self.rule_scale * np.array([table1.theta_p, table1.theta_d, table1.sigma_p, table1.sigma_d])
        return CalciumRule(self.eta_p, self.eta_p / 2.0, *map(float, thresholds))

    def neuron(self, relation: Compensation, bias_pA: float = 0.0) -> NeuronParameters:
        """Return the neuron with the influx of ``relation``."""
        low, high = self.limits(relation)
        return NeuronParameters(
            influx=relation.influx,
            alpha=relation.alpha,
            volume_per_strength_um3_per_pA=self.volume_per_strength,
            min_strength_pA=low,
            max_strength_pA=high,
            bias_pA=bias_pA,
        )
