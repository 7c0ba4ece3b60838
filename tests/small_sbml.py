"""Small SBML files: compartments in femtolitres, amounts in molecules, time in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from foreign_sbml import math

from nanospine import Model, read_sbml
from nanospine.model import Mesh

FEMTOLITRE = (
    "<unitDefinition id='fl'><listOfUnits><unit kind='litre' exponent='1' scale='-15' multiplier='1'/></listOfUnits>"
    "</unitDefinition>"
)
MILLISECOND = (
    "<unitDefinition id='ms'><listOfUnits><unit kind='second' exponent='1' scale='-3' multiplier='1'/></listOfUnits>"
    "</unitDefinition>"
)


@dataclass(frozen=True)
class Event:
    """``when`` becomes true, each variable is set to its formula, after a delay."""

    when: str
    sets: Mapping[str, str]
    delay: str = ""
    initial: bool = True
    persistent: bool = True
    own_values: bool = True
    priority: str = ""

    def text(self, name: str) -> str:
        trigger = f"<trigger initialValue='{flag(self.initial)}' persistent='{flag(self.persistent)}'>"
        priority = f"<priority>{math(self.priority)}</priority>" if self.priority else ""
        delay = f"<delay>{math(self.delay)}</delay>" if self.delay else ""
        sets = "".join(
            f"<eventAssignment variable='{variable}'>{math(formula)}</eventAssignment>"
            for variable, formula in self.sets.items()
        )
        return (
            f"<event id='{name}' useValuesFromTriggerTime='{flag(self.own_values)}'>"
            f"{trigger}{math(self.when)}</trigger>{priority}{delay}<listOfEventAssignments>{sets}</listOfEventAssignments></event>"
        )


@dataclass(frozen=True)
class Small:
    """A model: sizes of compartments, species ``"Ca in cyt"`` with molecules, parameters, reactions with their laws."""

    compartments: Mapping[str, float]
    species: Mapping[str, float]
    reactions: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, float] = field(default_factory=dict)
    events: Mapping[str, Event] = field(default_factory=dict)
    #: Species whose symbol is a number of molecules in formulas, rather than a concentration.
    amounts: str = ""
    held: str = ""
    time: str = "second"

    def text(self) -> str:
        spaces = "".join(
            f"<compartment id='{name}' spatialDimensions='3' size='{size!r}' constant='true'/>"
            for name, size in self.compartments.items()
        )
        parameters = "".join(
            f"<parameter id='{name}' value='{value!r}' constant='false'/>" for name, value in self.parameters.items()
        )
        events = "".join(event.text(name) for name, event in self.events.items())
        return (
            "<?xml version='1.0' encoding='UTF-8'?>\n"
            "<sbml xmlns='http://www.sbml.org/sbml/level3/version2/core' level='3' version='2'>"
            "<model id='m' substanceUnits='item' extentUnits='item' "
            f"volumeUnits='fl' timeUnits='{self.time}'>"
            f"<listOfUnitDefinitions>{FEMTOLITRE}{MILLISECOND}</listOfUnitDefinitions>"
            f"<listOfCompartments>{spaces}</listOfCompartments>"
            f"<listOfSpecies>{''.join(map(self._species, self.species))}</listOfSpecies>"
            f"<listOfParameters>{parameters}</listOfParameters>"
            f"<listOfReactions>{''.join(map(self._reaction, self.reactions, range(99)))}</listOfReactions>"
            f"<listOfEvents>{events}</listOfEvents></model></sbml>"
        )

    def read(self, directory: Path, mesh: Mesh | None = None) -> Model:
        (directory / "small.xml").write_text(self.text())
        return read_sbml(directory / "small.xml", mesh=mesh)

    def _species(self, label: str) -> str:
        name, compartment = label.split(" in ")
        return (
            f"<species id='{name}' compartment='{compartment}' initialAmount='{self.species[label]!r}' "
            f"hasOnlySubstanceUnits='{flag(name in self.amounts.split())}' "
            f"boundaryCondition='{flag(name in self.held.split())}' constant='false'/>"
        )

    def _reaction(self, equation: str, number: int) -> str:
        """Write a reaction between species, each a molecule; ``<->`` is a reversible one."""
        left, arrow, right = equation.partition(" <-> " if "<->" in equation else " -> ")
        sides = "".join(
            f"<listOf{kind}>{''.join(map(reference, text.split(' + ')))}</listOf{kind}>"
            for kind, text in (("Reactants", left), ("Products", right))
            if text != "0"
        )
        law = self.reactions[equation]
        names = {label.split(" in ")[0] for label in self.species}
        others = names & set(law.replace("(", " ").replace(")", " ").split()) - set(equation.split())
        modifiers = "".join(f"<modifierSpeciesReference species='{name}'/>" for name in sorted(others))
        listed = f"<listOfModifiers>{modifiers}</listOfModifiers>" if modifiers else ""
        return (
            f"<reaction id='r{number}' reversible='{flag('<' in arrow)}'>{sides}{listed}"
            f"<kineticLaw>{math(law)}</kineticLaw></reaction>"
        )


def reference(name: str) -> str:
    return f"<speciesReference species='{name}' stoichiometry='1' constant='true'/>"


def flag(value: bool) -> str:
    return str(value).lower()


#: Two compartments, and two events.
EVENTFUL = Small(
    {"cyt": 0.9, "er": 0.1},
    {"A in cyt": 50.0, "B in er": 600.0},
    {"B <-> A": "c * (B - A)", "0 -> A": "k"},
    {"c": 0.5, "k": 2.0},
    {
        "q": Event("time >= 1 && time < 3", {"A": "A + 50", "k": "3"}, delay="0.5", own_values=False, priority="2"),
        "r": Event("time > 2", {"k": "0"}, initial=False, persistent=False),
    },
)
