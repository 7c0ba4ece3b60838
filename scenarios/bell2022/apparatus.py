"""Spine apparatus of three sizes in thin and mushroom spines: what it takes from calcium."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base import Untested
from . import study
from .parameters import PAPER, Parameters
from .spines import Spine

if TYPE_CHECKING:
    import xarray as xr

    from ..claims import Claim

KINDS, SIZES = ("thin", "mushroom"), ("small", "medium", "large")
SPINES = tuple(
    spine
    for kind in KINDS
    for spine in (Spine(kind, kind), *(Spine(f"{kind}, {size}", kind, apparatus=size) for size in SIZES))
)


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Hold the statement of the abstract against the trials."""
    from ..claims import above, claim, confidence
    from .analysis import difference

    sure = confidence(0.95, p.trials)
    taken = {kind: difference(data, "peak", kind, f"{kind}, large") for kind in KINDS}
    return [
        claim(
            "apparatus-is-a-sink", "An apparatus takes up calcium: the peak is lower with a large one than without",
            taken, above(0.0, by=sure), what="without less large", unit="ions", where="Bell et al. 2019, abstract",
        )
    ]  # fmt: skip


SCENARIO = study.scenario(
    "apparatus",
    "Calcium and weight of thin and mushroom spines with a spine apparatus of three sizes",
    lambda p: SPINES,
    claims,
    (Untested("What the paper says of sizes of the apparatus", PAPER, "the text could not be read here"),),
)
