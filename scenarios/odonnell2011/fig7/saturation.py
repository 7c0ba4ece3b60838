"""How full the buffers are, and how much of [Ca2+] near the open pore is due to that, at the same bulk [Ca2+].

In the steady state, buffers that bind an ion at a rate k keep the profile around the pore within lambda = sqrt(D/k)
(Neher 1998, Cell Calcium 24:345). In half a ball of the head's volume V, with reflecting walls and the pore in the
middle of its flat face, a source of J ions per second makes

    c(r) = J/(2 pi D r) (exp(-r/lambda) + b sinh(r/lambda)),    mean of c = J/(k V),

where b lets nothing through at the radius R. The source is taken to fill no buffer of its own; where it does,
saturation matters less than is said here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, cast

import numpy as np

from ....model import Model, units
from .head import spine_head
from .parameters import Parameters

NEGLIGIBLE = 0.1
"""Share of local [Ca2+]."""
CLOSE_TO_SATURATION = 0.9
"""Bound share of sites."""
SLOWEST = 1.0
"""1/s: buffers that bind more slowly do not shape the profile in any head, and the formula would lose digits."""


@dataclass(frozen=True)
class State:
    """A state of a buffer: bound ions, sites, and the rate at which it binds an ion, 1/(uM s)."""

    buffer: str
    ions: int
    sites: int
    binding: float


@dataclass(frozen=True)
class Buffers:
    """Buffers in equilibrium with a [Ca2+].

    Parameters
    ----------
    bound : mapping of str to float
        Bound share of the sites of each buffer.
    binding_rate : float
        Rate at which they bind an ion, 1/s.
    """

    bound: Mapping[str, float]
    binding_rate: float


def buffer_states(model: Model) -> dict[str, State]:
    """Return all states of the buffers, species by species: of whatever binds Ca2+ in the volume."""
    rates: dict[str, float] = {}
    for step in model.steps:
        partners = {term.species for term in step.reactants} - {"Ca"}
        if step.order == 2 and not partners & model.surface_species:
            (partner,) = partners
            rates[partner] = rates.get(partner, 0.0) + cast("float", step.rate)  # no rate of this head changes in time
    groups = {species.group for species in model.species if species.name in rates}
    ions = {s.name: (s.group, s.content.get("Ca", 0)) for s in model.species if s.group in groups}
    sites = {group: max(n for g, n in ions.values() if g == group) for group in groups}
    return {name: State(group, n, sites[group], rates.get(name, 0.0)) for name, (group, n) in ions.items()}


@cache
def buffers_at(p: Parameters, calcium: float) -> Buffers:
    """Return what buffers are in equilibrium with a [Ca2+] (uM)."""
    model = spine_head(replace(p, start="rest", calcium_rest=calcium), max(p.volumes))
    states = buffer_states(model)
    bound: dict[str, float] = {}
    binding_rate = 0.0
    for release in model.releases:
        for name, share in release.fractions.items():
            if state := states.get(name):
                bound[state.buffer] = bound.get(state.buffer, 0.0) + share * state.ions / state.sites
                binding_rate += (release.concentration or 0.0) * share * state.binding
    return Buffers(bound, binding_rate)


def nanodomain(p: Parameters, volume: Any, distance: Any, binding_rate: Any) -> Any:
    """Return by how much [Ca2+] (uM) at a distance (um) from the open pore exceeds bulk, if buffers bind at 1/s."""
    rate = np.maximum(binding_rate, SLOWEST)
    radius = (1.5 * volume / np.pi) ** (1 / 3)
    r = np.minimum(distance, radius)  # beyond is the wall
    x = radius * np.sqrt(rate / p.D_calcium)
    back = np.exp(-x) * (1 + x) / (x * np.cosh(x) - np.sinh(x))
    shape = np.exp(-x * r / radius) + back * np.sinh(x * r / radius)
    source = p.rate_of_ltype / units.MOLECULES_PER_UM3_PER_UM
    return source * (shape / (2 * np.pi * p.D_calcium * r) - 1 / (rate * volume))


def gain(p: Parameters, volume: Any, distance: Any, binding_rate: Any) -> Any:
    """Return what this excess (uM) gains over that with buffers at rest."""
    at_rest = buffers_at(p, p.calcium_rest).binding_rate
    return nanodomain(p, volume, distance, binding_rate) - nanodomain(p, volume, distance, at_rest)
