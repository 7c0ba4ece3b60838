"""SBML models of several compartments: nested boxes of their volumes, and ways between them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import call
from scipy.linalg import expm
from small_sbml import Small
from well_mixed import TIGHT

from nanospine import SSA, Assembly, Model, NanospineWarning, Result, box, cube, read_sbml, simulate
from nanospine.interop.sbml import SbmlError
from nanospine.model import ModelError
from nanospine.model.units import MOLECULES_PER_UM3_PER_UM
from nanospine.results.estimates import Estimate

RTOL = 1e-6
#: 0.1 uM in 0.9 fl beside 10 uM in 0.1 fl: 0.5 fl/s leak through the membrane between them.
START = {"Ca in cyt": 0.09 * MOLECULES_PER_UM3_PER_UM, "CaER in er": 1.0 * MOLECULES_PER_UM3_PER_UM}
LEAKY = Small({"cyt": 0.9, "er": 0.1}, START, {"CaER -> Ca": "leak * (CaER - Ca)"}, {"leak": 0.5})
BOTH_WAYS = replace(LEAKY, reactions={"CaER <-> Ca": "leak * (CaER - Ca)"})


def uM(result: Result, species: str) -> np.ndarray:
    """Concentration of a species in the compartment that it is in."""
    within = result.dataset["within"].sel(species=species)
    home = int(within.values.any(axis=0).argmax())
    assert not np.delete(within.values, home, axis=1).any()
    return within.values[:, home] / (MOLECULES_PER_UM3_PER_UM * result.model.mesh.compartments[home].volume)


def around(model: Model) -> dict[str, str]:
    """What is around each compartment, "" around the outermost."""
    names = model.mesh.compartment_names
    sides = np.unique(model.mesh.face_compartments, axis=0)
    return {names[inner]: names[outer] if outer >= 0 else "" for inner, outer in sides}


class TestLeak:
    """The difference decays with leak (1 / V1 + 1 / V2), and 0.9 c + 0.1 c_er stays what it is."""

    @pytest.mark.parametrize("small", [LEAKY, BOTH_WAYS], ids=["irreversible", "reversible"])
    def test_concentrations_are_right_and_nothing_is_lost(self, small: Small, tmp_path: Path) -> None:
        result = simulate(small.read(tmp_path), 0.2, TIGHT, every=0.02)
        outer, inner = uM(result, "Ca"), uM(result, "CaER")
        assert (outer[-1], inner[-1]) == pytest.approx((0.7641, 4.0231), abs=5e-5)
        np.testing.assert_allclose(0.9 * outer + 0.1 * inner, 1.09, rtol=RTOL)
        np.testing.assert_allclose(inner - outer, 9.9 * np.exp(-0.5 * (1 / 0.9 + 1 / 0.1) * result.time), rtol=RTOL)

    @pytest.mark.parametrize("small", [LEAKY, BOTH_WAYS], ids=["irreversible", "reversible"])
    def test_the_jump_process_has_the_same_mean(self, small: Small, tmp_path: Path) -> None:
        model = small.read(tmp_path)
        found = Estimate.of([uM(simulate(model, 0.2, SSA(), trial=k, every=0.2), "CaER")[-1] for k in range(60)])
        assert abs(found.z(4.02311)) < 4

    def test_two_directions_are_two_events_that_come_to_rest(self, tmp_path: Path) -> None:
        model = BOTH_WAYS.read(tmp_path)
        assert [step.name for step in model.steps] == ["r0", "r0 (reverse)"]
        result = simulate(model, 20.0, "ssa", every=0.5)
        numbers = result.dataset["within"].sel(species="CaER", compartment="er").values[4:]
        mean, total = numbers.mean(), 1.09 * MOLECULES_PER_UM3_PER_UM
        assert abs(mean - 0.1 * total) < 4 * np.sqrt(0.09 * total / len(numbers))

    def test_compartments_keep_their_names_and_sizes(self, tmp_path: Path) -> None:
        model = LEAKY.read(tmp_path)
        assert around(model) == {"cyt": "", "er": "cyt"}
        assert [space.volume for space in model.mesh.compartments] == pytest.approx([0.9, 0.1], rel=1e-12)
        assert [release.compartment for release in model.releases] == ["cyt", "er"]

    def test_litres_and_moles_are_the_same_model(self, tmp_path: Path) -> None:
        """A leak of 0.5e-15 l/s between 0.9e-15 l and 0.1e-15 l."""
        small = replace(LEAKY, compartments={"cyt": 0.9e-15, "er": 0.1e-15}, parameters={"leak": 0.5e-15})
        text = small.text().replace("volumeUnits='fl'", "volumeUnits='litre'").replace("'item'", "'mole'")
        for amount, moles in ((START["Ca in cyt"], 0.09e-21), (START["CaER in er"], 1e-21)):
            text = text.replace(repr(amount), repr(moles))
        (tmp_path / "litres.xml").write_text(text)
        result = simulate(read_sbml(tmp_path / "litres.xml"), 0.2, TIGHT, every=0.2)
        assert (uM(result, "Ca")[-1], uM(result, "CaER")[-1]) == pytest.approx((0.7641, 4.0231), abs=5e-5)

    def test_each_compartment_may_have_a_unit_of_its_own(self, tmp_path: Path) -> None:
        """A leak of 0.5 substances per time at the difference of concentrations in their own units is none of 0.5."""
        text = LEAKY.text().replace("size='0.1'", "size='1e-16' units='litre'")
        (tmp_path / "mixed.xml").write_text(text)
        model = read_sbml(tmp_path / "mixed.xml")
        assert [space.volume for space in model.mesh.compartments] == pytest.approx([0.9, 0.1], rel=1e-12)
        [step] = model.steps
        coefficients = {product.terms[0].species: product.coefficient for product in step.addends}
        assert coefficients == pytest.approx({"CaER": 5e15, "Ca": 5.0})

    def test_amounts_are_divided_by_the_size_of_their_own_compartment(self, tmp_path: Path) -> None:
        small = replace(LEAKY, reactions={"CaER -> Ca": "leak * (CaER / er - Ca / cyt)"}, amounts="Ca CaER")
        result = simulate(small.read(tmp_path), 0.2, TIGHT, every=0.2)
        assert (uM(result, "Ca")[-1], uM(result, "CaER")[-1]) == pytest.approx((0.7641, 4.0231), abs=5e-5)

    def test_particles_need_a_molecule_that_lets_them_through(self, tmp_path: Path) -> None:
        one_way = replace(LEAKY, reactions={"CaER -> Ca": "leak * CaER"}).read(tmp_path)
        with pytest.raises(
            ModelError, match=r"'r0' crosses a membrane without a molecule of it, and engine=\"particles"
        ):
            simulate(one_way, 1e-6, "particles")

    def test_the_table_of_a_run_has_concentrations_in_each_compartment(self, tmp_path: Path) -> None:
        (tmp_path / "leaky.xml").write_text(LEAKY.text())
        result = call("import", tmp_path / "leaky.xml", "--out", tmp_path / "out", "--duration", "5", "--every", "0.2")
        assert result.exit_code == 0, result.output
        table = pd.read_csv(tmp_path / "out" / "concentrations.csv", index_col="time")
        assert list(table) == ["Ca in cyt", "CaER in er"]
        assert table.loc[0.2].values == pytest.approx([0.7641, 4.0231], abs=5e-4)
        assert table.loc[5.0].values == pytest.approx([1.09, 1.09], rel=1e-4)
        assert "cyt 0.9, er 0.1" in result.output


class TestNesting:
    def test_three_in_a_chain(self, tmp_path: Path) -> None:
        """Each way passes P (c1 - c2); the rate equations are linear."""
        volume, ways = {"er": 0.2, "cyt": 1.0, "out": 3.0}, [("er", "cyt", 0.4), ("cyt", "out", 1.5)]
        start = {"A in er": 300.0, "B in cyt": 20.0, "C in out": 50.0}
        names = {label.split(" in ")[1]: label.split(" in ")[0] for label in start}
        laws = {f"{names[a]} <-> {names[b]}": f"{p} * ({names[a]} - {names[b]})" for a, b, p in ways}
        model = Small(volume, start, laws).read(tmp_path)
        assert around(model) == {"er": "cyt", "cyt": "out", "out": ""}
        rates, order = np.zeros((3, 3)), list(volume)
        for a, b, p in ways:
            i, j = order.index(a), order.index(b)
            rates[[i, j], [i, j]] -= p / volume[a], p / volume[b]
            rates[[j, i], [i, j]] += p / volume[a], p / volume[b]
        result = simulate(model, 0.5, TIGHT, every=0.5)
        expected = expm(0.5 * rates) @ list(start.values())
        found = [result.dataset["within"].sel(species=names[c], compartment=c).values[-1] for c in order]
        np.testing.assert_allclose(found, expected, rtol=RTOL)

    def test_several_within_one_and_one_beside_them(self, tmp_path: Path) -> None:
        volume = {"er": 0.3, "cyt": 0.5, "mito": 0.2, "well": 7.0, "nucleus": 1e-3}
        start = {f"S_{name} in {name}": 10.0 for name in volume}
        laws = {f"S_{name} -> S_cyt": f"0.1 * S_{name}" for name in ("er", "mito", "nucleus")}
        model = Small(volume, start, laws).read(tmp_path)
        assert around(model) == {"er": "cyt", "cyt": "", "mito": "cyt", "well": "", "nucleus": "cyt"}
        assert model.mesh.compartment_names == tuple(volume)
        assert [space.volume for space in model.mesh.compartments] == pytest.approx(list(volume.values()), rel=1e-11)
        result = simulate(model, 1.0, TIGHT, every=1.0)
        assert result.number("S_well")[-1] == pytest.approx(10.0)
        assert result.number("S_er")[-1] == pytest.approx(10.0 * np.exp(-0.1 / 0.3), rel=RTOL)

    def test_the_largest_is_the_outermost_whatever_the_order(self, tmp_path: Path) -> None:
        sizes = {"a": 0.1, "b": 5.0, "c": 0.2}
        laws = {"A -> C": "A", "C -> B": "C"}
        model = Small(sizes, {"A in a": 1.0, "B in b": 0.0, "C in c": 0.0}, laws).read(tmp_path)
        assert around(model) == {"a": "c", "b": "", "c": "b"}

    def test_level_2_says_what_is_outside_across_a_membrane_that_holds_nothing(self, tmp_path: Path) -> None:
        """Even if what is inside is larger."""
        (tmp_path / "level2.xml").write_text(LEVEL_2)
        model = read_sbml(tmp_path / "level2.xml")
        assert around(model) == {"ext": "", "cyt": "ext"}
        [reaction] = model.reactions
        assert reaction.equation == "B[inside] -> A[outside]"
        assert reaction.forward == pytest.approx(3.0 / 2.0)

    def test_a_circle_has_no_nesting(self, tmp_path: Path) -> None:
        laws = {"A -> B": "A", "B -> C": "B", "C -> A": "C"}
        small = Small({"a": 1.0, "b": 1.0, "c": 1.0}, {"A in a": 1.0, "B in b": 0.0, "C in c": 0.0}, laws)
        with pytest.raises(
            SbmlError, match=r"compartment 'c' is one of a circle of .* c - b - a: .*; leave one of the"
        ):
            small.read(tmp_path)

    def test_what_is_outside_may_contradict_the_reactions(self, tmp_path: Path) -> None:
        spaces = "<compartment id='x' size='1'/><compartment id='y' size='1' outside='x'/>"
        spaces += "<compartment id='z' size='1'/><compartment id='v' size='1' outside='z'/>"
        text = LEVEL_2.replace("<compartment id='ext' size='1'/>", f"<compartment id='ext' size='1'/>{spaces}")
        for old, new in (
            ("id='A' compartment='ext'", "id='A' compartment='y'"),
            ("id='B' compartment='cyt'", "id='B' compartment='v'"),
            ("</listOfSpecies>", "".join(
                f"<species id='S{c}' compartment='{c}' initialAmount='0'/>" for c in "xz") + "</listOfSpecies>"),
        ):  # fmt: skip
            text = text.replace(old, new)
        (tmp_path / "odd.xml").write_text(text)
        with pytest.raises(
            SbmlError, match=r"compartment 'y' has outside='x', and reactions between 'x', 'y', 'z', 'v'"
        ):
            read_sbml(tmp_path / "odd.xml")

    def test_a_reaction_is_in_one_compartment_or_between_two(self, tmp_path: Path) -> None:
        small = Small(
            {"a": 3.0, "b": 2.0, "c": 1.0}, {"A in a": 1.0, "B in b": 0.0, "C in c": 0.0}, {"A -> B": "A * C"}
        )
        with pytest.raises(SbmlError, match=r"reaction 'r0' is between the compartments 'a', 'c', 'b'; a reaction hap"):
            small.read(tmp_path)

    def test_more_compartments_than_any_cell_has(self, tmp_path: Path) -> None:
        many = {f"c{k}": 1.0 for k in range(101)}
        with pytest.raises(SbmlError, match="has 101 compartments with species; give at most 100"):
            Small(many, {f"S{name} in {name}": 1.0 for name in many}).read(tmp_path)

    def test_compartments_without_sizes_are_of_amounts_alone(self, tmp_path: Path) -> None:
        small = replace(LEAKY, reactions={"CaER -> Ca": "leak * CaER"}, amounts="Ca CaER")
        text = small.text().replace(" size='0.9'", "").replace(" size='0.1'", "")
        (tmp_path / "sizeless.xml").write_text(text)
        with pytest.warns(NanospineWarning, match="has amounts alone"):
            model = read_sbml(tmp_path / "sizeless.xml")
        result = simulate(model, 1.0, TIGHT, every=1.0)
        assert result.number("CaER")[-1] == pytest.approx(START["CaER in er"] * np.exp(-0.5), rel=RTOL)


#: B leaves a cytosol of 2 fl for an extracellular space of 1 fl at 3 fl/s, in Level 2.
LEVEL_2 = """<?xml version='1.0' encoding='UTF-8'?>
<sbml xmlns='http://www.sbml.org/sbml/level2/version4' level='2' version='4'><model id='m'>
<listOfUnitDefinitions>
<unitDefinition id='volume'><listOfUnits><unit kind='litre' scale='-15'/></listOfUnits></unitDefinition>
<unitDefinition id='substance'><listOfUnits><unit kind='item'/></listOfUnits></unitDefinition>
</listOfUnitDefinitions>
<listOfCompartments><compartment id='ext' size='1'/><compartment id='pm' spatialDimensions='2' size='1' outside='ext'/>
<compartment id='cyt' size='2' outside='pm'/></listOfCompartments>
<listOfSpecies><species id='A' compartment='ext' initialAmount='0'/>
<species id='B' compartment='cyt' initialAmount='100'/></listOfSpecies>
<listOfReactions><reaction id='out' reversible='false'>
<listOfReactants><speciesReference species='B'/></listOfReactants>
<listOfProducts><speciesReference species='A'/></listOfProducts>
<kineticLaw><math xmlns='http://www.w3.org/1998/Math/MathML'><apply><times/><cn>3</cn><ci>B</ci></apply></math></kineticLaw>
</reaction></listOfReactions></model></sbml>"""


class TestReactions:
    def test_of_the_second_order_across_a_membrane(self, tmp_path: Path) -> None:
        """Equal numbers n of A in the cytosol and B in the reticulum meet k n^2 / (V1 V2) times a second."""
        small = Small({"cyt": 0.8, "er": 0.25}, {"A in cyt": 400.0, "B in er": 400.0, "C in er": 0.0},
                      {"A + B -> C": "0.002 * A * B"})  # fmt: skip
        result = simulate(small.read(tmp_path), 1.0, TIGHT, every=0.25)
        expected = 400.0 / (1.0 + 0.002 / (0.8 * 0.25) * 400.0 * result.time)
        np.testing.assert_allclose(result.number("A"), expected, rtol=RTOL)
        np.testing.assert_allclose(
            result.dataset["within"].sel(species="C", compartment="er"), 400 - expected, atol=1e-3
        )

    def test_pairs_from_the_outer_compartment(self, tmp_path: Path) -> None:
        """k [A]^2 in substance per time of pairs in the cytosol that go into the reticulum."""
        small = Small({"cyt": 0.8, "er": 0.25}, {"A in cyt": 400.0, "B in er": 0.0}, {"A + A -> B": "0.001 * A^2"})
        result = simulate(small.read(tmp_path), 1.0, TIGHT, every=0.25)
        rate = 2 * 0.001 / 0.8**2
        np.testing.assert_allclose(result.number("A"), 400.0 / (1.0 + rate * 400.0 * result.time), rtol=RTOL)

    def test_a_source_is_in_its_own_compartment_only(self, tmp_path: Path) -> None:
        small = Small({"cyt": 0.9, "er": 0.1}, {"Ca in cyt": 0.0, "X in er": 0.0, "Y in er": 9.0},
                      {"0 -> Ca": "30", "0 -> X": "cyt * 100", "Y <-> 0": "0.5 * Y - 7"})  # fmt: skip
        model = small.read(tmp_path)
        assert [reaction.compartment for reaction in model.reactions] == ["cyt", "er", "er"]
        result = simulate(model, 2.0, TIGHT, every=2.0)
        numbers = result.dataset["within"][-1].to_pandas()
        assert numbers.loc["Ca"].to_dict() == pytest.approx({"cyt": 60.0, "er": 0.0})
        assert numbers.loc["X"].to_dict() == pytest.approx({"cyt": 0.0, "er": 180.0})
        # Y is a concentration in 0.1 fl: 5/s leave, 7 come.
        assert numbers.loc["Y", "er"] == pytest.approx(1.4 + 7.6 * np.exp(-5.0 * 2.0), rel=RTOL)
        with pytest.raises(ModelError, match="Reaction 'r0' happens in one compartment only"):
            simulate(model, 1e-6, "particles")

    def test_a_rate_may_depend_on_the_other_side_alone(self, tmp_path: Path) -> None:
        """Held calcium of 20 molecules in 0.9 fl lets 3 fl/s of it appear as X in the reticulum."""
        small = Small({"cyt": 0.9, "er": 0.1}, {"Ca in cyt": 20.0, "X in er": 0.0}, {"0 -> X": "3 * Ca"}, held="Ca")
        result = simulate(small.read(tmp_path), 1.0, TIGHT, every=1.0)
        assert result.dataset["within"].sel(species="X", compartment="er")[-1] == pytest.approx(3 * 20 / 0.9, rel=RTOL)

    def test_reactions_of_each_compartment_have_its_volume(self, tmp_path: Path) -> None:
        laws = {"A + A -> B": "cyt * 0.001 * A^2", "C + C -> D": "er * 0.001 * C^2"}
        small = Small(
            {"cyt": 0.9, "er": 0.1}, {"A in cyt": 90.0, "B in cyt": 0.0, "C in er": 10.0, "D in er": 0.0}, laws
        )
        result = simulate(small.read(tmp_path), 1.0, TIGHT, every=1.0)
        left = 1.0 / (1.0 + 2 * 0.001 * 100.0)
        assert [result.number(name)[-1] for name in "AC"] == pytest.approx([90 * left, 10 * left], rel=RTOL)


class TestMesh:
    def test_of_ones_own_needs_the_names_of_the_file(self, tmp_path: Path) -> None:
        mesh = Assembly({"cyt": cube(1.0), "er": box((0.5, 0.4, 0.5))})
        model = LEAKY.read(tmp_path, mesh)
        assert model.mesh is mesh
        result = simulate(model, 0.2, TIGHT, every=0.2)
        assert (uM(result, "Ca")[-1], uM(result, "CaER")[-1]) == pytest.approx((0.7641, 4.0231), abs=5e-5)
        with pytest.raises(
            SbmlError, match=r"'er' is none of the compartments of 'assembly', which are 'cyt', 'ER'; give"
        ):
            LEAKY.read(tmp_path, Assembly({"cyt": cube(1.0), "ER": cube(0.1)}))
        with pytest.raises(
            SbmlError, match=r"'cyt' is none of the compartments of 'cube', which are 'inside'; give an As"
        ):
            LEAKY.read(tmp_path, cube(1.0))

    def test_needs_a_membrane_between_those_that_exchange(self, tmp_path: Path) -> None:
        apart = Assembly({"cyt": cube(0.9), "er": cube(0.1).moved((2.0, 0.0, 0.0))})
        with pytest.raises(
            SbmlError, match="between the compartments 'cyt', 'er', and 'assembly' has no membrane between"
        ):
            LEAKY.read(tmp_path, apart)

    def test_one_compartment_of_several_may_be_the_files(self, tmp_path: Path) -> None:
        small = Small({"er": 0.1}, {"Ca in er": 50.0}, {"Ca -> 0": "er * 2 * Ca"})
        result = simulate(small.read(tmp_path, Assembly({"cyt": cube(1.0), "er": cube(0.1)})), 1.0, TIGHT, every=1.0)
        assert result.dataset["within"].sel(species="Ca", compartment="er")[-1] == pytest.approx(
            50 * np.exp(-2), rel=RTOL
        )


def test_a_flat_compartment_that_holds_species_is_refused(tmp_path: Path) -> None:
    text = LEVEL_2.replace("id='A' compartment='ext'", "id='A' compartment='pm'")
    (tmp_path / "flat.xml").write_text(text)
    with pytest.raises(
        SbmlError, match="compartment 'pm' has 2 dimensions: out of scope; give 3, of what is on a membr"
    ):
        read_sbml(tmp_path / "flat.xml")
