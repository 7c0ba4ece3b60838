"""COUNT expressions of MDL: what they need of a model."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lark import Token, Tree

from ...model import Boundary, Box, Release, Sampler, Species, Step
from .columns import Constant, Expression, Output, Quantity, Sum
from .definitions import CountFile, Definitions
from .orientation import Orientations
from .outputs import output_steps
from .space import Space
from .syntax import Node, Place
from .vocabulary import REFUSED, refusal

HITS = {"FRONT_HITS": ("outside",), "BACK_HITS": ("inside",), "ALL_HITS": ("inside", "outside")}
CROSSINGS = {"FRONT_CROSSINGS": ("in",), "BACK_CROSSINGS": ("out",), "ALL_CROSSINGS": ("in", "out")}


@dataclass
class Counter:
    """Resolves COUNT expressions against the parts of a model, and collects the samplers that they need.

    Parameters
    ----------
    definitions, space : Definitions, Space
        What the file defines.
    species, steps, releases, boundaries : lists
        Parts of the model; boundaries are added where hits are counted.
    reactions : mapping of str to list of Step
        The steps that each name of a reaction stands for.
    orientations : Orientations
        Which way up surface molecules stand.
    samplers : dict of str to Sampler
        Samplers made.
    places : list of (Place, Sampler)
        Where they come from.
    """

    definitions: Definitions
    space: Space
    species: list[Species]
    steps: list[Step]
    reactions: Mapping[str, Sequence[Step]]
    releases: list[Release]
    boundaries: list[Boundary]
    orientations: Orientations
    samplers: dict[str, Sampler] = field(default_factory=dict)
    places: list[tuple[Place, Sampler]] = field(default_factory=list)

    def output(self, file: CountFile, time_step: float, iterations: int) -> Output:
        """Resolve the times and columns of one file."""
        steps = output_steps(file.timer, time_step, iterations)
        columns = tuple((name, self._expression(tree, name, file.place)) for name, tree in file.columns)
        times = range(0, iterations + 1, steps[0]) if file.timer.kind == "STEP" else steps
        return Output(file.path, times, file.header, columns)

    def _expression(self, node: Node, column: str, place: Place) -> Expression:
        if isinstance(node, Token):
            return Constant(float(node))
        if node.data == "count":
            return self._count(node, column, place)
        if node.data == "subtract" and _is_net(*node.children):
            return Sum("subtract", tuple(self._count(side, column, place, net=True) for side in node.children))
        return Sum(str(node.data), tuple(self._expression(child, column, place) for child in node.children))

    def _count(self, tree: Any, column: str, place: Place, net: bool = False) -> Expression:
        key, counted, where, mode = tree.children
        if key in REFUSED:
            raise refusal(str(key), place)
        assert isinstance(counted, Tree)
        assert isinstance(where, Tree)
        target, region = (None if child is None else str(child) for child in where.children)
        name, kind = str(counted.children[0]), str(mode or "")
        self._check_place(str(target), region, kind, place)
        if name in self.reactions:
            return self._events(name, str(target), region, kind, place)
        names = self._standing(self._species(name, place), counted.children[1:], place)
        if not names:
            return Constant(0.0)
        if target == "WORLD":
            return Quantity("everywhere", names)
        if target in self.space.boxes:
            return self._in_box(names, str(target), kind, column, place)
        return self._in_object(names, str(target), region, kind, place, net)

    def _check_place(self, target: str, region: str | None, mode: str, place: Place) -> None:
        """Refuse places that are not there, and ways of counting that do not exist in them."""
        if mode in REFUSED:
            raise refusal(mode, place)
        if mode not in ("", "ALL_ENCLOSED", *HITS, *CROSSINGS):
            raise place.error(f"{mode} is not something that is counted; known are {', '.join((*HITS, *CROSSINGS))}")
        if target == "WORLD":
            if region is not None or mode:
                raise place.error(f"in WORLD there is no {region or mode}; count on an object")
        elif target in self.space.boxes:
            if region not in (None, "ALL") or mode in (*HITS, *CROSSINGS):
                raise place.error(f"at {target}, in which molecules are only counted, no {region or mode} is recorded")
        elif target not in self.space.objects:
            known = ", ".join(["WORLD", *self.space.objects, *self.space.boxes])
            raise place.error(f"{target!r} is no object in which molecules are counted; there are {known}")

    def _standing(self, names: tuple[str, ...], marks: Sequence[Node | None], place: Place) -> tuple[str, ...]:
        """Return those of some species that stand as an orientation such as {1} says."""
        wanted = int(str(marks[0])) if marks and marks[0] is not None else 0
        if not wanted:
            return names
        ups = {name: self.orientations.up(name) for name in names}
        if not set(names) <= self._on_surface or not all(ups.values()):
            raise place.error("only surface molecules that stand one way are counted by orientation; leave out {...}")
        return tuple(name for name, up in ups.items() if up * wanted > 0)

    def _species(self, name: str, place: Place) -> tuple[str, ...]:
        pattern = name.strip('"')
        found = tuple(s.name for s in self.species if fnmatch.fnmatchcase(s.name, pattern))
        if not found:
            raise place.error(f"{pattern!r} is neither a molecule nor the name of a reaction")
        return found

    @property
    def _on_surface(self) -> frozenset[str]:
        return frozenset(s.name for s in self.species if s.is_on_surface)

    def _events(self, name: str, target: str, region: str | None, mode: str, place: Place) -> Expression:
        """Count the events of a reaction: all, or none, where it is known that they happen in a place or elsewhere."""
        if mode in (*HITS, *CROSSINGS):
            raise place.error(f"{mode} are those of molecules, and {name} is a reaction")
        steps = self.reactions[name]
        everything = Quantity("event", tuple(step.name for step in steps))
        if target == "WORLD":
            return everything
        at = {term.species for step in steps for term in step.reactants} & self._on_surface
        if target in self.space.boxes:
            known = None
        elif at:
            known = self._happens_on(at, self._parts(target, region, mode, place))
        else:
            # What may leave through a wall may react outside.
            leaves = any(boundary.behaviour.passes for boundary in self.boundaries)
            whole = self.space.enclosed(target) == set(self.space.mesh.compartment_names)
            known = True if whole and not leaves and region in (None, "ALL") else None
        if known is None:
            raise place.error(
                f"events of {name} are recorded in the WORLD, not by place, and may happen in {target} and elsewhere; "
                "count them in WORLD, or give the molecules of each place names of their own"
            )
        return everything if known else Constant(0.0)

    def _happens_on(self, surface: set[str], parts: set[str]) -> bool | None:
        """Say whether a reaction of surface molecules happens on parts of the surface; None if there and elsewhere."""
        homes = [self._home({name}) for name in surface]
        if any(home <= parts for home in homes):
            return True
        return None if all(home & parts for home in homes) else False

    def _parts(self, path: str, region: str | None, mode: str, place: Place) -> set[str]:
        """Return the regions of the mesh in which an object, or a region of it, counts what is on surfaces."""
        if mode == "ALL_ENCLOSED" and region in (None, "ALL"):
            inside = self.space.enclosed(path)
            names = [name for name in self.space.objects if self.space.own(name) in inside]
            return set().union(*(self._parts(name, None, "", place) for name in names))
        return set(self.space.regions(self.space.members(path, region, place)))

    def _in_box(self, names: tuple[str, ...], target: str, mode: str, column: str, place: Place) -> Expression:
        box = self.space.boxes[target]
        # Surface molecules lie on objects of their own: a box counts them only with all that it encloses.
        counted = tuple(name for name in names if mode == "ALL_ENCLOSED" or name not in self._on_surface)
        if not counted:
            return Constant(0.0)
        return Quantity("present", tuple(self._sampler(name, counted, box, target, column, place) for name in counted))

    def _sampler(self, name: str, names: tuple[str, ...], box: Box, target: str, column: str, place: Place) -> str:
        """Return the name of the sampler of a molecule in a box, made if there is none."""
        for sampler in self.samplers.values():
            if sampler.species == name and sampler.within == box:
                return sampler.name
        label = column if len(names) == 1 and column not in self.samplers else f"{target}/{name}"
        self._add(Sampler(label, name, box), place)
        return label

    def _add(self, sampler: Sampler, place: Place) -> None:
        if sampler.name in self.samplers:
            raise place.error(f"there are two samplers {sampler.name!r}; give columns and notes names of their own")
        self.samplers[sampler.name] = sampler
        self.places.append((place, sampler))

    def add_noted_samplers(self) -> None:
        """Make the samplers that the notes of an exported file tell of."""
        for main in list(self.space.objects.values())[:1]:
            for item in main.note.get("samplers", ()):
                name, species, box_name, gate = (item[key] for key in ("name", "species", "box", "while_present"))
                box = None if box_name is None else self._noted_box(box_name, main.place)
                self._add(Sampler(name, species, box, gate), main.place)

    def _noted_box(self, name: str, place: Place) -> Box:
        for path, box in self.space.boxes.items():
            if path.rsplit(".", 1)[-1] == name:
                return box
        raise place.error(f"the note tells of a counting box {name!r}, which is not instantiated")

    def _in_object(
        self, names: tuple[str, ...], path: str, region: str | None, mode: str, place: Place, net: bool
    ) -> Expression:
        parts = self.space.regions(self.space.members(path, region, place))
        if mode in (*HITS, *CROSSINGS):
            if self._on_surface & set(names):
                raise place.error(f"{mode} of surface molecules are not recorded; count volume molecules")
            if not net:
                self._check_steps(names, parts, mode, place)
            return self._hits(names, parts, mode) if mode in HITS else self._crossings(names, parts, mode)
        surface = tuple(name for name in names if name in self._on_surface)
        volume = tuple(name for name in names if name not in self._on_surface)
        enclosed = tuple(sorted(self.space.enclosed(path)))
        if region not in (None, "ALL"):
            if volume:
                raise place.error(f"{'/'.join(volume)} is in a volume; count it in {path}, or its hits on {region}")
            return self._on_region(surface, path, set(parts), place)
        # Surface molecules belong to the object on which they lie, others to all around them.
        own = enclosed if mode == "ALL_ENCLOSED" else (self.space.own(path),)
        found = [Quantity("within", group, where) for group, where in ((volume, enclosed), (surface, own)) if group]
        return found[0] if len(found) == 1 else Sum("add", tuple(found))

    def _on_region(self, names: tuple[str, ...], path: str, parts: set[str], place: Place) -> Expression:
        """Count surface molecules on a region: all or none of those that stay where they are."""
        home = self._home(set(names))
        if home <= parts:
            return Quantity("within", names, (self.space.own(path),))
        if not home & parts:
            return Constant(0.0)
        raise place.error(
            f"counts by region are recorded only of molecules that stay in it; {'/'.join(names)} is also in "
            f"{', '.join(sorted(home - parts))}: count on all of {path}"
        )

    def _home(self, names: set[str]) -> set[str]:
        """Return the regions in which surface molecules, or those they come from, are; of an object if they move."""
        on_surface = self._on_surface
        family = set(names)
        while True:
            parents = {
                term.species
                for step in self.steps
                if any(product.species in family for product in step.products)
                for term in step.reactants
                if term.species in on_surface
            }
            if parents <= family:
                break
            family |= parents
        mesh = self.space.mesh
        everywhere = set(mesh.region_names)
        homes = [
            everywhere if release.points is not None else set(release.regions) or self._of_compartment(0)
            for release in self.releases
            if family & set(release.fractions)
        ]
        found = set().union(*homes)
        if any(s.D > 0 for s in self.species if s.name in family & on_surface):
            reached = {int(mesh.face_compartments[mesh.region_faces(name)[0], 0]) for name in found}
            found = set().union(*map(self._of_compartment, reached))
        return found

    def _of_compartment(self, number: int) -> set[str]:
        """Return the regions of the surface that bounds a compartment."""
        mesh = self.space.mesh
        return {name for name in mesh.region_names if mesh.face_compartments[mesh.region_faces(name)[0], 0] == number}

    def _check_steps(self, names: tuple[str, ...], parts: Iterable[str], mode: str, place: Place) -> None:
        """Refuse hits of walls that do not take, by molecules whose steps are sometimes shorter than the time step.

        The finer the steps, the more often a path meets a wall; MCell's are those of one time step.
        """
        taken = {(b.region, b.species) for b in self.boundaries if b.behaviour.takes}
        for name in names:
            if not all((part, name) in taken for part in parts) and self._has_short_steps(name):
                raise place.error(
                    f"{mode} depend on how fine steps are, and those of {name} are finer than MCell's near the rims of "
                    "regions that it passes or that take it; count FRONT - BACK, which do not, or molecules"
                )

    def _has_short_steps(self, name: str) -> bool:
        rules = {b.region: b.behaviour for b in self.boundaries if b.species == name}
        for path in self.space.objects:
            found = {rules.get(part) for part in self._of_object(path)}
            if any(rule and (rule.between_steps or (rule.passes and len(found) > 1)) for rule in found):
                return True
        return False

    def _of_object(self, path: str) -> tuple[str, ...]:
        """Return the regions of the mesh that make up an object."""
        return self.space.regions(self.space.members(path, None, self.space.objects[path].place))

    def _hits(self, names: tuple[str, ...], parts: Iterable[str], mode: str) -> Expression:
        """Count hits, which are recorded where there is a boundary: a reflecting one if there is no other."""
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


def _is_net(left: Node, right: Node) -> bool:
    """Say whether two counts are those of the two directions at one place."""
    if not (isinstance(left, Tree) and isinstance(right, Tree) and left.data == right.data == "count"):
        return False
    sides = {str(count.children[3]).partition("_")[0] for count in (left, right)}
    ways = {str(count.children[3]).partition("_")[2] for count in (left, right)}
    return left.children[:3] == right.children[:3] and sides == {"FRONT", "BACK"} and len(ways) == 1
