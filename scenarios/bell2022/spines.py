"""The spines that are compared, and each of them as a model."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ...geometry import Assembly, TriangleMesh, revolved_spine
from ...model import Boundary, Model, Reaction, Release, Schedule, Scheme, Species, published_voltage
from ...model.proteins import SERCA, SERCA_ARCHIVED, calcium, ncx, nmda_receptor_jahr, pmca, serca, simple_buffer, vscc
from .parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

CYTOSOL = "cytosol"
VSCC_OPEN, NMDAR_OPEN = "VSCC_O", "NMDAR_O"
MEMBRANE = ("psd", "head", "neck")
KINDS = ("thin", "mushroom", "filopodial")


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
    """

    name: str
    kind: str
    scale: float = 1.0
    apparatus: str | None = None
    sizes: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def membrane(self) -> TriangleMesh:
        """The plasma membrane alone."""
        return revolved_spine(self.kind, scale=self.scale, apparatus=None, **self.sizes)

    @cached_property
    def mesh(self) -> TriangleMesh | Assembly:
        """The spine, with its apparatus if it has one."""
        if self.apparatus is None:
            return self.membrane
        return revolved_spine(self.kind, scale=self.scale, apparatus=self.apparatus, **self.sizes)


def spine_model(p: Parameters, mesh: TriangleMesh | Assembly) -> Model:
    """Build a spine with regions ``psd``, ``head``, ``neck`` and ``base``, and an apparatus if ``mesh`` has one.

    Nothing starts in equilibrium: buffers and pumps are free at the resting [Ca2+], as in the source. The base of the
    neck takes up Ca2+ and reflects the mobile buffer.
    """
    whole = isinstance(mesh, Assembly)
    prefix = f"{CYTOSOL}." if whole else ""
    membrane, base = tuple(prefix + region for region in MEMBRANE), f"{prefix}base"
    voltage, psd = published_voltage(p.potential), f"{prefix}psd"
    glutamate = Schedule.decays([0.0], p.glutamate_decay, p.glutamate)
    return Model(
        mesh,
        [
            calcium(p.calcium_rest, p.D_calcium),
            Scheme(reactions=(Reaction("Ca -> 0", p.decay, name="decay"),)),
            simple_buffer("Bm", p.mobile_buffer, on=1.0, off=1.0, D=p.D_buffer, start_calcium=0.0, group="buffer"),
            fixed_buffer(p, (*membrane, base)),
            pmca(p.pmca, membrane, 0.0),
            ncx(p.ncx, membrane, 0.0),
            vscc(voltage, density=p.vscc, region=(*membrane, base), start="C0"),
            nmda_receptor_jahr(glutamate, voltage, number=round(p.nmdar * mesh.area(psd)), region=psd),
            *(apparatus(p) if whole else ()),
        ],
        boundaries=[Boundary(base, "Ca", "absorbing")],
    )


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


def apparatus(p: Parameters) -> tuple[Scheme, ...]:
    """Calcium in the apparatus, and the pumps in its membrane."""
    rates = SERCA_ARCHIVED if p.serca_rates == "archived" else SERCA
    return (
        Scheme(releases=(Release("Ca", concentration=p.calcium_apparatus, compartment="sa"),)),
        serca(p.serca, "sa.membrane", rates=rates),
    )
