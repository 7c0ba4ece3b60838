"""Release sites of MDL to releases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from lark import Tree
from numpy.typing import NDArray

from ...model import Ball, Box, Ellipsoid, ModelError, Release
from ...model.units import MOLECULES_PER_UM3_PER_UM
from .definitions import Definitions, Floats, Oriented, Site, SurfaceMolecules
from .space import Space, transformed
from .syntax import Place
from .trains import pattern_times

AMOUNTS = ("NUMBER_TO_RELEASE", "CONCENTRATION", "DENSITY", "MEAN_NUMBER")
ROUND, SQUARE = ("SPHERICAL", "ELLIPTIC"), ("CUBIC", "RECTANGULAR")
Faces = NDArray[np.bool_]


def releases(definitions: Definitions, space: Space) -> list[Release]:
    """Convert all release sites, and the molecules of surface classes and regions.

    Sites with the same note ``mixture`` were one release of several states.
    """
    made: list[Release] = []
    mixtures: dict[int, list[Release]] = {}
    for path, (site, matrix) in space.sites.items():
        if site.note.get("repeat"):
            continue
        found = _Converter(definitions, space, path, site, matrix).release()
        mixture = site.note.get("mixture")
        if mixture is None:
            made += found
            continue
        if mixture not in mixtures:
            mixtures[mixture] = []
            made.append(Release("mixture", number=0))  # keeps the place
            mixtures[mixture].append(made[-1])
        mixtures[mixture] += found
    joined = {id(parts[0]): _join(parts[1:]) for parts in mixtures.values()}
    return [joined.get(id(release), release) for release in made] + _on_regions(space)


def released(definitions: Definitions, space: Space) -> list[Oriented]:
    """Return the surface molecules as they are released, with their orientation."""
    sites = [site for site, _ in space.sites.values()]
    found = [site.molecule for site in sites if site.molecule] + [m for site in sites for m, _ in site.positions]
    found += [item.molecule for _, items in _region_molecules(space) for item in items]
    return [m for m in found if definitions.molecules[m.name].is_on_surface]


def _region_molecules(space: Space) -> list[tuple[tuple[str, ...], list[SurfaceMolecules]]]:
    found = []
    for names, region in space.named_regions():
        found.append((names, region.molecules))
        found += [(names, surface_class.molecules) for surface_class, _ in region.classes]
    return found


def _on_regions(space: Space) -> list[Release]:
    made = []
    for names, items in _region_molecules(space):
        for item in items:
            amount: dict[str, Any] = (
                {"density": item.amount} if item.kind == "MOLECULE_DENSITY" else {"number": int(item.amount)}
            )
            made.append(Release(item.molecule.name, region=_region(names, space), **amount))
    return made


def _region(names: tuple[str, ...], space: Space) -> str | tuple[str, ...] | None:
    first = np.flatnonzero(space.mesh.face_compartments[:, 0] == 0)
    if np.array_equal(space.mesh.region_faces(*names), first):
        return None
    return names[0] if len(names) == 1 else names


def _join(parts: list[Release]) -> Release:
    """Join releases of single states into one of a mixture."""
    kind = next(name for name in ("number", "concentration", "density") if getattr(parts[0], name) is not None)
    amounts = {str(part.states): float(getattr(part, kind)) for part in parts}
    total = sum(amounts.values())
    fractions = {state: amount / total if total else 1.0 / len(amounts) for state, amount in amounts.items()}
    values: dict[str, Any] = {kind: total}
    first = parts[0]
    return Release(
        fractions, region=first.region, within=first.within, compartment=first.compartment, at=first.at,
        probability=first.probability, **values,
    )  # fmt: skip


class _Converter:
    """Converts one site."""

    def __init__(self, definitions: Definitions, space: Space, path: str, site: Site, matrix: Floats) -> None:
        self._definitions = definitions
        self._space = space
        self._path = path
        self._site = site
        self._matrix = matrix

    @property
    def _place(self) -> Place:
        return self._site.place

    def release(self) -> list[Release]:
        """Return the site's releases: several if it lists positions of several molecules."""
        if self._is_list():
            return self._list()
        molecule = self._site.molecule
        if molecule is None or molecule.name not in self._definitions.molecules:
            known = ", ".join(list(self._definitions.molecules)[:8])
            name = molecule.name if molecule else None
            raise self._place.error(f"{self._path} releases {name!r}; give MOLECULE = one of {known}")
        on_surface = self._definitions.molecules[molecule.name].is_on_surface
        shape = self._shape_word()
        if shape is not None:
            place = self._within(shape)
            home = self._home_of(place)
            amount = self._amount(on_surface)
            return [self._made(Release, molecule.name, within=place, compartment=home, **amount)]
        amount = self._amount(on_surface)
        if on_surface:
            region = _region(self._space.regions(self._faces(self._site.shape)), self._space)
            return [self._made(Release, molecule.name, region=region, **amount)]
        homes = self._homes(molecule.name, self._site.shape)
        if len(homes) != 1 and "concentration" not in amount:
            raise self._place.error(
                f"{self._path} divides a number over {', '.join(sorted(homes)) or 'nothing'}; "
                "release into one compartment, such as cell - organelle, or give a CONCENTRATION"
            )
        first, *rest = self._space.mesh.compartment_names
        return [
            self._made(Release, molecule.name, compartment=None if home == first else home, **amount)
            for home in (first, *rest)
            if home in homes
        ]

    def _made(self, make: Any, *args: Any, **kwargs: Any) -> Release:
        try:
            release: Release = make(*args, **self._timing(), **kwargs)
        except ModelError as error:
            raise self._place.error(str(error)) from error
        return release

    def _is_list(self) -> bool:
        shape = self._site.shape
        return isinstance(shape, Tree) and shape.data == "place" and shape.children == ["LIST", None]

    def _list(self) -> list[Release]:
        points: dict[str, list[list[float]]] = {}
        for molecule, point in self._site.positions:
            if molecule.name not in self._definitions.molecules:
                raise molecule.place.error(f"there is no molecule {molecule.name!r}")
            points.setdefault(molecule.name, []).append(point)
        return [
            self._made(Release, name, points=transformed(np.array(where), self._matrix))
            for name, where in points.items()
        ]

    def _timing(self) -> dict[str, Any]:
        """Return when, and with what probability, the site releases."""
        fields, settings = self._site.fields, self._definitions.settings
        timing: dict[str, Any] = {}
        if "RELEASE_PATTERN" in fields:
            duration = settings.get("ITERATIONS", 0.0) * settings.get("TIME_STEP", 0.0)
            times = pattern_times(self._pattern(str(fields["RELEASE_PATTERN"])), duration)
            timing["at"] = times[0] if len(times) == 1 else times
        if "at" in self._site.note:
            timing["at"] = self._site.note["at"]
        if "RELEASE_PROBABILITY" in fields:
            timing["probability"] = fields["RELEASE_PROBABILITY"]
        return timing

    def _pattern(self, name: str) -> Mapping[str, float]:
        if name not in self._definitions.patterns:
            known = ", ".join(self._definitions.patterns) or "none"
            raise self._place.error(f"there is no release pattern {name!r}; defined are: {known}")
        return self._definitions.patterns[name]

    def _amount(self, on_surface: bool) -> dict[str, float]:
        fields = self._site.fields
        given = [key for key in AMOUNTS if key in fields]
        if "MEAN_DIAMETER" in fields:
            raise self._place.error("VOLUME_DEPENDENT_RELEASE_NUMBER cannot be expressed; give NUMBER_TO_RELEASE")
        if len(given) != 1:
            raise self._place.error(f"{self._path} has {' and '.join(given) or 'no amount'}; give one amount")
        value = fields[given[0]]
        if not isinstance(value, (int, float)) or value < 0:
            raise self._place.error(f"{given[0]} is {value!r}; give a number >= 0")
        if given[0] in ("NUMBER_TO_RELEASE", "MEAN_NUMBER"):
            # MCell leaves out the fraction, too.
            return {"number": int(value), "number_sd": float(fields.get("STANDARD_DEVIATION", 0.0))}
        if given[0] == "DENSITY" and on_surface:
            return {"density": value}
        if given[0] == "CONCENTRATION" and not on_surface:
            return {"concentration": value * 1e6}
        if given[0] == "DENSITY":
            return {"concentration": value / MOLECULES_PER_UM3_PER_UM}
        raise self._place.error("surface molecules have a DENSITY (1/um^2), not a CONCENTRATION")

    def _faces(self, shape: Any) -> Faces:
        """Return the triangles of a region expression."""
        if shape is None:
            raise self._place.error(f"{self._path} has no SHAPE")
        if shape.data == "place":
            path, region = (None if child is None else str(child) for child in shape.children)
            return self._space.members(str(path), region, self._place)
        left, right = (self._faces(child) for child in shape.children)
        operations = {"union": left | right, "difference": left & ~right, "intersection": left & right}
        return operations[shape.data]

    def _home_of(self, place: Ball | Box | Ellipsoid) -> str | None:
        """Return the compartment around a place, None for the first, where the model looks at the place itself."""
        mesh = self._space.mesh
        found = np.unique(mesh.compartment_at(place.hull()))
        if len(mesh.compartment_names) > 1 and len(found) > 1:
            raise self._place.error(f"{self._path} releases into several compartments; release into each by itself")
        return mesh.compartment_names[int(found[0])] if found[0] > 0 else None

    def _homes(self, molecule: str, shape: Any) -> frozenset[str]:
        """Return the compartments of an expression of closed objects."""
        if shape is None:
            raise self._place.error(f"{self._path} has no SHAPE")
        if shape.data == "place":
            path, region = str(shape.children[0]), shape.children[1]
            members = self._space.members(path, region and str(region), self._place)
            if members.sum() < len(self._space.objects[path].faces):
                raise self._place.error(f"{molecule} is no surface molecule, and cannot be released on a region")
            return self._space.enclosed(path)
        left, right = (self._homes(molecule, child) for child in shape.children)
        operations = {"union": left | right, "difference": left - right, "intersection": left & right}
        return operations[shape.data]

    def _shape_word(self) -> str | None:
        """Return the shape of a site that is not a region, e.g. SPHERICAL."""
        shape = self._site.shape
        if isinstance(shape, Tree) and shape.data == "place":
            shape = str(shape.children[0])
        return shape if isinstance(shape, str) and shape in (*ROUND, *SQUARE, "SPHERICAL_SHELL") else None

    def _within(self, shape: str) -> Ball | Box | Ellipsoid:
        fields = self._site.fields
        if shape not in ROUND + SQUARE:
            raise self._place.error(f"a {shape} release cannot be expressed; use SPHERICAL, or a LIST of positions")
        if (self._matrix[:3, :3] != np.eye(3)).any():
            raise self._place.error("a release site that is turned or scaled cannot be expressed; move it only")
        factor = 2.0 if "SITE_RADIUS" in fields else 1.0
        size = fields.get("SITE_DIAMETER", fields.get("SITE_RADIUS"))
        location = fields.get("LOCATION")
        if size is None or not isinstance(location, list) or len(location) != 3:
            raise self._place.error(f"a {shape} release needs LOCATION = [x, y, z] and SITE_DIAMETER")
        edges = factor * np.broadcast_to(np.array(size, dtype=float), 3)
        x, y, z = transformed(np.array([location]), self._matrix)[0].tolist()
        try:
            if shape in SQUARE:
                return Box((x, y, z), edges.tolist())
            if (edges == edges[0]).all():
                return Ball((x, y, z), float(edges[0]) / 2)
            return Ellipsoid((x, y, z), (edges / 2).tolist())
        except ModelError as error:
            raise self._place.error(str(error)) from error
