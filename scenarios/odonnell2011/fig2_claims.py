"""The statements of the paper on Fig. 2, held against calcium curves and the neuron's final strengths at every rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..claims import Claim, above, at_most, below, claim, equal, percent
from .shared import EXACT, OVER, UNDER, Compensation, differ, outcomes, sign_changes

if TYPE_CHECKING:
    import xarray as xr

    from .neuron import NetworkParameters

Floats = NDArray[np.float64]
SETTLED = 0.02
"""A strength that changed by less than this fraction of the range has not moved."""


def claims(p: NetworkParameters, data: xr.Dataset) -> list[Claim]:
    """Check the statements of the figure, in the order of the paper."""
    rise = np.diff(data["calcium"].values, axis=1) / data["calcium"].values[:, 1:]
    return [
        claim("stimulus-raises-calcium", "A stronger stimulus raises [Ca2+] in spines of all sizes, in all three "
              "relations", rise.min(), above(0), what="smallest relative step", where="Fig. 2A"),
        *exact_claims(p, data.sel(relation=EXACT.name)),
        *under_claims(p, data),
        *over_claims(p, data),
    ]  # fmt: skip


def exact_claims(p: NetworkParameters, part: xr.Dataset) -> list[Claim]:
    """Exact compensation: Fig. 2 A to C, i."""
    direction = part["direction"].values
    against_rate = [differ(outcomes(column), [0, -1, 1]) for column in direction.T]
    rising = rising_share(p, part)
    mixed = np.minimum(rising, 1 - rising)
    return [
        claim("exact-direction", "In exact compensation the direction of plasticity depends on the stimulus and not on "
              "spine volume", np.ptp(direction, axis=1).max() / np.abs(direction).max(), below(1e-9),
              what="largest spread over volumes / largest rate", where="Fig. 2Ai, Bi"),
        claim("exact-three-ranges", "In exact compensation weak activity changes nothing, intermediate depresses and "
              "high potentiates", sum(against_rate), equal(0), what="directions that differ", where="Fig. 2Ai"),
        claim("exact-by-rate", "In exact compensation the stimulus alone, not the initial strength, decides between "
              "the limits", largest(mixed), below(percent(5)), what="largest minority at a rate",
              where="p. 16148", also=[("rising at the lowest", first(rising), below(0.05)),
                                      ("at the highest", first(rising[::-1]), above(0.95))]),
        claim("exact-to-limits", "In exact compensation synapses drift to their maximum or minimum",
              smallest(on_the_way(p, part, EXACT)), above(0.9), what="smallest part at a limit or on its way",
              where="Fig. 2Ci"),
    ]  # fmt: skip


def under_claims(p: NetworkParameters, data: xr.Dataset) -> list[Claim]:
    """Undercompensation: Fig. 2 A to C, ii."""
    part = data.sel(relation=UNDER.name)
    final, has_moved = part["final"].values, moved(p, part)
    at_edge = (final <= p.floor) | (final >= p.ceiling)
    return [
        curve_claim(p, part, [1, -1, 0], "under-curves", "In undercompensation every stimulus has a stable strength, "
                    "larger for a stronger one: spines below potentiate, above depress", "Fig. 2Aii, Bii"),
        *fixed_point_claims(p, data, UNDER, -1, "under-stable", "stable strength", "Fig. 2Cii"),
        claim("under-unlimited", "In undercompensation strengths stay in bounds without limits",
              (at_edge & has_moved).sum(), equal(0), what="synapses that moved to an end of what is allowed",
              where="p. 16148"),
    ]  # fmt: skip


def over_claims(p: NetworkParameters, data: xr.Dataset) -> list[Claim]:
    """Overcompensation: Fig. 2 A to C, iii."""
    part = data.sel(relation=OVER.name)
    return [
        curve_claim(p, part, [0, -1, 1], "over-curves", "In overcompensation every stimulus has an unstable threshold, "
                    "smaller for a stronger one: spines above potentiate, below depress", "Fig. 2Aiii, Biii"),
        *fixed_point_claims(p, data, OVER, 1, "over-threshold", "unstable threshold", "Fig. 2Ciii"),
        claim("over-to-limits", "In overcompensation synapses drift to their maximum or minimum",
              smallest(on_the_way(p, part, OVER)), above(0.9), what="smallest part at a limit or on its way",
              where="Fig. 2Ciii"),
    ]  # fmt: skip


def curve_claim(p: NetworkParameters, part: xr.Dataset, said: list[int], name: str, sentence: str, where: str) -> Claim:
    """Check the directions along each calcium curve, and that the crossing shifts from each stimulus to the next."""
    rates = p.rule().rate(part["calcium_curve"].values)
    volume = part["volume"].values
    wrong = sum(differ(outcomes(curve), said) for curve in rates)
    zeros = [sign_changes(volume, np.where(np.abs(curve) < 1e-3 * p.eta_p, 0.0, curve)) for curve in rates]
    crossings = np.array([at[0][0] if at else np.nan for at in zeros])
    ratio = crossings[1:] / crossings[:-1]
    shift = ratio.min() if said[0] > 0 else (1 / ratio).min()
    return claim(name, sentence, shift, above(1), what="smallest shift of the crossing", where=where,
                 also=[("directions that differ", wrong, equal(0))])  # fmt: skip


def fixed_point_claims(
    p: NetworkParameters, data: xr.Dataset, relation: Compensation, sign: int, name: str, what: str, where: str
) -> list[Claim]:
    """Check that runs have a single fixed point, with this sign above it, and that it shifts from rate to rate."""
    found = fixed_points(p, data, relation)
    wrong = sum(len(at) > 1 or any(above_it != sign for _, above_it in at) for repeats in found for at in repeats)
    points = mean_fixed_points(found, sign)
    points = points[~np.isnan(points)]
    ratio = points[1:] / points[:-1] if sign < 0 else points[:-1] / points[1:]
    shifts = "rises" if sign < 0 else "falls"
    return [
        claim(f"{name}-single", f"{relation.name.capitalize()} has one {what} at each rate",
              wrong / sum(map(len, found)), at_most(percent(5)), what="runs with another pattern", where=where,
              also=[("rates with this one", points.size, above(2))]),
        claim(f"{name}-{shifts}", f"The {what} of {relation.name} {shifts} with every step of the rate",
              smallest(ratio), above(1), what="smallest shift", where=where),
    ]  # fmt: skip


def moved(p: NetworkParameters, part: xr.Dataset) -> NDArray[np.bool_]:
    """Say which synapses (rate, repeat, synapse) changed by more than ``SETTLED`` of the range."""
    return np.abs(part["final"].values - part["initial"].values) > SETTLED * p.span


def fixed_points(p: NetworkParameters, data: xr.Dataset, relation: Compensation) -> list[list[list[tuple[float, int]]]]:
    """Return where the change over each run (rate, repeat) changes sign along initial strength, and the sign above."""
    part = data.sel(relation=relation.name)
    initial = part["initial"].values
    change = np.where(moved(p, part), part["final"].values - initial, 0.0)
    return [[sign_changes(initial, run) for run in repeats] for repeats in change]


def mean_fixed_points(found: list[list[list[tuple[float, int]]]], sign: int) -> Floats:
    """Return the mean over runs of the only fixed point with this sign above it, at each rate; NaN if no run has it."""
    points = [[at[0][0] for at in repeats if len(at) == 1 and at[0][1] == sign] for repeats in found]
    return np.array([np.mean(at) if at else np.nan for at in points])


def rising_share(p: NetworkParameters, part: xr.Dataset) -> Floats:
    """Return the part of the synapses that moved which moved up, at each rate; NaN where none moved."""
    return share(moved(p, part) & (part["final"].values > part["initial"].values), moved(p, part))


def on_the_way(p: NetworkParameters, part: xr.Dataset, relation: Compensation) -> Floats:
    """Return the part of the synapses that moved which ended at a limit or moved on towards it in the second half."""
    low, high = p.limits(relation)
    final, halfway = part["final"].values, part["halfway"].values
    at_limit = (final < low + SETTLED * p.span) | (final > high - SETTLED * p.span)
    moves_on = np.sign(final - halfway) == np.sign(final - part["initial"].values)
    return share(moved(p, part) & (at_limit | moves_on), moved(p, part))


def share(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> Floats:
    """Return the number in ``part`` over that in ``whole`` (rate, repeat, synapse) at each rate; NaN where none is."""
    count = whole.sum(axis=(1, 2))
    return np.where(count > 0, part.sum(axis=(1, 2)) / np.maximum(count, 1), np.nan)


def smallest(values: Floats) -> float:
    """Return the smallest of the values that are there, NaN if none is."""
    values = values[~np.isnan(values)]
    return float(values.min()) if values.size else np.nan


def largest(values: Floats) -> float:
    """Return the largest of the values that are there, NaN if none is."""
    return -smallest(-values)


def first(values: Floats) -> float:
    """Return the first value that is there, NaN if none is."""
    values = values[~np.isnan(values)]
    return float(values[0]) if values.size else np.nan
