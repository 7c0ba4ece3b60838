"""Slow species move at every so many steps: nobody who looks, and no boundary, may notice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nanospine import Assembly, Boundary, Model, Particles, Reaction, Release, Species, box, cube, simulate
from nanospine.geometry.triangles import nearest_on_surface
from nanospine.particles import Snapshot, lower
from nanospine.particles.kernels.tables import FAR
from nanospine.particles.lowering.encounters import overlap

ENGINE = Particles(dt=1e-6)
SLAB = box((0.3, 0.3, 0.4), {face: face for face in ("z-", "z+")})
BUFFER = Reaction("Ca + A <-> B", 50.0, 1000.0)


def slab(D: float, *rules: str, number: int = 4000) -> Model:
    """Slow molecules between two faces with a rule each."""
    return Model(
        SLAB, species=[Species("A", D)], releases=[Release("A", number=number)],
        boundaries=[Boundary(face, "A", rule) for face, rule in zip(("z-", "z+"), rules, strict=False)],
    )  # fmt: skip


def periods(model: Model) -> dict[str, int]:
    return dict(zip(model.species_names, lower(model, ENGINE).chemistry.species.period.tolist(), strict=True))


class TestHowLongAMoleculeStays:
    def test_is_so_short_that_no_boundary_is_within_reach(self) -> None:
        model = slab(10.0, "absorbing", "transparent")
        tables = lower(model, ENGINE)
        stay = tables.cells.stay[tables.chemistry.species.stays[0]]
        points = np.random.default_rng(1).uniform(*SLAB.bounds, size=(5000, 3))
        index = np.floor((points - tables.cells.origin) * tables.cells.per_um).astype(int)
        steps = stay[tables.cells.of_voxel[0, index @ np.cumprod([1, *tables.cells.dims[:2]])]]
        nearest, _ = nearest_on_surface(SLAB.vertices[SLAB.faces[SLAB.region_faces("z-", "z+")]], points)
        gap, waits = np.linalg.norm(points - nearest, axis=1), steps > 1
        assert (gap[waits] >= FAR * np.sqrt(2 * 10.0 * ENGINE.dt * steps[waits])).all()
        assert set(stay.tolist()) == {1, 2, 4, 8}
        assert periods(model) == {"A": 8}

    @pytest.mark.parametrize("rule", ["reflecting", "absorbing", "absorbing-segment", "transparent"])
    def test_depends_on_boundaries_of_every_rule(self, rule: str) -> None:
        assert lower(slab(10.0, rule), ENGINE).cells.stay.min() == 1

    def test_is_the_same_everywhere_without_boundaries_and_for_the_fast(self) -> None:
        assert lower(slab(10.0), ENGINE).cells.stay.shape[0] == 0
        assert lower(slab(220.0, "absorbing"), ENGINE).cells.stay.shape[0] == 0

    def test_is_one_step_for_those_whose_partners_wait_themselves(self) -> None:
        """How often such partners meet depends on how often both move."""
        model = slab(10.0, "absorbing")
        fast = replace(model, species=[*model.species, Species("Ca", 220.0), Species("B", 10.0)], reactions=[BUFFER])
        slow = replace(fast, species=[*model.species, Species("Ca", 20.0), Species("B", 10.0)])
        assert periods(fast) == {"A": 8, "Ca": 1, "B": 8}
        assert periods(slow) == {"A": 1, "Ca": 4, "B": 8}


class TestABoundaryOfSlowSpecies:
    def test_absorbs_as_many_as_the_series_says(self) -> None:
        """Sum over odd n of 8/(n pi)^2 exp(-D (n pi/L)^2 t) (Crank 1975, The Mathematics of Diffusion, eq. 4.18)."""
        n, D, t, odd = 4000, 10.0, 8e-4, np.arange(1, 99, 2)
        left = simulate(slab(D, "absorbing", "absorbing", number=n), t, ENGINE, every=t).number("A")[-1] / n
        expected = np.sum(8 / (np.pi * odd) ** 2 * np.exp(-D * (np.pi * odd / 0.4) ** 2 * t))
        assert abs(left - expected) < 4 * np.sqrt(expected * (1 - expected) / n)

    def test_that_is_transparent_lets_as_many_pass_as_if_it_were_not_there(self) -> None:
        """Of those that diffuse freely out of a cube as many are left as the integral over both Gaussians says."""
        n, D, t, a = 6000, 4.0, 5e-4, 0.2
        model = Model(
            Assembly({"out": cube(1.0), "in": box((a, a, a))}), species=[Species("A", D)],
            boundaries=[Boundary("in.membrane", "A", "transparent")],
            releases=[Release("A", number=n, compartment="in")],
        )  # fmt: skip
        inside = simulate(model, t, ENGINE, every=t).dataset["within"].sel(species="A", compartment="in")[-1] / n
        expected = float(overlap(a, np.array([D * t]))[0] ** 3)
        assert abs(float(inside) - expected) < 4 * np.sqrt(expected * (1 - expected) / n)


class TestALook:
    def test_sees_where_slow_molecules_are(self) -> None:
        looks: list[Snapshot] = []
        model = Model(cube(0.125), species=[Species("A", 1.0)], releases=[Release("A", points=np.zeros((3000, 3)))])
        frames = [30e-6, 70e-6]
        run = simulate(model, 1e-4, ENGINE, observer=looks.append, observe_every=20e-6, frames=frames)
        found = [(look.time, look.position) for look in looks[1:]]
        found += [(time, run.trajectory.frame(k)[0]) for k, time in enumerate(frames)]
        found += [(run.population.time, run.population.position)]
        for time, position in found:
            assert np.mean(position**2) == pytest.approx(2 * time, rel=4 * np.sqrt(2 / 9000))

    def test_sees_as_many_as_the_row_of_its_time(self) -> None:
        looks: list[Snapshot] = []
        species = [Species("Ca", 220.0), Species("A", 28.0), Species("B", 28.0)]
        model = Model(
            SLAB, species=species, reactions=[BUFFER], releases=[Release("Ca", number=300), Release("A", number=300)],
            boundaries=[Boundary("z+", name, "absorbing") for name in ("Ca", "A")],
        )  # fmt: skip
        run = simulate(model, 5e-5, ENGINE, every=1e-6, observer=looks.append, observe_every=1e-6)
        np.testing.assert_array_equal([look.number for look in looks], run.dataset["number"])
        seen = [np.bincount(look.species, minlength=3) for look in looks]
        np.testing.assert_array_equal(seen, run.dataset["number"])
        assert run.number("B")[-1] > 0


def test_a_row_has_the_reactions_of_its_step() -> None:
    """Of partners that meet from the start some have reacted in the first row."""
    model = Model(
        SLAB, species=[Species("Ca", 220.0), Species("A", 28.0), Species("B", 28.0)],
        reactions=[Reaction("Ca + A -> B", 50.0)], releases=[Release(name, number=2000) for name in ("Ca", "A")],
    )  # fmt: skip
    run = simulate(model, 2e-6, ENGINE, every=1e-6)
    assert run.dataset["event"][1] == run.number("B")[1] > 0
