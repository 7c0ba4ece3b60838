"""Lowering of the places where molecules are counted or followed, and their volumes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ...model import Ball, Box, GeometryError, Mesh, Sampler, Shell
from ..kernels.tables import Floats
from ..kernels.walls import TOUCH
from ..kernels.zones import ZONE

#: Points, a power of two, at which a ball or shell is tested for walls: its volume is known to about 0.1 %.
POINTS_LOG2 = 16
EVERYWHERE = (-np.inf, -np.inf, -np.inf, np.inf, np.inf, np.inf, 0.0, 0.0, 0.0, 0.0, np.inf)
WHOLE = (np.inf, np.inf, np.inf, -np.inf, -np.inf, -np.inf, 0.0, 0.0, 0.0, 0.0, np.inf)


def zone_row(place: Ball | Box | Shell | None) -> tuple[float, ...]:
    """Return the columns of a place, of all space if there is none."""
    match place:
        case Box(center, edges):
            # What lies in a wall that the box is flush with counts.
            half = np.divide(edges, 2) + TOUCH
            return (*np.subtract(center, half), *np.add(center, half), *WHOLE[6:])
        case Ball(center, radius):
            return (*place.bounds.ravel(), *center, 0.0, radius**2)
        case Shell(center, inner, outer):
            return (*place.bounds.ravel(), *center, inner**2, outer**2)
    return EVERYWHERE


def sampler_zone(sampler: Sampler) -> tuple[float, ...]:
    """Return the columns of the zone of a sampler."""
    return WHOLE if sampler.within is None else zone_row(sampler.within)


def zone_rows(zones: Iterable[tuple[float, ...]]) -> Floats:
    """Return zones as rows of a table, shape (zones, ZONE)."""
    return np.array(list(zones), dtype=np.float64).reshape(-1, ZONE)


def sampled_volume(sampler: Sampler, mesh: Mesh) -> float:
    """Return the volume (um^3) inside the mesh that a sampler looks at.

    Raises
    ------
    GeometryError
        If there is none.
    """
    if sampler.within is None:
        return mesh.volume
    return accessible_volume(f"Sampler {sampler.name!r}", sampler.within, mesh)


def accessible_volume(what: str, place: Ball | Box | Shell, mesh: Mesh) -> float:
    """Return the volume (um^3) of a place inside a mesh, exactly if no wall cuts it, as none cuts a box.

    Raises
    ------
    GeometryError
        If there is none.
    """
    from scipy.stats import qmc

    if isinstance(place, Box):
        return place.volume
    points = qmc.Sobol(3, scramble=False).random_base2(POINTS_LOG2)
    share = float(mesh.contains(place.from_unit(points)).mean())
    if share == 0:
        raise GeometryError(f"{what}: its place lies outside the mesh; move it inside.")
    return share * place.volume
