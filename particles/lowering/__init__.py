"""Lowering: from a model to the tables that the kernels read; the only place where units are converted.

Each table is made in one file by one function, ``lower_x(plan)``. What several of them need of the model (codes, how
often species move, reaction cells, boundaries of triangles, schedules) is in the :class:`~.plan.Plan`, worked out once.
A table that needs another one takes it as an argument: reactions of single molecules those of pairs, which they undo.
"""

from __future__ import annotations

from collections.abc import Sized

from ...model import Model, ParameterError
from ..discretization import Discretization
from ..kernels.tables import Chemistry, Tables
from .cells import lower_cells
from .clamps import lower_clamps
from .membrane import lower_membrane
from .pairs import lower_pairs
from .plan import Plan
from .residences import lower_residences
from .samplers import lower_samplers
from .schedules import lower_schedules
from .singles import lower_singles
from .sources import lower_sources
from .species import lower_species
from .walls import lower_walls
from .windows import lower_windows

__all__ = ["Plan", "Tables", "lower"]


def lower(model: Model, engine: Discretization | None = None) -> Tables:
    """Lower a model to the tables that the particle engine runs.

    Parameters
    ----------
    model : Model
        The model.
    engine : Particles, optional
        Time step and resolution.

    Returns
    -------
    Tables
        Named tuples of arrays, of which copies with other values are made by ``_replace``.

    Raises
    ------
    ModelError, GeometryError
        If the engine cannot represent the model.
    """
    model.check_taken_by("particles")
    plan = Plan(model, engine or Discretization())
    return Tables(
        chemistry=lower_chemistry(plan),
        cells=lower_cells(plan),
        walls=lower_walls(plan),
        windows=lower_windows(plan),
        sources=lower_sources(plan),
        clamps=lower_clamps(plan),
        membrane=lower_membrane(plan),
        samplers=lower_samplers(plan),
        residences=lower_residences(plan),
    )


def lower_chemistry(plan: Plan) -> Chemistry:
    """Lower species and their reactions but for sources."""
    pairs = lower_pairs(plan)
    return Chemistry(lower_species(plan), lower_singles(plan, pairs), pairs, lower_schedules(plan))


def check_fit(model: Model, tables: Tables) -> None:
    """Refuse tables of another model, as far as their sizes show it.

    Raises
    ------
    ParameterError
        If the tables do not fit the model.
    """
    found = {
        "species": tables.chemistry.species.D.size,
        "triangles": len(tables.walls.plane),
        "boundaries": len(tables.walls.fate),
        "samplers": tables.samplers.species.size,
        "residences": tables.residences.species.size,
    }
    wanted: tuple[Sized, ...] = (model.species, model.mesh.faces, model.boundaries, model.samplers, model.residences)
    for (what, size), parts in zip(found.items(), wanted, strict=True):
        if size != len(parts):
            raise ParameterError(
                f"Tables of {size} {what} do not fit the model, which has {len(parts)}; make them by "
                "lower(model, engine)."
            )
