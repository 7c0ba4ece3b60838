"""Voltage-gated calcium channels of the CA1 spine: R, T, L and N type, with derivatives for Jacobians.

Kinetics as in O'Donnell, Nolan & van Rossum (2011), J Neurosci 31:16142, Methods: R type; T type (CaV 3.1)
after Traboulsie et al. (2007); L type after Carlin et al. (2000); N type after Huang et al. (1998).
The time constant of the T type's activation was fitted below -10 mV, and is 1 ms from there on (CaV 3.1 of
Channelpedia, after Traboulsie et al. 2007): the fit alone would be 5.5 times too fast at +10 mV, and negative above
+15 mV. The other time constants hold at any potential. Voltages are in mV and times in s throughout.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp
from typing import Literal, Unpack

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import jit
from ..model import Scheme, Voltage, checks
from ..model.proteins import Gate, hodgkin_huxley_channel
from ..model.proteins.markov_channel import Placement, Rate

GATE_NAMES = ("mR", "hR", "mT", "hT", "mL", "hL", "mN", "hN")
KINDS = ("R", "T", "L", "N")
ACTIVATION_POWERS = (3, 1, 2, 2)
"""Powers of m in the open probability m^p h of the R, T, L and N types."""
FITTED_BELOW_MV = -10.0
"""Where the fit of the time constant of the T type's activation ends."""


@jit
def sigmoid(v: float, half: float, slope: float) -> tuple[float, float]:
    """Return 1/(1 + exp(-(v - half)/slope)) and its derivative."""
    s = 1.0 / (1.0 + exp(-(v - half) / slope))
    return s, s * (1.0 - s) / slope


@jit
def linoid(v: float, scale: float) -> tuple[float, float]:
    """Return v/(1 - exp(-v/scale)) and its derivative, smooth through v = 0."""
    u = v / scale
    if abs(u) < 1e-4:
        return scale * (1.0 + u / 2.0 + u * u / 12.0), 0.5 + u / 6.0
    e = exp(-u)
    return v / (1.0 - e), (1.0 - e - u * e) / (1.0 - e) ** 2


@jit
def from_rates(alpha: float, d_alpha: float, beta: float, d_beta: float) -> tuple[float, float, float, float]:
    """Turn opening and closing rates (1/s) into steady state and relaxation rate, with derivatives."""
    total = alpha + beta
    steady = alpha / total
    return steady, (d_alpha * beta - alpha * d_beta) / total**2, total, d_alpha + d_beta


@jit
def from_time_constant(steady: tuple[float, float], tau: float, d_tau: float) -> tuple[float, float, float, float]:
    """Turn a steady state and a time constant (s) into steady state and relaxation rate, with derivatives."""
    return steady[0], steady[1], 1.0 / tau, -d_tau / tau**2


@jit
def activation_time_constant_T(v: float) -> tuple[float, float]:
    """Return the time constant (s) of the T type's activation, and its derivative (s/mV)."""
    if v >= FITTED_BELOW_MV:
        return 1e-3, 0.0
    part = 1.493527e-3 * exp(-v / 27.414182)
    return -0.855809e-3 + part, -part / 27.414182


@jit
def gate_kinetics(v: float, table: NDArray[np.float64]) -> None:
    """Fill ``table`` (8, 4) for the gates of ``GATE_NAMES`` at ``v`` (mV).

    Columns: steady state, its derivative (1/mV), relaxation rate (1/s), its derivative (1/(s mV)).
    """
    table[0, :] = from_time_constant(sigmoid(v, -14.0, 6.7), 3.6e-3, 0.0)
    table[1, :] = from_time_constant(sigmoid(v, -65.0, -11.8), 0.2, 0.0)

    tau, d_tau = activation_time_constant_T(v)
    table[2, :] = from_time_constant(sigmoid(v, -42.921064, 5.163208), tau, d_tau)
    fall = 0.002883e-3 * exp(-v / 5.598574)
    table[3, :] = from_time_constant(sigmoid(v, -72.90742, -4.575763), 9.987873e-3 + fall, -fall / 5.598574)

    tau, d_tau = sigmoid(v, -15.0, 5.0)
    table[4, :] = from_time_constant(sigmoid(v, -20.0, 6.0), 5e-3 + 20e-3 * tau, 20e-3 * d_tau)
    tau, d_tau = sigmoid(v, -30.0, 7.0)
    table[5, :] = from_time_constant(sigmoid(v, -70.0, -6.4), 20e-3 + 50e-3 * tau, 50e-3 * d_tau)

    alpha, d_alpha = linoid(v - 20.0, 10.0)
    beta = 400.0 * exp(-(v + 25.0) / 18.0)
    table[6, :] = from_rates(100.0 * alpha, 100.0 * d_alpha, beta, -beta / 18.0)
    alpha = 10.0 * exp(-(v + 50.0) / 10.0)
    beta, d_beta = sigmoid(v, -17.0, 17.0)
    table[7, :] = from_rates(alpha, -alpha / 10.0, 100.0 * beta, 100.0 * d_beta)


@jit
def open_conductance(gates: NDArray[np.float64], slopes: NDArray[np.float64]) -> float:
    """Sum of m^p h over the four types; ``slopes`` (8,) receives its derivatives by the gates."""
    total = 0.0
    for channel in range(4):
        m = gates[2 * channel]
        h = gates[2 * channel + 1]
        power = ACTIVATION_POWERS[channel]
        total += m**power * h
        slopes[2 * channel] = power * m ** (power - 1) * h
        slopes[2 * channel + 1] = m**power
    return total


def steady_gates(voltage_mV: float) -> NDArray[np.float64]:
    """Return the steady state of the eight gates (8,) at ``voltage_mV``."""
    table = np.empty((8, 4))
    gate_kinetics(voltage_mV, table)
    return table[:, 0].copy()


def gate_rate(gate: str, state: Literal["opening", "closing"]) -> Callable[[float], float]:
    """Return the opening or closing rate (1/s) of a gate of ``GATE_NAMES`` as a function of mV."""
    row = GATE_NAMES.index(gate)

    def rate(voltage_mV: float) -> float:
        table = np.empty((8, 4))
        gate_kinetics(voltage_mV, table)
        steady, relaxation = table[row, 0], table[row, 2]
        return float(relaxation * (steady if state == "opening" else 1.0 - steady))

    return rate


def calcium_channel(
    kind: Literal["R", "T", "L", "N"],
    voltage: Voltage,
    flux: Rate,
    *,
    name: str = "",
    **placement: Unpack[Placement],
) -> Scheme:
    """Build stochastic channels with the gates of one type, m^3 h or m^2 h, as surface molecules.

    Parameters
    ----------
    kind : {"R", "T", "L", "N"}
        The type.
    voltage : Voltage
        The membrane potential.
    flux : Rate
        Ca2+ per second while open, e.g. :class:`~nanospine.model.proteins.GHKFlux`.
    name : str
        Prefix of the states; ``Ca<kind>`` by default. Ions are counted under ``<name>_in``.
    **placement
        ``number``, ``density`` (1/um^2) or ``points``, and ``region``.

    Raises
    ------
    ModelError
        If there is no such type.
    """
    checks.one_of("Calcium channel", kind, KINDS)
    gates = [
        Gate(letter, number, gate_rate(f"{letter}{kind}", "opening"), gate_rate(f"{letter}{kind}", "closing"))
        for letter, number in (("m", ACTIVATION_POWERS[KINDS.index(kind)]), ("h", 1))
    ]
    return hodgkin_huxley_channel(
        name or f"Ca{kind}", f"{kind}-type Ca2+ channel", gates, flux=flux, voltage=voltage, **placement
    )
