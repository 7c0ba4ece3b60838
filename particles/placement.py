"""Released molecules: how many, which state, where."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry.triangles import nearest_on_surface
from ..model import Model, Place, Release, Space
from .kernels.tables import INSIDE, OUTSIDE
from .lowering.boundaries import face_sides

BATCH = 65_536  # points drawn at a time


@dataclass(frozen=True)
class Placed:
    """New molecules.

    Attributes
    ----------
    species
        Species codes, shape (n,).
    position
        um, shape (n, 3).
    face
        Triangles, -1 for volume molecules, shape (n,).
    compartment
        Numbers of their compartments, of surface molecules those inside the membrane, shape (n,).
    beyond
        Numbers of the compartments outside the membrane, OUTSIDE for volume molecules, shape (n,).
    """

    species: NDArray[np.int32]
    position: NDArray[np.float64]
    face: NDArray[np.int32]
    compartment: NDArray[np.int32]
    beyond: NDArray[np.int32]


def place(model: Model, rng: np.random.Generator) -> Placed:
    """Draw the molecules that are released at t = 0."""
    return _joined([place_release(model, release, rng) for release in model.releases if release.times[0] == 0])


def later_releases(model: Model, dt: float) -> dict[int, list[tuple[float, int, int]]]:
    """Return by time step the releases after t = 0: the time (s), the release, and which of its times it is."""
    found: dict[int, list[tuple[float, int, int]]] = {}
    for index, release in enumerate(model.releases):
        for turn, time in enumerate(release.times):
            if time > 0:
                # A time that is a whole number of steps but for rounding belongs to the step that it begins.
                found.setdefault(int(time / dt * (1 + 1e-12)), []).append((time, index, turn))
    return found


def _joined(parts: list[Placed]) -> Placed:
    none = np.empty(0, np.int32)
    parts = [Placed(none, np.empty((0, 3)), none, none, none), *parts]
    return Placed(*(np.concatenate([getattr(p, field.name) for p in parts]) for field in dataclasses.fields(Placed)))


def place_release(model: Model, release: Release, rng: np.random.Generator) -> Placed:
    """Draw the molecules that a release makes at one time."""
    number = model.draw_number(release, rng)
    if number == 0:
        return _joined([])
    names = list(release.fractions)
    codes = np.array([model.index(name) for name in names], dtype=np.int32)
    fractions = np.array([release.fractions[name] for name in names])
    species = rng.choice(codes, size=number, p=fractions / fractions.sum()).astype(np.int32)
    if model.species[codes[0]].is_on_surface:
        position, face = _on_surface(model, release, number, rng)
        beyond, compartment = face_sides(model.mesh)[face].T
    else:
        position, compartment = _in_volume(model, release, number, rng)
        face, beyond = np.full(number, -1, np.int32), np.full(number, OUTSIDE, np.int32)
    return Placed(species, position, face, compartment, beyond)


def _in_volume(
    model: Model, release: Release, number: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    if release.points is not None:
        points = release.point_array()
        return points, (model.mesh.compartment_at(points) + INSIDE).astype(np.int32)
    home = model.home(release)
    points = uniform_inside(model.mesh.compartments[home], number, rng, release.within)
    return points, np.full(number, home + INSIDE, np.int32)


def _on_surface(
    model: Model, release: Release, number: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    mesh = model.mesh
    corners = mesh.vertices[mesh.faces]
    if release.points is not None:
        return nearest_on_surface(corners, release.point_array())
    faces = mesh.region_faces(*model.regions_of(release))
    sides, area = corners[faces, 1:] - corners[faces, :1], mesh.face_areas[faces]
    chosen = rng.choice(len(faces), size=number, p=area / area.sum())
    u, v = rng.random(number), rng.random(number)
    flip = u + v > 1
    u[flip], v[flip] = 1 - u[flip], 1 - v[flip]
    position = corners[faces[chosen], 0] + u[:, None] * sides[chosen, 0] + v[:, None] * sides[chosen, 1]
    return position, faces[chosen].astype(np.int32)


def uniform_inside(
    space: Space, number: int, rng: np.random.Generator, place: Place | None = None
) -> NDArray[np.float64]:
    """Draw points uniformly in a compartment, or in a place in it, shape (number, 3), by rejection."""
    low, high = space.bounds
    parts, found = [np.empty((0, 3))], 0
    while found < number:
        if place is None:
            points = rng.uniform(low, high, size=(min(max(64, 2 * (number - found)), BATCH), 3))
        else:
            points = place.sample(number - found, rng)
        parts.append(points[space.contains(points)])
        found += len(parts[-1])
    return np.concatenate(parts)[:number]
