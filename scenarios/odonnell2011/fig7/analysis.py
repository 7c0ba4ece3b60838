"""From trials to the numbers of Fig. 7, and the paper's statements as claims."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ....model.proteins import CALBINDIN_MEDIUM
from ....model.units import MOLECULES_PER_UM3_PER_UM
from ....plasticity import CalciumRule, CaReadout
from ...base import Claim
from .head import BULK, cube_name
from .parameters import READOUT_WINDOW, Parameters
from .trial import NEAR_PORE

STEADY = 2.0  # standard errors that make a difference
FAR_ABOVE = 2.0  # local over bulk [Ca2+]

#: Fluxes of Ca2+ into the head (+) and out of it (-), by event.
FLUXES = {
    "GluN": {"glun_in": 1},
    "L-type": {"ltype_in": 1},
    "leak": {"pmca_leak": 1, "ncx_leak": 1},
    "PMCA": {"pmca_out": -1},
    "NCX": {"ncx_out": -1},
}


def combine(trials: Mapping[str, xr.Dataset], volumes: tuple[float, ...], n_trials: int) -> xr.Dataset:
    """Join the finished trials, named by :func:`trial_name`, along ``volume`` and ``trial``; missing ones are NaN."""
    rows = []
    for volume in volumes:
        finished = [k for k in range(n_trials) if trial_name(volume, k) in trials]
        if finished:
            row = xr.concat(
                [trials[trial_name(volume, k)] for k in finished],
                "trial",
                combine_attrs="drop_conflicts",
            )
            rows.append(row.assign_coords(trial=finished, volume=volume))
    joined = xr.concat(rows, "volume", join="outer", combine_attrs="drop_conflicts")
    joined["volume"].attrs["units"] = "um^3"
    return joined


def trial_name(volume: float, trial: int) -> str:
    """Name of a trial's store."""
    return f"volume={volume:g}_trial={trial:03d}"


def local_calcium(p: Parameters, data: xr.Dataset) -> xr.Dataset:
    """Average [Ca2+] (uM) after the settling time.

    Returns
    -------
    xarray.Dataset
        ``open`` (volume, trial, place) and ``closed``: mean while the L-type channel is open or closed; places are
        the sampling cubes and ``bulk``. NaN where a trial has no such time. The coordinate ``open_time``
        (volume, trial) is how long the channel was open (s).
    """
    settled = data.sel(time=data["time"] > p.settle + 1e-9)
    fraction = settled["open_fraction"]
    while_open = (settled["sampled_open"] * fraction).sum("time") / fraction.sum("time")
    while_closed = (settled["sampled"] - settled["sampled_open"] * fraction).sum("time") / (1 - fraction).sum("time")
    size = np.where(data["sampler"] == BULK, 0.0, p.cube_edge**3)
    per_uM = (
        xr.DataArray(size, dims="sampler") + (data["sampler"] == BULK) * data["volume"]
    ) * MOLECULES_PER_UM3_PER_UM
    interval = float(data["time"][1] - data["time"][0])
    result = xr.Dataset({"open": while_open / per_uM, "closed": while_closed / per_uM}).rename(sampler="place")
    result = result.map(lambda a: a.assign_attrs(units="uM"))
    open_time = interval * fraction.isel(sampler=0, drop=True).sum("time")  # all samplers look at the same channel
    return result.assign_coords(open_time=open_time.assign_attrs(units="s"))


def mean_and_error(values: xr.DataArray, weight: xr.DataArray | None = None) -> tuple[xr.DataArray, xr.DataArray]:
    """Return mean and standard error over trials.

    With weights the mean is a ratio of sums, whose error is that of the weighted deviations (Cochran 1977, Sampling
    Techniques, section 6.4).
    """
    weight = (xr.ones_like(values) if weight is None else weight).where(values.notnull())
    share = weight / weight.mean("trial")
    mean = (share * values).mean("trial")
    return mean, (share * (values - mean)).std("trial", ddof=1) / np.sqrt(values.count("trial"))


def mean_while_open(values: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Return mean and standard error over all the time that the channel was open, in whichever trial."""
    return mean_and_error(values, values["open_time"])


def hypot(a: xr.DataArray, b: xr.DataArray) -> xr.DataArray:
    """Return the standard error of a difference from those of its terms."""
    return (a**2 + b**2) ** 0.5


def fluxes(p: Parameters, data: xr.Dataset) -> xr.DataArray:
    """Mean Ca2+ fluxes (ions/s, positive inward) after the settling time, (volume, trial, flux)."""
    settled = data.sel(time=data["time"] >= p.settle - 1e-9)
    span = float(settled["time"][-1] - settled["time"][0])
    events = settled["event"].isel(time=-1) - settled["event"].isel(time=0)
    passed = settled["crossing"].isel(time=-1) - settled["crossing"].isel(time=0)
    neck = (passed.sel(direction="in") - passed.sel(direction="out")).isel(boundary=0, drop=True)
    nothing = xr.zeros_like(neck)
    rates = [
        sum((sign * events.sel(reaction=name, drop=True) for name, sign in parts.items()), nothing)
        for parts in FLUXES.values()
    ]
    joined = xr.concat([*rates, neck], "flux", coords="minimal", compat="override")
    return (joined.assign_coords(flux=[*FLUXES, "neck"]) / span).assign_attrs(units="ions/s")


def readouts(p: Parameters, data: xr.Dataset, volume: float, place: str) -> list[CaReadout]:
    """Return the calcium readout of each trial at a place, ``"bulk"`` or a sampling cube, after the settling time."""
    size = volume if place == BULK else p.cube_edge**3
    trials = data["sampled"].sel(volume=volume, sampler=place).dropna("trial", how="all")
    interval = float(data["time"][1] - data["time"][0])
    per_window = max(1, round(READOUT_WINDOW / interval))
    result = []
    for values in trials.transpose("trial", "time").values:
        settled = values[round(p.settle / interval) + 1 :]
        whole = settled[: settled.size // per_window * per_window].reshape(-1, per_window).mean(axis=1)
        time = p.settle + READOUT_WINDOW * (0.5 + np.arange(whole.size))
        result.append(CaReadout(time, whole / (size * MOLECULES_PER_UM3_PER_UM), place))
    return result


def plasticity(p: Parameters, data: xr.Dataset) -> list[dict[str, object]]:
    """Say what each readout would do to the synapse, as table rows: dw/dt (pS/s), mean and SE over trials."""
    rule = CalciumRule()
    rows: list[dict[str, object]] = []
    for volume in data["volume"].values:
        row: dict[str, object] = {"volume (um^3)": float(volume)}
        for place in (BULK, cube_name(p.distances[0])):
            traces = readouts(p, data, volume, place)
            change = 1e12 * np.array([rule.change(r) / (r.time[-1] - r.time[0]) for r in traces])
            row[f"mean [Ca] {place} (uM)"] = float(np.mean([r.mean for r in traces]))
            row[f"dw/dt {place} (pS/s)"] = float(change.mean())
            row[f"SE {place}"] = standard_error(change)
        rows.append(row)
    return rows


def standard_error(values: NDArray[np.float64]) -> float:
    """Return the standard error of the mean."""
    return float(values.std(ddof=1) / np.sqrt(values.size)) if values.size > 1 else float("nan")


def free_sites(data: xr.Dataset) -> xr.Dataset:
    """Free medium-affinity sites per calbindin within 50 nm of the open pore: measured, and at equilibrium there.

    Returns
    -------
    xarray.Dataset
        ``measured`` and ``equilibrium`` (volume, trial).
    """
    near = data["near_pore"]
    states = [f"CB_{i}{j}" for i in range(3) for j in range(3)]
    molecules = near.sel(species=states)
    free = xr.DataArray([2 - j for _ in range(3) for j in range(3)], dims="species")
    half_ball = 2 / 3 * np.pi * NEAR_PORE**3 * MOLECULES_PER_UM3_PER_UM
    calcium = near.sel(species="Ca", drop=True) / half_ball
    both_free, one_free, _ = CALBINDIN_MEDIUM.occupancy(calcium)
    measured = (molecules * free).sum("species", min_count=1) / molecules.sum("species", min_count=1)
    return xr.Dataset({"measured": measured, "equilibrium": 2 * both_free + one_free})


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Check the paper's statements on Fig. 7."""
    local = local_calcium(p, data)["open"]
    near = local.sel(place=[cube_name(d) for d in p.distances])
    n_volumes = data.sizes["volume"]
    return [
        *([falls_with_volume(near)] if n_volumes > 1 else []),
        *([largest_when_small(near)] if n_volumes > 2 else []),
        far_above_bulk(p, local),
        out_of_equilibrium(data),
    ]


def judge(name: str, sentence: str, margin: xr.DataArray, error: xr.DataArray, criterion: str, unit: str) -> Claim:
    """Make a claim that holds if every margin is positive by more than two standard errors.

    It is undecided if none is negative by as much. The least clear margin is reported, with its place. A margin
    without a standard error, for want of trials or openings, is not clear.
    """
    margins, errors = np.atleast_1d(margin.values), np.atleast_1d(error.values)
    clear = margins > STEADY * errors
    wrong = margins < -STEADY * errors
    with np.errstate(divide="ignore", invalid="ignore"):
        z = margins / errors
    worst = int(np.argmin(np.where(np.isnan(z), np.inf, z)))
    holds = bool(np.all(clear))
    where = f" (least clear: {margin[margin.dims[0]].values[worst]})" if margins.size > 1 else ""
    undecided = not holds and not bool(np.any(wrong))
    se = float(errors[worst]) if np.isfinite(errors[worst]) else None
    return Claim(name, f"{sentence}{where}.", float(margins[worst]), se, holds, criterion, unit, undecided)


def falls_with_volume(near: xr.DataArray) -> Claim:
    """Check that local [Ca2+] falls from the smallest to the largest head at each distance."""
    mean, error = mean_while_open(near)
    drop = mean.isel(volume=0, drop=True) - mean.isel(volume=-1, drop=True)
    se = hypot(error.isel(volume=0, drop=True), error.isel(volume=-1, drop=True))
    sentence = "Local [Ca2+] at every distance from the open channel is higher in the smallest head than in the largest"
    return judge("local-falls-with-volume", sentence, drop, se, f"> 0 by {STEADY:g} SE at each distance", "uM")


def largest_when_small(near: xr.DataArray) -> Claim:
    """Check that [Ca2+], averaged over distances, falls more steeply with volume below 0.05 um^3 than above."""
    mean, error = mean_while_open(near.mean("place"))
    volume = mean["volume"].values
    middle = int(np.clip(np.argmin(np.abs(volume - 0.05)), 1, volume.size - 2))
    below, below_se = _slope(mean, error, 0, middle)
    above, above_se = _slope(mean, error, middle, volume.size - 1)
    sentence = f"Mean local [Ca2+] falls more steeply with volume below {volume[middle]:g} um^3 than above"
    criterion = f"difference of slopes > 0 by {STEADY:g} SE"
    se = hypot(below_se, above_se)
    return judge("largest-below-0.05", sentence, below - above, se, criterion, "uM/um^3")


def _slope(mean: xr.DataArray, error: xr.DataArray, first: int, last: int) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the mean fall per um^3 between two volumes, and its standard error."""
    width = float(mean["volume"][last] - mean["volume"][first])
    low, high = mean.isel(volume=first, drop=True), mean.isel(volume=last, drop=True)
    se = hypot(error.isel(volume=first, drop=True), error.isel(volume=last, drop=True))
    return (low - high) / width, se / width


def far_above_bulk(p: Parameters, local: xr.DataArray) -> Claim:
    """Check that the signal nearest to the pore stands far above the bulk in each head."""
    place = cube_name(p.distances[0])
    excess = local.sel(place=place, drop=True) - FAR_ABOVE * local.sel(place=BULK, drop=True)
    sentence = (
        f"While the channel is open, [Ca2+] {place} from the pore is more than {FAR_ABOVE:g} x bulk in every head"
    )
    criterion = f"excess over {FAR_ABOVE:g} x bulk > 0 by {STEADY:g} SE"
    return judge("local-above-bulk", sentence, *mean_while_open(excess), criterion, "uM")


def out_of_equilibrium(data: xr.Dataset) -> Claim:
    """Check that calbindin near the pore has more free sites than its equilibrium with local [Ca2+] allows."""
    looks = data["near_pore_looks"]
    sites = free_sites(data).where(looks > 0)
    excess, error = mean_and_error(sites["measured"] - sites["equilibrium"], looks)
    sentence = (
        "Within 50 nm of the open pore calbindin has more free medium-affinity sites than in equilibrium with the "
        "[Ca2+] there, in every head"
    )
    criterion = f"excess > 0 by {STEADY:g} SE"
    return judge("buffers-out-of-equilibrium", sentence, excess, error, criterion, "sites per molecule")
