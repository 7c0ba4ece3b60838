"""Calcium buffers of dendritic spines and the ion itself, with the source of each number."""

from __future__ import annotations

from .. import checks
from ..arguments import checked
from ..model import Scheme
from ..placement import Release
from ..reactions import Reaction
from ..species import Species
from .binding import PairRates, two_pair_protein

#: Nagerl et al. 2000 (Biophys J 79:3009) in the form of Bartol et al. 2015 (Front Synaptic Neurosci 7:17).
CALBINDIN_HIGH = PairRates(on_first=22.0, off_first=2.6, on_second=11.0, off_second=5.2)
CALBINDIN_MEDIUM = PairRates(on_first=174.0, off_first=35.8, on_second=87.0, off_second=71.6)
#: Pepke et al. 2010 (PLoS Comput Biol 6:e1000675).
CALMODULIN_N = PairRates(on_first=100.0, off_first=2500.0, on_second=150.0, off_second=750.0)
CALMODULIN_C = PairRates(on_first=4.0, off_first=40.0, on_second=10.0, off_second=9.25)


@checked
def calcium(concentration: float = 0.05, D: float = 220.0) -> Scheme:
    """Free Ca2+ ions, species ``Ca``.

    Parameters
    ----------
    concentration : float
        At the start (uM); 0.05 uM is the resting level (O'Donnell et al. 2011, Table 1).
    D : float
        um^2/s; 220 (Allbritton, Meyer & Stryer 1992, Science 258:1812; used by O'Donnell et al. 2011).
    """
    return Scheme((Species("Ca", D, content={"Ca": 1}),), (), (Release("Ca", concentration=concentration),))


@checked
def calbindin(total: float = 45.0, start_calcium: float = 0.05, D: float = 28.0) -> Scheme:
    """Calbindin-D28k, states ``CB_hm`` with ``h`` high- and ``m`` medium-affinity sites occupied.

    Two sites of each kind: binding 2 x 11 and 2 x 87 /(uM s), unbinding 2.6 and 35.8 /s per site (Nagerl et al.
    2000, Biophys J 79:3009, as used by Bartol et al. 2015, Front Synaptic Neurosci 7:17).

    Parameters
    ----------
    total : float
        uM; 45 (O'Donnell et al. 2011).
    start_calcium : float
        [Ca2+] (uM) of the equilibrium at the start; 0 starts all calbindin free.
    D : float
        um^2/s; 28 (Schmidt et al. 2005, PNAS 102:5850).
    """
    return two_pair_protein("CB", "calbindin", total, D, CALBINDIN_HIGH, CALBINDIN_MEDIUM, start_calcium)


@checked
def calmodulin(total: float = 10.0, start_calcium: float = 0.05, D: float = 0.0) -> Scheme:
    """Calmodulin, states ``CaM_nc`` with ``n`` N-lobe and ``c`` C-lobe sites occupied.

    Rates of the four steps: Pepke et al. 2010, PLoS Comput Biol 6:e1000675. O'Donnell et al. (2011) state
    only the total, 10 uM, and that it does not move.

    Parameters
    ----------
    total : float
        uM.
    start_calcium : float
        [Ca2+] (uM) of the equilibrium at the start; 0 starts all calmodulin free.
    D : float
        um^2/s.
    """
    return two_pair_protein("CaM", "calmodulin", total, D, CALMODULIN_N, CALMODULIN_C, start_calcium)


@checked
def immobile_buffer(total: float = 5.0, start_calcium: float = 0.05) -> Scheme:
    """Fast immobile endogenous buffer, ``IB`` and ``IB_Ca``: 247 /(uM s), 524 /s (Bartol et al. 2015).

    Parameters
    ----------
    total : float
        uM; 5 (O'Donnell et al. 2011).
    start_calcium : float
        [Ca2+] (uM) of the equilibrium at the start; 0 starts it free.
    """
    return simple_buffer("IB", total, on=247.0, off=524.0, start_calcium=start_calcium, group="immobile buffer")


@checked
def simple_buffer(
    name: str,
    total: float,
    on: float,
    off: float,
    *,
    D: float = 0.0,
    start_calcium: float = 0.0,
    group: str = "",
) -> Scheme:
    """Build a buffer with one site, species ``name`` and ``name_Ca``.

    Parameters
    ----------
    name : str
        Name of the free form.
    total : float
        Total concentration (uM).
    on, off : float
        Binding 1/(uM s) and unbinding 1/s rates.
    D : float
        um^2/s, the same for both forms.
    start_calcium : float
        [Ca2+] (uM) of the equilibrium at the start.
    group : str
        Group that both forms are shown under; ``name`` by default.
    """
    checks.finite(f"Buffer {name}: total (uM)", total, minimum=0.0)
    checks.positive(f"Buffer {name}: unbinding rate (1/s)", off)
    checks.finite(f"Buffer {name}: start calcium (uM)", start_calcium, minimum=0.0)
    bound = start_calcium / (start_calcium + off / on) if on > 0 else 0.0
    free_form = Species(name, D, group=group or name)
    bound_form = Species(f"{name}_Ca", D, group=group or name, content={"Ca": 1})
    release = Release({name: 1 - bound, f"{name}_Ca": bound}, concentration=total)
    return Scheme((free_form, bound_form), (Reaction(f"Ca + {name} <-> {name}_Ca", on, off),), (release,))
