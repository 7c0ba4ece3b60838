"""What a run measures besides the counts and events that it always records."""

from __future__ import annotations

from dataclasses import dataclass

from . import checks
from .errors import ModelError


@dataclass(frozen=True)
class Sampler:
    """Counts one species in a box at every time step and reports the mean over each output interval.

    Parameters
    ----------
    name : str
        Label in the results.
    species : str
        What is counted.
    center : tuple of float, optional
        Centre of the box (um); the whole compartment if omitted.
    edges : tuple of float, optional
        Edge lengths of the box (um).
    while_present : str, optional
        A species, such as the open state of a channel: the mean over the steps at which it is present is
        reported as well.
    """

    name: str
    species: str
    center: tuple[float, float, float] | None = None
    edges: tuple[float, float, float] | None = None
    while_present: str | None = None

    def __post_init__(self) -> None:
        if (self.center is None) != (self.edges is None):
            raise ModelError(f"Sampler {self.name!r}: give both center and edges, or neither for the whole volume.")
        for what in ("center", "edges"):
            values = getattr(self, what)
            if values is not None and len(values) != 3:
                raise ModelError(f"Sampler {self.name!r}: {what} is {values!r}; give three numbers (um).")
        for coordinate in self.center or ():
            checks.finite(f"Sampler {self.name!r}: center (um)", coordinate)
        for axis, edge in zip("xyz", self.edges or (), strict=False):
            checks.positive(f"Sampler {self.name!r}: edge {axis} (um)", edge)
