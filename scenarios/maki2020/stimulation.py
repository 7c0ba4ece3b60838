"""Stimulation: pulses of Ca2+ and neuromodulators, as sources of the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...model import ParameterError, Reaction, Schedule, checks, units

#: Parameter -> species that flows in.
LIGANDS: Mapping[str, str] = {"calcium": "Ca", "beta_adrenergic": "L", "glutamate": "Glu", "acetylcholine": "ACh"}


@dataclass(frozen=True)
class Protocol:
    """Trains of rectangular pulses.

    Parameters
    ----------
    pulses : int
        Per train.
    frequency : float
        Pulses per second in a train (Hz).
    duration : float
        Of a pulse (s).
    trains : int
        How many.
    interval : float
        From the start of one train to the next (s).

    Raises
    ------
    ParameterError
        If a number is out of range, or trains overlap.
    """

    pulses: int
    frequency: float
    duration: float = 0.003
    trains: int = 1
    interval: float = 4.0

    def __post_init__(self) -> None:
        for name in ("pulses", "trains"):
            checks.whole(f"Protocol: {name}", getattr(self, name), minimum=1, error=ParameterError)
        for name in ("frequency", "duration", "interval"):
            checks.positive(f"Protocol: {name}", getattr(self, name), error=ParameterError)
        if self.trains > 1 and self.pulses / self.frequency > self.interval:
            raise ParameterError(
                f"Protocol: a train lasts {self.pulses / self.frequency:g} s, but the next begins after "
                f"{self.interval:g} s; give a longer interval or fewer pulses."
            )

    def onsets(self, start: float) -> NDArray[np.float64]:
        """Return the times (s) at which pulses begin, shape (trains x pulses,)."""
        train = self.interval * np.arange(self.trains)[:, None]
        return (start + train + np.arange(self.pulses) / self.frequency).ravel()

    @property
    def length(self) -> float:
        """From the first pulse's start to the last one's (s)."""
        return float(self.onsets(0.0)[-1])


def sources(protocol: Protocol, start: float, flux: Mapping[str, float], volume: float) -> list[Reaction]:
    """Return the influx of each species as a reaction.

    Parameters
    ----------
    protocol : Protocol
        When.
    start : float
        Of the first pulse (s).
    flux : mapping of str to float
        Species -> influx during a pulse (molecules/ms).
    volume : float
        um^3.
    """
    onsets = protocol.onsets(start)
    return [
        Reaction(f"0 -> {species}", Schedule.pulses(onsets, protocol.duration, concentration_rate(value, volume)))
        for species, value in flux.items()
    ]


def concentration_rate(flux: float, volume: float) -> float:
    """Convert an influx in molecules/ms into uM/s."""
    return units.micromolar(1e3 * flux, volume)
