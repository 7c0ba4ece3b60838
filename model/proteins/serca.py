"""The calcium pump of the spine apparatus and the endoplasmic reticulum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from .. import checks
from ..arguments import checked
from ..model import Scheme
from ..placement import Release
from ..reactions import Reaction
from ..species import Species
from .markov_channel import stationary
from .pumps import Regions

#: States of the cycle, and the ions that each has bound: x to the cytosol, y to the lumen.
SERCA_STATES: Mapping[str, int] = {"x0": 0, "x1": 1, "x2": 2, "y2": 2, "y1": 1, "y0": 0}


@checked
@dataclass(frozen=True)
class SercaRates:
    """Rates of the cycle x0 - x1 - x2 - y2 - y1 - y0 - x0, in which two ions are carried into the lumen.

    Bell et al. 2022 (J Gen Physiol 154:e202112980) with their code, after Bartol et al. 2015 (Front Synaptic Neurosci
    7:17). There the lumen's binding rates are 6 and 12 per second, what 60 uM make of 0.1 and 0.2 /(uM s).

    Parameters
    ----------
    bind_first, bind_second : float
        From the cytosol, x0 to x1 and x1 to x2: 1/(uM s).
    unbind_first, unbind_second : float
        Back to the cytosol, x1 to x0 and x2 to x1: 1/s.
    turn, turn_back : float
        Loaded, x2 to y2 and back: 1/s.
    release_first, release_second : float
        Into the lumen, y2 to y1 and y1 to y0: 1/s.
    rebind_first, rebind_second : float
        From the lumen, y1 to y2 and y0 to y1: 1/(uM s).
    reset, reset_back : float
        Empty, y0 to x0 and back: 1/s.

    Raises
    ------
    ModelError
        If a rate is negative.
    """

    bind_first: float = 200.0
    unbind_first: float = 83.7
    bind_second: float = 100.0
    unbind_second: float = 167.4
    turn: float = 0.6
    turn_back: float = 0.097
    release_first: float = 60.04
    rebind_first: float = 0.1
    release_second: float = 30.02
    rebind_second: float = 0.2
    reset: float = 0.4
    reset_back: float = 0.0012

    def __post_init__(self) -> None:
        for field in fields(self):
            checks.finite(f"SERCA: {field.name}", getattr(self, field.name), minimum=0.0)

    def steady_state(self, calcium: float, lumen: float) -> dict[str, float]:
        """Return the fraction of pumps in each state at a [Ca2+] in the cytosol and in the lumen (uM)."""
        around = self._around(calcium, lumen)
        rates = np.zeros((len(around), len(around)))
        for k, (ahead, back) in enumerate(around):
            after = (k + 1) % len(around)
            rates[[after, k], [k, k]] += ahead, -ahead
            rates[[k, after], [after, after]] += back, -back
        found = stationary(rates, "SERCA has more than one steady state at these [Ca2+]; give rates > 0.")
        return dict(zip(SERCA_STATES, found, strict=True))

    def turnover(self, calcium: float, lumen: float) -> float:
        """Return the ions that a pump carries into the lumen per second, in the steady state at both [Ca2+] (uM)."""
        at = self.steady_state(calcium, lumen)
        return 2 * (self.turn * at["x2"] - self.turn_back * at["y2"])

    def _around(self, calcium: float, lumen: float) -> list[tuple[float, float]]:
        """Return the rates (1/s) from each state to the next, and back."""
        checks.finite("SERCA: calcium (uM)", calcium, minimum=0.0)
        checks.finite("SERCA: calcium of the lumen (uM)", lumen, minimum=0.0)
        return [
            (self.bind_first * calcium, self.unbind_first),
            (self.bind_second * calcium, self.unbind_second),
            (self.turn, self.turn_back),
            (self.release_first, self.rebind_first * lumen),
            (self.release_second, self.rebind_second * lumen),
            (self.reset, self.reset_back),
        ]


SERCA = SercaRates()
#: As Bell et al. (2022) ran it: their lumenal rates stand where MCell takes 1/(M s), so that nothing binds there.
SERCA_ARCHIVED = replace(SERCA, rebind_first=0.0, rebind_second=0.0)


@checked
def serca(
    density: float = 1000.0,
    region: Regions = None,
    *,
    rates: SercaRates | str = SERCA,
    start: str | Mapping[str, float] = "x0",
    lumen: str = "Ca",
) -> Scheme:
    """Build SERCA pumps, states ``SERCA_x0`` to ``SERCA_y0``, in the membrane of an apparatus.

    They bind ``[outside]`` of the mesh on which they lie and release ``[inside]``: give the region of the apparatus in
    an `Assembly`. Events of release are ``serca_release_first`` and ``serca_release_second``.

    Parameters
    ----------
    density : float
        Pumps per um^2; 1000 (Bell et al. 2022).
    region : str or tuple of str, optional
        Region or regions of the mesh; the whole surface of the first compartment by default.
    rates : SercaRates or "archived"
        Rates of the cycle; ``"archived"`` are those that Bell et al. (2022) ran with, without binding from the lumen.
    start : str or mapping of str to float
        State at t = 0, or fractions of pumps such as ``SERCA.steady_state(0.1, 60.0)``; all are empty in the source.
    lumen : str
        The species that ions become inside: another one than ``Ca`` if they have other reactions there.

    Raises
    ------
    ModelError
        If a number is out of range, or a name unknown.
    """
    checks.finite("SERCA: density (1/um^2)", density, minimum=0.0)
    if isinstance(rates, str):
        checks.one_of("SERCA: rates", rates, ("archived",))
        rates = SERCA_ARCHIVED
    fractions = {start: 1.0} if isinstance(start, str) else start
    for state in fractions:
        checks.one_of("SERCA: start state", state, SERCA_STATES)
    species = tuple(
        Species(f"SERCA_{state}", where="surface", group="SERCA", content={"Ca": ions} if ions else {})
        for state, ions in SERCA_STATES.items()
    )
    steps = (
        ("Ca[outside] + SERCA_x0", "SERCA_x1", rates.bind_first, rates.unbind_first, "bind_first"),
        ("Ca[outside] + SERCA_x1", "SERCA_x2", rates.bind_second, rates.unbind_second, "bind_second"),
        ("SERCA_x2", "SERCA_y2", rates.turn, rates.turn_back, "turn"),
        ("SERCA_y2", f"SERCA_y1 + {lumen}[inside]", rates.release_first, rates.rebind_first, "release_first"),
        ("SERCA_y1", f"SERCA_y0 + {lumen}[inside]", rates.release_second, rates.rebind_second, "release_second"),
        ("SERCA_y0", "SERCA_x0", rates.reset, rates.reset_back, "reset"),
    )
    release = Release({f"SERCA_{state}": part for state, part in fractions.items()}, density=density, region=region)
    return Scheme(species, tuple(_reaction(*step) for step in steps), (release,))


def _reaction(left: str, right: str, ahead: float, back: float, name: str) -> Reaction:
    """Return a step of the cycle; what never happens is left out, so that no engine looks for it."""
    arrow = "<->" if back else "->"
    return Reaction(f"{left} {arrow} {right}", ahead, back or None, f"serca_{name}")
