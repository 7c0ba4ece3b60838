"""Neighbouring spines: coincident inputs help each other, and potentiation helps the neighbours later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model import ParameterError, checks
from ..model.arguments import checked
from ..model.proteins import magnesium_block
from ..results.readout import CaReadout
from . import arrays
from .calcium_rule import CalciumRule

Spikes = Sequence[NDArray[np.float64]]
Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("right", "left")


@checked
@dataclass(frozen=True)
class SpineNeighbourhood:
    """Spines on a stretch of dendrite that share depolarisation, but not glutamate.

    Calcium enters a head through its NMDA receptors, ``dCa/dt = influx g B(V) - (Ca - rest)/tau_calcium``: g is the
    spine's own bound glutamate, and B the magnesium block of Jahr & Stevens (1990), J Neurosci 10:3178. Every active
    spine opens a relative excitatory conductance that spreads along the dendrite,
    ``V = E + (rest - E)/(1 + sum of coupling exp(-distance/length) s)``, so that neighbours that are active together
    unblock each other's receptors. A small part of every head's calcium shows in its neighbours.

    Form and electrical numbers are inferred: one input depolarises its place by 10 mV. Bound glutamate
    (0.5 of the free receptors, 50 ms) and calcium (20 ms) decay as in O'Donnell, Nolan & van Rossum (2011); influx is
    set so that one input alone stays below the thresholds of ``CalciumRule``.

    Parameters
    ----------
    positions : tuple of float
        Of the spines along the dendrite (um).
    coupling : float
        Relative conductance that an input opens at its own place.
    length : float
        Length constant of its spread (um).
    tau_membrane : float
        Decay of that conductance (s).
    binding, tau_glutamate : float
        Part of the free receptors that a spike binds, and their unbinding (s).
    influx : float
        With all receptors bound and unblocked (uM/s).
    tau_calcium : float
        Decay of calcium (s).
    leak, leak_length : float
        Part of the calcium above rest that shows in a spine at no distance, and its length constant (um).
    rest_calcium : float
        In uM.
    rest_mV, reversal_mV : float
        Resting and excitatory reversal potential.
    magnesium_mM : float
        Extracellular magnesium.
    """

    positions: tuple[float, ...]
    coupling: float = 0.18
    length: float = 20.0
    tau_membrane: float = 20e-3
    binding: float = 0.5
    tau_glutamate: float = 50e-3
    influx: float = 7500.0
    tau_calcium: float = 20e-3
    leak: float = 0.02
    leak_length: float = 1.0
    rest_calcium: float = 0.05
    rest_mV: float = -65.0
    reversal_mV: float = 0.0
    magnesium_mM: float = 1.0

    def __post_init__(self) -> None:
        arrays.finite("SpineNeighbourhood: positions", self.positions, ndim=1)
        for name in ("coupling", "length", "tau_membrane", "tau_glutamate", "influx", "tau_calcium", "leak_length"):
            checks.positive(f"SpineNeighbourhood: {name}", getattr(self, name), error=ParameterError)
        for name in ("rest_calcium", "leak", "magnesium_mM"):
            checks.finite(f"SpineNeighbourhood: {name}", getattr(self, name), minimum=0.0, error=ParameterError)
        if not 0.0 < self.binding <= 1.0:
            raise ParameterError(f"SpineNeighbourhood: binding is {self.binding}; give a fraction > 0 and <= 1.")
        if not self.rest_mV < self.reversal_mV:
            raise ParameterError(
                f"SpineNeighbourhood: rest_mV is {self.rest_mV} and reversal_mV {self.reversal_mV}; "
                "rest must lie below the reversal potential."
            )

    @property
    def distances(self) -> NDArray[np.float64]:
        """Between all spines (um), shape (n, n)."""
        at = np.asarray(self.positions, dtype=np.float64)
        return np.abs(at[:, None] - at)

    def voltage(self, inputs: Sequence[ArrayLike], time: ArrayLike) -> NDArray[np.float64]:
        """Return the dendrite's potential (mV) below each of n spines at k times, shape (n, k)."""
        return self._voltage(self._check(inputs), arrays.times("SpineNeighbourhood: time", time), "right")

    def calcium(self, inputs: Sequence[ArrayLike], time: ArrayLike) -> list[CaReadout]:
        """Return [Ca2+] in every head.

        Parameters
        ----------
        inputs : sequence of array_like
            Presynaptic spikes of each spine (s), strictly increasing; empty for a silent one.
        time : array_like, shape (k,)
            Sampling times (s), evenly spaced: between two of them influx is constant, at the mean of its ends. The
            error falls with the square of the interval if spikes lie on sampling times, else with the interval.

        Returns
        -------
        list of CaReadout
            One per spine.

        Raises
        ------
        ParameterError
            If there are not as many inputs as spines, or times are not evenly spaced.
        """
        from scipy.signal import lfilter

        at = arrays.times("SpineNeighbourhood: time", time)
        if at.size < 2 or not np.allclose(np.diff(at), at[1] - at[0], rtol=1e-6, atol=0.0):
            raise ParameterError("SpineNeighbourhood: time must have at least two values, evenly spaced.")
        spikes = self._check(inputs)
        after, before = (self._influx(spikes, at, side) for side in SIDES)
        keep = np.exp(-(at[1] - at[0]) / self.tau_calcium)
        mean = np.concatenate([np.zeros((len(spikes), 1)), (after[:, :-1] + before[:, 1:]) / 2.0], axis=1)
        own = lfilter([self.tau_calcium * (1.0 - keep)], [1.0, -keep], mean, axis=1)
        shared = self.leak * np.exp(-self.distances / self.leak_length)
        np.fill_diagonal(shared, 1.0)
        total = self.rest_calcium + shared @ own
        return [
            CaReadout(at, head, f"spine at {position:g} um")
            for position, head in zip(self.positions, total, strict=True)
        ]

    def _check(self, inputs: Sequence[ArrayLike]) -> Spikes:
        if len(inputs) != len(self.positions):
            raise ParameterError(
                f"SpineNeighbourhood: {len(inputs)} inputs for {len(self.positions)} spines; "
                "give one list of spikes for each."
            )
        return [arrays.spikes(f"SpineNeighbourhood: input {i}", spikes) for i, spikes in enumerate(inputs)]

    def _influx(self, inputs: Spikes, at: NDArray[np.float64], side: Side) -> NDArray[np.float64]:
        """Return the influx into every head (uM/s), just after ("right") or before ("left") spikes at these times."""
        bound = np.array([trace(spikes, at, self.tau_glutamate, self.binding, side) for spikes in inputs])
        free = magnesium_block(self._voltage(inputs, at, side), self.magnesium_mM)
        return np.asarray(self.influx * bound * free)

    def _voltage(self, inputs: Spikes, at: NDArray[np.float64], side: Side) -> NDArray[np.float64]:
        active = np.array([trace(spikes, at, self.tau_membrane, None, side) for spikes in inputs])
        conductance = self.coupling * np.exp(-self.distances / self.length) @ active
        return np.asarray(self.reversal_mV + (self.rest_mV - self.reversal_mV) / (1.0 + conductance))


def trace(
    spikes: NDArray[np.float64], at: NDArray[np.float64], tau: float, binding: float | None, side: Side
) -> NDArray[np.float64]:
    """Return a trace that decays with tau and gains 1 at a spike, or ``binding`` of what is free: exact.

    At a spike it is the value after it (``side="right"``) or before it (``"left"``).
    """
    after = np.zeros(spikes.size + 1)
    for k in range(spikes.size):
        before = after[k] * np.exp(-(spikes[k] - spikes[k - 1]) / tau) if k else 0.0
        after[k + 1] = before + (1.0 if binding is None else binding * (1.0 - before))
    last = np.searchsorted(spikes, at, side=side)
    since = at - np.concatenate([[at[0]], spikes])[last]
    return np.asarray(after[last] * np.exp(-since / tau))


@checked
@dataclass(frozen=True)
class Crosstalk:
    """Potentiation of a spine lowers the potentiation threshold of its neighbours, for some time.

    Harvey & Svoboda (2007), Nature 450:1195: after potentiation of one spine, stimuli that are too weak by themselves
    potentiate its neighbours, within about 10 um and for about 10 min. The exponential form, both constants and
    the size of the reduction are inferred from those two numbers: a stimulus that reaches 65 % of what potentiation
    needs then succeeds out to about 10 um at once, and for about 10 min nearby. Both thresholds of the calcium rule
    fall by the same factor.

    Parameters
    ----------
    reduction : float
        Largest relative fall of the thresholds, in (0, 1).
    length : float
        Length constant of its spread along the dendrite (um).
    tau : float
        Time constant of its decay (s).
    """

    reduction: float = 0.6
    length: float = 20.0
    tau: float = 1200.0

    def __post_init__(self) -> None:
        if not 0.0 < self.reduction < 1.0:
            raise ParameterError(f"Crosstalk: reduction is {self.reduction}; give a fraction > 0 and < 1.")
        for name in ("length", "tau"):
            checks.positive(f"Crosstalk: {name}", getattr(self, name), error=ParameterError)

    def lowered(self, distance_um: float, delay_s: float) -> float:
        """Relative fall of the thresholds at a distance (um) from a potentiated spine and a delay (s) after it."""
        checks.finite("Crosstalk: distance", distance_um, minimum=0.0, error=ParameterError)
        checks.finite("Crosstalk: delay", delay_s, minimum=0.0, error=ParameterError)
        return float(self.reduction * np.exp(-distance_um / self.length - delay_s / self.tau))

    def rule(self, rule: CalciumRule, distance_um: float, delay_s: float) -> CalciumRule:
        """Return the calcium rule of a spine at that distance and delay."""
        factor = 1.0 - self.lowered(distance_um, delay_s)
        return replace(rule, theta_p=factor * rule.theta_p, theta_d=factor * rule.theta_d)
