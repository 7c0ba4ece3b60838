"""Objects of MDL to meshes with regions, and boxes in which molecules are counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...geometry import Assembly, TriangleMesh
from ...model import Boundary, Box, GeometryError, ModelError
from .definitions import Definitions, Floats, Group, MeshObject, Molecule, Oriented, Region, Site, SurfaceClass, Thing
from .free_space import are_outside, surround
from .sites import corners, transformed
from .syntax import Place
from .walls import wall_rules

#: Triangles that belong to none of an object's regions.
REST = "membrane"
#: Corners of a counting box may be off by this part of its edge.
SKEW = 1e-9


@dataclass
class Space:
    """The instances of a model.

    Parameters
    ----------
    mesh : TriangleMesh or Assembly
        The compartments.
    objects : dict of str to MeshObject
        The objects that bound them by full name, as in ``world.head``, in the order of the compartments.
    boxes : dict of str to Box
        Transparent boxes by full name.
    sites : dict of str to (Site, matrix)
        Release sites by full name, with their transform.
    is_open : bool
        Whether the last compartment is the free space around everything.
    """

    mesh: TriangleMesh | Assembly
    objects: dict[str, MeshObject]
    boxes: dict[str, Box]
    sites: dict[str, tuple[Site, Floats]]
    is_open: bool

    def members(self, path: str, region: str | None, place: Place) -> NDArray[np.bool_]:
        """Return which triangles of the mesh an object, or a region of it, has.

        Raises
        ------
        MdlError
            If there is no such object or region.
        """
        if path not in self.objects:
            raise place.error(
                f"{path!r} is no object that bounds a compartment; there are {', '.join(self.objects) or 'none'}"
            )
        own = self.objects[path].regions
        if (region or "ALL") not in own:
            raise place.error(f"{path} has no region {region!r}; it has {', '.join(own)}")
        return self._globally(path, own[region or "ALL"])

    def regions(self, members: NDArray[np.bool_]) -> tuple[str, ...]:
        """Return the regions of the mesh that make up a set of triangles."""
        return tuple(name for name in self.mesh.region_names if members[self.mesh.region_faces(name)].all())

    def named_regions(self) -> Iterator[tuple[tuple[str, ...], Region]]:
        """Yield each region of each object with the regions of the mesh that it consists of."""
        for path, thing in self.objects.items():
            for region in thing.regions.values():
                yield self.regions(self._globally(path, region)), region

    def is_inner(self, names: Iterable[str]) -> bool:
        """Say whether there are compartments on both sides of regions of one object."""
        faces = self.mesh.region_faces(*names)
        return bool(faces.size and (self.mesh.face_compartments[faces] >= 0).all())

    def own(self, path: str) -> str:
        """Return the compartment that an object bounds."""
        return self.mesh.compartment_names[list(self.objects).index(path)]

    def enclosed(self, path: str) -> frozenset[str]:
        """Return the compartments that lie within an object: its own and those of the objects in it."""
        names = self.mesh.compartment_names
        parent = dict(self.mesh.face_compartments.tolist())
        found = {list(self.objects).index(path)}
        while more := {part for part, around in parent.items() if around in found} - found:
            found |= more
        return frozenset(names[k] for k in found)

    def _globally(self, path: str, region: Region) -> NDArray[np.bool_]:
        first = sum(len(thing.faces) for thing in list(self.objects.values())[: list(self.objects).index(path)])
        members = np.zeros(len(self.mesh.faces), dtype=bool)
        members[first : first + len(region.members)] = region.members
        return members


def build_space(definitions: Definitions, place: Place) -> Space:
    """Place all instances, in free space if molecules are released outside of all objects.

    Raises
    ------
    MdlError
        If there is no compartment, or a surface is not closed or meets another.
    """
    things = [item for name, thing in definitions.instances.items() for item in _walk(thing, name, np.eye(4))]
    meshes = {path: (thing, matrix) for path, thing, matrix in things if isinstance(thing, MeshObject)}
    sites = {p: (thing, m) for p, thing, m in things if isinstance(thing, Site)}
    on_surface = {molecule.name for molecule in definitions.molecules.values() if molecule.is_on_surface}
    places = np.concatenate([np.empty((0, 2, 3)), *(corners(*site, on_surface) for site in sites.values())])
    solid = {path: pair for path, pair in meshes.items() if not _counts_only(*pair, definitions.molecules)}
    if not solid and len(meshes) == 1 and not are_outside(_parts(meshes), places):
        solid = meshes
    parts = _parts(solid)
    if not parts and not len(places):
        raise place.error("no object is instantiated; INSTANTIATE a closed box or polygon list, or release molecules")
    boxes = {p: _counting_box(thing, m) for p, (thing, m) in meshes.items() if p not in solid}
    is_open = are_outside(parts, places)
    bounds = [*places, *(box.center + np.array([[-0.5], [0.5]]) * box.edges for box in boxes.values())]
    try:
        mesh = surround(parts, bounds) if is_open else _joined(parts)
    except GeometryError as error:
        raise list(solid.values())[-1][0].place.error(str(error)) from error
    return Space(mesh, {p: thing for p, (thing, _) in solid.items()}, boxes, sites, is_open)


def _parts(solid: Mapping[str, tuple[MeshObject, Floats]]) -> dict[str, TriangleMesh]:
    """Make the meshes, named after the objects."""
    short = [path.rsplit(".", 1)[-1] for path in solid]
    names = short if len(set(short)) == len(short) else [path.replace(".", "_") for path in solid]
    return {name: _mesh(*pair, name) for name, pair in zip(names, solid.values(), strict=True)}


def _joined(parts: Mapping[str, TriangleMesh]) -> TriangleMesh | Assembly:
    """Return one mesh, or an assembly of several."""
    return Assembly(parts, name="model") if len(parts) > 1 else next(iter(parts.values()))


def boundaries(space: Space, definitions: Definitions, absorber: str) -> list[tuple[Place, Boundary]]:
    """Return the rules of surface classes and of reactions with them, with their places.

    There is one for each region of the mesh and species.
    """
    molecules = definitions.molecules
    found: dict[tuple[str, str], tuple[Place, Boundary]] = {}
    for names, region in space.named_regions():
        for surface_class, place in region.classes:
            inner = space.is_inner(names)
            for rule, name, parameters in chain(
                _rules(surface_class, molecules, absorber, inner), wall_rules(definitions, surface_class.name, inner)
            ):
                if molecules[name].is_on_surface and len(names) > 1:
                    raise place.error(
                        f"the rim of a region to {name} cannot be expressed where other regions cut it into "
                        f"{', '.join(names)}; let them not overlap"
                    )
                for part in names:
                    boundary = _boundary(place, part, name, rule, parameters)
                    if found.setdefault((part, name), (place, boundary))[1] != boundary:
                        raise place.error(f"region {part!r} has two different rules for {name}")
    order = list(space.mesh.region_names)
    return sorted(found.values(), key=lambda pair: order.index(pair[1].region))


def _boundary(place: Place, region: str, species: str, rule: str, parameters: Mapping[str, Any]) -> Boundary:
    try:
        return Boundary(region, species, rule, **parameters)
    except ModelError as error:
        raise place.error(str(error)) from error


def _rules(
    surface_class: SurfaceClass, molecules: Mapping[str, Molecule], absorber: str, inner: bool
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for word, molecule in surface_class.rules:
        _check_sides(word, molecule, inner)
        rule = {"ABSORPTIVE": absorber, "TRANSPARENT": "transparent"}.get(word, "reflecting")
        for name in expand(molecule, molecules):
            if not molecules[name].is_on_surface:
                yield rule, name, {}
            elif molecules[name].D > 0 and word != "TRANSPARENT":
                # To a surface molecule the rule is that of the region's rim.
                yield "absorbing-segment" if word == "ABSORPTIVE" else rule, name, {}
    for molecule, molar in surface_class.clamps:
        _check_clamped(molecules[molecule.name], molecule.place)
        if inner and molecule.orientation not in (None, 0):
            raise molecule.place.error(
                f"between two compartments the concentration of {molecule.name} is held on both sides; "
                f"write {molecule.name};"
            )
        if not inner and (molecule.orientation or 0) >= 0:
            raise molecule.place.error(
                f"the concentration of {molecule.name} is held outside, where there is no compartment; "
                f"write {molecule.name}, for the inside, or put an object around"
            )
        yield "clamp", molecule.name, {"concentration": molar * 1e6}


def _check_clamped(molecule: Molecule, place: Place) -> None:
    if molecule.is_on_surface:
        raise place.error(f"{molecule.name} is a surface molecule and has no concentration to be held; release it")
    if molecule.D == 0:
        raise place.error(
            f"{molecule.name} does not move, so that none would come from where its concentration is held; "
            "give it a DIFFUSION_CONSTANT_3D > 0, or release it"
        )


def _check_sides(word: str, molecule: Oriented, inner: bool) -> None:
    """Allow rules for both sides, and absorption from the inside if there is nothing outside."""
    both = molecule.orientation in (None, 0)
    only_inside = word == "ABSORPTIVE" and (molecule.orientation or 0) < 0 and not inner
    if not both and word != "REFLECTIVE" and not only_inside:
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


def _counts_only(thing: MeshObject, matrix: Floats, molecules: Mapping[str, Molecule]) -> bool:
    """Say whether an object is a box along the axes that all volume molecules pass everywhere."""
    if not _is_box(thing, matrix):
        return False
    passed = {name: np.zeros(len(thing.faces), dtype=bool) for name, m in molecules.items() if not m.is_on_surface}
    for region in thing.regions.values():
        for surface_class, _ in region.classes:
            if surface_class.clamps or any(rule != "TRANSPARENT" for rule, _ in surface_class.rules):
                return False
            for _, molecule in surface_class.rules:
                for name in passed.keys() & expand(molecule, molecules):
                    passed[name] |= region.members
    return all(members.all() for members in passed.values())


def _is_box(thing: MeshObject, matrix: Floats) -> bool:
    vertices = transformed(thing.vertices, matrix)
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    at_corner = np.minimum(np.abs(vertices - low), np.abs(vertices - high)) <= SKEW * (high - low)
    return bool(at_corner.all()) and len(thing.faces) == 12


def _counting_box(thing: MeshObject, matrix: Floats) -> Box:
    vertices = transformed(thing.vertices, matrix)
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    # Exported boxes are somewhat smaller than their samplers, so that boxes that touch share no walls.
    shrink = float(thing.note.get("shrink", 1.0))
    return Box(_triple((low + high) / 2), _triple((high - low) / shrink))


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
