"""The same model through the particle engine, the jump process and the rate equations, for every kind of reaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..geometry import cube
from ..model import Model, Reaction, Release, Schedule, Species, Voltage
from ..model.proteins import GHKFlux, Transition, markov_channel
from ..results.estimates import Estimate
from ..studies.engines import simulate
from .evidence import Judge
from .registry import check

HEAD = cube(0.05)
DURATION = 2e-3
TRIALS = 12


@dataclass(frozen=True)
class Kind:
    """A reaction of one kind, fast enough to have gone half its way, and what it makes."""

    reactions: tuple[Reaction, ...]
    start: dict[str, int]
    product: str
    membrane: frozenset[str] = frozenset()
    D_membrane: float = 0.0

    def model(self, factor: float = 1.0) -> Model:
        """Return the model with its first rate multiplied."""
        first = self.reactions[0]
        rate = first.forward.scaled(factor) if isinstance(first.forward, Schedule) else factor * first.forward
        reactions = (replace(first, forward=rate), *self.reactions[1:])
        names = sorted({t.species for r in self.reactions for s in r.steps for t in s.reactants + s.products})
        species = [
            Species(n, self.D_membrane, where="surface")
            if n in self.membrane
            else Species(n, 0.0 if n.startswith("I") else 50.0)
            for n in names
        ]
        releases = [
            Release(n, density=number / HEAD.area()) if n in self.membrane else Release(n, number=number)
            for n, number in self.start.items()
        ]
        return Model(HEAD, species=species, reactions=reactions, releases=releases)


KINDS = {
    "decay": Kind((Reaction("A -> B", 300.0),), {"A": 2000}, "B"),
    "isomers": Kind((Reaction("A <-> B", 600.0, 200.0),), {"A": 2000}, "B"),
    "binding": Kind((Reaction("A + B <-> C", 20.0, 100.0),), {"A": 1000, "B": 900}, "C"),
    "binding to an immobile partner": Kind((Reaction("A + I <-> IA", 20.0, 100.0),), {"A": 1000, "I": 900}, "IA"),
    "pair of a kind": Kind((Reaction("2 A -> C", 8.0),), {"A": 2000}, "C"),
    "two products": Kind((Reaction("A + B -> C + D", 20.0),), {"A": 1000, "B": 900}, "D"),
    "catalysis": Kind((Reaction("A + B -> A + C", 30.0),), {"A": 300, "B": 900}, "C"),
    "split": Kind((Reaction("A -> B + C", 300.0),), {"A": 1500}, "C"),
    "source": Kind((Reaction("0 -> A", 2e4),), {}, "A"),
    "scheduled": Kind((Reaction("A -> B", Schedule([0.0, 5e-4, 1.2e-3], [0.0, 800.0, 0.0])),), {"A": 2000}, "B"),
    "membrane binding": Kind(
        (Reaction("A[inside] + P <-> PA", 30.0, 100.0),), {"A": 1000, "P": 600}, "PA", frozenset({"P", "PA"})
    ),
    "membrane pair": Kind(
        (Reaction("P + Q <-> PQ", 0.5, 100.0),), {"P": 1000, "Q": 900}, "PQ", frozenset({"P", "Q", "PQ"}), 50.0
    ),
    "membrane pair of a kind": Kind((Reaction("2 P -> 0", 0.2),), {"P": 2000}, "P", frozenset({"P"}), 50.0),
    "pump": Kind(
        (Reaction("A[inside] + P <-> PA", 30.0, 100.0), Reaction("PA -> P + A[outside]", 400.0)),
        {"A": 1500, "P": 300}, "A", frozenset({"P", "PA"}),
    ),
    "channel": Kind(
        (Reaction("O -> O + A[inside]", 3e3), Reaction("C <-> O", 900.0, 500.0)), {"C": 200}, "A",
        frozenset({"C", "O"}),
    ),
    "channel with GHK flux under a ramp": Kind(
        markov_channel(
            "X", "channel", ("C", "O"), [Transition("C <-> O", lambda mV: 900 * np.exp(mV / 30), 500.0)],
            conducting={"O": GHKFlux.from_current(4e-3, -20.0)}, voltage=Voltage([0.0, DURATION], [-80.0, 40.0]),
            ion="A", number=400,
        ).reactions,
        {"XC": 400}, "A", frozenset({"XC", "XO"}),
    ),
}  # fmt: skip


def final(model: Model, engine: Literal["particles", "ssa"], product: str) -> Estimate:
    """Mean number of the product at the end over trials."""
    numbers = [
        simulate(model, DURATION, engine, trial=trial, every=DURATION).number(product)[-1]
        for trial in range(TRIALS if engine == "particles" else 200)
    ]
    return Estimate.of(np.array(numbers))


@check("EnginesAgree", fast=[{"kind": "decay"}], full=[{"kind": kind} for kind in KINDS if kind != "decay"])
def well_mixed(judge: Judge, kind: str) -> None:
    """Particles, jump process and rate equations agree in the well-mixed limit.

    Sources, membranes and diffusion of 50 um^2/s leave a cube of 0.37 um well mixed within 2 ms.
    """
    case = KINDS[kind]
    particles, jumps = (final(case.model(), engine, case.product) for engine in ("particles", "ssa"))
    wrong = final(case.model(1.1), "ssa", case.product)
    mean = simulate(case.model(), DURATION, engine="ode", every=DURATION).number(case.product)[-1]
    judge.agrees(
        f"{kind}, particles against jump process", particles, jumps, wrong="first rate x 1.1", instead=wrong,
        seed=f"1, {TRIALS} trials",
    )  # fmt: skip
    near = abs(jumps.mean / mean - 1) < 0.01 + 4 * jumps.se / mean
    judge.requires(near, "the jump process is within 1 % and 4 standard errors of the rate equations")
