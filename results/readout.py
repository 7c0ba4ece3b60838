"""The calcium readout: the signal that rules of plasticity read, whatever engine made it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model import checks
from ..model.arguments import checked
from ..model.errors import ParameterError
from ..model.units import MOLECULES_PER_UM3_PER_UM


@checked
@dataclass(frozen=True)
class CaReadout:
    """[Ca2+] against time at one place: a nanodomain, a compartment, or a whole head.

    Parameters
    ----------
    time : ndarray, shape (n,)
        Sampling times (s), strictly increasing.
    concentration : ndarray, shape (n,)
        [Ca2+] at those times (uM).
    place : str
        What was read, e.g. ``"bulk"`` or ``"20 nm below the pore"``.
    volume : float, optional
        Of the place (um^3), for rules that read a number of ions.
    """

    time: NDArray[np.float64]
    concentration: NDArray[np.float64]
    place: str = "bulk"
    volume: float | None = None

    def __post_init__(self) -> None:
        time = np.asarray(self.time, dtype=np.float64)
        concentration = np.asarray(self.concentration, dtype=np.float64)
        if time.ndim != 1 or time.shape != concentration.shape:
            raise ParameterError(
                f"CaReadout {self.place!r}: time has shape {time.shape} and concentration "
                f"{concentration.shape}; both must be one-dimensional and of equal length."
            )
        if time.size == 0:
            raise ParameterError(f"CaReadout {self.place!r} is empty; give at least one time and concentration.")
        if not np.all(np.isfinite(time)) or np.any(np.diff(time) <= 0):
            raise ParameterError(f"CaReadout {self.place!r}: times must be finite and increase strictly; sort them.")
        if not np.all(np.isfinite(concentration)) or np.any(concentration < 0):
            raise ParameterError(
                f"CaReadout {self.place!r}: concentrations must be finite and >= 0 uM; "
                f"the smallest is {concentration.min()}."
            )
        if self.volume is not None:
            checks.positive(f"CaReadout {self.place!r}: volume (um^3)", self.volume, error=ParameterError)
        object.__setattr__(self, "time", time)
        object.__setattr__(self, "concentration", concentration)

    @classmethod
    def of_ions(cls, time: ArrayLike, number: ArrayLike, volume: float, place: str = "bulk") -> CaReadout:
        """Return the readout of a number of ions in a volume.

        Parameters
        ----------
        time : array_like, shape (n,)
            Sampling times (s).
        number : array_like, shape (n,)
            Ions; less than 0, which rate equations reach by their tolerance, counts as 0.
        volume : float
            In um^3.
        place : str
            What was read.

        Raises
        ------
        ParameterError
            If times or numbers are no readout.
        """
        checks.positive(f"CaReadout {place!r}: volume (um^3)", volume, error=ParameterError)
        ions = np.maximum(np.asarray(number, dtype=np.float64), 0.0)
        return cls(np.asarray(time), ions / (volume * MOLECULES_PER_UM3_PER_UM), place, volume)

    @property
    def ions(self) -> NDArray[np.float64]:
        """Free ions in the place at each time, shape (n,).

        Raises
        ------
        ParameterError
            If its volume is not known.
        """
        if self.volume is None:
            raise ParameterError(f"CaReadout {self.place!r} has no volume; give volume=, in um^3, to count its ions.")
        return self.concentration * self.volume * MOLECULES_PER_UM3_PER_UM

    @property
    def mean(self) -> float:
        """Time-averaged [Ca2+] (uM)."""
        if self.time.size == 1:
            return float(self.concentration[0])
        return float(np.trapezoid(self.concentration, self.time) / (self.time[-1] - self.time[0]))

    @property
    def peak(self) -> float:
        """Largest [Ca2+] (uM)."""
        return float(self.concentration.max())
