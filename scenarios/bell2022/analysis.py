"""From trials to peaks, decays, weights, and what they depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import xarray as xr
from scipy import stats

from ...results.estimates import Estimate
from .spines import AnySpine, area

MEASURES = ("peak", "peak_uM", "decay", "weight", "weight_uM")
#: What peaks and weights are regressed on, by the names in results: its words, and its unit.
PREDICTORS = {
    "V": ("V", "um^3"), "A": ("A", "um^2"), "V_A": ("V/A", "um"), "V_A_PSD": ("V/A_PSD", "um"),
    "A_PSD_A": ("A_PSD/A", "1"),
}  # fmt: skip


def combine(spines: Sequence[AnySpine], trials: Mapping[str, xr.Dataset], n_trials: int) -> xr.Dataset | None:
    """Join the finished trials along ``spine`` and ``trial``, with the sizes of each spine; None if there are none."""
    rows: list[xr.Dataset] = []
    for spine in spines:
        finished = {k: trials[name] for k in range(n_trials) if (name := f"{spine.name}_trial={k:03d}") in trials}
        if finished:
            row = xr.concat(list(finished.values()), "trial", combine_attrs="override").assign_coords(
                trial=list(finished), spine=spine.name
            )
            rows.append(row.assign(sizes(spine)))
    return xr.concat(rows, "spine", join="outer", combine_attrs="override") if rows else None


def sizes(spine: AnySpine) -> dict[str, tuple[tuple[()], float, dict[str, str]]]:
    """Return what a spine's calcium may depend on; with an apparatus V is that of the cytosol."""
    membrane, volume = spine.membrane, spine.mesh.compartments[0].volume
    whole, psd = membrane.area(), area(membrane, spine.regions.psd)
    values = (volume, whole, volume / whole, volume / psd, psd / whole)
    return {
        name: ((), value, {"units": unit, "long_name": words})
        for (name, (words, unit)), value in zip(PREDICTORS.items(), values, strict=True)
    }


def estimate(data: xr.Dataset, measure: str, spine: str) -> Estimate:
    """Return the mean of a measure over the trials of a spine."""
    values = data[measure].sel(spine=spine).values
    return Estimate.of(values[np.isfinite(values)])


def difference(data: xr.Dataset, measure: str, one: str, other: str) -> Estimate:
    """Return by how much the mean of one spine exceeds that of another."""
    a, b = estimate(data, measure, one), estimate(data, measure, other)
    return Estimate(a.mean - b.mean, float(np.hypot(a.se, b.se)))


def apart(data: xr.Dataset, measure: str, spines: Sequence[str]) -> dict[str, Estimate]:
    """Return the difference of the means of each pair of spines, the larger less the smaller."""
    found = {}
    for one, other in combinations(spines, 2):
        gap = difference(data, measure, one, other)
        found[f"{one}, {other}"] = Estimate(abs(gap.mean), gap.se)
    return found


def slope(data: xr.Dataset, measure: str, predictor: str) -> tuple[Estimate, float]:
    """Return slope and R^2 of the straight line, with intercept, through single trials."""
    x = np.broadcast_to(data[predictor].values[:, None], data[measure].shape).ravel()
    y = data[measure].transpose("spine", "trial").values.ravel()
    known = np.isfinite(y)
    line = stats.linregress(x[known], y[known])
    return Estimate(float(line.slope), float(line.stderr)), float(line.rvalue**2)


def rows(data: xr.Dataset) -> list[dict[str, Any]]:
    """Return sizes and means of every spine as table rows."""
    found = []
    for name in map(str, data["spine"].values):
        peak, decay, weight = (estimate(data, measure, name) for measure in ("peak", "decay", "weight"))
        one = data.sel(spine=name)
        found.append({
            "spine": name,
            "V (um^3)": f"{float(one['V']):.4f}",
            "A (um^2)": f"{float(one['A']):.3f}",
            "V/A (um)": f"{float(one['V_A']):.4f}",
            "peak (ions)": f"{peak.mean:.0f} ± {peak.se:.0f}",
            "peak (uM)": f"{estimate(data, 'peak_uM', name).mean:.1f}",
            "decay (1/s)": f"{decay.mean:.0f} ± {decay.se:.0f}",
            "w (1e-4)": f"{1e4 * weight.mean:.1f} ± {1e4 * weight.se:.1f}",
        })  # fmt: skip
    return found


def regression_rows(data: xr.Dataset) -> list[dict[str, Any]]:
    """Return the straight lines of peak and weight on each predictor as table rows."""
    found = []
    for predictor, (words, unit) in PREDICTORS.items():
        row: dict[str, Any] = {"on": f"{words} ({unit})"}
        for measure, factor, what in (("peak", 1.0, "peak (ions)"), ("weight", 1e4, "w (1e-4)")):
            line, share = slope(data, measure, predictor)
            row[what] = f"{factor * line.mean:.4g} ± {factor * line.se:.2g}"
            row[f"R^2 of {what.split()[0]}"] = f"{share:.2f}"
        found.append(row)
    return found
