"""The numbers that all studies of spines share, each with its source."""

from __future__ import annotations

from dataclasses import dataclass

from ...model import ParameterError, checks
from ..base import param

PAPER = "Bell et al. 2022"
CODE = f"{PAPER}, code"
POTENTIALS = ("bell2022", "bell2019")
#: Quick runs: few trials of the part in which calcium rises and half decays.
QUICK = {"trials": 3, "duration": 20e-3}


@dataclass(frozen=True)
class Parameters:
    """Parameters of the spines; see ``nanospine show bell2022.shapes``."""

    trials: int = param(50, "", "trials per spine", PAPER)
    duration: float = param(35e-3, "s", "length of a trial", CODE)
    dt: float = param(1e-6, "s", "time step", "choice; 0.5 us in the code")
    voxel: float = param(0.02, "um", "edge of the reaction voxels", "choice")
    potential: str = param("bell2022", "", f"membrane potential: {', '.join(POTENTIALS)}", CODE)
    calcium_rest: float = param(0.1, "uM", "[Ca2+] at the start", CODE)
    calcium_apparatus: float = param(60.0, "uM", "[Ca2+] in the spine apparatus at the start", CODE)
    D_calcium: float = param(220.0, "um^2/s", "diffusion coefficient of Ca2+", CODE)
    decay: float = param(50.0, "1/s", "unspecific decay of Ca2+, in the apparatus, too", CODE)
    mobile_buffer: float = param(20.0, "uM", "mobile buffer, free at the start", CODE)
    D_buffer: float = param(20.0, "um^2/s", "diffusion coefficient of the mobile buffer", CODE)
    fixed_buffer: float = param(4791.0, "1/um^2", "fixed buffer on the membrane, free at the start", CODE)
    pmca: float = param(998.0, "1/um^2", "density of PMCA, free at the start", CODE)
    ncx: float = param(142.0, "1/um^2", "density of NCX, free at the start", CODE)
    vscc: float = param(2.0, "1/um^2", "density of voltage-sensitive channels", CODE)
    nmdar: float = param(150.0, "1/um^2", "NMDA receptors per area of the PSD", CODE)
    serca: float = param(1000.0, "1/um^2", "density of SERCA on the apparatus, free at the start", CODE)
    serca_rates: str = param("archived", "", "rates of SERCA: archived, or right (binding from the lumen, too)", CODE)
    glutamate: float = param(200.0, "uM", "peak of the glutamate in the cleft", "inferred: gives their open NMDARs")
    glutamate_decay: float = param(0.135e-3, "s", "its time constant", "inferred: gives their open NMDARs")

    def __post_init__(self) -> None:
        for name in ("duration", "dt", "voxel", "glutamate_decay"):
            checks.positive(name, getattr(self, name), error=ParameterError)
        checks.whole("trials", self.trials, minimum=1, error=ParameterError)
        checks.one_of("potential", self.potential, POTENTIALS, error=ParameterError)
        checks.one_of("serca_rates", self.serca_rates, ("archived", "right"), error=ParameterError)
