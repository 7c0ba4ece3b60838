"""Fluxes of ions through an open channel as functions of the membrane potential.

Only influx is simulated: where the current is outward the flux is 0, since the outside has no ions to draw from and
the few inside are not held at the channel. A number is a constant flux; any function of mV is a flux law.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import checks, units
from ..arguments import checked
from ..errors import ModelError

ELEMENTARY_CHARGE = 1.602176634e-19  # C, exact (SI 2019)
BOLTZMANN = 1.380649e-23  # J/K, exact (SI 2019)
ZERO_CELSIUS = 273.15  # K
MAGNESIUM_mM = 3.57
"""Magnesium that blocks half of the NMDA receptors at 0 mV (Jahr & Stevens 1990, J Neurosci 10:3178, Eq. 4a)."""


@checked
def magnesium_block(
    voltage_mV: ArrayLike, magnesium_mM: float = 1.0, slope_per_mV: float = 0.062
) -> NDArray[np.float64]:
    """Fraction of NMDA receptors free of Mg2+ at each potential (Jahr & Stevens 1990, J Neurosci 10:3178, Eq. 4a)."""
    with np.errstate(over="ignore"):
        opposed = np.exp(-slope_per_mV * np.asarray(voltage_mV, dtype=np.float64))
    return np.asarray(1.0 / (1.0 + opposed * magnesium_mM / MAGNESIUM_mM))


@checked
def ions_per_second(current_pA: float, valence: int = 2) -> float:
    """Ions per second that carry a current (pA)."""
    checks.whole("Ions per second: valence", int(valence), minimum=1)
    return current_pA * 1e-12 / (valence * ELEMENTARY_CHARGE)


@checked
@dataclass(frozen=True)
class OhmicFlux:
    """Ca2+ ions per second of an ohmic channel: ``f g B(V) (E - V)/(2 e)`` below the reversal potential, 0 above.

    Parameters
    ----------
    conductance_pS : float
        Unitary conductance g.
    reversal_mV : float
        Reversal potential E.
    calcium_fraction : float
        Part f of the current that calcium carries.
    magnesium_mM : float
        Extracellular magnesium, which blocks as in :func:`magnesium_block`; 0 for channels that it does not block.

    Raises
    ------
    ModelError
        If a number is out of range.
    """

    conductance_pS: float
    reversal_mV: float
    calcium_fraction: float = 1.0
    magnesium_mM: float = 0.0

    def __post_init__(self) -> None:
        checks.finite("Ohmic flux: conductance (pS)", self.conductance_pS, minimum=0.0)
        checks.finite("Ohmic flux: reversal potential (mV)", self.reversal_mV)
        checks.finite("Ohmic flux: calcium fraction", self.calcium_fraction, minimum=0.0)
        checks.finite("Ohmic flux: magnesium (mM)", self.magnesium_mM, minimum=0.0)
        if self.calcium_fraction > 1:
            raise ModelError(f"Ohmic flux: calcium fraction is {self.calcium_fraction:g}; give a number from 0 to 1.")

    def __call__(self, voltage_mV: float) -> float:
        """Ions per second into the cell."""
        if voltage_mV >= self.reversal_mV:
            return 0.0
        current_A = (self.reversal_mV - voltage_mV) * 1e-3 * self.conductance_pS * 1e-12
        free = float(magnesium_block(voltage_mV, self.magnesium_mM))
        return self.calcium_fraction * free * current_A / (2 * ELEMENTARY_CHARGE)


@checked
@dataclass(frozen=True)
class GHKFlux:
    """Ions per second of the Goldman-Hodgkin-Katz equation, below the Nernst potential, 0 above.

    ``B(V) P u (c_out exp(-u) - c_in)/(1 - exp(-u))`` with u = z e V/(k T) (Goldman 1943, J Gen Physiol 27:37; Hodgkin &
    Katz 1949, J Physiol 108:37). The inside is taken to stay at its resting concentration: an error of c/c_out where
    the ions that came in raise it to c at the pore.

    Parameters
    ----------
    permeability_um3_per_s : float
        Of one open channel, P.
    outside_uM, inside_uM : float
        Concentrations on both sides.
    temperature_C : float
        Degrees Celsius.
    valence : int
        Charge z of the ion, >= 1.
    magnesium_mM : float
        Extracellular magnesium, which blocks as in :func:`magnesium_block`; 0 for channels that it does not block.

    Raises
    ------
    ModelError
        If a number is out of range.
    """

    permeability_um3_per_s: float
    outside_uM: float = 2000.0
    inside_uM: float = 0.05
    temperature_C: float = 34.0
    valence: int = 2
    magnesium_mM: float = 0.0

    def __post_init__(self) -> None:
        checks.finite("GHK flux: permeability (um^3/s)", self.permeability_um3_per_s, minimum=0.0)
        checks.finite("GHK flux: outside (uM)", self.outside_uM, minimum=0.0)
        checks.finite("GHK flux: inside (uM)", self.inside_uM, minimum=0.0)
        checks.whole("GHK flux: valence", self.valence, minimum=1)
        checks.finite("GHK flux: magnesium (mM)", self.magnesium_mM, minimum=0.0)
        checks.positive("GHK flux: temperature (K)", self.temperature_C + ZERO_CELSIUS)

    @classmethod
    def from_current(
        cls,
        current_pA: float,
        at_mV: float,
        *,
        outside_uM: float = 2000.0,
        inside_uM: float = 0.05,
        temperature_C: float = 34.0,
        valence: int = 2,
        magnesium_mM: float = 0.0,
    ) -> GHKFlux:
        """Return the law whose unitary current (pA, inward positive, without block) is given at one potential (mV).

        Raises
        ------
        ModelError
            If the ion cannot flow inwards at that potential.
        """
        checks.finite("GHK flux: current (pA)", current_pA, minimum=0.0)
        unit = cls(1.0, outside_uM, inside_uM, temperature_C, valence)
        flux = unit(at_mV)
        if flux == 0.0:
            raise ModelError(f"GHK flux: no ion flows inwards at {at_mV:g} mV; state the current at another potential.")
        permeability = ions_per_second(current_pA, valence) / flux
        return replace(unit, permeability_um3_per_s=permeability, magnesium_mM=magnesium_mM)

    def __call__(self, voltage_mV: float) -> float:
        """Ions per second into the cell."""
        u = self.valence * ELEMENTARY_CHARGE * voltage_mV * 1e-3 / (BOLTZMANN * (self.temperature_C + ZERO_CELSIUS))
        # Towards the side of lower energy no exponential overflows; u/(1 - exp(-u)) is 1 at u = 0.
        weight = abs(u) / -math.expm1(-abs(u)) if u else 1.0
        outer, inner = (math.exp(-u), 1.0) if u > 0 else (1.0, math.exp(u))
        net = weight * (outer * self.outside_uM - inner * self.inside_uM)
        free = float(magnesium_block(voltage_mV, self.magnesium_mM)) if self.magnesium_mM else 1.0
        return max(0.0, free * self.permeability_um3_per_s * units.MOLECULES_PER_UM3_PER_UM * net)
