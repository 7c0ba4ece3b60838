"""The spine head of Fig. 7 as a model."""

from __future__ import annotations

from ....geometry import cubic_head
from ....model import Boundary, Box, Model, Sampler
from ....model.proteins import (
    calbindin,
    calcium,
    calmodulin,
    constant_source,
    immobile_buffer,
    ncx,
    pmca,
    two_state_channel,
)
from .parameters import Parameters

OPEN = "LO"
BULK = "bulk"
PUMPED = ("psd", "membrane")


def cube_name(distance: float) -> str:
    """Name of the sampling cube at a depth (um) below the pore."""
    return f"{distance * 1000:g} nm"


def spine_head(p: Parameters, volume: float) -> Model:
    """Build the cubic head of a given volume (um^3) with everything in it.

    The PSD is the top face with the L-type channel in its centre and the GluNs anywhere on it; the neck patch, which
    only Ca2+ passes, is centred in the bottom face; pumps cover everything but the patch.
    """
    top = volume ** (1 / 3) / 2
    start = p.calcium_rest if p.start == "rest" else 0.0
    return Model(
        mesh=cubic_head(volume, neck_patch_edge_um=p.neck_edge),
        schemes=[
            calcium(p.calcium_rest, p.D_calcium),
            calbindin(p.calbindin, start),
            calmodulin(p.calmodulin, start),
            immobile_buffer(p.immobile_buffer, start),
            pmca(p.pmca, PUMPED, start),
            ncx(p.ncx, PUMPED, start),
            constant_source("GN", "GluN", p.rate_per_glun, p.n_glun, "psd", event="glun_in"),
            two_state_channel(
                "L",
                "L-type channel",
                p.rate_of_ltype,
                p.ltype_open_probability,
                p.ltype_open_time,
                (0, 0, top),
                "ltype_in",
            ),
        ],
        boundaries=[Boundary("neck", "Ca", p.neck)],
        samplers=[
            Sampler(BULK, "Ca", while_present=OPEN),
            *(
                Sampler(cube_name(d), "Ca", Box((0.0, 0.0, top - d), (p.cube_edge,) * 3), while_present=OPEN)
                for d in p.distances
            ),
        ],
    )
