"""The rules of synaptic plasticity: some read calcium, some spikes, some rates.

A new rule that leaves a synapse changed is a file here with a class that has `Rule.change`, and a row of `RULES`.
"""

from ..results.readout import CaReadout
from .bcm import BcmRule
from .calcium_control import CONCENTRATION, CalciumControlRule
from .calcium_rule import CalciumRule
from .cooperativity import Crosstalk, SpineNeighbourhood
from .hebbian import HebbianRule, OjaRule
from .readouts import RateReadout, SpikeReadout
from .rule import Rule, RuleRow
from .scaling import Scaled, SynapticScaling
from .short_term import DEPRESSING, FACILITATING, ShortTermPlasticity
from .stdp import CORTEX, HIPPOCAMPUS, PAIRINGS, StdpRule
from .weight_dynamics import WeightDynamics

RULES = (
    RuleRow("calcium", CalciumRule, CaReadout, "S", "O'Donnell, Nolan & van Rossum (2011), J Neurosci 31:16142"),
    RuleRow("calcium_control", CalciumControlRule, CaReadout, "1", "Bell et al. (2022), J Gen Physiol 154:e202112980"),
    RuleRow("weight_dynamics", WeightDynamics, CaReadout, "that of w_max", "Graupner & Brunel (2012), PNAS 109:3991"),
    RuleRow("stdp", StdpRule, SpikeReadout, "the largest", "Song, Miller & Abbott (2000), Nat Neurosci 3:919"),
    RuleRow("bcm", BcmRule, RateReadout, "Hz", "Bienenstock, Cooper & Munro (1982), J Neurosci 2:32"),
    RuleRow("hebbian", HebbianRule, RateReadout, "1", "Hebb (1949); Dayan & Abbott (2001), ch. 8"),
    RuleRow("oja", OjaRule, RateReadout, "1", "Oja (1982), J Math Biol 15:267"),
    RuleRow("scaling", SynapticScaling, RateReadout, "any", "van Rossum, Bi & Turrigiano (2000), J Neurosci 20:8812"),
)

__all__ = [
    "CONCENTRATION",
    "CORTEX",
    "DEPRESSING",
    "FACILITATING",
    "HIPPOCAMPUS",
    "PAIRINGS",
    "RULES",
    "BcmRule",
    "CaReadout",
    "CalciumControlRule",
    "CalciumRule",
    "Crosstalk",
    "HebbianRule",
    "OjaRule",
    "RateReadout",
    "Rule",
    "RuleRow",
    "Scaled",
    "ShortTermPlasticity",
    "SpikeReadout",
    "SpineNeighbourhood",
    "StdpRule",
    "SynapticScaling",
    "WeightDynamics",
]
