"""The molecules of an earlier run, put where a run starts with them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..geometry.triangles import edge_planes, nearest_on_surface, planes
from ..model import GeometryError, Model, ParameterError, SimulationError, checks
from ..results import Population, Result
from .kernels.tables import INSIDE, OUTSIDE
from .lowering.boundaries import face_sides
from .placement import Placed

#: um by which rounding may put a molecule beside its triangle, or beyond a wall.
ROUNDING = 1e-9
REMEDY = "with face and compartment None, molecules are found again in another mesh."


def start_of(start: Result | Population | None) -> Population | None:
    """Return the molecules with which a run starts, None if these are the model's releases.

    Raises
    ------
    SimulationError
        If the earlier run was interrupted, or has no molecules.
    """
    if isinstance(start, Result):
        if not start.complete:
            raise SimulationError("The run to continue was interrupted; run it to its end first.")
        if start.population is None:
            raise SimulationError(
                f"The run to continue is of engine {start.run.engine!r} and has numbers, but no molecules; "
                "give one of the particle engine."
            )
        return start.population
    return start


def first_step(start: Population | None, dt: float) -> int:
    """Return the step with which a run begins: 0, or that of the time of the molecules with which it starts.

    Raises
    ------
    ParameterError
        If their time is no whole number of steps.
    """
    if start is None:
        return 0
    step = round(start.time / dt)
    if abs(start.time / dt - step) > 1e-6 * max(step, 1):
        raise ParameterError(
            f"The run starts at {start.time:g} s, after {start.time / dt:g} time steps of {dt:g} s; "
            "give a step that divides it, or set the population's time."
        )
    return step


def place_population(model: Model, population: Population) -> Placed:
    """Put molecules where they are.

    Raises
    ------
    ParameterError
        If the model does not have their species, or not there.
    GeometryError
        If they do not lie where they belong in the mesh.
    """
    codes, on_surface = _species_of(model, population)
    n = len(population)
    position, face = population.position.copy(), np.full(n, -1, np.int32)
    position[on_surface], face[on_surface] = _on_surface(model, population, on_surface)
    beyond, compartment = np.full(n, OUTSIDE, np.int32), np.empty(n, np.int32)
    beyond[on_surface], compartment[on_surface] = face_sides(model.mesh)[face[on_surface]].T
    compartment[~on_surface] = _in_volume(model, population, ~on_surface)
    return Placed(codes, position, face, compartment, beyond)


def _species_of(model: Model, population: Population) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the species codes of molecules, and which of them live in membranes."""
    code, in_membrane = np.zeros(len(population.species_names), np.int32), np.zeros(len(population.species_names), bool)
    for used in np.unique(population.species).tolist():
        name = population.species_names[used]
        checks.one_of("Start: species", name, model.species_names, error=ParameterError)
        index = model.index(name)
        code[used], in_membrane[used] = index, model.species[index].is_on_surface
    on_surface = in_membrane[population.species]
    if population.face is not None and ((population.face >= 0) != on_surface).any():
        wrong = population.species_names[int(population.species[(population.face >= 0) != on_surface][0])]
        raise ParameterError(
            f"Start: {wrong} is a {model.species[model.index(wrong)].where} species in this model, but its molecules "
            "are elsewhere; give a model in which it lives where it did."
        )
    return code[population.species], on_surface


def _on_surface(
    model: Model, population: Population, rows: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the positions and triangles of molecules of membranes: those given, or else the nearest."""
    corners, points = model.mesh.vertices[model.mesh.faces], population.position[rows]
    if population.face is None:
        return nearest_on_surface(corners, points)
    face = population.face[rows]
    known = np.minimum(face, len(corners) - 1)
    wrong = (face != known) | (_distance_beside(corners[known], points) > ROUNDING)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise GeometryError(
            f"Start: a molecule at {points[first].tolist()} um is not on triangle {face[first]} of "
            f"{model.mesh.name!r}; {REMEDY}"
        )
    return points, face


def _distance_beside(corners: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each point lies above or beside its own triangle (um), at most."""
    plane, edges = planes(corners), edge_planes(corners).reshape(-1, 3, 4)
    above = np.abs(np.einsum("ij,ij->i", plane[:, :3], points) - plane[:, 3])
    outwards = np.einsum("ikj,ij->ik", edges[:, :, :3], points) - edges[:, :, 3]
    return np.maximum(above, outwards.max(axis=1, initial=0.0))


def _in_volume(model: Model, population: Population, rows: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the numbers of the compartments of molecules in volumes: those given, or else found."""
    mesh, points = model.mesh, population.position[rows]
    found = mesh.compartment_at(points)
    if population.compartment is None:
        if (found < 0).any():
            lost = points[np.argmin(found)].tolist()
            raise GeometryError(f"Start: a molecule at {lost} um lies outside {mesh.name!r}; move it, or leave it out.")
        return (found + INSIDE).astype(np.int32)
    given = population.compartment[rows]
    wrong = given != found
    if wrong.any():
        on_wall, _ = nearest_on_surface(mesh.vertices[mesh.faces], points[wrong])
        wrong[wrong] = np.linalg.norm(on_wall - points[wrong], axis=1) > ROUNDING
    wrong |= (given < -1) | (given >= len(mesh.compartment_names))
    if wrong.any():
        first = int(np.argmax(wrong))
        raise GeometryError(
            f"Start: a molecule at {points[first].tolist()} um is not in compartment {given[first]} of {mesh.name!r}; "
            f"{REMEDY}"
        )
    return (given + INSIDE).astype(np.int32)
