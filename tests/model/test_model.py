"""The declarative model: units, species, schedules, boundaries, releases, samplers, and how they fit together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanospine import (
    Boundary,
    Box,
    Model,
    Reaction,
    Release,
    Residence,
    Sampler,
    Scheme,
    Species,
    cube,
    cubic_head,
    proteins,
)
from nanospine.model import (
    GeometryError,
    ModelError,
    Schedule,
    train_times,
    units,
)
from nanospine.model.boundaries import RULES


class TestUnits:
    def test_one_ion_in_a_20_nm_cube_is_208_uM(self) -> None:
        """The house plan's own figure, to its three digits."""
        assert round(units.micromolar(1, 0.02**3)) == 208

    def test_a_micromolar_in_a_cubic_micrometre_is_602_molecules(self) -> None:
        assert units.molecules(1.0, 1.0) == pytest.approx(602.214076, rel=1e-15)

    @given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e3))
    def test_molecules_and_micromolar_undo_each_other(self, concentration: float, volume: float) -> None:
        assert units.micromolar(units.molecules(concentration, volume), volume) == pytest.approx(concentration)

    def test_habits_of_other_tools_are_converted_by_name(self) -> None:
        assert units.per_M_per_s(1.5e8) == pytest.approx(150.0)
        assert units.cm2_per_s(2.2e-6) == pytest.approx(220.0)
        assert units.m2_per_s(2.2e-10) == pytest.approx(220.0)

    def test_a_binding_rate_per_pair(self) -> None:
        """k [A] [B] V N_A = k_pair n_A n_B / V."""
        n_a, n_b, volume, rate = 30.0, 70.0, 0.05, 150.0
        per_uM = rate * units.micromolar(n_a, volume) * units.molecules(units.micromolar(n_b, volume), volume)
        assert units.um3_per_s(rate) * n_a * n_b / volume == pytest.approx(per_uM)


class TestSpecies:
    def test_is_its_own_group_unless_told(self) -> None:
        assert Species("Ca").group == "Ca"
        assert Species("CB_00", group="calbindin").group == "calbindin"

    def test_takes_numbers_of_numpy(self) -> None:
        assert Species("Ca", D=np.float32(220.0)).D == 220.0

    @pytest.mark.parametrize("name", ["", "2A", "a b", "A-B", "A\n", "é"])
    def test_names_are_letters_digits_and_underscores(self, name: str) -> None:
        with pytest.raises(ModelError, match="is not a name; use letters"):
            Species(name)

    @pytest.mark.parametrize("D", [-1.0, float("nan"), float("inf"), "fast", None, True])
    def test_diffusion_coefficients_are_finite_and_not_negative(self, D: object) -> None:
        with pytest.raises(ModelError, match=r"Species.*: D .*is .*; give a (finite )?number"):
            Species("A", D=D)

    def test_lives_in_a_volume_or_a_membrane(self) -> None:
        with pytest.raises(ModelError, match="where 'surfaces' is unknown; did you mean 'surface'"):
            Species("A", where="surfaces")


class TestSchedule:
    def test_is_constant_between_its_times(self) -> None:
        schedule = Schedule([0.0, 1.0, 3.0], [5.0, 0.0, 2.0])
        assert schedule.at([0.0, 0.5, 1.0, 2.9, 3.0, 100.0]).tolist() == [5.0, 5.0, 0.0, 0.0, 2.0, 2.0]
        assert schedule.integral(4.0) == 5.0 + 2.0
        assert schedule.scaled(2.0).values == (10.0, 0.0, 4.0)

    def test_pulses_return_to_zero_and_may_touch(self) -> None:
        assert Schedule.pulses([1.0, 2.0], 0.5, 3.0) == Schedule([0, 1, 1.5, 2, 2.5], [0, 3, 0, 3, 0])
        assert Schedule.pulses([0.0, 0.5], 0.5, 3.0).integral(9.0) == pytest.approx(3.0)

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: Schedule([], []), "0 times and 0 values; give one value per time"),
            (lambda: Schedule([0.0, 1.0], [1.0]), "2 times and 1 values"),
            (lambda: Schedule([1.0], [1.0]), "the first time is 1 s; begin at 0"),
            (lambda: Schedule([0.0, 2.0, 2.0], [1.0] * 3), "time 2 is 2 s, after 2 s; sort the times"),
            (lambda: Schedule([0.0], [-1.0]), "value 0 is -1.0; give a finite number >= 0"),
            (lambda: Schedule.pulses([0.0, 1.0], 1.5, 1.0), "lasts until 1.5 s, but the next begins at 1 s"),
            (lambda: Schedule.pulses([0.0], 0.0, 1.0), r"duration of a pulse \(s\) is 0.0; give a finite number > 0"),
        ],
    )
    def test_refuses_what_is_no_function_of_time(self, make: Callable[[], Schedule], message: str) -> None:
        with pytest.raises(ModelError, match=message):
            make()


class TestBoundary:
    def test_takes_the_rule_by_name(self) -> None:
        assert Boundary("neck", "Ca", "absorbing-segment").behaviour is RULES["absorbing-segment"]

    def test_refuses_an_unknown_rule(self) -> None:
        with pytest.raises(ModelError, match="neck/Ca: rule 'absorb' is unknown; did you mean 'absorbing'"):
            Boundary("neck", "Ca", "absorb")

    def test_keeps_the_parameter_of_its_rule(self) -> None:
        assert Boundary("neck", "Ca", "clamp", concentration=0.1).concentration == 0.1
        assert Boundary("neck", "Ca", "partially-absorbing", velocity=5.0).velocity == 5.0
        assert Boundary("er", "Ca", "permeable", permeability=2.0).ways == (2.0, 2.0)
        assert Boundary("er", "Ca", "permeable", permeability=(2.0, 3.0)).ways == (2.0, 3.0)

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: Boundary("a", "B", "clamp"), "is clamp but has no concentration; give concentration = ... .uM."),
            (lambda: Boundary("a", "B", "partially-absorbing", concentration=1.0), "has no use for a concentration"),
            (lambda: Boundary("a", "B", "partially-absorbing"), "has no velocity; give velocity = ... .um/s."),
            (lambda: Boundary("a", "B", "permeable"), "has no permeability; give permeability = ... .um/s."),
            (
                lambda: Boundary("a", "B", "permeable", permeability=(1.0, -2.0)),
                r"permeability \(um/s\) is -2.0; give a finite number >= 0",
            ),
            (
                lambda: Boundary("a", "B", "permeable", permeability=(1.0,)),
                r"permeability is \(1.0,\) .tuple.; give a number or a sequence of 2 numbers",
            ),
            (lambda: Boundary("a", "B", "absorbing", velocity=1.0), "is absorbing and has no use for a velocity"),
            (lambda: Boundary("a", "B", "clamp", concentration=-1.0), r"concentration \(uM\) is -1.0; give a finite"),
            (
                lambda: Boundary("a", "B", "partially-absorbing", velocity=float("inf")),
                "velocity is inf .*; give a finite number",
            ),
        ],
    )
    def test_refuses_a_parameter_that_is_missing_wrong_or_anothers(
        self, make: Callable[[], Boundary], message: str
    ) -> None:
        with pytest.raises(ModelError, match=message):
            make()


class TestRelease:
    def test_trains_of_releases_are_times(self) -> None:
        assert train_times(0.01, 3, delay=0.5) == pytest.approx([0.5, 0.51, 0.52])
        assert train_times(0.01, 2, trains=2, train_interval=0.1) == pytest.approx([0.0, 0.01, 0.1, 0.11])
        assert Release("A", number=1).times == (0.0,)
        assert Release("A", number=1, at=np.array([0.1, 0.2])).times == (0.1, 0.2)

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: Release("A", number=1, at=-1.0), r"Release of A: time \(s\) is -1.0; give a finite number >= 0"),
            (lambda: Release("A", number=1, at=()), "has no time; give at = 0 or later"),
            (lambda: Release("A", number=1, at=(1.0, 1.0)), "time 1 is 1 s, after 1 s; sort the times"),
            (lambda: Release("A", number=1, probability=1.1), "probability is 1.1; give a number from 0 to 1"),
            (lambda: train_times(0.0, 2), r"interval \(s\) is 0.0; give a finite number > 0"),
            (lambda: train_times(0.1, 0), "number of releases is 0; give a whole number >= 1"),
            (lambda: train_times(0.1, 3, trains=2, train_interval=0.2), "3 releases every 0.1 s take longer than"),
        ],
    )
    def test_refuses_times_that_are_none(self, make: Callable[[], object], message: str) -> None:
        with pytest.raises(ModelError, match=message):
            make()

    def test_takes_numbers_of_numpy(self) -> None:
        assert Release("A", number=np.int64(5)).number == 5

    @pytest.mark.parametrize(
        ("amount", "message"),
        [
            ({}, "has no amount; give exactly one of number, concentration, density, points"),
            ({"number": 1, "density": 2.0}, "has number, density; give exactly one"),
            ({"number": 1.5}, r"number is 1.5 \(float\); give a whole number"),
            ({"number": -1}, "number is -1; give a finite number >= 0"),
            ({"concentration": -0.1}, "concentration is -0.1; give a finite number >= 0"),
            ({"density": float("inf")}, "density is inf .*; give a finite number"),
            ({"points": [0.0, 0.0, 0.0]}, r"points have shape \(3,\); give finite coordinates of shape \(n, 3\)"),
            ({"points": [[0.0, 0.0, np.nan]]}, "give finite coordinates"),
            (
                {"points": [[0.0], [0.0, 0.0]]},
                r"points is \[\[0.0\], .* \(list\); give a number or an array",
            ),
        ],
    )
    def test_has_one_amount_that_can_be(self, amount: dict, message: str) -> None:
        with pytest.raises(ModelError, match=f"Release.*{message}"):
            Release("A", **amount)

    @pytest.mark.parametrize(
        ("fractions", "message"),
        [({"A": 0.6, "B": 0.5}, "fractions sum to 1.1; they must sum to 1"), ({"A": 1.5, "B": -0.5}, "B is -0.5")],
    )
    def test_fractions_of_states_sum_to_one(self, fractions: dict, message: str) -> None:
        with pytest.raises(ModelError, match=message):
            Release(fractions, number=1)

    def test_expected_numbers(self) -> None:
        mesh = cubic_head(0.125, neck_patch_edge_um=0.15)
        surface = Species("P", where="surface")
        model = Model(mesh, species=[Species("A"), surface], releases=[Release("A", number=3)])
        assert model.expected_number(Release("A", number=3)) == 3
        assert model.expected_number(Release("A", concentration=2.0)) == units.molecules(2.0, mesh.volume)
        assert model.expected_number(Release("A", points=[[0, 0, 0], [0, 0, 0.1]])) == 2
        assert model.expected_number(Release("P", density=100.0)) == pytest.approx(100 * 6 * 0.25)
        assert model.expected_number(Release("P", density=100.0, region=("neck", "psd"))) == pytest.approx(
            100 * (0.15**2 + 0.25)
        )


CUT = Box((0.24, 0.0, 0.24), (0.02, 0.02, 0.04))


def model(**parts: list) -> Model:
    """Return a cube of 0.5 um with a volume species A, a surface species P, and what is given."""
    species = [Species("A", 10.0, content={"Ca": 1}), Species("P", where="surface"), Species("Q", where="surface")]
    return Model(cube(0.125), species=species + parts.pop("species", []), **parts)


class TestModel:
    def test_joins_the_parts_of_its_schemes(self) -> None:
        scheme = Scheme((Species("B"),), (Reaction("A -> B", 1.0),), (Release("B", number=1),))
        joined = Model(
            cube(0.1),
            [scheme],
            species=[Species("A")],
            reactions=[Reaction("B -> A", 1.0)],
            samplers=[Sampler("a", "A")],
        )
        assert joined.species_names == ("B", "A")
        assert [step.name for step in joined.steps] == ["A -> B", "B -> A"]
        assert len(joined.releases) == 1

    def test_counts_what_each_species_carries(self) -> None:
        assert model().content("Ca").tolist() == [1, 0, 0]
        assert model().content("Mg").tolist() == [0, 0, 0]

    def test_a_sampler_flush_with_the_wall_is_inside(self) -> None:
        model(samplers=[Sampler("s", "A", Box((0.24, 0.0, 0.24), (0.02, 0.02, 0.02)))])

    def test_a_box_that_a_wall_cuts_is_refused(self) -> None:
        for what in ({"samplers": [Sampler("s", "A", CUT)]}, {"residences": [Residence("s", "A", CUT)]}):
            with pytest.raises(
                GeometryError, match=r"'s': point of its place .* lies outside the mesh; move it inside"
            ):
                model(**what)

    def test_an_unknown_species_asked_for_names_the_nearest(self) -> None:
        with pytest.raises(ModelError, match="Species 'a' is unknown; known are: A, P, Q"):
            model().index("a")

    @pytest.mark.parametrize(
        ("parts", "message"),
        [
            ({"species": [Species("A")]}, "Species 'A' is defined twice; rename or remove one"),
            ({"reactions": [Reaction("A -> 0", 1.0)] * 2}, "Reaction 'A -> 0' is defined twice"),
            ({"reactions": [Reaction("A -> B", 1.0)]}, "'A -> B': species 'B' is unknown; known are: A, P, Q"),
            ({"reactions": [Reaction("P[inside] -> Q", 1.0)]}, r"P is a surface species .* remove \[inside\]"),
            ({"reactions": [Reaction("A + P -> Q", 1.0)]}, r"write A\[inside\] or A\[outside\]"),
            ({"reactions": [Reaction("A[inside] -> 0", 1.0)]}, r"and only there; remove \[inside\]"),
            ({"reactions": [Reaction("A -> P", 1.0)]}, r"write A\[inside\] or A\[outside\]"),
            ({"reactions": [Reaction("A[inside] -> P", 1.0)]}, "makes 1 surface molecules from none"),
            ({"releases": [Release("B", number=1)]}, "Release: species 'B' is unknown"),
            ({"releases": [Release({"A": 0.5, "P": 0.5}, number=1)]}, "A/P mixes surface and volume species"),
            ({"releases": [Release("P", concentration=1.0)]}, r"P: surface species have a density \(1/um\^2\)"),
            ({"releases": [Release("A", density=1.0)]}, r"A: volume species have a concentration \(uM\)"),
            ({"releases": [Release("P", number=1, region="psd")]}, "region 'psd' is unknown; known are: membrane"),
            ({"boundaries": [Boundary("psd", "A", "absorbing")]}, "Boundary: region 'psd' is unknown"),
            ({"boundaries": [Boundary("membrane", "B", "absorbing")]}, "Boundary: species 'B' is unknown"),
            (
                {"boundaries": [Boundary("membrane", "P", "absorbing")]},
                "Boundary membrane/P is absorbing, .* one of: reflecting",
            ),
            ({"boundaries": [Boundary("membrane", "A", "absorbing")] * 2}, "'membrane/A' is defined twice"),
            ({"samplers": [Sampler("s", "A")] * 2}, "Sampler 's' is defined twice"),
            ({"samplers": [Sampler("s", "B")]}, "Sampler 's': species 'B' is unknown"),
            ({"samplers": [Sampler("s", "A", while_present="O")]}, "while_present 'O' is unknown"),
        ],
    )
    def test_refuses_parts_that_do_not_fit_together(self, parts: dict, message: str) -> None:
        with pytest.raises(ModelError, match=message):
            model(**parts)

    def test_refuses_a_model_without_species(self) -> None:
        with pytest.raises(ModelError, match="has no species; give at least one"):
            Model(cube(0.1))

    def test_refuses_points_outside_the_mesh(self) -> None:
        with pytest.raises(
            GeometryError, match=r"Release of A: point \[0.0, 0.0, 0.3\] um lies outside the mesh; move it"
        ):
            model(releases=[Release("A", points=[[0.0, 0.0, 0.2], [0.0, 0.0, 0.3]])])

    def test_refuses_more_surface_molecules_than_fit_also_in_sum(self) -> None:
        half = Release("P", density=6000.0)
        model(releases=[half])
        with pytest.raises(ModelError, match=r"All surface molecules together: 18000 molecules .* lower the density"):
            model(releases=[half, half])

    def test_proteins_are_schemes(self) -> None:
        spine = Model(cubic_head(0.05), [proteins.calcium(), proteins.calbindin(), proteins.pmca()])
        assert len(spine.species) == 1 + 9 + 2
        assert len(spine.steps) == 24 + 4
