"""Brownian steps, walls and boundary rules against closed forms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.spatial import cKDTree
from scipy.special import erf

from ..geometry import Patch, TriangleMesh, box, cube, sphere, spine
from ..model import Model, Release
from ..particles import Particles, Simulation
from ..results.estimates import Estimate, goodness
from .evidence import Judge
from .models import FACES, end_state, faced_box, slivered_wedge, walkers
from .registry import check

FloatArray = NDArray[np.float64]
#: Meshes to be filled, and the D (um^2/s) of what fills them.
VESSELS: dict[str, tuple[Callable[[], TriangleMesh], float]] = {
    "cube": (lambda: cube(0.05), 220.0),
    "sphere": (lambda: sphere(volume=0.05), 220.0),
    "spine": (lambda: spine("thin"), 100.0),
    "5-degree wedge with slivers": (slivered_wedge, 100.0),
}
#: Meshes out of which nothing may leak.
TIGHT: dict[str, Callable[[], TriangleMesh]] = {
    "small cube": lambda: cube(0.01),
    "spine": lambda: spine("thin"),
    "5-degree wedge with slivers": slivered_wedge,
}
#: The same for many hits: round, curved, and with narrower slivers.
TIGHT_FOR_LONG: dict[str, Callable[[], TriangleMesh]] = {
    "sphere": lambda: sphere(volume=0.01),
    "thin spine": lambda: spine("thin", edge_um=0.03),
    "5-degree wedge with slivers": lambda: slivered_wedge(strips=300),
}


@check("DiffusionVsTheory", fast=[{}])
def mean_squared_displacement(judge: Judge) -> None:
    """The mean squared displacement is 6 D t."""
    n, D, t = 20_000, 220.0, 20e-6
    model = walkers(cube(1.5**3), Release("A", points=np.zeros((n, 3))), D)
    square = (end_state(model, t, seed=11).position ** 2).sum(axis=1)
    judge.agrees("mean squared displacement (um^2)", Estimate.of(square), 6 * D * t, seed=11)


@check(
    "DiffusionVsTheory",
    fast=[{"name": name, "n": 20_000} for name in VESSELS],
    full=[{"name": name, "n": 200_000} for name in VESSELS],
)
def uniform_density(judge: Judge, name: str, n: int) -> None:
    """The density is uniform up to the wall."""
    make, D = VESSELS[name]
    mesh = make()
    position = end_state(walkers(mesh, Release("A", number=n), D), 150e-6, seed=12).position
    reference = uniform_points(mesh, 4 * n, np.random.default_rng(0))
    bins = equal_cells(mesh, reference)
    share = np.bincount(bins(reference), minlength=80) / len(reference)
    counts = np.bincount(bins(position), minlength=80)
    # The cells' volumes are themselves a sample, of four times as many points.
    fit = goodness(counts, share * n) * (1 / 1.25)
    layer = counts[:8].sum()
    judge.agrees(f"{name}, n = {n}: chi-square per degree of freedom over 80 cells of equal volume", fit, 1.0, seed=12)
    judge.agrees(
        f"{name}, n = {n}: share in the layer of a tenth of the volume at the wall",
        Estimate.of_share(layer, n),
        Estimate.of_share(share[:8].sum() * 4 * n, 4 * n),
        seed=12,
    )


@check("DiffusionVsTheory", fast=[{"name": name} for name in TIGHT])
def nothing_escapes(judge: Judge, name: str) -> None:
    """Molecules stay in a mesh, however sharp its edges."""
    n, mesh = 4_000, TIGHT[name]()
    snapshot = end_state(walkers(mesh, Release("A", number=n), 100.0), 1e-3, seed=13)
    judge.requires(snapshot.number.sum() == len(snapshot.position) == n, "no molecule is lost")
    judge.agrees(
        f"{name}: molecules that escaped in 1 ms", Estimate(outside(mesh, snapshot.position), 1 / 6), 0.0, seed=13
    )


@check(
    "DiffusionVsTheory",
    full=[
        {"name": "sphere", "dt": 5e-6, "steps": 60_000},
        {"name": "thin spine", "dt": 5e-6, "steps": 50_000},
        {"name": "5-degree wedge with slivers", "dt": 2e-6, "steps": 65_000},
    ],
)
def nothing_escapes_in_many_hits(judge: Judge, name: str, dt: float, steps: int) -> None:
    """Molecules stay in a mesh over hundreds of millions of hits, a thousand million in all.

    A straight step ends beyond a flat wall with the flux of half of them: c A sqrt(D dt/pi).
    """
    n, D = 20_000, 100.0
    mesh = TIGHT_FOR_LONG[name]()
    snapshot = end_state(walkers(mesh, Release("A", number=n), D), steps * dt, seed=14, engine=Particles(dt=dt))
    hits = n * steps * mesh.area() / mesh.volume * np.sqrt(D * dt / np.pi)
    lost = n - len(snapshot.position) + outside(mesh, snapshot.position)
    judge.agrees(
        f"{name}: molecules that escaped in at least {hits:.1e} wall hits", Estimate(lost, 1 / 6), 0.0, seed=14
    )


@check("DiffusionVsTheory", fast=[{"n": 10_000}], full=[{"n": 200_000}])
def transparent_cube(judge: Judge, n: int) -> None:
    """Molecules in a wholly transparent cube leave and come back as if it were not there."""
    D, L, every = 220.0, 0.3, 60e-6
    model = walkers(faced_box((L, L, L)), Release("A", number=n), D, dict.fromkeys(FACES, "transparent"))
    result = Simulation(model, seed=15).run(4 * every, every=every)
    number, crossing = result.number("A"), result.dataset["crossing"].sum("boundary").values
    balanced = np.array_equal(crossing[:, 0] - crossing[:, 1], n - number)
    judge.requires(balanced, "the crossings of the cube are what its content lacks")
    for row in (1, 4):
        a = L / np.sqrt(4 * D * row * every)
        free = (erf(a) + np.expm1(-a * a) / (a * np.sqrt(np.pi))) ** 3
        judge.agrees(
            f"share inside a wholly transparent cube after {row * 60} us (n = {n})",
            Estimate.of_share(number[row], n),
            free,
            seed=15,
        )


@check("DiffusionVsTheory", full=[{}])
def transparent_patch(judge: Judge) -> None:
    """A transparent patch passes the same share at a tenth of the step."""
    n, mesh = 50_000, box((0.15, 0.15, 0.15), {"patch": Patch("z-", (0.05, 0.05))})
    model, left = walkers(mesh, Release("A", number=n), 220.0, {"patch": "transparent"}), {}
    for dt in (1e-6, 1e-7):
        number = Simulation(model, Particles(dt=dt), seed=17).run(200e-6, every=200e-6).number("A")[-1]
        left[dt] = Estimate.of_share(number, n)
    judge.agrees(
        "share left above a transparent window of 50 nm after 200 us, dt = 1 us against 0.1 us",
        left[1e-6],
        left[1e-7],
        seed=17,
    )


def uniform_points(mesh: TriangleMesh, n: int, rng: np.random.Generator) -> FloatArray:
    """Return points spread evenly in a mesh."""
    low, high = mesh.bounds
    points = np.empty((0, 3))
    while len(points) < n:
        more = rng.uniform(low, high, size=(n, 3))
        points = np.concatenate([points, more[mesh.contains(more)]])
    return points[:n]


def equal_cells(mesh: TriangleMesh, reference: FloatArray) -> Callable[[FloatArray], NDArray[np.int64]]:
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

    def depth(points: FloatArray) -> FloatArray:
        nearest = tree.query(points)[1]
        return offset[nearest] - np.einsum("ij,ij->i", points, mesh.normals[face[nearest]])

    deep = depth(reference)
    depths = np.quantile(deep, np.arange(1, 10) / 10)
    layer = np.searchsorted(depths, deep)
    heights = np.array([np.quantile(reference[layer == k, 2], np.arange(1, 8) / 8) for k in range(10)])

    def cell(points: FloatArray) -> NDArray[np.int64]:
        layer = np.searchsorted(depths, depth(points))
        return 8 * layer + (points[:, 2, None] > heights[layer]).sum(axis=1)

    return cell


def outside(mesh: TriangleMesh, points: FloatArray) -> int:
    """Count points outside by more than rounding: points on the surface itself may count as either."""
    suspects = points[~mesh.contains(points)]
    inwards = np.mean(mesh.bounds, axis=0) - suspects
    return sum(not mesh.contains(suspects + s * inwards)[i] for i, s in enumerate(np.full(len(suspects), 1e-7)))


def slab_left(D: float, width: float, t: float) -> float:
    """Share left between absorbing walls after a uniform start (Crank 1975, The Mathematics of Diffusion, Eq. 4.18)."""
    n = np.arange(1, 400, 2)
    return float((8 / (np.pi * n) ** 2 * np.exp(-D * (np.pi * n / width) ** 2 * t)).sum())


def slab(rule: str, n: int) -> Model:
    """Return a slab of 0.2 um whose two faces have a boundary rule."""
    return walkers(faced_box((0.4, 0.4, 0.2)), Release("A", number=n), 100.0, {"z-": rule, "z+": rule})


@check("AbsorberVsTheory", fast=[{"n": 40_000}], full=[{"n": 2_000_000}])
def slab_absorber(judge: Judge, n: int) -> None:
    """Absorbing walls leave the share of the closed form."""
    number = Simulation(slab("absorbing", n), seed=21).run(100e-6, every=10e-6).number("A")
    for row in (1, 2, 5, 10):
        judge.agrees(
            f"share left in the slab after {row * 10} us (n = {n})",
            Estimate.of_share(number[row], n),
            slab_left(100.0, 0.2, row * 10e-6),
            seed=21,
        )


@check("AbsorberVsTheory", fast=[{}])
def slab_absorber_at_long_steps(judge: Judge) -> None:
    """The rule is exact at any step that the geometry allows."""
    n = 40_000
    number = Simulation(slab("absorbing", n), Particles(dt=10e-6), seed=22).run(50e-6, every=50e-6).number("A")
    judge.agrees(
        "share left in the slab after 50 us at dt = 10 us",
        Estimate.of_share(number[-1], n),
        slab_left(100.0, 0.2, 50e-6),
        seed=22,
    )


@check("AbsorberVsTheory", fast=[{"n": 10_000}], full=[{"n": 200_000}])
def absorbing_patch(judge: Judge, n: int) -> None:
    """An absorbing patch drains at the same rate at a tenth of the step."""
    mesh, left = box((0.3, 0.3, 0.3), {"patch": Patch("z-", (0.15, 0.15))}), {}
    model = walkers(mesh, Release("A", number=n), 220.0, {"patch": "absorbing"})
    for dt in (1e-6, 1e-7):
        number = Simulation(model, Particles(dt=dt), seed=24).run(400e-6, every=400e-6).number("A")[-1]
        left[dt] = Estimate.of_share(number, n)
    judge.agrees(
        f"share left above a square absorber after 400 us, dt = 1 us against 0.1 us (n = {n})",
        left[1e-6],
        left[1e-7],
        seed=24,
    )


@check("AbsorberVsTheory", fast=[{"n": 10_000}], full=[{"n": 200_000}])
def small_absorbing_patch(judge: Judge, n: int) -> None:
    """A small absorbing patch drains a cube at the rate of theory."""
    L, side, D, start, stop = 0.15, 0.025, 220.0, 50e-6, 350e-6
    mesh = box((L, L, L), {"patch": Patch("z-", (side, side))})
    model = walkers(mesh, Release("A", number=n), D, {"patch": "absorbing"})
    number = Simulation(model, seed=25).run(stop, every=start).number("A")
    judge.agrees(
        f"share left above an absorber of 25 nm from 50 to 350 us (n = {n})",
        Estimate.of_share(number[-1], number[1]),
        np.exp(-patch_rate(D, L, side) * (stop - start)),
        seed=25,
    )


def patch_rate(D: float, L: float, side: float) -> float:
    """Rate (1/s) at which a square absorber in the centre of a face empties a cube of edge L (um).

    The absorber alone in a plane takes 4 D a c, where a is the disc's radius of equal capacitance (0.3667 side =
    2 a/pi). The walls change c at the absorber by the regular part of the Neumann function of the cube, an integral
    over products of one-dimensional heat kernels; the next term is of order (a/L)^3.
    """
    a = 0.3667 * np.pi / 2 * side
    images = np.arange(-60, 61)

    def regular(t: float) -> float:
        centre = np.exp(-(images**2) / (4 * t)).sum() / np.sqrt(4 * np.pi * t)
        wall = 2 * np.exp(-(images**2) / t).sum() / np.sqrt(4 * np.pi * t)
        return float(centre**2 * wall - 2 / (4 * np.pi * t) ** 1.5 - 1)

    walls = quad(regular, 1e-9, 5, limit=400)[0] - 4 / (4 * np.pi) ** 1.5 / np.sqrt(5)
    return 4 * D * a / (1 + 4 * a / L * walls) / L**3
