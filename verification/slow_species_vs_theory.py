"""Species of any speed at steps of any length: walls, and where looks find them, against closed forms.

Slow species move at every so many steps only. Neither boundaries nor observers may notice.
"""

from __future__ import annotations

import numpy as np
from scipy.special import erf

from ..geometry import cube
from ..model import Boundary, Model, Reaction, Release, Species
from ..particles import Particles, Simulation, Snapshot
from ..results.estimates import Estimate
from .boundaries_vs_theory import robin_left
from .diffusion_vs_theory import slab_left
from .evidence import Judge
from .models import FACES, faced_box, walkers
from .registry import check

SPEEDS = (0.2, 1.0, 10.0, 28.0, 220.0)  # um^2/s
STEPS = (1e-7, 1e-6, 1e-5)  # s
FEW = [{"D": D, "dt": dt, "n": n} for D, dt, n in ((1.0, 1e-6, 20_000), (28.0, 1e-6, 80_000), (0.2, 1e-5, 20_000))]
ALL = [{"D": D, "dt": dt, "n": 40_000} for D in SPEEDS for dt in STEPS]


def slab_for(D: float, dt: float) -> tuple[float, float]:
    """Return the width (um) of a slab that is wide against a step, and the time (s) in which a third is lost."""
    width = max(0.1, 8 * float(np.sqrt(2 * D * dt)))
    return width, round(0.04 * width**2 / D / dt) * dt


@check("SlowSpecies", fast=FEW, full=ALL)
def slab_absorber(judge: Judge, D: float, dt: float, n: int) -> None:
    """Absorbing walls leave the share of the closed form of a species of any speed, at any step."""
    width, t = slab_for(D, dt)
    model = walkers(
        faced_box((3 * width, 3 * width, width)), Release("A", number=n), D, {"z-": "absorbing", "z+": "absorbing"}
    )
    number = Simulation(model, Particles(dt=dt), seed=101).run(2 * t, every=t).number("A")
    for row in (1, 2):
        judge.agrees(
            f"share of {n} left in a slab after {row * t * 1e6:.4g} us, D = {D:g}, dt = {dt * 1e6:g} us",
            Estimate.of_share(number[row], n),
            slab_left(D, width, row * t),
            seed=101,
        )


@check("SlowSpecies", fast=FEW[:1], full=ALL)
def slab_uptake(judge: Judge, D: float, dt: float, n: int) -> None:
    """Partially absorbing walls leave the share of the closed form of a species of any speed, at any step."""
    width, t = slab_for(D, dt)
    velocity = 4 * D / width
    model = Model(
        faced_box((3 * width, 3 * width, width)),
        species=[Species("A", D)],
        releases=[Release("A", number=n)],
        boundaries=[Boundary(face, "A", "partially-absorbing", velocity=velocity) for face in ("z-", "z+")],
    )
    number = Simulation(model, Particles(dt=dt), seed=102).run(2 * t, every=2 * t).number("A")
    judge.agrees(
        f"share of {n} left between walls that take up {velocity:.3g} um/s, D = {D:g}, dt = {dt * 1e6:g} us",
        Estimate.of_share(number[-1], n),
        robin_left(velocity, width, 2 * t, D),
        seed=102,
    )


@check("SlowSpecies", fast=FEW[:1], full=ALL)
def transparent_cube(judge: Judge, D: float, dt: float, n: int) -> None:
    """Through transparent walls a species of any speed spreads as if they were not there, at any step."""
    width, t = slab_for(D, dt)
    model = walkers(faced_box((width,) * 3), Release("A", number=n), D, dict.fromkeys(FACES, "transparent"))
    number = Simulation(model, Particles(dt=dt), seed=103).run(t, every=t).number("A")
    a = width / np.sqrt(4 * D * t)
    judge.agrees(
        f"share of {n} inside a transparent cube, D = {D:g}, dt = {dt * 1e6:g} us",
        Estimate.of_share(number[-1], n),
        (erf(a) + np.expm1(-a * a) / (a * np.sqrt(np.pi))) ** 3,
        seed=103,
    )


def mean_square(model: Model, dt: float, looks: int, every: float, seed: int) -> list[Estimate]:
    """Return the mean squared distance (um^2) from the origin at each look after the first."""
    seen: list[Snapshot] = []
    Simulation(model, Particles(dt=dt), seed=seed).run(
        looks * every, every=looks * every, observer=seen.append, observe_every=every
    )
    return [Estimate.of((look.position**2).sum(axis=1)) for look in seen[1:]]


@check(
    "SlowSpecies",
    fast=[{"D": D, "dt": 1e-6} for D in (0.2, 10.0)],
    full=[{"D": D, "dt": dt} for D in SPEEDS for dt in STEPS],
)
def displacements_in_snapshots(judge: Judge, D: float, dt: float) -> None:
    """Snapshots find molecules of any speed where they are: the mean squared displacement is 6 D t at each."""
    n, every = 6_000, 5e-5
    side = 12 * np.sqrt(2 * D * 4 * every)
    model = Model(cube(side**3), species=[Species("A", D)], releases=[Release("A", points=np.zeros((n, 3)))])
    for k, square in enumerate(mean_square(model, dt, 4, every, 104), start=1):
        judge.agrees(
            f"mean squared displacement (um^2) in {k * every * 1e6:g} us, D = {D:g}, dt = {dt * 1e6:g} us",
            square,
            6 * D * k * every,
            seed=104,
        )


@check(
    "SlowSpecies",
    fast=[{"before": 1.0, "after": 2.0}],
    full=[{"before": 0.2, "after": 10.0}, {"before": 28.0, "after": 1.0}],
)
def displacements_of_what_changes(judge: Judge, before: float, after: float) -> None:
    """Molecules that turn into others of another speed have spread as long as they were each."""
    n, t, rate = 6_000, 2e-4, 1e4
    model = Model(
        cube(1.0),
        species=[Species("A", before), Species("B", after)],
        reactions=[Reaction("A -> B", rate)],
        releases=[Release("A", points=np.zeros((n, 3)))],
    )
    as_first = float(-np.expm1(-rate * t)) / rate
    judge.agrees(
        f"mean squared displacement (um^2) of D = {before:g} that turns into D = {after:g}",
        mean_square(model, 1e-6, 1, t, 105)[0],
        6 * (before * as_first + after * (t - as_first)),
        seed=105,
    )
