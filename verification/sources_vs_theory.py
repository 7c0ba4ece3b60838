"""Profiles of [Ca2+] below an open channel, without buffers and with them, against theory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad, solve_bvp
from scipy.special import ndtr

from ..geometry import cube, sphere
from ..model import Boundary, Box, Model, Reaction, Release, Sampler, Species, units
from ..model.errors import VerificationError
from ..model.proteins import simple_buffer
from ..particles import Particles, Simulation
from ..results.estimates import Estimate
from .evidence import Judge
from .models import FACES, faced_box
from .registry import check

FloatArray = NDArray[np.float64]
J, D = 3.3e6, 220.0
DEPTHS = (0.02, 0.04, 0.06, 0.1, 0.15, 0.2)


def sample_box(depth: float) -> tuple[float, float, float]:
    """Return edges (um) of the box in which a depth is sampled: flat, and wide where the profile is."""
    return (max(0.0199, 0.8 * depth), max(0.0199, 0.8 * depth), 0.0199)


def source_profile(edge: float, depth: float, sink: float = 0.0) -> float:
    """Mean [Ca] (uM) in a sample box below a point source in the reflecting top of a cube whose other faces absorb.

    The product of one-dimensional Green's functions (method of images), integrated over the box and over time. A
    buffer in excess, which takes every ion at the same rate wherever it is, is a factor exp(-sink t); far from the
    walls that is J/(2 pi D r) exp(-r/lambda) with lambda = sqrt(D/sink) (Neher 1986, in Calcium Electrogenesis
    and Neuronal Functioning, p. 80).
    """
    images = np.arange(-40, 41)
    width, _, thickness = sample_box(depth)

    def share(low: float, high: float, period: float, sigma: float) -> float:
        """Probability to be between two planes, absorbing walls half a period away on both sides."""
        ends = ndtr((high - images * period) / sigma) - ndtr((low - images * period) / sigma)
        return float((np.where(images % 2 == 0, 1.0, -1.0) * ends).sum())

    def per_log_time(log_t: float) -> float:
        t = np.exp(log_t)
        sigma = np.sqrt(2 * D * t)
        lateral = share(-width / 2, width / 2, edge, sigma) ** 2
        below = 2 * share(depth - thickness / 2, depth + thickness / 2, 2 * edge, sigma)
        return t * lateral * below * np.exp(-sink * t)

    mean = quad(per_log_time, np.log(1e-9), np.log(10 * edge**2 / D), limit=400, epsrel=1e-6)[0]
    return units.micromolar(J * mean, width**2 * thickness)


def open_channel(edge: float, *, sink: float = 0.0, rate: float = 150.0) -> Model:
    """Return a model of a channel in the top of a cube whose other faces absorb, with a buffer never used up."""
    species = [Species("Ca", D), Species("LO", where="surface")]
    reactions = [Reaction("LO -> LO + Ca[inside]", J)]
    releases = [Release("LO", points=[(0, 0, edge / 2)])]
    if sink:
        species.append(Species("B", 28.0))
        reactions.append(Reaction("Ca + B -> B", rate))
        releases.append(Release("B", concentration=sink / rate))
    return Model(
        faced_box((edge, edge, edge)), species=species, reactions=reactions, releases=releases,
        boundaries=[Boundary(face, "Ca", "absorbing") for face in FACES if face != "z+"],
        samplers=[Sampler(f"{d}", "Ca", Box((0, 0, edge / 2 - d), sample_box(d))) for d in DEPTHS],
    )  # fmt: skip


def profile(model: Model, duration: float, settle: float, seed: int, dt: float = 1e-6) -> list[Estimate]:
    """Return the mean [Ca] (uM) in each sampler of a model after a time to settle (s)."""
    data = Simulation(model, Particles(dt=dt), seed=seed).run(duration).dataset
    settled = data["sampled"].values[data["time"].values > settle]
    volumes = [sampler.within.volume for sampler in model.samplers if sampler.within]
    return [Estimate.of_series(series) * units.micromolar(1.0, v) for series, v in zip(settled.T, volumes, strict=True)]


def ions_left(sink: float, t: float, dt: float, trial: int) -> tuple[int, int]:
    """Return how many ions there are at first and after a time among fixed partners that take them at a given rate."""
    rate, ions = 12.5, 8_000
    model = Model(
        cube(0.4),
        species=[Species("Ca", D), Species("B")],
        reactions=[Reaction("Ca + B -> B", rate)],
        releases=[Release("Ca", number=ions), Release("B", concentration=sink / rate)],
    )
    number = Simulation(model, Particles(dt=dt), seed=34, trial=trial).run(t + dt, every=dt).number("Ca")
    return int(number[1]), int(number[-1])


@dataclass(frozen=True)
class BufferedBall:
    """A source in the middle of a closed ball with a mobile buffer, in which calcium also decays."""

    R: float = 0.22
    on: float = 150.0
    off: float = 5_000.0
    total: float = 150.0
    D_buffer: float = 28.0
    decay: float = 1e4
    radii: tuple[float, ...] = (0.02, 0.04, 0.06, 0.1, 0.15)

    def model(self) -> Model:
        """Return the model, with six samplers at each radius."""
        axes = [sign * axis for axis in np.eye(3) for sign in (-1, 1)]
        return Model(
            sphere(volume=4 / 3 * np.pi * self.R**3),
            schemes=[simple_buffer("B", self.total, self.on, self.off, D=self.D_buffer)],
            species=[Species("Ca", D), Species("S")],
            reactions=[Reaction("S -> S + Ca", J), Reaction("Ca -> 0", self.decay)],
            releases=[Release("S", points=[(0, 0, 0)])],
            samplers=[
                Sampler(f"{r}/{i}", "Ca", Box(tuple(r * axis), tuple(np.where(axis == 0, *sample_box(r)[1:]))))
                for r in self.radii
                for i, axis in enumerate(axes)
            ],
        )

    def calcium(self, r: float) -> float:
        """Steady [Ca] (uM), averaged over the sample box at a distance (um) from the source.

        D lap c = decay c + net and D_B lap b = -net for bound buffer b, net = k_on c (B - b) - k_off b, with no flux
        through the wall; c = J/(4 pi D r) + u with u finite at the source.
        """
        on, B = units.um3_per_s(self.on), units.molecules(self.total, 1.0)
        flow = J / (4 * np.pi * D)

        def slopes(r: FloatArray, y: FloatArray) -> FloatArray:
            free = flow / r + y[0]
            net = on * free * (B - y[2]) - self.off * y[2]
            laplacians = (self.decay * free + net) / D, -net / self.D_buffer
            return np.vstack([y[1], laplacians[0] - 2 * y[1] / r, y[3], laplacians[1] - 2 * y[3] / r])

        def ends(a: FloatArray, b: FloatArray) -> FloatArray:
            return np.array([a[1], a[3], b[1] - flow / self.R**2, b[3]])

        grid = np.geomspace(1e-4, self.R, 400)
        guess = np.vstack([np.full(grid.size, y) for y in (-flow / self.R, 0.0, B / 2, 0.0)])
        steady = solve_bvp(slopes, ends, grid, guess, tol=1e-6, max_nodes=100_000)
        if not steady.success:
            raise VerificationError(f"The steady state around a source was not found: {steady.message}")
        width, _, thickness = sample_box(r)
        x, w = np.polynomial.legendre.leggauss(8)
        X, Y, Z = np.meshgrid(x * width / 2, x * width / 2, r + x * thickness / 2, indexing="ij")
        radius = np.sqrt(X**2 + Y**2 + Z**2)
        local = flow / radius + steady.sol(radius)[0]
        return units.micromolar(float(np.einsum("ijk,i,j,k", local, w, w, w)) / 8, 1.0)


@check(
    "SourceVsTheory",
    fast=[{"duration": 10e-3, "dt": 1e-6}],
    full=[{"duration": 120e-3, "dt": dt} for dt in (1e-6, 5e-6)],
)
def open_channel_profile(judge: Judge, duration: float, dt: float) -> None:
    """The profile below an open channel is exact at any step.

    Ions are born at their times, and only their free paths are sampled.
    """
    edge = 0.5
    for depth, measured in zip(DEPTHS, profile(open_channel(edge), duration, 2e-3, 31, dt), strict=True):
        exact = source_profile(edge, depth)
        judge.agrees(
            f"[Ca] (uM) {depth * 1e3:g} nm below a channel, {duration * 1e3:g} ms at {dt * 1e6:g} us",
            measured,
            exact,
            seed=31,
        )


@check("SourceVsTheory", fast=[{"duration": 4e-3}], full=[{"duration": 60e-3}])
def excess_buffer_profile(judge: Judge, duration: float) -> None:
    """A buffer in excess damps the profile below a channel."""
    edge, sink = 0.4, 1.5e4
    measured = profile(open_channel(edge, sink=sink), duration, 1e-3, 32)
    for depth, estimate in list(zip(DEPTHS, measured, strict=True))[3:]:
        judge.agrees(
            f"[Ca] (uM) {depth * 1e3:g} nm below a channel, excess buffer (lambda 121 nm), {duration * 1e3:g} ms",
            estimate,
            source_profile(edge, depth, sink),
            seed=32,
        )


@check("SourceVsTheory", full=[{}])
def saturating_buffer_profile(judge: Judge) -> None:
    """A source in the middle of a ball, against the steady state of the rate equations.

    The full equations, of which the linearised solution (Naraghi & Neher 1997, J Neurosci 17:6961) is the limit
    of small sources.
    """
    ball = BufferedBall()
    model = ball.model()
    data = Simulation(model, seed=33).run(30e-3).dataset
    settled = data["sampled"].values[data["time"].values > 2.95e-3]
    for k, radius in enumerate(ball.radii):
        mean = settled[:, 6 * k : 6 * k + 6].mean(axis=1)
        width, _, thickness = sample_box(radius)
        measured = Estimate.of_series(mean) * units.micromolar(1.0, width**2 * thickness)
        judge.agrees(
            f"[Ca] (uM) {radius * 1e3:g} nm from a source among a saturating mobile buffer",
            measured,
            ball.calcium(radius),
            seed=33,
        )


@check("SourceVsTheory", full=[{}])
def binding_error_of_the_step(judge: Judge) -> None:
    """The error of the step is of first order, and only in transients.

    Ions bind once a step with probability q = k[B] dt and so vanish at -ln(1 - q)/dt = k[B] (1 + q/2 + ...). In steady
    states, as above, this does not matter: the mean number is that of the ions that could bind.
    """
    sink, t, trials = 1.5e4, 48e-6, 20
    excess = {}
    for dt in (4e-6, 16e-6):
        left = np.array([ions_left(sink, t, dt, trial) for trial in range(trials)])
        share = Estimate.of_share(left[:, 1].sum(), left[:, 0].sum())
        excess[dt] = Estimate(-np.log(share.mean) / (sink * t) - 1, share.se / share.mean / (sink * t))
        judge.agrees(
            f"rate of binding, relative to k[B], less 1, at dt = {dt * 1e6:g} us",
            excess[dt],
            -np.log(1 - sink * dt) / (sink * dt) - 1,
            seed=34,
        )
    # Not quite 1: the steps are no small part of the time to bind.
    theory = [-np.log(1 - sink * dt) / (sink * dt) - 1 for dt in excess]
    expected = float(np.log(theory[1] / theory[0]) / np.log(4))
    ratio = excess[16e-6].mean / excess[4e-6].mean
    short, long = (e.se / e.mean for e in excess.values())
    spread = ratio * np.hypot(short, long)
    order = Estimate(np.log(ratio) / np.log(4), spread / ratio / np.log(4))
    judge.agrees("order of convergence in dt", order, expected, seed=34)
