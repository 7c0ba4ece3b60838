"""What a run measures besides the counts and events that it always records."""

from __future__ import annotations

from dataclasses import dataclass

from .arguments import checked
from .errors import ModelError
from .places import Ball, Box, Shell


@checked
@dataclass(frozen=True)
class Sampler:
    """Counts one species in a place at every time step and reports the mean over each output interval.

    The results have the accessible volume too: see :meth:`~nanospine.results.Result.sampled_concentration`.

    Parameters
    ----------
    name : str
        Label in the results.
    species : str
        What is counted.
    within : Ball, Box or Shell, optional
        Where; the whole volume if omitted. Walls may cut a ball or a shell, a box lies inside the mesh.
    while_present : str, optional
        A species, such as the open state of a channel: the mean over the steps at which it is present is
        reported as well.
    """

    name: str
    species: str
    within: Ball | Box | Shell | None = None
    while_present: str | None = None


@checked
@dataclass(frozen=True)
class Residence:
    """Measures how long each molecule of a species stays in a place or on a region, one visit after the other.

    Molecules are looked at at the end of each time step. A visit ends when the molecule is seen elsewhere, has
    become another species, or is gone; it lasts as many steps as it was seen, so that shorter ones count only as far as
    they fall on a step. See :meth:`~nanospine.results.Result.visits`.

    Parameters
    ----------
    name : str
        Label in the results.
    species : str
        Whose molecules are followed.
    within : Ball, Box or Shell, optional
        A place, as for a :class:`Sampler`.
    region : str, optional
        A region of the mesh, for surface species.

    Raises
    ------
    ModelError
        If not exactly one place is given.
    """

    name: str
    species: str
    within: Ball | Box | Shell | None = None
    region: str | None = None

    def __post_init__(self) -> None:
        if (self.within is None) == (self.region is None):
            raise ModelError(f"Residence {self.name!r}: give a place (within) or a region.")
