"""The workloads, what peers need for them, and how they are timed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..geometry import cube, sphere
from ..model import Mesh, Model, Reaction, Release, Species
from ..particles import Settings, Simulation
from ..scenarios.odonnell2011.fig7.head import spine_head
from ..scenarios.odonnell2011.fig7.parameters import Parameters

VOLUME = 0.05  # um^3
DT = 1e-6  # s
WARM_UP = 64  # steps


@dataclass(frozen=True)
class Workload:
    """Something to simulate, and how long others take for it.

    Parameters
    ----------
    name : str
        Short name.
    title : str
        What is simulated.
    make : callable
        Returns a model.
    steps : int
        Time steps of 1 us.
    peer : str
        The fastest other program.
    peer_seconds : float
        What it took on one thread of a 2-core EPYC; NaN if none was measured.
    """

    name: str
    title: str
    make: Callable[[], Model]
    steps: int
    peer: str
    peer_seconds: float


@dataclass(frozen=True)
class Measurement:
    """How long a workload took.

    Parameters
    ----------
    seconds : float
        Processor time of all steps, warm, on one thread.
    per_particle_step : float
        Nanoseconds per mobile molecule (at the start) and step.
    """

    seconds: float
    per_particle_step: float


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


WORKLOADS = (
    Workload("W1", "three buffers in a cube", lambda: binding(cube(VOLUME)), 20_000, "Smoldyn 2.76", 11.7),
    Workload("W2", "10,000 walkers in a cube", lambda: walkers(cube(VOLUME), 10_000), 2_000, "Smoldyn 2.76", 1.10),
    Workload(
        "W3", "W1 in a sphere of 1280 triangles", lambda: binding(sphere(volume=VOLUME, subdivisions=3)), 20_000,
        "Smoldyn 2.76", 19.3,
    ),
    Workload("W4", "the head of Fig. 7", lambda: head(()), 20_000, "MCell 3.5.1", 12.9),
    Workload(
        "W4s", "W4 with seven sampling cubes", lambda: head((0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2)), 20_000,
        "MCell 3.5.1", 15.9,
    ),
    Workload(
        "W5", "100,000 walkers, 81,920 triangles",
        lambda: walkers(sphere(volume=1.0, subdivisions=6), 100_000), 1_000, "", math.nan,
    ),
)  # fmt: skip


def measure(workload: Workload, seed: int = 1) -> Measurement:
    """Time a workload, warm: kernels compiled and caches filled by a short run before."""
    model = workload.make()
    Simulation(model, Settings(dt=DT), seed=seed).run(WARM_UP * DT, every=WARM_UP * DT)
    simulation = Simulation(model, Settings(dt=DT), seed=seed)
    before = time.process_time()
    result = simulation.run(workload.steps * DT, every=1e-4)
    seconds = time.process_time() - before
    start = result.dataset["number"].isel(time=0)
    mobile = sum(int(start.sel(species=s.name)) for s in model.species if s.D > 0)
    return Measurement(seconds, 1e9 * seconds / workload.steps / max(mobile, 1))
