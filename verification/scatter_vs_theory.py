"""Variances: molecules react, end and are born each by itself, so that their numbers scatter as chance has it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..geometry import cube
from ..model import Boundary, Model, Reaction, Release, Species, units
from ..particles import Simulation
from ..results.estimates import Estimate
from .boundaries_vs_theory import clamped
from .diffusion_vs_theory import slab_left
from .evidence import Judge
from .models import faced_box, numbers_at_the_end
from .registry import check


def dispersion(counts: ArrayLike, variance: float) -> Estimate:
    """Return the variance of independent counts relative to what is expected; theirs is nearly normal."""
    values = np.asarray(counts, float)
    return Estimate(float(values.var(ddof=1)) / variance, float(np.sqrt(2 / (values.size - 1))))


@check("Scatter", fast=[{"trials": 300}], full=[{"trials": 3_000}])
def pairs_that_react(judge: Judge, trials: int) -> None:
    """How many molecules have found a partner is binomial: each has random numbers of its own.

    Among so many partners that all molecules find one nearly as often.
    """
    n, partners, rate, dt = 64, 5_000, 36.0, 1e-6
    model = Model(
        cube(0.001),
        species=[Species("A", 100.0), Species("B"), Species("C")],
        reactions=[Reaction("A + B -> C + B", rate)],
        releases=[Release("A", number=n), Release("B", number=partners)],
    )
    counts = numbers_at_the_end(model, "C", dt, trials, seed=121)
    p = float(np.mean(counts)) / n
    judge.agrees(
        f"variance of molecules of {n} that found a partner in a step, over the binomial one, {trials} trials",
        dispersion(counts, n * p * (1 - p)),
        1.0,
        seed=121,
    )


@check("Scatter", fast=[{"trials": 300}], full=[{"trials": 3_000}])
def pairs_that_fall_apart(judge: Judge, trials: int) -> None:
    """How many complexes have fallen apart is binomial."""
    n, off, t = 64, 2e4, 20e-6
    model = Model(
        cube(0.008),
        species=[Species("A", 100.0), Species("B"), Species("C")],
        reactions=[Reaction("C -> A + B", off)],
        releases=[Release("C", number=n)],
    )
    counts = numbers_at_the_end(model, "A", t, trials, seed=122)
    judge_binomial(judge, f"complexes of {n} that fell apart", counts, n, float(-np.expm1(-off * t)), seed=122)


@check("Scatter", fast=[{"trials": 150}], full=[{"trials": 1_500}])
def molecules_that_are_absorbed(judge: Judge, trials: int) -> None:
    """How many molecules are absorbed is binomial."""
    n, D, width, t = 64, 100.0, 0.2, 30e-6
    faces = ("z-", "z+")
    model = Model(
        faced_box((0.4, 0.4, width)),
        species=[Species("A", D)],
        releases=[Release("A", number=n)],
        boundaries=[Boundary(face, "A", "absorbing") for face in faces],
    )
    counts = [n - left for left in numbers_at_the_end(model, "A", t, trials, seed=123)]
    judge_binomial(judge, f"molecules of {n} that were absorbed", counts, n, 1 - slab_left(D, width, t), seed=123)


def judge_binomial(judge: Judge, what: str, counts: Sequence[int], n: int, p: float, seed: int) -> None:
    """Judge the mean and the variance of counts of n molecules that each have the same probability."""
    judge.agrees(f"mean of {what}, {len(counts)} trials", Estimate.of(counts), n * p, seed=seed)
    judge.agrees(
        f"variance of {what}, over the binomial one, {len(counts)} trials",
        dispersion(counts, n * p * (1 - p)),
        1.0,
        seed=seed,
    )


@check("Scatter", fast=[{"duration": 4e-3}], full=[{"duration": 40e-3}])
def molecules_from_a_clamp(judge: Judge, duration: float) -> None:
    """In equilibrium with a clamp the number of molecules is Poisson: each comes by itself."""
    model = clamped((0.1, 0.1, 0.1), 100.0, low=100.0)
    number = Simulation(model, seed=124).run(duration, every=2e-6).number("A")[200:].astype(float)
    mean = units.molecules(100.0, 1e-3)
    judge.agrees(
        f"variance of the molecules beside a clamp, over their mean, {duration * 1e3:g} ms",
        Estimate.of_series((number - mean) ** 2 / mean),
        1.0,
        seed=124,
    )


@check("Scatter", fast=[{"trials": 150}], full=[{"trials": 1_500}])
def amounts_that_are_not_whole(judge: Judge, trials: int) -> None:
    """A release of 3.4 molecules has 3 or 4, and 3.4 on average; one of 2.7 later in the run likewise."""
    volume, first, later = 0.01, 3.4, 2.7
    amount = units.micromolar(1.0, volume)
    model = Model(
        cube(volume),
        species=[Species("A", 1.0), Species("B", 1.0)],
        releases=[Release("A", concentration=first * amount), Release("B", concentration=later * amount, at=1e-6)],
    )
    runs = [Simulation(model, seed=125, trial=trial).run(2e-6, every=2e-6) for trial in range(trials)]
    for name, expected in (("A", first), ("B", later)):
        counts = [int(run.number(name)[-1]) for run in runs]
        judge.requires(
            set(counts) <= {int(expected), int(expected) + 1}, f"a release of {expected} has a whole number beside it"
        )
        judge.agrees(
            f"mean of releases of {expected} molecules, {trials} trials",
            Estimate.of_share(sum(counts) - trials * int(expected), trials),
            expected % 1,
            seed=125,
        )
