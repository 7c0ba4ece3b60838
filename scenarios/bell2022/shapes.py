"""Thin, mushroom and filopodial spines of three sizes each: how far their shape decides on calcium and weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base import Untested
from . import study
from .parameters import PAPER, Parameters
from .spines import Spine

if TYPE_CHECKING:
    import xarray as xr

    from ..claims import Claim

SCALES = {"thin": (1.0, 1.5, 2.0), "mushroom": (2 / 3, 1.0, 4 / 3), "filopodial": (0.5, 0.75, 1.0)}
#: What Bell et al. (2022) call the sizes of their spines.
SPINES = tuple(
    Spine(kind if scale == 1.0 else f"{kind} x{scale:.3g}", kind, scale)
    for kind, scales in SCALES.items()
    for scale in scales
)
CONTROLS = tuple(SCALES)


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Hold the statements of the abstract against the trials."""
    from ..claims import above, claim, confidence
    from .analysis import apart, difference, slope

    sure = confidence(0.95, p.trials)
    ends = {kind: [s.name for s in SPINES if s.kind == kind] for kind in SCALES}
    grown = {kind: difference(data, "peak", names[-1], names[0]) for kind, names in ends.items()}
    heavier = {kind: difference(data, "weight", names[-1], names[0]) for kind, names in ends.items()}
    return [
        claim(
            "shape-sets-calcium", "Spines of different shapes differ in their peak of calcium, though channels are few",
            apart(data, "peak", CONTROLS), above(0.0, by=sure), what="difference of peaks", unit="ions",
            where="abstract",
        ),
        claim(
            "size-sets-calcium", "Within each shape the peak rises with size", grown, above(0.0, by=sure),
            what="largest less smallest", unit="ions", where="abstract",
        ),
        claim(
            "size-sets-weight", "Within each shape the weight changes with size", heavier, above(0.0, by=sure),
            what="largest less smallest", where="abstract",
        ),
        claim(
            "calcium-follows-v-a", "The peak depends on the ratio of volume to surface", slope(data, "peak", "V_A")[0],
            above(0.0, by=sure), what="slope", unit="ions/um", where="abstract",
        ),
        claim(
            "weight-follows-v-a", "The weight depends on the ratio of volume to surface",
            slope(data, "weight", "V_A")[0], above(0.0, by=sure), what="slope", unit="1/um", where="abstract",
        ),
    ]  # fmt: skip


SCENARIO = study.scenario(
    "shapes",
    "Calcium and weight of thin, mushroom and filopodial spines of three sizes",
    lambda p: SPINES,
    claims,
    (
        Untested(
            "Relations of ideal spines hold in spines from electron microscopy", "abstract", "theirs are not archived"
        ),
        Untested("Slopes and p values of the regressions", PAPER, "the text could not be read here"),
    ),
)
