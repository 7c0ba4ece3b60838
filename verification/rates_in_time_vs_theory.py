"""Rates that change in time, and sources, against closed forms."""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm

from ..geometry import cube, reaction_voxels, spine
from ..model import Model, Reaction, Release, Schedule, Species, units
from ..particles import Particles, Simulation
from ..results.estimates import Estimate, goodness
from .evidence import Judge
from .models import LastLook, faced_box
from .registry import check

STEP = 1e-5  # s


def alternating(rate: float, phase: float, period: float, cycles: int) -> Schedule:
    """A rate that is on during one half of each period, from ``phase`` on."""
    return Schedule.pulses(phase + period * np.arange(cycles), period / 2, rate)


@check("RatesInTime", fast=[{"molecules": 4_000}], full=[{"molecules": 40_000}])
def changes_inside_a_step(judge: Judge, molecules: int) -> None:
    """Changes of rates inside a step are honoured.

    A -> B only in the second half of each step and B -> C only in the first: the order of events matters.
    """
    rate, cycles = 8e4, 4
    reactions = [
        Reaction("A -> B", alternating(rate, STEP / 2, STEP, cycles)),
        Reaction("B -> C", alternating(rate, 0.0, STEP, cycles)),
    ]
    model = Model(
        cube(0.05), species=[Species(name) for name in "ABC"], reactions=reactions,
        releases=[Release("A", number=molecules)],
    )  # fmt: skip
    result = Simulation(model, Particles(dt=STEP), seed=81).run(cycles * STEP, every=cycles * STEP)
    first, second = (np.zeros((3, 3)) for _ in range(2))
    first[0, 0], first[1, 0] = -rate, rate
    second[1, 1], second[2, 1] = -rate, rate
    exact = np.linalg.matrix_power(expm(first * STEP / 2) @ expm(second * STEP / 2), cycles)
    for code, name in ((1, "B"), (2, "C")):
        judge.agrees(
            f"share of {name}, two rates that alternate within the step, {molecules} molecules",
            Estimate.of_share(result.number(name)[-1], molecules),
            exact[code, 0],
            seed=81,
        )


@check("RatesInTime", fast=[{"molecules": 2_000}], full=[{"molecules": 40_000}])
def stimulus_shorter_than_a_step(judge: Judge, molecules: int) -> None:
    """A stimulus shorter than a step has its full effect."""
    rate = 5e5
    model = Model(
        cube(0.05), species=[Species("A"), Species("B")],
        reactions=[Reaction("A -> B", Schedule.pulses([1.3 * STEP, 7.9 * STEP], 0.2 * STEP, rate))],
        releases=[Release("A", number=molecules)],
    )  # fmt: skip
    result = Simulation(model, Particles(dt=STEP), seed=82).run(10 * STEP, every=STEP)
    for when, pulses in ((7, 1), (10, 2)):
        judge.agrees(
            f"share left after {pulses} pulses of 2 us in steps of 10 us, {molecules} molecules",
            Estimate.of_share(result.number("A")[when], molecules),
            float(np.exp(-rate * 0.2 * STEP * pulses)),
            seed=82,
        )
    still = bool((np.diff(result.number("A"))[[0, 2, 3, 4, 5, 6, 9]] == 0).all())
    judge.requires(still, "nothing happens in steps without a stimulus")


@check("RatesInTime", fast=[{"ions": 1_000}], full=[{"ions": 20_000}])
def scheduled_binding(judge: Judge, ions: int) -> None:
    """Among many partners, which stay, the ions left are exp(-[B] x integral of k)."""
    edge, partners, dt = 0.2 * (ions / 1000) ** (1 / 3), ions // 2, 1e-6
    concentration = units.micromolar(partners, edge**3)
    k = Schedule([0.0, 100.4e-6, 300.6e-6], [0.0, 30.0, 4.0])
    model = Model(
        faced_box((edge,) * 3), species=[Species("Ca", 220.0), Species("B")],
        reactions=[Reaction("Ca + B -> B", k)],
        releases=[Release("Ca", number=ions), Release("B", number=partners)],
    )  # fmt: skip
    result = Simulation(model, Particles(dt=dt), seed=83).run(1e-3, every=100e-6)
    judge.requires(result.number("Ca")[1] == ions, "no ion is bound while the rate is zero")
    for row in (3, 10):
        until = result.time[row]
        expected = float(np.exp(-concentration * k.integral(until)))
        judge.agrees(
            f"share of {ions} ions left at {until * 1e6:.0f} us, binding on from 100.4 us and weak from 300.6 us",
            Estimate.of_share(result.number("Ca")[row], ions),
            expected,
            seed=83,
        )


@check("RatesInTime", full=[{}])
def scheduled_equilibria(judge: Judge) -> None:
    """Equilibria are right before and after the binding rate changes."""
    volume, total, off, change = 0.02, 300, 500.0, 100e-3
    model = Model(
        cube(volume), species=[Species("Ca", 220.0), Species("B"), Species("CaB")],
        reactions=[Reaction("Ca + B <-> CaB", Schedule([0.0, change + 0.3e-6], [20.0, 100.0]), off)],
        releases=[Release("Ca", number=total), Release("B", number=total)],
    )  # fmt: skip
    free = Simulation(model, seed=84).run(300e-3).number("Ca")
    for label, part, on in (("before", free[100:1000], 20.0), ("after", free[1100:], 100.0)):
        k_d = units.molecules(off / on, volume)
        expected = (-k_d + np.sqrt(k_d * k_d + 4 * k_d * total)) / 2
        judge.agrees(
            f"free Ca {label} the binding rate changes to five times as much",
            Estimate.of_series(part, blocks=20),
            float(expected),
            seed=84,
        )


@check("Sources", fast=[{"duration": 2e-3}], full=[{"duration": 50e-3}])
def birth_times(judge: Judge, duration: float) -> None:
    """Births are at exact times.

    Molecules that live for half a step: their number at the end of a step depends on when they were born.
    """
    rate, decay, volume = 1e6, 2 / STEP, 0.05
    births = units.molecules(rate, volume)
    model = Model(
        cube(volume), species=[Species("A", 10.0)], reactions=[Reaction("0 -> A", rate), Reaction("A -> 0", decay)]
    )
    number = Simulation(model, Particles(dt=STEP), seed=85).run(duration, every=STEP).number("A")[5:]
    judge.agrees(
        f"molecules of a source that live for half a step, {duration * 1e3:g} ms",
        Estimate.of_series(number, blocks=20),
        births / decay,
        seed=85,
    )


@check("Sources", fast=[{"births": 10_000}], full=[{"births": 60_000}])
def scheduled_source(judge: Judge, births: int) -> None:
    """A scheduled source makes what its integral says."""
    volume, duration = 0.05, 1e-4
    shape = Schedule([0.0, 13.37e-6, 31.4e-6, 80e-6], [0.0, 3.0, 0.0, 1.0])
    rate = shape.scaled(births / units.molecules(1.0, volume) / shape.integral(duration))
    model = Model(cube(volume), species=[Species("A", 10.0)], reactions=[Reaction("0 -> A", rate)])
    result = Simulation(model, seed=86).run(duration, every=1e-6)
    number = result.number("A")
    judge.requires(number[13] == 0 and number[32] == number[80], "nothing is born while the rate is zero")
    before = units.molecules(rate.integral(20e-6), volume)
    for row, expected in ((20, before), (100, births)):
        judge.agrees(
            f"births of a scheduled source until {row} us, {births} in all",
            Estimate.of_count(number[row]),
            expected,
            seed=86,
        )


@check("Sources", fast=[{"births": 20_000}], full=[{"births": 400_000}])
def birth_places(judge: Judge, births: int) -> None:
    """Births are uniform in a spine.

    Counted in cells of about 0.1 um, whose volumes are known, and many of which are cut by a wall.
    """
    mesh = spine("mushroom")
    model = Model(
        mesh, species=[Species("A")],
        reactions=[Reaction("0 -> A", births / units.molecules(1.0, mesh.volume) / 1e-4)],
    )  # fmt: skip
    last = LastLook()
    Simulation(model, seed=87).run(1e-4, observer=last, observe_every=1e-4)
    points = last.snapshot.position
    judge.requires(bool(mesh.contains(points).all()), "all are born inside the spine")
    cells = reaction_voxels(mesh, 0.1)
    counts = np.bincount(cells.cell_at(points), minlength=cells.volume.size)
    judge.agrees(
        f"chi-square per cell of {births} births in a spine",
        goodness(counts, len(points) * cells.volume / mesh.volume),
        1.0,
        seed=87,
    )
