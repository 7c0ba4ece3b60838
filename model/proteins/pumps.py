"""Membrane pumps and exchangers: bind Ca2+ inside, carry it out, and leak."""

from __future__ import annotations

from dataclasses import dataclass

from .. import checks
from ..arguments import checked
from ..model import Scheme
from ..placement import Release
from ..reactions import Reaction
from ..species import Species

Regions = str | tuple[str, ...] | None


@checked
@dataclass(frozen=True)
class PumpRates:
    """Rates of the two-state pump cycle.

    Parameters
    ----------
    on : float
        Binding from the cytosol, 1/(uM s).
    off, extrusion, leak : float
        Unbinding to the cytosol, release to the outside, and the constant influx that sets the resting level (1/s).
    """

    on: float
    off: float
    extrusion: float
    leak: float

    def bound_fraction(self, calcium: float) -> float:
        """Steady-state fraction with an ion bound at a [Ca2+] in uM."""
        return self.on * calcium / (self.on * calcium + self.off + self.extrusion)


#: Penheiter et al. 2003 (J Biol Chem 278:17728), as used by Bartol et al. 2015.
PMCA = PumpRates(on=150.0, off=15.0, extrusion=12.0, leak=4.3)
#: Hilgemann, Nicoll & Philipson 1991 (Nature 352:715), as used by Bartol et al. 2015.
NCX = PumpRates(on=300.0, off=300.0, extrusion=600.0, leak=19.4)


@checked
def pmca(density: float = 998.0, region: Regions = None, start_calcium: float = 0.05) -> Scheme:
    """Plasma-membrane Ca2+ ATPase, ``P0`` free and ``P1`` bound; 998 per um^2 (Bartol et al. 2015)."""
    return pump("P", "PMCA", PMCA, density, region, start_calcium)


@checked
def ncx(density: float = 142.0, region: Regions = None, start_calcium: float = 0.05) -> Scheme:
    """Na+/Ca2+ exchanger, ``N0`` free and ``N1`` bound; 142 per um^2 (Bartol et al. 2015)."""
    return pump("N", "NCX", NCX, density, region, start_calcium)


@checked
def pump(
    name: str,
    group: str,
    rates: PumpRates,
    density: float,
    region: Regions = None,
    start_calcium: float = 0.0,
) -> Scheme:
    """Build the cycle ``name0`` <-> ``name1`` with events ``<group>_out`` and ``<group>_leak`` (lower case).

    Parameters
    ----------
    name, group : str
        Prefix of the two states, and the group that they are shown under.
    rates : PumpRates
        Rates of the cycle.
    density : float
        Molecules per um^2.
    region : str or tuple of str, optional
        Region or regions of the mesh; the whole surface by default.
    start_calcium : float
        [Ca2+] (uM) of the steady state at the start; 0 starts all pumps free.
    """
    checks.finite(f"{group}: density (1/um^2)", density, minimum=0.0)
    checks.finite(f"{group}: start calcium (uM)", start_calcium, minimum=0.0)
    free, bound, label = f"{name}0", f"{name}1", group.lower()
    species = (
        Species(free, where="surface", group=group),
        Species(bound, where="surface", group=group, content={"Ca": 1}),
    )
    reactions = (
        Reaction(f"Ca[inside] + {free} <-> {bound}", rates.on, rates.off, name=f"{label}_bind"),
        Reaction(f"{bound} -> {free}", rates.extrusion, name=f"{label}_out"),
        Reaction(f"{free} -> {free} + Ca[inside]", rates.leak, name=f"{label}_leak"),
    )
    fraction = rates.bound_fraction(start_calcium)
    release = Release({free: 1 - fraction, bound: fraction}, density=density, region=region)
    return Scheme(species, reactions, (release,))
