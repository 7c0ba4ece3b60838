"""COUNT expressions of MDL: what they need of a model, and their values in a result."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from lark import Token, Tree
from numpy.typing import NDArray

from ...model import Boundary, Box, Reaction, Release, Sampler, Species
from .definitions import CountFile, Definitions
from .space import Space
from .syntax import Node, Place

Floats = NDArray[np.float64]
HITS = {"FRONT_HITS": ("outside",), "BACK_HITS": ("inside",), "ALL_HITS": ("inside", "outside")}
CROSSINGS = {"FRONT_CROSSINGS": ("in",), "BACK_CROSSINGS": ("out",), "ALL_CROSSINGS": ("in", "out")}

#: Dimensions of the variables: what is counted, and what else is chosen from.
DIMENSIONS = {
    "within": ("species", "compartment"),
    "everywhere": ("species", ""),
    "event": ("reaction", ""),
    "sampled": ("sampler", ""),
    "crossing": ("boundary", "direction"),
    "hit": ("boundary", "side"),
}


@dataclass(frozen=True)
class Quantity:
    """A sum over labels of one variable of a result, e.g. ``within`` over species.

    Parameters
    ----------
    variable : str
        ``"within"``, ``"everywhere"``, ``"event"``, ``"sampled"``, ``"crossing"`` or ``"hit"``.
    labels : tuple of str
        Species, reactions, samplers or boundaries.
    parts : tuple of str
        Compartments of molecules within them, directions of crossings, sides of hits.
    """

    variable: str
    labels: tuple[str, ...]
    parts: tuple[str, ...] = ()

    def course(self, dataset: xr.Dataset) -> Floats:
        """Return the time course, shape (time,)."""
        dimension, divided = DIMENSIONS[self.variable]
        at: dict[str, Any] = {dimension: list(self.labels)}
        if self.variable == "everywhere":
            chosen = (dataset["number"] + dataset["outside"]).sel(at)
        else:
            chosen = dataset[self.variable].sel(at)
        if divided:
            chosen = chosen.sel({divided: list(self.parts)}).sum(divided)
        return np.asarray(chosen.sum(dimension).values, dtype=np.float64)


@dataclass(frozen=True)
class Sum:
    """An arithmetic expression of quantities."""

    kind: str
    parts: tuple[Expression, ...]

    def course(self, dataset: xr.Dataset) -> Floats:
        """Return the time course, shape (time,)."""
        operations = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply}
        values = [part.course(dataset) for part in self.parts]
        if self.kind == "negate":
            return -values[0]
        if self.kind == "divide":
            # MCell prints infinity; a result here is never that.
            return np.divide(values[0], values[1], out=np.zeros_like(values[0]), where=values[1] != 0)
        return np.asarray(operations[self.kind](*values))


@dataclass(frozen=True)
class Constant:
    """A number."""

    value: float

    def course(self, dataset: xr.Dataset) -> Floats:
        """Return the number at all times, shape (time,)."""
        return np.full(dataset.sizes["time"], self.value)


Expression = Quantity | Sum | Constant


@dataclass(frozen=True)
class Output:
    """A file of reaction data: where, when, and its columns."""

    path: str
    step: float | None
    times: tuple[float, ...]
    header: str | None
    columns: tuple[tuple[str, Expression], ...]


@dataclass
class Counter:
    """Resolves COUNT expressions against the parts of a model, and collects the samplers that they need."""

    definitions: Definitions
    space: Space
    species: list[Species]
    reactions: list[Reaction]
    releases: list[Release]
    boundaries: list[Boundary]
    samplers: dict[str, Sampler] = field(default_factory=dict)

    def output(self, file: CountFile) -> Output:
        """Resolve the columns of one file."""
        columns = tuple((name, self._expression(tree, name, file.place)) for name, tree in file.columns)
        return Output(file.path, file.step, file.times, file.header, columns)

    def _expression(self, node: Node, column: str, place: Place) -> Expression:
        if isinstance(node, Token):
            return Constant(float(node))
        if node.data == "count":
            return self._count(node, column, place)
        return Sum(str(node.data), tuple(self._expression(child, column, place) for child in node.children))

    def _count(self, tree: Tree[Token], column: str, place: Place) -> Expression:
        key, counted, where, mode = tree.children
        if key == "TRIGGER":
            raise place.error("TRIGGER writes single events, which are not recorded; use COUNT")
        assert isinstance(counted, Tree)
        assert isinstance(where, Tree)
        target, region = (None if child is None else str(child) for child in where.children)
        name = str(counted.children[0])
        if any(name == step.name for reaction in self.reactions for step in reaction.steps):
            return Quantity("event", (name,))
        names = self._species(name, place)
        if target == "WORLD":
            return Quantity("everywhere", names)
        if target in self.space.boxes:
            return self._in_box(names, str(target), column, place)
        if target not in self.space.objects:
            known = ", ".join(["WORLD", *self.space.objects, *self.space.boxes])
            raise place.error(f"{target!r} is no object in which molecules are counted; there are {known}")
        return self._in_object(names, str(target), region, str(mode) if mode else "", place)

    def _species(self, name: str, place: Place) -> tuple[str, ...]:
        pattern = name.strip('"')
        found = tuple(s.name for s in self.species if fnmatch.fnmatchcase(s.name, pattern))
        if not found:
            raise place.error(f"{pattern!r} is neither a molecule nor the name of a reaction")
        return found

    def _in_box(self, names: tuple[str, ...], target: str, column: str, place: Place) -> Quantity:
        box = self.space.boxes[target]
        return Quantity("sampled", tuple(self._sampler(name, names, box, target, column) for name in names))

    def _sampler(self, name: str, names: tuple[str, ...], box: Box, target: str, column: str) -> str:
        """Return the name of the sampler of a molecule in a box, made if there is none."""
        for sampler in self.samplers.values():
            if sampler.species == name and sampler.within == box:
                return sampler.name
        label = column if len(names) == 1 and column not in self.samplers else f"{target}/{name}"
        self.samplers[label] = Sampler(label, name, box)
        return label

    def add_noted_samplers(self) -> None:
        """Make the samplers that the notes of an exported file tell of."""
        main = next(iter(self.space.objects.values()))
        for item in main.note.get("samplers", ()):
            try:
                name, species, box_name, gate = (item[key] for key in ("name", "species", "box", "while_present"))
            except (KeyError, TypeError):
                raise main.place.error(f"the note has a damaged sampler {item!r}; delete the note") from None
            box = None if box_name is None else self._noted_box(box_name, main.place)
            self.samplers[name] = Sampler(name, species, box, gate)

    def _noted_box(self, name: str, place: Place) -> Box:
        for path, box in self.space.boxes.items():
            if path.rsplit(".", 1)[-1] == name:
                return box
        raise place.error(f"the note tells of a counting box {name!r}, which is not instantiated")

    def _in_object(self, names: tuple[str, ...], path: str, region: str | None, mode: str, place: Place) -> Expression:
        parts = self.space.regions(self.space.members(path, region, place))
        if mode in HITS:
            return self._hits(names, parts, mode, place)
        if mode in CROSSINGS:
            return self._crossings(names, parts, mode)
        if mode == "ESTIMATE_CONCENTRATION":
            raise place.error("ESTIMATE_CONCENTRATION is not recorded; divide a COUNT by the volume")
        if mode not in ("", "ALL_ENCLOSED"):
            raise place.error(f"{mode} is not something that is counted")
        enclosed = tuple(sorted(self.space.enclosed(path)))
        if mode != "ALL_ENCLOSED" and any(s.is_on_surface for s in self.species if s.name in names):
            # Surface molecules belong to the object on which they lie, others to all around them.
            enclosed = (self.space.own(path),)
        if region is None or region == "ALL":
            return Quantity("within", names, enclosed)
        home = self._home(set(names))
        if home <= set(parts):
            return Quantity("within", names, enclosed)
        if not home & set(parts):
            return Constant(0.0)
        raise place.error(
            f"counts by region are recorded only of molecules that stay in it; {'/'.join(names)} is also in "
            f"{', '.join(sorted(home - set(parts)))}: count on all of {path}"
        )

    def _home(self, names: set[str]) -> set[str]:
        """Return the regions in which surface molecules, or those they come from, are released; all if they move."""
        on_surface = {s.name for s in self.species if s.is_on_surface}
        family = set(names)
        while True:
            parents = {
                term.species
                for reaction in self.reactions
                for step in reaction.steps
                if any(product.species in family for product in step.products)
                for term in step.reactants
                if term.species in on_surface
            }
            if parents <= family:
                break
            family |= parents
        everywhere = set(self.space.mesh.region_names)
        if any(s.D > 0 for s in self.species if s.name in family & on_surface):
            return everywhere
        homes = [
            everywhere if release.points is not None else set(release.regions) or everywhere
            for release in self.releases
            if family & set(release.fractions)
        ]
        return set().union(*homes)

    def _hits(self, names: tuple[str, ...], parts: Iterable[str], mode: str, place: Place) -> Expression:
        """Count hits, which are recorded where there is a boundary: a reflecting one if there is no other."""
        if any(s.is_on_surface for s in self.species if s.name in names):
            raise place.error(f"{mode} of surface molecules are not recorded; count volume molecules")
        pairs = [(part, name) for part in parts for name in names]
        known = {(b.region, b.species) for b in self.boundaries}
        missing = [pair for pair in pairs if pair not in known]
        self.boundaries += [Boundary(part, name, "reflecting") for part, name in missing]
        return Quantity("hit", tuple(f"{part}/{name}" for part, name in pairs), HITS[mode])

    def _crossings(self, names: tuple[str, ...], parts: Iterable[str], mode: str) -> Expression:
        wanted = [
            f"{b.region}/{b.species}"
            for b in self.boundaries
            if b.species in names and b.region in parts and b.behaviour.passes
        ]
        return Quantity("crossing", tuple(wanted), CROSSINGS[mode]) if wanted else Constant(0.0)
