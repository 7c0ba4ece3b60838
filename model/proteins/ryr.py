"""The ryanodine receptor, through which calcium leaves the spine apparatus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Unpack

from .. import checks
from ..arguments import checked
from ..model import Scheme
from .markov_channel import Placement
from .multisite import GateStep, Sites, multisite_protein


@checked
@dataclass(frozen=True)
class RyrRates:
    """Rates of a channel of four subunits, each with a site that activates and one that inhibits.

    Code of the SpineApparatus model of Rangamani's group (github.com/RangamaniLabUCSD/SpineApparatus, 2025). Its rule
    for inactivation with two inhibiting sites filled loses one ion, a slip that is not repeated here.

    Parameters
    ----------
    activation_on, activation_off : float
        1/(uM s) and 1/s.
    inhibition_on_closed, inhibition_on_open, inhibition_off : float
        Of C and CI, of O and OI (1/(uM s)), and of all (1/s).
    opening, closing : float
        1/s: C to O with all four activating sites filled, CI to OI with any number; back with any number.
    inactivation_closed, inactivation_open : float
        C to CI and O to OI with one or more inhibiting sites filled, 1/s.
    recovery : float
        CI to C and OI to O, 1/s.
    passage : float
        Of ions through the open channel, either way, 1/(uM s).

    Raises
    ------
    ModelError
        If a rate is negative.
    """

    activation_on: float = 30.0
    activation_off: float = 333.0
    inhibition_on_closed: float = 0.45
    inhibition_on_open: float = 0.25
    inhibition_off: float = 1.0
    opening: float = 650.0
    closing: float = 60.0
    inactivation_closed: float = 600.0
    inactivation_open: float = 75.0
    recovery: float = 5.0
    passage: float = 1090.0

    def __post_init__(self) -> None:
        for field in fields(self):
            checks.finite(f"RyR: {field.name}", getattr(self, field.name), minimum=0.0)


RYR = RyrRates()


@checked
def ryr(
    *,
    rates: RyrRates | str = RYR,
    side: str = "outside",
    start: str | Mapping[str, float] | None = None,
    name: str = "RyR",
    group: str = "RyR",
    lumen: str | None = None,
    **placement: Unpack[Placement],
) -> Scheme:
    """Build ryanodine receptors in the membrane of an apparatus, inside of which is the store.

    States are ``RyR_<gate>_a2_i0``: the gate C (closed), O (open), CI or OI (inactivated), two activating sites and no
    inhibiting one filled; 100 in all. Ions bind on the cytosol's side of the membrane and pass through ``O``, either
    way: events ``RyR_out_<state>`` from the inside of the mesh to the outside, those with ``(reverse)`` back.

    Parameters
    ----------
    rates : RyrRates or "archived"
        Rates of the scheme; ``"archived"`` repeats the slip of the source.
    side : {"outside", "inside"}
        Side of the mesh on which the cytosol is: outside of an apparatus in an `Assembly`. Inside, with a passage of 0,
        the gating alone runs in one compartment.
    start : str or mapping of str to float, optional
        State at t = 0, such as ``"O_a4_i0"``, or fractions; closed and without ions by default, as in the source.
    name, group : str
        Prefix of the states, and the group that they are shown under.
    lumen : str, optional
        The species that ions become inside: another one than ``Ca`` if they have other reactions there.
    **placement
        ``number``, ``density`` (1/um^2) or ``points``, and ``region``. The source has 60.

    Raises
    ------
    ModelError
        If a number is out of range, or a name unknown.
    """
    checks.one_of("RyR: side", side, ("outside", "inside"))
    slip = isinstance(rates, str)
    if isinstance(rates, str):
        checks.one_of("RyR: rates", rates, ("archived",))
        rates = RYR
    closed, opened = rates.inhibition_on_closed, rates.inhibition_on_open
    sites = (
        Sites("a", 4, rates.activation_on, rates.activation_off, f"Ca[{side}]"),
        Sites("i", 4, {"C": closed, "CI": closed, "O": opened, "OI": opened}, rates.inhibition_off, f"Ca[{side}]"),
    )
    steps = (
        GateStep("C -> O", rates.opening, filled={"a": (4,)}),
        GateStep("O -> C", rates.closing),
        GateStep("CI <-> OI", rates.opening, rates.closing),
        GateStep("O -> OI", rates.inactivation_open, filled={"i": (1, 2, 3, 4)}),
        GateStep("OI -> O", rates.recovery),
        *(_archived_inactivation(rates) if slip else _inactivation(rates)),
    )
    return multisite_protein(
        name, group, ("C", "O", "CI", "OI"), sites, steps, passage={"O": rates.passage}, start=start, lumen=lumen,
        **placement,
    )  # fmt: skip


def _inactivation(rates: RyrRates) -> tuple[GateStep, ...]:
    """Return the steps between closed and inactivated."""
    return (
        GateStep("C -> CI", rates.inactivation_closed, filled={"i": (1, 2, 3, 4)}),
        GateStep("CI -> C", rates.recovery),
    )


def _archived_inactivation(rates: RyrRates) -> tuple[GateStep, ...]:
    """Return the same with the slip: the step with two inhibiting sites filled, and its reverse, lead to one."""
    return (
        GateStep("C -> CI", rates.inactivation_closed, filled={"i": (1, 3, 4)}),
        GateStep("CI -> C", rates.recovery, filled={"i": (0, 1, 3, 4)}),
        GateStep("C -> CI", rates.inactivation_closed, filled={"i": (2,)}, gain={"i": -1}),
        GateStep("CI -> C", rates.recovery, filled={"i": (1,)}, gain={"i": 1}),
    )
