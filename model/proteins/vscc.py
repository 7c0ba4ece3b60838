"""The voltage-sensitive calcium channel of spine models: four steps, and its law of current and voltage."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Unpack

from .. import checks
from ..arguments import checked
from ..model import Scheme
from ..voltage import Voltage
from .fluxes import ELEMENTARY_CHARGE
from .markov_channel import Placement, Rate, Transition, markov_channel


@checked
@dataclass(frozen=True)
class VoltageStep:
    """A step whose rates are exponentials of the potential: ``alpha exp(V/V0)`` forward, ``beta exp(-V/V0)`` back.

    Parameters
    ----------
    alpha, beta : float
        Rates at 0 mV (1/s).
    slope_mV : float
        V0.

    Raises
    ------
    ModelError
        If a rate is negative or the slope is not positive.
    """

    alpha: float
    beta: float
    slope_mV: float

    def __post_init__(self) -> None:
        checks.finite("Voltage step: alpha (1/s)", self.alpha, minimum=0.0)
        checks.finite("Voltage step: beta (1/s)", self.beta, minimum=0.0)
        checks.positive("Voltage step: slope (mV)", self.slope_mV)

    @property
    def rates(self) -> tuple[Callable[[float], float], Callable[[float], float]]:
        """Forward and backward rate (1/s) as functions of the potential (mV)."""
        return (
            lambda mV: self.alpha * math.exp(mV / self.slope_mV),
            lambda mV: self.beta * math.exp(-mV / self.slope_mV),
        )


@checked
@dataclass(frozen=True)
class VsccFlux:
    """Ca2+ ions per second of an open channel, ``g V (r - exp(-V/V0)) / (2 e (1 - exp(V/V0)))``; 0 where it is outward.

    The law and its numbers: Bartol et al. 2015 (Front Synaptic Neurosci 7:17, Table 1). It is zero at
    ``-V0 ln r``, 75 mV.

    Parameters
    ----------
    conductance_pS : float
        g.
    ratio : float
        r.
    slope_mV : float
        V0.

    Raises
    ------
    ModelError
        If a number is out of range.
    """

    conductance_pS: float = 3.72
    ratio: float = 0.393
    slope_mV: float = 80.36

    def __post_init__(self) -> None:
        checks.finite("VSCC flux: conductance (pS)", self.conductance_pS, minimum=0.0)
        checks.positive("VSCC flux: ratio", self.ratio)
        checks.positive("VSCC flux: slope (mV)", self.slope_mV)

    def __call__(self, voltage_mV: float) -> float:
        """Ions per second into the cell."""
        u = voltage_mV / self.slope_mV
        # u/(exp(u) - 1) is 1 at u = 0.
        weight = u / math.expm1(u) if u else 1.0
        per_unit = self.conductance_pS * 1e-12 * self.slope_mV * 1e-3 / (2 * ELEMENTARY_CHARGE)
        return max(0.0, per_unit * weight * (math.exp(-u) - self.ratio))


#: Bartol et al. 2015 (Front Synaptic Neurosci 7:17, Table 1), used by Bell et al. 2022 (J Gen Physiol 154:e202112980).
VSCC_STEPS = (
    VoltageStep(8080.0, 5760.0, 49.14),
    VoltageStep(13400.0, 12600.0, 42.08),
    VoltageStep(8780.0, 16300.0, 55.31),
    VoltageStep(34700.0, 3680.0, 26.55),
)
VSCC_FLUX = VsccFlux()


@checked
def vscc(
    voltage: Voltage,
    *,
    steps: Sequence[VoltageStep] = VSCC_STEPS,
    flux: Rate = VSCC_FLUX,
    start: str | Mapping[str, float] | None = None,
    name: str = "VSCC",
    group: str = "VSCC",
    **placement: Unpack[Placement],
) -> Scheme:
    """Build voltage-sensitive calcium channels, ``VSCC_C0`` to ``VSCC_C3`` and the open ``VSCC_O``.

    Bell et al. (2022) have 2 per um^2 of the whole spine, which start in ``"C0"``.

    Parameters
    ----------
    voltage : Voltage
        The membrane potential.
    steps : sequence of VoltageStep
        From each state to the next; the last one opens.
    flux : Rate
        Ca2+ per second while open: a number, a schedule or a function of mV.
    start : str or mapping of str to float, optional
        State at t = 0, or fractions; the steady state at the first potential by default.
    name, group : str
        Prefix of the states, and the group that they are shown under; ions are counted under ``<name>_in``.
    **placement
        ``number``, ``density`` (1/um^2) or ``points``, and ``region``.

    Raises
    ------
    ModelError
        If there is no step, or a number is out of range.
    """
    checks.whole(f"{group}: number of steps", len(steps), minimum=1)
    states = [*(f"C{k}" for k in range(len(steps))), "O"]
    transitions = [Transition(f"{states[k]} <-> {states[k + 1]}", *step.rates) for k, step in enumerate(steps)]
    return markov_channel(
        f"{name}_", group, states, transitions, conducting={"O": flux}, voltage=voltage, start=start,
        event=f"{name}_in", **placement,
    )  # fmt: skip
