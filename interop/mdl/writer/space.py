"""Meshes as objects, their surface classes, counting boxes and subvolumes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ....geometry import Assembly
from ....model import Boundary, Mesh, Model
from ..boxes import counting_boxes
from ..expressions import plain
from ..walls import velocity_per_rate
from ..words import WORDS
from .text import array, literal, molar, remark

WORLD, MESH = "world", "compartment"
#: Edge of MCell's spatial subvolumes (um), and their largest number along an axis.
PARTITION, MOST_PARTITIONS = 0.05, 100


def partitions(model: Model) -> list[str]:
    """Return the spatial subvolumes."""
    low, high = model.mesh.bounds
    step = max(PARTITION, float((high - low).max()) / MOST_PARTITIONS)
    return [
        f"PARTITION_{axis} = [[{plain(a - step)} TO {plain(b + step)} STEP {plain(step)}]]"
        for axis, a, b in zip("XYZ", map(float, low), map(float, high), strict=True)
    ]


def surface_classes(model: Model) -> list[str]:
    """Return the surface class of each region that has rules, and that of counting boxes."""
    lines = []
    for region, boundaries in _by_region(model.boundaries).items():
        rules = " ".join(rule for boundary in boundaries if (rule := _rule(model, boundary)))
        lines.append(f"  {_class(region)} {{ {rules} }}")
    if any(sampler.within is not None for sampler in model.samplers):
        lines.append("  counting_class { TRANSPARENT = ALL_MOLECULES; }")
    return ["DEFINE_SURFACE_CLASSES {", *lines, "}"] if lines else []


def _rule(model: Model, boundary: Boundary) -> str:
    faces = model.mesh.region_faces(boundary.region)
    return WORDS[boundary.rule].text.format(
        species=boundary.species,
        sides=";" if (model.mesh.face_compartments[faces] >= 0).all() else ",",
        molar=molar(boundary.concentration or 0.0),
    )


def wall_reactions(model: Model) -> list[str]:
    """Return the reactions with surface classes by which molecules pass, or are taken up by, regions."""
    lines = []
    for boundary in model.boundaries:
        velocities = (boundary.velocity or 0.0,) * 2 if boundary.velocity is not None else boundary.ways
        out, inward = map(_wall_rate, velocities)
        lines += [
            f"  {text.format(species=boundary.species, wall=_class(boundary.region), out=out, inward=inward)}"
            f" /* {' and '.join(f'{value:g}' for value in dict.fromkeys(velocities))} um/s */"
            for text in WORDS[boundary.rule].reactions
        ]
    return lines


def _wall_rate(velocity: float) -> str:
    """Return the rate (1/(M s)) with a surface class that is a permeability or a velocity of uptake (um/s)."""
    unit = velocity_per_rate()
    return literal(velocity, lambda rate: unit * rate, 1 / unit)


def _by_region(boundaries: Iterable[Boundary]) -> dict[str, list[Boundary]]:
    grouped: dict[str, list[Boundary]] = {}
    for boundary in boundaries:
        grouped.setdefault(boundary.region, []).append(boundary)
    return grouped


@dataclass(frozen=True)
class _Part:
    """A mesh that becomes an object: ``prefix`` is what its regions begin with, ``holes`` the objects in it."""

    name: str
    mesh: Mesh
    prefix: str
    holes: tuple[str, ...]

    @property
    def space(self) -> str:
        """The region expression of the compartment: MCell subtracts regions, not objects."""
        return " - ".join(f"{WORLD}.{name}[ALL]" for name in (self.name, *self.holes))


def parts(model: Model) -> list[_Part]:
    """Return the objects of a model, one for each compartment."""
    if not isinstance(model.mesh, Assembly):
        return [_Part(MESH, model.mesh, "", ())]
    names = model.mesh.compartment_names
    parent = dict(model.mesh.face_compartments.tolist())
    holes = [tuple(names[k] for k in parent if parent[k] == number) for number in range(len(names))]
    return [
        _Part(name, mesh, f"{name}.", inner)
        for (name, mesh), inner in zip(model.mesh.parts.items(), holes, strict=True)
    ]


def _class(region: str) -> str:
    """Return the surface class of a region."""
    return region.replace(".", "_") + "_class"


def region_expression(model: Model, region: str) -> str:
    """Return the object and region of MDL for a region of the mesh."""
    part = next(part for part in parts(model) if region.startswith(part.prefix))
    return f"{part.name}[{region.removeprefix(part.prefix)}]"


def meshes(model: Model) -> list[str]:
    """Return the meshes, and the surface classes of their regions."""
    boxes = counting_boxes(model)
    samplers = [
        {
            "name": s.name,
            "species": s.species,
            "box": boxes[k].name if k in boxes else None,
            "while_present": s.while_present,
        }
        for k, s in enumerate(model.samplers)
    ]
    first, *rest = parts(model)
    lines = _mesh(first, remark(samplers=samplers))
    for part in rest:
        lines += _mesh(part, "")
    for region in _by_region(model.boundaries):
        place = region_expression(model, region)
        lines.append(f"MODIFY_SURFACE_REGIONS {{ {place} {{ SURFACE_CLASS = {_class(region)} }} }}")
    return lines


def _mesh(part: _Part, note: str) -> list[str]:
    mesh = part.mesh
    lines = [f"{part.name} POLYGON_LIST {{{note}", " VERTEX_LIST {"]
    lines += [f"  {array(map(float, vertex))}" for vertex in mesh.vertices]
    lines += [" }", " ELEMENT_CONNECTIONS {"]
    lines += [f"  [{a}, {b}, {c}]" for a, b, c in mesh.faces]
    lines += [" }", " DEFINE_SURFACE_REGIONS {"]
    for region in mesh.region_names:
        members = ", ".join(map(str, mesh.region_faces(region)))
        lines.append(f"  {region} {{ ELEMENT_LIST = [{members}] }} /* {mesh.area(region):.6g} um^2 */")
    return [*lines, " }", f"}} /* {mesh.volume:.6g} um^3 */"]


def box_objects(model: Model) -> list[str]:
    """Return the boxes in which samplers count."""
    lines = []
    for box in dict.fromkeys(counting_boxes(model).values()):
        low, high = box.corners
        lines.append(f"{box.name} BOX {{ CORNERS = {array(low)}, {array(high)} }}{remark(shrink=box.shrink)}")
        lines.append(f"MODIFY_SURFACE_REGIONS {{ {box.name}[ALL] {{ SURFACE_CLASS = counting_class }} }}")
    return lines
