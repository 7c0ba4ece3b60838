"""From trials to means, decays and open receptors, and how far they are from the archived trials."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...results.estimates import Estimate

MS = 1e3
#: Length of the archived trials, which what is measured over a whole trial needs; and of what needs less.
LENGTH_MS = 35.0
NEEDS_MS = {"peak": 20.0, "mean_peak": 20.0}
#: What is read from a trial, or from their mean.
MEASURES = ("peak", "area", "mean_peak", "decay_time", "open_ryr", "any_ryr")
Reading = Callable[[NDArray[np.float64], NDArray[np.float64]], float]
#: Draws of trials, with replacement, for the errors of what is read from the mean over trials.
DRAWS = 300


@dataclass(frozen=True)
class Archived:
    """A number read from the archived trials.

    Parameters
    ----------
    site : str
        Where the receptors are.
    quantity : str
        A variable of a trial, or a name in ``OF_MEANS``.
    at_ms : float
        Time (ms); NaN for what is measured over a trial.
    trials : int
        How many there are.
    value : Estimate
        Mean over trials, and its standard error.
    """

    site: str
    quantity: str
    at_ms: float
    trials: int
    value: Estimate

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"{self.site}: {self.quantity}" + (f" at {self.at_ms:g} ms" if np.isfinite(self.at_ms) else "")


@cache
def archived() -> tuple[Archived, ...]:
    """Return what is read from the archived trials.

    They are the data of Figs. 3, 5 and, for the place ``real``, 7 (the spine and store from electron microscopy with
    receptors in the neck) of github.com/RangamaniLabUCSD/SpineApparatus (commit f53e6b29), read every 10 us as our own.
    """
    text = (files("nanospine.scenarios.lee2024") / "data" / "archived.csv").read_text(encoding="utf-8")
    return tuple(
        Archived(
            site=row["site"],
            quantity=row["quantity"],
            at_ms=float(row["at_ms"] or "nan"),
            trials=int(row["trials"]),
            value=Estimate(float(row["mean"]), float(row["se"])),
        )
        for row in csv.DictReader(text.splitlines())
    )


def combine(trials: Mapping[str, xr.Dataset], sites: Sequence[str], n_trials: int) -> xr.Dataset | None:
    """Join the finished trials along ``site`` and ``trial``; None if there are none."""
    rows: list[xr.Dataset] = []
    for site in sites:
        finished = {k: trials[name] for k in range(n_trials) if (name := case_name(site, k)) in trials}
        if finished:
            row = xr.concat(list(finished.values()), "trial", combine_attrs="override")
            rows.append(row.assign_coords(trial=list(finished), site=site))
    return xr.concat(rows, "site", join="outer", combine_attrs="override") if rows else None


def case_name(site: str, trial: int) -> str:
    """Return the name of a trial."""
    return f"{site}_trial={trial:03d}"


def estimate(data: xr.Dataset, site: str, quantity: str, at_ms: float = np.nan) -> Estimate:
    """Return the mean over trials of a measure, or of what there is at a time (ms), or a number read from the mean."""
    if quantity in OF_MEANS:
        return _of_mean(data, site, OF_MEANS[quantity])
    values = data[quantity].sel(site=site)
    if np.isfinite(at_ms):
        values = values.sel(time=at_ms / MS, method="nearest")
    return Estimate.of(values.values[np.isfinite(values.values)])


def difference(data: xr.Dataset, quantity: str, one: str, other: str) -> Estimate:
    """Return by how much the mean of one place of the receptors exceeds that of another."""
    a, b = estimate(data, one, quantity), estimate(data, other, quantity)
    return Estimate(a.mean - b.mean, float(np.hypot(a.se, b.se)))


def comparable(data: xr.Dataset) -> list[Archived]:
    """Return the archived numbers of the same places that the trials are long enough for."""
    last, sites = round(MS * float(data["time"].max()), 6), set(data["site"].values)
    return [
        one
        for one in archived()
        if one.site in sites
        and last >= (one.at_ms if np.isfinite(one.at_ms) else NEEDS_MS.get(one.quantity, LENGTH_MS))
    ]


def departures(data: xr.Dataset) -> dict[str, Estimate]:
    """Return ours less theirs of everything that was archived and that the trials are long enough for, by its name.

    Ours scatter at least as theirs do: where a few trials agree, as when no channel is open, their own scatter says
    little.
    """
    found = {}
    for one in comparable(data):
        ours = estimate(data, one.site, one.quantity, one.at_ms)
        error = float(np.fmax(ours.se, one.value.se * np.sqrt(one.trials / data.sizes["trial"])))
        found[one.name] = Estimate(ours.mean - one.value.mean, float(np.hypot(error, one.value.se)))
    return found


def rows(data: xr.Dataset) -> list[dict[str, Any]]:
    """Return ours, theirs, and the difference in standard errors as table rows; ours alone where none is archived."""
    gaps = departures(data)
    found = [
        {"quantity": f"{site}: {measure}", "ours": f"{ours.mean:.4g} ± {ours.se:.2g}"}
        for site in sorted({str(site) for site in data["site"].values} - {one.site for one in archived()})
        for measure in MEASURES
        for ours in [estimate(data, site, measure)]
    ]
    for one in comparable(data):
        ours, gap = estimate(data, one.site, one.quantity, one.at_ms), gaps[one.name]
        found.append({
            "quantity": one.name,
            "ours": f"{ours.mean:.4g} ± {ours.se:.2g}",
            "archived": f"{one.value.mean:.4g} ± {one.value.se:.2g}",
            "difference (SE)": f"{gap.mean / gap.se:+.1f}" if gap.se > 0 else "",
        })  # fmt: skip
    return found


def decay_time(time: NDArray[np.float64], ions: NDArray[np.float64]) -> float:
    """Return the time (ms) from the peak until 1/e of it is left; NaN if that is not reached."""
    peak = int(np.argmax(ions))
    below = np.flatnonzero(ions[peak:] < ions[peak] / np.e)
    return MS * float(time[peak + below[0]] - time[peak]) if below.size else float("nan")


def mean_peak(time: NDArray[np.float64], ions: NDArray[np.float64]) -> float:
    """Return the largest value of a curve."""
    return float(ions.max())


#: Numbers that are read from the mean over trials.
OF_MEANS: Mapping[str, Reading] = {"mean_peak": mean_peak, "decay_time": decay_time}


def _of_mean(data: xr.Dataset, site: str, read: Reading) -> Estimate:
    """Read a number from the mean over trials, with its error by drawing trials again."""
    time = data["time"].values
    trials = data["ions"].sel(site=site).transpose("trial", "time").values
    trials = trials[np.isfinite(trials).all(axis=1)]
    rng = np.random.default_rng(0)
    again = np.array([read(time, trials[rng.integers(0, len(trials), len(trials))].mean(axis=0)) for _ in range(DRAWS)])
    error = float(np.std(again[np.isfinite(again)])) if len(trials) > 1 and np.isfinite(again).any() else float("nan")
    return Estimate(read(time, trials.mean(axis=0)), error)
