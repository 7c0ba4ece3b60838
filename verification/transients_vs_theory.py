"""Reactions of pairs on their way to equilibrium, in several channels, and round a catalyst, against rate equations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..geometry import cube, sphere
from ..model import Model, Reaction, Release, Schedule, Species, units
from ..particles import Particles, Simulation
from ..results.estimates import Estimate
from .evidence import Judge
from .registry import check

NUMBER, VOLUME = 1500, 0.02  # of either partner; um^3
ON, OFF = 87.0, 716.0  # 1/(uM s), 1/s


def association() -> Model:
    """Return a model of two partners in a ball, all of them free at first."""
    return Model(
        sphere(volume=VOLUME),
        species=[Species("A", 220.0), Species("B", 28.0), Species("C", 28.0)],
        reactions=[Reaction("A + B <-> C", ON, OFF)],
        releases=[Release(name, number=NUMBER) for name in "AB"],
    )


def complexes(times: Sequence[float], dt: float) -> NDArray[np.float64]:
    """Return the expected number of complexes at some times (s) after steps of a length.

    In each step A choose a partner with probability k[B] dt, and where two choose the same B one reacts: a share
    k[A] dt/2 is lost. Short steps give the rate equation.
    """
    per_pair = units.um3_per_s(ON) / VOLUME * dt
    found, bound = [0.0], 0.0
    for _ in range(round(max(times) / dt)):
        free = NUMBER - bound
        bound += per_pair * free * free * (1 - per_pair * free / 2) - OFF * dt * bound
        found.append(bound)
    return np.array([found[round(t / dt)] for t in times])


def measured_complexes(times: Sequence[float], dt: float, trials: int, seed: int) -> list[Estimate]:
    """Measure the number of complexes at whole multiples of the first of some times (s)."""
    runs = [
        Simulation(association(), Particles(dt=dt), seed=seed, trial=trial).run(times[-1], every=times[0]).number("C")
        for trial in range(trials)
    ]
    return [Estimate.of([run[round(t / times[0])] for run in runs]) for t in times]


@check(
    "Transients",
    fast=[{"dt": dt, "trials": 16} for dt in (1e-6, 5e-6)],
    full=[{"dt": dt, "trials": 200} for dt in (1e-6, 5e-6)],
)
def association_from_the_first_step(judge: Judge, dt: float, trials: int) -> None:
    """Rows tell how many pairs have reacted by their time, at any step: the first step counts as all others."""
    times = (20e-6, 40e-6, 60e-6)
    measured = measured_complexes(times, dt, trials, seed=111)
    for t, found, expected in zip(times, measured, complexes(times, dt), strict=True):
        judge.agrees(
            f"complexes after {t * 1e6:g} us, dt = {dt * 1e6:g} us, {trials} trials", found, float(expected), seed=111
        )


@check("Transients", full=[{"trials": 200}])
def error_of_the_step_in_a_transient(judge: Judge, trials: int) -> None:
    """Transients converge to the rate equation with the first power of the step."""
    t, steps = 20e-6, np.array([2e-6, 5e-6, 10e-6])
    limit = float(complexes((t,), 1e-9)[0])
    found = [measured_complexes((t,), dt, trials, seed=112)[0] for dt in steps]
    errors, weights = np.array([f.mean for f in found]) - limit, np.array([1 / f.se for f in found])
    line, covariance = np.polyfit(steps, errors, 1, w=weights, cov="unscaled")
    judge.agrees(
        "complexes after 20 us, extrapolated to steps of 0 from 2, 5 and 10 us",
        Estimate(limit + line[1], float(np.sqrt(covariance[1, 1]))),
        limit,
        seed=112,
    )
    theory = np.array([complexes((t,), dt)[0] for dt in steps]) - limit
    logs = np.log(steps) - np.log(steps).mean()
    slopes = logs * (weights * errors) ** 2 / ((weights * errors) ** 2 * logs**2).sum()
    judge.agrees(
        "order of convergence in dt, fitted over 2, 5 and 10 us",
        Estimate(
            float(slopes @ np.log(errors / errors[-1])), float(np.sqrt((slopes**2 / (weights * errors) ** 2).sum()))
        ),
        float(slopes @ np.log(theory / theory[-1])),
        seed=112,
    )


def in_parts(equation: str, rate: float, parts: int, weight: float = 1.0) -> list[Reaction]:
    """Return a reaction in several channels that share its rate constant, the first with a weight."""
    total = weight + parts - 1
    return [Reaction(equation, rate * (1.0 if k else weight) / total, name=f"part {k}") for k in range(parts)]


@check("Channels", fast=[{"parts": parts} for parts in (1, 8)], full=[{"parts": 2}])
def rate_in_parts(judge: Judge, parts: int) -> None:
    """A reaction in several channels has the rate of all of them together."""
    ions, partners, rate, t, dt = 10_000, 800, 650.0, 100e-6, 1e-6
    model = Model(
        cube(0.2),
        species=[Species("A", 50.0), Species("B", 10.0)],
        reactions=in_parts("A + B -> B", rate, parts),
        releases=[Release("A", number=ions), Release("B", number=partners)],
    )
    left = Simulation(model, Particles(dt=dt), seed=113).run(t, every=t).number("A")[-1]
    once = 1 - rate * units.micromolar(partners, 0.2) * dt
    judge.agrees(
        f"share of {ions} left, reaction in {parts} parts",
        Estimate.of_share(left, ions),
        once ** round(t / dt),
        seed=113,
    )


@check(
    "Channels",
    fast=[{"where": where, "parts": parts} for where, parts in (("volume", 1), ("volume", 2), ("membrane", 2))],
    full=[{"where": "membrane", "parts": 1}, {"where": "volume", "parts": 8}],
)
def equilibrium_in_parts(judge: Judge, where: str, parts: int) -> None:
    """An equilibrium whose association has several channels is that of their sum, in the volume and at the membrane.

    The partners meet so often that a quarter of all meetings are of pairs that met in vain. One partner at most reacts
    in a step, so that the constant is smaller by k ([A] + [B]) dt/2 in the volume; A alone chooses at the membrane.
    """
    volume, on, off, dt = 0.05, 650.0, 3250.0, 1e-6
    partner: Literal["surface", "volume"] = "surface" if where == "membrane" else "volume"
    D, side = (0.0, "[inside]") if partner == "surface" else (10.0, "")
    model = Model(
        cube(volume),
        species=[Species("A", 50.0), *(Species(name, D, where=partner) for name in "BC")],
        reactions=[
            *in_parts(f"A{side} + B -> C", on, parts, weight=12.0),
            Reaction(f"C -> A{side} + B", off),
        ],
        releases=[Release("A", number=150), Release("B", number=150)],
    )
    number = Simulation(model, Particles(dt=dt), seed=114).run(0.4, every=1e-4).dataset["number"][100:]
    a, b, c = (number.sel(species=name).values.astype(float) for name in "ABC")
    pairs = a * b / units.molecules(1.0, volume)
    ratio = c.mean() / pairs.mean()
    scatter = Estimate.of_series(c - ratio * pairs).se / pairs.mean()
    once = 1 - on * units.micromolar(a.mean() + b.mean(), volume) * dt / 2
    judge.agrees(
        f"K (1/uM) in the {where}, association in {parts} parts", Estimate(ratio, scatter), on / off * once, seed=114
    )


@check("Channels", fast=[{"trials": 80}], full=[{"trials": 300}])
def round_a_catalyst(judge: Judge, trials: int) -> None:
    """Where one catalyst turns A into B and back, B has the share of its rate."""
    forward, backward, n = 2250.0, 750.0, 200
    model = Model(
        cube(0.02),
        species=[Species("A", 220.0), Species("B", 220.0), Species("E", 28.0)],
        reactions=[Reaction("A + E -> B + E", forward), Reaction("B + E -> A + E", backward)],
        releases=[Release("A", number=n // 4), Release("B", number=3 * n // 4), Release("E", number=40)],
    )
    shares = [
        Simulation(model, Particles(dt=2e-7), seed=115, trial=trial).run(4e-4, every=2e-5).number("B")[5:].mean() / n
        for trial in range(trials)
    ]
    judge.agrees(
        f"share of B in a cycle round a catalyst, {trials} trials",
        Estimate.of(shares),
        forward / (forward + backward),
        seed=115,
    )


@check("RatesInTime", fast=[{"ions": 4_000}], full=[{"ions": 40_000}])
def pairs_feel_the_mean_rate_of_a_step(judge: Judge, ions: int) -> None:
    """Pulses of a binding rate that begin and end within steps have their full effect."""
    volume, partners, rate, dt, cycles = 0.05, 1_000, 100.0, 1e-6, 50
    pulses = Schedule.pulses((np.arange(cycles) + 0.3) * dt, 0.4 * dt, rate)
    model = Model(
        cube(volume),
        species=[Species("Ca", 220.0), Species("B")],
        reactions=[Reaction("Ca + B -> B", pulses)],
        releases=[Release("Ca", number=ions), Release("B", number=partners)],
    )
    left = Simulation(model, Particles(dt=dt), seed=116).run(cycles * dt, every=cycles * dt).number("Ca")[-1]
    once = 1 - 0.4 * rate * units.micromolar(partners, volume) * dt
    judge.agrees(
        f"share of {ions} ions left after {cycles} pulses of 0.4 us", Estimate.of_share(left, ions), once**cycles,
        seed=116,
    )  # fmt: skip
