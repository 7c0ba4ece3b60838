"""Binding to partners in a membrane, slow and near the limit of diffusion, against Neumann's Green's function.

Partners at points p of the faces of a box take up molecules that are born anywhere in it. At the place of each the
concentration is lower than the mean by what all of them take: by G(p, q) J / D for each flux J at q, where G is the
Green's function of zero mean under reflecting walls, a product of one-dimensional heat kernels K integrated over time.
What a partner takes away before its own door is in its rate constant k already, which is that of a partner alone in a
flat wall: for p = q the free path's share is left out,

    G(p, p) = int_0^inf (K_x K_y K_z - 1/V - w (4 pi s)^(-3/2)) ds,        s = D t,

with w = 2 at a face. Then J_p / k + sum_q G(p, q) J_q / D is the mean concentration.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad_vec

from ..model import Model, Reaction, Release, Species, units
from ..particles import Particles, Simulation
from ..results.estimates import Estimate
from .evidence import Judge
from .models import faced_box
from .registry import check

Floats = NDArray[np.float64]

EDGE = 0.2  # um
ENGINE = Particles(dt=1e-6, voxel=0.02)
SOURCES, MOLECULES = 2_000, 25  # so few that hardly two meet the same partner within a step
BLOCKS, PER_ROW = 25, 20
TERMS = np.arange(-8, 9)


def heat_kernel(x: Floats, y: Floats, spread: float) -> Floats:
    """Return the density (1/um) at y of what started at x between reflecting walls at 0 and `EDGE`; spread = D t."""
    x, y = x[..., None], y[..., None]
    if spread < 0.1 * EDGE**2:
        straight, bounced = (np.exp(-((x - z + 2 * TERMS * EDGE) ** 2) / (4 * spread)) for z in (y, -y))
        return np.asarray((straight + bounced).sum(-1) / np.sqrt(4 * np.pi * spread))
    waves = TERMS * np.pi / EDGE
    return np.asarray((np.cos(waves * x) * np.cos(waves * y) * np.exp(-(waves**2) * spread)).sum(-1) / EDGE)


def green(points: Floats) -> Floats:
    """Return G (1/um) between points on the faces, shape (n, 3), off edges; without the free path's share for p = q."""
    own, late = 2 * np.eye(len(points)), 10 * EDGE**2

    def per_log_spread(log: float) -> Floats:
        spread = np.exp(log)
        met = np.prod([heat_kernel(x[:, None], x[None, :], spread) for x in points.T], axis=0)
        return np.asarray(spread * (met - 1 / EDGE**3 - own * (4 * np.pi * spread) ** -1.5))

    early, _error = quad_vec(per_log_spread, np.log(1e-7 * EDGE**2), np.log(late), epsrel=1e-7)
    return np.asarray(early - own * 2 * (4 * np.pi) ** -1.5 / np.sqrt(late))


def lattice(per_edge: int) -> Floats:
    """Return points (um) on all faces of a box, a square lattice on each, in the middle of the voxels' faces."""
    voxel = ENGINE.voxel
    along = (np.floor((np.arange(per_edge) + 0.5) * EDGE / per_edge / voxel) + 0.5) * voxel
    points = [
        np.insert(pair, axis, wall) for axis in range(3) for wall in (0.0, EDGE) for pair in product(along, along)
    ]
    return np.array(points)


def relative_rate(rate: float, D: float, points: Floats) -> float:
    """Return what partners take up per mean concentration, relative to their rate constant (um^3/s)."""
    fluxes = np.linalg.solve(np.eye(len(points)) / rate + green(points) / D, np.ones(len(points)))
    return float(fluxes.mean() / rate)


@check(
    "PumpVsTheory",
    fast=[{"rate": 500.0, "D": 50.0, "per_edge": 1, "events": 20_000}],
    full=[
        {"rate": rate, "D": D, "per_edge": per_edge, "events": 60_000}
        for rate, D, per_edge in (
            (150.0, 220.0, 3), (300.0, 220.0, 3), (250.0, 100.0, 3), (240.0, 50.0, 1), (240.0, 50.0, 3),
            (20.0, 10.0, 3), (60.0, 10.0, 3),
        )
    ],
)  # fmt: skip
def binding_in_a_membrane(judge: Judge, rate: float, D: float, per_edge: int, events: int) -> None:
    """Partners in a membrane take up what the Green's function says, one on each face or many."""
    points, k, seed = lattice(per_edge), units.um3_per_s(rate), 53
    expected = relative_rate(k, D, points)
    per_second = MOLECULES * len(points) * k / EDGE**3
    model = Model(
        faced_box((EDGE,) * 3),
        species=[Species("A", D), Species("S"), Species("P", where="surface")],
        reactions=[
            Reaction("A[inside] + P -> P", rate, name="bind"),
            Reaction("S -> S + A", expected * per_second / SOURCES),
        ],
        releases=[
            Release("A", number=MOLECULES),
            Release("S", number=SOURCES),
            Release("P", points=points - EDGE / 2),
        ],
    )
    every = round(PER_ROW / per_second / ENGINE.dt) * ENGINE.dt
    start, rows = round(EDGE**2 / D / every) + 1, events // PER_ROW
    result = Simulation(model, ENGINE, seed=seed).run((start + rows) * every, every=every)
    bound = np.diff(result.dataset["event"].sel(reaction="bind").values)[start:]
    present = result.number("A")
    met = (present[1:] + present[:-1])[start:] / 2 * per_second / MOLECULES * every
    measured = Estimate.of(bound.reshape(BLOCKS, -1).sum(axis=1) / met.reshape(BLOCKS, -1).sum(axis=1))
    judge.agrees(
        f"rate of {len(points)} partners in a membrane over {rate:g} per uM and s, D = {D:g} um^2/s",
        measured,
        expected,
        seed=seed,
    )
