"""The NMDA receptor in whose channel magnesium binds as a step of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Unpack

from .. import checks
from ..arguments import checked
from ..model import Scheme
from ..schedule import Schedule
from ..voltage import Voltage
from .fluxes import OhmicFlux
from .markov_channel import Placement, Rate, Transition, markov_channel
from .receptors import times_concentration


@checked
@dataclass(frozen=True)
class TwoArmRates:
    """Rates of the NMDA receptor whose channel magnesium blocks: two arms C0 - C1 - C2 - O, with D beside C2.

    Vargas-Caballero & Robinson 2004 (J Neurosci 24:6171; 1 mM Mg2+), as used by Bartol et al. 2015 (Front Synaptic
    Neurosci 7:17, Table 1). States with the letter B are blocked; the arms are joined at O - OB. Glutamate binds to
    both arms, and both desensitize, at the same rates.

    Parameters
    ----------
    bind_first, bind_second : float
        Of glutamate, 1/(uM s).
    unbind_first, unbind_second : float
        1/s.
    opening, closing : float
        Of the free arm, 1/s.
    opening_blocked, closing_blocked : float
        Of the blocked arm, 1/s.
    desensitization, resensitization : float
        1/s.
    block, block_mV : float
        Binding of magnesium to the open channel, ``block exp(-V/block_mV)``: 1/s and mV.
    unblock, unblock_mV : float
        Its unbinding, ``unblock exp(V/unblock_mV)``: 1/s and mV.

    Raises
    ------
    ModelError
        If a rate is negative or a slope not positive.
    """

    bind_first: float = 20.0
    unbind_first: float = 11.0
    bind_second: float = 10.0
    unbind_second: float = 22.0
    opening: float = 93.0
    closing: float = 183.2
    opening_blocked: float = 97.0
    closing_blocked: float = 574.0
    desensitization: float = 16.8
    resensitization: float = 3.6
    block: float = 1200.0
    block_mV: float = 17.0
    unblock: float = 10800.0
    unblock_mV: float = 47.0

    def __post_init__(self) -> None:
        for field in fields(self):
            what, value = f"NMDA receptor: {field.name}", getattr(self, field.name)
            if field.name.endswith("_mV"):
                checks.positive(what, value)
            else:
                checks.finite(what, value, minimum=0.0)


NMDA_JAHR = TwoArmRates()
#: Bell et al. 2022 (J Gen Physiol 154:e202112980), code: 4.5 pS, reversal at 3 mV, all of it calcium. Above 3 mV their
#: law has the absolute value, ours 0.
NMDA_JAHR_FLUX = OhmicFlux(4.5, 3.0)


@checked
def nmda_receptor_jahr(
    glutamate: float | Schedule,
    voltage: Voltage,
    *,
    rates: TwoArmRates = NMDA_JAHR,
    flux: Rate = NMDA_JAHR_FLUX,
    name: str = "NMDAR",
    group: str = "NMDA receptor",
    **placement: Unpack[Placement],
) -> Scheme:
    """Build NMDA receptors in whose channel magnesium binds, closed, free and without glutamate at the start.

    States are ``NMDAR_C0``, ``C1``, ``C2``, ``D``, ``O``, and the same with ``B`` (blocked); only ``NMDAR_O`` conducts.

    Parameters
    ----------
    glutamate : float or Schedule
        Concentration in the cleft (uM). ``Schedule.decays([0.0], 0.135e-3, 200.0)``, 0.2 mM that decay with 0.135 ms,
        is equivalent to 500 molecules that diffuse out of the cleft of Bell et al. (2022); inferred.
    voltage : Voltage
        The membrane potential.
    rates : TwoArmRates
        Rates of the scheme.
    flux : Rate
        Ca2+ per second while open and free.
    name, group : str
        Prefix of the states, and the group that they are shown under; ions are counted under ``<name>_in``.
    **placement
        ``number``, ``density`` (1/um^2) or ``points``, and ``region``. Bell et al. (2022) have 150 per um^2 of PSD.

    Raises
    ------
    ModelError
        If the concentration is negative.
    """
    first, second = (times_concentration(rate, glutamate, group) for rate in (rates.bind_first, rates.bind_second))
    arms = [
        transition
        for arm, opening, closing in (
            ("", rates.opening, rates.closing), ("B", rates.opening_blocked, rates.closing_blocked),
        )
        for transition in (
            Transition(f"C0{arm} <-> C1{arm}", first, rates.unbind_first),
            Transition(f"C1{arm} <-> C2{arm}", second, rates.unbind_second),
            Transition(f"C2{arm} <-> D{arm}", rates.desensitization, rates.resensitization),
            Transition(f"C2{arm} <-> O{arm}", opening, closing),
        )
    ]  # fmt: skip
    magnesium = Transition(
        "O <-> OB",
        lambda mV: rates.block * math.exp(-mV / rates.block_mV),
        lambda mV: rates.unblock * math.exp(mV / rates.unblock_mV),
    )
    states = [f"{state}{arm}" for arm in ("", "B") for state in ("C0", "C1", "C2", "D", "O")]
    return markov_channel(
        f"{name}_", group, states, [*arms, magnesium], conducting={"O": flux}, voltage=voltage, start="C0",
        event=f"{name}_in", **placement,
    )  # fmt: skip
