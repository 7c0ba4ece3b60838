"""Spike-timing-dependent plasticity with exponential windows, and which spikes pair with which."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model import ParameterError, checks
from ..model.arguments import checked
from . import arrays
from .readouts import SpikeReadout
from .rule import check_readout


class Pairing(NamedTuple):
    """Which earlier spikes a spike pairs with (Morrison, Diesmann & Gerstner 2008, Biol Cybern 98:459, Fig. 7).

    Parameters
    ----------
    last_pre : bool
        A postsynaptic spike pairs only with the last presynaptic one, not with all earlier ones.
    post_clears : bool
        A presynaptic spike pairs with the next postsynaptic one only.
    last_post : bool
        A presynaptic spike pairs only with the last postsynaptic one.
    pre_clears : bool
        A postsynaptic spike pairs with the next presynaptic one only.
    """

    last_pre: bool
    post_clears: bool
    last_post: bool
    pre_clears: bool


PAIRINGS: dict[str, Pairing] = {
    "all-to-all": Pairing(False, False, False, False),
    "nearest-symmetric": Pairing(True, False, True, False),
    "nearest-presynaptic": Pairing(False, True, True, False),
    "nearest-reduced": Pairing(True, True, True, True),
}
"""All pairs; each spike with the last of the other side (Fig. 7A); each presynaptic spike with its two postsynaptic
neighbours (7B; Izhikevich & Desai 2003); immediate neighbours only (7C)."""


@checked
@dataclass(frozen=True)
class StdpRule:
    """A pair of spikes ``dt = t_post - t_pre`` apart changes the weight by an exponential window of ``dt``.

    ``A+ exp(-dt/tau+)`` for ``dt > 0``, ``-A- exp(dt/tau-)`` for ``dt < 0``, in units of the largest weight; the
    change is scaled by ``(1 - w)^mu`` and ``w^mu``. Additive (mu = 0), with hard bounds: Song, Miller & Abbott (2000),
    Nat Neurosci 3:919, whose numbers are the defaults. Weight-dependent: Gütig et al. (2003), J Neurosci 23:3697;
    with mu = 1 bounds are soft. A pair at the same instant changes nothing: the window is not defined there.

    Parameters
    ----------
    a_plus, a_minus : float
        Amplitudes, relative to the largest weight.
    tau_plus, tau_minus : float
        Time constants (s).
    mu : float
        Exponent of the weight dependence, 0 to 1.
    """

    a_plus: float = 0.005
    a_minus: float = 1.05 * 0.005
    tau_plus: float = 20e-3
    tau_minus: float = 20e-3
    mu: float = 0.0

    def __post_init__(self) -> None:
        for name in ("a_plus", "a_minus", "tau_plus", "tau_minus"):
            checks.positive(f"StdpRule: {name}", getattr(self, name), error=ParameterError)
        if not 0.0 <= self.mu <= 1.0:
            raise ParameterError(f"StdpRule: mu is {self.mu}; give a number from 0 (additive) to 1 (multiplicative).")

    def window(self, dt: ArrayLike) -> NDArray[np.float64]:
        """Change by a pair, ``dt = t_post - t_pre`` (s), before any weight dependence, elementwise."""
        delay = np.asarray(dt, dtype=np.float64)
        sides = np.sign(delay)
        tau = np.where(sides > 0, self.tau_plus, self.tau_minus)
        height = np.where(sides > 0, self.a_plus, self.a_minus)
        return np.asarray(sides * height * np.exp(-np.abs(delay) / tau))

    def events(
        self, pre: ArrayLike, post: ArrayLike, pairing: str = "all-to-all"
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the times of all spikes, and the potentiation and depression at each: exact, event by event.

        Parameters
        ----------
        pre, post : array_like, shapes (n,) and (m,)
            Spike times (s), strictly increasing.
        pairing : str
            One of ``PAIRINGS``.

        Returns
        -------
        tuple of ndarray
            Times, potentiation >= 0 and depression >= 0 (relative to the largest weight), before any weight dependence.

        Raises
        ------
        ParameterError
            If spikes are not in order, or the pairing is unknown.
        """
        before = arrays.spikes("StdpRule: presynaptic spikes", pre)
        after = arrays.spikes("StdpRule: postsynaptic spikes", post)
        checks.one_of("StdpRule: pairing", pairing, PAIRINGS, error=ParameterError)
        scheme = PAIRINGS[pairing]
        times = np.union1d(before, after)
        is_pre, is_post = np.isin(times, before), np.isin(times, after)
        up, down = np.zeros(times.size), np.zeros(times.size)
        x = y = last = 0.0
        for k, t in enumerate(times):
            # Both traces are read before either changes, so that simultaneous spikes do not pair.
            x *= exp(-(t - last) / self.tau_plus) if k else 0.0
            y *= exp(-(t - last) / self.tau_minus) if k else 0.0
            up[k], down[k] = is_post[k] * self.a_plus * x, is_pre[k] * self.a_minus * y
            if is_post[k] and scheme.post_clears:
                x = 0.0
            if is_pre[k] and scheme.pre_clears:
                y = 0.0
            if is_pre[k]:
                x = 1.0 + x * (not scheme.last_pre)
            if is_post[k]:
                y = 1.0 + y * (not scheme.last_post)
            last = t
        return times, up, down

    def follow(
        self, pre: ArrayLike, post: ArrayLike, initial: float, pairing: str = "all-to-all"
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the times of all spikes and the weight after each, relative to the largest one.

        Raises
        ------
        ParameterError
            If the initial weight is not between 0 and 1, or as :meth:`events` says.
        """
        if not 0.0 <= initial <= 1.0:
            raise ParameterError(f"StdpRule: initial weight is {initial}; give one from 0 to 1, the largest weight.")
        times, up, down = self.events(pre, post, pairing)
        path = np.empty(times.size)
        w = initial
        for k in range(times.size):
            w = min(1.0, w + up[k] * (1.0 - w) ** self.mu - down[k] * w**self.mu)
            path[k] = w = max(0.0, w)
        return times, path

    def change(self, readout: SpikeReadout, weight: float) -> float:
        """Return the change of a weight by all pairs of spikes, relative to the largest weight; see `Rule`."""
        check_readout(self, readout, SpikeReadout)
        _, path = self.follow(readout.pre, readout.post, weight)
        return float(path[-1] - weight) if path.size else 0.0

    def drift(self, pre_Hz: ArrayLike, post_Hz: ArrayLike, pairing: str = "all-to-all") -> NDArray[np.float64]:
        """Mean rate of change (1/s) for independent Poisson spikes at the given rates, before any weight dependence.

        A trace that single spikes leave behind is interrupted at the rate of the spikes that reset or clear it:
        ``pre post (A+ / (1/tau+ + n+) - A- / (1/tau- + n-))``. With presynaptic-centred pairing this is the
        result of Izhikevich & Desai (2003), Neural Comput 15:1511; with all pairs it is the area of the window.
        """
        checks.one_of("StdpRule: pairing", pairing, PAIRINGS, error=ParameterError)
        scheme = PAIRINGS[pairing]
        x, y = (arrays.not_negative("StdpRule: rates (Hz)", rates) for rates in (pre_Hz, post_Hz))
        up = self.a_plus / (1.0 / self.tau_plus + scheme.last_pre * x + scheme.post_clears * y)
        down = self.a_minus / (1.0 / self.tau_minus + scheme.last_post * y + scheme.pre_clears * x)
        return np.asarray(x * y * (up - down))

    def threshold(self) -> float:
        """Postsynaptic rate (Hz) where depression turns to potentiation under presynaptic-centred pairing.

        ``(A-/tau+ - A+/tau-) / (A+ - A-)`` (Izhikevich & Desai 2003): the sliding threshold of BCM, which does not
        slide.

        Raises
        ------
        ParameterError
            If there is none: it takes a window that is higher on its potentiating and larger on its depressing side.
        """
        rate = (self.a_minus / self.tau_plus - self.a_plus / self.tau_minus) / (self.a_plus - self.a_minus or 1.0)
        if self.a_plus <= self.a_minus or rate <= 0:
            raise ParameterError(
                "StdpRule: there is no threshold rate; it needs A+ > A- and A- tau- > A+ tau+, not "
                f"A+ = {self.a_plus}, A- = {self.a_minus}, tau+ = {self.tau_plus} s, tau- = {self.tau_minus} s."
            )
        return rate


CORTEX = StdpRule(a_plus=1.03, a_minus=0.51, tau_plus=13.3e-3, tau_minus=34.5e-3)
"""Layer 2/3 of rat visual cortex (Froemke & Dan 2002, Nature 416:433): relative change by 60 to 80 pairings."""
HIPPOCAMPUS = StdpRule(a_plus=0.777, a_minus=0.273, tau_plus=16.8e-3, tau_minus=33.7e-3)
"""Cultured hippocampal neurons (Bi & Poo 2001, Annu Rev Neurosci 24:139): relative change by 60 pairings."""
