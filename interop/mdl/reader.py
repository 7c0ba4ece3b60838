"""Carries out the statements of an MDL file, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from lark import Token, Tree

from ...model import Schedule
from .definitions import (
    CountFile,
    Definitions,
    Group,
    MdlReaction,
    MeshObject,
    Molecule,
    Oriented,
    SurfaceClass,
)
from .expressions import Evaluator
from .objects import ObjectReader
from .rates import read_rates
from .syntax import Node, Source

DEEPEST_INCLUDE = 30


def read_definitions(path: Path, seed: int) -> Definitions:
    """Read a file and those that it includes.

    Parameters
    ----------
    path : pathlib.Path
        The MDL file.
    seed : int
        Value of the variable ``SEED``.

    Raises
    ------
    MdlError
        With file, line and statement.
    """
    reader = _Reader(seed)
    reader.run(path)
    return reader.definitions


class _Reader:
    def __init__(self, seed: int) -> None:
        self.definitions = Definitions()
        self._evaluator = Evaluator(seed)
        self._objects = ObjectReader(self.definitions, self._evaluator)
        self._depth = 0
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
        if self._depth > DEEPEST_INCLUDE:
            raise self._source.place(statement).error("files include each other without end")
        name = self._evaluator.text(statement.children[0], self._source)
        path = Path(self._source.name).parent / name
        if not path.is_file():
            raise self._source.place(statement).error(f"there is no file {path}")
        self.run(path)

    def _assign(self, statement: Tree[Token]) -> None:
        name, value = statement.children
        self._evaluator.variables[str(name)] = self._evaluator.value(value, self._source)

    def _sprintf(self, statement: Tree[Token]) -> None:
        name, template, *values = statement.children
        text = self._evaluator.text(template, self._source)
        found = [self._evaluator.value(value, self._source) for value in values]
        self._evaluator.variables[str(name)] = self._evaluator.format(text, found, statement, self._source)

    def _ignored_call(self, statement: Tree[Token]) -> None:
        """Printing does not change the model."""

    def _ignored_block(self, statement: Tree[Token]) -> None:
        """Neither do notifications and visualisation."""

    def _setting(self, statement: Tree[Token]) -> None:
        name, value = statement.children
        if name in ("ITERATIONS", "TIME_STEP"):
            number = self._evaluator.number(value, self._source)
            if number <= 0:
                raise self._source.place(statement).error(f"{name} is {number:g}; give a number > 0")
            self.definitions.settings[str(name)] = number

    def _molecules(self, statement: Tree[Token]) -> None:
        for tree in statement.children:
            assert isinstance(tree, Tree)
            name, *fields = tree.children
            place = self._source.place(tree)
            values = {
                str(f.children[0]): self._evaluator.number(f.children[1], self._source)
                for f in fields
                if isinstance(f, Tree) and f.data == "molecule_field"
            }
            keys = [key for key in values if key.startswith("D")]
            if len(keys) != 1:
                raise place.error(
                    f"{name} needs one DIFFUSION_CONSTANT_3D or DIFFUSION_CONSTANT_2D, it has {len(keys)}"
                )
            if name in self.definitions.molecules:
                raise place.error(f"the molecule {str(name)!r} is defined twice")
            where: Literal["volume", "surface"] = "surface" if keys[0].endswith("2D") else "volume"
            note = self._source.note(tree)
            self.definitions.molecules[str(name)] = Molecule(str(name), values[keys[0]], where, note, place)

    def _surface_classes(self, statement: Tree[Token]) -> None:
        for tree in statement.children:
            assert isinstance(tree, Tree)
            found = SurfaceClass(str(tree.children[0]))
            for item in tree.children[1:]:
                assert isinstance(item, Tree)
                if item.data == "clamp":
                    found.clamps.append(self._clamp(item))
                elif item.data == "surface_rule":
                    found.rules.append((str(item.children[0]), self._oriented(item.children[1])))
                else:
                    found.molecules += self._objects.surface_molecules(item, self._source)
            self.definitions.surface_classes[found.name] = found

    def _clamp(self, tree: Tree[Token]) -> tuple[Oriented, float]:
        word, molecule, value = tree.children
        if word == "CLAMP_FLUX":
            raise self._source.place(tree).error("CLAMP_FLUX cannot be expressed; clamp a concentration")
        concentration = self._evaluator.number(value, self._source)
        if concentration < 0:
            raise self._source.place(tree).error(f"{word} is {concentration:g} M; give a number >= 0")
        return self._oriented(molecule), concentration

    def _reactions(self, statement: Tree[Token]) -> None:
        self.definitions.reactions += [self._reaction(tree) for tree in statement.children]

    def _reaction(self, tree: Node) -> MdlReaction:
        assert isinstance(tree, Tree)
        players, surface, arrow, products, rates, name = tree.children
        place = self._source.place(tree)
        if surface is not None:
            raise place.error("reactions with a surface class (@) cannot be expressed; use ABSORPTIVE or a molecule")
        assert isinstance(arrow, Tree)
        left, right = self._players(players), self._players(products)
        if str(arrow.data).startswith("catalytic"):
            catalyst = next(self._oriented(child) for child in arrow.children if isinstance(child, Tree))
            left, right = (*left, catalyst), (*right, catalyst)
        forward, backward = self._rates(rates)
        if str(arrow.data).endswith("reversible") != (backward is not None):
            raise place.error("a reversible reaction needs two rates [>forward, <backward], one with -> a single one")
        return MdlReaction(left, right, forward, backward, str(name or ""), self._source.note(tree), place)

    def _players(self, tree: Any) -> tuple[Oriented, ...]:
        if tree.data == "products":
            return self._players(tree.children[0]) if tree.children else ()
        return tuple(self._oriented(child) for child in tree.children)

    def _oriented(self, tree: Node) -> Oriented:
        molecule = self._objects.oriented(tree, self._source)
        groups = ("ALL_MOLECULES", "ALL_VOLUME_MOLECULES", "ALL_SURFACE_MOLECULES")
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
                read_rates(Path(self._source.name).parent / value, self._source.place(tree))
                if isinstance(value, str)
                else self._evaluator.number(expression, self._source)
            )
            values[str(direction or "><"[order])] = number
        if ">" not in values:
            raise self._source.place(tree).error("the forward rate is missing; write [>forward, <backward]")
        return values[">"], values.get("<")

    def _release_pattern(self, statement: Tree[Token]) -> None:
        name, *pairs = statement.children
        self.definitions.patterns[str(name)] = {
            str(key): float("inf") if value == "UNLIMITED" else self._evaluator.number(value, self._source)
            for key, value in zip(pairs[::2], pairs[1::2], strict=True)
        }

    def _object(self, statement: Tree[Token]) -> None:
        name, thing = self._objects.read(statement, self._source)
        self.definitions.templates[name] = thing

    _meta_object = _copy = _box = _polygon_list = _release_site = _object

    def _instantiate(self, statement: Tree[Token]) -> None:
        tree = statement.children[0]
        assert isinstance(tree, Tree)
        name, thing = self._objects.read(tree, self._source)
        self.definitions.instances[name] = thing

    def _define_regions(self, statement: Tree[Token]) -> None:
        for tree in statement.children:
            assert isinstance(tree, Tree)
            mesh = self._mesh(tree)
            self._objects.add_region(mesh, str(tree.children[1]), tree.children[2:], self._source)

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
        return thing

    def _reaction_output(self, statement: Tree[Token]) -> None:
        fields: dict[str, Any] = {"HEADER": None}
        for item in statement.children:
            assert isinstance(item, Tree)
            if item.data == "output_field":
                key, value = item.children
                fields[str(key)] = self._evaluator.value(value, self._source)
                continue
            self.definitions.outputs.append(self._count_file(item, fields))

    def _count_file(self, tree: Tree[Token], fields: dict[str, Any]) -> CountFile:
        *columns, _, path = tree.children
        name = self._evaluator.text(path, self._source)
        place = self._source.place(tree)
        header = fields["HEADER"]
        times = fields.get("TIME_LIST") or []
        if "ITERATION_LIST" in fields:
            times = [number * self.definitions.settings.get("TIME_STEP", 0.0) for number in fields["ITERATION_LIST"]]
        if "STEP" not in fields and not times:
            raise place.error("the reaction data have no STEP, TIME_LIST or ITERATION_LIST")
        named = []
        for order, column in enumerate(columns, 1):
            assert isinstance(column, Tree)
            expression, label = column.children
            default = Path(name).stem if len(columns) == 1 else f"{Path(name).stem}.{order}"
            text = default if label is None else self._evaluator.text(label, self._source)
            named.append((text, self._resolve(expression)))
        step = fields.get("STEP")
        prefix = header if isinstance(header, str) else "" if header else None
        return CountFile(name, step, tuple(times), prefix, tuple(named), place)

    def _resolve(self, node: Node | None) -> Node:
        """Put the values of variables into a count expression, which is evaluated after the run."""
        assert node is not None
        if isinstance(node, Token):
            if node.type != "NAME":
                return node
            return Token.new_borrow_pos("NUMBER", repr(self._evaluator.number(node, self._source)), node)
        if node.data == "count":
            return node
        if node.data in ("add", "subtract", "multiply", "divide", "negate"):
            return Tree(node.data, [self._resolve(child) for child in node.children], node.meta)
        return Token("NUMBER", repr(self._evaluator.number(node, self._source)))
