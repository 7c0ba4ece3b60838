"""Objects of MDL to one mesh with regions, and boxes in which molecules are counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...geometry import TriangleMesh
from ...model import Boundary, BoundaryRule, GeometryError
from .definitions import Definitions, Floats, Group, MeshObject, Molecule, Oriented, Region, Site, SurfaceClass, Thing
from .syntax import Place

#: Triangles that belong to none of an object's regions.
REST = "membrane"
#: Corners of a counting box may be off by this part of its edge.
SKEW = 1e-9


@dataclass(frozen=True)
class CountingBox:
    """A transparent box: centre and edges (um)."""

    center: tuple[float, float, float]
    edges: tuple[float, float, float]


@dataclass
class Space:
    """The instances of a model.

    Parameters
    ----------
    mesh : TriangleMesh
        The one compartment.
    path : str
        Its full name, as in ``world.head``.
    object : MeshObject
        Its definition.
    boxes : dict of str to CountingBox
        Transparent boxes by full name.
    sites : dict of str to (Site, matrix)
        Release sites by full name, with their transform.
    """

    mesh: TriangleMesh
    path: str
    object: MeshObject
    boxes: dict[str, CountingBox]
    sites: dict[str, tuple[Site, Floats]] = field(default_factory=dict)

    def regions(self, members: NDArray[np.bool_]) -> tuple[str, ...]:
        """Return the regions of the mesh that make up a set of triangles."""
        return tuple(name for k, name in enumerate(self.mesh.region_names) if members[self.mesh.face_region == k].all())


def build_space(definitions: Definitions, place: Place) -> Space:
    """Place all instances.

    Raises
    ------
    MdlError
        If there is not exactly one compartment, its surface is not closed, or a counting object is not a box.
    """
    things = [item for name, thing in definitions.instances.items() for item in _walk(thing, name, np.eye(4))]
    meshes = {path: (thing, matrix) for path, thing, matrix in things if isinstance(thing, MeshObject)}
    solid = {path: pair for path, pair in meshes.items() if len(meshes) == 1 or not _is_transparent(pair[0])}
    if not solid:
        raise place.error("no object is instantiated; INSTANTIATE a closed box or polygon list")
    if len(solid) > 1:
        first, second, *_ = solid
        raise solid[second][0].place.error(
            f"{first} and {second} are two compartments, and nanospine's models have one; transparent boxes in which "
            "molecules are counted may be added"
        )
    path, (main, matrix) = next(iter(solid.items()))
    boxes = {p: _counting_box(thing, m) for p, (thing, m) in meshes.items() if p != path}
    sites = {p: (thing, m) for p, thing, m in things if isinstance(thing, Site)}
    return Space(_mesh(main, matrix, path.rsplit(".", 1)[-1]), path, main, boxes, sites)


def boundaries(space: Space, molecules: Mapping[str, Molecule], absorber: BoundaryRule) -> list[Boundary]:
    """Return the rules that surface classes set, one for each region of the mesh and species."""
    found: dict[tuple[str, str], Boundary] = {}
    for region in space.object.regions.values():
        names = space.regions(region.members)
        for surface_class, place in region.classes:
            for rule, name, concentration in _rules(surface_class, molecules, absorber):
                if molecules[name].where == "surface" and len(names) > 1:
                    raise place.error(
                        f"the rim of a region to {name} cannot be expressed where other regions cut it into "
                        f"{', '.join(names)}; let them not overlap"
                    )
                for part in names:
                    boundary = Boundary(part, name, rule, concentration)
                    if found.setdefault((part, name), boundary) != boundary:
                        raise place.error(f"region {part!r} has two different rules for {name}")
    order = list(space.mesh.region_names)
    return sorted(found.values(), key=lambda b: order.index(b.region))


def _rules(
    surface_class: SurfaceClass, molecules: Mapping[str, Molecule], absorber: BoundaryRule
) -> Iterator[tuple[BoundaryRule, str, float | None]]:
    for word, molecule in surface_class.rules:
        _check_sides(word, molecule)
        rule = {"ABSORPTIVE": absorber, "TRANSPARENT": BoundaryRule.TRANSPARENT}.get(word, BoundaryRule.REFLECTING)
        for name in expand(molecule, molecules):
            if molecules[name].where == "volume":
                yield rule, name, None
            elif molecules[name].D > 0 and word != "TRANSPARENT":
                # To a surface molecule the rule is that of the region's rim.
                yield BoundaryRule.ABSORBING_SEGMENT if word == "ABSORPTIVE" else rule, name, None
    for molecule, molar in surface_class.clamps:
        if (molecule.orientation or 0) >= 0:
            raise molecule.place.error(
                f"the concentration of {molecule.name} is held outside, where nanospine's models have nothing but what "
                f"left; write {molecule.name}, for the inside"
            )
        for name in expand(molecule, molecules):
            if molecules[name].where == "volume":
                yield BoundaryRule.CLAMP, name, molar * 1e6


def _check_sides(word: str, molecule: Oriented) -> None:
    """Allow rules for both sides, and absorption from the inside, where the molecules are."""
    both = molecule.orientation in (None, 0)
    if not both and word != "REFLECTIVE" and not (word == "ABSORPTIVE" and (molecule.orientation or 0) < 0):
        raise molecule.place.error(
            f"{word} from one side only cannot be expressed; write {word} = {molecule.name}; for both sides"
        )


def expand(molecule: Oriented, molecules: Mapping[str, Molecule]) -> list[str]:
    """Return the names that a molecule or a word such as ALL_MOLECULES stands for."""
    kinds = {
        "ALL_MOLECULES": ("volume", "surface"),
        "ALL_VOLUME_MOLECULES": ("volume",),
        "ALL_SURFACE_MOLECULES": ("surface",),
    }
    if molecule.name in kinds:
        return [name for name, found in molecules.items() if found.where in kinds[molecule.name]]
    return [molecule.name]


def _walk(thing: Thing, path: str, outer: Floats) -> Iterator[tuple[str, Thing, Floats]]:
    matrix = outer @ thing.matrix
    yield path, thing, matrix
    if isinstance(thing, Group):
        for name, child in thing.children.items():
            yield from _walk(child, f"{path}.{name}", matrix)


def _is_transparent(thing: MeshObject) -> bool:
    """Say whether molecules pass everywhere."""
    covered = np.zeros(len(thing.faces), dtype=bool)
    for region in thing.regions.values():
        classes = [surface_class for surface_class, _ in region.classes]
        rules = [rule for item in classes for rule, _ in item.rules] + ["CLAMP" for item in classes if item.clamps]
        if any(rule != "TRANSPARENT" for rule in rules):
            return False
        if rules:
            covered |= region.members
    return bool(covered.all())


def transformed(points: Floats, matrix: Floats) -> Floats:
    """Apply a transform to points of shape (n, 3)."""
    if (matrix == np.eye(4)).all():
        return points
    return np.asarray(points @ matrix[:3, :3].T + matrix[:3, 3])


def _counting_box(thing: MeshObject, matrix: Floats) -> CountingBox:
    vertices = transformed(thing.vertices, matrix)
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    at_corner = np.minimum(np.abs(vertices - low), np.abs(vertices - high)) <= SKEW * (high - low)
    if not (at_corner.all() and len(thing.faces) == 12):
        raise thing.place.error("a transparent object in which molecules are counted must be a box along the axes")
    # Exported boxes are somewhat smaller than their samplers, so that boxes that touch share no walls.
    shrink = float(thing.note.get("shrink", 1.0))
    return CountingBox(_triple((low + high) / 2), _triple((high - low) / shrink))


def _triple(values: Floats) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _mesh(thing: MeshObject, matrix: Floats, name: str) -> TriangleMesh:
    """Make the mesh; overlapping regions are cut into parts that belong to the same regions of MDL."""
    named = {key: region for key, region in thing.regions.items() if key != "ALL"}
    owners = [tuple(key for key, region in named.items() if region.members[k]) for k in range(len(thing.faces))]
    labels = ["&".join(owner) or REST for owner in owners]
    order = sorted(set(labels) - {REST}, key=lambda label: _rank(label, named))
    parts = {label: np.flatnonzero([other == label for other in labels]) for label in order}
    try:
        return TriangleMesh.from_arrays(transformed(thing.vertices, matrix), thing.faces, parts, name=name)
    except GeometryError as error:
        raise thing.place.error(str(error)) from error


def _rank(label: str, named: Mapping[str, Region]) -> tuple[int, ...]:
    order = list(named)
    return tuple(order.index(key) for key in label.split("&"))
