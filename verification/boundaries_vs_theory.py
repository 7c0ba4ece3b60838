"""Clamped and partially absorbing surfaces against closed forms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from ..geometry import Patch, box, sphere
from ..model import Boundary, Box, Model, Release, Sampler, Species, units
from ..particles import Particles, Simulation
from ..results.estimates import Estimate
from .evidence import Judge
from .models import faced_box
from .registry import check

D = 220.0  # um^2/s
HELD = 100.0  # uM


def clamped(edges: tuple[float, ...], start: float, **held: float) -> Model:
    """A box with one species, at a concentration (uM) at the start and held at others at faces z- and z+."""
    return Model(
        faced_box(edges), species=[Species("A", D, content={"A": 1})], releases=[Release("A", concentration=start)],
        boundaries=[Boundary(f"z{'-' if face == 'low' else '+'}", "A", "clamp", concentration=value)
                    for face, value in held.items()],
    )  # fmt: skip


def filled(width: float, t: float) -> float:
    """Share of its final content that a slab held at one face has at a time (Crank 1975, Eq. 4.18)."""
    n = np.arange(1, 400, 2)
    return float(1 - (8 / (np.pi * n) ** 2 * np.exp(-D * (np.pi * n / (2 * width)) ** 2 * t)).sum())


@check(
    "ClampVsTheory",
    fast=[{"edge": 0.2, "duration": 3e-3, "dt": 1e-6}],
    full=[{"edge": 0.5, "duration": 15e-3, "dt": dt} for dt in (1e-6, 2e-6)],
)
def flux_through_a_slab(judge: Judge, edge: float, duration: float, dt: float) -> None:
    """The flux between clamps at c and 0 is D c A/L; what comes through is a Poisson process."""
    width = 0.2
    model = clamped((edge, edge, width), HELD / 2, low=HELD, high=0.0)
    data = Simulation(model, Particles(dt=dt), seed=91).run(duration, every=duration / 100).dataset
    out = data["crossing"].sel(boundary="z+/A", direction="out").values
    through, begin = int(out[-1] - out[20]), float(data["time"][20])
    flux = D * units.molecules(HELD, 1.0) / width * edge**2
    judge.agrees(
        f"flux (1/s) through a slab between clamps, {through} molecules at {dt * 1e6:g} us",
        Estimate.of_count(through) * (1 / (duration - begin)),
        flux,
        seed=91,
    )


@check("ClampVsTheory", fast=[{"n": 2_000, "dt": dt} for dt in (1e-6, 5e-6)], full=[{"n": 50_000, "dt": 1e-6}])
def filling_of_an_empty_slab(judge: Judge, n: int, dt: float) -> None:
    """A clamp fills an empty slab as in the closed form."""
    width = 0.2
    edge = float(np.sqrt(n / units.molecules(HELD, width)))
    model = clamped((edge, edge, width), 0.0, low=HELD)
    number = Simulation(model, Particles(dt=dt), seed=92).run(100e-6, every=10e-6).number("A")
    for row in (1, 4, 10):
        expected = n * filled(width, row * 10e-6)
        judge.agrees(
            f"molecules of {n} in a slab {row * 10} us after it was clamped, at {dt * 1e6:g} us",
            Estimate(float(number[row]), float(np.sqrt(expected))),
            expected,
            seed=92,
        )


@check("ClampVsTheory", full=[{"dt": dt} for dt in (1e-6, 5e-6)])
def density_at_a_clamp(judge: Judge, dt: float) -> None:
    """The density is uniform up to the clamp."""
    edge, layer = 0.2, 0.005
    model = clamped((edge,) * 3, HELD, low=HELD)
    depths = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1)
    samplers = [
        Sampler(f"{1e3 * depth:g} nm", "A", Box((0, 0, (layer - edge) / 2 + depth), (edge, edge, layer)))
        for depth in depths
    ]
    model = Model(model.mesh, species=model.species, releases=model.releases, boundaries=model.boundaries,
                  samplers=samplers)  # fmt: skip
    data = Simulation(model, Particles(dt=dt), seed=93).run(60e-3, every=1e-4).dataset
    expected = units.molecules(HELD, edge**2 * layer)
    for column, sampler in enumerate(samplers):
        judge.agrees(
            f"molecules in a layer {sampler.name} from a clamp, at {dt * 1e6:g} us",
            Estimate.of_series(data["sampled"].values[5:, column]),
            expected,
            seed=93,
        )


@check("ClampVsTheory", full=[{"shape": shape} for shape in ("a patch", "a sphere")])
def content_at_equilibrium(judge: Judge, shape: str) -> None:
    """The content is in equilibrium with a clamped patch or curved surface.

    The flux next to the rim is singular: what comes in and what goes out must match there, too.
    """
    patch = shape == "a patch"
    mesh = box((0.2,) * 3, {"held": Patch("z-", (0.08, 0.08))}) if patch else sphere(volume=0.008, subdivisions=2)
    model = Model(
        mesh, species=[Species("A", D)], releases=[Release("A", concentration=HELD)],
        boundaries=[Boundary("held" if patch else mesh.region_names[0], "A", "clamp", concentration=HELD)],
    )  # fmt: skip
    number = Simulation(model, seed=94).run(80e-3 if patch else 15e-3, every=1e-4).number("A")[10:]
    expected = units.molecules(HELD, mesh.volume)
    judge.agrees(f"molecules in equilibrium with {shape} at 100 uM", Estimate.of_series(number), expected, seed=94)


def robin_left(velocity: float, width: float, t: float, D: float = D) -> float:
    """Share left between partially absorbing walls after a uniform start (Crank 1975, Eqs. 4.51 and 4.53)."""
    half = width / 2
    uptake = velocity * half / D
    roots = np.array([
        brentq(lambda x: x * np.sin(x) - uptake * np.cos(x), k * np.pi, (k + 0.5) * np.pi) for k in range(60)
    ])  # fmt: skip
    shares: NDArray[np.float64] = 2 * uptake**2 / (roots**2 * (roots**2 + uptake**2 + uptake))
    return float((shares * np.exp(-((roots / half) ** 2) * D * t)).sum())


def robin_ball_left(velocity: float, radius: float, t: float) -> float:
    """Share left in a ball with a partially absorbing surface after a uniform start (Crank 1975, Eq. 6.43)."""
    uptake = velocity * radius / D

    def condition(x: float) -> float:
        return float(x * np.cos(x) - (1 - uptake) * np.sin(x))

    grid = np.linspace(1e-3, 200.0, 20_001)
    signs = np.array([condition(x) for x in grid])
    roots = np.array([brentq(condition, grid[k], grid[k + 1]) for k in np.flatnonzero(signs[1:] * signs[:-1] < 0)])
    shares: NDArray[np.float64] = 6 * uptake**2 / (roots**2 * (roots**2 + uptake * (uptake - 1)))
    return float((shares * np.exp(-((roots / radius) ** 2) * D * t)).sum())


def robin_slab(velocity: float, n: int) -> Model:
    """Return a slab of 0.2 um whose two faces take up molecules at a velocity (um/s)."""
    faces = ("z-", "z+")
    return Model(
        faced_box((0.4, 0.4, 0.2)), species=[Species("A", D, content={"A": 1})], releases=[Release("A", number=n)],
        boundaries=[Boundary(face, "A", "partially-absorbing", velocity=velocity) for face in faces],
    )  # fmt: skip


@check(
    "PartialAbsorberVsTheory",
    fast=[{"velocity": 1_000.0, "dt": dt, "n": 20_000} for dt in (1e-6, 2e-6)],
    full=[
        {"velocity": velocity, "dt": dt, "n": 300_000} for velocity in (300.0, 2_000.0, 10_000.0) for dt in (1e-6, 2e-6)
    ],
)
def uptake_slab(judge: Judge, velocity: float, dt: float, n: int) -> None:
    """Partial absorption is exact however much is absorbed within a step, if a path meets one wall at most."""
    number = Simulation(robin_slab(velocity, n), Particles(dt=dt), seed=95).run(40e-6, every=20e-6).number("A")
    for row in (1, 2):
        judge.agrees(
            f"share of {n} left after {row * 20} us between walls that take up {velocity:g} um/s, at {dt * 1e6:g} us",
            Estimate.of_share(number[row], n),
            robin_left(velocity, 0.2, row * 20e-6),
            seed=95,
        )


@check(
    "PartialAbsorberVsTheory",
    full=[
        {"velocity": velocity, "dt": dt, "n": n}
        for velocity, dt, n in ((200.0, 1e-6, 100_000), (2_000.0, 1e-6, 40_000), (200.0, 3e-6, 100_000))
    ],
)
def uptake_ball(judge: Judge, velocity: float, dt: float, n: int) -> None:
    """A curved surface is met more often than a flat one; the mesh's area is 0.1 % above that of the ball."""
    mesh, t = sphere(volume=0.05), 60e-6
    radius = (mesh.volume * 3 / 4 / np.pi) ** (1 / 3)
    model = Model(
        mesh, species=[Species("A", D)], releases=[Release("A", number=n)],
        boundaries=[Boundary(mesh.region_names[0], "A", "partially-absorbing", velocity=velocity)],
    )  # fmt: skip
    number = Simulation(model, Particles(dt=dt), seed=97).run(t, every=t).number("A")[-1]
    effective = velocity * mesh.area() / (4 * np.pi * radius**2)
    judge.agrees(
        f"share of {n} left in a ball of 0.05 um^3 that takes up {velocity:g} um/s, at {dt * 1e6:g} us",
        Estimate.of_share(number, n),
        robin_ball_left(effective, radius, t),
        seed=97,
    )


@check("PartialAbsorberVsTheory", fast=[{}])
def extreme_uptake(judge: Judge) -> None:
    """A very large velocity of uptake is an absorber, and none a wall."""
    n, t, exact = 20_000, 20e-6, robin_left(1e9, 0.2, 20e-6)
    left = {v: Simulation(robin_slab(v, n), seed=96).run(t, every=t).number("A")[-1] for v in (0.0, 1e9)}
    judge.requires(left[0.0] == n, "walls without uptake keep every molecule")
    judge.agrees("share left between walls that take up 1e9 um/s", Estimate.of_share(left[1e9], n), exact, seed=96)
