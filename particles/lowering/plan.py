"""What several tables need of a model."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...geometry import ReactionVoxels, reaction_voxels
from ...model import Model, Schedule, Step, Term
from ..discretization import Discretization
from ..kernels.tables import Floats, Ints, Longs
from .boundaries import boundary_codes, face_sides, rule_codes
from .periods import periods

#: Diffusion coefficient (um^2/s) and period of two species that meet.
Way = tuple[tuple[float, int], tuple[float, int]]


class Rate(NamedTuple):
    """Highest value of a rate, and the number of its schedule, -1 if it is constant."""

    peak: float
    schedule: int


class Plan:
    """What several tables need of a model: each is worked out once, when a table first asks for it.

    Parameters
    ----------
    model : Model
        The model.
    engine : Discretization
        Time step and resolution.
    """

    def __init__(self, model: Model, engine: Discretization) -> None:
        self.model, self.mesh = model, model.mesh
        self.dt, self.escape = engine.dt, engine.escape
        self._voxel = engine.voxel

    def codes(self, terms: Iterable[Term]) -> list[int]:
        """Return the species of some terms as kernels number them: in the order of definition."""
        return [self.model.index(term.species) for term in terms]

    def steps(self, order: int) -> list[tuple[int, Step]]:
        """Return the reactions of an order and their event counters."""
        return [(event, step) for event, step in enumerate(self.model.steps) if step.order == order]

    @cached_property
    def D(self) -> Floats:
        """Diffusion coefficients (um^2/s), shape (species,)."""
        return np.array([species.D for species in self.model.species], dtype=np.float64)

    @cached_property
    def on_surface(self) -> NDArray[np.bool_]:
        """Whether each species lives in the membrane, shape (species,)."""
        return np.array([species.is_on_surface for species in self.model.species], dtype=bool)

    @cached_property
    def period(self) -> Longs:
        """Steps from one move of each species to the next, a power of two, 0 if it never moves; shape (species,)."""
        return periods(self.model, self.dt, float(self.voxels.size.min()))

    def way(self, a: int, b: int) -> Way:
        """Return how two species move: diffusion coefficient and period of both, the slower first."""
        first, second = sorted((float(self.D[code]), int(self.period[code])) for code in (a, b))
        return first, second

    @cached_property
    def ways(self) -> list[Way]:
        """The ways to move of the pairs that meet in the volume, each once."""
        pairs = [self.codes(self.partners(step)) for _, step in self.steps(order=2)]
        return sorted({self.way(a, b) for a, b in pairs if not self.on_surface[a]})

    @cached_property
    def voxels(self) -> ReactionVoxels:
        """The compartments, divided into reaction cells."""
        return reaction_voxels(self.mesh, self._voxel)

    @cached_property
    def corners(self) -> Floats:
        """Corners of the triangles (um), shape (triangles, 3, 3)."""
        return self.mesh.vertices[self.mesh.faces]

    @cached_property
    def sides(self) -> Ints:
        """Compartments OUTSIDE and INSIDE each triangle, shape (triangles, 2)."""
        return face_sides(self.mesh)

    @cached_property
    def boundary(self) -> Ints:
        """Boundary of each triangle and species, -1 for a plain wall, shape (triangles, species)."""
        return boundary_codes(self.model)

    @cached_property
    def rule(self) -> Ints:
        """Rule of each boundary."""
        return rule_codes(self.model)

    @cached_property
    def schedules(self) -> list[Schedule]:
        """The rates that change in time, in the order of the reactions."""
        return [step.rate for step in self.model.steps if isinstance(step.rate, Schedule)]

    @cached_property
    def rates(self) -> list[Rate]:
        """The rates of all reactions, in the units of the model."""
        found, scheduled = [], 0
        for step in self.model.steps:
            if isinstance(step.rate, Schedule):
                found.append(Rate(max(step.rate.values), scheduled))
                scheduled += 1
            else:
                found.append(Rate(step.rate, -1))
        return found

    def partners(self, step: Step) -> tuple[Term, Term]:
        """Return who of two reactants looks for whom: volume molecules for those on the surface, fast ones for slow.

        However a reaction is written, two species have the same roles in all of theirs.
        """

        def slowness(term: Term) -> tuple[bool, float, int]:
            code = self.model.index(term.species)
            return bool(self.on_surface[code]), -float(self.D[code]), code

        first, second = sorted(step.reactants, key=slowness)
        return first, second
