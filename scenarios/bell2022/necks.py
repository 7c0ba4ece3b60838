"""Necks of three widths under the same head: how long calcium stays in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base import Untested
from . import study
from .parameters import PAPER, Parameters
from .spines import Spine

if TYPE_CHECKING:
    import xarray as xr

    from ..claims import Claim

#: Radius and length (um) of the neck; lengths from the archived meshes, in which the thinner is the longer.
NECKS = {
    "thin": {"thin neck": (0.0387, 0.7208), "thick neck": (0.0645, 0.2647)},
    "mushroom": {"thin neck": (0.07125, 1.1887), "thick neck": (0.11875, 0.5106)},
}
SPINES = tuple(
    spine
    for kind, necks in NECKS.items()
    for spine in (
        Spine(kind, kind),
        *(
            Spine(f"{kind}, {name}", kind, sizes={"neck_radius": radius, "neck_length": length})
            for name, (radius, length) in necks.items()
        ),
    )
)


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Hold what necks do against the trials; the statements are ours."""
    from ..claims import above, claim, confidence
    from .analysis import difference

    sure = confidence(0.95, p.trials)
    faster = {kind: difference(data, "decay", f"{kind}, thick neck", f"{kind}, thin neck") for kind in NECKS}
    return [
        claim(
            "thick-necks-drain", "Calcium decays faster through a thick, short neck than through a thin, long one",
            faster, above(0.0, by=sure), what="thick less thin", unit="1/s",
        )
    ]  # fmt: skip


SCENARIO = study.scenario(
    "necks",
    "Calcium and weight of thin and mushroom spines with necks of three widths",
    lambda p: SPINES,
    claims,
    (Untested("What the paper says of its necks", PAPER, "the text could not be read here"),),
)
