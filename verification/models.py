"""Small models and meshes that several checks share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..geometry import TriangleMesh, box
from ..model import Boundary, Model, Release, Species, units
from ..particles import Particles, Simulation, Snapshot, lower

FACES = ("x-", "x+", "y-", "y+", "z-", "z+")


def faced_box(edges: Sequence[float]) -> TriangleMesh:
    """Return a box with each face a region of its own, named like the face."""
    return box(edges, {face: face for face in FACES})


def walkers(mesh: TriangleMesh, release: Release, D: float, rules: dict[str, str] | None = None) -> Model:
    """Return a model of one species ``A`` that only diffuses, with a boundary rule per region."""
    boundaries = [Boundary(region, "A", rule) for region, rule in (rules or {}).items()]
    return Model(mesh, species=[Species("A", D)], releases=[release], boundaries=boundaries)


class LastLook:
    """An observer that keeps the last snapshot."""

    snapshot: Snapshot

    def __call__(self, snapshot: Snapshot) -> None:
        """Keep a snapshot."""
        self.snapshot = snapshot


def end_state(model: Model, duration: float, seed: int, engine: Particles | None = None) -> Snapshot:
    """Run a model and return all molecules at the end."""
    last = LastLook()
    Simulation(model, engine, seed=seed).run(duration, every=duration, observer=last, observe_every=duration)
    return last.snapshot


def numbers_at_the_end(
    model: Model, species: str, duration: float, trials: int, seed: int, engine: Particles | None = None
) -> list[int]:
    """Return how many molecules of a species there are at the end of each of several trials."""
    engine = engine or Particles()
    tables = lower(model, engine)
    return [
        int(
            Simulation(model, engine, seed=seed, trial=k, tables=tables)
            .run(duration, every=duration)
            .number(species)[-1]
        )
        for k in range(trials)
    ]


def whole_molecules(concentration: float, volume: float) -> int:
    """Return the nearest whole number of molecules at a concentration (uM) in a volume (um^3)."""
    return round(units.molecules(concentration, volume))


def slivered_wedge(angle_deg: float = 5.0, length: float = 1.0, depth: float = 0.3, strips: int = 60) -> TriangleMesh:
    """Return a prism with a sharp edge, its blunt side cut into narrow strips and its ends into slivers."""
    angle = np.radians(angle_deg)
    far = np.array([[length, 0.0], [length * np.cos(angle), length * np.sin(angle)]])
    along = np.linspace(0, 1, strips + 1)[:, None]
    outline = np.concatenate([[[0.0, 0.0]], far[0] + along * (far[1] - far[0])])
    n = len(outline)
    vertices = np.concatenate([np.c_[outline, np.zeros(n)], np.c_[outline, np.full(n, depth)]])
    ends = [(0, i + 1, i) for i in range(1, n - 1)] + [(n, n + i, n + i + 1) for i in range(1, n - 1)]
    sides = [t for i in range(n) for j in [(i + 1) % n] for t in ((i, j, n + j), (i, n + j, n + i))]
    return TriangleMesh.from_arrays(vertices, np.array(ends + sides), name="slivered wedge")
