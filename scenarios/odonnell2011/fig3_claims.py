"""The statements of the paper on Fig. 3, held against bursts and the drift of weak, intermediate and strong synapses.

Standard errors are those of means over synapses, many of which share a neuron's spikes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...results.estimates import Estimate
from ..claims import Claim, above, below, between, claim, compatible, number, percent, small
from .shared import COMPENSATIONS, EXACT, OVER, UNDER, Compensation

if TYPE_CHECKING:
    import xarray as xr

    from .neuron import NetworkParameters

CLASSES = ("weak", "intermediate", "strong")
"""Thirds of the range between the limits, by initial strength."""
CLEAR = 3.0
"""Standard errors that a change must be clear of zero."""


def claims(p: NetworkParameters, data: xr.Dataset) -> list[Claim]:
    """Check the statements of the figure, in the order of the paper."""
    return [
        claim("rates", "The neuron fires at about the rate of its inputs, 5 Hz", data["output_rate"].values.ravel(),
              between(2.5, number(7.5, "Hz")), unit="Hz", what="rate in each run", where="p. 16148"),
        *(burst_claim(data, relation) for relation in COMPENSATIONS),
        *exact_claims(p, data.sel(relation=EXACT.name), data.sel(relation=OVER.name)),
        *under_claims(data.sel(relation=UNDER.name)),
        *over_claims(p, data.sel(relation=OVER.name)),
    ]  # fmt: skip


def burst_claim(data: xr.Dataset, relation: Compensation) -> Claim:
    """Check that every number of bursts potentiates, and a larger number more."""
    part = data.sel(relation=relation.name)
    rise = changes(part, "before", "after")
    least, most = (rise[bursts(n)] for n in (part["bursts"].values.min(), part["bursts"].values.max()))
    return claim(
        f"{short(relation)}-bursts-potentiate", f"In {relation.name} bursts potentiate the stimulated synapses, "
        "more of them more strongly", rise, above(0, by=CLEAR), unit="pA", where="p. 16148",
        also=[("most bursts - fewest", most - least, above(0, by=CLEAR))],
    )  # fmt: skip


def exact_claims(p: NetworkParameters, part: xr.Dataset, over: xr.Dataset) -> list[Claim]:
    """Exact compensation: Fig. 3 A and B, i."""
    initial, change = (values.ravel() for values in drift(part))
    # Synapses at the limits cannot drift beyond them.
    inside = np.abs(initial - initial.mean()) < 0.475 * p.span
    slope = Estimate.of_slope(initial[inside], change[inside])
    of_over = abs(Estimate.of_slope(*(values.ravel() for values in drift(over))).mean)
    return [
        claim("exact-net-depression", "In exact compensation all synapses experience net depression", by_class(part),
              below(0, by=CLEAR), unit="pA per run", what="drift of each third", where="Fig. 3Ai, Bi"),
        claim("exact-bursts-decay", "In exact compensation potentiated synapses drift towards the minimum",
              changes(part, "after", "end"), below(0, by=CLEAR), unit="pA", what="change after the bursts",
              where="Fig. 3Ai"),
        claim("exact-independent", "In exact compensation the drift does not depend on strength", slope,
              compatible(0, within=CLEAR), what="slope", unit="pA/pA per run", where="Fig. 3Bi",
              also=[("slope", slope.mean, small(percent(5, of=of_over, whole="overcompensation's")))]),
    ]  # fmt: skip


def under_claims(part: xr.Dataset) -> list[Claim]:
    """Undercompensation: Fig. 3 A and B, ii."""
    thirds = by_class(part)
    weak, strong = thirds[CLASSES[0]], thirds[CLASSES[-1]]
    fewest, most = (bursts(n) for n in (part["bursts"].values.min(), part["bursts"].values.max()))
    return [
        claim("under-strong-stay", "In undercompensation strong synapses stay potentiated to the end",
              kept(part)[most], above(percent(90)), what=f"potentiation left after {most}", where="Fig. 3Aii"),
        claim("under-intermediate-fall", "In undercompensation synapses of intermediate strength are depressed now and "
              "then and drift back", changes(part, "after", "end")[fewest], below(0, by=CLEAR), unit="pA",
              what=f"change after {fewest}", where="Fig. 3Aii"),
        claim("under-negative", "In undercompensation the drift is negative at all strengths", thirds,
              below(0, by=CLEAR), unit="pA per run", what="drift of each third", where="Fig. 3Bii"),
        claim("under-strong-slower", "In undercompensation weak synapses drift fast and strong ones slowly",
              strong.mean / weak.mean, between(0, percent(10)), what="drift of strong / of weak", where="Fig. 3Bii"),
    ]  # fmt: skip


def over_claims(p: NetworkParameters, part: xr.Dataset) -> list[Claim]:
    """Overcompensation: Fig. 3 A and B, iii."""
    thirds = by_class(part)
    fewest, most = (bursts(n) for n in (part["bursts"].values.min(), part["bursts"].values.max()))
    end = part["stimulated"].sel(moment="end", bursts=part["bursts"].max())
    at_top = part["final"].values[:, part["initial"].values > p.max_strength - 0.05 * p.span]
    return [
        claim("over-strong-to-maximum", "In overcompensation strongly potentiated synapses go on to the maximum",
              Estimate.of(p.max_strength - end), below(percent(10, of=p.span, whole="the range")), unit="pA",
              what=f"distance at the end after {most}", where="Fig. 3Aiii"),
        claim("over-fixed-at-maximum", "In overcompensation synapses at the maximum stay there",
              Estimate.of(p.max_strength - at_top), below(percent(5, of=p.span, whole="the range")), unit="pA",
              what="distance at the end of those that start there", where="p. 16149"),
        claim("over-weak-fall", "In overcompensation weakly potentiated synapses drift back",
              changes(part, "after", "end")[fewest], below(0, by=CLEAR), unit="pA", what=f"change after {fewest}",
              where="Fig. 3Aiii"),
        claim("over-weak-falls", "In overcompensation the drift of weak synapses is negative", thirds[CLASSES[0]],
              below(0, by=CLEAR), unit="pA per run", what="drift of the weakest third", where="Fig. 3Biii"),
        claim("over-strong-rises", "In overcompensation the drift of strong synapses is positive", thirds[CLASSES[-1]],
              above(0, by=CLEAR), unit="pA per run", what="drift of the strongest third", where="Fig. 3Biii"),
    ]  # fmt: skip


def short(relation: Compensation) -> str:
    """Return the name of a relation as claims begin: ``exact``, ``under``, ``over``."""
    return relation.name.split()[0].removesuffix("compensation")


def bursts(n: float) -> str:
    """Say how many bursts."""
    return f"{n:g} burst{'s' if n > 1 else ''}"


def changes(part: xr.Dataset, start: str, stop: str) -> dict[str, Estimate]:
    """Return the change (pA) of the stimulated synapses between two moments, for each number of bursts."""
    strength = part["stimulated"]
    change = strength.sel(moment=stop) - strength.sel(moment=start)
    return {bursts(n): Estimate.of(change.sel(bursts=n)) for n in part["bursts"].values}


def kept(part: xr.Dataset) -> dict[str, float]:
    """Return the part of the potentiation by each number of bursts that is left at the end."""
    rise, end = changes(part, "before", "after"), changes(part, "before", "end")
    return {name: end[name].mean / rise[name].mean for name in rise}


def drift(part: xr.Dataset) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the initial strengths of the probes (pA) and their changes, both (run, probe)."""
    final = part["final"].values
    initial = np.broadcast_to(part["initial"].values, final.shape)
    return initial, final - initial


def by_class(part: xr.Dataset) -> dict[str, Estimate]:
    """Return the drift of each third of the probes, by initial strength."""
    thirds = np.array_split(drift(part)[1], len(CLASSES), axis=-1)
    return dict(zip(CLASSES, map(Estimate.of, thirds), strict=True))
