"""The statements of the paper on Fig. 4, held against the Fokker-Planck equation at every volume and amplitude."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...plasticity.calcium_rule import CalciumRule
from ...plasticity.fokker_planck import CONSERVATION
from ..claims import Claim, above, at_most, below, between, claim, equal, number, percent
from .shared import EXACT, OVER, UNDER

if TYPE_CHECKING:
    import xarray as xr

    from .fig4_parameters import Parameters

Floats = NDArray[np.float64]
SHORTEST_S = 1.0
"""The first output time: retention below it counts as this."""


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Check the statements of the figure, in the order of the paper, and that the equation conserves probability."""
    return [
        *exact_claims(p, data.sel(relation=EXACT.name)),
        *under_claims(p, data.sel(relation=UNDER.name)),
        *comparisons(data),
        *over_claims(p, data),
        claim("conserved", "Every Fokker-Planck step conserves probability", data["conservation_error"].max(),
              at_most(CONSERVATION), what="largest change in a step"),
    ]  # fmt: skip


def exact_claims(p: Parameters, part: xr.Dataset) -> list[Claim]:
    """Exact compensation: Fig. 4 A to D, i."""
    at_one = part.sel(fluctuation=1.0)
    density, volume = at_one["steady_density"].values, at_one["volume"].values
    drift = at_one["drift"].values
    times, by_fluctuation = at_one["retention_time"].values, part["retention_time"].values
    return [
        claim("exact-depresses-slightly", "In exact compensation depression is slightly more likely than potentiation",
              depressions_per_potentiation(p), between(1, 1.5), what="events that depress to potentiate",
              where="p. 16144"),
        claim("exact-to-minimum", "In exact compensation every synapse drifts to the minimum", times.max(),
              below(number(p.end, "s")), what="longest retention", unit="s", where="p. 16144",
              also=[("volume of the peak", volume[np.argmax(density)], equal(volume[0]))]),
        claim("exact-drift-independent", "In exact compensation drift does not depend on strength",
              np.ptp(drift) / np.abs(drift).max(), below(1e-9), what="spread / largest drift", where="Fig. 4Bi"),
        claim("exact-linear", "In exact compensation retention rises linearly with initial strength",
              *distance_from_line(p, times), where="Fig. 4Ci"),
        claim("exact-falls-with-fluctuations", "In exact compensation larger fluctuations shorten retention at every "
              "volume", largest_step(by_fluctuation), below(0), unit="s", what="largest step", where="Fig. 4Di"),
        claim("exact-similar-effect", "In exact compensation the effect of fluctuations is similar at all strengths",
              loss_ratio(part), below(2), what="largest to smallest loss of retention", where="Fig. 4Di"),
    ]  # fmt: skip


def under_claims(p: Parameters, part: xr.Dataset) -> list[Claim]:
    """Undercompensation: Fig. 4 A to D, ii."""
    from .fig5 import peaks

    at_one = part.sel(fluctuation=1.0)
    density = at_one["steady_density"].values
    found, times = peaks(density), at_one["retention_time"].values
    by_fluctuation = part["retention_time"]
    starts = np.asarray(p.initial_volumes)
    target = 1.2 * float(at_one["steady_median"])
    rise = np.diff(times) / np.diff(starts)
    steepest = int(np.argmax(rise))
    larger = by_fluctuation.sel(fluctuation=part["fluctuation"] > 1).values
    left = larger[:, times > 0] / times[times > 0]
    return [
        claim("under-single", "In undercompensation all synapses drift to a single stable strength", times.max(),
              below(number(p.end, "s")), what="longest retention", unit="s", where="p. 16150",
              also=[("peaks", found.size, equal(1)), ("first and last cell", density[[0, -1]], below(density.max()))]),
        claim("under-strong-slower", "In undercompensation strong synapses decay more slowly than weak ones",
              fastest_to_slowest(starts - target, times), below(1),
              what="fastest of the stronger half to slowest of the weaker", where="Fig. 4Bii"),
        claim("under-longer-if-stronger", "In undercompensation retention rises with initial strength",
              np.diff(times).min(), above(0), what="smallest step", unit="s", where="Fig. 4Cii"),
        claim("under-saturates", "In undercompensation the rise flattens only for very strong synapses",
              rise[-1] / rise[steepest], below(1), what="last slope to steepest", where="Fig. 4Cii",
              also=[("steepest from", starts[steepest], above(number(float(np.median(starts)), "um^3")))]),
        claim("under-limited-by-fluctuations", "In undercompensation fluctuations limit the retention of the strongest",
              largest_step(by_fluctuation.values[:, -1:]), below(0), what="largest step with amplitude", unit="s",
              where="Fig. 4Cii"),
        claim("under-drops", "In undercompensation extremely large fluctuations make retention drop dramatically at "
              "all strengths", left[-1].max(), below(1 / 3), what="largest part that is left", where="Fig. 4Dii"),
        claim("under-large-less-sensitive", "Undercompensation makes large spines less sensitive to fluctuations than "
              "small ones", np.diff(left, axis=1).min(), above(0),
              what="smallest step with volume of the part that is left", where="p. 16150"),
    ]  # fmt: skip


def comparisons(data: xr.Dataset) -> list[Claim]:
    """Undercompensation against exact compensation."""
    sides = [data.sel(relation=relation.name) for relation in (UNDER, EXACT)]
    under, exact = (side["retention_time"] for side in sides)
    means = (side["retention_of_mean"].sel(fluctuation=1.0).values for side in sides)
    return [
        claim("under-outlasts-exact", "At every volume undercompensation outlasts exact compensation substantially",
              smallest_ratio(under.sel(fluctuation=1.0).values, exact.sel(fluctuation=1.0).values), above(2),
              what="smallest ratio of retention times", where="Fig. 4, caption"),
        claim("order-robust", "Undercompensation always outlasts exact compensation: at every volume and amplitude",
              smallest_ratio(under.values, exact.values), above(1), what="smallest ratio of retention times",
              where="p. 16150"),
        claim("mean-as-median", "Undercompensation outlasts exact compensation when the mean is followed in place of "
              "the median, too", smallest_ratio(*means), above(1), what="smallest ratio of retention times",
              where="p. 16144"),
    ]  # fmt: skip


def over_claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Overcompensation: Fig. 4 Aiii, Biii and E."""
    part = data.sel(relation=OVER.name)
    at_one = part.sel(fluctuation=1.0)
    (low, high), starts = p.limits(OVER), np.asarray(p.initial_volumes)
    flip_s = 5000.0
    late = at_one.sel(time=flip_s, method="nearest")
    place = (late["median"].values - low) / (high - low)
    excursion = late["excursion"].values
    left = np.array([excursion[0] - low, high - excursion[1]]) / np.abs(np.array(p.excursions(OVER)) - [low, high])
    flips = part["flip_probability"]
    counted = flips.sel(flip_time=flip_s, method="nearest").values
    minority = (starts > p.threshold_volume) != (float(at_one["steady_median"]) > p.threshold_volume)
    over, exact = (data["retention_time"].sel(relation=r.name, fluctuation=1.0).values for r in (OVER, EXACT))
    return [
        claim("over-to-limits", "In overcompensation synapses drift to the minimum or the maximum, whichever side of "
              "the threshold they start on", np.minimum(place, 1 - place).max(),
              below(percent(10, whole="the range")), what="largest distance from a limit after 5000 s",
              where="Fig. 4Biii",
              also=[("sides", (place > 0.5) != (starts > p.threshold_volume), equal(0)),
                    ("limits reached", np.unique(place > 0.5).size, equal(2))]),
        claim("over-excursions-vanish", "In overcompensation small excursions from the minimum or maximum quickly "
              "disappear", left.max(), below(percent(25)), what="largest part left after 5000 s", where="p. 16150"),
        claim("over-outlasts-exact", "On the minority side of the threshold overcompensation outlasts exact "
              "compensation substantially", smallest_ratio(over[minority], exact[minority]), above(2),
              what="smallest ratio of retention times", where="Fig. 4, caption"),
        claim("over-persists", "In overcompensation the weak state persists if fluctuations are small", counted[0],
              below(0.01), what="P(V > Vmax/2)", where="Fig. 4E"),
        claim("over-flips", "In overcompensation flips become likely if fluctuations are large", counted[-1],
              above(0.1), what="P(V > Vmax/2)", where="Fig. 4E"),
        claim("over-flips-rise", "In overcompensation flips become more probable with the amplitude, whenever they are "
              "counted",
              np.diff(flips.values, axis=0).min(), above(0), what="smallest step", where="Fig. 4E, p. 16144"),
    ]  # fmt: skip


def depressions_per_potentiation(p: Parameters) -> float:
    """Return how many events end between the two thresholds for each one above both, in exact compensation."""
    process, rule = p.process(EXACT), CalciumRule()
    thresholds = np.array([rule.theta_d, rule.theta_p])
    above_d, above_p = process.amplitudes.survival(thresholds, process.mean_amplitude([1.0]))[0]
    return float((above_d - above_p) / above_p)


def fastest_to_slowest(distances: Floats, times: Floats) -> float:
    """Return the fastest decay in the stronger half of the potentiated synapses over the slowest in the weaker half."""
    speeds = distances[distances > 0] / times[distances > 0]
    weaker, stronger = np.array_split(speeds, 2)
    return float(stronger.max() / weaker.min()) if stronger.size else np.nan


def distance_from_line(p: Parameters, times: Floats) -> tuple[float, Any]:
    """Return how far retention times > 0 are from a straight line, over the longest, and the bound."""
    lost = times > 0
    volumes = np.asarray(p.initial_volumes)[lost]
    line = np.polyval(np.polyfit(volumes, times[lost], 1), volumes)
    return float(np.abs(times[lost] - line).max() / times.max()), below(percent(5, whole="the longest"))


def largest_step(times: Floats) -> float:
    """Return the largest step with amplitude of retention (fluctuation, initial), but from 0 to 0."""
    step = np.diff(times, axis=0)
    return float(step[(times[1:] > 0) | (times[:-1] > 0)].max())


def loss_ratio(part: xr.Dataset) -> float:
    """Return the largest to the smallest loss of retention, over volumes, at the amplitude where it is worst."""
    reference = part["retention_time"].sel(fluctuation=1.0).values
    larger = part["retention_time"].sel(fluctuation=part["fluctuation"] > 1).values
    loss = (reference - larger)[:, reference > 0]
    smallest = loss.min(axis=1)
    return float((loss.max(axis=1) / smallest).max()) if np.all(smallest > 0) else np.inf


def smallest_ratio(times: Floats, others: Floats) -> float:
    """Return the smallest ratio of retention times; where a synapse has nothing to lose in either there is none."""
    lost = (times > 0) | (others > 0)
    ratio = np.maximum(times, SHORTEST_S) / np.maximum(others, SHORTEST_S)
    return float(ratio[lost].min()) if np.any(lost) else np.nan
