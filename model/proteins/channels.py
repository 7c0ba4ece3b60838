"""Calcium channels as surface molecules: constant sources and stochastic gates."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..arguments import checked
from ..errors import ModelError
from ..model import Scheme
from ..placement import Release
from ..reactions import Reaction
from ..species import Species
from .fluxes import OhmicFlux
from .markov_channel import Transition, markov_channel


@checked
def glun_calcium_rate(
    voltage_mV: float,
    conductance_pS: float = 45.0,
    calcium_fraction: float = 0.1,
    open_probability: float = 0.1,
    reversal_mV: float = 0.0,
) -> float:
    """Mean Ca2+ ions per second through one GluN channel.

    ``p_open g f_Ca B(V) |V - E_rev| / (2 e)``. Unitary conductance of 45 pS: Jahr & Stevens 1990; Ca2+ fraction
    0.1: O'Donnell et al. 2011; open probability 0.1: inferred, so that 20 channels carry the 90 pS of that paper's
    Fig. 6. Zero at and above the reversal potential, where the current is outward.
    """
    return OhmicFlux(conductance_pS, reversal_mV, open_probability * calcium_fraction, magnesium_mM=1.0)(voltage_mV)


@checked
def constant_source(
    name: str, group: str, rate: float, number: int, region: str | None = None, event: str = ""
) -> Scheme:
    """Build ``number`` channels at random places that each emit ``rate`` ions per second, always.

    Parameters
    ----------
    name, group : str
        Species name, and the group that it is shown under.
    rate : float
        Ions per second and channel (Poisson).
    number : int
        Number of channels.
    region : str, optional
        Region of the mesh.
    event : str
        Name under which ions are counted; ``<name>_in`` by default.
    """
    checks.finite(f"{group}: rate (1/s)", rate, minimum=0.0)
    return Scheme(
        (Species(name, where="surface", group=group),),
        (Reaction(f"{name} -> {name} + Ca[inside]", rate, name=event or f"{name}_in"),),
        (Release(name, number=number, region=region),),
    )


@checked
def two_state_channel(
    name: str,
    group: str,
    rate_open: float,
    open_probability: float,
    mean_open_time: float,
    point: ArrayLike,
    event: str = "",
    start_open: bool = False,
) -> Scheme:
    """Build one channel ``<name>C`` <-> ``<name>O`` at a point that emits ions while open.

    Dwell times are exponential: k_close = 1/mean_open_time, k_open = k_close p/(1 - p).

    Parameters
    ----------
    name, group : str
        Prefix of the two states, and the group that they are shown under.
    rate_open : float
        Ions per second while open (Poisson).
    open_probability : float
        Between 0 and 1, exclusive.
    mean_open_time : float
        Seconds.
    point : array_like, shape (3,)
        Where the channel is (um); put on the nearest triangle.
    event : str
        Name under which ions are counted; ``<name>_in`` by default.
    start_open : bool
        State at t = 0.
    """
    checks.finite(f"{group}: rate while open (1/s)", rate_open, minimum=0.0)
    checks.positive(f"{group}: mean open time (s)", mean_open_time)
    if not 0 < open_probability < 1:
        raise ModelError(f"{group}: open probability is {open_probability!r}; give a number between 0 and 1.")
    k_close = 1.0 / mean_open_time
    k_open = k_close * open_probability / (1 - open_probability)
    return markov_channel(
        name, group, ("C", "O"), [Transition("C <-> O", k_open, k_close, name="gate")], conducting={"O": rate_open},
        start="O" if start_open else "C", event=event, points=np.atleast_2d(point),
    )  # fmt: skip
