"""Meshes within meshes: what stays apart, what reacts on either side, and what reaches the walls."""

from __future__ import annotations

import numpy as np

from ..geometry import Assembly, cube, sphere
from ..model import Boundary, Model, Reaction, Release, Species, units
from ..particles import Simulation
from ..results.estimates import Estimate
from .evidence import Judge
from .models import end_state, faced_box
from .registry import check

D = 220.0  # um^2/s


def spine_with_er() -> Assembly:
    """Return a cube of 0.5 um with a sphere of 0.15 um radius in it."""
    return Assembly({"cytosol": cube(0.125), "er": sphere(0.15)})


def shell_share(mesh: Assembly, compartment: int, low: float, high: float) -> Estimate:
    """Share of a compartment's volume at radii between two (um), from a million points."""
    rng, half = np.random.default_rng(0), 0.25
    points = rng.uniform(-half, half, (1_000_000, 3))
    points = points[mesh.compartment_at(points) == compartment]
    radius = np.linalg.norm(points, axis=1)
    return Estimate.of_share(((radius > low) & (radius < high)).sum(), len(points))


@check("CompartmentsVsTheory", fast=[{"n": 20_000}], full=[{"n": 200_000}])
def compartments_stay_apart(judge: Judge, n: int) -> None:
    """Molecules stay in their compartment, and their density is even up to both sides of the wall between two."""
    mesh = spine_with_er()
    model = Model(
        mesh,
        species=[Species("A", D), Species("B", D)],
        releases=[Release("A", number=n), Release("B", number=n, compartment="er")],
    )
    snapshot = end_state(model, 150e-6, seed=61)
    radius = np.linalg.norm(snapshot.position, axis=1)
    for species, low, high in ((0, 0.15, 0.17), (1, 0.13, 0.15)):
        own = snapshot.species == species
        strays = int((mesh.compartment_at(snapshot.position[own]) != species).sum())
        name = model.mesh.compartment_names[species]
        judge.agrees(
            f"{name}, n = {n}: molecules that changed the compartment in 150 us", Estimate(strays, 1 / 6), 0.0, seed=61
        )
        near = int(((radius > low) & (radius < high) & own).sum())
        judge.agrees(
            f"{name}, n = {n}: share within 20 nm of the wall between the two",
            Estimate.of_share(near, n),
            shell_share(mesh, species, low, high),
            seed=61,
        )


@check("CompartmentsVsTheory", fast=[{"duration": 10e-3}], full=[{"duration": 0.2}])
def exchange(judge: Judge, duration: float) -> None:
    """Through a transparent wall molecules fill both compartments evenly."""
    mesh, n = spine_with_er(), 2_000
    model = Model(
        mesh,
        species=[Species("A", D)],
        releases=[Release("A", number=n)],
        boundaries=[Boundary("er.membrane", "A", "transparent")],
    )
    data = Simulation(model, seed=62).run(duration, every=duration / 500).dataset
    inner = data["within"].sel(species="A", compartment="er").values
    passed = data["crossing"].sel(boundary="er.membrane/A")
    balanced = np.array_equal((passed.sel(direction="in") - passed.sel(direction="out")).values, inner)
    judge.requires(balanced, "what passed in, less what passed out, is inside")
    share = mesh.compartments[1].volume / mesh.volume
    judge.agrees(
        f"share in the inner compartment, {duration * 1e3:g} ms", Estimate.of_series(inner[100:] / n), share, seed=62
    )


@check("CompartmentsVsTheory", full=[{"duration": 20e-3}])
def clamp_on_both_sides(judge: Judge, duration: float) -> None:
    """A clamp between two compartments holds its concentration in both."""
    mesh, held = spine_with_er(), 5.0
    model = Model(
        mesh,
        species=[Species("A", D)],
        releases=[Release("A", concentration=held, compartment=name) for name in mesh.compartment_names],
        boundaries=[Boundary("er.membrane", "A", "clamp", concentration=held)],
    )
    data = Simulation(model, seed=66).run(duration, every=duration / 500).dataset
    passed = data["crossing"].sel(boundary="er.membrane/A")
    total = data["number"].sel(species="A").values
    balanced = np.array_equal((passed.sel(direction="in") - passed.sel(direction="out")).values, total - total[0])
    judge.requires(balanced, "what came, less what was taken, is there")
    for compartment in mesh.compartments:
        number = Estimate.of_series(data["within"].sel(species="A", compartment=compartment.name).values[100:])
        expected = units.molecules(held, compartment.volume)
        judge.agrees(f"{compartment.name}: molecules beside a clamp, {duration * 1e3:g} ms", number, expected, seed=66)


@check("CompartmentsVsTheory", fast=[{"duration": 10e-3}], full=[{"duration": 0.2}])
def hits(judge: Judge, duration: float) -> None:
    """Straight steps reach either side of a wall c A sqrt(D dt/pi) times per step."""
    mesh, n, dt = spine_with_er(), 1_000, 1e-6
    model = Model(
        mesh,
        species=[Species("A", D)],
        releases=[Release("A", number=n), Release("A", number=n, compartment="er")],
        boundaries=[Boundary("er.membrane", "A", "reflecting")],
    )
    data = Simulation(model, seed=63).run(duration, every=duration / 500).dataset
    for side, compartment in (("inside", mesh.compartments[1]), ("outside", mesh.compartments[0])):
        count = np.diff(data["hit"].sel(boundary="er.membrane/A", side=side).values)
        steps = duration / 500 / dt
        expected = n / compartment.volume * mesh.area("er.membrane") * np.sqrt(D * dt / np.pi) * steps
        judge.agrees(
            f"hits of the inner wall from {side} per {steps:g} steps, {duration * 1e3:g} ms",
            Estimate.of_series(count),
            expected,
            seed=63,
        )


@check("CompartmentsVsTheory", fast=[{"duration": 15e-3}], full=[{"duration": 0.3}])
def binding_in_each(judge: Judge, duration: float) -> None:
    """Partners meet in their own compartment at its concentrations, and at those outside a membrane only there."""
    mesh = spine_with_er()
    k_on, k_off = 100.0, 2_000.0
    model = Model(
        mesh,
        species=[*(Species(name, D) for name in ("A", "B")), Species("AB", 30.0),
                 *(Species(name, where="surface") for name in ("S", "SA"))],
        reactions=[Reaction("A + B <-> AB", k_on, k_off), Reaction("A[outside] + S <-> SA", k_on, k_off)],
        releases=[Release(name, number=number, compartment=where)
                  for name, number, where in (("A", 1500, None), ("B", 500, None), ("A", 500, "er"), ("B", 300, "er"))]
        + [Release("S", number=300, region="er.membrane")],
    )  # fmt: skip
    data = Simulation(model, seed=64).run(duration, every=duration / 500).dataset["within"][100:]
    names = ("cytosol", "er")
    free, bound = (np.array([data.sel(species=s, compartment=c) for c in names]) for s in ("A", "AB"))
    partners = np.array([data.sel(species="B", compartment=c) for c in names])
    judge.requires(bool((free[1] + bound[1] == 500).all()), "what binds from outside the inner wall comes back outside")
    for row, name in enumerate(names):
        volume = mesh.compartments[row].volume
        # Per complex k_off; per pair k_on / V: the ratio of the means is K_d, whatever the fluctuations.
        pairs = Estimate.of_series(free[row] * partners[row])
        ratio = pairs.mean / bound[row].mean()
        scatter = Estimate.of_series(free[row] * partners[row] - ratio * bound[row]).se / bound[row].mean()
        expected = k_off / k_on * units.molecules(1.0, volume)
        judge.agrees(
            f"{name}: dissociation constant (molecules), {duration * 1e3:g} ms",
            Estimate(ratio, scatter),
            expected,
            seed=64,
        )
    empty, held = (data.sel(species=s, compartment="er").values for s in ("S", "SA"))
    ratio = (free[0] * empty).mean() / held.mean()
    scatter = Estimate.of_series(free[0] * empty - ratio * held).se / held.mean()
    expected = k_off / k_on * units.molecules(1.0, mesh.compartments[0].volume)
    judge.agrees(
        f"binding from outside the inner wall: dissociation constant (molecules), {duration * 1e3:g} ms",
        Estimate(ratio, scatter),
        expected,
        seed=64,
    )


@check("CompartmentsVsTheory", full=[{"rate": 150.0}, {"rate": 300.0}])
def binding_rate_outside(judge: Judge, rate: float) -> None:
    """Ions bind to surface molecules from outside at their rate constant.

    Four partners, so far apart and so slow that the walls and the others change the rate by less than
    4 k / (2 pi D 0.15 um) = 1 % at most.
    """
    edge, inner, ions, sources, duration = 0.3, 0.15, 300, 2_000, 1.0
    mesh = Assembly({"cytosol": faced_box((edge,) * 3), "er": faced_box((inner,) * 3)})
    pumps = [(x, y, inner / 2) for x in (-0.04, 0.04) for y in (-0.04, 0.04)]
    per_ion = len(pumps) * units.um3_per_s(rate) / mesh.compartments[0].volume
    model = Model(
        mesh,
        species=[Species("Ca", D), Species("Z"), Species("P", where="surface")],
        reactions=[
            Reaction("Ca[outside] + P -> P", rate, name="bind"),
            Reaction("Z -> Z + Ca", ions * per_ion / sources),
        ],
        releases=[Release("Ca", number=ions), Release("Z", number=sources), Release("P", points=pumps)],
    )
    result = Simulation(model, seed=65).run(duration, every=duration / 500)
    bound = np.diff(result.dataset["event"].sel(reaction="bind").values)
    present = result.number("Ca")
    met = (present[1:] + present[:-1]) / 2 * per_ion * duration / 500
    blocks = bound.reshape(25, -1).sum(axis=1) / met.reshape(25, -1).sum(axis=1)
    judge.agrees(f"k (1/(uM s)) of binding outside, {rate:g}", Estimate.of(blocks) * rate, rate, seed=65)
