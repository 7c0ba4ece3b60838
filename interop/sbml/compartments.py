"""The compartments of an SBML model, and a mesh of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import libsbml
import numpy as np

from ...geometry import Assembly, TriangleMesh, box, cube
from ...geometry.assembly import OUTSIDE
from ...model import Mesh, NanospineError
from .bounds import names_in
from .document import SbmlFile

#: Of a compartment with several within it: how much of the space around these they fill at least.
FILLED = 0.5
#: The compartment around each, None around the outermost.
Around = Mapping[str, "str | None"]
#: The compartments beside each.
Neighbours = Mapping[str, Sequence[str]]


class Space:
    """Where a model is: its compartments in a mesh, and where each of its reactions happens.

    Parameters
    ----------
    file : SbmlFile
        The model.
    volumes : mapping of str to float
        Of the compartments that hold species (um^3).
    mesh : Mesh, optional
        Theirs; boxes within boxes of these volumes by default, and a cube of one.

    Raises
    ------
    SbmlError
        If there is no such mesh, or the given one does not fit.
    """

    def __init__(self, file: SbmlFile, volumes: Mapping[str, float], mesh: Mesh | None) -> None:
        self._file, self._volumes = file, volumes
        self._rules = {rule.getVariable(): rule.getMath() for rule in file.model.getListOfRules()}
        self._places = {element.getId(): self._places_of(element) for element in file.model.getListOfReactions()}
        self.mesh = self._boxes() if mesh is None else mesh
        self.several = len(volumes) > 1 or len(self.mesh.compartment_names) > 1
        if self.several:
            self._check_names()
            self._around = _around_in(self.mesh)

    def home(self, reaction: libsbml.Reaction) -> str:
        """Return the compartment in which a reaction happens, the inner one if it is between two.

        Raises
        ------
        SbmlError
            If no membrane is between them.
        """
        places = self._places[reaction.getId()]
        if len(places) == 1:
            return places[0]
        for inner, outer in (places, places[::-1]):
            if self._around[inner] == outer:
                return inner
        raise self._file.error(
            reaction,
            f"is between the compartments {_listed(places)}, and {self.mesh.name!r} has no membrane between them; "
            "give a mesh of which one is within the other.",
        )

    def side(self, reaction: libsbml.Reaction, compartment: str) -> str | None:
        """Return on which side of the membrane of a reaction a compartment is, None if it is at no membrane."""
        if len(self._places[reaction.getId()]) == 1:
            return None
        return "inside" if compartment == self.home(reaction) else "outside"

    def _places_of(self, reaction: libsbml.Reaction) -> list[str]:
        """Return the compartments that a reaction takes from or makes in, and on which its rate depends."""
        model, law = self._file.model, reaction.getKineticLaw()
        species = [model.getSpecies(name) for name in self._species_in(None if law is None else law.getMath())]
        for reference in (*reaction.getListOfReactants(), *reaction.getListOfProducts()):
            changed = model.getSpecies(reference.getSpecies())
            species += [] if changed.getBoundaryCondition() else [changed]
        places = list(dict.fromkeys(element.getCompartment() for element in species))
        if len(places) > 2:
            raise self._file.error(
                reaction,
                f"is between the compartments {_listed(places)}; a reaction happens in one, or at the membrane "
                "between two: split it.",
            )
        return places

    def _species_in(self, formula: libsbml.ASTNode | None) -> list[str]:
        """Return the species of a formula, with what rules put in."""
        if formula is None:
            return []
        names, found = sorted(names_in(formula)), []
        for name in names:
            if name in self._rules:
                found += self._species_in(self._rules[name])
            elif self._file.model.getSpecies(name) is not None:
                found.append(name)
        return found

    def _check_names(self) -> None:
        missing = [name for name in self._volumes if name not in self.mesh.compartment_names]
        if missing:
            raise self._file.error(
                self._file.model.getCompartment(missing[0]),
                f"is none of the compartments of {self.mesh.name!r}, which are {_listed(self.mesh.compartment_names)}; "
                f"give an Assembly with parts called {_listed(self._volumes)}.",
            )

    def _boxes(self) -> Mesh:
        try:
            if len(self._volumes) == 1:
                return cube(next(iter(self._volumes.values())))
            return nested_boxes(self._volumes, self._nesting())
        except NanospineError as error:
            raise self._file.error(self._file.model, f"has compartments that make no mesh: {error}") from None

    def _nesting(self) -> Around:
        """Return what is within what: as the file says, and else so that neighbours are where reactions ask for it."""
        given = {name: outer for name in self._volumes if (outer := self._outside_of(name))}
        ways = list(given.items())
        ways += [(places[0], places[1]) for places in self._places.values() if len(places) == 2]
        neighbours: dict[str, list[str]] = {name: [] for name in self._volumes}
        for first, second in ways:
            if second in neighbours[first]:
                continue
            path = _path(neighbours, first, second)
            if path:
                raise self._file.error(
                    self._file.model.getCompartment(first),
                    f"is one of a circle of compartments with ways from each to the next, {' - '.join(path)}: where "
                    "one is within another no mesh has a membrane for each way; leave one of these out.",
                )
            neighbours[first].append(second)
            neighbours[second].append(first)
        around: dict[str, str | None] = {}
        by_size = sorted(self._volumes, key=lambda name: -self._volumes[name])
        for name in by_size:
            if name not in around:
                around |= self._tree([other for other in by_size if _path(neighbours, name, other)], neighbours, given)
        return around

    def _tree(self, names: Sequence[str], neighbours: Neighbours, given: Mapping[str, str]) -> Around:
        """Return what is around each of some neighbours: the first is the outermost unless the file says otherwise."""
        for outermost in names:
            around = _seen_from(neighbours, outermost, None)
            if all(around[inner] == outer for inner, outer in given.items() if inner in around):
                return around
        inner = next(name for name in names if name in given)
        raise self._file.error(
            self._file.model.getCompartment(inner),
            f"has outside={given[inner]!r}, and reactions between {_listed(names)} ask for membranes that no such "
            "nesting has; leave out the one or the other.",
        )

    def _outside_of(self, name: str) -> str | None:
        """Return the compartment around another as Level 2 says it, without membranes between that hold nothing."""
        seen = {name}
        outer = self._file.model.getCompartment(name).getOutside()
        while outer and outer not in self._volumes and outer not in seen:
            seen.add(outer)
            outer = self._file.model.getCompartment(outer).getOutside()
        return outer if outer in self._volumes else None


def nested_boxes(volumes: Mapping[str, float], around: Around) -> Assembly:
    """Return boxes within boxes, of which each has the given volume (um^3) without those within it."""
    within = {name: [inner for inner in volumes if around[inner] == name] for name in (None, *volumes)}

    def whole(name: str) -> float:
        return volumes[name] + sum(map(whole, within[name]))

    parts: dict[str, TriangleMesh] = {}

    def fill(names: Sequence[str], center: np.ndarray, edges: np.ndarray) -> None:
        """Put compartments side by side along the longest edge of a box, away from its walls."""
        share = np.array([whole(name) for name in names]) / edges.prod()
        filled = 1.0 if len(names) == 1 else max(FILLED, np.sqrt(share.sum()))
        inner = edges * np.cbrt(share.sum() / filled)
        along = np.arange(3) == inner.argmax()
        thickness = inner.max() * filled * share / share.sum()
        gap = inner.max() * (1.0 - filled) / max(len(names) - 1, 1)
        start = -inner.max() / 2.0
        for name, length in zip(names, thickness, strict=True):
            middle, size = center + along * (start + length / 2.0), np.where(along, length, inner)
            parts[name] = box(tuple(size), name=name).moved(tuple(middle))
            if within[name]:
                fill(within[name], middle, size)
            start += length + gap

    fill(within[None], np.zeros(3), np.full(3, np.cbrt(2.0 * sum(map(whole, within[None])))))
    return Assembly({name: parts[name] for name in volumes})


def _around_in(mesh: Mesh) -> Around:
    names = mesh.compartment_names
    sides = np.unique(mesh.face_compartments, axis=0).tolist()
    return {names[inner]: None if outer == OUTSIDE else names[outer] for inner, outer in sides}


def _path(neighbours: Neighbours, start: str, end: str) -> list[str]:
    """Return the way from one compartment to another in a forest, empty if there is none."""
    before = {start: start}
    ahead = [start]
    for name in ahead:
        for other in neighbours[name]:
            if other not in before:
                before[other] = name
                ahead.append(other)
    if end not in before:
        return []
    path = [end]
    while path[-1] != start:
        path.append(before[path[-1]])
    return path[::-1]


def _seen_from(neighbours: Neighbours, name: str, outer: str | None) -> dict[str, str | None]:
    """Return what is around a compartment and those within it, if ``outer`` is around it."""
    around = {name: outer}
    for inner in neighbours[name]:
        if inner != outer:
            around |= _seen_from(neighbours, inner, name)
    return around


def _listed(names: Sequence[str] | Mapping[str, float]) -> str:
    return ", ".join(map(repr, names))
