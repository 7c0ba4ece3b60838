"""Brownian steps, walls and boundary rules against closed forms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from evidence import Estimate, Judge, goodness
from models import FACES, end_state, faced_box, slivered_wedge, walkers
from scipy.integrate import quad
from scipy.spatial import cKDTree
from scipy.special import erf, ndtr

from nanospine.geometry import Patch, TriangleMesh, box, cube, sphere, spine
from nanospine.model import Boundary, Model, Release, Sampler, units
from nanospine.model.proteins import calcium, constant_source
from nanospine.particles import Settings, Simulation

DATA = Path(__file__).parent.parent / "data"


class TestDiffusionVsTheory:
    def test_mean_squared_displacement_is_6_D_t(self, judge: Judge) -> None:
        n, D, t = 20_000, 220.0, 20e-6
        model = walkers(cube(1.5**3), Release("A", points=np.zeros((n, 3))), D)
        square = (end_state(model, t, seed=11).position ** 2).sum(axis=1)
        judge.agrees(
            "mean squared displacement (um^2)", Estimate.of(square), 6 * D * t,
            wrong="D x 1.05", instead=6.3 * D * t, seed=11,
        )  # fmt: skip

    @pytest.mark.parametrize("n", [20_000, pytest.param(500_000, marks=pytest.mark.verification)])
    @pytest.mark.parametrize(
        ("name", "mesh", "D"),
        [
            ("cube", cube(0.05), 220.0),
            ("sphere", sphere(volume=0.05), 220.0),
            ("spine", spine("thin"), 100.0),
            ("5-degree wedge with slivers", slivered_wedge(), 100.0),
        ],
    )
    def test_density_is_uniform_up_to_the_wall(
        self, judge: Judge, name: str, mesh: TriangleMesh, D: float, n: int
    ) -> None:
        position = end_state(walkers(mesh, Release("A", number=n), D), 150e-6, seed=12).position
        reference = uniform_points(mesh, 4 * n, np.random.default_rng(0))
        bins = equal_cells(mesh, reference)
        share = np.bincount(bins(reference), minlength=80) / len(reference)
        counts = np.bincount(bins(position), minlength=80)
        # The cells' volumes are themselves a sample, of four times as many points.
        fit = goodness(counts, share * n) * (1 / 1.25)
        layer = counts[:8].sum()
        thick = counts * np.where(np.arange(80) < 8, 1.4, 1.0)
        judge.agrees(
            f"{name}, n = {n}: chi-square per degree of freedom over 80 cells of equal volume", fit, 1.0,
            wrong="outermost tenth 40 % too dense", instead=goodness(thick, share * n) * (1 / 1.25), seed=12,
        )  # fmt: skip
        judge.agrees(
            f"{name}, n = {n}: share in the layer of a tenth of the volume at the wall", Estimate.of_share(layer, n),
            Estimate.of_share(share[:8].sum() * 4 * n, 4 * n),
            wrong="20 % too dense", instead=Estimate.of_share(1.2 * layer, n), seed=12,
        )  # fmt: skip

    @pytest.mark.parametrize("mesh", [cube(0.01), spine("thin"), slivered_wedge()])
    def test_nothing_escapes(self, mesh: TriangleMesh) -> None:
        n = 4_000
        snapshot = end_state(walkers(mesh, Release("A", number=n), 100.0), 1e-3, seed=13)
        assert snapshot.number.sum() == len(snapshot.position) == n
        assert outside(mesh, snapshot.position) == 0
        assert outside(mesh, snapshot.position * 1.05) > 0, "the check would see molecules outside"

    @pytest.mark.verification
    @pytest.mark.parametrize("mesh", [sphere(volume=0.01), spine("thin", edge_um=0.03), slivered_wedge(strips=300)])
    def test_nothing_escapes_in_1e8_steps(self, mesh: TriangleMesh) -> None:
        n = 10_000
        snapshot = end_state(walkers(mesh, Release("A", number=n), 100.0), 10e-3, seed=14)
        assert len(snapshot.position) == n
        assert outside(mesh, snapshot.position) == 0

    def test_transparent_surface_does_not_hinder(self, judge: Judge) -> None:
        n, D, L, t = 20_000, 220.0, 0.3, 60e-6
        mesh = faced_box((L, L, L))
        left = {}
        for rule in ("transparent", "absorbing"):
            model = walkers(mesh, Release("A", number=n), D, dict.fromkeys(FACES, rule))
            result = Simulation(model, seed=15).run(t, every=t)
            left[rule] = Estimate.of_share(result.number("A")[-1], n)
        a = L / np.sqrt(4 * D * t)
        free = (erf(a) + np.expm1(-a * a) / (a * np.sqrt(np.pi))) ** 3
        judge.agrees(
            "share inside a wholly transparent cube", left["transparent"], free,
            wrong="absorbing instead", instead=left["absorbing"], seed=15,
        )  # fmt: skip


def uniform_points(mesh: TriangleMesh, n: int, rng: np.random.Generator) -> np.ndarray:
    low, high = mesh.bounds
    points = np.empty((0, 3))
    while len(points) < n:
        more = rng.uniform(low, high, size=(n, 3))
        points = np.concatenate([points, more[mesh.contains(more)]])
    return points[:n]


def equal_cells(mesh: TriangleMesh, reference: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Divide a mesh into 10 layers below the wall and each by height into 8; return the function that finds a cell."""
    rng = np.random.default_rng(1)
    corners = mesh.vertices[mesh.faces]
    face = rng.choice(len(corners), 4_000, p=mesh.face_areas / mesh.face_areas.sum())
    u, v = rng.random((2, len(face), 1))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    a, b, c = corners[face].transpose(1, 0, 2)
    surface = np.c_[a + u * (b - a) + v * (c - a)]
    offset = np.einsum("ij,ij->i", surface, mesh.normals[face])
    tree = cKDTree(surface)

    def depth(points: np.ndarray) -> np.ndarray:
        nearest = tree.query(points)[1]
        return offset[nearest] - np.einsum("ij,ij->i", points, mesh.normals[face[nearest]])

    deep = depth(reference)
    depths = np.quantile(deep, np.arange(1, 10) / 10)
    layer = np.searchsorted(depths, deep)
    heights = np.array([np.quantile(reference[layer == k, 2], np.arange(1, 8) / 8) for k in range(10)])

    def cell(points: np.ndarray) -> np.ndarray:
        layer = np.searchsorted(depths, depth(points))
        return 8 * layer + (points[:, 2, None] > heights[layer]).sum(axis=1)

    return cell


def outside(mesh: TriangleMesh, points: np.ndarray) -> int:
    """Count points outside by more than rounding: points on the surface itself may count as either."""
    suspects = points[~mesh.contains(points)]
    inwards = np.mean(mesh.bounds, axis=0) - suspects
    return sum(not mesh.contains(suspects + s * inwards)[i] for i, s in enumerate(np.full(len(suspects), 1e-7)))


def slab_left(D: float, width: float, t: float) -> float:
    """Share left between absorbing walls after a uniform start (Crank 1975, The Mathematics of Diffusion, Eq. 4.18)."""
    n = np.arange(1, 400, 2)
    return float((8 / (np.pi * n) ** 2 * np.exp(-D * (np.pi * n / width) ** 2 * t)).sum())


def slab(rule: str, n: int) -> Model:
    return walkers(faced_box((0.4, 0.4, 0.2)), Release("A", number=n), 100.0, {"z-": rule, "z+": rule})


class TestAbsorberVsTheory:
    @pytest.mark.parametrize("n", [40_000, pytest.param(2_000_000, marks=pytest.mark.verification)])
    def test_slab(self, judge: Judge, n: int) -> None:
        runs = {
            rule: Simulation(slab(rule, n), seed=21).run(100e-6, every=10e-6).number("A")
            for rule in ("absorbing", "absorbing-segment")
        }
        for row in (1, 2, 5, 10):
            left = {rule: Estimate.of_share(number[row], n) for rule, number in runs.items()}
            judge.agrees(
                f"share left in the slab after {row * 10} us (n = {n})", left["absorbing"],
                slab_left(100.0, 0.2, row * 10e-6),
                wrong="absorbing only straight steps", instead=left["absorbing-segment"], seed=21,
            )  # fmt: skip

    def test_slab_at_a_fifth_of_the_voxel_and_long_steps(self, judge: Judge) -> None:
        """The rule is exact at any step that the geometry allows."""
        n = 40_000
        runs = {
            rule: Simulation(slab(rule, n), Settings(dt=10e-6), seed=22).run(50e-6, every=50e-6).number("A")[-1]
            for rule in ("absorbing", "absorbing-segment")
        }
        judge.agrees(
            "share left in the slab after 50 us at dt = 10 us", Estimate.of_share(runs["absorbing"], n),
            slab_left(100.0, 0.2, 50e-6),
            wrong="absorbing only straight steps", instead=Estimate.of_share(runs["absorbing-segment"], n), seed=22,
        )  # fmt: skip

    def test_straight_steps_are_those_of_mcell(self, judge: Judge) -> None:
        mcell = pd.read_csv(DATA / "mcell_slab_absorber_dt1us.csv").set_index("time_s")
        n = 40_000
        number = Simulation(slab("absorbing-segment", n), seed=23).run(100e-6, every=10e-6).number("A")
        for row in (2, 5, 10):
            reference = mcell.iloc[row]
            judge.agrees(
                f"slab after {row * 10} us, straight steps, against MCell", Estimate.of_share(number[row], n),
                Estimate(reference.A_mean, reference.A_se) * 1e-4,
                wrong="exact absorber", instead=slab_left(100.0, 0.2, row * 10e-6), seed="23; MCell 1-10",
            )  # fmt: skip

    @pytest.mark.parametrize("n", [10_000, pytest.param(200_000, marks=pytest.mark.verification)])
    def test_patch_drains_at_the_same_rate_at_a_tenth_of_the_step(self, judge: Judge, n: int) -> None:
        left = {}
        for rule, dt in (("absorbing", 1e-6), ("absorbing", 1e-7), ("absorbing-segment", 1e-6)):
            mesh = box((0.3, 0.3, 0.3), {"patch": Patch("z-", (0.15, 0.15))})
            model = walkers(mesh, Release("A", number=n), 220.0, {"patch": rule})
            number = Simulation(model, Settings(dt=dt), seed=24).run(400e-6, every=400e-6).number("A")[-1]
            left[rule, dt] = Estimate.of_share(number, n)
        judge.agrees(
            f"share left above a square absorber after 400 us, dt = 1 us against 0.1 us (n = {n})",
            left["absorbing", 1e-6], left["absorbing", 1e-7],
            wrong="absorbing only straight steps", instead=left["absorbing-segment", 1e-6], seed=24,
        )  # fmt: skip


def source_profile(J: float, D: float, edge: float, depth: float, size: float, duration: float = np.inf) -> float:
    """Mean [Ca] (uM) in a cube below a point source in the reflecting top of a box whose other faces absorb.

    The product of one-dimensional Green's functions (method of images), integrated over the cube and over time.
    """
    images = np.arange(-40, 41)

    def share(low: float, high: float, period: float, sigma: float) -> float:
        """Probability to be between two planes, absorbing walls half a period away on both sides."""
        ends = ndtr((high - images * period) / sigma) - ndtr((low - images * period) / sigma)
        return float((np.where(images % 2 == 0, 1.0, -1.0) * ends).sum())

    def per_log_time(log_t: float) -> float:
        t = np.exp(log_t)
        sigma = np.sqrt(2 * D * t)
        lateral = share(-size / 2, size / 2, edge, sigma) ** 2
        return t * lateral * 2 * share(depth - size / 2, depth + size / 2, 2 * edge, sigma)

    last = np.log(min(duration, 10 * edge**2 / D))
    mean = quad(per_log_time, np.log(1e-9), last, limit=400, epsrel=1e-6)[0]
    return units.micromolar(J * mean, size**3)


class TestSourceVsTheory:
    @pytest.mark.parametrize(
        ("edge", "duration"), [(0.5, 30e-3), pytest.param(1.2, 300e-3, marks=pytest.mark.verification)]
    )
    def test_profile_below_an_open_channel(self, judge: Judge, edge: float, duration: float) -> None:
        J, D, size = 3.3e6, 220.0, 0.0199
        depths = (0.02, 0.04, 0.06, 0.1, 0.15, 0.2)
        sources = constant_source("LO", "channel", J, 1)
        channel = type(sources)(sources.species, sources.reactions, (Release("LO", points=[(0, 0, edge / 2)]),))
        model = Model(
            faced_box((edge, edge, edge)),
            schemes=[calcium(0.0, D), channel],
            boundaries=[Boundary(face, "Ca", "absorbing") for face in FACES if face != "z+"],
            samplers=[Sampler(f"{d}", "Ca", (0, 0, edge / 2 - d), (size,) * 3) for d in depths],
        )
        data = Simulation(model, seed=31).run(duration).dataset
        settled = data["sampled"].values[data["time"].values > 1.5 * edge**2 / D]
        for k, depth in enumerate(depths):
            measured = Estimate.of_series(settled[:, k]) * units.micromolar(1.0, size**3)
            exact = source_profile(J, D, edge, depth, size)
            judge.agrees(
                f"[Ca] (uM) {depth * 1e3:g} nm below a channel in a {edge} um box", measured, exact,
                wrong="source in free space (4 pi D r)", instead=exact / 2, seed=31,
            )  # fmt: skip

    def test_the_reference_is_the_half_space_formula_near_the_source(self) -> None:
        exact = source_profile(3.3e6, 220.0, 20.0, 0.1, 0.001)
        half_space = units.micromolar(3.3e6 / (2 * np.pi * 220.0), 1.0) * (1 / 0.1 - 1 / 11)
        assert exact == pytest.approx(half_space, rel=2e-3)
