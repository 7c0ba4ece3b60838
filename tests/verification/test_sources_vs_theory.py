"""Profiles of [Ca2+] below an open channel, without buffers and with them, against theory."""

from __future__ import annotations

import numpy as np
import pytest
from evidence import Estimate, Judge
from models import FACES, faced_box
from scipy.integrate import quad
from scipy.special import ndtr

from nanospine.model import Boundary, Model, Reaction, Release, Sampler, Species, units
from nanospine.particles import Settings, Simulation

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


def open_channel(edge: float, *, sink: float = 0.0, rate: float = 20.0) -> Model:
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
        samplers=[Sampler(f"{d}", "Ca", (0, 0, edge / 2 - d), sample_box(d)) for d in DEPTHS],
    )  # fmt: skip


def profile(model: Model, duration: float, settle: float, seed: int, dt: float = 1e-6) -> list[Estimate]:
    """Return the mean [Ca] (uM) in each sampler of a model after a time to settle (s)."""
    data = Simulation(model, Settings(dt=dt), seed=seed).run(duration).dataset
    settled = data["sampled"].values[data["time"].values > settle]
    volumes = [float(np.prod(sampler.edges)) for sampler in model.samplers if sampler.edges]
    return [Estimate.of_series(series) * units.micromolar(1.0, v) for series, v in zip(settled.T, volumes, strict=True)]


class TestSourceVsTheory:
    @pytest.mark.parametrize("duration", [12e-3, pytest.param(250e-3, marks=pytest.mark.verification)])
    def test_profile_below_an_open_channel(self, judge: Judge, duration: float) -> None:
        edge = 0.5
        for depth, measured in zip(DEPTHS, profile(open_channel(edge), duration, 2e-3, 31), strict=True):
            exact = source_profile(edge, depth)
            judge.agrees(
                f"[Ca] (uM) {depth * 1e3:g} nm below a channel, {duration * 1e3:g} ms", measured, exact,
                wrong="source in free space (4 pi D r)", instead=exact / 2, seed=31,
            )  # fmt: skip

    @pytest.mark.parametrize("duration", [6e-3, pytest.param(80e-3, marks=pytest.mark.verification)])
    def test_profile_below_a_channel_with_a_buffer_in_excess(self, judge: Judge, duration: float) -> None:
        edge, sink = 0.5, 1.5e4
        measured = profile(open_channel(edge, sink=sink), duration, 1.5e-3, 32)
        for depth, estimate in list(zip(DEPTHS, measured, strict=True))[2:]:
            judge.agrees(
                f"[Ca] (uM) {depth * 1e3:g} nm below a channel, excess buffer (lambda 121 nm), {duration * 1e3:g} ms",
                estimate, source_profile(edge, depth, sink),
                wrong="no buffer", instead=source_profile(edge, depth), seed=32,
            )  # fmt: skip

    def test_the_reference_is_the_half_space_formula_near_the_source(self) -> None:
        half_space = units.micromolar(J / (2 * np.pi * D * 0.02), 1.0)
        assert source_profile(40.0, 0.02) == pytest.approx(half_space, rel=0.06), "averaged over the box"
        damped = source_profile(40.0, 0.1, 1e5) / source_profile(40.0, 0.1)
        assert damped == pytest.approx(np.exp(-0.1 / np.sqrt(D / 1e5)), rel=0.1)
