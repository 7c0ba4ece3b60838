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
from .leak import leak
from .markov_channel import Gate, Transition, hodgkin_huxley_channel, markov_channel
from .multisite import GateStep, Sites, multisite_protein
from .nmda_jahr import NMDA_JAHR, NMDA_JAHR_FLUX, TwoArmRates, nmda_receptor_jahr
from .pumps import NCX, PMCA, PumpRates, ncx, pmca, pump
from .receptors import NMDA_DESTEXHE, NMDA_FLUX, NmdaRates, nmda_receptor
from .ryr import RYR, RyrRates, ryr
from .serca import SERCA, SERCA_ARCHIVED, SercaRates, serca
from .vscc import VSCC_FLUX, VSCC_STEPS, VoltageStep, VsccFlux, vscc

__all__ = [
    "CALBINDIN_HIGH",
    "CALBINDIN_MEDIUM",
    "CALMODULIN_C",
    "CALMODULIN_N",
    "NCX",
    "NMDA_DESTEXHE",
    "NMDA_FLUX",
    "NMDA_JAHR",
    "NMDA_JAHR_FLUX",
    "PMCA",
    "RYR",
    "SERCA",
    "SERCA_ARCHIVED",
    "VSCC_FLUX",
    "VSCC_STEPS",
    "GHKFlux",
    "Gate",
    "GateStep",
    "NmdaRates",
    "OhmicFlux",
    "PairRates",
    "PumpRates",
    "RyrRates",
    "SercaRates",
    "Sites",
    "Transition",
    "TwoArmRates",
    "VoltageStep",
    "VsccFlux",
    "calbindin",
    "calcium",
    "calmodulin",
    "constant_source",
    "glun_calcium_rate",
    "hodgkin_huxley_channel",
    "immobile_buffer",
    "ions_per_second",
    "leak",
    "magnesium_block",
    "markov_channel",
    "multisite_protein",
    "ncx",
    "nmda_receptor",
    "nmda_receptor_jahr",
    "pmca",
    "pump",
    "ryr",
    "serca",
    "simple_buffer",
    "two_pair_protein",
    "two_state_channel",
    "vscc",
]
