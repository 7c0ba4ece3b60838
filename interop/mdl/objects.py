"""Objects of MDL: boxes, polygon lists, release sites, groups, copies and transforms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from lark import Token, Tree
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ...geometry import box as box_shape
from ...model import GeometryError
from . import limits
from .definitions import (
    Definitions,
    Floats,
    Group,
    MeshObject,
    Oriented,
    Region,
    Site,
    SurfaceMolecules,
    Thing,
)
from .expressions import Evaluator
from .syntax import Node, Source
from .vocabulary import REFUSED, new_name, refusal

#: Sides of a box by the axis that they are normal to, in the order in which its triangles are made, two each.
SIDES = {"LEFT": 0, "RIGHT": 1, "FRONT": 2, "BACK": 3, "BOTTOM": 4, "TOP": 5}


class ObjectReader:
    """Makes objects of trees.

    Parameters
    ----------
    definitions : Definitions
        Surface classes and templates made so far; not changed.
    evaluator : Evaluator
        The variables.
    """

    def __init__(self, definitions: Definitions, evaluator: Evaluator) -> None:
        self._definitions = definitions
        self._evaluator = evaluator
        self._number = 0

    def read(self, tree: Tree[Token], source: Source) -> tuple[str, Thing]:
        """Return the name and the object that a statement defines."""
        makers = {
            "meta_object": self._group,
            "copy": self._copy,
            "box": self._box,
            "polygon_list": self._polygons,
            "release_site": self._site,
        }
        self._count_object(source, tree)
        return new_name(tree.children[0], source.place(tree)), makers[str(tree.data)](tree, source)

    def _count_object(self, source: Source, tree: Tree[Token]) -> None:
        self._number += 1
        if self._number > limits.MOST_OBJECTS:
            raise source.place(tree).error(f"there are more than {limits.MOST_OBJECTS} objects, with their copies")

    def oriented(self, tree: Node, source: Source) -> Oriented:
        """Read a molecule with its orientation marks."""
        assert isinstance(tree, Tree)
        name, marks = tree.children
        return Oriented(str(name), self._orientation(marks, source), source.place(tree))

    def surface_molecules(self, tree: Tree[Token], source: Source) -> list[SurfaceMolecules]:
        """Read ``MOLECULE_DENSITY { P' = 100 }``."""
        kind, *pairs = tree.children
        return [
            SurfaceMolecules(
                str(kind), self._surface_molecule(mol, source), self._evaluator.at_least(str(kind), 0.0, amount, source)
            )
            for mol, amount in zip(pairs[::2], pairs[1::2], strict=True)
        ]

    def _surface_molecule(self, tree: Node, source: Source) -> Oriented:
        found = self.oriented(tree, source)
        molecule = self._definitions.molecules.get(found.name)
        if molecule is None or not molecule.is_on_surface:
            raise found.place.error(f"{found.name!r} is no surface molecule; define it with DIFFUSION_CONSTANT_2D")
        return found

    def set_region(self, region: Region, statements: list[Any], source: Source) -> None:
        """Apply ``SURFACE_CLASS = ...`` and molecules to a region."""
        for statement in statements:
            if statement.data == "region_class":
                name = statement.children[0]
                if name not in self._definitions.surface_classes:
                    known = ", ".join(self._definitions.surface_classes) or "none"
                    raise source.place(name).error(f"there is no surface class {str(name)!r}; defined are: {known}")
                region.classes.append((self._definitions.surface_classes[str(name)], source.place(statement)))
            elif statement.data == "surface_molecules":
                region.molecules += self.surface_molecules(statement, source)
            elif statement.data == "viz_value":
                self._definitions.ignore("VIZ_VALUE", source.place(statement))

    def add_region(self, mesh: MeshObject, token: Any, statements: list[Any], source: Source) -> None:
        """Define a region of a mesh, called ``token``."""
        name = new_name(token, source.place(token))
        if name in mesh.regions:
            raise source.place(token).error(f"the region {name!r} is defined twice")
        members = np.zeros(len(mesh.faces), dtype=bool)
        elements = [s for s in statements if s.data in ("element_list", "region_elements", "patch")]
        if str(elements[0].children[0]).startswith("EXCLUDE"):
            members[:] = True
        for statement in elements:
            chosen = self._chosen(statement, mesh, source)
            members[chosen] = not str(statement.children[0]).startswith("EXCLUDE")
        if not members.any():
            raise source.place(token).error(f"the region {name!r} has no triangle left; include some")
        mesh.regions[name] = Region(members)
        self.set_region(mesh.regions[name], statements, source)

    def _orientation(self, marks: Node | None, source: Source) -> int | None:
        if marks is None:
            return None
        assert isinstance(marks, Tree)
        if marks.data == "any_orientation":
            return 0
        first = marks.children[0]
        if isinstance(first, Token) and first.type == "MARK":
            return sum(1 if mark == "'" else -1 for mark in marks.children)
        return self._evaluator.whole("an orientation", first, source)

    def _group(self, tree: Tree[Token], source: Source) -> Group:
        children: dict[str, Thing] = {}
        matrix = np.eye(4)
        for item in tree.children[1:]:
            assert isinstance(item, Tree)
            if item.data in ("translate", "scale", "rotate"):
                matrix = self._transform(item, source) @ matrix
                continue
            name, thing = self.read(item, source)
            if name in children:
                raise source.place(item).error(f"the object {name!r} is defined twice")
            children[name] = thing
        return Group(children, matrix, source.place(tree))

    def _copy(self, tree: Tree[Token], source: Source) -> Thing:
        _, original, *transforms = tree.children
        if original not in self._definitions.templates:
            known = ", ".join(self._definitions.templates) or "none"
            raise source.place(tree).error(f"there is no object {str(original)!r}; defined are: {known}")
        thing = self._copied(self._definitions.templates[str(original)], tree, source)
        thing.matrix = self._transforms(transforms, source) @ thing.matrix
        return thing

    def _copied(self, thing: Thing, tree: Tree[Token], source: Source) -> Thing:
        """Return a copy whose regions can be changed."""
        self._count_object(source, tree)
        if isinstance(thing, Group):
            return replace(thing, children={name: self._copied(c, tree, source) for name, c in thing.children.items()})
        if isinstance(thing, Site):
            return replace(thing)
        thing.is_copied = True
        regions = {
            name: Region(region.members, list(region.classes), list(region.molecules))
            for name, region in thing.regions.items()
        }
        return replace(thing, regions=regions, is_copied=False)

    def _box(self, tree: Tree[Token], source: Source) -> MeshObject:
        low, high = (np.array(self._evaluator.array(corner, source, 3)) for corner in tree.children[1:3])
        if (high <= low).any():
            raise source.place(tree).error("the second of CORNERS must lie beyond the first along x, y and z")
        try:
            shape = box_shape((high - low).tolist())
        except GeometryError as error:
            raise source.place(tree).error(str(error)) from error
        vertices = np.where(shape.vertices < 0, low, high)
        return self._mesh(tree, source, vertices, shape.faces, tree.children[3:], is_box=True)

    def _polygons(self, tree: Tree[Token], source: Source) -> MeshObject:
        points, connections = tree.children[1:3]
        assert isinstance(points, Tree)
        assert isinstance(connections, Tree)
        if not points.children or not connections.children:
            raise source.place(tree).error("VERTEX_LIST or ELEMENT_CONNECTIONS is empty; give a closed surface")
        vertices = np.array([self._evaluator.array(point, source, 3) for point in points.children])
        faces = np.array([self._evaluator.array(corners, source, 3) for corners in connections.children])
        if (faces != faces.round()).any() or faces.min() < 0 or faces.max() >= len(vertices):
            raise source.place(connections).error(f"ELEMENT_CONNECTIONS must be vertices from 0 to {len(vertices) - 1}")
        return self._mesh(tree, source, vertices, faces.astype(np.int64), tree.children[3:])

    def _mesh(
        self,
        tree: Tree[Token],
        source: Source,
        vertices: Floats,
        faces: NDArray[np.int64],
        items: list[Any],
        is_box: bool = False,
    ) -> MeshObject:
        everything = {"ALL": Region(np.ones(len(faces), dtype=bool))}
        mesh = MeshObject(vertices, faces, everything, np.eye(4), source.note(tree), source.place(tree), is_box)
        for item in items:
            if item.data == "remove_elements":
                raise refusal("REMOVE_ELEMENTS", source.place(item))
            if item.data == "aspect_ratio":
                self._definitions.ignore("ASPECT_RATIO", source.place(item))
            if item.data == "regions":
                for region in item.children:
                    self.add_region(mesh, region.children[0], region.children[1:], source)
        mesh.matrix = self._transforms([i for i in items if i.data in ("translate", "scale", "rotate")], source)
        return mesh

    def _chosen(self, statement: Tree[Token], mesh: MeshObject, source: Source) -> NDArray[np.int64]:
        """Return the triangles that one statement of a region names."""
        kind, *rest = statement.children
        if kind in REFUSED:
            raise refusal(str(kind), source.place(statement))
        if statement.data == "region_elements":
            if rest[0] not in mesh.regions:
                raise source.place(statement).error(f"there is no region {str(rest[0])!r} yet")
            return np.flatnonzero(mesh.regions[str(rest[0])].members)
        return np.concatenate([self._element(element, mesh, source) for element in rest])

    def _element(self, element: Node, mesh: MeshObject, source: Source) -> NDArray[np.int64]:
        assert isinstance(element, Tree)
        first, last = element.children
        if last is not None and {*SIDES, "ALL_ELEMENTS"} & {first, last}:
            raise source.place(element).error("sides have no order; list them one by one")
        if first == "ALL_ELEMENTS":
            return np.arange(len(mesh.faces))
        if isinstance(first, Token) and first in SIDES:
            if not mesh.is_box:
                raise source.place(element).error(f"only a BOX has a side {first}; list triangles by number")
            return 2 * SIDES[str(first)] + np.arange(2)
        if mesh.is_box:
            raise source.place(element).error(f"the triangles of a BOX have no numbers; name sides: {', '.join(SIDES)}")
        start = self._evaluator.number(first, source)
        stop = start if last is None else self._evaluator.number(last, source)
        if not 0 <= start <= stop < len(mesh.faces) or start % 1 or stop % 1:
            raise source.place(element).error(
                f"triangles {start:g} to {stop:g} are not among those of the object, 0 to {len(mesh.faces) - 1}"
            )
        return np.arange(int(start), int(stop) + 1)

    def _site(self, tree: Tree[Token], source: Source) -> Site:
        kind = str(tree.children[1])
        if kind in REFUSED:
            raise refusal(kind, source.place(tree))
        old_shape = None if kind == "RELEASE_SITE" else kind.removesuffix("_RELEASE_SITE")
        site = Site({}, [], old_shape, None, np.eye(4), source.note(tree), source.place(tree))
        for item in tree.children[2:]:
            assert isinstance(item, Tree)
            if item.data in ("translate", "scale", "rotate"):
                site.matrix = self._transform(item, source) @ site.matrix
            else:
                self._set_site(site, item, source)
        return site

    def _set_site(self, site: Site, item: Tree[Token], source: Source) -> None:
        """Take up one statement of a release site."""
        match item.data:
            case "shape" if site.shape is None:
                site.shape = item.children[0]
            case "release_molecule" if site.molecule is None:
                site.molecule = self.oriented(item.children[0], source)
            case "release_field":
                key, value = item.children
                self._set_field(site, str(key), self._site_value(str(key), value, source), item, source)
            case "random_number":
                word, *pairs = item.children
                if word in REFUSED:
                    raise refusal(str(word), source.place(item))
                for key, value in zip(pairs[::2], pairs[1::2], strict=True):
                    self._set_field(site, str(key), self._evaluator.number(value, source), item, source)
            case "positions":
                site.positions += [self._position(position, source) for position in item.children]
            case _:
                raise source.place(item).error("a release site has two shapes or two molecules; leave one out")

    def _site_value(self, key: str, value: Node, source: Source) -> Any:
        if key == "RELEASE_PATTERN":
            if not isinstance(value, Token) or value.type != "NAME":
                raise source.place(value).error("RELEASE_PATTERN is the name of a release pattern")
            return str(value)
        if key == "LOCATION":
            return self._evaluator.array(value, source, 3)
        if key in ("SITE_DIAMETER", "SITE_RADIUS"):
            found = self._evaluator.value(value, source)
            return found if isinstance(found, list) else self._evaluator.at_least(key, 0.0, value, source)
        return self._evaluator.at_least(key, 0.0, value, source)

    def _set_field(self, site: Site, key: str, value: Any, item: Tree[Token], source: Source) -> None:
        if key in site.fields:
            raise source.place(item).error(f"{key} is given twice; leave one out")
        site.fields[key] = value

    def _position(self, position: Node, source: Source) -> tuple[Oriented, list[float]]:
        assert isinstance(position, Tree)
        molecule, point = position.children
        return self.oriented(molecule, source), self._evaluator.array(point, source, 3)

    def _transforms(self, items: list[Any], source: Source) -> Floats:
        matrix = np.eye(4)
        for item in items:
            matrix = self._transform(item, source) @ matrix
        return matrix

    def _transform(self, item: Tree[Token], source: Source) -> Floats:
        """Return the matrix of one transform, for column vectors."""
        matrix = np.eye(4)
        if item.data == "translate":
            matrix[:3, 3] = self._evaluator.array(item.children[0], source, 3)
        elif item.data == "scale":
            value = self._evaluator.value(item.children[0], source)
            factors = (
                self._evaluator.array(item.children[0], source, 3)
                if isinstance(value, list)
                else [self._evaluator.number(item.children[0], source)]
            )
            if 0.0 in factors:
                raise source.place(item).error("SCALE is 0 along an axis; give other factors")
            matrix[:3, :3] = np.diag(np.broadcast_to(factors, 3))
        else:
            axis = np.array(self._evaluator.array(item.children[0], source, 3))
            if not axis.any():
                raise source.place(item).error("the axis of ROTATE has no length")
            angle = self._evaluator.number(item.children[1], source)
            matrix[:3, :3] = Rotation.from_rotvec(np.radians(angle) * axis / np.linalg.norm(axis)).as_matrix()
        return matrix
