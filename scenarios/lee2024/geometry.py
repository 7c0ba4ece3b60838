"""A mushroom spine on a piece of dendrite, with an apparatus that goes on into a tube along the dendrite."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Protocol

import numpy as np

from ...geometry import Assembly, TriangleMesh, revolved_spine
from ...geometry.regions import Grown, Height
from ...geometry.shapes.revolved import cylinder
from ...model import Ball, Box, checks
from ..bell2022.spines import APPARATUS, CYTOSOL

SITES = ("neck", "head", "everywhere")
RYR_REGION = "ryr"

#: Sizes (um) of the archived model: dendrite, and a tube along it that meets the neck of the apparatus.
DENDRITE_RADIUS, DENDRITE_LENGTH = 0.5, 1.0
TUBE_RADIUS, TUBE_HEIGHT = 0.0667, 0.02
TUBE_LENGTH = 0.98  # theirs, 0.999, ends within a nanometre of the ends of the dendrite
MOST_TRIANGLES = 1500  # of the apparatus; the shape stays
#: Receptors: heights (um) above the base of the neck, and the area (um^2) of the top of the apparatus.
NECK = (0.0462, 0.7371)
HEAD_AREA = 0.206
#: The spine within 7 nm of its base: a ball around the head that ends where the neck begins.
SPINE = Ball((0.0, 0.0, DENDRITE_RADIUS + 0.65), 0.65)
#: A place in the head beside the apparatus, from which molecules spread over the spine within a few ms.
BESIDE = Box((0.34, 0.0, DENDRITE_RADIUS + 0.99), (0.1, 0.2, 0.1))


@dataclass(frozen=True)
class Anatomy:
    """A spine on its dendrite, with a store, and what has which part in it.

    Parameters
    ----------
    mesh : Assembly
        ``cytosol`` and ``sa``.
    psd, spine, dendrite : tuple of str
        Regions with NMDA receptors, with VSCCs and fixed buffer (the PSD among them), and with pumps alone.
    receptors : tuple of str
        Regions with ryanodine receptors.
    zone : Ball or Box
        In which the ions of the spine are counted.
    volume : float
        Of the cytosol of the spine alone (um^3).
    beside : Ball or Box
        Wholly in the cytosol of the head: from here molecules spread over the spine within a few ms.
    """

    mesh: Assembly
    psd: tuple[str, ...]
    spine: tuple[str, ...]
    dendrite: tuple[str, ...]
    receptors: tuple[str, ...]
    zone: Ball | Box
    volume: float
    beside: Ball | Box


class Place(Protocol):
    """Where the receptors are, in which spine: what a study compares."""

    @property
    def name(self) -> str:
        """What figures and tables call it."""
        ...

    @cached_property
    def anatomy(self) -> Anatomy:
        """The spine."""
        ...


@dataclass(frozen=True)
class IdealPlace:
    """A place of the receptors in the ideal mushroom, one of `SITES`."""

    name: str

    @cached_property
    def anatomy(self) -> Anatomy:
        """The mushroom."""
        return ideal(self.name)


@cache
def _without_receptors() -> Assembly:
    whole = revolved_spine(
        "mushroom",
        apparatus="medium",
        apparatus_end=TUBE_HEIGHT - DENDRITE_RADIUS,
        dendrite_radius=DENDRITE_RADIUS,
        dendrite_length=DENDRITE_LENGTH,
    )
    tube = cylinder(TUBE_RADIUS, TUBE_LENGTH, rings=3).rotated((0.0, 1.0, 0.0), 90.0).moved((0.0, 0.0, TUBE_HEIGHT))
    store = united(whole.parts[APPARATUS], tube).coarsened(triangles=MOST_TRIANGLES)
    return Assembly({CYTOSOL: whole.parts[CYTOSOL], APPARATUS: store})


def united(one: TriangleMesh, other: TriangleMesh) -> TriangleMesh:
    """Return the union of two meshes that overlap."""
    vertices = np.concatenate([one.vertices, other.vertices])
    faces = np.concatenate([one.faces, other.faces + len(one.vertices)])
    return TriangleMesh.from_arrays(vertices, faces, unite=True, name=one.name)


@cache
def ideal(site: str) -> Anatomy:
    """Return the ideal mushroom of the model, with receptors at a site.

    Regions of the cytosol are ``psd``, ``head``, ``neck``, ``dendrite`` and ``dendrite_ends``, that of the store
    where receptors are is ``ryr``.

    Raises
    ------
    ModelError
        If the site is none of ``"neck"``, ``"head"`` (the top of the apparatus, below the PSD) and ``"everywhere"``.
    """
    checks.one_of("Place of the RyRs", site, SITES)
    parts = dict(_without_receptors().parts)
    parts[APPARATUS] = with_receptors(parts[APPARATUS], site)
    return Anatomy(
        Assembly(parts),
        psd=("cytosol.psd",),
        spine=("cytosol.psd", "cytosol.head", "cytosol.neck"),
        dendrite=("cytosol.dendrite",),
        receptors=(f"{APPARATUS}.{RYR_REGION}",),
        zone=SPINE,
        volume=revolved_spine("mushroom", apparatus="medium").compartments[0].volume,
        beside=BESIDE,
    )


def with_receptors(apparatus: TriangleMesh, site: str) -> TriangleMesh:
    """Return an apparatus with the region ``ryr``."""
    if site == "everywhere":
        return TriangleMesh.from_arrays(
            apparatus.vertices, apparatus.faces, {RYR_REGION: range(len(apparatus.faces))}, known_sound=True
        )
    low, high = (DENDRITE_RADIUS + height for height in NECK)
    tip = (0.0, 0.0, float(apparatus.bounds[1, 2]))
    where = Height(low, high) if site == "neck" else Grown(tip, HEAD_AREA)
    return apparatus.with_region(RYR_REGION, where, exact=True)
