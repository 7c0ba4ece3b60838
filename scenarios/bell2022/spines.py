"""The spines that are compared, and each of them as a model."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from ...geometry import Assembly, TriangleMesh, revolved_spine
from ...model import Boundary, Model, Reaction, Release, Schedule, Scheme, Species, published_voltage
from ...model.proteins import SERCA, SERCA_ARCHIVED, calcium, ncx, nmda_receptor_jahr, pmca, serca, simple_buffer
from ...model.proteins import vscc as vscc_channels
from .parameters import Parameters
from .places import VSCC_REGION, with_place

if TYPE_CHECKING:
    from collections.abc import Mapping

CYTOSOL, APPARATUS = "cytosol", "sa"
VSCC_OPEN, NMDAR_OPEN = "VSCC_O", "NMDAR_O"
KINDS = ("thin", "mushroom", "filopodial")


@dataclass(frozen=True)
class Regions:
    """Regions of a plasma membrane that have a part in the model.

    Parameters
    ----------
    psd : tuple of str
        Where NMDA receptors are.
    base : tuple of str
        Where the spine is open: takes up Ca2+, and has no pumps.
    vscc : tuple of str
        Where voltage-sensitive channels are, as many as all over; all over if there is none.
    """

    psd: tuple[str, ...] = ("psd",)
    base: tuple[str, ...] = ("base",)
    vscc: tuple[str, ...] = ()


REGIONS = Regions()


class AnySpine(Protocol):
    """What a study compares."""

    @property
    def name(self) -> str:
        """What figures and tables call it."""
        ...

    @cached_property
    def membrane(self) -> TriangleMesh:
        """The plasma membrane alone."""
        ...

    @cached_property
    def mesh(self) -> TriangleMesh | Assembly:
        """The spine, with its apparatus if it has one."""
        ...

    @property
    def regions(self) -> Regions:
        """Regions of the membrane."""
        ...


@dataclass(frozen=True)
class Spine:
    """A spine of a study.

    Parameters
    ----------
    name : str
        What figures and tables call it.
    kind : str
        As for :func:`~nanospine.geometry.revolved_spine`.
    scale : float
        Factor on all lengths.
    apparatus : str, optional
        Spine apparatus in it.
    sizes : mapping of str to float
        Sizes instead of the kind's.
    vscc : str, optional
        Place of the voltage-sensitive channels, as for :func:`~.places.with_place`; all over unless given.
    """

    name: str
    kind: str
    scale: float = 1.0
    apparatus: str | None = None
    sizes: Mapping[str, float] = field(default_factory=dict)
    vscc: str | None = None

    @cached_property
    def membrane(self) -> TriangleMesh:
        """The plasma membrane alone."""
        membrane = revolved_spine(self.kind, scale=self.scale, apparatus=None, **self.sizes)
        return membrane if self.vscc is None else with_place(membrane, self.vscc)

    @property
    def regions(self) -> Regions:
        """Regions of the membrane."""
        return REGIONS if self.vscc is None else replace(REGIONS, vscc=(VSCC_REGION,))

    @cached_property
    def mesh(self) -> TriangleMesh | Assembly:
        """The spine, with its apparatus if it has one."""
        if self.apparatus is None:
            return self.membrane
        return revolved_spine(self.kind, scale=self.scale, apparatus=self.apparatus, **self.sizes)


def spine_model(p: Parameters, mesh: TriangleMesh | Assembly, regions: Regions = REGIONS) -> Model:
    """Build a spine of its plasma membrane, or of an `Assembly` with an apparatus ``sa`` in the ``cytosol``.

    Nothing starts in equilibrium: buffers and pumps are free at the resting [Ca2+], as in the source. The base of the
    neck takes up Ca2+ and reflects the mobile buffer.
    """
    psd, base, vscc = (named(mesh, names) for names in (regions.psd, regions.base, regions.vscc))
    pumped = tuple(name for name in outer(mesh) if name not in base)
    whole = (*pumped, *base)
    voltage = published_voltage(p.potential)
    glutamate = Schedule.decays([0.0], p.glutamate_decay, p.glutamate)
    crowding = area(mesh, whole) / area(mesh, vscc or whole)
    return Model(
        mesh,
        [
            calcium(p.calcium_rest, p.D_calcium),
            Scheme(reactions=(Reaction("Ca -> 0", p.decay, name="decay"),)),
            simple_buffer("Bm", p.mobile_buffer, on=1.0, off=1.0, D=p.D_buffer, start_calcium=0.0, group="buffer"),
            fixed_buffer(p, whole),
            pmca(p.pmca, pumped, 0.0),
            ncx(p.ncx, pumped, 0.0),
            vscc_channels(voltage, density=p.vscc * crowding, region=vscc or whole, start="C0"),
            nmda_receptor_jahr(glutamate, voltage, number=round(p.nmdar * area(mesh, psd)), region=psd),
            *(apparatus(p, outer(mesh, APPARATUS)) if isinstance(mesh, Assembly) else ()),
        ],
        boundaries=[Boundary(region, "Ca", "absorbing") for region in base],
    )


def named(mesh: TriangleMesh | Assembly, regions: tuple[str, ...]) -> tuple[str, ...]:
    """Return regions of the plasma membrane as the whole mesh names them."""
    return tuple(f"{CYTOSOL}.{name}" for name in regions) if isinstance(mesh, Assembly) else regions


def outer(mesh: TriangleMesh | Assembly, part: str = CYTOSOL) -> tuple[str, ...]:
    """Return all regions of the plasma membrane, or of another part of an assembly."""
    if not isinstance(mesh, Assembly):
        return mesh.region_names
    return tuple(f"{part}.{name}" for name in mesh.parts[part].region_names)


def area(mesh: TriangleMesh | Assembly, regions: tuple[str, ...]) -> float:
    """Return the area (um^2) of some regions together."""
    return float(mesh.face_areas[mesh.region_faces(*regions)].sum())


def fixed_buffer(p: Parameters, regions: tuple[str, ...]) -> Scheme:
    """Buffer on the membrane that binds at 1 /(uM s) and releases at 2 /s."""
    return Scheme(
        (
            Species("Bf", where="surface", group="fixed buffer"),
            Species("Bf_Ca", where="surface", group="fixed buffer", content={"Ca": 1}),
        ),
        (Reaction("Ca[inside] + Bf <-> Bf_Ca", 1.0, 2.0, name="fixed_buffer"),),
        (Release("Bf", density=p.fixed_buffer, region=regions),),
    )


def apparatus(p: Parameters, membrane: tuple[str, ...]) -> tuple[Scheme, ...]:
    """Calcium in the apparatus, and the pumps in its membrane."""
    rates = SERCA_ARCHIVED if p.serca_rates == "archived" else SERCA
    return (
        Scheme(releases=(Release("Ca", concentration=p.calcium_apparatus, compartment=APPARATUS),)),
        serca(p.serca, membrane, rates=rates),
    )
