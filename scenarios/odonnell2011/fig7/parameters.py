"""The numbers of Fig. 7, each with its source."""

from __future__ import annotations

from dataclasses import dataclass

from ....model import ParameterError, checks
from ....model.proteins import OhmicFlux, glun_calcium_rate
from ...base import param

PAPER = "O'Donnell et al. 2011"
NECK_RULES = ("transparent", "absorbing", "absorbing-segment")
STARTS = ("rest", "free")
#: The plasticity rule reads averages over this time (s); single ions in a 20 nm cube are 208 uM each.
READOUT_WINDOW = 1e-3
#: Ca2+ per second through the open L-type channel, printed for the potential of the figure (mV).
LTYPE_RATE, LTYPE_RATE_AT = 3.3e6, -30.0
CALCIUM_REVERSAL = 10.0
"""mV, of an ohmic current that mimics the Goldman-Hodgkin-Katz one (O'Donnell et al. 2011, Table 1)."""


@dataclass(frozen=True)
class Parameters:
    """Parameters of the nanodomain scenario; see ``nanospine show odonnell2011.fig7``."""

    volumes: tuple[float, ...] = param(
        (0.01, 0.02, 0.05, 0.1, 0.2, 0.3), "um^3", "volumes of the cubic spine head", f"inferred; {PAPER} has 'a range'"
    )
    trials: int = param(10, "", "trials per volume", PAPER)
    duration: float = param(0.1, "s", "length of a trial", "inferred: long enough for several openings")
    settle: float = param(0.04, "s", "start that the averages leave out", "inferred: buffers fill in 10 to 40 ms")
    distances: tuple[float, ...] = param(
        (0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2), "um", "depths of the sampling cubes below the pore",
        f"inferred; {PAPER}, Fig. 7D, has 'various distances'",
    )  # fmt: skip
    cube_edge: float = param(0.02, "um", "edge of the sampling cubes", PAPER)
    neck: str = param("transparent", "", f"what the neck patch does to Ca2+: {', '.join(NECK_RULES)}", PAPER)
    neck_edge: float = param(0.15, "um", "edge of the square neck patch", PAPER)
    start: str = param("rest", "", "buffers and pumps at t = 0: in equilibrium at 'rest', or 'free'", "choice")
    voltage: float = param(
        -30.0, "mV", "clamped membrane voltage; drives the fluxes of GluNs and L-type channel, not its gate", PAPER
    )
    calcium_rest: float = param(0.05, "uM", "resting [Ca2+]", f"{PAPER}, Table 1")
    D_calcium: float = param(220.0, "um^2/s", "diffusion coefficient of Ca2+", f"{PAPER}, Table 1")
    calbindin: float = param(45.0, "uM", "calbindin, mobile", PAPER)
    calmodulin: float = param(10.0, "uM", "calmodulin, immobile", PAPER)
    immobile_buffer: float = param(5.0, "uM", "fast immobile buffer", PAPER)
    pmca: float = param(998.0, "1/um^2", "density of PMCA", "Bartol et al. 2015")
    ncx: float = param(142.0, "1/um^2", "density of NCX", "Bartol et al. 2015")
    n_glun: int = param(20, "", "number of GluNs, whatever the volume", PAPER)
    glun_rate: float | None = param(
        None,
        "1/s",
        "Ca2+ per GluN; 1.505e4 at -30 mV, derived from the voltage unless given",
        "inferred: Jahr & Stevens 1990, 20 channels carrying 90 pS",
        usual=1.5e4,
    )
    ltype_rate: float | None = param(
        None,
        "1/s",
        f"Ca2+ through the L-type channel while open; {LTYPE_RATE:g} at {LTYPE_RATE_AT:g} mV, "
        "derived from the voltage unless given",
        f"{PAPER}; other voltages: ohmic, reversing at +10 mV (Table 1)",
        usual=LTYPE_RATE,
    )
    ltype_open_probability: float = param(0.1, "", "open probability of the L-type channel", PAPER)
    ltype_open_time: float = param(1e-3, "s", "its mean open time", "Magee & Johnston 1995")
    dt: float = param(1e-6, "s", "time step", "inferred: its errors are in docs/verification.md")
    voxel: float = param(0.02, "um", "spatial resolution of reactions", "the sampling cube's edge")
    film: bool = param(True, "", "keep the positions around one channel opening", "choice")

    def __post_init__(self) -> None:
        for name in ("volumes", "distances"):
            values = getattr(self, name)
            if not values:
                raise ParameterError(f"{name} is empty; give at least one number.")
            for value in values:
                checks.positive(f"{name}", value, error=ParameterError)
            if list(values) != sorted(set(values)):
                raise ParameterError(f"{name} is {values}; give increasing numbers without repetition.")
        for name in ("trials", "n_glun"):
            checks.whole(name, getattr(self, name), minimum=1, error=ParameterError)
        for name in ("duration", "cube_edge", "neck_edge", "D_calcium", "ltype_open_time", "dt", "voxel"):
            checks.positive(name, getattr(self, name), error=ParameterError)
        checks.finite("settle", self.settle, minimum=0.0, error=ParameterError)
        if self.duration - self.settle < 2 * READOUT_WINDOW - 1e-9:
            raise ParameterError(
                f"settle is {self.settle} s of a duration of {self.duration} s; leave at least "
                f"{2 * READOUT_WINDOW:g} s, two averages of the calcium readout."
            )
        checks.one_of("neck", self.neck, NECK_RULES, error=ParameterError)
        checks.one_of("start", self.start, STARTS, error=ParameterError)
        checks.finite("voltage", self.voltage, error=ParameterError)
        deepest = min(self.volumes) ** (1 / 3)
        if self.cube_edge > deepest:
            raise ParameterError(
                f"cube_edge is {self.cube_edge} um; give at most {deepest:.4g} um, the smallest head's edge."
            )
        for distance in self.distances:
            if distance < self.cube_edge / 2 or distance + self.cube_edge / 2 > deepest:
                raise ParameterError(
                    f"distances: a sampling cube of {self.cube_edge} um at {distance} um below the pore is not inside "
                    f"the head of {min(self.volumes)} um^3, {deepest:.4g} um deep; give distances from "
                    f"{self.cube_edge / 2} to {deepest - self.cube_edge / 2:.4g} um."
                )

    @property
    def rate_per_glun(self) -> float:
        """Ions per second through one GluN."""
        return glun_calcium_rate(self.voltage) if self.glun_rate is None else self.glun_rate

    @property
    def rate_of_ltype(self) -> float:
        """Ions per second through the L-type channel while it is open."""
        if self.ltype_rate is not None:
            return self.ltype_rate
        flux = OhmicFlux(1.0, CALCIUM_REVERSAL)
        return LTYPE_RATE * flux(self.voltage) / flux(LTYPE_RATE_AT)
