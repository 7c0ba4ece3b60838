"""What the triangles are to each species, in the numbers that the kernels have for it."""

from __future__ import annotations

import numpy as np

from ...model import Boundary, Mesh, Model
from ...model.boundaries import RULES
from ..kernels.tables import INSIDE, Floats, Ints

#: Numbers of the rules, and what each of them does.
NUMBERS = {name: number for number, name in enumerate(RULES)}
REFLECTING = NUMBERS["reflecting"]
BETWEEN_STEPS = np.array([rule.between_steps for rule in RULES.values()])
PASSES = np.array([rule.passes for rule in RULES.values()])
GOES_ON = np.array([rule.goes_on for rule in RULES.values()])
ONLY_REFLECTS = np.array([rule.only_reflects for rule in RULES.values()])


def face_sides(mesh: Mesh) -> Ints:
    """Return the compartments OUTSIDE and INSIDE each triangle as the kernels number them, shape (triangles, 2)."""
    return (mesh.face_compartments[:, ::-1] + INSIDE).astype(np.int32)


def boundary_codes(model: Model) -> Ints:
    """Return the boundary of each triangle and species, shape (triangles, species); -1 reflects and counts nothing."""
    codes = np.full((len(model.mesh.faces), len(model.species)), -1, dtype=np.int32)
    for code, boundary in enumerate(model.boundaries):
        codes[model.mesh.region_faces(boundary.region), model.index(boundary.species)] = code
    return codes


def rule_codes(model: Model) -> Ints:
    """Return the number of the rule of each boundary."""
    return np.array([NUMBERS[boundary.rule] for boundary in model.boundaries], dtype=np.int32)


def fates(model: Model) -> Ints:
    """Return what becomes of a molecule at each boundary, shape (boundaries, 2)."""
    rows = [b.behaviour.fates(on_surface=b.species in model.surface_species) for b in model.boundaries]
    return np.array(rows, dtype=np.int32).reshape(-1, 2)


def velocities(model: Model) -> Floats:
    """Return with which velocity (um/s) each boundary takes molecules up, infinite where whatever touches it ends."""
    return np.array([_velocity(boundary) for boundary in model.boundaries], dtype=np.float64)


def _velocity(boundary: Boundary) -> float:
    if boundary.behaviour.goes_on:
        return sum(boundary.ways)
    return np.inf if boundary.velocity is None else boundary.velocity


def shares(model: Model) -> Floats:
    """Return the share of those taken up from OUTSIDE and from INSIDE that do not come back, shape (boundaries, 2)."""
    rows = [
        (inwards / (outwards + inwards), outwards / (outwards + inwards)) if outwards + inwards > 0 else (1.0, 1.0)
        for outwards, inwards in (boundary.ways for boundary in model.boundaries)
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)
