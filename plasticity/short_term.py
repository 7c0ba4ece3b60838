"""Short-term facilitation and depression of release."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model import ParameterError, checks
from ..model.arguments import checked
from . import arrays


@checked
@dataclass(frozen=True)
class ShortTermPlasticity:
    """Each spike releases the fraction u of the available resources x, exact from spike to spike.

    ``dx/dt = (1 - x)/tau_rec`` and ``du/dt = -u/tau_facil`` between spikes; at a spike ``u -> u + U (1 - u)``, then
    ``u x`` is released and ``x -> x - u x``. Depression: Tsodyks & Markram (1997), PNAS 94:719; facilitation:
    Tsodyks, Pawelzik & Markram (1998), Neural Comput 10:821, with inactivation taken as immediate, as
    in Markram, Wang & Tsodyks (1998), PNAS 95:5323. Defaults: the depressing synapse between pyramidal neurons of
    the first two papers.

    Parameters
    ----------
    U : float
        Fraction released by the first spike, in (0, 1].
    tau_rec : float
        Recovery of resources (s).
    tau_facil : float
        Decay of facilitation (s); 0 for none.
    amplitude : float
        Current when all resources are released at once (pA).
    """

    U: float = 0.5
    tau_rec: float = 0.8
    tau_facil: float = 0.0
    amplitude: float = 250.0

    def __post_init__(self) -> None:
        if not 0.0 < self.U <= 1.0:
            raise ParameterError(f"ShortTermPlasticity: U is {self.U}; give a fraction > 0 and <= 1.")
        for name in ("tau_rec", "amplitude"):
            checks.positive(f"ShortTermPlasticity: {name}", getattr(self, name), error=ParameterError)
        checks.finite("ShortTermPlasticity: tau_facil", self.tau_facil, minimum=0.0, error=ParameterError)

    def release(self, spikes: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return u and x (n,) at each of n spikes (s, strictly increasing), x before release; all is full at the first.

        The current is ``amplitude u x`` (pA).

        Raises
        ------
        ParameterError
            If spikes are not in order.
        """
        times = arrays.spikes("ShortTermPlasticity: spikes", spikes)
        u, x = np.empty(times.size), np.empty(times.size)
        for k in range(times.size):
            if k == 0:
                u[k], x[k] = self.U, 1.0
                continue
            interval = times[k] - times[k - 1]
            faded = u[k - 1] * exp(-interval / self.tau_facil) if self.tau_facil else 0.0
            u[k] = faded + self.U * (1.0 - faded)
            x[k] = 1.0 - (1.0 - x[k - 1] * (1.0 - u[k - 1])) * exp(-interval / self.tau_rec)
        return u, x

    def steady_state(self, rate_Hz: float) -> tuple[float, float]:
        """Return u and x after many regular spikes at a rate (Hz), in closed form (Markram, Wang & Tsodyks 1998)."""
        checks.positive("ShortTermPlasticity: rate", rate_Hz, error=ParameterError)
        interval = 1.0 / rate_Hz
        faded = exp(-interval / self.tau_facil) if self.tau_facil else 0.0
        u = self.U / (1.0 - (1.0 - self.U) * faded)
        recovered = -expm1(-interval / self.tau_rec)
        return u, recovered / (recovered + u * (1.0 - recovered))

    def poisson_state(self, rate_Hz: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean u and x at the spikes of a Poisson train (Hz), elementwise.

        ``u = U (1 + tau_facil r) / (1 + U tau_facil r)`` and ``x = 1/(1 + u tau_rec r)`` (Tsodyks, Pawelzik & Markram
        1998): exact without facilitation; with it, u and x are taken as independent.
        """
        r = arrays.not_negative("ShortTermPlasticity: rate (Hz)", rate_Hz)
        u = self.U * (1.0 + self.tau_facil * r) / (1.0 + self.U * self.tau_facil * r)
        return u, 1.0 / (1.0 + u * self.tau_rec * r)


DEPRESSING = ShortTermPlasticity()
"""Between pyramidal neurons of layer 5 (Tsodyks & Markram 1997; amplitude: Tsodyks, Pawelzik & Markram 1998)."""
FACILITATING = ShortTermPlasticity(U=0.03, tau_rec=0.13, tau_facil=0.53, amplitude=1540.0)
"""Pyramidal neuron to bipolar interneuron (Markram, Wang & Tsodyks 1998)."""
