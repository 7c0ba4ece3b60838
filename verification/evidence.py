"""Statistics of the verification: estimates with standard errors, and how they are judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..model.errors import VerificationError
from ..results.estimates import Estimate

#: Standard errors by which a right result may differ: once in 16,000 checks.
ACCEPT = 4.0
#: Standard errors by which a bias must differ to be sure to be seen.
DETECT = 5.0


@dataclass(frozen=True)
class Check:
    """One line of the results table: a measured value, and what it should be."""

    name: str
    measured: Estimate
    expected: Estimate | float
    seed: str

    @property
    def z(self) -> float:
        """Distance from what is expected, in standard errors."""
        return self.measured.z(self.expected)

    @property
    def passed(self) -> bool:
        """Whether the value is as expected."""
        return bool(abs(self.z) < ACCEPT)

    @property
    def other(self) -> Estimate:
        """What is expected, as an estimate."""
        return self.expected if isinstance(self.expected, Estimate) else Estimate(self.expected)

    @property
    def detectable_bias(self) -> float:
        """Smallest bias that is sure to be seen, in the unit of the value."""
        return DETECT * float(np.hypot(self.measured.se, self.other.se))

    @property
    def detectable(self) -> str:
        """Smallest bias that is sure to be seen, as a percentage of what is expected if that is not zero."""
        bias, mean = self.detectable_bias, self.other.mean
        return f"{100 * bias / abs(mean):.2g} %" if mean else f"{bias:.2g}"


class Judge:
    """Judges estimates and keeps the lines of the results table.

    Parameters
    ----------
    where : str
        Section of the results table, with which the names of its lines begin.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self.checks: list[Check] = []

    def agrees(self, name: str, measured: Estimate, expected: Estimate | float, *, seed: int | str) -> None:
        """Judge whether an estimate agrees with what is expected.

        Parameters
        ----------
        name : str
            What is compared.
        measured, expected : Estimate or float
            Both sides of the comparison.
        seed : int or str
            Seeds of the run.
        """
        self.checks.append(Check(f"{self._where}: {name}", measured, expected, str(seed)))

    def requires(self, truth: bool, sentence: str) -> None:
        """Break the check off unless something holds that leaves no room for scatter.

        Raises
        ------
        VerificationError
            If it does not; the sentence says what should hold.
        """
        if not truth:
            raise VerificationError(f"This does not hold: {sentence}.")
