"""The weight that calcium controls: a target and a time constant, both functions of its level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from ..model import ParameterError, checks
from ..model.arguments import checked
from ..results.readout import CaReadout
from . import linear
from .rule import check_readout


@checked
@dataclass(frozen=True)
class CalciumControlRule:
    """``dw/dt = (Omega(Ca) - w)/tau(Ca)``: depression above one threshold, potentiation above another.

    ``Omega = 1/(1 + exp(-b (Ca - theta_p))) - 0.5/(1 + exp(-b (Ca - theta_d)))`` and ``tau = 1 s + 10 s / (0.001 +
    (2 Ca/(theta_d + theta_p))^2)``: the form of Shouval, Bear & Cooper 2002 (PNAS 99:10831) with the time constant of
    Mahajan & Nadkarni 2019, as Bell et al. 2022 (J Gen Physiol 154:e202112980) read it from the number of free ions in
    a spine; the defaults are theirs. The weight is solved exactly while calcium is constant.

    Parameters
    ----------
    theta_p, theta_d : float
        Thresholds of potentiation and depression, in ``unit``.
    slope : float
        b, per ``unit``.
    unit : {"ions", "uM"}
        Whether calcium is the number of ions, which a readout knows that has a volume, or their concentration.
    depression : float
        How deep Omega falls between the thresholds.
    tau_fast, tau_scale : float
        The terms of 1 s and of 10 s of the time constant.
    tau_offset : float
        0.001, which bounds it without calcium.

    Raises
    ------
    ParameterError
        If a number is not positive, or the thresholds do not follow each other.
    """

    theta_p: float = 400.0
    theta_d: float = 100.0
    slope: float = 0.2977
    unit: Literal["ions", "uM"] = "ions"
    depression: float = 0.5
    tau_fast: float = 1.0
    tau_scale: float = 10.0
    tau_offset: float = 1e-3

    def __post_init__(self) -> None:
        for name in ("theta_d", "slope", "depression", "tau_fast", "tau_scale", "tau_offset"):
            checks.positive(f"CalciumControlRule: {name}", getattr(self, name), error=ParameterError)
        checks.one_of("CalciumControlRule: unit", self.unit, ("ions", "uM"), error=ParameterError)
        if not self.theta_d < self.theta_p:
            raise ParameterError(
                f"CalciumControlRule: theta_d is {self.theta_d} and theta_p {self.theta_p} {self.unit}; "
                "the depression threshold must lie below the potentiation threshold."
            )

    def target(self, calcium: ArrayLike) -> NDArray[np.float64]:
        """Weight to which a level of calcium (in ``unit``) leads, Omega, elementwise."""
        level = np.asarray(calcium, dtype=np.float64)
        up, down = (expit(self.slope * (level - theta)) for theta in (self.theta_p, self.theta_d))
        return np.asarray(up - self.depression * down)

    def time_constant(self, calcium: ArrayLike) -> NDArray[np.float64]:
        """Time constant (s) at a level of calcium (in ``unit``), elementwise."""
        relative = 2.0 * np.asarray(calcium, dtype=np.float64) / (self.theta_d + self.theta_p)
        return np.asarray(self.tau_fast + self.tau_scale / (self.tau_offset + relative**2))

    def respond(self, readout: CaReadout, initial: float = 0.0) -> NDArray[np.float64]:
        """Follow the weight through a readout, whose calcium is constant from each sample to the next: exactly.

        Returns
        -------
        ndarray, shape (n,)
            Weight at the times of the readout.

        Raises
        ------
        ParameterError
            If the rule counts ions and the readout has no volume, or the initial weight is not finite.
        """
        check_readout(self, readout, CaReadout)
        checks.finite("CalciumControlRule: initial weight", initial, error=ParameterError)
        level = (readout.ions if self.unit == "ions" else readout.concentration)[:-1]
        decay = 1.0 / self.time_constant(level)
        return linear.follow(initial, self.target(level) * decay, decay, np.diff(readout.time))

    def change(self, readout: CaReadout, weight: float = 0.0) -> float:
        """Return the change of a weight over a readout; see `Rule`."""
        return float(self.respond(readout, weight)[-1] - weight)


CONCENTRATION = CalciumControlRule(7.379, 1.845, 3252.6, "uM")
"""The same thresholds in 0.09 um^3, as Bell et al. (2022) have them in uM; their slope is 60 per ion, nearly a step."""
