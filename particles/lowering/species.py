"""Lowering of species: how they move, and what they do in reactions."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..kernels.tables import Ints, SpeciesTable
from .plan import Plan
from .stays import stays


def lower_species(plan: Plan) -> SpeciesTable:
    """Lower what each species is and does."""
    initiates, listed, listed_outside = volume_roles(plan)
    single = marked(plan, (code for _, step in plan.steps(order=1) for code in plan.codes(step.reactants)))
    return SpeciesTable(
        D=plan.D,
        on_surface=plan.on_surface.astype(np.int32),
        period=plan.period,
        stays=stays(plan),
        reacts=(initiates | listed | listed_outside | single).astype(np.int32),
        initiates=initiates.astype(np.int32),
        listed=listed.astype(np.int32),
        listed_outside=listed_outside.astype(np.int32),
        active=active(plan, initiates),
    )


def volume_roles(plan: Plan) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which species look for partners from the volume, and which are partners inside and outside."""
    pairs = [plan.partners(step) for _, step in plan.steps(order=2) if not plan.model.is_on_surface(step)]
    outside = [pair for pair in pairs if pair[0].side == "outside"]
    inside = [pair for pair in pairs if pair[0].side != "outside"]
    return (
        marked(plan, plan.codes(initiator for initiator, _ in pairs)),
        marked(plan, plan.codes(partner for _, partner in inside)),
        marked(plan, plan.codes(partner for _, partner in outside)),
    )


def active(plan: Plan, initiates: NDArray[np.bool_]) -> Ints:
    """Return who is looked at in every step, after a 0 for empty slots: who looks for partners or is sampled."""
    model = plan.model
    sampled = marked(plan, (model.index(sampler.species) for sampler in model.samplers if sampler.within is not None))
    on_surface = [step for step in model.steps if model.is_on_surface(step)]
    meets = marked(plan, (code for step in on_surface for code in plan.codes(step.reactants)))
    return np.append(0, initiates | sampled | meets).astype(np.int32)


def marked(plan: Plan, codes: Iterable[int]) -> NDArray[np.bool_]:
    """Return which species are among some."""
    return np.isin(np.arange(plan.D.size), list(codes))
