"""Voltage-sensitive channels all over the membrane, in a ring or a cluster of the head, or at the base of the neck."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base import Untested
from . import study
from .parameters import PAPER, Parameters
from .places import PLACES
from .spines import Spine

if TYPE_CHECKING:
    import xarray as xr

    from ..claims import Claim

KINDS = ("thin", "mushroom")
SPINES = tuple(
    spine
    for kind in KINDS
    for spine in (Spine(kind, kind), *(Spine(f"{kind}, {place}", kind, vscc=place) for place in PLACES))
)


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Hold what the place of channels does against the trials; the statements are ours."""
    from ..claims import above, claim, confidence
    from .analysis import difference

    sure = confidence(0.95, p.trials)
    lost = {kind: difference(data, "peak", kind, f"{kind}, neck base") for kind in KINDS}
    kept = {kind: difference(data, "peak", f"{kind}, cluster", f"{kind}, neck base") for kind in KINDS}
    return [
        claim(
            "lost-at-the-base", "Channels at the base of the neck raise calcium less than channels all over", lost,
            above(0.0, by=sure), what="all over less neck base", unit="ions",
        ),
        claim(
            "kept-in-the-head", "Channels in a cluster of the head raise calcium more than those at the neck base",
            kept, above(0.0, by=sure), what="cluster less neck base", unit="ions",
        ),
    ]  # fmt: skip


SCENARIO = study.scenario(
    "channels",
    "Calcium and weight of thin and mushroom spines with their VSCCs in one place or all over",
    lambda p: SPINES,
    claims,
    (Untested("What the paper says of the places of its channels", PAPER, "the text could not be read here"),),
    by_size=False,
)
