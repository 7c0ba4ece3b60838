"""The calcium readout and the plasticity rules that read it."""

from .calcium_rule import CalciumRule
from .readout import CaReadout

__all__ = ["CaReadout", "CalciumRule"]
