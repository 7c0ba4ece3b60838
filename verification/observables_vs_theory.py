"""Balls, shells and residence times against theory."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.integrate import quad

from ..geometry import cube
from ..model import Ball, Model, Release, Residence, Sampler, Shell, Species, units
from ..particles import Particles, Simulation
from ..results.estimates import Estimate
from .evidence import Judge
from .registry import check

#: Mean by which a sum of normal steps overshoots a plane, in steps: the boundary appears so much farther away (Siegmund
#: 1985, Sequential Analysis; -zeta(1/2)/sqrt(2 pi)).
OVERSHOOT = 0.5826


@check("Observables", fast=[{"duration": 2e-3}], full=[{"duration": 20e-3}])
def shell_concentration(judge: Judge, duration: float) -> None:
    """In a uniform gas the concentration in a shell that walls cut is that of the whole."""
    number, volume = 500, 0.008
    model = Model(
        cube(volume), species=[Species("A", 220.0)], releases=[Release("A", number=number)],
        samplers=[Sampler("cut", "A", within=Shell((0.0, 0.1, 0.1), 0.02, 0.06))],
    )  # fmt: skip
    result = Simulation(model, seed=71).run(duration, every=duration / 500)
    expected = units.micromolar(number, volume)
    judge.agrees(
        f"concentration (uM) in a quarter of a shell, {duration * 1e3:g} ms",
        Estimate.of_series(result.sampled_concentration("cut")[1:]),
        expected,
        seed=71,
    )


def chance_to_leave(D: float, radius: float, dt: float) -> float:
    """Probability that a molecule anywhere in a ball is outside after a step.

    Of two balls whose centres are r apart the part 1 - 3 r/(4 R) + r^3/(16 R^3) overlaps.
    """
    step = stats.maxwell(scale=np.sqrt(2 * D * dt))
    stays, _ = quad(lambda r: float(step.pdf(r)) * (1 - 0.75 * r / radius + (r / radius) ** 3 / 16), 0, 2 * radius)
    return 1 - float(stays)


@check("Observables", fast=[{"duration": 1e-3}], full=[{"duration": 20e-3}])
def residence_in_equilibrium(judge: Judge, duration: float) -> None:
    """In equilibrium molecules stay in a ball for a step over the probability to leave it within a step.

    Little's law: number present = rate of arrivals x mean stay.
    """
    D, radius, dt = 220.0, 0.04, 1e-6
    ball = Ball((0.0, 0.0, 0.0), radius)
    model = Model(
        cube(0.008), species=[Species("A", D)], releases=[Release("A", number=500)],
        samplers=[Sampler("ball", "A", within=ball)], residences=[Residence("ball", "A", ball)],
    )  # fmt: skip
    result = Simulation(model, Particles(dt=dt), seed=72).run(duration, every=duration)
    visits = result.visits("ball")
    present = float(result.dataset["sampled"][-1, 0])
    judge.requires(
        bool(np.isclose(visits.duration.sum(), present * duration)), "the visits add up to all who were there"
    )
    expected = dt / chance_to_leave(D, radius, dt)
    # In the order of arrival, so that neighbours in the series are those that are correlated.
    stays = visits.duration[visits.finished][np.argsort(visits.entry[visits.finished], kind="stable")]
    judge.agrees(
        f"mean of {stays.size} stays in a ball of 40 nm in equilibrium (s)",
        Estimate.of_series(stays),
        expected,
        seed=72,
    )
    arrivals = visits.duration.size / duration
    judge.requires(bool(np.isclose(arrivals * visits.duration.mean(), present)), "Little's law holds")


@check("Observables", fast=[{"molecules": 2_000}], full=[{"molecules": 20_000}])
def exit_from_the_centre(judge: Judge, molecules: int) -> None:
    """From the centre of a ball the mean time to the first exit is r^2/(6 D).

    A molecule that is looked at every step leaves as if the ball were larger by 0.58 rms steps per axis.
    """
    D, radius, dt = 20.0, 0.1, 1e-6
    model = Model(
        cube(0.064), species=[Species("A", D)], releases=[Release("A", points=np.zeros((molecules, 3)))],
        residences=[Residence("ball", "A", Ball((0.0, 0.0, 0.0), radius))],
    )  # fmt: skip
    duration = 8 * radius**2 / (6 * D)
    steps = round(duration / dt)
    visits = Simulation(model, Particles(dt=dt), seed=73).run(steps * dt, every=steps * dt).visits("ball")
    first = np.isclose(visits.entry, dt)
    judge.requires(bool(first.sum() == molecules), "all are in the ball after the first step")
    # 2 exp(-pi^2 8/6), one in 260,000, is still inside at the end.
    times = visits.duration[first] + dt
    seen = radius + OVERSHOOT * np.sqrt(2 * D * dt)
    judge.agrees(
        f"mean first exit time (s) of {molecules} molecules from the centre of a ball of 100 nm",
        Estimate.of(times),
        seen**2 / (6 * D),
        seed=73,
    )
