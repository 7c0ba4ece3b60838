"""The same model through the particle engine, the jump process and the rate equations, for every kind of reaction."""

from __future__ import annotations

from functools import partial

import numpy as np

from ..geometry import cube
from ..model import Mesh, Model, Reaction, Release, Schedule, Species, Voltage
from ..model.kinds import KINDS, Example
from ..model.proteins import GHKFlux, Transition, markov_channel
from ..results.estimates import Estimate
from ..studies.engines import ENGINES, as_engine
from ..studies.pool import run_tasks
from .evidence import Judge
from .registry import check

HEAD = cube(0.05)
DURATION = 2e-3
#: Of the engines in which there is chance.
TRIALS = {"particles": 12, "ssa": 200}
WORDS = {"particles": "particles", "ssa": "jump process", "ode": "rate equations"}


#: Reactions of several kinds, or a kind once more in other circumstances.
FURTHER = (
    Example("isomers", (Reaction("A <-> B", 600.0, 200.0),), {"A": 2000}, "B"),
    Example("binding to an immobile partner", (Reaction("A + I <-> IA", 20.0, 100.0),), {"A": 1000, "I": 900}, "IA"),
    Example("pair of a kind", (Reaction("2 A -> C", 8.0),), {"A": 2000}, "C"),
    Example("two products", (Reaction("A + B -> C + D", 20.0),), {"A": 1000, "B": 900}, "D"),
    Example("catalysis", (Reaction("A + B -> A + C", 30.0),), {"A": 300, "B": 900}, "C"),
    Example("split", (Reaction("A -> B + C", 300.0),), {"A": 1500}, "C"),
    Example("scheduled", (Reaction("A -> B", Schedule([0.0, 5e-4, 1.2e-3], [0.0, 800.0, 0.0])),), {"A": 2000}, "B"),
    Example(
        "membrane pair of a kind", (Reaction("2 P -> 0", 0.2),), {"P": 2000}, "P", frozenset({"P"}), D_membrane=50.0
    ),
    Example(
        "pump",
        (Reaction("A[inside] + P <-> PA", 30.0, 100.0), Reaction("PA -> P + A[outside]", 400.0)),
        {"A": 1500, "P": 300}, "A", frozenset({"P", "PA"}),
    ),
    Example(
        "channel", (Reaction("O -> O + A[inside]", 3e3), Reaction("C <-> O", 900.0, 500.0)), {"C": 200}, "A",
        frozenset({"C", "O"}),
    ),
    Example(
        "channel with GHK flux under a ramp",
        markov_channel(
            "X", "channel", ("C", "O"), [Transition("C <-> O", lambda mV: 900 * np.exp(mV / 30), 500.0)],
            conducting={"O": GHKFlux.from_current(4e-3, -20.0)}, voltage=Voltage([0.0, DURATION], [-80.0, 40.0]),
            ion="A", number=400,
        ).reactions,
        {"XC": 400}, "A", frozenset({"XC", "XO"}),
    ),
)  # fmt: skip
EXAMPLES = {example.name: example for example in (*(kind.example for kind in KINDS if kind.example), *FURTHER)}


def model_of(example: Example, mesh: Mesh = HEAD) -> Model:
    """Return the model of an example; species called I... do not move."""
    names = sorted({t.species for r in example.reactions for s in r.steps for t in s.reactants + s.products})
    species = [
        Species(n, example.D_membrane, where="surface")
        if n in example.membrane
        else Species(n, 0.0 if n.startswith("I") else 50.0)
        for n in names
    ]
    releases = [
        Release(n, density=number / mesh.area()) if n in example.membrane else Release(n, number=number)
        for n, number in example.start.items()
    ]
    return Model(mesh, species=species, reactions=example.reactions, releases=releases)


def engines_of(model: Model) -> list[str]:
    """Return the engines that take all reactions of a model."""
    return [engine for engine in ENGINES if all(engine in kind.engines for kind in model.kinds.values())]


def final(model: Model, engine: str, product: str) -> Estimate:
    """Mean number of the product at the end, of several trials where there is chance."""
    if engine not in TRIALS:
        return Estimate(float(as_engine(engine).run(model, DURATION, every=DURATION).number(product)[-1]))
    return Estimate.of(list(run_tasks(partial(final_number, model, engine, product), range(TRIALS[engine]))))


def final_number(model: Model, engine: str, product: str, trial: int) -> int:
    """Return the number of the product at the end of a trial."""
    return int(as_engine(engine).run(model, DURATION, trial=trial, every=DURATION).number(product)[-1])


def stands_alone(model: Model) -> bool:
    """Say whether it needs no compartment around it; those that do are in `assemblies_agree`."""
    return not any(term.side == "outside" for step in model.steps for term in step.reactants)


@check(
    "EnginesAgree",
    fast=[{"kind": "decay"}],
    full=[
        {"kind": name}
        for name, example in EXAMPLES.items()
        if name != "decay" and len(engines_of(model_of(example))) > 1 and stands_alone(model_of(example))
    ],
)
def well_mixed(judge: Judge, kind: str) -> None:
    """Particles, jump process and rate equations agree in the well-mixed limit, as far as they take the reactions.

    Sources, membranes and diffusion of 50 um^2/s leave a cube of 0.37 um well mixed within 2 ms.
    """
    example = EXAMPLES[kind]
    model = model_of(example)
    found = {engine: final(model, engine, example.product) for engine in engines_of(model)}
    first, second = list(found)[:2]
    judge.agrees(
        f"{kind}, {WORDS[first]} against {WORDS[second]}",
        found[first],
        found[second],
        seed=f"1, {TRIALS[first]} trials",
    )
    if "ssa" in found and "ode" in found:
        jumps, mean = found["ssa"], found["ode"].mean
        near = abs(jumps.mean / mean - 1) < 0.01 + 4 * jumps.se / mean
        judge.requires(near, "the jump process is within 1 % and 4 standard errors of the rate equations")
