"""Low-frequency stimulation: 900 pulses at 5 Hz depress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..base import Outcome, RunOptions, Scenario, param
from ..claims import Claim, below, claim, small
from .induction import METHODS, InductionParameters, models
from .outcome import change, induction_outcome, ratio

if TYPE_CHECKING:
    import xarray as xr

#: "Hardly", of a relative change.
SMALL = 0.05


@dataclass(frozen=True)
class Parameters(InductionParameters):
    """Parameters of low-frequency stimulation."""

    pulses: int = param(900, "", "pulses per train", METHODS)
    frequency: float = param(5.0, "Hz", "pulses per second in a train", METHODS)
    trains: int = param(1, "", "number of trains", METHODS)
    trials: int = param(0, "", "trials of the jump process beside the rate equations", "resolution")


def claims(data: xr.Dataset) -> list[Claim]:
    """Check what the paper says of low-frequency stimulation."""
    glur1, glur2 = (change(data, f"{subunit} on the membrane") for subunit in ("GluR1", "GluR2"))
    return [
        claim("depresses", "Low-frequency stimulation depresses the synapse", ratio(data), below(1),
              what="conductance at the end / at rest", where="Fig. 3"),
        claim("glur2-removed", "GluR2 subunits are removed from the membrane", glur2, below(0), what="relative change",
              where="Fig. 3"),
        claim("glur1-stays", "GluR1 subunits hardly move", glur1, small(SMALL), what="relative change", where="Fig. 3"),
    ]  # fmt: skip


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Stimulate, check the statements and draw the figure."""
    return induction_outcome(p, options, "maki2020_lfs", claims, 2.0, "Low-frequency stimulation: 900 pulses at 5 Hz")


SCENARIO = Scenario(
    name="maki2020.lfs",
    title="Depression by low-frequency stimulation, through PKC and GluR2",
    figure="Maki-Marttunen et al. 2020, Fig. 3",
    engine="ode",
    expected="20 s",
    parameters=Parameters,
    run=run,
    models=models,
)
