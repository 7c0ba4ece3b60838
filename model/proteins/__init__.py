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
from .channels import constant_source, glun_calcium_rate, two_state_channel
from .fluxes import GHKFlux, OhmicFlux, ions_per_second, magnesium_block
from .markov_channel import Gate, Transition, hodgkin_huxley_channel, markov_channel
from .pumps import NCX, PMCA, PumpRates, ncx, pmca, pump
from .receptors import NMDA_DESTEXHE, NMDA_FLUX, NmdaRates, nmda_receptor

__all__ = [
    "CALBINDIN_HIGH",
    "CALBINDIN_MEDIUM",
    "CALMODULIN_C",
    "CALMODULIN_N",
    "NCX",
    "NMDA_DESTEXHE",
    "NMDA_FLUX",
    "PMCA",
    "GHKFlux",
    "Gate",
    "NmdaRates",
    "OhmicFlux",
    "PairRates",
    "PumpRates",
    "Transition",
    "calbindin",
    "calcium",
    "calmodulin",
    "constant_source",
    "glun_calcium_rate",
    "hodgkin_huxley_channel",
    "immobile_buffer",
    "ions_per_second",
    "magnesium_block",
    "markov_channel",
    "ncx",
    "nmda_receptor",
    "pmca",
    "pump",
    "simple_buffer",
    "two_pair_protein",
    "two_state_channel",
]
