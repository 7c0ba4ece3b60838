"""The leak of calcium stores: pores through which ions pass either way."""

from __future__ import annotations

from .. import checks, units
from ..arguments import checked
from ..model import Scheme
from ..placement import Release
from ..reactions import Reaction
from ..species import Species
from .pumps import Regions


@checked
def leak(
    permeability_um_per_s: float = 1.8e-3, density: float = 1000.0, region: Regions = None, *, lumen: str = "Ca"
) -> Scheme:
    """Build the leak of a store as pores ``Leak``, which together let ``P (c1 - c2)`` pass per area of membrane.

    A `Boundary` with the rule ``"permeable"`` does the same without molecules; pores count what leaks each way.

    Parameters
    ----------
    permeability_um_per_s : float
        P; 1.8e-3 um/s is 0.1608 /s times the volume per area of the apparatus, 0.0113 um, of Bell et al. 2019 (Biophys
        J 117:1981). In the archived models of 2022 the number stands where a rate of second order is taken, and nothing
        leaks: leave the leak out to reproduce their data.
    density : float
        Pores per um^2 among which the flux is shared; inferred, it changes nothing else.
    region : str or tuple of str, optional
        Region or regions of the mesh, that of a store in an `Assembly`; the whole surface of the first compartment by
        default.
    lumen : str
        The species that ions are inside: another one than ``Ca`` if they have other reactions there.

    Raises
    ------
    ModelError
        If the permeability is negative or the density not positive.
    """
    checks.finite("Leak: permeability (um/s)", permeability_um_per_s, minimum=0.0)
    checks.positive("Leak: density (1/um^2)", density)
    rate = permeability_um_per_s * units.MOLECULES_PER_UM3_PER_UM / density
    return Scheme(
        (Species("Leak", where="surface", group="leak"),),
        (Reaction(f"{lumen}[inside] + Leak <-> Leak + Ca[outside]", rate, rate, name="leak_out"),),
        (Release("Leak", density=density, region=region),),
    )
