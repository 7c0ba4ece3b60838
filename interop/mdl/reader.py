"""Carries out the statements of an MDL file, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Literal

from lark import Token, Tree

from ...model import Schedule
from . import limits
from .definitions import (
    GRID_WORDS,
    Definitions,
    Group,
    MdlReaction,
    MeshObject,
    Molecule,
    Oriented,
    SurfaceClass,
)
from .expressions import Evaluator, Value
from .files import Readable
from .objects import ObjectReader
from .outputs import OutputReader
from .rates import read_rates
from .syntax import Node, Place, Source
from .vocabulary import RESERVED, WITHOUT_EFFECT, new_name, refusal
from .walls import wall_reactions

#: Fields of a molecule that say how it diffuses.
DIFFUSION: Mapping[str, Literal["volume", "surface"]] = {
    **dict.fromkeys(("DIFFUSION_CONSTANT_3D", "DIFFUSION_CONSTANT", "D_3D"), "volume"),
    **dict.fromkeys(("DIFFUSION_CONSTANT_2D", "D_2D"), "surface"),
}
GROUPS = ("ALL_MOLECULES", "ALL_VOLUME_MOLECULES", "ALL_SURFACE_MOLECULES")


def read_definitions(path: Path, seed: int, readable: Readable) -> Definitions:
    """Read a file and those that it includes.

    Parameters
    ----------
    path : pathlib.Path
        The MDL file.
    seed : int
        Value of the variable ``SEED``.
    readable : Readable
        The files that it may name.

    Raises
    ------
    MdlError
        With file, line and statement.
    """
    reader = _Reader(seed, readable)
    reader.run(path)
    return reader.definitions


class _Reader:
    def __init__(self, seed: int, readable: Readable) -> None:
        self.definitions = Definitions()
        self._readable = readable
        self._evaluator = Evaluator(seed)
        self._objects = ObjectReader(self.definitions, self._evaluator)
        self._outputs = OutputReader(self.definitions, self._evaluator)
        self._depth = self._included = 0
        self._reaction_names: set[str] = set()
        self._source: Source

    def run(self, path: Path) -> None:
        source = Source(path)
        self._depth += 1
        for statement in source.statements():
            self._source = source
            act: Callable[[Tree[Token]], None] = getattr(self, f"_{statement.data}")
            act(statement)
        self._depth -= 1

    def _include(self, statement: Tree[Token]) -> None:
        place = self._source.place(statement)
        self._included += 1
        if self._depth > limits.DEEPEST_INCLUDE:
            raise place.error("files include each other without end")
        if self._included > limits.MOST_INCLUDES:
            raise place.error(f"more than {limits.MOST_INCLUDES} files are included")
        name = self._evaluator.text(statement.children[0], self._source)
        self.run(self._readable.find(name, Path(self._source.name), place))

    def _assign(self, statement: Tree[Token]) -> None:
        name, value = statement.children
        self._set_variable(name, self._evaluator.value(value, self._source), statement)

    def _sprintf(self, statement: Tree[Token]) -> None:
        name, template, *values = statement.children
        text = self._evaluator.text(template, self._source)
        found = [self._evaluator.value(value, self._source) for value in values]
        self._set_variable(name, self._evaluator.format(text, found, statement, self._source), statement)

    def _set_variable(self, name: object, value: Value, statement: Tree[Token]) -> None:
        if name in RESERVED:
            raise self._source.place(statement).error(f"{name} is a word of MDL; give the variable another name")
        self._evaluator.variables[str(name)] = value

    def _ignored(self, statement: Tree[Token]) -> None:
        self.definitions.ignore(str(statement.children[0]), self._source.place(statement))

    _ignored_call = _ignored_block = _ignored

    def _setting(self, statement: Tree[Token]) -> None:
        name, value = statement.children
        if name in GRID_WORDS:
            self.definitions.grid_density = self._evaluator.positive(str(name), value, self._source)
        if name in WITHOUT_EFFECT:
            self._ignored(statement)
            return
        place = self._source.place(statement)
        if name in self.definitions.settings:
            raise place.error(f"{name} is given twice; leave one out")
        number = self._evaluator.positive(str(name), value, self._source)
        if name == "ITERATIONS":
            number = float(int(number))
            if not 1 <= number <= limits.MOST_STEPS:
                raise place.error(f"ITERATIONS is {number:g}; give 1 to {limits.MOST_STEPS}")
        self.definitions.settings[str(name)] = number

    def _molecules(self, statement: Tree[Token]) -> None:
        for tree in statement.children:
            assert isinstance(tree, Tree)
            self._molecule(tree)

    def _molecule(self, tree: Tree[Token]) -> None:
        place = self._source.place(tree)
        name = new_name(tree.children[0], place)
        if name in self.definitions.molecules:
            raise place.error(f"the molecule {name!r} is defined twice")
        diffusion: dict[str, float] = {}
        fields = [field for field in tree.children[1:] if isinstance(field, Tree)]
        for field in fields:
            key = "TARGET_ONLY" if field.data == "target_only" else str(field.children[0])
            if key not in DIFFUSION:
                self._without_effect(key, field)
            elif key in diffusion:
                raise place.error(f"{name} has two of {key}; leave one out")
            else:
                diffusion[key] = self._evaluator.at_least(key, 0.0, field.children[1], self._source)
        if len(diffusion) != 1:
            raise place.error(
                f"{name} needs one DIFFUSION_CONSTANT_3D or DIFFUSION_CONSTANT_2D, it has {len(diffusion)}"
            )
        ((key, D),) = diffusion.items()
        target = any(field.data == "target_only" for field in fields)
        self.definitions.molecules[name] = Molecule(name, D, DIFFUSION[key], self._source.note(tree), place, target)

    def _without_effect(self, key: str, field: Tree[Token]) -> None:
        """Take up a step of a molecule's own, or TARGET_ONLY."""
        word = {"TIME_STEP": "CUSTOM_TIME_STEP", "SPACE_STEP": "CUSTOM_SPACE_STEP"}.get(key, key)
        if field.children:
            self._evaluator.positive(word, field.children[1], self._source)
        self.definitions.ignore(word, self._source.place(field))

    def _surface_classes(self, statement: Tree[Token]) -> None:
        for tree in statement.children:
            assert isinstance(tree, Tree)
            found = SurfaceClass(new_name(tree.children[0], self._source.place(tree)))
            if found.name in self.definitions.surface_classes:
                raise self._source.place(tree).error(f"the surface class {found.name!r} is defined twice")
            for item in tree.children[1:]:
                assert isinstance(item, Tree)
                if item.data == "clamp":
                    found.clamps.append(self._clamp(item))
                elif item.data == "surface_rule":
                    found.rules.append((str(item.children[0]), self._oriented(item.children[1], GROUPS)))
                elif found.molecules:
                    raise self._source.place(item).error(
                        f"{found.name} has two blocks of molecules, and MCell keeps the last only; write one block, or "
                        "two classes"
                    )
                else:
                    found.molecules += self._objects.surface_molecules(item, self._source)
            self.definitions.surface_classes[found.name] = found

    def _clamp(self, tree: Tree[Token]) -> tuple[Oriented, float]:
        word, molecule, value = tree.children
        if word == "CLAMP_FLUX":
            raise refusal("CLAMP_FLUX", self._source.place(tree))
        concentration = self._evaluator.at_least(f"{word} (M)", 0.0, value, self._source)
        return self._oriented(molecule), concentration

    def _reactions(self, statement: Tree[Token]) -> None:
        for tree in statement.children:
            assert isinstance(tree, Tree)
            reaction, wall = self._reaction(tree), tree.children[1]
            if wall is not None:
                self.definitions.wall_reactions += wall_reactions(
                    reaction, self._wall(wall), self.definitions.molecules
                )
                continue
            if reaction.name and reaction.name in self._reaction_names:
                raise reaction.place.error(f"the reaction {reaction.name!r} is defined twice")
            if reaction.name in self.definitions.molecules:
                raise reaction.place.error(f"the reaction {reaction.name!r} is called like a molecule; rename one")
            self._reaction_names.add(reaction.name)
            self.definitions.reactions.append(reaction)

    def _reaction(self, tree: Node) -> MdlReaction:
        assert isinstance(tree, Tree)
        players, wall, arrow, products, rates, name = tree.children
        place = self._source.place(tree)
        assert isinstance(arrow, Tree)
        left, right = self._players(players), self._players(products)
        if str(arrow.data).startswith("catalytic"):
            catalyst = next(self._oriented(child) for child in arrow.children if isinstance(child, Tree))
            left, right = (*left, catalyst), (*right, catalyst)
        forward, backward = self._rates(rates)
        if str(arrow.data).endswith("reversible") != (backward is not None):
            raise place.error("a reversible reaction needs two rates [>forward, <backward], one with -> a single one")
        self._check_targets(place, left, right if backward is not None else ())
        on_surface = any(self.definitions.molecules[player.name].is_on_surface for player in left + right)
        if wall is None and not on_surface and any(player.orientation is not None for player in left + right):
            self.definitions.ignore("orientation of volume molecules", place)
        title = "" if name is None else new_name(name, place)
        return MdlReaction(left, right, forward, backward, title, self._source.note(tree), place)

    def _wall(self, tree: Node) -> Oriented:
        wall = self._objects.oriented(tree, self._source)
        if wall.name not in self.definitions.surface_classes:
            known = ", ".join(self.definitions.surface_classes) or "none"
            raise wall.place.error(f"there is no surface class {wall.name!r}; defined are: {known}")
        return wall

    def _check_targets(self, place: Place, *sides: tuple[Oriented, ...]) -> None:
        """Refuse pairs that never react because neither of them looks for partners."""
        molecules = self.definitions.molecules
        for players in sides:
            pair = [molecules[player.name] for player in players]
            if len(pair) == 2 and pair[0].where == pair[1].where and all(m.is_target_only for m in pair):
                raise place.error(f"{pair[0].name} and {pair[1].name} are both TARGET_ONLY and never react; clear one")

    def _players(self, tree: Any) -> tuple[Oriented, ...]:
        if tree.data == "products":
            return self._players(tree.children[0]) if tree.children else ()
        return tuple(self._oriented(child) for child in tree.children)

    def _oriented(self, tree: Node, groups: Collection[str] = ()) -> Oriented:
        molecule = self._objects.oriented(tree, self._source)
        if molecule.name not in self.definitions.molecules and molecule.name not in groups:
            known = ", ".join(list(self.definitions.molecules)[:8]) or "none"
            raise molecule.place.error(f"there is no molecule {molecule.name!r}; defined are: {known}")
        return molecule

    def _rates(self, tree: Any) -> tuple[float | Schedule, float | Schedule | None]:
        values: dict[str, float | Schedule] = {}
        for order, rate in enumerate(child for child in tree.children if child is not None):
            direction, expression = rate.children
            value = self._evaluator.value(expression, self._source)
            number = (
                self._rate_file(value, self._source.place(tree))
                if isinstance(value, str)
                else self._evaluator.at_least("a rate", 0.0, expression, self._source)
            )
            key = str(direction or "><"[order])
            if key in values:
                raise self._source.place(tree).error(f"the rate {key} is given twice; write [>forward, <backward]")
            values[key] = number
        if ">" not in values:
            raise self._source.place(tree).error("the forward rate is missing; write [>forward, <backward]")
        return values[">"], values.get("<")

    def _rate_file(self, name: str, place: Place) -> Schedule:
        return read_rates(self._readable.find(name, Path(self._source.name), place), place)

    def _release_pattern(self, statement: Tree[Token]) -> None:
        place = self._source.place(statement)
        name, *pairs = statement.children
        title = new_name(name, place)
        if title in self.definitions.patterns:
            raise place.error(f"the release pattern {title!r} is defined twice")
        fields: dict[str, float] = {}
        for key, value in zip(map(str, pairs[::2]), pairs[1::2], strict=True):
            if key in fields:
                raise place.error(f"{key} is given twice; leave one out")
            fields[key] = self._pattern_field(key, value)
        if fields.get("TRAIN_DURATION", 0.0) > fields.get("TRAIN_INTERVAL", float("inf")):
            raise place.error("TRAIN_DURATION is longer than TRAIN_INTERVAL; let trains end before the next begins")
        self.definitions.patterns[title] = fields

    def _pattern_field(self, key: str, value: Node) -> float:
        if key == "NUMBER_OF_TRAINS":
            if value == "UNLIMITED":
                return float("inf")
            number = self._evaluator.whole(key, value, self._source)
            if number < 1:
                raise self._source.place(value).error(f"{key} is {number}; give a whole number >= 1")
            return float(number)
        if key == "DELAY":
            return self._evaluator.at_least(key, 0.0, value, self._source)
        return self._evaluator.positive(key, value, self._source)

    def _object(self, statement: Tree[Token]) -> None:
        name, thing = self._objects.read(statement, self._source)
        self._check_new(name, statement)
        self.definitions.templates[name] = thing

    _meta_object = _copy = _box = _polygon_list = _release_site = _object

    def _instantiate(self, statement: Tree[Token]) -> None:
        tree = statement.children[0]
        assert isinstance(tree, Tree)
        name, thing = self._objects.read(tree, self._source)
        self._check_new(name, tree)
        self.definitions.instances[name] = thing

    def _check_new(self, name: str, tree: Tree[Token]) -> None:
        if name in self.definitions.templates or name in self.definitions.instances:
            raise self._source.place(tree).error(f"the object {name!r} is defined twice")

    def _define_regions(self, statement: Tree[Token]) -> None:
        for tree in statement.children:
            assert isinstance(tree, Tree)
            mesh = self._mesh(tree)
            self._objects.add_region(mesh, tree.children[1], tree.children[2:], self._source)

    def _modify_regions(self, statement: Tree[Token]) -> None:
        for tree in statement.children:
            assert isinstance(tree, Tree)
            mesh, name = self._mesh(tree), str(tree.children[1])
            if name not in mesh.regions:
                known = ", ".join(mesh.regions)
                raise self._source.place(tree).error(f"{tree.children[0]} has no region {name!r}; it has {known}")
            self._objects.set_region(mesh.regions[name], tree.children[2:], self._source)

    def _mesh(self, tree: Tree[Token]) -> MeshObject:
        """Find the object whose region a statement names, among templates and instances."""
        path = str(tree.children[0])
        first, *rest = path.split(".")
        thing = self.definitions.templates.get(first) or self.definitions.instances.get(first)
        for part in rest:
            thing = thing.children.get(part) if isinstance(thing, Group) else None
        if not isinstance(thing, MeshObject):
            raise self._source.place(tree).error(f"there is no box or polygon list {path!r}")
        if thing.is_copied:
            raise self._source.place(tree).error(
                f"{path} has been copied, and the copies do not change any more; do this before, or name a copy"
            )
        return thing

    def _reaction_output(self, statement: Tree[Token]) -> None:
        self._outputs.read(statement, self._source)
