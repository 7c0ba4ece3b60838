"""Release sites of MDL to releases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model import Ball, Box, Ellipsoid, ModelError, Release
from ...model.units import MOLECULES_PER_UM3_PER_UM
from . import limits
from .definitions import Definitions, Floats, Oriented, Site, SurfaceMolecules
from .sites import SQUARE, extent, is_list, shape_word, transformed
from .space import Space
from .syntax import Place
from .trains import pattern_times

AMOUNTS = ("NUMBER_TO_RELEASE", "CONCENTRATION", "DENSITY", "MEAN_NUMBER")
KINDS = ("number", "concentration", "density")
Faces = NDArray[np.bool_]


def releases(definitions: Definitions, space: Space) -> list[tuple[Place, Release]]:
    """Convert all release sites, and the molecules of surface classes and regions.

    Sites with the same note ``mixture`` were one release of several states.
    """
    groups: dict[object, tuple[Place, list[Release]]] = {}
    for path, (site, matrix) in space.sites.items():
        if site.note.get("repeat"):
            continue
        found = _Converter(definitions, space, path, site, matrix).release()
        # A site that is no part of a mixture has a key of its own.
        groups.setdefault(site.note.get("mixture", path), (site.place, []))[1].extend(found)
    made = []
    for key, (place, parts) in groups.items():
        made += [(place, part) for part in ([_join(parts, place)] if isinstance(key, int) else parts)]
    return made + _on_regions(space)


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


def _on_regions(space: Space) -> list[tuple[Place, Release]]:
    made = []
    for names, items in _region_molecules(space):
        for item in items:
            amount: dict[str, Any] = (
                {"density": item.amount} if item.kind == "MOLECULE_DENSITY" else {"number": int(item.amount)}
            )
            made.append((item.molecule.place, Release(item.molecule.name, region=_region(names, space), **amount)))
    return made


def _region(names: tuple[str, ...], space: Space) -> str | tuple[str, ...] | None:
    first = np.flatnonzero(space.mesh.face_compartments[:, 0] == 0)
    if np.array_equal(space.mesh.region_faces(*names), first):
        return None
    return names[0] if len(names) == 1 else names


def _join(parts: list[Release], place: Place) -> Release:
    """Join releases of single states into one of a mixture."""
    kinds = {name for part in parts for name in KINDS if getattr(part, name) is not None}
    states = {part.states for part in parts if isinstance(part.states, str)}
    where = {(part.regions, part.within, part.compartment, part.times, part.probability) for part in parts}
    if len(kinds) != 1 or len(states) != len(parts) or len(where) != 1:
        raise place.error("the note says that sites were one release, but they differ in more than the molecule")
    (kind,) = kinds
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
        if is_list(self._site):
            return self._list()
        if self._site.positions:
            raise self._place.error(f"{self._path} has MOLECULE_POSITIONS, which go with SHAPE = LIST")
        molecule = self._site.molecule
        if molecule is None:
            raise self._place.error(f"{self._path} has no MOLECULE; name what it releases")
        on_surface = self._check(molecule)
        shape = shape_word(self._site)
        if shape is not None:
            return [self._local(shape, molecule.name, on_surface)]
        for key in ("LOCATION", "SITE_DIAMETER", "SITE_RADIUS"):
            if key in self._site.fields:
                raise self._place.error(f"{self._path} has {key}, which does not go with regions; leave it out")
        amount = self._amount(on_surface)
        if on_surface:
            region = _region(self._space.regions(self._faces(self._site.shape)), self._space)
            return [self._made(Release, molecule.name, region=region, **amount)]
        homes = self._homes(molecule.name, self._site.shape)
        if len(homes) != 1 and "concentration" not in amount:
            raise self._place.error(
                f"{self._path} divides a number over {', '.join(sorted(homes)) or 'nothing'}; "
                "release into one compartment, such as cell[ALL] - organelle[ALL], or give a CONCENTRATION"
            )
        if not homes:
            raise self._place.error(f"{self._path} releases into nothing; check the regions of its SHAPE")
        first, *rest = self._space.mesh.compartment_names
        return [
            self._made(Release, molecule.name, compartment=None if home == first else home, **amount)
            for home in (first, *rest)
            if home in homes
        ]

    def _check(self, molecule: Oriented) -> bool:
        """Say whether a released molecule is one of surfaces.

        Raises
        ------
        MdlError
            If there is no such molecule.
        """
        molecules = self._definitions.molecules
        if molecule.name not in molecules:
            known = ", ".join(list(molecules)[:8])
            raise molecule.place.error(f"{self._path} releases {molecule.name!r}; give MOLECULE = one of {known}")
        on_surface = molecules[molecule.name].is_on_surface
        if on_surface and not self._space.objects:
            raise molecule.place.error(
                f"{molecule.name} is a surface molecule, and there is no object; INSTANTIATE one"
            )
        if molecule.orientation is not None and not on_surface:
            self._definitions.ignore("orientation of volume molecules", molecule.place)
        return on_surface

    def _local(self, shape: str, name: str, on_surface: bool) -> Release:
        """Return a release within a ball or box, or at a point."""
        if on_surface:
            raise self._place.error(f"{name} is a surface molecule; release it on a region, or at a LIST of positions")
        center, edges = extent(self._site, self._matrix, shape)
        amount = self._amount(on_surface)
        if not edges.any():
            return self._at_point(name, center, amount)
        place = self._within(shape, center, edges)
        return self._made(Release, name, within=place, compartment=self._home_of(place), **amount)

    def _at_point(self, name: str, center: Floats, amount: Mapping[str, float]) -> Release:
        """Return a release of all molecules at one point, such as that of a vesicle."""
        number = amount.get("number", 0)
        if "number" not in amount or amount["number_sd"] or not 1 <= number <= limits.MOST_POINTS:
            raise self._place.error(
                f"{self._path} releases at a point; give it NUMBER_TO_RELEASE from 1 to {limits.MOST_POINTS}, or a "
                "SITE_DIAMETER > 0"
            )
        return self._made(Release, name, points=np.repeat(center[None], int(number), axis=0))

    def _made(self, make: Any, *args: Any, **kwargs: Any) -> Release:
        try:
            release: Release = make(*args, **self._timing(), **kwargs)
        except ModelError as error:
            raise self._place.error(str(error)) from error
        return release

    def _list(self) -> list[Release]:
        points: dict[str, list[list[float]]] = {}
        for molecule, point in self._site.positions:
            self._check(molecule)
            points.setdefault(molecule.name, []).append(point)
        stray = [key for key in (*AMOUNTS, "LOCATION") if key in self._site.fields]
        if not points or stray or self._site.molecule is not None:
            what = " and ".join(stray) or ("MOLECULE" if points else "no MOLECULE_POSITIONS")
            raise self._place.error(f"{self._path} is a LIST with {what}; give MOLECULE_POSITIONS and nothing else")
        if {"SITE_DIAMETER", "SITE_RADIUS"} & set(self._site.fields):
            self._definitions.ignore("SITE_DIAMETER of a LIST", self._place)
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
            times = pattern_times(self._pattern(str(fields["RELEASE_PATTERN"])), duration, self._place)
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
        if len(given) != 1:
            raise self._place.error(f"{self._path} has {' and '.join(given) or 'no amount'}; give one amount")
        value = fields[given[0]]
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

    def _within(self, shape: str, center: Floats, edges: Floats) -> Ball | Box | Ellipsoid:
        x, y, z = center.tolist()
        try:
            if shape in SQUARE:
                return Box((x, y, z), edges.tolist())
            if (edges == edges[0]).all():
                return Ball((x, y, z), float(edges[0]) / 2)
            return Ellipsoid((x, y, z), (edges / 2).tolist())
        except ModelError as error:
            raise self._place.error(str(error)) from error
