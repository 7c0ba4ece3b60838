"""Walls of finite permeability against closed forms and the diffusion equation on both sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm
from scipy.special import erfcx

from ..geometry import Assembly, sphere
from ..model import Boundary, Model, Release, Species
from ..particles import Particles, Simulation
from ..results.estimates import Estimate
from .evidence import Judge
from .models import faced_box
from .registry import check

CELLS = 100  # of the radial grid, on either side of the wall


@check(
    "PermeableWalls",
    fast=[{"permeability": 2_000.0, "D": 220.0, "dt": dt, "n": 100_000} for dt in (1e-6, 10e-6)],
    full=[
        {"permeability": permeability, "D": D, "dt": dt, "n": 1_000_000}
        for permeability, D in ((200.0, 220.0), (10_000.0, 220.0), (100.0, 10.0))
        for dt in (0.5e-6, 10e-6)
    ],
)
def flat_wall(judge: Judge, permeability: float, D: float, dt: float, n: int) -> None:
    """Through a flat wall pass as many as in the closed form, at any step.

    The difference of the concentrations on the two sides falls as at an absorber of twice the velocity (Carslaw &
    Jaeger 1959, section 14.2), so that the flux is P c exp(h^2 t) erfc(h sqrt(t)) with h = 2 P / sqrt(D).
    """
    wide, deep, t = 2.0, 0.5, 10e-6
    model = Model(
        faced_box((wide, wide, deep)),
        species=[Species("A", D)],
        releases=[Release("A", number=n)],
        boundaries=[Boundary("z+", "A", "permeable", permeability=permeability)],
    )
    passed = Simulation(model, Particles(dt=dt), seed=71).run(t, every=t).dataset["crossing"][-1, 0]
    gone = int(passed.sel(direction="out") - passed.sel(direction="in"))
    h = 2 * permeability / np.sqrt(D)
    depth = permeability / h**2 * (erfcx(h * np.sqrt(t)) - 1 + 2 * h * np.sqrt(t / np.pi))
    judge.agrees(
        f"share that left through a wall of {permeability:g} um/s in 10 us, D = {D:g} um^2/s, dt = {dt * 1e6:g} us",
        Estimate.of_share(gone, n),
        float(depth / deep),
        seed=71,
    )


@check(
    "PermeableWalls",
    fast=[{"outwards": 100.0, "inwards": 400.0, "D": 220.0, "dt": 1e-6, "n": 20_000}],
    full=[
        {"outwards": outwards, "inwards": inwards, "D": D, "dt": dt, "n": 100_000}
        for outwards, inwards, D, dt in (
            (200.0, 200.0, 220.0, 1e-6), (400.0, 100.0, 220.0, 1e-6), (50.0, 50.0, 10.0, 5e-6),
            (200.0, 200.0, 220.0, 0.25e-6),
        )
    ],
)  # fmt: skip
def sphere_in_a_sphere(judge: Judge, outwards: float, inwards: float, D: float, dt: float, n: int) -> None:
    """Two compartments relax as the diffusion equation with the wall between them says."""
    mesh = Assembly({"cytosol": sphere(0.3), "er": sphere(0.15)})
    model = Model(
        mesh,
        species=[Species("A", D)],
        releases=[Release("A", number=n, compartment="er")],
        boundaries=[Boundary("er.membrane", "A", "permeable", permeability=(outwards, inwards))],
    )
    outer, inner = mesh.compartments
    unit = round(0.5 / (outwards + inwards) / mesh.area("er.membrane") * inner.volume / dt) * dt
    data = Simulation(model, Particles(dt=dt), seed=72).run(4 * unit, every=unit).dataset
    within = data["within"].sel(species="A", compartment="er").values
    # Of the meshes' volumes.
    wall, end = ((3 * volume / (4 * np.pi)) ** (1 / 3) for volume in (inner.volume, inner.volume + outer.volume))
    step = expm(radial_matrix(wall, end, D, outwards, inwards) * unit)
    start = np.concatenate([cell_volumes(0.0, wall) / inner.volume, np.zeros(CELLS)])
    for row in (1, 4):
        expected = float((np.linalg.matrix_power(step, row) @ start)[:CELLS].sum())
        judge.agrees(
            f"share inside after {row * unit * 1e6:.4g} us, {outwards:g} um/s out and {inwards:g} in, "
            f"D = {D:g} um^2/s, dt = {dt * 1e6:g} us",
            Estimate.of_share(within[row], n),
            expected,
            seed=72,
        )


def edges(low: float, high: float) -> NDArray[np.float64]:
    """Return the borders of the cells of one side."""
    return np.linspace(low, high, CELLS + 1)


def cell_volumes(low: float, high: float) -> NDArray[np.float64]:
    """Return the volumes of the cells of one side, shells of a ball."""
    return np.asarray(4 / 3 * np.pi * np.diff(edges(low, high) ** 3))


def radial_matrix(wall: float, outer: float, D: float, outwards: float, inwards: float) -> NDArray[np.float64]:
    """Return the rates (1/s) between shells within and around a spherical wall: finite volumes of second order."""
    border = np.concatenate([edges(0.0, wall), edges(wall, outer)[1:]])
    middle = (border[1:] + border[:-1]) / 2
    area, gap = 4 * np.pi * border[1:-1] ** 2, np.diff(middle)
    out, back = area * D / gap, area * D / gap
    # Half a cell to the wall on either side in line with it: J = D (c1 - w1)/d1 = P1 w1 - P2 w2 = D (w2 - c2)/d2.
    k, (d1, d2) = CELLS - 1, (wall - middle[CELLS - 1], middle[CELLS] - wall)
    resistance = 1 + outwards * d1 / D + inwards * d2 / D
    out[k], back[k] = area[k] * outwards / resistance, area[k] * inwards / resistance
    volume = np.concatenate([cell_volumes(0.0, wall), cell_volumes(wall, outer)])
    out, back = out / volume[:-1], back / volume[1:]
    leaves = np.append(out, 0.0) + np.append(0.0, back)
    return np.asarray(np.diag(out, -1) + np.diag(back, 1) - np.diag(leaves))
