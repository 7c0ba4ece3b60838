"""The objects of the world, and its release sites."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ....model import Ball, Box, Ellipsoid, Model, NotExportableError, Release, Shell
from .. import trains
from ..boxes import counting_boxes
from ..expressions import plain
from .space import WORLD, parts, region_expression
from .text import array, molar, remark

SITE_DIAMETER = 0.02  # um, within which MCell looks for a place in the surface


def instances(model: Model) -> list[str]:
    """Return the objects of the world: meshes, counting boxes and release sites."""
    names = [part.name for part in parts(model)]
    names += [box.name for box in dict.fromkeys(counting_boxes(model).values())]
    lines = [f"INSTANTIATE {WORLD} OBJECT {{", *(f" {name} OBJECT {name} {{}}" for name in names)]
    for number, release in enumerate(model.releases, 1):
        for suffix, timing, note in trains.sites(release, number):
            lines += _sites(model, release, number, suffix, timing, note)
    return [*lines, "}"]


def _sites(
    model: Model, release: Release, number: int, suffix: str, timing: str, note: Mapping[str, object]
) -> list[str]:
    """Return the release sites of a release at its times: one for each state."""
    mixture = number if len(release.fractions) > 1 else 0
    lines = []
    for state, fraction in release.fractions.items():
        mark = "'" if state in model.surface_species else ""
        name = f"release_{number}_{state}{suffix}"
        site, comment = _site(model, release, state, fraction, mark)
        lines.append(f" {name} RELEASE_SITE {{ {site}{timing} }}{remark(mixture=mixture, **note)} /* {comment} */")
    return lines


def _site(model: Model, release: Release, state: str, fraction: float, mark: str) -> tuple[str, str]:
    """Return the fields of a release site and the amount in the model's own unit."""
    if release.points is not None:
        points = release.point_array()
        listed = " ".join(f"{state}{mark} {array(map(float, point))}" for point in points)
        site = f"SHAPE = LIST MOLECULE_POSITIONS {{ {listed} }} SITE_DIAMETER = {SITE_DIAMETER}"
        return site, f"{len(points)} molecules"
    amount, comment = _amount(release, fraction)
    return f"{_shape(model, release)} MOLECULE = {state}{mark} {amount}", comment


def _shape(model: Model, release: Release) -> str:
    if release.within is not None:
        word, diameters = _place_shape(release.within)
        return f"SHAPE = {word} LOCATION = {array(release.within.center)} SITE_DIAMETER = {array(diameters)}"
    if release.regions:
        return "SHAPE = " + " + ".join(f"{WORLD}.{region_expression(model, region)}" for region in release.regions)
    part = parts(model)[model.home(release)]
    on_surface = not model.surface_species.isdisjoint(release.fractions)
    return f"SHAPE = {WORLD}.{part.name}" if on_surface else f"SHAPE = {part.space}"


def _place_shape(place: Ball | Box | Ellipsoid | Shell) -> tuple[str, Iterable[float]]:
    """Return MDL's word for a place, and its extents (um)."""
    match place:
        case Box():
            return "RECTANGULAR", place.edges
        case Ball():
            return "ELLIPTIC", [2 * place.radius] * 3
        case Ellipsoid():
            return "ELLIPTIC", [2 * radius for radius in place.radii]
    raise NotExportableError(f"A release is within {place}, which MDL cannot say; give it a Ball, or leave it out.")


def _amount(release: Release, fraction: float) -> tuple[str, str]:
    """Return the amount of one state in MDL, and in the model's own unit."""
    if release.number is not None and release.number_sd:
        amount = f"MEAN_NUMBER = {release.number} STANDARD_DEVIATION = {plain(release.number_sd)}"
        return f"GAUSSIAN_RELEASE_NUMBER {{ {amount} }}", f"{release.number} +- {release.number_sd:g} molecules"
    if release.number is not None:
        number = release.number * fraction
        return f"NUMBER_TO_RELEASE = {round(number)}", f"{number:g} molecules"
    if release.density is not None:
        density = release.density * fraction
        return f"DENSITY = {plain(density)}", f"{density:g} 1/um^2"
    micromolar = (release.concentration or 0.0) * fraction
    return f"CONCENTRATION = {molar(micromolar)}", f"{micromolar:g} uM"
