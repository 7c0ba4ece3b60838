"""The rules of synaptic plasticity: some read calcium, some spikes, some rates."""

from .bcm import BcmRule
from .calcium_rule import CalciumRule
from .cooperativity import Crosstalk, SpineNeighbourhood
from .hebbian import HebbianRule, OjaRule
from .scaling import Scaled, SynapticScaling
from .short_term import DEPRESSING, FACILITATING, ShortTermPlasticity
from .stdp import CORTEX, HIPPOCAMPUS, PAIRINGS, StdpRule
from .weight_dynamics import WeightDynamics

__all__ = [
    "CORTEX",
    "DEPRESSING",
    "FACILITATING",
    "HIPPOCAMPUS",
    "PAIRINGS",
    "BcmRule",
    "CalciumRule",
    "Crosstalk",
    "HebbianRule",
    "OjaRule",
    "Scaled",
    "ShortTermPlasticity",
    "SpineNeighbourhood",
    "StdpRule",
    "SynapticScaling",
    "WeightDynamics",
]
