"""The workloads, what peers need for them, and how they are timed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..bulk import ODE, SSA
from ..geometry import cube, sphere, spine
from ..model import Mesh, Model, Reaction, Release, Species
from ..particles import Particles, Simulation
from ..scenarios.maki2020 import hfs
from ..scenarios.maki2020.induction import rest
from ..scenarios.odonnell2011.fig7.head import spine_head
from ..scenarios.odonnell2011.fig7.parameters import Parameters

VOLUME = 0.05  # um^3
DT = 1e-6  # s
WARM_UP = 64  # steps
#: The L-type channel of W4 lets in some 3000 Ca2+ with it, as in the runs of docs/performance.md; others 0 to 17000.
SEED = 6


@dataclass(frozen=True)
class Workload:
    """Something to simulate, and how long others take for it.

    Parameters
    ----------
    name : str
        Short name.
    title : str
        What is simulated.
    prepare : callable
        Compiles and warms up, and returns the run to time; the run returns how many units of work it did.
    unit : str
        Of the work.
    peer : str
        The fastest other program.
    peer_seconds : float
        What it took on one thread of a 2-core EPYC; NaN if none was measured.
    """

    name: str
    title: str
    prepare: Callable[[], Callable[[], float]]
    unit: str
    peer: str
    peer_seconds: float


@dataclass(frozen=True)
class Measurement:
    """How long a workload took.

    Parameters
    ----------
    seconds : float
        Processor time of the run, warm, on one thread.
    ns_per_unit : float
        Nanoseconds per unit of work.
    """

    seconds: float
    ns_per_unit: float


def binding(mesh: Mesh) -> Model:
    """Calcium and three buffers, one of them mobile, all free at the start."""
    return Model(
        mesh,
        species=[
            Species("Ca", 220.0), Species("M", 28.0), Species("M_Ca", 28.0),
            *(Species(name, 0.0) for name in ("I", "I_Ca", "F", "F_Ca")),
        ],
        reactions=[
            Reaction("Ca + M <-> M_Ca", 87.0, 35.8),
            Reaction("Ca + I <-> I_Ca", 100.0, 500.0),
            Reaction("Ca + F <-> F_Ca", 247.0, 524.0),
        ],
        releases=[
            Release("Ca", number=300), Release("M", number=1355), Release("I", number=301), Release("F", number=150),
        ],
    )  # fmt: skip


def walkers(mesh: Mesh, number: int) -> Model:
    """Molecules that only diffuse."""
    return Model(mesh, species=[Species("A", 220.0)], releases=[Release("A", number=number)])


def head(distances: tuple[float, ...]) -> Model:
    """The head of Fig. 7 as in the MCell runs: all free at the start, absorbing neck patch."""
    p = Parameters(volumes=(VOLUME,), start="free", neck="absorbing", distances=distances or (0.02,))
    model = spine_head(p, VOLUME)
    return model if distances else replace(model, samplers=())


def brownian(make: Callable[[], Model], steps: int) -> Callable[[], Callable[[], float]]:
    """Prepare so many steps of the particle engine; the work is counted in steps of mobile molecules at the start."""

    def prepare() -> Callable[[], float]:
        model = make()
        Simulation(model, Particles(dt=DT)).run(WARM_UP * DT, every=WARM_UP * DT)
        simulation = Simulation(model, Particles(dt=DT), seed=SEED)

        def run() -> float:
            start = simulation.run(steps * DT, every=1e-4).dataset["number"].isel(time=0)
            return float(steps * sum(int(start.sel(species=s.name)) for s in model.species if s.D > 0))

        return run

    return prepare


def rate_equations() -> Callable[[], float]:
    """Prepare 5000 s of the pathways, with high-frequency stimulation; the work is counted in simulated seconds."""
    model = hfs.Parameters().model
    ODE().run(model, 1.0, every=1.0)

    def run() -> float:
        return float(ODE().run(model, 5000.0, every=1.0).time[-1])

    return run


def jump_process() -> Callable[[], float]:
    """Prepare 100 s of a trial of the pathways from the first pulse on; the work is counted in events."""
    model, resting = hfs.Parameters().model, rest()
    SSA().run(model, 1e-3, every=1e-3, start=resting)

    def run() -> float:
        return float(SSA().run(model, 100.0, every=1.0, start=resting).dataset["event"].values[-1].sum())

    return run


STEP, EVENT, SECOND = "step", "event", "simulated s"


def walking(name: str, number: int, steps: int) -> Workload:
    """Return the workload of so many walkers in a large sphere of few triangles, that of W5 being of many."""
    run = brownian(lambda: walkers(sphere(volume=1.0, subdivisions=3), number), steps)
    return Workload(name, f"{number:,} walkers, 1280 triangles", run, STEP, "", math.nan)


WORKLOADS = (
    Workload("W1", "three buffers in a cube", brownian(lambda: binding(cube(VOLUME)), 20_000), STEP,
             "Smoldyn 2.76", 11.7),
    Workload("W2", "10,000 walkers in a cube", brownian(lambda: walkers(cube(VOLUME), 10_000), 2_000), STEP,
             "Smoldyn 2.76", 1.10),
    Workload("W3", "W1 in a sphere of 1280 triangles",
             brownian(lambda: binding(sphere(volume=VOLUME, subdivisions=3)), 20_000), STEP, "Smoldyn 2.76", 19.3),
    Workload("W4", "the head of Fig. 7", brownian(lambda: head(()), 20_000), STEP, "MCell 3.5.1", 12.9),
    Workload("W4s", "W4 with seven sampling cubes",
             brownian(lambda: head((0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2)), 20_000), STEP, "MCell 3.5.1", 15.9),
    Workload("W5", "100,000 walkers, 81,920 triangles",
             brownian(lambda: walkers(sphere(volume=1.0, subdivisions=6), 100_000), 1_000), STEP, "", math.nan),
    Workload("W6", "10,000 walkers in a mushroom spine", brownian(lambda: walkers(spine(), 10_000), 2_000), STEP,
             "", math.nan),
    walking("S1", 1_000, 20_000),
    walking("S2", 10_000, 2_000),
    walking("S3", 100_000, 200),
    Workload("B1", "rate equations: 5000 s of maki2020.hfs", rate_equations, SECOND, "CVODE with KLU, in C", 1.7),
    Workload("B2", "jump process: 100 s of maki2020.hfs", jump_process, EVENT, "direct method in C", 50.0),
)  # fmt: skip


def measure(workload: Workload) -> Measurement:
    """Time a workload, warm: kernels compiled and caches filled by a short run before."""
    run = workload.prepare()
    before = time.process_time()
    work = run()
    seconds = time.process_time() - before
    return Measurement(seconds, 1e9 * seconds / work)
