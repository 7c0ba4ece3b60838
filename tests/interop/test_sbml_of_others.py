"""SBML that others wrote: what is read, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import libsbml
import places
import pytest
from foreign_sbml import BASE, REVERSIBLE, A, after_parameters, close, math, read, rule

from nanospine import (
    NanospineWarning,
    Polynomial,
    Reaction,
    Release,
    Schedule,
    cube,
    read_sbml,
)
from nanospine.interop.sbml import SbmlError
from nanospine.model.units import MOLECULES_PER_UM3_PER_UM

DATA = places.DATA / "sbml"


def rounded(reactions: Sequence[Reaction]) -> list[Reaction]:
    """Return reactions with constant rates of 12 digits."""
    return [
        replace(
            reaction,
            **{
                which: float(f"{rate:.12g}")
                for which in ("forward", "backward")
                if isinstance(rate := getattr(reaction, which), float)
            },
        )
        for reaction in reactions
    ]


class TestOthersModels:
    """What other programs write: other units, boundary species, functions."""

    def test_assignment_rules_for_parameters_are_put_in(self, tmp_path: Path) -> None:
        [reaction] = read(tmp_path, "c * q * A", rule("assignmentRule", "q", "3 * k")).reactions
        assert reaction.forward == close(6.0)
        [reaction] = read(tmp_path, "c * k * A", rule("assignmentRule", "q", "A / (A + B)")).reactions
        assert reaction.forward == close(2.0)

    def test_species_that_rules_make_of_others_are_put_in_and_left_out(self, tmp_path: Path) -> None:
        observed = rule("assignmentRule", "E", "A + 3 * B")
        with pytest.warns(NanospineWarning, match="other.xml: what rules make of others is left out of the species: E"):
            model = read(tmp_path, "c * k * A", observed)
        assert model.species_names == ("A", "B")
        assert model.reactions == (Reaction("A -> B", 2.0, name="r"),)
        with pytest.warns(NanospineWarning, match="left out of the species: E"):
            [reaction] = read(tmp_path, "c * k * A * E", observed).reactions
        assert isinstance(reaction.forward, Polynomial)
        assert reaction.forward.added == close({"2 A": 2e-6, "A + B": 6e-6})

    def test_amounts_alone_need_no_size(self, tmp_path: Path) -> None:
        """A falls at 2/s, and pairs of A and E meet at 3/s, in whatever volume."""
        no_size = (" size='1e-15'", "")
        amounts = (
            ("hasOnlySubstanceUnits='false'", "hasOnlySubstanceUnits='true'"),
            ("substanceUnits='mole' extentUnits='mole'", "substanceUnits='item' extentUnits='item'"),
            ("initialConcentration='2e-6'", "initialAmount='200'"),
            ("initialConcentration='1e-6'", "initialAmount='100'"),
        )
        with pytest.warns(NanospineWarning, match="other.xml has amounts alone, .* a cube of 1 um.3 is taken"):
            model = read(tmp_path, "k * A + 3 * A * E", no_size, *amounts)
        assert model.mesh.volume == close(1.0)
        assert [release.number for release in model.releases] == [200, 100]
        [reaction] = model.reactions
        assert isinstance(reaction.forward, Polynomial)
        assert reaction.forward.added == close({"A": 2.0, "A + E": 3.0 * MOLECULES_PER_UM3_PER_UM})
        mesh = cube(0.3)
        given = read_sbml(tmp_path / "other.xml", mesh=mesh)
        assert given.mesh is mesh
        assert isinstance(given.reactions[0].forward, Polynomial)
        assert given.reactions[0].forward.added == close({"A": 2.0, "A + E": 0.9 * MOLECULES_PER_UM3_PER_UM})
        with pytest.raises(SbmlError, match="compartment 'c' has no size"):
            read(tmp_path, "c * k * A", no_size, *amounts)

    def test_boundary_species_multiply_but_do_not_change(self, tmp_path: Path) -> None:
        fixed = (
            A + "\n hasOnlySubstanceUnits='false' boundaryCondition='false'",
            A + " hasOnlySubstanceUnits='false' boundaryCondition='true'",
        )
        [reaction] = read(tmp_path, "c * k * A", fixed).reactions
        assert reaction == Reaction("0 -> B", 2.0, name="r", forward_law="A")

    def test_amounts_in_items_are_numbers_of_molecules(self, tmp_path: Path) -> None:
        """DSMTS style: stochastic rates per molecule."""
        model = read(
            tmp_path,
            "k * A * E",
            ("substanceUnits='mole' extentUnits='mole'", "substanceUnits='item' extentUnits='item'"),
            ("hasOnlySubstanceUnits='false'", "hasOnlySubstanceUnits='true'"),
            ("initialConcentration='2e-6'", "initialAmount='200'"),
            ("initialConcentration='1e-6'", "initialAmount='1.5'"),
        )
        assert model.releases[0] == Release("A", number=200)
        assert model.releases[1].concentration == close(1.5 / MOLECULES_PER_UM3_PER_UM)
        [reaction] = model.reactions
        assert reaction.forward_law == "A + E"
        assert reaction.forward == close(2.0 * MOLECULES_PER_UM3_PER_UM)

    def test_level_2_with_functions_local_parameters_and_initial_assignments(self, tmp_path: Path) -> None:
        document = libsbml.readSBMLFromString(BASE.replace("LAW", math("c * k * A")))
        model = document.getModel()
        function = model.createFunctionDefinition()
        function.setId("rate")
        function.setMath(libsbml.parseL3Formula("lambda(x, y, x * y)"))
        model.getReaction(0).getKineticLaw().setMath(libsbml.parseL3Formula("c * rate(q, A)"))
        local = model.getReaction(0).getKineticLaw().createLocalParameter()
        local.setId("k")
        local.setValue(7.0)
        assignment = model.createInitialAssignment()
        assignment.setSymbol("q")
        assignment.setMath(libsbml.parseL3Formula("10 * k"))
        assert document.setLevelAndVersion(2, 4, False)
        libsbml.writeSBMLToFile(document, str(tmp_path / "level2.xml"))
        [reaction] = read_sbml(tmp_path / "level2.xml").reactions
        assert reaction.forward == close(20.0)

    def test_what_copasi_writes(self) -> None:
        """In ml, nmol and ms; 1 nmol/ml is 1 uM."""
        model = read_sbml(DATA / "copasi.xml")
        assert model.mesh.volume == close(2.0)
        assert model.species_names == ("Ca2", "B", "CaB", "X")
        assert [release.concentration for release in model.releases] == close([5.0, 20.0])
        assert rounded(model.reactions) == [
            Reaction("Ca2 + B <-> CaB", 100.0, 20.0, name="binding"),
            Reaction("2 CaB -> X", 300.0, name="dimerisation"),
            Reaction("0 -> B", 50.0, name="influx"),
        ]

    def test_what_antimony_writes(self) -> None:
        """In mol, l and s, as nothing is declared: 1 mol/l is 1e6 uM."""
        with pytest.warns(NanospineWarning, match="does not say the unit of"):
            model = read_sbml(DATA / "antimony.xml")
        assert rounded(model.reactions) == [
            Reaction("0 -> A", 2.0, name="J0", forward_law="S"),
            Reaction("A <-> B", 6.0, 0.5, name="J1"),
            Reaction("2 A + E -> B + E", 1e-13, name="J2"),
            Reaction("B -> 0", Polynomial({"B + E": 1e-7, "B": 2.0}), name="J3"),
            Reaction("0 -> B", Schedule([0, 2], [5e6, 0]), name="J4"),
            Reaction("0 -> A", Schedule([0, 1, 1.5, 7], [0, 3e6, 0, 1e6]), name="J5"),
        ]

    def test_labels_are_names_where_they_can_be(self, tmp_path: Path) -> None:
        model = read(tmp_path, "c * k * A", ("id='A'", "id='A' name='Ca'"), ("id='B'", "id='B' name='Ca2+'"))
        assert model.species_names == ("Ca", "B", "E")

    def test_an_underscore_in_front_is_not_ours(self, tmp_path: Path) -> None:
        assert read(tmp_path, "c * k * A", ("'B'", "'_B'")).species_names == ("A", "s_B", "E")

    def test_units_that_are_not_declared_are_those_of_level_2(self, tmp_path: Path) -> None:
        undeclared = (" substanceUnits='mole' extentUnits='mole' volumeUnits='litre' timeUnits='second'", "")
        with pytest.warns(
            NanospineWarning, match=r"does not say the unit of substance \(mole\), volume \(litre\), time"
        ):
            model = read(tmp_path, "c * k * A", undeclared)
        assert model.mesh.volume == close(1.0)


BAD: dict[str, tuple[str, list[tuple[str, str]], str]] = {
    "no SBML": ("k", [("<sbml", "<html"), ("</sbml", "</html")], "this is no valid SBML: Document does not conform"),
    "broken XML": ("k", [("</model>", "")], "this is no valid XML: mismatched tag"),
    "unknown species": ("c * k * A", [("species='B'", "species='X'")], "no valid SBML: .*references species 'X'"),
    "never above zero": ("-3 * c * B", [], 'has a kinetic law that is never above zero; give reversible="true"'),
    "never above zero, though reversible": (
        "-c * k * A",
        [REVERSIBLE],
        "never above zero; swap what it takes",
    ),
    "zero order in a sum": ("c * (k + A)", [], "reaction 'r' uses up molecules at a rate that does not depend on any"),
    "smooth in time": (
        "c * k * A * time",
        [],
        "line 19: reaction 'r' has a kinetic law that cannot be read: 'time' changes smoothly, and laws change in "
        "time by steps; give one of numbers, species",
    ),
    "a function that we have not": ("c * sin(A)", [], r"that cannot be read: 'sin\(A\)' is no function that a formula"),
    "a formula never above zero": ("-3 * c * B / (1 + B)", [], 'is never above zero; give reversible="true"'),
    "a number in a formula": ("c * k * A / (A + q)", [], "a number in it is missing, infinite or undefined"),
    "condition on a species": ("piecewise(k, A > 1, 0)", [], "the condition 'A > 1' does not hold time against"),
    "gap in time": ("c * A * piecewise(k, time < 1)", [], "a piecewise function in it has no value at some times"),
    "no value": ("c * q * A", [], "a number in it is missing, infinite or undefined"),
    "zero order": ("c * k", [], "reaction 'r' uses up molecules at a rate that does not depend on any"),
    "delay": ("c * k * delay(A, 1)", [], r"reaction 'r' has .* that cannot be read: .*delay\(A, 1\).* out of scope"),
    "no law": ("k", [("<kineticLaw>" + math("k") + "</kineticLaw>", "")], "reaction 'r' has no kinetic law; give one"),
    "half a molecule": (
        "c * k * A",
        [("species='B' stoichiometry='1'", "species='B' stoichiometry='0.5'")],
        "reaction 'r' has a stoichiometry of 'B' that is 0.5; give a whole number from 1 to 100",
    ),
    "stoichiometry that changes": (
        "c * k * A",
        [("species='B' stoichiometry='1' constant='true'", "species='B' stoichiometry='1' constant='false'")],
        "reaction 'r' has a stoichiometry of 'B' that is not constant",
    ),
    "rate rule": ("c * k * A", [rule("rateRule", "q", "1")], "rateRule 'q' is out of scope; write what changes as"),
    "rule for the compartment": (
        "c * k * A",
        [("size='1e-15' constant='true'", "size='1e-15' constant='false'"), rule("assignmentRule", "c", "2 * k")],
        "assignmentRule 'c' sets no parameter and no species: out of scope",
    ),
    "constraint": (
        "c * k * A",
        [after_parameters(f"<listOfConstraints><constraint>{math('A > 0')}</constraint></listOfConstraints>")],
        "constraint is out of scope; remove it",
    ),
    "flat compartment": ("c * k * A", [("Dimensions='3'", "Dimensions='2'")], "compartment 'c' has 2 dimensions"),
    "no size": ("c * k * A", [(" size='1e-15'", "")], "compartment 'c' has no size that is a volume"),
    "grams": ("c * k * A", [("'mole'", "'gram'")], "measures substance in 'gram': out of scope; give 'mole'"),
    "volume in m": ("c * k * A", [("'litre'", "'metre'")], "measures volume in 'metre', which is no unit of it"),
    "two units of amounts": (
        "c * k * A",
        [("extentUnits='mole'", "extentUnits='item'")],
        "model 'm' measures amounts in several units",
    ),
    "conversion factor": (
        "c * k * A",
        [("<model id='m'", "<model id='m' conversionFactor='k'")],
        "species 'A' has a conversion factor",
    ),
    "no amount": ("c * k * A", [("initialAmount='0'", "")], "species 'B' has no initial amount or concentration"),
    "negative amount": (
        "c * k * A",
        [("initialAmount='0'", "initialAmount='-1'")],
        "species 'B' has the initial concentration -1e",
    ),
    "required package": (
        "c * k * A",
        [
            (
                "level='3'",
                "xmlns:comp='http://www.sbml.org/sbml/level3/version1/comp/version1' comp:required='true' level='3'",
            )
        ],
        "model 'm' needs the SBML package 'comp', which is out of scope",
    ),
}


class TestOutOfScope:
    @pytest.mark.parametrize(("law", "changes", "message"), BAD.values(), ids=BAD)
    def test_is_an_error_that_names_the_element(
        self, tmp_path: Path, law: str, changes: list[tuple[str, str]], message: str
    ) -> None:
        with pytest.raises(SbmlError, match=f"^other.xml.*{message}"):
            read(tmp_path, law, *changes)

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(SbmlError, match=r"nowhere.xml: there is no such file; give an SBML file"):
            read_sbml(tmp_path / "nowhere.xml")

    def test_fast_reactions(self, tmp_path: Path) -> None:
        text = (
            BASE.replace("LAW", math("c * k * A")).replace("version2", "version1").replace("version='2'", "version='1'")
        )
        (tmp_path / "fast.xml").write_text(
            text.replace("reversible='false'", "reversible='false' fast='true'").replace(
                "initialAmount='0'\n hasOnly", "initialAmount='0' hasOnly"
            )
        )
        with pytest.raises(SbmlError, match="reaction 'r' has fast=\"true\": out of scope; give its rate constants"):
            read_sbml(tmp_path / "fast.xml")
