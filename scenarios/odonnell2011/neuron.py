"""The integrate-and-fire neuron of Figs. 2 and 3: shared parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...neurons.integrate_and_fire import NeuronParameters
from ..base import check_positive, param
from .shared import INFERRED, METHODS, UNDER, Compensation, check_limits


@dataclass(frozen=True)
class NetworkParameters:
    """Parameters of the neuron and its synapses; those of the membrane are in ``NeuronParameters``."""

    eta_p: float = param(20.0, "pA/s", "potentiation rate; the depression rate is half of it", INFERRED)
    volume_per_strength: float = param(
        0.0025, "um^3/pA", "V/w; the paper prints 0.01, with which the statements cannot hold (see the docs)", INFERRED
    )
    min_strength: float = param(5.0, "pA", "lower limit, exact and overcompensation", METHODS)
    max_strength: float = param(25.0, "pA", "upper limit, exact and overcompensation", METHODS)
    floor: float = param(0.1, "pA", "smallest strength in undercompensation, which has no limits", INFERRED)
    ceiling: float = param(50.0, "pA", "largest strength in undercompensation, which has no limits", INFERRED)
    dt: float = param(0.1, "ms", "time step", "resolution")

    def __post_init__(self) -> None:
        check_positive(self, "eta_p", "volume_per_strength", "min_strength", "max_strength", "floor", "ceiling", "dt")
        check_limits(self.min_strength, self.max_strength, "strength", "pA")
        check_limits(self.floor, self.ceiling, "strength in undercompensation", "pA")

    def limits(self, relation: Compensation) -> tuple[float, float]:
        """Limits of the strength (pA)."""
        if relation is UNDER:
            return self.floor, self.ceiling
        return self.min_strength, self.max_strength

    def initial_strengths(self, relation: Compensation, n: int) -> NDArray[np.float64]:
        """Return ``n`` initial strengths (pA) up to the upper limit; in undercompensation in equal ratios."""
        if relation is UNDER:
            return np.geomspace(self.floor, self.max_strength, n)
        return np.linspace(self.min_strength, self.max_strength, n)

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
