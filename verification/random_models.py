"""Models at random: whatever their meshes, species, reactions and walls, nothing is lost, and the engines agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ..bulk import ODE, SSA
from ..geometry import Assembly, cube, sphere, spine
from ..model import Boundary, Mesh, Model, ModelError, ParameterError, Reaction, Release, Schedule, Species
from ..model.errors import TimeStepError, VerificationError
from ..particles import Particles, Simulation, Snapshot, Tables, lower
from ..results import Result
from ..results.estimates import Estimate, mean_and_error
from .evidence import Judge
from .models import faced_box
from .registry import check

Numbers = NDArray[np.int64]

SPEEDS = (0.0, 0.2, 1.0, 10.0, 28.0, 100.0, 220.0)  # um^2/s
MESHES = ("box", "sphere", "spine", "assembly")
#: Of the meshes, and of models with boundaries where walls are curved, whose tables take longest to make.
SHARES, BOUNDED = (0.6, 0.2, 0.05, 0.15), 0.2
STEP, STEPS, ROWS = 1e-6, 120, 6
#: Well mixed are only those that stay uniform: without walls that take or give, in one compartment.
TRIALS = {"particles": 6, "ssa": 60}
#: Variance of a number from which its mean over some trials is nearly normal.
SCATTER = 4.0


@dataclass
class Draft:
    """A model in the making."""

    rng: Generator
    mixed: bool
    mesh: Mesh
    volume: list[str]
    surface: list[str]
    reactions: list[Reaction] = field(default_factory=list)

    def one(self, names: Sequence[str]) -> str:
        """Choose a name."""
        return str(self.rng.choice(names))

    def rate(self, low: float, high: float) -> float | Schedule:
        """Choose a rate between two, evenly on a logarithmic scale; one in five changes in time."""
        rate = float(np.exp(self.rng.uniform(np.log(low), np.log(high))))
        if self.rng.random() < 0.2:
            times = np.sort(self.rng.uniform(0, STEP * STEPS, 2))
            return Schedule([0.0, *times.tolist()], [rate, float(self.rng.uniform(0, rate)), rate])
        return rate

    def add(self, equation: str, forward: float | Schedule, backward: float | Schedule | None = None) -> None:
        """Add a reaction."""
        name = f"r{len(self.reactions)}"
        if backward is None:
            self.reactions.append(Reaction(equation, forward, name=name))
        else:
            self.reactions.append(Reaction(equation, forward, backward, name=name))

    def react(self) -> None:
        """Add a reaction of a kind that is drawn."""
        a, b, c = (self.one(self.volume) for _ in range(3))
        single, pair = self.rate(100.0, 5e3), self.rate(3.0, 60.0)
        kinds = (
            "birth",
            "death",
            "change",
            "split",
            "pair",
            "binding",
            "catalysis",
            "of a kind",
            "membrane",
            "emission",
        )
        match self.rng.choice(kinds[:8] if not self.surface else kinds):
            case "birth":
                self.add(f"0 -> {a}", self.rate(1e3, 1e5))
            case "death":
                self.add(f"{a} -> 0", single)
            case "change" if a != b:
                self.add(f"{a} <-> {b}", single, self.rate(100.0, 5e3))
            case "split":
                self.add(f"{a} -> {b} + {c}", single)
            case "pair" if a != b:
                self.add(f"{a} + {b} -> {c}", pair)
            case "binding" if len({a, b, c}) == 3:
                self.add(f"{a} + {b} <-> {c}", pair, single)
            case "catalysis" if len({a, b, c}) == 3:
                self.add(f"{a} + {b} -> {a} + {c}", pair)
            case "of a kind" if a != b:
                self.add(f"{a} + {a} -> {b}", pair)
            case "membrane":
                first, second = self.surface
                self.add(f"{a}[inside] + {first} <-> {second}", pair, single)
            case "emission":
                self.add(f"{self.surface[0]} -> {self.surface[0]} + {a}[inside]", single)


def random_model(seed: int, mixed: bool) -> tuple[Model, Tables]:
    """Return a model made of a seed, and its tables.

    If it is to be well mixed it has one compartment, and walls only reflect.

    Raises
    ------
    ParameterError
        If the engine refuses a hundred drafts.
    """
    rng = np.random.default_rng([seed, mixed])
    for _ in range(100):
        model = _draft(rng, mixed)
        try:
            tables = lower(model, Particles(dt=STEP))
            Simulation(model, Particles(dt=STEP), tables=tables)
        except (ModelError, ParameterError, TimeStepError):
            continue
        return model, tables
    raise ParameterError(f"No model of seed {seed} can be run; give the generator slower reactions.")


def _draft(rng: Generator, mixed: bool) -> Model:
    kind = str(rng.choice(MESHES[:2]) if mixed else rng.choice(MESHES, p=SHARES))
    mesh = _mesh(kind, rng)
    volume = [f"S{k}" for k in range(rng.integers(3, 6))]
    surface = ["M0", "M1"] if rng.random() < 0.5 else []
    draft = Draft(rng, mixed, mesh, volume, surface)
    reactions = rng.integers(1, 5)
    while len(draft.reactions) < reactions:
        draft.react()
    speeds = SPEEDS[-2:] if mixed else SPEEDS
    species = [Species(name, float(rng.choice(speeds))) for name in volume]
    species += [Species(name, 0.0, where="surface") for name in surface]
    releases = [Release(name, number=int(rng.integers(20, 200))) for name in volume + surface[:1]]
    if not mixed:
        releases.append(Release(volume[0], number=30, at=STEP * int(rng.integers(1, STEPS))))
    boundaries = [] if mixed else _boundaries(kind, mesh, species, rng)
    return Model(mesh, species=species, reactions=draft.reactions, releases=releases, boundaries=boundaries)


def _mesh(kind: str, rng: Generator) -> Mesh:
    volume = float(rng.uniform(0.006, 0.02))
    match kind:
        case "box":
            return faced_box((volume ** (1 / 3),) * 3)
        case "sphere":
            return sphere(volume=volume, subdivisions=2)
        case "spine":
            return spine("thin", edge_um=0.06)
    return Assembly({"cytosol": cube(0.03), "er": sphere(0.09, 2)})


def _boundaries(kind: str, mesh: Mesh, species: Sequence[Species], rng: Generator) -> list[Boundary]:
    """Return rules at up to two regions for species that move in the volume."""
    movers = [s.name for s in species if s.D > 0 and not s.is_on_surface]
    if not movers or (kind != "box" and rng.random() > BOUNDED):
        return []
    found, count = [], min(2, len(mesh.region_names), len(movers))
    regions, names = (rng.choice(choice, count, replace=False).tolist() for choice in (mesh.region_names, movers))
    for region, name in zip(regions, names, strict=True):
        match rng.choice(["reflecting", "absorbing", "transparent", "partially-absorbing", "clamp"]):
            case "partially-absorbing":
                rule = Boundary(region, name, "partially-absorbing", velocity=float(rng.uniform(10, 1000)))
            case "clamp":
                rule = Boundary(region, name, "clamp", concentration=float(rng.uniform(0, 20)))
            case other:
                rule = Boundary(region, name, str(other))
        found.append(rule)
    return found


def unaccounted(model: Model, result: Result) -> Numbers:
    """Return what there is at each row, in the mesh or outside, beyond what was released, made, taken or let in.

    Shape (rows, species).
    """
    data = result.dataset
    number = (data["number"] + data["outside"]).transpose("time", "species").values.astype(np.int64)
    expected = number[:1] + data["event"].transpose("time", "reaction").values.astype(np.int64) @ _changes(model)
    if "released" in data:
        expected = expected + data["released"].transpose("time", "species").values
    if "crossing" in data:
        for k, boundary in enumerate(model.boundaries):
            passed = data["crossing"].isel(boundary=k)
            if boundary.rule == "transparent":
                continue  # those that passed are still there
            net = (passed.sel(direction="in") - passed.sel(direction="out")).values
            beyond = model.mesh.face_compartments[model.mesh.region_faces(boundary.region)[0], 1]
            if boundary.rule == "absorbing" and beyond < 0:  # those that end at it from outside have crossed nothing
                net = net - data["hit"].sel(boundary=data["boundary"][k], side="outside").values
            expected[:, model.index(boundary.species)] += net.astype(np.int64)
    return np.asarray(number - expected)


def _changes(model: Model) -> Numbers:
    """Return by how many molecules each event changes each species, shape (reactions, species)."""
    changes = np.zeros((len(model.steps), len(model.species)), np.int64)
    for event, step in enumerate(model.steps):
        for terms, sign in ((step.products, 1), (step.reactants, -1)):
            for term in terms:
                changes[event, model.index(term.species)] += sign
    return changes


def strays(model: Model, look: Snapshot) -> int:
    """Count molecules that are in none of the compartments, by more than rounding, where no wall lets them out."""
    if any(b.rule == "transparent" for b in model.boundaries):
        return 0  # what is made of those that left is outside, too
    confined = ~np.isin(look.species, [model.index(name) for name in model.surface_species])
    points = look.position[confined]
    lost = points[model.mesh.compartment_at(points) < 0]
    if not len(lost):
        return 0
    inwards = np.mean(model.mesh.bounds, axis=0) - lost
    return int((model.mesh.compartment_at(lost + 1e-6 * inwards) < 0).sum())


def distances_of_means(model: Model, tables: Tables, jumps: Numbers) -> list[tuple[str, float]]:
    """Return how far off the mean numbers of particles are from those of the jump process, in standard errors.

    Of species that scatter enough for a mean to be normal, by the variance of the jump process.
    """
    particles = np.array([_end(model, tables, trial) for trial in range(TRIALS["particles"])])
    variance = jumps.var(axis=0, ddof=1)
    error = np.sqrt(variance * (1 / len(particles) + 1 / len(jumps)))
    off = particles.mean(axis=0) - jumps.mean(axis=0)
    return [(name, float(off[k] / error[k])) for k, name in enumerate(model.species_names) if variance[k] > SCATTER]


def _end(model: Model, tables: Tables, trial: int) -> Numbers:
    t = STEP * STEPS
    run = Simulation(model, Particles(dt=STEP), seed=142, trial=trial, tables=tables).run(t, every=t)
    return np.asarray(run.dataset["number"].transpose("time", "species").values[-1])


def follow_rate_equations(model: Model, jumps: Numbers) -> bool:
    """Say whether the mean numbers of the jump process are within 5 standard errors of those of the rate equations.

    Or 2 % and a molecule farther: few molecules that react in pairs do so less or more often than their means.
    """
    t = STEP * STEPS
    mean, se = mean_and_error(jumps, axis=0)
    smooth = ODE().run(model, t, every=t).dataset["number"].transpose("time", "species").values[-1]
    return bool((abs(mean - smooth) < 5 * se + 0.02 * smooth + 1).all())


def _jumps(model: Model, trial: int) -> Numbers:
    t = STEP * STEPS
    run = SSA().run(model, t, seed=141, trial=trial, every=t)
    return np.asarray(run.dataset["number"].transpose("time", "species").values[-1])


@check("RandomModels", fast=[{"models": 60}], full=[{"models": 1_000}])
def nothing_is_lost(judge: Judge, models: int) -> None:
    """Every molecule of a model at random is accounted for in every row, and inside its compartment."""
    escaped = 0
    for seed in range(models):
        looks: list[Snapshot] = []
        model, tables = random_model(seed, mixed=False)
        t = STEP * STEPS
        result = Simulation(model, Particles(dt=STEP), seed=143, trial=seed, tables=tables).run(
            t, every=t / ROWS, observer=looks.append, observe_every=t
        )
        judge.requires(not unaccounted(model, result).any(), f"the molecules of model {seed} are accounted for")
        escaped += strays(model, looks[-1])
    judge.agrees(f"molecules beyond the walls, {models} models", Estimate(escaped, 1 / 6), 0.0, seed=143)


@check("RandomModels", fast=[{"models": 60}], full=[{"models": 1_000}])
def engines_agree(judge: Judge, models: int) -> None:
    """Well-mixed models at random have the mean numbers of the jump process, and this those of the rate equations.

    The mean square of the distances in standard errors is 1 if they differ by chance only.
    """
    distances = []
    for seed in range(models):
        model, tables = random_model(seed, mixed=True)
        jumps = np.array([_jumps(model, trial) for trial in range(TRIALS["ssa"])])
        judge.requires(
            follow_rate_equations(model, jumps), f"the jump process of model {seed} follows its rate equations"
        )
        distances += distances_of_means(model, tables, jumps)
    squares = np.array([z for _, z in distances]) ** 2
    if not squares.size:
        raise VerificationError("No model has a species whose number scatters; run more models.")
    judge.agrees(
        f"mean square of the distances (standard errors) of {squares.size} numbers in {models} models",
        Estimate(float(squares.mean()), float(np.sqrt(2 / squares.size))),
        1.0,
        seed="141, 142",
    )
