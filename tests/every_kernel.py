"""Small models that together reach every kernel of the particle engine, and the molecules that their runs end with.

The file is a program, too: it writes them to a file, from an interpreter of its own in which kernels may be plain
Python (NUMBA_DISABLE_JIT=1) or check all indices (NUMBA_BOUNDSCHECK=1).
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from nanospine import (
    Boundary,
    Box,
    Model,
    Particles,
    Reaction,
    Release,
    Residence,
    Sampler,
    Schedule,
    Shell,
    Simulation,
    Species,
    box,
    sphere,
)
from nanospine.geometry import Assembly
from nanospine.particles.kernels.state import USED

DT, VOXEL = 1e-6, 0.05  # s, um
VOLUME = [Species("A", 220.0), Species("B", 20.0), Species("AB", 20.0), Species("BB", 10.0), Species("W", 100.0)]
PUMPS = [Species("P", where="surface"), Species("PA", where="surface")]
MOBILE = [Species(name, 45.0, where="surface") for name in ("R", "RR", "RP")]
DIMERS = [Reaction("B + B <-> BB", 40.0, 3e4), Reaction("A + BB -> AB + B", 500.0)]
BINDING = Reaction("A + B <-> AB", 500.0, 3e4)
PUMPING = [
    Reaction("A[inside] + P <-> PA", 500.0, 3e4),
    Reaction("PA -> P + A[outside]", 2e4),
    Reaction("P -> P + A[inside]", 1e4),
]


def in_a_box(scale: int) -> Model:
    """Sources, clamps, partial absorbers, rates that change, later releases, and molecules that only diffuse."""
    return Model(
        box((0.2, 0.2, 0.2), regions={"low": "x-", "high": "x+"}),
        species=[*VOLUME, *PUMPS],
        reactions=[
            *DIMERS, *PUMPING[2:],
            Reaction("A + B <-> AB", Schedule([0.0, 5e-6], [500.0, 250.0]), 3e4),
            Reaction("AB -> B", Schedule([0.0, 7.5e-6], [0.0, 1e4])),
            Reaction("0 -> B + A", Schedule([0.0, 4.5e-6], [1e5, 1e6])),
        ],
        releases=[
            Release("W", number=520), Release("A", number=60 * scale), Release("B", number=60 * scale),
            Release("P", number=10), Release("A", number=20, at=(4e-6, 6.25e-6)),
        ],
        boundaries=[
            Boundary("low", "A", "clamp", concentration=100.0),
            Boundary("high", "A", "partially-absorbing", velocity=500.0),
            Boundary("high", "B", "absorbing"),
        ],
        samplers=[Sampler("corner", "A", Box((0.05,) * 3, (0.1,) * 3)), Sampler("all", "B", while_present="PA")],
    )  # fmt: skip


def in_a_ball(scale: int) -> Model:
    """A convex mesh of many triangles, and a membrane from which molecules pass outside."""
    return Model(
        sphere(0.1, subdivisions=0),
        species=[*VOLUME, *PUMPS],
        reactions=[BINDING, *DIMERS, *PUMPING],
        releases=[
            Release("A", number=30 * scale), Release("B", number=30 * scale), Release("P", number=30 * scale),
            Release("W", number=50),
        ],
        residences=[Residence("centre", "A", within=Shell((0.0, 0.0, 0.0), 0.0, 0.08))],
    )  # fmt: skip


def in_two_boxes(scale: int) -> Model:
    """A mesh that is not convex, windows and fences in it, partners on both sides of a membrane, and within it."""
    inner = box((0.13, 0.13, 0.13), regions={"door": "x+", "floor": "z-"})
    return Model(
        Assembly({"out": box((0.2, 0.2, 0.2), regions={"exit": "x+"}), "in": inner}),
        species=[*VOLUME, *PUMPS, *MOBILE],
        reactions=[
            BINDING, *DIMERS, *PUMPING,
            Reaction("A[outside] + P -> P", 500.0),
            Reaction("R + R <-> RR", 18.0, 3e4),
            Reaction("R + P <-> RP", 9.0, 3e4),
            Reaction("RR -> R + P", 2e4),
        ],
        releases=[
            Release("A", number=50 * scale, compartment="out"), Release("B", number=50 * scale, compartment="in"),
            Release("P", number=30 * scale, region=("in.membrane", "in.floor")),
            Release("R", number=30 * scale, region=("in.membrane", "in.floor")),
        ],
        boundaries=[
            Boundary("in.door", "A", "transparent"), Boundary("in.door", "B", "transparent"),
            Boundary("out.exit", "A", "absorbing-segment"), Boundary("out.membrane", "B", "transparent"),
            Boundary("in.floor", "A", "permeable", permeability=(900.0, 600.0)),
            Boundary("in.floor", "R", "reflecting"), Boundary("in.floor", "RR", "absorbing-segment"),
        ],
        residences=[Residence("floor", "P", region="in.floor"), Residence("bound", "RP", region="in.membrane")],
    )  # fmt: skip


def in_a_crowd(scale: int) -> Model:
    """So many partners that several molecules want the same one in most steps."""
    return Model(
        box((0.1, 0.1, 0.1)),
        species=[Species(name, 220.0) for name in ("A", "B", "AA", "AB")],
        reactions=[Reaction("A + A <-> AA", 500.0, 3e4), Reaction("A + B <-> AB", 1000.0, 3e4)],
        releases=[Release("A", number=25 * scale), Release("B", number=25 * scale)],
    )


MODELS = {model.__name__: model for model in (in_a_box, in_a_ball, in_two_boxes, in_a_crowd)}


def simulation(name: str, scale: int = 1) -> Simulation:
    """Return a simulation of one of the models."""
    return Simulation(MODELS[name](scale), Particles(dt=DT, voxel=VOXEL))


def molecules(of: Simulation) -> dict[str, NDArray[np.generic]]:
    """Return serials, species and positions (um) of the molecules of a simulation, in the order of the serials."""
    particles = of._particles
    slots = np.flatnonzero(particles.species[: particles.counters[USED]] >= 0)
    slots = slots[np.argsort(particles.serial[slots])]
    return {name: getattr(particles, name)[slots] for name in ("serial", "species", "position")}


def results(scale: int, steps: int) -> dict[str, NDArray[np.generic]]:
    """Run all models and return the molecules that their runs end with, and what was counted on the way."""
    found = {}
    for name in MODELS:
        run = simulation(name, scale)
        counted = run.run(steps * DT, every=DT).dataset
        found |= {f"{name}: {key}": values for key, values in molecules(run).items()}
        found |= {f"{name}: {key}": counted[key].values for key in ("number", "event", "crossing", "hit", "sampled")}
    return found


if __name__ == "__main__":
    out, *numbers = sys.argv[1:]
    np.savez(out, **results(*map(int, numbers)))
