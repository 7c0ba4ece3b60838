"""The declarative model: what exists, what it does, and what is measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from . import checks, units
from .arguments import checked
from .boundaries import RULES, Boundary
from .document import Document
from .errors import GeometryError, ModelError
from .formula import Formula, check_names
from .kinds import Kind, kind_of
from .mesh import Mesh, Space
from .observables import Residence, Sampler
from .placement import Release
from .places import Box, Place
from .reactions import Reaction, Step
from .species import Species

#: One molecule per 10 nm x 10 nm of membrane: about the footprint of a pump, and MCell's default tile.
MAX_SURFACE_DENSITY = 1e4
#: Up to here whole numbers have a floating-point number each.
MOST_MOLECULES = 2.0**53
#: What documents of models say that they are.
FORMAT, VERSION = "nanospine-model", 1


@checked
@dataclass(frozen=True)
class Scheme:
    """A kinetic scheme: the species, reactions and initial molecules of one protein or ion."""

    species: tuple[Species, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    releases: tuple[Release, ...] = ()


@checked
@dataclass(frozen=True)
class Model:
    """Everything that an engine needs to know.

    Parameters
    ----------
    mesh : Mesh
        The surface with its regions; of several compartments an :class:`~nanospine.geometry.Assembly`.
    schemes : sequence of Scheme
        Proteins and ions; their parts are joined with the parts below.
    species, reactions, releases : sequences
        Further parts.
    boundaries : sequence of Boundary
        Rules other than reflection.
    samplers : sequence of Sampler
        Concentration measurements.
    residences : sequence of Residence
        Measurements of how long molecules stay.

    Raises
    ------
    ModelError, GeometryError
        If the parts do not fit together; the message names the part and the value.
    """

    mesh: Mesh
    schemes: Sequence[Scheme] = ()
    species: Sequence[Species] = ()
    reactions: Sequence[Reaction] = ()
    releases: Sequence[Release] = ()
    boundaries: Sequence[Boundary] = ()
    samplers: Sequence[Sampler] = ()
    residences: Sequence[Residence] = ()

    def __post_init__(self) -> None:
        schemes = tuple(self.schemes)
        for part in ("species", "reactions", "releases"):
            joined = tuple(item for scheme in schemes for item in getattr(scheme, part)) + tuple(getattr(self, part))
            object.__setattr__(self, part, joined)
        object.__setattr__(self, "schemes", ())
        object.__setattr__(self, "boundaries", tuple(self.boundaries))
        object.__setattr__(self, "samplers", tuple(self.samplers))
        object.__setattr__(self, "residences", tuple(self.residences))
        _check_species(self)
        _check_reactions(self)
        _check_releases(self)
        _check_boundaries(self)
        _check_samplers(self)
        _check_residences(self)

    def to_document(self) -> Document:
        """Return the model as plain data and arrays, from which :meth:`from_document` makes it again.

        Raises
        ------
        ModelError
            If the mesh is of a class that nanospine does not export.
        """
        return self._document

    @cached_property
    def _document(self) -> Document:
        found = Document.of(self)
        return Document({"format": FORMAT, "version": VERSION, **found.data}, found.arrays)

    @classmethod
    def from_document(cls, document: Document) -> Model:
        """Return the model of a document: it runs as the one that the document was made of, to the last bit.

        Raises
        ------
        ModelError
            If the document is of another format or version, or cannot be read; see :meth:`Document.read`.
        NanospineError
            If its parts do not fit together.
        """
        data = dict(document.data)
        found = (data.pop("format", None), data.pop("version", None))
        if found != (FORMAT, VERSION):
            raise ModelError(
                f"The document is of format {found[0]!r}, version {found[1]!r}; "
                f"this nanospine reads {FORMAT!r}, version {VERSION}."
            )
        model = Document(data, document.arrays).read()
        if not isinstance(model, cls):
            raise ModelError(f"The document holds a {type(model).__name__}; give that of a model.")
        return model

    @cached_property
    def species_names(self) -> tuple[str, ...]:
        """Names of all species, in the order of definition."""
        return tuple(species.name for species in self.species)

    @cached_property
    def surface_species(self) -> frozenset[str]:
        """Names of the species that live in a membrane."""
        return frozenset(species.name for species in self.species if species.is_on_surface)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All irreversible reactions, in the order of definition."""
        return tuple(step for reaction in self.reactions for step in reaction.steps)

    def index(self, species: str) -> int:
        """Return the position of a species in :attr:`species_names`.

        Raises
        ------
        ModelError
            If there is no such species.
        """
        checks.one_of("Species", species, self.indices)
        return self.indices[species]

    @cached_property
    def indices(self) -> dict[str, int]:
        """Position of each species, by its name."""
        return {name: index for index, name in enumerate(self.species_names)}

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """Kind of each of :attr:`steps`, by its name."""
        return {step.name: kind_of(step, self.surface_species) for step in self.steps}

    def is_on_surface(self, step: Step) -> bool:
        """Say whether a reaction is between two surface molecules, with a rate in um^2/s."""
        return self.kinds[step.name].between_surface_molecules

    def rate_unit(self, step: Step) -> str:
        """Return the unit of the rate of a reaction."""
        return self.kinds[step.name].rate_unit(step.order)

    def check_taken_by(self, taker: str) -> None:
        """Refuse reactions of a kind that an engine or format does not take; see :mod:`.kinds`.

        Raises
        ------
        ModelError, NotExportableError
            With the first such reaction.
        """
        for name, kind in self.kinds.items():
            kind.check_taken_by(taker, name)

    def check_surroundings(self) -> None:
        """Refuse reactions with molecules from outside of a mesh around which there is nothing.

        Raises
        ------
        ModelError
            With the first such reaction.
        """
        for step in self.steps:
            if len(self.mesh.compartment_names) == 1 and any(term.side == "outside" for term in step.reactants):
                raise ModelError(
                    f"Reaction {step.name!r} happens outside {self.mesh.name!r}, where there is no compartment; "
                    "put a mesh around it, Assembly({'cytosol': ..., 'outside': ...})."
                )

    def content(self, moiety: str) -> np.ndarray:
        """Return how much of a conserved thing one molecule of each species carries, shape (species,)."""
        return np.array([species.content.get(moiety, 0) for species in self.species], dtype=np.int64)

    def expected_number(self, release: Release) -> float:
        """Expected number of molecules of a release, each time that it happens."""
        if release.number is not None:
            return float(release.number)
        if release.concentration is not None:
            space = self.mesh.compartments[self.home(release)] if release.within is None else release.within
            return units.molecules(release.concentration, space.volume)
        if release.density is not None:
            return release.density * self.area(release)
        return float(len(release.point_array()))

    def draw_number(self, release: Release, rng: np.random.Generator) -> int:
        """Draw the number of molecules of a release at one time: rounded at random, so that the mean is right."""
        if release.probability < 1 and rng.random() >= release.probability:
            return 0
        expected = self.expected_number(release)
        if release.number_sd:
            expected = max(0.0, rng.normal(expected, release.number_sd))
        return int(expected) + int(rng.random() < expected % 1)

    def area(self, release: Release) -> float:
        """Area (um^2) over which a release is spread."""
        return sum(map(self.mesh.area, self.regions_of(release)))

    def home(self, release: Release) -> int:
        """Compartment in which the volume molecules of a release are placed."""
        return 0 if release.compartment is None else self.mesh.compartment_names.index(release.compartment)

    def regions_of(self, release: Release) -> tuple[str, ...]:
        """Regions over which a release of surface molecules is spread: those of the first compartment unless given."""
        if release.regions:
            return release.regions
        around = np.unique(self.mesh.face_region[self.mesh.face_compartments[:, 0] == 0])
        return tuple(self.mesh.region_names[region] for region in around)


def _unique(kind: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ModelError(f"{kind} {name!r} is defined twice; rename or remove one.")
        seen.add(name)


def _check_species(model: Model) -> None:
    if not model.species_names:
        raise ModelError("The model has no species; give at least one Species or Scheme.")
    _unique("Species", model.species_names)


def _check_reactions(model: Model) -> None:
    _unique("Reaction", (step.name for step in model.steps))
    surface = model.surface_species
    for step in model.steps:
        terms = step.reactants + step.products
        if isinstance(step.law, Formula):
            check_names(step.law, step.name, model.indices)
        for term in terms + step.law.terms:
            checks.one_of(f"Reaction {step.name!r}: species", term.species, model.indices)
        both_sides = {"inside", "outside"} <= {term.side for term in terms + step.law.terms}
        at_membrane = both_sides or any(term.species in surface for term in terms)
        for term in terms:
            if term.species in surface and term.side:
                raise ModelError(
                    f"Reaction {step.name!r}: {term.species} is a surface species and has no side; "
                    f"remove [{term.side}]."
                )
            if term.species not in surface and at_membrane != bool(term.side):
                remedy = (
                    f"write {term.species}[inside] or {term.species}[outside]"
                    if at_membrane
                    else f"remove [{term.side}]"
                )
                raise ModelError(
                    f"Reaction {step.name!r}: a side belongs to volume species in reactions at a membrane, and only "
                    f"there; {remedy}."
                )
        for term in step.law.terms:
            if term.side and not at_membrane:
                raise ModelError(f"Reaction {step.name!r}: {term} in its law is at no membrane; remove [{term.side}].")
        if step.compartment is not None:
            what = f"Reaction {step.name!r}: compartment"
            checks.one_of(what, step.compartment, model.mesh.compartment_names)
            if any(term.species in surface for term in terms):
                raise ModelError(
                    f"{what} {step.compartment!r} is given to one of surface molecules, which happens where these are; "
                    "leave it out."
                )
        n_before = sum(term.species in surface for term in step.reactants)
        n_after = sum(term.species in surface for term in step.products)
        if n_after and not n_before:
            raise ModelError(
                f"Reaction {step.name!r} makes {n_after} surface molecules from none; "
                "a membrane molecule needs a membrane reactant to take its place."
            )


def _check_releases(model: Model) -> None:
    on_surface = 0.0
    for release in model.releases:
        for name in release.fractions:
            checks.one_of("Release: species", name, model.indices)
        label = "/".join(release.fractions)
        kinds = {name in model.surface_species for name in release.fractions}
        if len(kinds) > 1:
            raise ModelError(f"Release of {label} mixes surface and volume species; release them separately.")
        surface = kinds == {True}
        for region in release.regions:
            checks.one_of(f"Release of {label}: region", region, model.mesh.region_names)
        if surface and release.concentration is not None:
            raise ModelError(f"Release of {label}: surface species have a density (1/um^2), not a concentration.")
        if not surface and (release.density is not None or release.regions):
            raise ModelError(f"Release of {label}: volume species have a concentration (uM), not a density or region.")
        if release.compartment is not None:
            checks.one_of(f"Release of {label}: compartment", release.compartment, model.mesh.compartment_names)
            if surface:
                raise ModelError(f"Release of {label}: surface species lie on a region, not in a compartment.")
        if release.within is not None:
            if surface:
                raise ModelError(f"Release of {label}: only volume species are released within a place; give a region.")
            space = model.mesh.compartments[model.home(release)]
            home = f"compartment {release.compartment!r}" if release.compartment else "the mesh"
            _check_inside(f"Release of {label}: point of its place", release.within.hull(), space, home)
        number = model.expected_number(release)
        if number + release.number_sd > MOST_MOLECULES:
            raise ModelError(
                f"Release of {label}: {number + release.number_sd:.4g} molecules cannot be counted exactly; "
                f"release at most {MOST_MOLECULES:.4g}."
            )
        if surface:
            on_surface += number * len(release.times)
            if release.points is None:
                _check_footprint(f"Release of {label}", number, model.area(release))
        elif release.points is not None:
            _check_inside(f"Release of {label}: point", release.point_array(), model.mesh)
    _check_footprint("All surface molecules together", on_surface, model.mesh.area())


def _check_footprint(what: str, number: float, area: float) -> None:
    if number > MAX_SURFACE_DENSITY * area:
        raise ModelError(
            f"{what}: {number:.0f} molecules on {area:.4g} um^2 are {number / area:.4g} per um^2; "
            f"at most {MAX_SURFACE_DENSITY:g} per um^2 fit (10 nm x 10 nm each); lower the density."
        )


def _check_inside(what: str, points: np.ndarray, space: Space, where: str = "the mesh") -> None:
    outside = np.flatnonzero(~space.contains(points))
    if outside.size:
        raise GeometryError(f"{what} {points[outside[0]].tolist()} um lies outside {where}; move it inside.")


def _check_boundaries(model: Model) -> None:
    for boundary in model.boundaries:
        checks.one_of("Boundary: region", boundary.region, model.mesh.region_names)
        checks.one_of("Boundary: species", boundary.species, model.indices)
        if boundary.species in model.surface_species and boundary.behaviour.at_rim is None:
            raise ModelError(
                f"Boundary {boundary.region}/{boundary.species} is {boundary.rule}, which is for volume species; to a "
                f"surface species a region is one of: {', '.join(name for name, rule in RULES.items() if rule.at_rim)}."
            )
        if boundary.concentration is not None and model.species[model.index(boundary.species)].D == 0:
            raise ModelError(
                f"Boundary {boundary.region}/{boundary.species} is a clamp, but {boundary.species} does not move "
                "(D = 0): none would ever come from the surface; give the species D > 0, or release its molecules."
            )
    _unique("Boundary", (f"{b.region}/{b.species}" for b in model.boundaries))


def _check_samplers(model: Model) -> None:
    _unique("Sampler", (sampler.name for sampler in model.samplers))
    for sampler in model.samplers:
        checks.one_of(f"Sampler {sampler.name!r}: species", sampler.species, model.indices)
        if sampler.while_present is not None:
            checks.one_of(f"Sampler {sampler.name!r}: while_present", sampler.while_present, model.indices)
        _check_box(f"Sampler {sampler.name!r}", sampler.within, model.mesh)


def _check_box(what: str, place: Place | None, mesh: Mesh) -> None:
    """Refuse boxes that walls cut, whose accessible volume would not be known."""
    if isinstance(place, Box):
        _check_inside(f"{what}: point of its place", place.hull(), mesh)


def _check_residences(model: Model) -> None:
    _unique("Residence", (residence.name for residence in model.residences))
    for residence in model.residences:
        what = f"Residence {residence.name!r}"
        checks.one_of(f"{what}: species", residence.species, model.indices)
        _check_box(what, residence.within, model.mesh)
        if residence.region is not None:
            checks.one_of(f"{what}: region", residence.region, model.mesh.region_names)
            if residence.species not in model.surface_species:
                raise ModelError(f"{what}: {residence.species} is no surface species; give a place, not a region.")
