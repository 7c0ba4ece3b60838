"""The same assembly through the particle engine, the jump process and the rate equations, for every kind of step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from ..geometry import Assembly, cube
from ..model import Boundary, Model, Reaction, Release, Species
from ..results.estimates import Estimate
from ..studies.engines import as_engine
from ..studies.pool import run_tasks
from .engines_agree import TRIALS, WORDS
from .evidence import Judge
from .registry import check

#: Molecules are everywhere in the larger cube within 20 us, far less than the steps take.
CELL = Assembly({"cytosol": cube(0.008), "er": cube(0.001)})
D, D_MEMBRANE = 200.0, 50.0  # um^2/s
DURATION = 1e-3
INNER, OUTER = "er.membrane", "cytosol.membrane"


@dataclass(frozen=True)
class Step:
    """A kind of step between compartments, or in one of several; species of the membrane begin with P.

    Parameters
    ----------
    reactions, boundaries : tuple
        What happens.
    releases : tuple of Release
        What there is at the start.
    product, compartment : str
        What is counted at the end, and where.
    """

    reactions: tuple[Reaction, ...]
    releases: tuple[Release, ...]
    product: str
    compartment: str
    boundaries: tuple[Boundary, ...] = ()

    def model(self) -> Model:
        """Return the model."""
        terms = {t.species for r in self.reactions for s in r.steps for t in s.reactants + s.products}
        names = sorted(terms | {name for release in self.releases for name in release.fractions})
        species = [Species(n, D_MEMBRANE, where="surface") if n[0] == "P" else Species(n, D) for n in names]
        return Model(CELL, (), species, self.reactions, self.releases, self.boundaries)


STEPS = {
    "permeable wall": Step(
        (), (Release("A", number=400, compartment="er"),), "A", "er",
        (Boundary(INNER, "A", "permeable", permeability=(12.0, 24.0)),),
    ),
    "passage": Step(
        (Reaction("A[inside] + P <-> P + A[outside]", 5.0, 12.0),),
        (Release("A", number=1000, compartment="er"), Release("P", number=100, region=INNER)), "A", "er",
    ),
    "pump": Step(
        (Reaction("A[outside] + P <-> PA", 12.0, 400.0), Reaction("PA -> P + A[inside]", 1200.0)),
        (Release("A", number=1000), Release("P", number=300, region=INNER)), "A", "er",
    ),
    "channel": Step(
        (Reaction("P -> P + A[outside]", 8e3),), (Release("P", number=200, region=INNER),), "A", "cytosol",
    ),
    "clamp": Step(
        (), (Release("A", concentration=200.0),), "A", "er",
        (Boundary(OUTER, "A", "clamp", concentration=200.0), Boundary(INNER, "A", "permeable", permeability=12.0)),
    ),
    "uptake": Step(
        (), (Release("A", number=400), Release("A", number=100, compartment="er")), "A", "cytosol",
        (Boundary(INNER, "A", "partially-absorbing", velocity=80.0),),
    ),
    "pairs in the larger": Step(
        (Reaction("A + B -> C", 2.0),),
        tuple(Release(n, number=1500, compartment=c) for n in "AB" for c in ("cytosol", "er")), "C", "cytosol",
    ),
    "pairs in the smaller": Step(
        (Reaction("A + B -> C", 2.0),),
        tuple(Release(n, number=300, compartment=c) for n in "AB" for c in ("cytosol", "er")), "C", "er",
    ),
    "sources": Step((Reaction("0 -> A", 1e6),), (Release("A", number=0),), "A", "er"),
    "pairs in a membrane": Step(
        (Reaction("P + P -> PA", 0.04),),
        tuple(Release("P", number=500, region=region) for region in (INNER, OUTER)), "PA", "er",
    ),
}  # fmt: skip


def final(step: Step, engine: str) -> Estimate:
    """Mean number at the end, of several trials where there is chance."""
    trials = range(TRIALS.get(engine, 1))
    found = list(run_tasks(partial(final_number, step, engine), trials))
    return Estimate.of(found) if engine in TRIALS else Estimate(found[0])


def final_number(step: Step, engine: str, trial: int) -> float:
    """Return the number of the product in its compartment at the end of a trial."""
    options = {"trial": trial} if engine in TRIALS else {}
    run = as_engine(engine).run(step.model(), DURATION, every=DURATION, **options)
    return float(run.dataset["within"].sel(species=step.product, compartment=step.compartment)[-1])


@check(
    "AssembliesAgree",
    fast=[{"kind": "permeable wall"}, {"kind": "pairs in the smaller"}],
    full=[{"kind": name} for name in STEPS if name not in ("permeable wall", "pairs in the smaller")],
)
def steps(judge: Judge, kind: str) -> None:
    """Particles, jump process and rate equations agree about each kind of step of well-mixed assemblies."""
    found = {engine: final(STEPS[kind], engine) for engine in WORDS}
    judge.agrees(
        f"{kind}, particles against jump process", found["particles"], found["ssa"],
        seed=f"1, {TRIALS['particles']} trials",
    )  # fmt: skip
    jumps, mean = found["ssa"], found["ode"].mean
    near = abs(jumps.mean / mean - 1) < 0.01 + 4 * jumps.se / mean
    judge.requires(near, "the jump process is within 1 % and 4 standard errors of the rate equations")
