"""The calcium-dependent plasticity rule of O'Donnell, Nolan & van Rossum (2011)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from ..model import ParameterError, checks
from ..model.arguments import checked
from ..results.readout import CaReadout
from .rule import check_readout


@checked
@dataclass(frozen=True)
class CalciumRule:
    """Two sigmoidal thresholds: depression above ``theta_d``, potentiation above ``theta_p``.

    ``dw/dt = eta_p / (1 + exp(-(Ca - theta_p)/sigma_p)) - eta_d / (1 + exp(-(Ca - theta_d)/sigma_d))``
    (O'Donnell, Nolan & van Rossum 2011, J Neurosci 31:16142, Eq. 1; values from its Table 1).

    Parameters
    ----------
    eta_p, eta_d : float
        Potentiation and depression rates, in units of strength per second (default S/s).
    theta_p, theta_d : float
        Thresholds (uM).
    sigma_p, sigma_d : float
        Widths of the thresholds (uM).
    """

    eta_p: float = 1e-9
    eta_d: float = 5e-10
    theta_p: float = 5.5
    theta_d: float = 4.0
    sigma_p: float = 0.2
    sigma_d: float = 0.2

    def __post_init__(self) -> None:
        for name in ("eta_p", "eta_d", "sigma_p", "sigma_d"):
            checks.positive(f"CalciumRule: {name}", getattr(self, name), error=ParameterError)
        if not self.theta_d < self.theta_p:
            raise ParameterError(
                f"CalciumRule: theta_d is {self.theta_d} uM and theta_p {self.theta_p} uM; "
                "the depression threshold must lie below the potentiation threshold."
            )

    @property
    def sigmoids(self) -> NDArray[np.float64]:
        """The rule as rows (height, centre, width) of a sum of sigmoids: the form that kernels take, (2, 3)."""
        return np.array([[self.eta_p, self.theta_p, self.sigma_p], [-self.eta_d, self.theta_d, self.sigma_d]])

    def activations(self, calcium_uM: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How far potentiation and depression are switched on at the given [Ca2+] (uM): two numbers in [0, 1]."""
        ca = np.asarray(calcium_uM, dtype=np.float64)
        return expit((ca - self.theta_p) / self.sigma_p), expit((ca - self.theta_d) / self.sigma_d)

    def rate(self, calcium_uM: ArrayLike) -> NDArray[np.float64]:
        """Rate of change dw/dt (strength/s) at the given [Ca2+] (uM), elementwise."""
        potentiation, depression = self.activations(calcium_uM)
        return self.eta_p * potentiation - self.eta_d * depression

    def change(self, readout: CaReadout, weight: float = 0.0) -> float:
        """Integrated change of strength over a readout (strength units), by the trapezoidal rule; see `Rule`.

        It does not depend on the ``weight``.
        """
        check_readout(self, readout, CaReadout)
        return float(np.trapezoid(self.rate(readout.concentration), readout.time))
