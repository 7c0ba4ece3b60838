"""The particle engine on small models: conservation, reproducibility, equilibrium, and its errors."""

from dataclasses import replace

import numba
import numpy as np
import pytest

from nanospine import (
    Boundary,
    Box,
    Model,
    Particles,
    Reaction,
    Release,
    Sampler,
    Simulation,
    Species,
    box,
    budget,
    cube,
    proteins,
    simulate,
    sphere,
)
from nanospine.compiled.decorators import OPTIONS
from nanospine.geometry import TriangleMesh
from nanospine.model import ModelError, ParameterError, ReactionSyntaxError, TimeStepError
from nanospine.particles import lower
from nanospine.particles.kernels.state import AT_ONCE, NEVER
from nanospine.particles.kernels.store import set_clock, set_species
from nanospine.results.estimates import Estimate
from nanospine.scenarios.odonnell2011.fig7.head import spine_head
from nanospine.scenarios.odonnell2011.fig7.parameters import Parameters


def buffered_cube(number: int = 1000) -> Model:
    """Return the binding box of the MCell reference runs: 0.4 um cube, 1 buffer, all free."""
    return Model(
        cube(0.064),
        species=[Species("Ca", 220.0, content={"Ca": 1}), Species("B"), Species("CaB", content={"Ca": 1})],
        reactions=[Reaction("Ca + B <-> CaB", forward=100.0, backward=500.0)],
        releases=[Release("Ca", number=number), Release("B", number=1000)],
    )


def pumping(reaction: str) -> Model:
    species = [Species("Ca", 220.0), Species("P", where="surface")]
    return Model(cube(0.05), species=species, reactions=[Reaction(reaction, forward=100.0)])


@pytest.mark.parametrize("neck", ["transparent", "absorbing", "absorbing-segment"])
def test_calcium_is_conserved_at_every_output_of_the_spine_head(neck: str) -> None:
    model = spine_head(Parameters(neck=neck), 0.01)
    result = Simulation(model, seed=2).run(2e-3)
    balance = budget(result)
    assert balance.size == 21
    assert not balance.any()
    assert result.dataset["event"].sel(reaction="glun_in").values[-1] > 0


def test_the_budget_sees_one_lost_ion() -> None:
    model = spine_head(Parameters(), 0.01)
    result = Simulation(model, seed=2).run(1e-3)
    result.dataset["event"].loc[{"reaction": "glun_in"}] -= 1
    assert np.all(budget(result)[1:] != 0)


def test_equilibrium_of_a_binding_reaction_is_that_of_its_rates() -> None:
    """K_d = 5 uM: solve the quadratic; SE from blocks of the stationary part; a rate x 1.05 is caught."""
    volume, k_d = 0.064 * 602.214076, 5.0
    free = equilibrium_free(1000, 1000, k_d * volume)
    result = simulate(buffered_cube(), 0.12, seed=3)
    measured = Estimate.of(result.number("Ca")[41:].reshape(-1, 20).mean(axis=1))
    assert abs(measured.z(free)) < 5
    assert abs(measured.z(equilibrium_free(1000, 1000, k_d / 1.05 * volume))) > 5


def test_a_reaction_faster_than_diffusion_is_refused() -> None:
    """At D = 0.1 um^2/s and 10/(uM s) partners in one voxel meet again more often than they could react."""
    slow = [Species("A", 0.1), Species("B"), Species("AB")]
    model = Model(cube(0.05), species=slow, reactions=[Reaction("A + B <-> AB", 10.0, 5.0)])
    with pytest.raises(ParameterError, match=r"'A \+ B -> AB' is 8.2 times as fast .* use larger voxels, a lower rate"):
        Simulation(model)


def equilibrium_free(ligand: float, buffer: float, k_d: float) -> float:
    """Return free ligand at equilibrium, all in molecules."""
    b = buffer - ligand + k_d
    return float((-b + np.sqrt(b * b + 4 * k_d * ligand)) / 2)


def test_slab_absorber_follows_the_series_where_segments_do_not() -> None:
    """N/N0 = 0.2360 after 50 us between two absorbing walls 0.2 um apart (series over odd n)."""

    def left(rule: str) -> float:
        slab = box((0.2, 1.0, 1.0), regions={"low": "x-", "high": "x+"})
        model = Model(
            slab,
            species=[Species("A", 100.0)],
            releases=[Release("A", number=20000)],
            boundaries=[Boundary("low", "A", rule), Boundary("high", "A", rule)],
        )
        return float(simulate(model, 50e-6, every=50e-6, seed=4).number("A")[-1]) / 20000

    odd = np.arange(1, 400, 2)
    exact = float(np.sum(8 / (np.pi * odd) ** 2 * np.exp(-100 * (np.pi * odd / 0.2) ** 2 * 50e-6)))
    se = np.sqrt(exact * (1 - exact) / 20000)
    assert abs(left("absorbing") - exact) < 5 * se
    assert left("absorbing-segment") - exact > 5 * se


def test_a_molecule_that_was_held_does_not_make_up_for_it_when_it_is_free() -> None:
    """Mean square 2 D (T - mean time of release) per axis, the release being exponential; 2 D T is caught."""
    D, k, T = 10.0, 500.0, 1e-3
    model = Model(
        box((1.0, 1.0, 1.0)),
        species=[Species("Caged"), Species("Free", D)],
        reactions=[Reaction("Caged -> Free", k)],
        releases=[Release("Caged", points=np.zeros((2000, 3)))],
    )
    trajectory = simulate(model, T, engine=Particles(dt=1e-5), seed=1, frames=[T]).trajectory
    assert trajectory is not None
    position, species = trajectory.frame(0)
    square = Estimate.of((position[species == 1] ** 2).mean(axis=1))
    assert abs(square.z(2 * D * (T - (1 / k - T * np.exp(-k * T) / (1 - np.exp(-k * T)))))) < 4
    assert abs(square.z(2 * D * T)) > 4


def test_a_complex_that_falls_apart_outside_leaves_both_parts_there() -> None:
    model = Model(
        box((0.1, 0.1, 0.1), regions={"top": "z+"}),
        species=[Species(name, 100.0) for name in ("A", "B", "AB")],
        reactions=[Reaction("A + B <-> AB", 10.0, 5000.0)],
        releases=[Release("AB", number=200)],
        boundaries=[Boundary("top", "AB", "transparent")],
    )
    outside = simulate(model, 2e-4, every=2e-5, seed=1).dataset["outside"]
    assert outside.sel(species="A").values[-1] > 0
    assert np.array_equal(outside.sel(species="A"), outside.sel(species="B"))


def test_what_clamps_and_partial_absorbers_let_in_and_out_is_counted_to_the_molecule() -> None:
    model = Model(
        box((0.1, 0.1, 0.1), regions={"low": "x-", "high": "x+", "door": "z+"}),
        species=[Species("A", 220.0, content={"A": 1}), Species("AA", 100.0, content={"A": 2})],
        reactions=[Reaction("2 A <-> AA", 50.0, 2000.0), Reaction("0 -> A", 1e5)],
        boundaries=[
            Boundary("low", "A", "clamp", concentration=200.0),
            Boundary("door", "AA", "transparent"),
            Boundary("high", "A", "partially-absorbing", velocity=500.0),
            Boundary("high", "AA", "clamp", concentration=10.0),
        ],
    )
    result = simulate(model, 5e-4, every=5e-5, seed=1)
    crossing = result.dataset["crossing"][-1]
    assert (crossing.sel(boundary=["low/A", "high/AA"]) > 0).all()
    assert crossing.sel(boundary="high/A").values[0] > 0
    assert crossing.sel(boundary="high/A").values[1] == 0
    assert not budget(result, "A").any()
    result.dataset["crossing"][-1, 2, 0] -= 1
    assert budget(result, "A")[-1] == -1


def test_molecules_outside_rest_until_they_could_be_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five rms steps per axis remain between them and the mesh's bounds."""
    monkeypatch.setattr(Simulation, "_catch_up", lambda self: None)
    model = Model(
        sphere(volume=0.05),
        species=[Species("A", 220.0)],
        releases=[Release("A", number=2000)],
        boundaries=[Boundary("membrane", "A", "transparent")],
    )
    simulation = Simulation(model, seed=1)
    simulation.run(2e-4)
    particles, (low, high) = simulation._particles, model.mesh.bounds
    away = np.flatnonzero((particles.species >= 0) & (particles.compartment == 0))
    position = particles.position[away]
    gap = np.maximum(low - position, position - high).max(axis=1)
    steps = np.round((particles.turn[away] + 1) - particles.clock[away] * 1e6)
    rested = steps > 1
    assert rested.sum() > 1000
    assert (gap[rested] >= 5 * np.sqrt(2 * 220.0 * 1e-6 * steps[rested])).all()
    assert (gap < 5 * np.sqrt(2 * 220.0 * 1e-6 * (steps + 1))).all()


@pytest.mark.parametrize("mesh", [cube(0.05), sphere(volume=0.05)], ids=["cube", "sphere"])
def test_walkers_move_alike_whether_they_are_listed_or_moved_as_they_lie(mesh: TriangleMesh) -> None:
    """A sampler somewhere makes them be listed one by one."""
    model = Model(mesh, species=[Species("A", 220.0)], releases=[Release("A", number=2000)])
    somewhere = Sampler("somewhere", "A", Box((0.0, 0.0, 0.0), (0.01, 0.01, 0.01)))
    ends = []
    for samplers in ((), (somewhere,)):
        trajectory = simulate(replace(model, samplers=samplers), 1e-4, frames=[1e-4]).trajectory
        assert trajectory is not None
        ends.append(trajectory.position)
    assert np.array_equal(*ends)
    assert np.ptp(ends[0]) > 0.1


def test_molecules_are_released_at_their_exact_times() -> None:
    """From then on they move: mean square 2 D (T - t) per axis, for times within steps and on their edges."""
    D, T, dt, n = 50.0, 1e-3, 1e-5, 3000
    times = (0.0, 0.5237e-3, 0.8e-3)
    release = Release("A", points=np.zeros((n, 3)), at=times)
    model = Model(box((2.0, 2.0, 2.0)), species=[Species("A", D, content={"A": 1})], releases=[release])
    result = simulate(model, T, engine=Particles(dt=dt, voxel=0.05), every=1e-4, seed=1, frames=[T])
    assert list(result.number("A")) == [n] * 6 + [2 * n] * 3 + [3 * n] * 2
    assert list(result.dataset["released"].sel(species="A")) == [0] * 6 + [n] * 3 + [2 * n] * 2
    assert not budget(result, "A").any()
    assert result.trajectory is not None
    position, _ = result.trajectory.frame(0)
    square = (position**2).mean(axis=1)
    assert abs(Estimate.of(square).z(np.mean([2 * D * (T - t) for t in times]))) < 4
    assert abs(Estimate.of(square).z(np.mean([2 * D * (T - t) for t in (0.0, 0.4e-3, 0.7e-3)]))) > 5
    assert abs(Estimate.of(square[2 * n :]).z(2 * D * (T - times[2]))) < 4


def test_a_released_molecule_reacts_from_its_release_on() -> None:
    """Decay for 0.3 of a step that is three lifetimes long."""
    dt, n = 1e-5, 4000
    model = Model(
        cube(0.05),
        species=[Species("A"), Species("P", where="surface"), Species("Q", where="surface")],
        reactions=[Reaction("A -> 0", 3 / dt), Reaction("P -> Q", 3 / dt)],
        releases=[Release("A", number=n, at=4.7 * dt), Release("P", number=n // 2, at=4.7 * dt)],
    )
    dataset = simulate(model, 5 * dt, engine=Particles(dt=dt), every=dt, seed=1).dataset
    for species, released in (("A", n), ("P", n // 2)):
        left = int(dataset["number"].sel(species=species)[-1])
        se = np.sqrt(released * np.exp(-0.9) * (1 - np.exp(-0.9)))
        assert abs(left - released * np.exp(-0.9)) < 4 * se
        assert abs(left - released * np.exp(-3.0)) > 5 * se


def test_releases_come_with_their_probability_and_anew_in_each_trial() -> None:
    release = Release("A", number=7, at=np.arange(1, 401) * 2.5e-7, probability=0.3)
    model = Model(cube(0.05), species=[Species("A")], releases=[release])
    first, second = (simulate(model, 101e-6, every=1e-6, seed=1, trial=trial).number("A") for trial in (0, 1))
    assert not (first % 7).any()
    assert abs(first[-1] / 7 - 120) < 4 * np.sqrt(400 * 0.3 * 0.7)
    assert not np.array_equal(first, second)


def test_the_same_seed_gives_the_same_trial_and_another_seed_another() -> None:
    first = simulate(buffered_cube(), 1e-3, seed=5).number("Ca")
    assert np.array_equal(first, simulate(buffered_cube(), 1e-3, seed=5).number("Ca"))
    assert not np.array_equal(first, simulate(buffered_cube(), 1e-3, seed=6).number("Ca"))


def test_a_store_that_runs_out_of_slots_grows_without_changing_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    model = spine_head(Parameters(), 0.01)
    wide = Simulation(model, seed=7).run(1e-3).dataset
    monkeypatch.setattr("nanospine.particles.state.SPARE_SLOTS", 1)
    assert wide.equals(Simulation(model, seed=7).run(1e-3).dataset)


def test_ctrl_c_returns_what_is_finished() -> None:
    def interrupt(snapshot: object) -> None:
        if getattr(snapshot, "time", 0.0) > 0.4e-3:
            raise KeyboardInterrupt

    result = Simulation(buffered_cube(), seed=1).run(1e-3, observer=interrupt)
    assert not result.complete
    assert result.time[-1] == pytest.approx(0.5e-3)


def test_bad_models_are_refused_before_work() -> None:
    with pytest.raises(ModelError, match="did you mean 'CaB'"):
        Model(cube(0.05), species=[Species("CaB")], releases=[Release("CaBB", number=1)])
    with pytest.raises(ModelError, match=r"D .* is -1"):
        Species("A", D=-1.0)
    with pytest.raises(ModelError, match="forward rate is -2"):
        Reaction("A -> 0", forward=-2.0)
    with pytest.raises(ReactionSyntaxError, match="at column"):
        Reaction("A + -> B", forward=1.0)
    with pytest.raises(ModelError, match="lower the density"):
        Model(cube(0.05), schemes=[proteins.calcium(), proteins.pmca(density=2e4)])
    with pytest.raises(TimeStepError, match="meets more walls than are followed; use at most"):
        Simulation(buffered_cube(), Particles(dt=0.1))
    with pytest.raises(ModelError, match="happens outside 'cube', where there is no compartment; put a mesh"):
        Simulation(pumping("Ca[outside] + P -> P"))


@numba.njit(**OPTIONS)  # not cached: the cache of a test does not see edits of kernels
def tick(particles, chemistry, cells, i, step, dt):  # type: ignore[no-untyped-def]  # as kernels are
    """Give `set_clock` a door to Python."""
    set_clock(particles, chemistry, cells, i, step, dt)


@numba.njit(**OPTIONS)
def turn(particles, chemistry, cells, i, species, now):  # type: ignore[no-untyped-def]  # as kernels are
    """Give `set_species` a door to Python."""
    set_species(particles, chemistry, cells, i, species, now)


@pytest.mark.parametrize(("name", "expected"), [("AA", 500), ("fast", AT_ONCE), ("held", NEVER)])
def test_what_turns_into_something_of_another_mobility_rests_no_longer(name: str, expected: int) -> None:
    """A slow molecule may rest for long where a fast one would soon be back at the mesh."""
    model = Model(
        cube(0.05),
        species=[Species("A", 220.0), Species("AA", 220.0), Species("fast", 230.0), Species("held")],
        releases=[Release("A", number=1)],
    )
    particles, tables = Simulation(model)._particles, lower(model)
    particles.turn[0] = 500
    turn(particles, tables.chemistry, tables.cells, 0, model.index(name), 1e-4)
    assert particles.turn[0] == expected


def test_a_product_outside_keeps_the_way_that_it_has_not_gone_yet() -> None:
    """Inside it moves on as others of its species do; outside, where steps are long and rare, nothing may be lost."""
    model = Model(cube(0.05), species=[Species("A", 28.0)], releases=[Release("A", points=np.zeros((1, 3)))])
    particles, tables = Simulation(model)._particles, lower(model)
    period = int(tables.chemistry.species.period[0])
    assert period > 1
    tick(particles, tables.chemistry, tables.cells, 0, 1000, 1e-6)
    assert 1001 - period < particles.clock[0] * 1e6 < 1001 + 1e-6
    assert (particles.turn[0] + 1) * 1e-6 - particles.clock[0] == pytest.approx(period * 1e-6)
    particles.clock[0], particles.cell[0] = 2e-4, -1
    tick(particles, tables.chemistry, tables.cells, 0, 1000, 1e-6)
    assert particles.clock[0] == 2e-4
