"""From trials to the numbers of Fig. 7, and the paper's statements as claims."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from ....model.proteins import CALBINDIN_HIGH, CALBINDIN_MEDIUM, PairRates
from ....model.units import MOLECULES_PER_UM3_PER_UM
from ....plasticity import CalciumRule
from ....results import CaReadout
from ....results.estimates import Estimate, mean_over_trials
from ...claims import Claim, above, below, claim, confidence
from .head import BULK, cube_name, spine_head
from .parameters import READOUT_WINDOW, Parameters
from .saturation import CLOSE_TO_SATURATION, NEGLIGIBLE, buffer_states, gain
from .trial import NEAR_PORE

CONFIDENCE = 0.95
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
    rows: list[xr.Dataset] = []
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
    return f"volume={float(volume)!r}_trial={trial:03d}"


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
    per_uM = data["volume"].where(data["sampler"] == BULK, p.cube_edge**3) * MOLECULES_PER_UM3_PER_UM
    interval = float(data["time"][1] - data["time"][0])
    means = {"open": while_open / per_uM, "closed": while_closed / per_uM}
    result = xr.Dataset({state: mean.assign_attrs(units="uM") for state, mean in means.items()}).rename(sampler="place")
    open_time = interval * fraction.isel(sampler=0, drop=True).sum("time")  # all samplers look at the same channel
    return result.assign_coords(open_time=open_time.assign_attrs(units="s"))


def with_averages(p: Parameters, data: xr.Dataset) -> xr.Dataset:
    """Add what the figures draw: ``calcium_open`` and ``calcium_closed`` (uM), and ``calcium_flux`` (ions/s)."""
    local = local_calcium(p, data).rename(open="calcium_open", closed="calcium_closed")
    return data.merge(local).assign(calcium_flux=fluxes(p, data))


def mean_while_open(values: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Return mean and standard error over all the time that the channel was open, in whichever trial."""
    return mean_over_trials(values, values["open_time"])


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
        result.append(CaReadout.of_ions(time, whole, size, place))
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
            row[f"{place}: mean [Ca] (uM)"] = f"{np.mean([r.mean for r in traces]):.1f}"
            row[f"{place}: dw/dt (pS/s)"] = with_error(
                *map(float, mean_over_trials(xr.DataArray(change, dims="trial")))
            )
        rows.append(row)
    return rows


def with_error(mean: float, error: float) -> str:
    """Write a mean with its standard error, if there is one."""
    return f"{mean:.0f}" + (f" ± {error:.0f}" if np.isfinite(error) else "")


def free_sites(data: xr.Dataset) -> xr.Dataset:
    """Free sites per calbindin within 50 nm of the open pore: measured, and in equilibrium with the [Ca2+] there.

    Returns
    -------
    xarray.Dataset
        ``measured`` and ``equilibrium`` (volume, trial).
    """
    near = data["near_pore"]
    bound = {f"CB_{high}{medium}": high + medium for high in range(3) for medium in range(3)}
    molecules = near.sel(species=list(bound))
    free = 4 - xr.DataArray(list(bound.values()), dims="species")
    half_ball = 2 / 3 * np.pi * NEAR_PORE**3 * MOLECULES_PER_UM3_PER_UM
    calcium = near.sel(species="Ca", drop=True) / half_ball
    measured = (molecules * free).sum("species", min_count=1) / molecules.sum("species", min_count=1)
    equilibrium = sum(_free_of_pair(pair, calcium) for pair in (CALBINDIN_HIGH, CALBINDIN_MEDIUM))
    return xr.Dataset({"measured": measured, "equilibrium": equilibrium})


def _free_of_pair(pair: PairRates, calcium: xr.DataArray) -> xr.DataArray:
    both, one, _ = pair.occupancy(calcium)
    return 2 * both + one


def buffers(p: Parameters, data: xr.Dataset) -> xr.Dataset:
    """Say how full the buffers of the whole head are, averaged over the time after settling.

    Returns
    -------
    xarray.Dataset
        ``bound``, share of all sites, and ``binding_rate`` (1/s), at which they bind an ion; (volume, trial) each.
    """
    states = buffer_states(spine_head(p, max(p.volumes)))
    settled = data["number"].sel(time=data["time"] > p.settle + 1e-9, species=list(states)).mean("time")
    ions, sites, binding = (
        (settled * xr.DataArray([getattr(s, what) for s in states.values()], dims="species")).sum(
            "species", min_count=1
        )
        for what in ("ions", "sites", "binding")
    )
    binding_rate = binding / (data["volume"] * MOLECULES_PER_UM3_PER_UM)
    return xr.Dataset({"bound": ions / sites, "binding_rate": binding_rate.assign_attrs(units="1/s")})


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
        saturation_negligible(p, data, near),
        far_from_saturation(p, data),
    ]


def by_name(mean: xr.DataArray, error: xr.DataArray) -> dict[str, Estimate]:
    """Return the estimates along the one dimension of two arrays, by its coordinate."""
    (dim,) = mean.dims
    rows = zip(mean[dim].values, mean.values, error.values, strict=True)
    return {str(name): Estimate(float(value), float(se)) for name, value, se in rows}


def fewest(values: xr.DataArray) -> int:
    """Return in how many trials there is a value, where they are fewest."""
    return int(values.count("trial").min())


def falls_with_volume(near: xr.DataArray) -> Claim:
    """Check that local [Ca2+] falls from the smallest to the largest head at each distance."""
    mean, error = mean_while_open(near)
    smallest, largest = (by_name(mean.isel(volume=k), error.isel(volume=k)) for k in (0, -1))
    trials = fewest(near.isel(volume=[0, -1]))
    return claim(
        "local-falls-with-volume",
        "Local [Ca2+] at every distance from the open channel is higher in the smallest head than in the largest",
        {place: smallest[place] - largest[place] for place in smallest}, above(0, by=confidence(CONFIDENCE, trials)),
        what="fall at each distance", unit="uM", where="Fig. 7D, E",
    )  # fmt: skip


def largest_when_small(near: xr.DataArray) -> Claim:
    """Check that [Ca2+], averaged over distances, falls more steeply with volume below 0.05 um^3 than above."""
    average = near.mean("place")
    volume = average["volume"].values
    middle = int(np.clip(np.argmin(np.abs(volume - 0.05)), 1, volume.size - 2))
    calcium = list(by_name(*mean_while_open(average)).values())
    steepness = [(calcium[k] - calcium[j]) / (volume[j] - volume[k]) for k, j in ((0, middle), (middle, -1))]
    trials = fewest(average.isel(volume=[0, middle, -1]))
    return claim(
        "largest-below-0.05",
        f"Mean local [Ca2+] falls more steeply with volume below {volume[middle]:g} um^3 than above",
        steepness[0] - steepness[1], above(0, by=confidence(CONFIDENCE, trials)),
        what="difference of slopes", unit="uM/um^3", where="p. 16152",
    )  # fmt: skip


def far_above_bulk(p: Parameters, local: xr.DataArray) -> Claim:
    """Check that the signal nearest to the pore stands far above the bulk in each head."""
    place = cube_name(p.distances[0])
    excess = local.sel(place=place, drop=True) - FAR_ABOVE * local.sel(place=BULK, drop=True)
    return claim(
        "local-above-bulk",
        f"While the channel is open, [Ca2+] {place} from the pore is more than {FAR_ABOVE:g} x bulk in every head",
        by_name(*mean_while_open(excess)), above(0, by=confidence(CONFIDENCE, fewest(excess))),
        what=f"excess over {FAR_ABOVE:g} x bulk", unit="uM", where="p. 16152",
    )  # fmt: skip


def out_of_equilibrium(data: xr.Dataset) -> Claim:
    """Check that calbindin near the pore has more free sites than its equilibrium with local [Ca2+] allows."""
    looks = data["near_pore_looks"]
    sites = free_sites(data).where(looks > 0)
    difference = sites["measured"] - sites["equilibrium"]
    return claim(
        "buffers-out-of-equilibrium",
        "Within 50 nm of the open pore calbindin has more free sites than in equilibrium with the [Ca2+] there, "
        "in every head",
        by_name(*mean_over_trials(difference, looks)), above(0, by=confidence(CONFIDENCE, fewest(difference))),
        what="excess", unit="sites per molecule", where="p. 16152",
    )  # fmt: skip


def saturation_negligible(p: Parameters, data: xr.Dataset, near: xr.DataArray) -> Claim:
    """Check that little of local [Ca2+] is due to the saturation of buffers, as far as measured, at each distance."""
    distance = xr.DataArray(list(p.distances), dims="place")
    rise = gain(p, data["volume"], distance, buffers(p, data)["binding_rate"])
    mean, error = mean_while_open(rise - NEGLIGIBLE * near)
    return claim(
        "saturation-negligible",
        f"Saturation of the buffers makes less than {NEGLIGIBLE:.0%} of local [Ca2+] at every distance in every head",
        {
            f"{place} at {volume:g} um^3": estimate
            for volume in mean["volume"].values
            for place, estimate in by_name(mean.sel(volume=volume), error.sel(volume=volume)).items()
        },
        below(0, by=confidence(CONFIDENCE, fewest(near))),
        what=f"rise by saturation over {NEGLIGIBLE:.0%} of local", unit="uM", where="p. 16153",
    )  # fmt: skip


def far_from_saturation(p: Parameters, data: xr.Dataset) -> Claim:
    """Check what the paper gives as the reason: that buffers are not close to saturation."""
    bound = buffers(p, data)["bound"]
    return claim(
        "buffers-not-saturated",
        f"Less than {CLOSE_TO_SATURATION:.0%} of the buffers' sites are bound in every head",
        by_name(*mean_over_trials(bound)), below(CLOSE_TO_SATURATION, by=confidence(CONFIDENCE, fewest(bound))),
        what="bound share", where="p. 16153",
    )  # fmt: skip
