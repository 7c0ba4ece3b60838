"""Receptor channels of the synapse, each number with its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from .. import checks
from ..arguments import checked
from ..model import Scheme
from ..schedule import Schedule
from ..voltage import Voltage
from .fluxes import GHKFlux
from .markov_channel import Placement, Rate, Transition, markov_channel


@checked
@dataclass(frozen=True)
class NmdaRates:
    """Rates of the five-state NMDA receptor ``C0 - C1 - C2 - O`` with a desensitised state ``D`` beside C2.

    Parameters
    ----------
    binding : float
        Of each glutamate, 1/(uM s).
    unbinding, opening, closing, desensitization, resensitization : float
        1/s.
    """

    binding: float
    unbinding: float
    opening: float
    closing: float
    desensitization: float
    resensitization: float


#: Scheme of Lester & Jahr 1992 (J Neurosci 12:635), rates of Destexhe, Mainen & Sejnowski 1998 (in Koch & Segev,
#: Methods in Neuronal Modeling, ch. 1), fitted to recordings of Hessler et al. 1993 (Nature 366:569); no factor 2 for
#: the first binding.
NMDA_DESTEXHE = NmdaRates(5.0, 12.9, 46.5, 73.8, 8.4, 6.8)

#: GHK flux of calcium, blocked by 1 mM of magnesium (Jahr & Stevens 1990, J Neurosci 10:3178). At -65 mV and without
#: block a tenth (O'Donnell et al. 2011) of the current through 45 pS (Jahr & Stevens 1990) with a reversal at 0 mV;
#: that the tenth holds there, and GHK elsewhere, is inferred.
NMDA_FLUX = GHKFlux.from_current(0.1 * 45e-3 * 65.0, -65.0, magnesium_mM=1.0)


@checked
def nmda_receptor(
    glutamate: float | Schedule,
    voltage: Voltage,
    *,
    rates: NmdaRates = NMDA_DESTEXHE,
    flux: Rate | None = None,
    name: str = "NR",
    group: str = "NMDA receptor",
    **placement: Unpack[Placement],
) -> Scheme:
    """Build NMDA receptors, closed and without glutamate at the start.

    Magnesium does not gate but divides the flux: its block is much faster than any opening.

    Parameters
    ----------
    glutamate : float or Schedule
        Concentration in the cleft (uM), e.g. ``Schedule.pulses([0.0], 1e-3, 1000.0)``: 1 mM for 1 ms (Clements et al.
        1992, Science 258:1498).
    voltage : Voltage
        The membrane potential.
    rates : NmdaRates
        Rates of the scheme.
    flux : Rate, optional
        Ca2+ per second while open; :data:`NMDA_FLUX` by default.
    name, group : str
        Prefix of the states, and the group that they are shown under; ions are counted under ``<name>_in``.
    **placement
        ``number``, ``density`` (1/um^2) or ``points``, and ``region``.

    Raises
    ------
    ModelError
        If the concentration is negative.
    """
    binding = times_concentration(rates.binding, glutamate, group)
    if flux is None:
        flux = NMDA_FLUX
    return markov_channel(
        name, group, ("C0", "C1", "C2", "D", "O"),
        (
            Transition("C0 <-> C1", binding, rates.unbinding),
            Transition("C1 <-> C2", binding, rates.unbinding),
            Transition("C2 <-> D", rates.desensitization, rates.resensitization),
            Transition("C2 <-> O", rates.opening, rates.closing),
        ),
        conducting={"O": flux}, voltage=voltage, start="C0", **placement,
    )  # fmt: skip


def times_concentration(rate: float, ligand: float | Schedule, group: str) -> float | Schedule:
    """Return how often (1/s) a ligand of a concentration (uM) binds at a rate (1/(uM s))."""
    if isinstance(ligand, Schedule):
        return ligand.scaled(rate)
    checks.finite(f"{group}: glutamate (uM)", ligand, minimum=0.0)
    return rate * ligand
