"""Units: um, s, uM, molecules everywhere; other habits are converted here, by name.

The Avogadro constant is exact since the 2019 revision of the SI.
"""

from __future__ import annotations

AVOGADRO = 6.02214076e23
#: Molecules in 1 um^3 at 1 uM.
MOLECULES_PER_UM3_PER_UM = AVOGADRO * 1e-6 * 1e-15


def per_M_per_s(rate: float) -> float:
    """Convert a binding rate from 1/(M s), as MCell and most papers print it, to 1/(uM s)."""
    return rate * 1e-6


def cm2_per_s(diffusion: float) -> float:
    """Convert a diffusion coefficient from cm^2/s, as in MCell, to um^2/s."""
    return diffusion * 1e8


def m2_per_s(diffusion: float) -> float:
    """Convert a diffusion coefficient from m^2/s to um^2/s."""
    return diffusion * 1e12


def molecules(concentration_uM: float, volume_um3: float) -> float:
    """Expected number of molecules at a concentration (uM) in a volume (um^3)."""
    return concentration_uM * volume_um3 * MOLECULES_PER_UM3_PER_UM


def micromolar(number: float, volume_um3: float) -> float:
    """Concentration (uM) of a number of molecules in a volume (um^3)."""
    return number / (volume_um3 * MOLECULES_PER_UM3_PER_UM)


def um3_per_s(binding_rate: float) -> float:
    """Convert a binding rate from 1/(uM s) to um^3/s per pair of molecules."""
    return binding_rate / MOLECULES_PER_UM3_PER_UM
