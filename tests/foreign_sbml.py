"""A small SBML file to be changed in places, and read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import libsbml
import pytest

from nanospine import Model, read_sbml


def close(value: float) -> Any:
    """Equal to the digits that libsbml writes."""
    return pytest.approx(value, rel=1e-12, abs=0.0)


#: A reaction ``r``: A -> B with a modifier E in 1 fl, in moles, litres and seconds; the law is filled in.
BASE = """<?xml version='1.0' encoding='UTF-8'?>
<sbml xmlns='http://www.sbml.org/sbml/level3/version2/core' level='3' version='2'>
<model id='m' substanceUnits='mole' extentUnits='mole' volumeUnits='litre' timeUnits='second'>
<listOfUnitDefinitions><unitDefinition id='ms'><listOfUnits>
<unit kind='second' exponent='1' scale='-3' multiplier='1'/></listOfUnits></unitDefinition></listOfUnitDefinitions>
<listOfCompartments><compartment id='c' spatialDimensions='3' size='1e-15' constant='true'/></listOfCompartments>
<listOfSpecies>
<species id='A' compartment='c' initialConcentration='2e-6'
 hasOnlySubstanceUnits='false' boundaryCondition='false' constant='false'/>
<species id='B' compartment='c' initialAmount='0'
 hasOnlySubstanceUnits='false' boundaryCondition='false' constant='false'/>
<species id='E' compartment='c' initialConcentration='1e-6'
 hasOnlySubstanceUnits='false' boundaryCondition='false' constant='false'/>
</listOfSpecies>
<listOfParameters>
<parameter id='k' value='2' constant='true'/>
<parameter id='q' constant='false'/>
</listOfParameters>
<listOfReactions><reaction id='r' reversible='false'>
<listOfReactants><speciesReference species='A' stoichiometry='1' constant='true'/></listOfReactants>
<listOfProducts><speciesReference species='B' stoichiometry='1' constant='true'/></listOfProducts>
<listOfModifiers><modifierSpeciesReference species='E'/></listOfModifiers>
<kineticLaw>LAW</kineticLaw>
</reaction></listOfReactions>
</model></sbml>"""
REVERSIBLE = ("reversible='false'", "reversible='true'")
REACTANTS = "<listOfReactants><speciesReference species='A' stoichiometry='1' constant='true'/></listOfReactants>"
A = "<species id='A' compartment='c' initialConcentration='2e-6'"
PARAMETERS_END = "</listOfParameters>"


def math(formula: str) -> str:
    return libsbml.writeMathMLToString(libsbml.parseL3Formula(formula)).split("\n", 1)[1]


def after_parameters(part: str) -> tuple[str, str]:
    return (PARAMETERS_END, PARAMETERS_END + part)


def rule(kind: str, variable: str, formula: str) -> tuple[str, str]:
    return after_parameters(f"<listOfRules><{kind} variable='{variable}'>{math(formula)}</{kind}></listOfRules>")


def text_of(law: str, *changes: tuple[str, str]) -> str:
    """Return a file with a law in MathML, and with other parts exchanged."""
    text = BASE.replace("LAW", law)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def read(directory: Path, law: str = "c * k * A", *changes: tuple[str, str]) -> Model:
    (directory / "other.xml").write_text(text_of(math(law), *changes))
    return read_sbml(directory / "other.xml")
