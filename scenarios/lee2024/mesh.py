"""Any spine with a store: ryanodine receptors on a store of the user's, in a spine of the user's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...geometry import Assembly, TriangleMesh, load_mesh
from ...geometry.triangles import nearest_on_surface
from ...model import Ball, ParameterError, checks
from ..base import param
from ..bell2022.mesh import names
from ..bell2022.spines import APPARATUS, CYTOSOL
from .geometry import Anatomy, IdealPlace, Place
from .parameters import Parameters
from .study import as_archived, scenario

if TYPE_CHECKING:
    import xarray as xr

    from ..claims import Claim

#: Points by which the volume of the spine is known to some 0.5 %; those whose distance to the walls is looked at; and
#: how much of the room around the deepest of these molecules begin in.
POINTS, TRIED, ROOM = 500_000, 2000, 0.9


@dataclass(frozen=True)
class MeshParameters(Parameters):
    """Parameters of a spine of the user's; see ``nanospine show lee2024.mesh``."""

    mesh: str = param("", "", "file of the plasma membrane; our own mushroom with receptors in the neck unless given",
                      "user")  # fmt: skip
    store: str = param("", "", "file of the store inside, in the same unit", "user")
    scale_to_um: float = param(1.0, "um", "length of the unit of the files: 1 for um, 0.001 for nm", "user")
    psd: str = param("psd", "", "regions with NMDA receptors, separated by commas", "user")
    spine: str = param("head,neck", "", "the other regions of the spine, with VSCCs and fixed buffer", "user")
    bare: str = param("", "", "regions without proteins; all that are left have pumps alone", "user")
    receptors: str = param("ryr", "", "regions of the store with ryanodine receptors", "user")
    label: str = param("spine", "", "name in tables; real to compare with the archived trials of that spine", "user")

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.positive("scale_to_um", self.scale_to_um, error=ParameterError)
        if bool(self.mesh) != bool(self.store):
            raise ParameterError("Of mesh and store one is given; give both files, or none for our own mushroom.")
        for name in ("psd", "spine", "receptors"):
            if not names(getattr(self, name)):
                raise ParameterError(f"{name} names no region; give at least one.")


@dataclass(frozen=True)
class MeshPlace:
    """Receptors in a spine that is read from files.

    Parameters
    ----------
    p : MeshParameters
        Which files, in what unit, and what the regions are called.
    """

    p: MeshParameters

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.p.label

    @cached_property
    def anatomy(self) -> Anatomy:
        """The spine and what its regions are."""
        p = self.p
        membrane, store = (load_mesh(file, scale_to_um=p.scale_to_um) for file in (p.mesh, p.store))
        psd, spine, bare = names(p.psd), (*names(p.psd), *names(p.spine)), names(p.bare)
        membrane.region_faces(*spine, *bare)  # an unknown name is an error
        corners = membrane.vertices[membrane.faces[membrane.region_faces(*spine)]].reshape(-1, 3)
        zone = _around(corners)
        inside = zone.sample(POINTS, np.random.default_rng(0))
        inside = inside[membrane.contains(inside) & ~store.contains(inside)]
        return Anatomy(
            Assembly({CYTOSOL: membrane, APPARATUS: store}),
            psd=tuple(f"{CYTOSOL}.{name}" for name in psd),
            spine=tuple(f"{CYTOSOL}.{name}" for name in spine),
            dendrite=tuple(f"{CYTOSOL}.{name}" for name in membrane.region_names if name not in (*spine, *bare)),
            receptors=tuple(f"{APPARATUS}.{name}" for name in names(p.receptors)),
            zone=zone,
            volume=zone.volume * len(inside) / POINTS,
            beside=_roomiest(inside[:TRIED], (membrane, store)),
        )


def _around(points: NDArray[np.float64]) -> Ball:
    """Return the smallest ball around some points."""
    from trimesh.nsphere import minimum_nsphere

    center, radius = minimum_nsphere(points)
    return Ball(tuple(map(float, center)), float(radius))


def _roomiest(points: NDArray[np.float64], walls: tuple[TriangleMesh, ...]) -> Ball:
    """Return about the largest ball around one of some points that touches no wall."""
    to_walls = [nearest_on_surface(mesh.vertices[mesh.faces], points)[0] - points for mesh in walls]
    room = np.linalg.norm(to_walls, axis=2).min(axis=0)
    deepest = int(np.argmax(room))
    return Ball(tuple(map(float, points[deepest])), ROOM * float(room[deepest]))


def places(p: MeshParameters) -> tuple[Place, ...]:
    """Return the one spine."""
    return (MeshPlace(p) if p.mesh else IdealPlace("neck"),)


def claims(p: MeshParameters, data: xr.Dataset) -> list[Claim]:
    """Hold the archived trials against ours, if they are of the same place."""
    from .analysis import departures

    return as_archived({name: gap for name, gap in departures(data).items() if gap.se > 0})


SCENARIO = scenario(
    "mesh",
    "Ryanodine receptors on a store of the user's, from meshes with regions",
    "SpineApparatus 2025, any spine",
    places,
    claims,
    parameters=MeshParameters,
)
