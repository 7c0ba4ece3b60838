"""What a run measures besides the counts and events that it always records."""

from __future__ import annotations

from dataclasses import dataclass

from . import checks
from .errors import ModelError
from .places import Shell


@dataclass(frozen=True)
class Sampler:
    """Counts one species in a box or shell at every time step and reports the mean over each output interval.

    The results have the accessible volume too: see :meth:`~nanospine.results.Result.sampled_concentration`.

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
    within : Shell, optional
        A shell or ball instead of a box; walls may cut it.

    Raises
    ------
    ModelError
        If the place is stated twice or in part.
    """

    name: str
    species: str
    center: tuple[float, float, float] | None = None
    edges: tuple[float, float, float] | None = None
    while_present: str | None = None
    within: Shell | None = None

    def __post_init__(self) -> None:
        if self.center is not None and self.within is not None:
            raise ModelError(f"Sampler {self.name!r} has a box and a shell; give one of them.")
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

    @property
    def is_local(self) -> bool:
        """Whether it looks at a part of the volume only."""
        return self.center is not None or self.within is not None


@dataclass(frozen=True)
class Residence:
    """Measures how long each molecule of a species stays in a shell or on a region, one visit after the other.

    Molecules are looked at after the moves of each time step. A visit ends when the molecule is seen elsewhere, has
    become another species, or is gone; it lasts as many steps as it was seen, so that shorter ones count only as far as
    they fall on a step. See :meth:`~nanospine.results.Result.visits`.

    Parameters
    ----------
    name : str
        Label in the results.
    species : str
        Whose molecules are followed.
    within : Shell, optional
        A shell or ball.
    region : str, optional
        A region of the mesh, for surface species.

    Raises
    ------
    ModelError
        If not exactly one place is given.
    """

    name: str
    species: str
    within: Shell | None = None
    region: str | None = None

    def __post_init__(self) -> None:
        if (self.within is None) == (self.region is None):
            raise ModelError(f"Residence {self.name!r}: give a shell (within) or a region.")
