"""Ryanodine receptors in the neck, in the head, or everywhere on the apparatus: what they add to calcium."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base import Untested
from .parameters import Parameters
from .study import DATA, as_archived, scenario

if TYPE_CHECKING:
    import xarray as xr

    from ..claims import Claim
    from .geometry import Place


def places(p: Parameters) -> tuple[Place, ...]:
    """Return where receptors are in one spine after the other."""
    from .geometry import SITES, IdealPlace

    return tuple(map(IdealPlace, SITES))


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Hold what the archived trials say against ours."""
    from ..claims import above, below, claim, compatible, confidence
    from .analysis import LENGTH_MS, departures, difference, estimate
    from .geometry import SITES

    sure = confidence(0.95, p.trials)
    found = []
    if p.duration >= LENGTH_MS * 1e-3:
        others = {site: difference(data, "area", "head", site) for site in ("neck", "everywhere")}
        more = {site: difference(data, "open_ryr", "head", site) for site in ("neck", "everywhere")}
        found += [
            claim(
                "head-prolongs", "RyRs in the head prolong the transient: more ions in time than with those elsewhere",
                others, above(0.0, by=sure), what="head less other", unit="ions s", where=DATA,
            ),
            claim(
                "head-opens-most", "More RyRs are open, on average in time, in the head than elsewhere", more,
                above(0.0, by=sure), what="head less other", where=DATA,
            ),
        ]  # fmt: skip
    gaps = {name: gap for name, gap in departures(data).items() if gap.se > 0}
    channels = {
        "vscc": ("The number of open VSCCs at 13.6 ms is the archived one", "neck: vscc at 13.6 ms"),
        "nmdar": ("The number of open NMDARs at 13.8 ms is the archived one", "neck: nmdar at 13.8 ms"),
    }
    found += [
        claim(
            "head-peaks-alike", "RyRs in the head do not raise the peak beyond noise",
            difference(data, "peak", "head", "neck"), compatible(0.0, within=2.0), what="head less neck", unit="ions",
            where=DATA,
        ),
        claim(
            "most-open-none", "In most trials no RyR opens", {s: estimate(data, s, "any_ryr") for s in SITES},
            below(0.5, by=sure), what="share of trials in which one opens", where=DATA,
        ),
        *(
            claim(
                f"as-archived-{name}", sentence, gaps[gap], compatible(0.0, within=4.0), what="ours less theirs",
                where=DATA,
            )
            for name, (sentence, gap) in channels.items()
            if gap in gaps
        ),
    ]  # fmt: skip
    return [*found, *as_archived(gaps)]


SCENARIO = scenario(
    "ryr",
    "Ryanodine receptors in the neck, the head, or everywhere on the apparatus of a mushroom spine",
    "SpineApparatus 2025, ideal mushroom on a dendrite",
    places,
    claims,
    untested=(
        Untested("A laminar apparatus lowers the peak", DATA, "no such shape is made here"),
        Untested("What the text says", "SpineApparatus 2025", "it could not be read here"),
    ),
)
