"""Molecules, reactions, and the files of rates that change in time."""

from __future__ import annotations

from collections.abc import Iterable

from ....model import Model, Schedule, Species, Step, Term, units
from ..expressions import plain
from .space import wall_reactions
from .text import literal, remark


def molecules(species: Iterable[Species]) -> list[str]:
    """Return the block of molecules."""
    lines = ["DEFINE_MOLECULES {"]
    for item in species:
        dimension = "2D" if item.is_on_surface else "3D"
        value = literal(item.D, units.cm2_per_s, 1e-8)
        note = remark(group="" if item.group == item.name else item.group, content=dict(item.content))
        lines.append(f"  {item.name} {{ DIFFUSION_CONSTANT_{dimension} = {value} }}{note} /* {item.D:g} um^2/s */")
    return [*lines, "}"]


def rate_files(model: Model) -> dict[str, str]:
    """Return the files of the rates that change in time: times (s) and rates (1/s, 1/(M s) or um^2/s)."""
    files = {}
    for number, step in enumerate(model.steps, 1):
        if isinstance(step.rate, Schedule):
            rows = zip(step.rate.times, step.rate.values, strict=True)
            files[_rate_file(number)] = "".join(
                f"{plain(t)} {_rate_literal(model, step, value)}\n" for t, value in rows
            )
    return files


def _rate_file(number: int) -> str:
    return f"rate_{number}.txt"


def reactions(model: Model) -> list[str]:
    """Return the block of reactions, those with surface classes last."""
    lines = []
    rates = {step.name: _rate(model, step, number) for number, step in enumerate(model.steps, 1)}
    for reaction in model.reactions:
        ahead, *back = reaction.steps
        label = f" : {reaction.name}" if reaction.name else ""
        if back and not label:
            both = f"[>{rates[ahead.name]}, <{rates[back[0].name]}]"
            lines.append(
                f"  {_side(model, ahead, '<->')} {both} /* {_own_rate(model, ahead)}, {_own_rate(model, back[0])} */"
            )
            continue
        # MCell has no names for reversible reactions: a named one takes two lines.
        for step, name, note in ((ahead, label, ""), *((step, "", remark(reverse=True)) for step in back)):
            lines.append(
                f"  {_side(model, step, '->')} [{rates[step.name]}]{name}{note} /* {_own_rate(model, step)} */"
            )
    lines += wall_reactions(model)
    return ["DEFINE_REACTIONS {", *lines, "}"] if lines else []


def _own_rate(model: Model, step: Step) -> str:
    """Return the rate as the model has it."""
    value = "in time," if isinstance(step.rate, Schedule) else f"{step.rate:g}"
    return f"{value} {model.rate_unit(step)}"


def _side(model: Model, step: Step, arrow: str) -> str:
    left, right = (
        " + ".join(term.species + _mark(model, term) for term in terms) or "NULL"
        for terms in (step.reactants, step.products)
    )
    return f"{left} {arrow} {right}"


def _mark(model: Model, term: Term) -> str:
    """Return the orientation mark: surface molecules stand with their top outside."""
    if term.species in model.surface_species:
        return "'"
    return {"outside": "'", "inside": ",", None: ""}[term.side]


def _rate(model: Model, step: Step, number: int) -> str:
    """Return the rate, or the name of the file that has it."""
    return f'"{_rate_file(number)}"' if isinstance(step.rate, Schedule) else _rate_literal(model, step, step.rate)


def _rate_literal(model: Model, step: Step, value: float) -> str:
    """Return a rate in 1/s, 1/(M s), or um^2/s on the surface; MCell's rate of A + A is that of a pair."""
    if step.order != 2:
        return plain(value)
    same = 2.0 if step.reactants[0].species == step.reactants[1].species else 1.0
    if model.is_on_surface(step):
        return literal(value, lambda rate: rate / same, same)
    return literal(value, lambda rate: units.per_M_per_s(rate) / same, same * 1e6)
