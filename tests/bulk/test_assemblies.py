"""Assemblies in the well-mixed engines: compartments with volumes and membranes of their own, and ways between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from well_mixed import TIGHT

from nanospine import (
    SSA,
    Assembly,
    Boundary,
    Model,
    Particles,
    Polynomial,
    Reaction,
    Release,
    Result,
    Schedule,
    Species,
    budget,
    cube,
    simulate,
    sphere,
)
from nanospine.model import ModelError, SimulationError, units
from nanospine.results.estimates import Estimate

CELL = Assembly({"cytosol": cube(0.02), "er": cube(0.004)})
OUTER, INNER = CELL.compartments
AREA = CELL.area("er.membrane")
#: Molecules at 1 uM in each.
PER_UM = {space.name: units.molecules(1.0, space.volume) for space in CELL.compartments}
RTOL = 1e-6


def cell(*reactions: Reaction, releases: list[Release], boundaries: tuple[Boundary, ...] = ()) -> Model:
    """A cytosol with a reticulum in it; species of the membrane begin with P."""
    terms = [t for r in reactions for s in r.steps for t in s.reactants + s.products]
    names = sorted({t.species for t in terms} | {name for release in releases for name in release.fractions})
    species = [Species(n, where="surface") if n.startswith("P") else Species(n, 200.0, content={"A": 1}) for n in names]
    return Model(CELL, species=species, reactions=reactions, releases=releases, boundaries=boundaries)


def within(result: Result, compartment: str, species: str = "A") -> np.ndarray:
    return result.dataset["within"].sel(species=species, compartment=compartment).values


def in_both(a: float, b: float, species: str = "A") -> list[Release]:
    """Numbers in cytosol and reticulum."""
    return [Release(species, concentration=n / PER_UM[c], compartment=c) for n, c in ((a, "cytosol"), (b, "er"))]


class TestRateEquations:
    def test_a_permeable_wall_relaxes_as_two_compartments_do(self) -> None:
        outwards, inwards = 3.0, 5.0
        wall = Boundary("er.membrane", "A", "permeable", permeability=(outwards, inwards))
        result = simulate(cell(releases=in_both(100.0, 300.0), boundaries=(wall,)), 0.05, TIGHT)
        out, back = outwards * AREA / INNER.volume, inwards * AREA / OUTER.volume
        rest = 400 * back / (out + back)
        expected = rest + (300 - rest) * np.exp(-(out + back) * result.time)
        np.testing.assert_allclose(within(result, "er"), expected, rtol=RTOL)
        np.testing.assert_allclose(result.number("A"), 400, rtol=RTOL)

    def test_a_wall_to_nowhere_only_loses(self) -> None:
        wall = Boundary("cytosol.membrane", "A", "permeable", permeability=20.0)
        result = simulate(cell(releases=in_both(100.0, 50.0), boundaries=(wall,)), 0.01, TIGHT)
        rate = 20.0 * CELL.area("cytosol.membrane") / OUTER.volume
        np.testing.assert_allclose(within(result, "cytosol"), 100 * np.exp(-rate * result.time), rtol=RTOL)
        np.testing.assert_allclose(within(result, "er"), 50, rtol=RTOL)

    def test_a_partial_absorber_takes_from_both_sides(self) -> None:
        wall = Boundary("er.membrane", "A", "partially-absorbing", velocity=4.0)
        result = simulate(cell(releases=in_both(100.0, 100.0), boundaries=(wall,)), 0.02, TIGHT)
        for space in CELL.compartments:
            rate = 4.0 * AREA / space.volume
            np.testing.assert_allclose(within(result, space.name), 100 * np.exp(-rate * result.time), rtol=RTOL)

    def test_a_passage_goes_both_ways_at_the_concentrations_there(self) -> None:
        """As with a permeable wall, k O in place of P A; unequal rates make an equilibrium constant."""
        out, back, channels = 300.0, 100.0, 40
        model = cell(
            Reaction("A[inside] + PO <-> PO + A[outside]", out, back),
            releases=[*in_both(0.0, 300.0), Release("PO", number=channels, region="er.membrane")],
        )
        result = simulate(model, 0.02, TIGHT)
        leaves, returns = out * channels / PER_UM["er"], back * channels / PER_UM["cytosol"]
        rest = 300 * returns / (leaves + returns)
        expected = rest + (300 - rest) * np.exp(-(leaves + returns) * result.time)
        np.testing.assert_allclose(within(result, "er"), expected, rtol=RTOL)

    def test_a_pump_on_the_inner_membrane_binds_outside_and_releases_inside(self) -> None:
        """With few molecules bound and a held cytosol, into the reticulum flow k_out times the bound pumps."""
        held, pumps, on, off, k_out = 2.0, 50, 100.0, 60.0, 40.0
        model = cell(
            Reaction("A[outside] + P0 <-> P1", on, off),
            Reaction("P1 -> P0 + A[inside]", k_out),
            releases=[Release("P0", number=pumps, region="er.membrane")],
            boundaries=(Boundary("cytosol.membrane", "A", "clamp", concentration=held),),
        )
        result = simulate(model, 0.2, TIGHT)
        np.testing.assert_allclose(within(result, "cytosol"), held * PER_UM["cytosol"], rtol=1e-12)
        bound = pumps * on * held / (on * held + off + k_out)
        speed = on * held + off + k_out
        np.testing.assert_allclose(within(result, "er", "P1"), bound * -np.expm1(-speed * result.time), rtol=RTOL)
        pumped = k_out * bound * (result.time + np.expm1(-speed * result.time) / speed)
        np.testing.assert_allclose(within(result, "er"), pumped, rtol=RTOL)
        assert (within(result, "cytosol", "P1") == 0).all()

    def test_reactions_of_the_volume_happen_in_each_at_its_own_concentrations(self) -> None:
        model = cell(Reaction("A + A -> B", 2.0), Reaction("0 -> C", 5.0), releases=in_both(400.0, 50.0))
        result = simulate(model, 0.01, TIGHT)
        for name, start in (("cytosol", 400.0), ("er", 50.0)):
            expected = start / (1 + 4.0 * start / PER_UM[name] * result.time)
            np.testing.assert_allclose(within(result, name), expected, rtol=RTOL)
            np.testing.assert_allclose(within(result, name, "C"), 5.0 * PER_UM[name] * result.time, rtol=RTOL)

    def test_pairs_of_a_membrane_meet_on_its_own_area(self) -> None:
        model = cell(
            Reaction("PA + PB -> PC", 0.05),
            releases=[Release(n, number=60, region=f"{c}.membrane") for n in ("PA", "PB") for c in ("cytosol", "er")],
        )
        result = simulate(model, 0.05, TIGHT)
        for part in CELL.compartment_names:
            area = CELL.area(f"{part}.membrane")
            expected = 60 / (1 + 60 * 0.05 / area * result.time)
            np.testing.assert_allclose(within(result, part, "PA"), expected, rtol=RTOL)

    def test_a_rate_that_steps_does_so_in_each(self) -> None:
        model = cell(Reaction("A -> B", Schedule([0.0, 1e-3], [0.0, 500.0])), releases=in_both(100.0, 20.0))
        result = simulate(model, 3e-3, TIGHT)
        left = np.exp(-500 * np.maximum(result.time - 1e-3, 0.0))
        np.testing.assert_allclose(within(result, "er"), 20 * left, rtol=RTOL)
        np.testing.assert_allclose(within(result, "cytosol"), 100 * left, rtol=RTOL)

    def test_three_engines_write_the_same_variables(self) -> None:
        wall = Boundary("er.membrane", "A", "permeable", permeability=4.0)
        model = cell(Reaction("A -> B", 10.0), releases=in_both(50.0, 20.0), boundaries=(wall,))
        runs = {engine: simulate(model, 1e-4, engine=engine, every=5e-5) for engine in ("particles", "ssa", "ode")}
        for name, known in runs["particles"].dataset[["number", "within", "event", "crossing"]].items():
            assert runs["ssa"].dataset[name].dims == known.dims
            for coordinate in set(known.dims) - {"time"}:
                assert list(runs["ssa"].dataset[coordinate].values) == list(known[coordinate].values)
        assert runs["ode"].dataset["within"].dims == runs["particles"].dataset["within"].dims
        for run in runs.values():
            readout = run.readout("A", compartment="er")
            assert readout.volume == INNER.volume
            np.testing.assert_allclose(readout.ions, within(run, "er"), atol=1e-9)
            assert run.volume == CELL.volume


class TestWithoutAMolecule:
    """Reactions across a membrane that none of its molecules carries, and in one compartment."""

    def test_a_leak_is_per_volume_inside(self) -> None:
        """k (c_in - c_out) in the volume inside."""
        leak = Reaction("A[inside] <-> A[outside]", 40.0, 40.0, compartment="er")
        result = simulate(cell(leak, releases=in_both(0.0, 300.0)), 0.05, TIGHT)
        speed = 40.0 * (1 + INNER.volume / OUTER.volume)
        rest = 300 * INNER.volume / CELL.volume
        expected = rest + (300 - rest) * np.exp(-speed * result.time)
        np.testing.assert_allclose(within(result, "er"), expected, rtol=RTOL)

    def test_pairs_meet_across_it(self) -> None:
        model = cell(
            Reaction("A[outside] + B[inside] -> C[outside]", 5.0),
            releases=[Release("A", number=200), Release("B", number=200, compartment="er")],
        )
        for result in (simulate(model, 0.05, TIGHT), simulate(model, 0.05, "ssa")):
            left = 200 / (1 + 5.0 * 200 / PER_UM["cytosol"] * result.time)
            tolerance = {"rtol": RTOL} if result.run.engine == "ode" else {"atol": 5 * np.sqrt(200)}
            np.testing.assert_allclose(result.number("A"), left, **tolerance)
            np.testing.assert_array_equal(result.number("A"), within(result, "cytosol"))

    def test_every_membrane_has_it_unless_one_is_named(self) -> None:
        everywhere = Reaction("A[inside] -> B[outside]", 100.0)
        for reaction, left in ((everywhere, 0.0), (replace(everywhere, compartment="er"), 300.0)):
            result = simulate(cell(reaction, releases=in_both(300.0, 50.0)), 1.0, TIGHT, every=1.0)
            assert within(result, "cytosol")[-1] == pytest.approx(left, abs=1e-6)
            assert within(result, "er")[-1] == pytest.approx(0.0, abs=1e-6)
            assert within(result, "cytosol", "B")[-1] == pytest.approx(50.0)

    def test_a_source_may_be_in_one_compartment(self) -> None:
        model = cell(Reaction("0 -> A", 20.0, compartment="er"), Reaction("A -> B", 5.0), releases=[])
        assert Model.from_document(model.to_document()).reactions == model.reactions
        result = simulate(model, 0.1, TIGHT)
        assert not within(result, "cytosol").any()
        np.testing.assert_allclose(within(result, "er"), PER_UM["er"] * 4.0 * -np.expm1(-5.0 * result.time), rtol=RTOL)

    def test_molecules_on_two_sides_are_no_pair_of_a_kind(self) -> None:
        """k [A] ([A] - a) counts different molecules only if both are on one side."""
        law = Polynomial({"A[inside] + A[outside]": 2.0}, {"A[inside]": 2.0 / PER_UM["er"]})
        assert law.as_mass_action(PER_UM["er"]) is None

    @pytest.mark.parametrize(
        ("reaction", "message"),
        [
            (
                Reaction("A[inside] -> B", 1.0),
                r"'A\[inside\] -> B': a side belongs to volume species in reactions at a",
            ),
            (Reaction("A[inside] + B -> C[outside]", 1.0), r"write B\[inside\] or B\[outside\]"),
            (
                Reaction("0 -> A", 1.0, compartment="ER"),
                "'0 -> A': compartment 'ER' is unknown; known are: cytosol, er",
            ),
            (Reaction("P -> PA", 1.0, compartment="er"), "compartment 'er' is given to one of surface molecules"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, reaction: Reaction, message: str) -> None:
        with pytest.raises(ModelError, match=message):
            cell(reaction, releases=[])

    @pytest.mark.parametrize(
        ("reaction", "message"),
        [
            (
                Reaction("A[inside] -> A[outside]", 1.0),
                "crosses a membrane without a molecule of it, and engine=",
            ),
            (
                Reaction("A -> B", 1.0, compartment="er"),
                'happens in one compartment only, and engine="particles" takes',
            ),
        ],
    )
    def test_particles_refuse_it(self, reaction: Reaction, message: str) -> None:
        with pytest.raises(ModelError, match=message):
            simulate(cell(reaction, releases=[]), 1e-6, "particles")


class TestClamps:
    CLAMP = Boundary("er.membrane", "A", "clamp", concentration=3.0)

    def test_the_compartments_on_both_sides_have_the_concentration(self) -> None:
        model = cell(Reaction("A -> B", 100.0), releases=in_both(7.0, 0.0), boundaries=(self.CLAMP,))
        result = simulate(model, 0.01, TIGHT)
        for name in CELL.compartment_names:
            np.testing.assert_allclose(within(result, name), 3.0 * PER_UM[name], rtol=1e-12)
            np.testing.assert_allclose(within(result, name, "B"), 300.0 * PER_UM[name] * result.time, rtol=RTOL)

    def test_pairs_of_a_held_species_meet_as_those_of_a_number_that_scatters_about_it(self) -> None:
        model = cell(Reaction("A + A -> B", 5.0), releases=[], boundaries=(self.CLAMP,))
        result = simulate(model, 0.01, "ssa", every=0.01)
        expected = 5.0 * 9.0 * 0.01 * sum(PER_UM.values())
        assert abs(Estimate.of_count(float(result.dataset["event"][-1, 0])).z(expected)) < 4

    def test_whole_molecules_are_held_at_a_number_beside_it_that_is_right_on_average(self) -> None:
        model = cell(releases=[Release("A", number=30)], boundaries=(self.CLAMP,))
        found = np.array([within(simulate(model, 1e-3, SSA(), trial=k, every=1e-3), "er")[-1] for k in range(40)])
        exact = 3.0 * PER_UM["er"]
        assert set(found) <= {np.floor(exact), np.ceil(exact)}
        assert abs(found.mean() - exact) < 0.5

    def test_what_reactions_take_and_make_comes_and_goes_through_it(self) -> None:
        model = cell(
            Reaction("A -> 0", 200.0),
            Reaction("B -> B + A", 300.0),
            releases=[Release("B", number=20)],
            boundaries=(Boundary("cytosol.membrane", "A", "clamp", concentration=3.0),),
        )
        result = simulate(model, 0.01, "ssa")
        assert not budget(result, "A").any()
        assert result.dataset["crossing"][-1].values.min() > 20

    def test_two_concentrations_in_one_compartment_are_refused(self) -> None:
        model = cell(
            releases=in_both(1.0, 1.0),
            boundaries=(self.CLAMP, Boundary("cytosol.membrane", "A", "clamp", concentration=4.0)),
        )
        with pytest.raises(ModelError, match=r"clamp 'cytosol' at 3 and 4 uM, and well mixed it has one concentration"):
            simulate(model, 1e-3, "ode")


class TestJumps:
    """The mean of the jump process is the rate equations' where these are linear."""

    MODEL = cell(
        Reaction("A[inside] + PO <-> PO + A[outside]", 40.0, 60.0),
        Reaction("A -> B", 50.0),
        Reaction("0 -> A", 100.0),
        releases=[*in_both(100.0, 40.0), Release("PO", number=10, region="er.membrane")],
        boundaries=(
            Boundary("er.membrane", "A", "permeable", permeability=(1.0, 3.0)),
            Boundary("cytosol.membrane", "A", "partially-absorbing", velocity=2.0),
        ),
    )

    @pytest.mark.parametrize("method", ["exact", "tau-leaping"])
    def test_the_mean_is_that_of_the_rate_equations(self, method: str) -> None:
        t = 5e-3
        smooth = simulate(self.MODEL, t, TIGHT, every=t)
        runs = [simulate(self.MODEL, t, SSA(method), trial=k, every=t) for k in range(60)]
        for species in ("A", "B"):
            for name in CELL.compartment_names:
                found = Estimate.of([within(run, name, species)[-1] for run in runs])
                assert abs(found.z(within(smooth, name, species)[-1])) < 4

    def test_every_molecule_is_accounted_for(self) -> None:
        result = simulate(self.MODEL, 0.02, "ssa")
        model = result.model
        number = np.sum([within(result, name, "A") for name in CELL.compartment_names], axis=0)
        data = result.dataset
        crossing = data["crossing"].sel(boundary="cytosol.membrane/A")
        made = data["event"].sel(reaction="0 -> A") - data["event"].sel(reaction="A -> B")
        np.testing.assert_array_equal(number - number[0], (made - crossing.sel(direction="out")).values)
        assert crossing.sel(direction="in")[-1] == 0
        assert model.steps[0].name in data["reaction"]

    def test_a_law_of_pairs_counts_the_molecules_of_its_own_compartment(self) -> None:
        """k [A] ([A] - a), a being one molecule in the reticulum, is of pairs there, and a law of its own elsewhere."""
        law = Polynomial({"2 A": 5.0}, {"A": 5.0 / PER_UM["er"]})
        model = cell(Reaction("A -> B", law), releases=[Release("A", number=1, compartment="er")])
        assert within(simulate(model, 1.0, "ssa"), "er")[-1] == 1


class TestStarts:
    MODEL = cell(Reaction("A -> B", 50.0), releases=in_both(100.0, 40.0))

    @pytest.mark.parametrize("engine", [Particles(dt=2e-6), "ssa", "ode"])
    def test_a_run_goes_on_with_the_numbers_in_each(self, engine: Particles | str, tmp_path: Path) -> None:
        first = simulate(self.MODEL, 1e-3, engine, every=5e-4)
        second = simulate(self.MODEL, 1e-3, "ode", start=first)
        second.save(tmp_path / "second")
        again = Result.load(tmp_path / "second")
        for name in CELL.compartment_names:
            assert within(again, name)[0] == pytest.approx(within(first, name)[-1])
        assert again.run.start == first.end

    def test_a_run_of_other_compartments_is_refused(self) -> None:
        alone = Model(cube(0.02), species=self.MODEL.species, releases=[Release("A", number=3)])
        first = simulate(alone, 1e-3, "ode")
        with pytest.raises(SimulationError, match="has other compartments than this model; take one of the same comp"):
            simulate(self.MODEL, 1e-3, "ode", start=first)


def test_releases_come_into_their_compartments() -> None:
    model = cell(
        releases=[
            Release("A", number=20),
            Release("A", number=7, compartment="er"),
            Release("A", points=[[0.0, 0.0, 0.0], [0.12, 0.12, 0.12], [0.12, 0.12, 0.0]]),
            Release({"B": 0.5, "C": 0.5}, number=40, compartment="er", at=5e-4),
            Release("PA", density=100.0, region=("cytosol.membrane", "er.membrane")),
            Release("PB", points=[[0.0, 0.0, 0.08], [0.0, 0.0, 0.13], [0.0, 0.0, 0.2]]),
        ]
    )
    smooth, jumps = (simulate(model, 2e-3, engine, every=1e-3) for engine in ("ode", "ssa"))
    for result in (smooth, jumps):
        assert [within(result, c, s)[0] for s in ("A", "PB") for c in ("cytosol", "er")] == pytest.approx([22, 8, 2, 1])
        assert (within(result, "er", "B") + within(result, "er", "C")).round(9).tolist() == [0, 40, 40]
    for part in CELL.compartment_names:
        assert within(smooth, part, "PA")[0] == pytest.approx(100 * CELL.area(f"{part}.membrane"))


def test_nothing_happens_outside_of_everything() -> None:
    """Where there is no compartment there is nothing to be bound, as in the particle engine."""
    model = cell(
        Reaction("A[outside] + P0 -> P1", 100.0),
        releases=[*in_both(50.0, 50.0), *(Release("P0", number=10, region=f"{c}.membrane") for c in PER_UM)],
    )
    result = simulate(model, 1.0, "ode")
    assert within(result, "cytosol", "P1")[-1] == 0
    assert within(result, "er", "P1")[-1] == pytest.approx(10)


def test_binding_from_outside_of_the_only_mesh_is_refused() -> None:
    model = Model(
        sphere(0.1), species=[Species("A", 1.0), Species("P", where="surface")],
        reactions=[Reaction("A[outside] + P -> P", 1.0)],
    )  # fmt: skip
    for engine in ("ode", "ssa", "particles"):
        with pytest.raises(ModelError, match="happens outside 'sphere', where there is no compartment; put a mesh"):
            simulate(model, 1e-3, engine)


@pytest.mark.parametrize("rule", ["absorbing", "absorbing-segment", "transparent"])
def test_walls_without_a_rate_are_refused(rule: str) -> None:
    model = cell(releases=in_both(1.0, 1.0), boundaries=(Boundary("er.membrane", "A", rule),))
    with pytest.raises(ModelError, match=rf"er\.membrane/A is {rule}, and where all is well mixed .* give it a rate"):
        simulate(model, 1e-3, "ssa")
