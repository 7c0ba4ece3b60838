"""Where molecules are, as far as well-mixed engines can tell: pools of one species in one compartment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..geometry.triangles import nearest_on_surface
from ..model import Model, Release, Term, units

#: Outside of every compartment.
NOWHERE = -1


class Pools:
    """The pools of a model: number ``s * compartments + c`` is of species s in compartment c.

    Surface species are on the membrane around the compartment, over which they are as well mixed as the others.

    Parameters
    ----------
    model : Model
        The model.
    """

    def __init__(self, model: Model) -> None:
        self.model, self.compartments = model, model.mesh.compartment_names
        self._codes = {name: code for code, name in enumerate(model.species_names)}
        self.volume: NDArray[np.float64] = np.array([space.volume for space in model.mesh.compartments])  # um^3

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.model.species) * len(self.compartments)

    @property
    def names(self) -> tuple[str, ...]:
        """What messages call them."""
        return tuple(self.label(name, home) for name in self.model.species_names for home in self.homes)

    @property
    def homes(self) -> range:
        """The compartments, each with the membrane around it."""
        return range(len(self.compartments))

    def label(self, name: str, home: int) -> str:
        """Return a name, with that of the compartment if there are several."""
        return name if len(self.compartments) == 1 else f"{name} in {self.compartments[home]}"

    @cached_property
    def scale(self) -> float:
        """Volume (um^3) of which all numbers are concentrations: the smallest, so that tolerances hold in all."""
        return float(self.volume.min())

    @cached_property
    def area(self) -> NDArray[np.float64]:
        """Area (um^2) of the membrane around each compartment."""
        inside, areas = self.model.mesh.face_compartments[:, 0], self.model.mesh.face_areas
        return np.array([areas[inside == home].sum() for home in self.homes])

    @cached_property
    def beyond(self) -> list[int]:
        """Compartment on the other side of the membrane around each, or `NOWHERE`."""
        sides = np.unique(self.model.mesh.face_compartments, axis=0)
        return [int(outside) for _, outside in sides]

    def of(self, species: str, home: int) -> int:
        """Return the pool of a species in a compartment, or `NOWHERE`."""
        return NOWHERE if home == NOWHERE else self._codes[species] * len(self.compartments) + home

    def at(self, term: Term, home: int) -> int:
        """Return the pool of a molecule of a reaction in a compartment or at the membrane around it, or `NOWHERE`."""
        return self.of(term.species, self.beyond[home] if term.side == "outside" else home)

    def count(self, terms: Iterable[Term], home: int) -> Counter[int]:
        """Return how many molecules of each pool there are among those of a reaction."""
        return Counter(self.at(term, home) for term in terms)

    def shares(self, release: Release) -> NDArray[np.float64]:
        """Return which share of a release gets into each compartment, or on the membrane around it."""
        homes, weights = self._placed(release)
        number = np.bincount(homes, weights, minlength=len(self.compartments))
        return number / (number.sum() or 1.0)

    def _placed(self, release: Release) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return compartments that a release reaches, with repetition, and the weight of each."""
        mesh, points = self.model.mesh, release.points
        if len(self.compartments) == 1:
            return np.zeros(1, np.int64), np.ones(1)
        if next(iter(release.fractions)) not in self.model.surface_species:
            home = mesh.compartment_at(release.point_array()) if points is not None else [self.model.home(release)]
            return np.asarray(home), np.ones(len(home))
        if points is not None:
            _, faces = nearest_on_surface(mesh.vertices[mesh.faces], release.point_array())
            return mesh.face_compartments[faces, 0], np.ones(len(faces))
        regions = mesh.region_faces(*self.model.regions_of(release))
        return mesh.face_compartments[regions, 0], mesh.face_areas[regions]

    @property
    def release_times(self) -> NDArray[np.float64]:
        """Times (s) after 0 at which molecules are released, sorted."""
        return np.unique(np.array([time for release in self.model.releases for time in release.times if time > 0]))

    def expected_numbers(self, time: float = 0.0) -> NDArray[np.float64]:
        """Return the expected number of molecules that are released at a time (s), shape (pools,)."""
        number = np.zeros((len(self.model.species), len(self.compartments)))
        for release in self.model.releases:
            if time in release.times:
                expected, shares = self.model.expected_number(release), self.shares(release)
                for name, fraction in release.fractions.items():
                    number[self._codes[name]] += fraction * release.probability * expected * shares
        return number.ravel()

    def draw_numbers(self, rng: np.random.Generator, time: float = 0.0) -> NDArray[np.int64]:
        """Draw the number of molecules that are released at a time (s), shape (pools,)."""
        number = np.zeros((len(self.model.species), len(self.compartments)), dtype=np.int64)
        for release in self.model.releases:
            if time in release.times:
                fractions = np.array(list(release.fractions.values()))
                codes = [self._codes[name] for name in release.fractions]
                for home, n in enumerate(self._drawn(release, rng)):
                    number[codes, home] += rng.multinomial(n, fractions / fractions.sum())
        return number.ravel()

    def _drawn(self, release: Release, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw how many molecules of a release get into each compartment."""
        total, shares = self.model.draw_number(release, rng), self.shares(release)
        if release.points is not None:
            return np.rint(total * shares).astype(np.int64)
        return rng.multinomial(total, shares)

    def per_molecule(self, places: Iterable[int], home: int) -> float:
        """Return by what the rate of a law is multiplied if concentrations are numbers in `scale`.

        Surface molecules, too, have a concentration: their number in the volume within the membrane. The rate is that
        of events in this volume.
        """
        factor = self.volume[home] / self.scale
        for place in places:
            factor *= self.per_scale(place)
        return float(factor)

    def per_scale(self, pool: int) -> float:
        """Return the concentration in a pool if its number in `scale` has one of 1."""
        return float(self.scale / self.volume[pool % len(self.compartments)])

    def molecules_per_uM(self, home: int) -> float:
        """Return the molecules in a compartment at 1 uM."""
        return units.molecules(1.0, float(self.volume[home]))
