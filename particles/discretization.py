"""Time step and resolution of the particle engine."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from ..model import ParameterError, checks


@dataclass(frozen=True)
class Discretization:
    """How time and space are divided.

    Parameters
    ----------
    dt : float
        Time step (s).
    voxel : float
        Edge of the voxels (um) in which partners meet: the spatial resolution of reactions.
    escape : float
        Distance (um) from the mesh's bounding box beyond which molecules that left are forgotten.

    Raises
    ------
    ParameterError
        If one is not positive.
    """

    dt: float = 1e-6
    voxel: float = 0.02
    escape: float = 3.0

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            checks.positive(f"Particle engine: {field.name}", value, error=ParameterError)
            object.__setattr__(self, field.name, float(value))
