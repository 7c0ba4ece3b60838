"""Any spine: the protocol of the ideal ones on a mesh of the user's, with or without a spine apparatus."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ...geometry import Assembly, TriangleMesh, load_mesh, revolved_spine
from ...model import ParameterError, checks
from ..base import param
from . import study
from .parameters import Parameters
from .spines import APPARATUS, CYTOSOL, Regions

if TYPE_CHECKING:
    import xarray as xr

    from ..claims import Claim

OURS = "mushroom"


@dataclass(frozen=True)
class MeshParameters(Parameters):
    """Parameters of a spine of the user's; see ``nanospine show bell2022.mesh``."""

    mesh: str = param("", "", f"file of the plasma membrane; our own {OURS} unless given", "user")
    scale_to_um: float = param(1.0, "um", "length of the unit of the files: 1 for um, 0.001 for nm", "user")
    psd: str = param("psd", "", "regions with NMDA receptors, separated by commas", "user")
    base: str = param("base", "", "regions that take up Ca2+, where the spine is open; empty for none", "user")
    vscc_regions: str = param("", "", "regions of the VSCCs, as many as all over; all over unless given", "user")
    apparatus: str = param("", "", "file of a spine apparatus inside, in the same unit", "user")

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.positive("scale_to_um", self.scale_to_um, error=ParameterError)
        if self.apparatus and not self.mesh:
            raise ParameterError("apparatus is given without mesh; give the mesh of the membrane around it, too.")
        if not names(self.psd):
            raise ParameterError("psd names no region; give at least one, for the NMDA receptors.")


@dataclass(frozen=True)
class MeshSpine:
    """A spine read from files.

    Parameters
    ----------
    p : MeshParameters
        Which files, in what unit, and what the regions are called.
    """

    p: MeshParameters

    @property
    def name(self) -> str:
        """What figures and tables call it, with a word of the mesh itself: trials of another file are others."""
        return f"{Path(self.p.mesh).stem}, {self.mesh.sha256[:6]}" if self.p.mesh else OURS

    @cached_property
    def membrane(self) -> TriangleMesh:
        """The plasma membrane alone."""
        if not self.p.mesh:
            return revolved_spine(OURS)
        return load_mesh(self.p.mesh, scale_to_um=self.p.scale_to_um)

    @cached_property
    def mesh(self) -> TriangleMesh | Assembly:
        """The spine, with its apparatus if it has one."""
        if not self.p.apparatus:
            return self.membrane
        return Assembly(
            {CYTOSOL: self.membrane, APPARATUS: load_mesh(self.p.apparatus, scale_to_um=self.p.scale_to_um)}
        )

    @property
    def regions(self) -> Regions:
        """Regions of the membrane."""
        return Regions(names(self.p.psd), names(self.p.base), names(self.p.vscc_regions))


def names(text: str) -> tuple[str, ...]:
    """Return the names in a list with commas."""
    return tuple(filter(None, map(str.strip, text.split(","))))


def claims(p: MeshParameters, data: xr.Dataset) -> list[Claim]:
    """Make no claim: nobody has said anything of this spine."""
    return []


SCENARIO = study.scenario(
    "mesh",
    "Calcium and weight of a spine of the user's, from a mesh with regions",
    lambda p: (MeshSpine(p),),
    claims,
    parameters=MeshParameters,
    by_size=False,
    figure="Bell et al. 2022, any spine",
)
