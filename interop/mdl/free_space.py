"""Space without walls: the box in which it is run, so large that what happens at its sides does not matter."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from itertools import count

import numpy as np
from scipy.linalg import expm
from scipy.special import erfcinv

from ...geometry import Assembly, TriangleMesh
from ...geometry import box as box_shape
from ...model import Model, warn
from ...particles import Particles
from ...particles.preflight import peak
from .definitions import Floats
from .syntax import Place

#: Name of the space around all objects.
NAME = "space"
#: Molecules expected to reach a side of the box in a run.
REACHED = 1e-3
#: Least distance (um) from what is released, and from objects, to a side.
LEAST_MARGIN = 0.1
#: Voxels of the box, beyond which they are made larger.
MOST_VOXELS = 1_000_000
#: Edge of a voxel, in smallest extents of an object, above which nothing around the object is resolved.
LARGEST_VOXEL = 0.5
#: Molecules in a model beyond which their number has no meaning.
MOST_MOLECULES = 1e300


def are_outside(parts: Mapping[str, TriangleMesh], places: Floats) -> bool:
    """Say whether the middle of any place, given by two corners (um), shape (n, 2, 3), lies outside of all meshes."""
    inside = np.zeros(len(places), dtype=bool)
    for mesh in parts.values():
        inside |= mesh.contains(places.mean(axis=1))
    return not inside.all()


def surround(parts: Mapping[str, TriangleMesh], bounds: Sequence[Floats]) -> TriangleMesh | Assembly:
    """Return compartments with a box, the last of them, around all of them and around other bounds (um), (2, 3) each.

    It is the least that holds them; :func:`widened` makes it as large as a run needs.
    """
    corners = np.stack([*bounds, *(mesh.bounds for mesh in parts.values())])
    walls = _box(corners[:, 0].min(axis=0) - LEAST_MARGIN, corners[:, 1].max(axis=0) + LEAST_MARGIN)
    name = next(name for k in count() if (name := NAME + "_" * k) not in parts)
    return Assembly({**parts, name: walls}, name="model") if parts else walls


def widened(model: Model, duration: float) -> Model:
    """Return a model with its last compartment, a box around all others, made as large as a run (s) needs."""
    mesh, farther = model.mesh, margin(model, duration)
    if not isinstance(mesh, Assembly):
        return dataclasses.replace(model, mesh=_wider(mesh.bounds, farther))
    *_, last = mesh.parts
    return dataclasses.replace(
        model, mesh=Assembly({**mesh.parts, last: _wider(mesh.parts[last].bounds, farther)}, name=mesh.name)
    )


def margin(model: Model, duration: float) -> float:
    """Return how far (um) from all that is released the sides of a box do not matter.

    A molecule that diffuses with D reaches a plane at a distance m within a time t with probability
    erfc(m / sqrt(4 D t)) (reflection principle). Of N molecules and six planes fewer than ``REACHED`` are therefore
    expected to do so beyond m = sqrt(4 D t) erfcinv(REACHED / (6 N)), with the largest D of all species, as any may
    become any, the whole of the run, and N as :func:`most_molecules` has it.
    """
    D = max((species.D for species in model.species if not species.is_on_surface), default=0.0)
    number = max(1.0, most_molecules(model, duration))
    return float(np.sqrt(4 * D * duration) * erfcinv(REACHED / (6 * number)))


def most_molecules(model: Model, duration: float) -> float:
    """Return how many molecules (with descendants, by their mean) a run has at most.

    All releases are taken to happen at the start, 6 standard deviations above their mean, and reactions of single
    molecules that make more of them to act all the time: exp(M t) n, with M the mean births of each species by each.
    Of every molecule there is then one line of ancestors that diffuses as one molecule does (the many-to-one formula
    of branching Brownian motion). What reactions of pairs make beyond two molecules is not in it: a thousand times
    more molecules take the sides a fifth farther away.
    """
    index = {species.name: k for k, species in enumerate(model.species)}
    number, births = np.zeros(len(index)), np.zeros((len(index), len(index)))
    for release in model.releases:
        amount = (model.expected_number(release) + 6 * release.number_sd) * len(release.times)
        for name, share in release.fractions.items():
            number[index[name]] += share * amount
    for step in model.steps:
        if step.order == 1 and step.products:
            parent = index[step.reactants[0].species]
            births[parent, parent] -= peak(step)
            for product in step.products:
                births[index[product.species], parent] += peak(step)
    with np.errstate(over="ignore", invalid="ignore"):
        total = float((expm(births * duration) @ number).sum())
    return min(total, MOST_MOLECULES) if np.isfinite(total) else MOST_MOLECULES


def voxel(model: Model, place: Place) -> float:
    """Return the edge (um) of the reaction voxels with a box around all: no more of them than memory has room for.

    Without partners that meet, and without objects, nothing depends on it.

    Raises
    ------
    MdlError
        If an object is hardly larger than a voxel.

    Warns
    -----
    NanospineWarning
        If partners meet in voxels larger than usual.
    """
    *objects, space = model.mesh.compartments
    extents = np.ptp(space.bounds, axis=0)
    meet = any(step.order == 2 for step in model.steps)
    if not objects and not meet:
        return float(extents.max())
    edge = max(Particles.voxel, float(extents.prod() / MOST_VOXELS) ** (1 / 3))
    far = f"in free space molecules get up to {extents.max():.3g} um away, so that voxels are {edge:.2g} um"
    for thing in objects:
        if edge > LARGEST_VOXEL * np.ptp(thing.bounds, axis=0).min():
            raise place.error(
                f"{far}, too large for {thing.name!r}; put an object around all, or run for a shorter time"
            )
    if meet and edge > Particles.voxel:
        warn(f"MDL: {far} instead of {Particles.voxel:g}: partners that are closer together react too slowly.")
    return edge


def _box(low: Floats, high: Floats) -> TriangleMesh:
    shape = box_shape((high - low).tolist())
    return TriangleMesh.from_arrays(np.where(shape.vertices < 0, low, high), shape.faces, {}, name=NAME)


def _wider(bounds: Floats, farther: float) -> TriangleMesh:
    low, high = bounds
    return _box(low - farther, high + farther)
