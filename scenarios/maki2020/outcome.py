"""Outcome, claims and tables that the induction scenarios share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...plasticity import CalciumRule
from ...results import CaReadout
from ...results.estimates import Estimate
from ..base import Outcome, RunOptions
from ..claims import Claim, below, claim, confidence
from .induction import InductionParameters, run_induction
from .induction_plot import draw_induction
from .pathways import VOLUME

if TYPE_CHECKING:
    import xarray as xr

#: Times (s from the first pulse) that the table shows.
SHOWN = (0, 60, 160, 260, 500, 960)


def induction_outcome(
    p: InductionParameters,
    options: RunOptions,
    stem: str,
    claims: Callable[[xr.Dataset], list[Claim]],
    shown: float,
    title: str,
) -> Outcome:
    """Stimulate, check the claims, and draw the figure called ``stem`` with ``shown`` seconds of calcium."""
    import xarray as xr

    data = run_induction(p, options)
    if data is None:
        return Outcome([], xr.Dataset(), {}, complete=False)
    tables = {"Course": course_rows(data), "Two readouts": calcium_rule_rows(data)}
    return Outcome(claims(data), data, {stem: draw_induction(data, shown, title)}, tables)


def ratio(data: xr.Dataset, time: float | None = None) -> float:
    """Conductance relative to rest, at a time (s) or at the end."""
    conductance = data["conductance"]
    at = conductance[-1] if time is None else conductance.sel(time=time, method="nearest")
    return float(at / conductance[0])


def change(data: xr.Dataset, group: str) -> float:
    """Change of a count from rest to the end, relative to rest."""
    counts = data["count"].sel(group=group)
    return float(counts[-1] / counts[0] - 1)


def stochastic_claim(name: str, sentence: str, data: xr.Dataset, group: str) -> Claim:
    """Compare a count, averaged over a trial, with that of the rate equations, with 95 % confidence."""
    trials = data["trial_count"].sel(group=group).mean("trial_time").values
    expected = float(data["count"].sel(group=group).sel(time=data["trial_time"].values, method="nearest").mean())
    bound = below(0, by=confidence(0.95, len(trials), sides=1))
    return claim(name, sentence, Estimate.of(trials) - expected, bound, unit="molecules")


def course_rows(data: xr.Dataset) -> list[dict[str, Any]]:
    """List subunits and conductance at some times."""
    rows = []
    for time in SHOWN:
        if time <= float(data["time"][-1]):
            at = data.sel(time=time, method="nearest")
            rows.append({
                "time (s)": time,
                "GluR1 on the membrane": f"{float(at['count'].sel(group='GluR1 on the membrane')):.1f}",
                "S831-P among them": f"{float(at['count'].sel(group='GluR1 on the membrane, S831-P')):.1f}",
                "GluR2 on the membrane": f"{float(at['count'].sel(group='GluR2 on the membrane')):.1f}",
                "conductance (pS)": f"{float(at['conductance']):.2f}",
            })  # fmt: skip
    return rows


def calcium_rule_rows(data: xr.Dataset) -> list[dict[str, Any]]:
    """Say what the calcium rule of O'Donnell et al. (2011) makes of the same Ca2+, beside the conductance."""
    readout = CaReadout.of_ions(data["onset_time"].values, data["onset_calcium"].values, VOLUME)
    return [{
        "readout": "Ca2+ rule of O'Donnell et al. (2011), first 20 s",
        "signal": f"free [Ca2+]: peak {readout.peak:.2f} uM",
        "change": f"{1e12 * CalciumRule().change(readout):.2g} pS",
    }, {
        "readout": "receptors on the membrane, at the end",
        "signal": f"conductance x {ratio(data):.3g}",
        "change": f"{float(data['conductance'][-1] - data['conductance'][0]):.2g} pS",
    }]  # fmt: skip
