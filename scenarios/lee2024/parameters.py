"""The numbers of the model with ryanodine receptors, beside those of the spines of Bell et al. (2022)."""

from __future__ import annotations

from dataclasses import dataclass

from ...model import ParameterError, checks
from ..base import param
from ..bell2022 import parameters as bell2022

CODE = "SpineApparatus 2025, code"
RATES = ("archived", "right")
QUICK = {"trials": 3, "duration": 20e-3}


@dataclass(frozen=True)
class Parameters(bell2022.Parameters):
    """Parameters of the mushroom on its dendrite; see ``nanospine show lee2024.ryr``."""

    trials: int = param(50, "", "trials for each place of the receptors", "choice; 250 archived")
    dt: float = param(1e-6, "s", "time step", "choice; 0.05 us in the code")
    voxel: float = param(0.04, "um", "edge of the reaction voxels", "choice")
    calcium_apparatus: float = param(150.0, "uM", "[Ca2+] in the apparatus, which does not decay there", CODE)
    ryr: int = param(60, "", "ryanodine receptors, closed and free of Ca2+ at the start", CODE)
    ryr_rates: str = param("archived", "", "rates of RyR: archived, with a slip, or right", CODE)
    leak: str = param("archived", "", "leak of the apparatus: archived, which is none, or right", CODE)

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.whole("ryr", self.ryr, minimum=0, error=ParameterError)
        checks.one_of("ryr_rates", self.ryr_rates, RATES, error=ParameterError)
        checks.one_of("leak", self.leak, RATES, error=ParameterError)
