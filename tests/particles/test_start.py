"""Runs that start with the molecules of earlier ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nanospine import (
    Assembly,
    Boundary,
    Box,
    Model,
    Particles,
    Population,
    Reaction,
    Release,
    Residence,
    Result,
    Sampler,
    Schedule,
    Shell,
    Simulation,
    Species,
    box,
    budget,
    cube,
    rerun,
    simulate,
    sphere,
)
from nanospine.model import GeometryError, SimulationError
from nanospine.particles import Snapshot

HALF = 1e-3
STEP = Particles(dt=5e-6)


def everything(**changes: Any) -> Model:
    """A pulse of ions in each half, buffers, receptors that move and bind, and a channel of two compartments."""
    parts: dict[str, Any] = {
        "mesh": Assembly({"cytosol": cube(0.05), "er": sphere(0.1, 2)}),
        "species": [
            Species("Ca", 200.0, content={"Ca": 1}),
            Species("B", 5.0),
            Species("BCa", 5.0, content={"Ca": 1}),
            Species("R", 0.5, where="surface"),
            Species("Anchor", where="surface"),
            Species("RA", where="surface"),
        ],
        "reactions": [
            Reaction("Ca + B <-> BCa", 100.0, 300.0),
            Reaction("0 -> Ca", Schedule.pulses([0.4e-3, 1.4e-3], 0.3e-3, 2e4)),
            Reaction("R + Anchor <-> RA", 0.05, 100.0),
            Reaction("Ca[inside] + RA -> RA + Ca[outside]", 100.0),
        ],
        "releases": [
            Release("B", concentration=20.0),
            Release("R", number=60, region="er.membrane"),
            Release("Anchor", number=40, region="er.membrane"),
            Release("Ca", number=50, at=[0.5 * HALF, HALF, 1.5 * HALF]),
        ],
    }  # fmt: skip
    return Model(**parts | changes)


def counts(result: Result) -> np.ndarray:
    """Return how many molecules of each species there are at the end, in and outside of compartments."""
    return np.bincount(result.population.species, minlength=len(result.population.species_names))


def first_sight(model: Model, start: Result, **options: Any) -> Snapshot:
    """Return what an observer sees before the first step."""
    seen: list[Snapshot] = []
    simulate(model, 1e-4, STEP, start=start, every=1e-4, observer=seen.append, observe_every=1e-4, **options)
    return seen[0]


@pytest.fixture(scope="module")
def halfway() -> Result:
    return simulate(everything(), HALF, STEP)


class TestTheSeam:
    def test_has_exactly_the_same_molecules(self, halfway: Result) -> None:
        population = halfway.population
        assert population is not None
        seen = first_sight(everything(), halfway)
        assert seen.time == population.time == pytest.approx(HALF)
        np.testing.assert_array_equal(seen.position, population.position)
        np.testing.assert_array_equal(seen.species, population.species)

    def test_begins_the_output_of_the_second_run(self, halfway: Result) -> None:
        after = simulate(everything(), HALF, STEP, start=halfway)
        assert after.time[[0, -1]] == pytest.approx([HALF, 2 * HALF])
        np.testing.assert_array_equal(after.dataset["number"][0] + after.dataset["outside"][0], counts(halfway))
        assert not after.dataset["event"][0].any()

    def test_is_what_the_last_row_of_the_first_run_counted(self, halfway: Result) -> None:
        last = halfway.dataset.isel(time=-1)
        np.testing.assert_array_equal(last["number"] + last["outside"], counts(halfway))

    def test_knows_species_by_name(self, halfway: Result) -> None:
        other = dataclasses.replace(everything(), species=everything().species[::-1])
        after = simulate(other, 1e-4, STEP, start=halfway)
        np.testing.assert_array_equal(after.dataset["number"][0][::-1], counts(halfway))

    def test_keeps_molecules_of_membranes_on_their_triangles(self, halfway: Result) -> None:
        before = halfway.population
        after = simulate(everything(), 5e-6, STEP, start=before, every=5e-6).population
        assert before is not None
        assert after is not None
        fixed = everything().species_names.index("Anchor")
        places = [
            {(*position, face) for position, face in zip(p.position[rows].tolist(), p.face[rows].tolist(), strict=True)}
            for p in (before, after)
            for rows in [p.species == fixed]
        ]
        # Few anchors react within a step.
        assert len(places[0] & places[1]) >= len(places[0]) - 3

    def test_survives_the_disk(self, halfway: Result, tmp_path: Path) -> None:
        halfway.save(tmp_path / "run")
        loaded = Result.load(tmp_path / "run").population
        assert loaded is not None
        assert (loaded.time, loaded.species_names) == (halfway.population.time, halfway.population.species_names)
        runs = [simulate(everything(), 2e-4, STEP, start=start).dataset for start in (loaded, halfway.population)]
        assert runs[0].equals(runs[1])

    def test_lets_a_release_at_its_time_happen_once(self) -> None:
        """The train is released at 0.5, 1 and 1.5 ms; the runs part at 1 ms."""
        model = everything(reactions=[])
        first = simulate(model, HALF, STEP)
        second = simulate(model, HALF, STEP, start=first)
        assert first.number("Ca")[[0, 4, 6, 10]].tolist() == [0, 0, 50, 50]
        assert second.number("Ca")[[0, 1, 4, 6, 10]].tolist() == [50, 100, 100, 150, 150]
        assert second.dataset["released"].sel(species="Ca").values[[0, 1, 10]].tolist() == [0, 50, 100]
        # What the model has at t = 0 was there already, and does not come again.
        assert second.number("R")[-1] == 60

    def test_closes_the_budget(self) -> None:
        model = everything(reactions=[*everything().reactions[:3]])
        first = simulate(model, HALF, STEP)
        second = simulate(model, HALF, STEP, start=first)
        assert not budget(second).any()


class TestTheSecondRun:
    def test_has_the_statistics_of_the_rest_of_one_run(self) -> None:
        """Numbers at 2 ms, in one go and in two; with the time set back they miss the second release, and differ."""
        model, n = everything(), 40

        def ends(start: Callable[[int], Population | None], duration: float) -> np.ndarray:
            runs = [simulate(model, duration, STEP, trial=k, start=start(k), every=duration) for k in range(n)]
            return np.array([run.dataset["number"].values[-1] for run in runs])

        halves = [simulate(model, HALF, STEP, trial=k, every=HALF).population for k in range(n)]
        whole = ends(lambda k: None, 2 * HALF)
        parts = ends(lambda k: halves[k], HALF)
        wrong = ends(lambda k: dataclasses.replace(halves[k], time=0.0), HALF)
        error = np.sqrt((whole.var(axis=0, ddof=1) + parts.var(axis=0, ddof=1)) / n)
        assert (np.abs(whole.mean(axis=0) - parts.mean(axis=0)) <= 4 * error).all()
        total_calcium = model.content("Ca")
        lacking = (whole - wrong) @ total_calcium
        assert lacking.mean() > 8 * lacking.std(ddof=1) / np.sqrt(n)

    def test_diffuses_on_where_slow_molecules_wait_between_moves(self) -> None:
        """Of D = 0.2 um^2/s they move at every so many steps; runs of fewer steps than that lose nothing."""
        model = Model(
            cube(0.05), species=[Species("A", 0.2)], releases=[Release("A", points=np.full((4000, 3), 0.01))]
        )  # fmt: skip
        engine, steps = Particles(dt=1e-6), 5
        population = None
        for _ in range(40):
            population = simulate(model, steps * 1e-6, engine, every=steps * 1e-6, start=population).population
        spread = np.mean((population.position - 0.01) ** 2)
        assert population.time == pytest.approx(200e-6)
        assert spread == pytest.approx(2 * 0.2 * population.time, rel=4 * np.sqrt(2 / 12_000))

    def test_draws_anew_where_an_earlier_part_began_after_as_many_steps_of_another_length(self) -> None:
        """The second part begins after 2 x 10 steps of 0.5 us, the third after 20 of 1 us."""
        model = Model(cube(8.0), species=[Species("A", 1.0)], releases=[Release("A", points=np.zeros((2000, 3)))])
        population, places = None, [np.zeros((2000, 3))]
        for dt in (1e-6, 0.5e-6, 1e-6):
            engine = Particles(dt=dt, voxel=0.1)
            population = simulate(model, 10e-6, engine, every=10e-6, start=population).population
            places.append(population.position)
        second, third = (np.ravel(places[k] - places[k - 1]) for k in (2, 3))
        assert abs(np.corrcoef(second, third)[0, 1]) < 4 / np.sqrt(second.size)

    def test_is_the_same_again_and_another_one_in_another_trial(self, halfway: Result) -> None:
        runs = [simulate(everything(), 2e-4, STEP, trial=k, start=halfway).dataset for k in (3, 3, 4)]
        assert runs[0].equals(runs[1])
        assert not runs[0].equals(runs[2])

    def test_is_made_again_of_its_own_file(self, halfway: Result, tmp_path: Path) -> None:
        second = simulate(everything(), 2e-4, STEP, start=halfway, every=1e-4, frames=[1.1 * HALF])
        second.save(tmp_path / "second")
        again = rerun(Result.load(tmp_path / "second"))
        assert again.dataset.equals(second.dataset)
        np.testing.assert_array_equal(again.trajectory.position, second.trajectory.position)
        np.testing.assert_array_equal(again.population.position, second.population.position)

    def test_reads_no_random_numbers_of_the_first(self) -> None:
        """From the molecules of the releases it is a trial of its own, even with seed, trial and time of the first."""
        model = Model(
            cube(0.05), species=[Species("A", 10.0)], reactions=[Reaction("A -> 0", 500.0)],
            releases=[Release("A", points=np.zeros((300, 3)))],
        )  # fmt: skip
        released = Population(0.0, ("A",), np.zeros(300, int), np.zeros((300, 3)))
        first, second = simulate(model, HALF), simulate(model, HALF, start=released)
        assert first.number("A")[0] == second.number("A")[0] == 300
        assert first.number("A").tolist() != second.number("A").tolist()

    def test_goes_on_from_its_checkpoint_bit_for_bit(self, halfway: Result, tmp_path: Path) -> None:
        def interrupt(snapshot: Snapshot) -> None:
            if snapshot.time >= 1.35 * HALF:
                raise KeyboardInterrupt

        model = everything(
            samplers=[Sampler("middle", "Ca", Box((0.15, 0.15, 0.15), (0.02, 0.02, 0.02)))],
            residences=[Residence("shell", "Ca", within=Shell((0.0, 0.0, 0.0), 0.12, 0.15))],
        )  # fmt: skip

        def run(**options: Any) -> Result:
            options = {"frames": [1.2 * HALF, 1.6 * HALF], "observer": seen.append, "observe_every": 1e-4} | options
            return simulate(model, HALF, STEP, start=halfway, **options)

        seen: list[Snapshot] = []
        kept = {"checkpoint": tmp_path / "run.npz", "checkpoint_every": 0.0}
        part = run(observer=interrupt, **kept)
        assert not part.complete
        assert part.population is None
        with pytest.raises(SimulationError, match="The run to continue was interrupted; run it to its end first"):
            simulate(model, HALF, STEP, start=part)
        whole, resumed = run(), run(**kept)
        assert resumed.dataset.equals(whole.dataset)
        np.testing.assert_array_equal(resumed.trajectory.position, whole.trajectory.position)
        np.testing.assert_array_equal(resumed.population.position, whole.population.position)

    def test_has_frames_visits_and_samples_at_its_own_times(self) -> None:
        model = Model(
            box((0.2, 0.2, 0.2)), species=[Species("A", 100.0)], releases=[Release("A", number=100)],
            samplers=[Sampler("all", "A", Box((0.0, 0.0, 0.0), (0.2, 0.2, 0.2)))],
            residences=[Residence("ball", "A", within=Shell((0.0, 0.0, 0.0), 0.0, 0.05))],
        )  # fmt: skip
        first = simulate(model, HALF)
        second = simulate(model, HALF, start=first, every=2e-4, frames=[HALF, 2 * HALF])
        assert second.time == pytest.approx(HALF + np.arange(6) * 2e-4)
        assert second.trajectory.time == pytest.approx([HALF, 2 * HALF])
        assert second.dataset["sampled"].values[1:] == pytest.approx(100.0)
        assert second.visits("ball").entry.min() == pytest.approx(HALF + 1e-6)
        assert (second.visits("ball").entry + second.visits("ball").duration).max() <= 2 * HALF + 2e-6


class TestAnotherMesh:
    def test_takes_molecules_without_triangles_and_compartments(self) -> None:
        small, large = (
            Model(
                sphere(radius, 2), species=[Species("A", 10.0), Species("R", where="surface")],
                releases=[Release("A", number=50), Release("R", number=20)],
            )
            for radius in (0.3, 0.33)
        )  # fmt: skip
        population = simulate(small, 1e-4).population
        with pytest.raises(GeometryError, match=r"is not on triangle \d+ of .*; with face and compartment None"):
            simulate(large, 1e-4, start=population)
        carried = dataclasses.replace(population, face=None, compartment=None)
        after = simulate(large, 1e-4, start=carried)
        assert after.number("A").tolist() == [50, 50]
        assert after.number("R").tolist() == [20, 20]
        on_surface = after.population.face >= 0
        assert np.linalg.norm(after.population.position[on_surface], axis=1).min() > 0.31

    def test_must_hold_the_molecules(self) -> None:
        models = [
            Model(cube(volume), species=[Species("A", 10.0)], releases=[Release("A", number=200)])
            for volume in (0.05, 0.01)
        ]
        population = simulate(models[0], 1e-4).population
        with pytest.raises(GeometryError, match=r"is not in compartment 0 of 'cube'; with face and compartment None"):
            simulate(models[1], 1e-4, start=population)
        carried = dataclasses.replace(population, face=None, compartment=None)
        with pytest.raises(GeometryError, match=r"um lies outside 'cube'; move it, or leave it out"):
            simulate(models[1], 1e-4, start=carried)

    def test_keeps_molecules_outside_that_were_there(self) -> None:
        model = Model(
            box((0.2, 0.2, 0.2), {"door": "z+"}), species=[Species("A", 100.0)], releases=[Release("A", number=200)],
            boundaries=[Boundary("door", "A", "transparent")],
        )  # fmt: skip
        first = simulate(model, HALF)
        assert first.dataset["outside"].values[-1] > 20
        second = simulate(model, 1e-4, start=first)
        assert second.dataset["outside"].values[0] == first.dataset["outside"].values[-1]


DYE = Model(
    cube(0.05),
    species=[Species("Dye", 10.0), Species("P", where="surface")],
    boundaries=[Boundary("membrane", "Dye", "reflecting")],
)


def test_a_simulation_still_runs_once(halfway: Result) -> None:
    simulation = Simulation(everything(), STEP, start=halfway)
    simulation.run(1e-4)
    with pytest.raises(SimulationError, match="has been run; make a new one"):
        simulation.run(1e-4)


class TestWellMixedEngines:
    MODEL = Model(
        cube(0.05), species=[Species("A", 50.0), Species("B", 50.0)], reactions=[Reaction("A <-> B", 500.0, 300.0)],
        releases=[Release("A", number=1000)],
    )  # fmt: skip

    @pytest.mark.parametrize("engine", ["ode", "ssa"])
    def test_go_on_from_a_particle_result(self, engine: str) -> None:
        first = simulate(self.MODEL, HALF)
        second = simulate(self.MODEL, 20e-3, engine, start=first)
        assert second.time[[0, -1]] == pytest.approx([HALF, 21e-3])
        assert second.number("A")[0] == first.number("A")[-1]
        assert second.number("A")[-1] == pytest.approx(375, abs=60 if engine == "ssa" else 0.1)

    def test_refuse_one_of_other_species(self) -> None:
        with pytest.raises(SimulationError, match="has other species than this model"):
            simulate(self.MODEL, 1e-3, "ode", start=simulate(DYE, 1e-4))
