"""A weight between 0 and its maximum, driven by potentiation and depression signals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model import ParameterError, checks
from ..model.arguments import checked
from ..results.readout import CaReadout
from . import arrays, linear
from .calcium_rule import CalciumRule
from .rule import check_readout


@checked
@dataclass(frozen=True)
class WeightDynamics:
    """``dW/dt = eta1 LTP(t) (Wmax - W) - eta2 LTD(t) W``, solved exactly while LTP and LTD are constant.

    This is the synaptic equation of Graupner & Brunel (2012), PNAS 109:3991, Eq. 1, without its bistability and
    noise: LTP and LTD are 1 while [Ca2+] is above their threshold. Their rates gamma/tau for the window with
    depression and potentiation (Fig. 2, "DP") are the defaults: gamma_p = 321.808, gamma_d = 200, tau = 150 s.

    Parameters
    ----------
    eta1, eta2 : float
        Rates of potentiation and depression at full signal (1/s).
    w_max : float
        Largest weight, in any unit.
    """

    eta1: float = 321.808 / 150.0
    eta2: float = 200.0 / 150.0
    w_max: float = 1.0

    def __post_init__(self) -> None:
        for name in ("eta1", "eta2", "w_max"):
            checks.positive(f"WeightDynamics: {name}", getattr(self, name), error=ParameterError)

    def fixed_point(self, ltp: ArrayLike, ltd: ArrayLike) -> NDArray[np.float64]:
        """Weight to which constant signals lead, ``Wmax eta1 LTP / (eta1 LTP + eta2 LTD)``, elementwise.

        Raises
        ------
        ParameterError
            Where both signals are zero: every weight stays as it is.
        """
        up = self.eta1 * arrays.not_negative("WeightDynamics: LTP", ltp)
        total = up + self.eta2 * arrays.not_negative("WeightDynamics: LTD", ltd)
        if not np.all(total > 0):
            raise ParameterError("WeightDynamics: without LTP and LTD every weight is fixed; give a signal > 0.")
        return np.asarray(self.w_max * up / total)

    def follow(self, time: ArrayLike, ltp: ArrayLike, ltd: ArrayLike, initial: float) -> NDArray[np.float64]:
        """Follow the weight through signals that are constant between successive times.

        Parameters
        ----------
        time : array_like, shape (n,)
            Edges of the intervals (s), strictly increasing.
        ltp, ltd : array_like, shape (n - 1,)
            Signals in each interval, >= 0.
        initial : float
            Weight at ``time[0]``, between 0 and ``w_max``.

        Returns
        -------
        ndarray, shape (n,)
            Weight at each time.

        Raises
        ------
        ParameterError
            If an argument is out of range.
        """
        edges = arrays.times("WeightDynamics: time", time)
        up = self.eta1 * arrays.finite("WeightDynamics: LTP", ltp, ndim=1, minimum=0.0)
        down = self.eta2 * arrays.finite("WeightDynamics: LTD", ltd, ndim=1, minimum=0.0)
        if not up.size == down.size == edges.size - 1:
            raise ParameterError(
                f"WeightDynamics: {edges.size} times have {edges.size - 1} intervals, but LTP has {up.size} values "
                f"and LTD {down.size}; give one for each interval."
            )
        if not 0.0 <= initial <= self.w_max:
            raise ParameterError(f"WeightDynamics: initial weight is {initial}; give one from 0 to {self.w_max}.")
        return linear.follow(initial, self.w_max * up, up + down, np.diff(edges))

    def respond(self, readout: CaReadout, initial: float, rule: CalciumRule | None = None) -> NDArray[np.float64]:
        """Follow the weight through a calcium readout; ``rule`` says how calcium makes LTP and LTD.

        In each interval the signals are the mean of those at its ends: the error falls with its square.

        Returns
        -------
        ndarray, shape (n,)
            Weight at the times of the readout.
        """
        ltp, ltd = (
            (signal[1:] + signal[:-1]) / 2.0 for signal in (rule or CalciumRule()).activations(readout.concentration)
        )
        return self.follow(readout.time, ltp, ltd, initial)

    def change(self, readout: CaReadout, weight: float) -> float:
        """Return the change of a weight by a readout, through the calcium rule's defaults; see `Rule`."""
        check_readout(self, readout, CaReadout)
        return float(self.respond(readout, weight)[-1] - weight)
