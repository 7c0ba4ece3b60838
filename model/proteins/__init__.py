"""Kinetic schemes of real proteins, each number with its source."""

from .binding import PairRates, two_pair_protein
from .buffers import (
    CALBINDIN_HIGH,
    CALBINDIN_MEDIUM,
    CALMODULIN_C,
    CALMODULIN_N,
    calbindin,
    calcium,
    calmodulin,
    immobile_buffer,
    simple_buffer,
)
from .channels import constant_source, glun_calcium_rate, magnesium_block, two_state_channel
from .pumps import NCX, PMCA, PumpRates, ncx, pmca, pump

__all__ = [
    "CALBINDIN_HIGH",
    "CALBINDIN_MEDIUM",
    "CALMODULIN_C",
    "CALMODULIN_N",
    "NCX",
    "PMCA",
    "PairRates",
    "PumpRates",
    "calbindin",
    "calcium",
    "calmodulin",
    "constant_source",
    "glun_calcium_rate",
    "immobile_buffer",
    "magnesium_block",
    "ncx",
    "pmca",
    "pump",
    "simple_buffer",
    "two_pair_protein",
    "two_state_channel",
]
