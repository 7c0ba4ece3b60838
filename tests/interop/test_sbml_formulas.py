"""Kinetic laws of SBML that are no polynomials: in our units, in one direction or two, in time, there and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from foreign_sbml import REVERSIBLE, close, read, rule
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.special import lambertw
from small_sbml import Event, Small

from nanospine import (
    ODE,
    SSA,
    Formula,
    Model,
    Reaction,
    Release,
    Result,
    Schedule,
    Species,
    cube,
    read_sbml,
    simulate,
    write_sbml,
)
from nanospine.model.expressions import Constant, Operation, product, quotient, total, written

AT = {"A": 2.3, "B": 0.7, "E": 4.1}
ITEMS = ("substanceUnits='mole' extentUnits='mole'", "substanceUnits='item' extentUnits='item'")
AMOUNTS = ("hasOnlySubstanceUnits='false'", "hasOnlySubstanceUnits='true'")


def only(model: Model) -> Reaction:
    [reaction] = model.reactions
    return reaction


def value(law: object, time: float = 0.0) -> float:
    assert isinstance(law, Formula)
    return float(law.value({str(term): AT[term.species] for term in law.terms}, time))


class TestForm:
    @pytest.mark.parametrize(
        ("law", "expected"),
        [
            ("c * k * A / (1e-6 + A)", 2e6 * 2.3 / 3.3),
            ("k * c * A / (c * 1e9 + A)", 2e6 * 2.3 / 3.3),
            ("c * (k * A / (1e-6 + A) + k * B)", 2e6 * 2.3 / 3.3 + 2 * 0.7),
            ("k * A / (1e-6 + A)", 2e21 * 2.3 / 3.3),
            ("c * k * (A * 1e6)^2.5", 2e6 * 2.3**2.5),
            ("c * k * A^-1 * E", 2e6 * 4.1 / 2.3),
            ("c * k ^ (A * 1e6)", 1e6 * 2**2.3),
            ("c * exp(-A * 1e6) / (1 + sqrt(B * 1e6))", 1e6 * np.exp(-2.3) / (1 + 0.7**0.5)),
            ("c * root(3, A * 1e6)", 1e6 * 2.3 ** (1 / 3)),
            ("c * log(10, A * 1e6) * ln(E * 1e6)", 1e6 * np.log10(2.3) * np.log(4.1)),
            ("c * max(A, B, E) * min(A, B)/(1 + abs(A - E) * 1e6)", 4.1 * 0.7e-6 / 2.8),
        ],
    )
    def test_units_are_converted(self, tmp_path: Path, law: str, expected: float) -> None:
        """Of moles and litres: 1 M is 1e6 uM, and c is 1e-15 l."""
        assert value(only(read(tmp_path, law)).forward) == close(expected)

    def test_amounts_are_numbers_of_molecules(self, tmp_path: Path) -> None:
        """In items, in 1 um^3."""
        whole = (
            ("initialConcentration='2e-6'", "initialAmount='4'"),
            ("initialConcentration='1e-6'", "initialAmount='0'"),
        )
        reaction = only(read(tmp_path, "k * A / (5 + A)", ITEMS, AMOUNTS, *whole))
        per_uM = 602.214076
        assert value(reaction.forward) == close(2 * 2.3 * per_uM / (5 + 2.3 * per_uM) / per_uM)

    def test_other_units_of_time(self, tmp_path: Path) -> None:
        law = "c * A * piecewise(k / (1e-6 + A), time < 3, 0)"
        forward = only(read(tmp_path, law, ("timeUnits='second'", "timeUnits='ms'"))).forward
        assert [value(forward, time) for time in (2.9e-3, 3.1e-3)] == close([2e9 * 2.3 / 3.3, 0.0])

    def test_rules_are_put_in(self, tmp_path: Path) -> None:
        law = only(read(tmp_path, "c * q * A", rule("assignmentRule", "q", "k / (1 + B * 1e6)"))).forward
        assert value(law) == close(2 * 2.3 / 1.7)

    def test_numbers_that_step_below_zero(self, tmp_path: Path) -> None:
        law = only(read(tmp_path, "c * A / (1e-6 + A) * (3 + piecewise(1, time < 2, -2, time < 3, 4))")).forward
        assert [value(law, time) for time in (1.0, 2.5, 5.0)] == close([1e6 * n * 2.3 / 3.3 for n in (4, 1, 7)])

    @pytest.mark.parametrize(
        "law",
        [
            "c * " + " * ".join(["(A + B + E)"] * 60),
            "c * (A + B + E + A * B + A * E + B * E + 1)^20",
            "c * ((A^20)^20)^20",
            "c * A^1e9",
        ],
    )
    def test_a_polynomial_of_too_many_terms_is_one_too(self, tmp_path: Path, law: str) -> None:
        assert isinstance(only(read(tmp_path, law)).forward, Formula)


class TestDirections:
    @pytest.mark.parametrize(
        ("law", "forward", "backward"),
        [
            ("c * (k * A / (1e-6 + A) - 3 * B / (2e-6 + B))", 2e6 * 2.3 / 3.3, 3e6 * 0.7 / 2.7),
            ("c * (k * A - 3 * B) / (1 + A / 1e-6 + B / 2e-6)", 2 * 2.3 / 3.65, 3 * 0.7 / 3.65),
            ("c * k * (A - B / 4) / (1e-6 * (1 + B / 1e-6) + A)", 2e6 * 2.3 / 4.0, 0.5e6 * 0.7 / 4.0),
            ("c * (1 - E / 1e-5) * (A - B) / (1e-6 + A)", 0.59e6 * 2.3 / 3.3, 0.59e6 * 0.7 / 3.3),
            ("c * k * A / (1e-6 + A) * (1 - B / 1e-5)", 2e6 * 2.3 / 3.3 * 0.93, None),
            ("c * (A / (1e-6 + A) - A * B / (1e-6 + B))", 1e6 * 2.3 / 3.3 - 2.3 * 0.7 / 1.7, None),
        ],
    )
    def test_a_difference_is_two_rates_if_the_second_vanishes_without_products(
        self, tmp_path: Path, law: str, forward: float, backward: float | None
    ) -> None:
        reaction = only(read(tmp_path, law, REVERSIBLE))
        assert reaction.equation == ("A -> B" if backward is None else "A <-> B")
        assert value(reaction.forward) == close(forward)
        assert backward is None or value(reaction.backward) == close(backward)

    def test_a_law_below_zero_is_that_of_the_reverse(self, tmp_path: Path) -> None:
        reaction = only(read(tmp_path, "-c * 3 * B / (2e-6 + B)", REVERSIBLE))
        assert reaction.equation == "B -> A"
        assert value(reaction.forward) == close(3e6 * 0.7 / 2.7)

    def test_an_irreversible_reaction_is_one_event(self, tmp_path: Path) -> None:
        reaction = only(read(tmp_path, "c * (k * A - 3 * B) / (1 + A / 1e-6)"))
        assert reaction.equation == "A -> B"
        assert value(reaction.forward) == close((2 * 2.3 - 3 * 0.7) / 3.3)


def trees() -> st.SearchStrategy[object]:
    leaf = st.one_of(st.sampled_from([Constant(name) for name in "ABk"]), st.floats(0.1, 10.0).map(float))
    return st.recursive(
        leaf,
        lambda part: st.one_of(
            st.builds(lambda a, b: total([a, b]), part, part),
            st.builds(product, part, part),
            st.builds(quotient, part, part),
            st.builds(Operation, st.sampled_from(["min", "max"]), st.tuples(part, part)),
            st.builds(Operation, st.just("^"), st.tuples(part, part)),
            st.builds(Operation, st.sampled_from(["sqrt", "exp", "abs"]), st.tuples(part)),
        ),
        max_leaves=6,
    )


class TestThereAndBack:
    def there_and_back(self, directory: Path, *reactions: Reaction) -> list[Reaction]:
        model = Model(cube(0.3), species=[Species(name) for name in "ABE"], reactions=reactions)
        (directory / "model.xml").unlink(missing_ok=True)
        return list(read_sbml(write_sbml(model, directory / "model.xml")).reactions)

    @settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(trees())
    def test_every_formula_has_the_same_value(self, tmp_path: Path, tree: Operation) -> None:
        text = f"A/(1 + A) * {written(product(0.5, tree))}"
        try:
            law = Formula(text, {"k": 1.7} if "k" in text else {})
        except ValueError:
            assume(False)
        [back] = self.there_and_back(tmp_path, Reaction("A -> B", law, name="r"))
        if isinstance(back.forward, Formula):
            assert value(back.forward) == pytest.approx(value(law), rel=1e-12, nan_ok=True)

    def test_constants_that_step_in_time_and_modifiers(self, tmp_path: Path) -> None:
        law = Formula("v*A/(K + A)*E", {"v": Schedule([0, 2], [3, 0.5]), "K": 0.4})
        [back] = self.there_and_back(tmp_path, Reaction("A -> B", law, name="r"))
        assert (back.name, back.equation) == ("r", "A -> B")
        assert [value(back.forward, time) for time in (1.0, 3.0)] == close([value(law, time) for time in (1.0, 3.0)])

    def test_two_directions_come_back_as_one_reaction_if_they_are_told_apart(self, tmp_path: Path) -> None:
        below = "(1 + A/Ka + B/Kb)"
        known = {"v": 2.0, "Ka": 3.0, "Kb": 4.0}
        plain = Reaction(
            "A <-> B", Formula(f"v*A/{below}", known), Formula(f"v*B/{below}", known | {"v": 1.0}), "plain"
        )
        strange = Reaction("A <-> B", Formula("A/(1 + B)"), Formula("E^1.5"), "strange")
        mixed = Reaction("A <-> B", Formula("A/(1 + B)"), 3.0, "mixed")
        back = self.there_and_back(tmp_path, plain, strange, mixed)
        assert [reaction.equation for reaction in back] == ["A <-> B", "A -> B", "B -> A", "A -> B", "B -> A"]
        ours, theirs = (step for reaction in (plain, back[0]) for step in reaction.steps), back[0].steps
        for step, again in zip(ours, theirs, strict=False):
            assert value(again.law) == close(value(step.law))


MICHAELIS = """<?xml version='1.0' encoding='UTF-8'?>
<sbml xmlns='http://www.sbml.org/sbml/level3/version2/core' level='3' version='2'>
<model substanceUnits='item' extentUnits='item' volumeUnits='fl' timeUnits='second'>
<listOfUnitDefinitions><unitDefinition id='fl'><listOfUnits>
<unit kind='litre' exponent='1' scale='-15' multiplier='1'/></listOfUnits></unitDefinition></listOfUnitDefinitions>
<listOfCompartments><compartment id='head' spatialDimensions='3' size='1' constant='true'/></listOfCompartments>
<listOfSpecies>
<species id='KP' compartment='head' initialConcentration='6022.14076'
 hasOnlySubstanceUnits='false' boundaryCondition='false' constant='false'/>
<species id='K' compartment='head' initialConcentration='0'
 hasOnlySubstanceUnits='false' boundaryCondition='false' constant='false'/></listOfSpecies>
<listOfParameters><parameter id='Vmax' value='602.214076' constant='true'/>
<parameter id='Km' value='3011.07038' constant='true'/></listOfParameters>
<listOfReactions><reaction id='off' reversible='false'>
<listOfReactants><speciesReference species='KP' stoichiometry='1' constant='true'/></listOfReactants>
<listOfProducts><speciesReference species='K' stoichiometry='1' constant='true'/></listOfProducts>
<kineticLaw><math xmlns='http://www.w3.org/1998/Math/MathML'><apply><times/><ci>head</ci><apply><divide/>
<apply><times/><ci>Vmax</ci><ci>KP</ci></apply><apply><plus/><ci>Km</ci><ci>KP</ci></apply></apply></apply></math>
</kineticLaw></reaction></listOfReactions></model></sbml>"""


def test_an_enzyme_of_michaelis_and_menten_follows_the_closed_form(tmp_path: Path) -> None:
    """In items and fl; S = Km W(S0/Km exp((S0 - Vmax t)/Km)), Km = 5 uM, Vmax = 1 uM/s, S0 = 10 uM."""
    (tmp_path / "mm.xml").write_text(MICHAELIS)
    exact = 5 * lambertw(2 * np.exp((10 - 5) / 5)).real
    assert exact == pytest.approx(6.874, abs=5e-4)
    law = Formula("Vmax*KP/(Km + KP)", {"Vmax": 1.0, "Km": 5.0})
    written_here = Model(
        cube(1.0), species=[Species("KP"), Species("K")], reactions=[Reaction("KP -> K", law)],
        releases=[Release("KP", concentration=10.0)],
    )  # fmt: skip
    for model in (read_sbml(tmp_path / "mm.xml"), written_here):
        run = simulate(model, 5.0, ODE(rtol=1e-9, atol=1e-12), every=1.0)
        assert run.concentration("KP")[-1] == pytest.approx(exact, rel=1e-7)


class TestCompartmentsAndEvents:
    """Uptake of a store, Vmax Ca^2/(K^2 + Ca^2), beside a leak; a drug that doubles Vmax, or stops it, at 0.5 s."""

    CYTOSOL, STORE, K = 0.9, 0.1, 300.0  # fl, fl, molecules/fl

    def read(self, directory: Path, later: str) -> Model:
        return Small(
            {"cyt": self.CYTOSOL, "er": self.STORE},
            {"Ca in cyt": 540.0, "Ca_er in er": 100.0},
            {"Ca -> Ca_er": "Vmax * Ca^2 / (K^2 + Ca^2)", "Ca_er -> Ca": "0.05 * Ca_er"},
            {"Vmax": 400.0, "K": self.K},
            {"drug": Event("time >= 0.5", {"Vmax": later})},
        ).read(directory)

    @pytest.mark.parametrize(("later", "vmax"), [("800", 800.0), ("0", 0.0)])
    def test_a_law_across_a_membrane_steps_with_its_parameter(self, tmp_path: Path, later: str, vmax: float) -> None:
        model = self.read(tmp_path, later)
        run = simulate(model, 1.0, ODE(rtol=1e-9, atol=1e-12), every=0.25)

        def slope(time: float, ca: np.ndarray) -> np.ndarray:
            c = ca / self.CYTOSOL
            return -(400.0 if time < 0.5 else vmax) * c**2 / (self.K**2 + c**2) + 0.05 * (640.0 - ca) / self.STORE

        first = solve_ivp(slope, (0, 0.5), [540.0], rtol=1e-10, atol=1e-9).y[0, -1]
        last = solve_ivp(slope, (0.5, 1.0), [first], rtol=1e-10, atol=1e-9).y[0, -1]
        assert self.in_cytosol(run)[[2, 4]] == pytest.approx([first, last], rel=1e-6)

    def test_events_have_the_same_mean(self, tmp_path: Path) -> None:
        model = self.read(tmp_path, "800")
        expected = self.in_cytosol(simulate(model, 1.0, ODE(), every=1.0))[-1]
        runs = [simulate(model, 1.0, SSA(), every=1.0, seed=1, trial=k) for k in range(60)]
        found = np.array([self.in_cytosol(run)[-1] for run in runs])
        # The mean of a law is that of the mean but for its curvature: var(Ca) v''/2, here less than a molecule.
        assert abs(found.mean() - expected) < 4 * found.std(ddof=1) / np.sqrt(60) + 1.0

    @staticmethod
    def in_cytosol(run: Result) -> np.ndarray:
        return run.dataset["within"].sel(species="Ca", compartment="cyt").values
