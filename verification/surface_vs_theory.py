"""Surface molecules that diffuse in the membrane, and their reactions, against closed forms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..geometry import Patch, TriangleMesh, box, cube, sphere, spine
from ..model import Boundary, Model, Reaction, Release, Species
from ..particles import Particles, Simulation, Snapshot
from ..results.estimates import Estimate, goodness
from .evidence import Judge
from .models import end_state, slivered_wedge
from .registry import check

FloatArray = NDArray[np.float64]
MEMBRANES: dict[str, Callable[[], TriangleMesh]] = {
    "cube": lambda: cube(0.1),
    "sphere": lambda: sphere(volume=0.1),
    "spine": lambda: spine("thin", edge_um=0.05),
    "5-degree wedge with slivers": slivered_wedge,
}
#: Time step (s) at which a molecule of D = 1 um^2/s, or one of 10, moves at every step with voxels of 20 nm.
LONG, SHORT = 1e-4, 1e-5


def receptors(mesh: TriangleMesh, release: Release, D: float, rules: dict[str, str] | None = None) -> Model:
    """Return a model of one surface species ``R`` that only diffuses, with a rule at the rim of each region."""
    boundaries = [Boundary(region, "R", rule) for region, rule in (rules or {}).items()]
    return Model(mesh, species=[Species("R", D, where="surface")], releases=[release], boundaries=boundaries)


def both_ends(model: Model, duration: float, dt: float, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return where all molecules are at the beginning and at the end of a run in which none vanishes."""
    seen: list[Snapshot] = []
    Simulation(model, Particles(dt=dt), seed=seed).run(
        duration, every=duration, observer=seen.append, observe_every=duration
    )
    return seen[0].position, seen[-1].position


@check("SurfaceDiffusion", fast=[{"t": 10e-3}], full=[{"t": t} for t in (5e-3, 50e-3, 100e-3)])
def on_a_sphere(judge: Judge, t: float) -> None:
    """On a sphere the mean cosine of the angle travelled is exp(-2 D t/R^2)."""
    mesh, n, D = sphere(0.3, 4), 10_000, 1.0
    places = both_ends(receptors(mesh, Release("R", number=n), D), t, LONG, seed=71)
    begin, end = (place / np.linalg.norm(place, axis=1)[:, None] for place in places)
    expected = np.exp(-2 * D * t / (mesh.area() / (4 * np.pi)))
    judge.agrees(
        f"mean cosine of the angle travelled on a sphere of 0.3 um in {t * 1e3:g} ms",
        Estimate.of((begin * end).sum(axis=1)),
        expected,
        seed=71,
    )


@check("SurfaceDiffusion", fast=[{}])
def on_a_plane(judge: Judge) -> None:
    """On a flat face the mean squared displacement is 4 D t."""
    D, t, density = 1.0, 2e-3, 8000.0
    mesh = box((1.6, 1.6, 0.1), {"middle": Patch("z+", (1.0, 1.0))})
    begin, end = both_ends(receptors(mesh, Release("R", density=density, region="middle"), D), t, LONG, seed=72)
    square = ((end - begin)[:, :2] ** 2).sum(axis=1)
    judge.agrees("mean squared displacement on a plane (um^2)", Estimate.of(square), 4 * D * t, seed=72)


@check(
    "SurfaceDiffusion",
    fast=[{"name": name} for name in MEMBRANES],
    full=[{"name": name, "density": 9000.0} for name in MEMBRANES],
)
def uniform_on_surfaces(judge: Judge, name: str, density: float = 4000.0) -> None:
    """A uniform density stays uniform, also across edges, slivers and necks, and all molecules stay on the surface."""
    mesh = MEMBRANES[name]()
    before, position = both_ends(receptors(mesh, Release("R", density=density), 1.0), 10e-3, LONG, seed=73)
    judge.requires(len(before) == len(position), "no molecule is lost")
    judge.requires(float(heights(mesh, position[:50]).max()) < 1e-9, "all molecules are within 1e-9 um of the surface")
    # Cells around points, of areas that a larger sample of uniform points tells.
    rng = np.random.default_rng(0)
    reference = uniform_points(mesh, 8 * len(position), rng)
    cells = cKDTree(uniform_points(mesh, 80, rng))
    share = np.bincount(cells.query(reference)[1], minlength=80) / len(reference)
    counts = np.bincount(cells.query(position)[1], minlength=80)
    sampled = 1 / (1 + 1 / 8)
    judge.agrees(
        f"{name}, n = {len(position)}: chi-square per degree of freedom over 80 parts of the surface",
        goodness(counts, share * len(position)) * sampled,
        1.0,
        seed=73,
    )


def uniform_points(mesh: TriangleMesh, n: int, rng: np.random.Generator) -> FloatArray:
    """Return points uniform on the surface, shape (n, 3)."""
    face = rng.choice(len(mesh.faces), size=n, p=mesh.face_areas / mesh.face_areas.sum())
    weights = rng.dirichlet(np.ones(3), size=n)
    return np.einsum("nk,nkx->nx", weights, mesh.vertices[mesh.faces[face]])


def heights(mesh: TriangleMesh, points: FloatArray) -> FloatArray:
    """Return the distance (um) of points from the surface."""
    from trimesh.triangles import closest_point

    corners = mesh.vertices[mesh.faces]
    nearest = np.full(len(points), np.inf)
    for row, point in enumerate(points):
        candidates = closest_point(corners, np.broadcast_to(point, (len(corners), 3)))
        nearest[row] = np.linalg.norm(candidates - point, axis=1).min()
    return nearest


@check("SurfaceDiffusion", fast=[{"n": 3_000}], full=[{"n": 8_000}])
def a_fence(judge: Judge, n: int) -> None:
    """A fence keeps those inside in and those outside out, and the density stays uniform up to it."""
    side = 0.3
    mesh = box((0.6, 0.6, 0.1), {"psd": Patch("z+", (side, side))})
    inside = round(n * side**2 / mesh.area())
    model = Model(
        mesh,
        species=[Species("R", 1.0, where="surface"), Species("Q", 1.0, where="surface")],
        releases=[Release("R", number=inside, region="psd"), Release("Q", number=n, region="membrane")],
        boundaries=[Boundary("psd", name, "reflecting") for name in "RQ"],
    )
    last = end_state(model, 20e-3, seed=74, engine=Particles(dt=LONG / 2))
    judge.agrees(
        f"molecules that passed a fence around {side} um in 20 ms (n = {n})",
        Estimate(strangers(last, side), 1 / 6),
        0.0,
        seed=74,
    )
    within = np.abs(last.position[last.species == 0][:, :2]).max(axis=1)
    rim = float((within > 0.45 * side).sum())
    judge.agrees(
        f"share in the outer 19 % of a fenced square (n = {inside})", Estimate.of_share(rim, inside), 0.19, seed=74
    )


def strangers(snapshot: Snapshot, side: float) -> int:
    """Count R outside and Q inside a square of the upper face."""
    x, y, z = snapshot.position.T
    within = (np.abs(x) < side / 2) & (np.abs(y) < side / 2) & (z > 0)
    return int((within != (snapshot.species == 0)).sum())


@check(
    "SurfacePairs",
    fast=[{"name": "sphere", "partner": "mobile"}, {"name": "sphere", "partner": "of a kind"}],
    full=[
        {"name": name, "partner": partner, "duration": 100e-3}
        for name in ("cube", "sphere")
        for partner in ("mobile", "immobile", "of a kind")
    ],
)
def at_equilibrium(judge: Judge, name: str, partner: str, duration: float = 25e-3) -> None:
    """Surface molecules bind at k n_A n_B/area, and their equilibrium is k_off/k.

    Where forward and backward reactions mirror each other pairs are as close as chance has it, and both hold however
    slowly they diffuse. A molecule reacts at most once in a step: where it does so with probability P, k is too small
    by P/2, here 0.2 %, since half of those that want the same partner come first. Of two of a kind only one chooses the
    other, and either may be wanted by others or want another itself: 2 P/3, here 1 %.
    """
    mesh, k, off, dt = MEMBRANES[name](), 0.4, 2000.0, SHORT
    other = "A" if partner == "of a kind" else "B"
    start = {"A": 0.82, "C": 0.18} if other == "A" else {"A": 0.45, "B": 0.45, "C": 0.1}
    model = Model(
        mesh,
        species=[
            Species("A", 4.0, where="surface"),
            Species("B", 4.0 if partner == "mobile" else 0.0, where="surface"),
            Species("C", 1.0, where="surface"),
        ],
        reactions=[Reaction(f"A + {other} <-> C", k, off, name="bind")],
        releases=[Release(start, density=2700.0)],
    )
    data = Simulation(model, Particles(dt=dt), seed=75).run(duration, every=10 * dt).dataset
    number = {name: data["number"].sel(species=name).values[20:].astype(float) for name in ("A", other, "C")}
    pairs = number["A"] * (number["A"] - 1) if other == "A" else number["A"] * number["B"]
    happened = int(data["event"].sel(reaction="bind")[-1] - data["event"].sel(reaction="bind")[20])
    seconds = (len(pairs) - 1) * 10 * dt
    measured = Estimate.of_count(happened) * (mesh.area() / (pairs.mean() * seconds))
    once = k * (4 / 3 if other == "A" else 1 / 2) * pairs.mean() / number["A"].mean() / mesh.area() * dt
    what = f"{name}, partner {partner}, {duration * 1e3:g} ms"
    expected = k * (1 - once)
    judge.agrees(f"k (um^2/s), {what}", measured, expected, seed=75)
    constant = pairs.mean() / number["C"].mean() / mesh.area()
    scatter = Estimate.of_series(pairs / mesh.area() - constant * number["C"]).se / number["C"].mean()
    judge.agrees(f"K (1/um^2), {what}", Estimate(constant, scatter), off / expected, seed=75)


@check("SurfacePairs", fast=[{"trials": 2}], full=[{"trials": 8}])
def that_vanish(judge: Judge, trials: int) -> None:
    """Pairs that vanish, limited by reaction and not by diffusion, follow dn/dt = -k n^2/area, A + A at twice that.

    The rate equation of means is exact but for a share of about 1/n.
    """
    mesh, k, n, dt, t = sphere(volume=0.1), 0.05, 4_000, SHORT, 3e-3
    for other, start in (("B", {"A": n, "B": n}), ("A", {"A": n})):
        model = Model(
            mesh,
            species=[Species(name, 10.0, where="surface") for name in "AB"],
            reactions=[Reaction(f"A + {other} -> 0", k)],
            releases=[Release(name, number=number) for name, number in start.items()],
        )
        runs = [Simulation(model, Particles(dt=dt), seed=76, trial=trial).run(t, every=t) for trial in range(trials)]
        left = float(np.mean([run.number("A")[-1] for run in runs]))
        twice = 2.0 if other == "A" else 1.0

        expected = n / (1 + twice * k * n * t / mesh.area())
        # Each of the events that happened is as uncertain as a Poisson count, damped by the loss itself.
        se = float(np.sqrt((n - left) / trials) * (left / n))
        judge.agrees(
            f"A left of {n} in A + {other} -> 0 after 3 ms, {trials} trials",
            Estimate(left, twice * se),
            expected,
            seed=76,
        )
