"""High-frequency stimulation: 4 trains of 100 pulses at 100 Hz potentiate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...plasticity.receptors import HETEROMER, HOMOMER2
from ..base import Outcome, RunOptions, Scenario, Untested
from ..claims import Claim, above, below, claim
from .induction import InductionParameters, models
from .outcome import change, induction_outcome, ratio, stochastic_claim

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Parameters(InductionParameters):
    """Parameters of high-frequency stimulation."""


def claims(data: xr.Dataset) -> list[Claim]:
    """Check what the paper says of high-frequency stimulation."""
    found = [
        claim("potentiates", "High-frequency stimulation potentiates the synapse", ratio(data), above(1),
              what="conductance at the end / at rest", where="Fig. 3"),
        claim("glur1-inserted", "GluR1 subunits are inserted into the membrane", change(data, "GluR1 on the membrane"),
              above(0), what="relative change", where="Fig. 3"),
        claim("glur2-removed", "GluR2 subunits are removed from the membrane", change(data, "GluR2 on the membrane"),
              below(0), what="relative change", where="Fig. 3"),
        claim("homomers-carry", "GluR1 homomers carry most of the potentiated conductance", homomer_share(data),
              above(0.5), what="share of the conductance", where="Fig. 3"),
    ]  # fmt: skip
    if "trial" in data.dims:
        found.append(stochastic_claim(
            "fewer-active-pkc", "With few molecules, fewer PKC are active on average than the rate equations say", data,
            "PKC, active",
        ))  # fmt: skip
    return found


def homomer_share(data: xr.Dataset) -> float:
    """Return the part of the conductance at the end that GluR1 homomers carry."""
    last = data.isel(time=-1)
    heteromers, homomers2 = (float(last["tetramers"].sel(kind=kind)) for kind in ("heteromer", "homomer2"))
    return 1 - (HETEROMER * heteromers + HOMOMER2 * homomers2) / float(last["conductance"])


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Stimulate, check the statements and draw the figure."""
    return induction_outcome(
        p, options, "maki2020_hfs", claims, 14.0, "High-frequency stimulation: 4 x 100 pulses at 100 Hz"
    )


SCENARIO = Scenario(
    name="maki2020.hfs",
    title="Potentiation by high-frequency stimulation, through CaMKII, PKA and PKC",
    figure="Maki-Marttunen et al. 2020, Fig. 3",
    engine="ode + ssa",
    expected="4 min with --jobs 2, quick 10 s",
    parameters=Parameters,
    run=run,
    untested=(
        Untested("Fits of the model reproduce plasticity in many cortical areas", "abstract", "no scenario"),
        Untested("The model serves to study impaired plasticity in mental disorders", "abstract", "no scenario"),
    ),
    models=models,
    quick={"trials": 0},
)
