"""SBML files: read, checked, and put into one form."""

from __future__ import annotations

from pathlib import Path
from textwrap import shorten
from typing import TypeAlias

import libsbml

from ...model import FormatError
from ..foreign import read_text
from . import limits
from .bounds import Formulas, UnboundedError, check_xml

LEVEL, VERSION = 3, 2
MESSAGE_LENGTH = 160
#: What libsbml writes out for us, so that laws are made of numbers, parameters, species and time.
EXPANSIONS = ("expandFunctionDefinitions", "promoteLocalParameters", "expandInitialAssignments")
#: Checks that are about style, or about units that nobody has to declare.
UNCHECKED = (
    libsbml.LIBSBML_CAT_UNITS_CONSISTENCY,
    libsbml.LIBSBML_CAT_MODELING_PRACTICE,
    libsbml.LIBSBML_CAT_SBO_CONSISTENCY,
)


class SbmlError(FormatError):
    """An SBML file that is not valid, or says what nanospine's models cannot; the message names the element."""


class SbmlFile:
    """An SBML file of level 2 or 3, as Level 3 Version 2 without function definitions and initial assignments.

    Raises
    ------
    SbmlError
        If there is no such file, or it is no valid SBML, or has features that are out of scope.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        text = read_text(path, what="an SBML file", largest=limits.LARGEST_FILE, error=SbmlError)
        try:
            check_xml(text)
        except UnboundedError as error:
            raise SbmlError(f"{self.name}, {error}") from None
        self._document = libsbml.readSBMLFromString(text)
        self._refuse_invalid()
        if self._document.getModel() is None:
            raise SbmlError(f"{self.name} has no model; give an SBML file with one.")
        self._check_formulas()
        self._check_consistency()
        self._refuse_features()
        self._normalize()
        self.model = self._document.getModel()

    def error(self, element: libsbml.SBase, problem: str) -> SbmlError:
        """Return an error that says at which element."""
        label = element.getIdAttribute() or getattr(element, "getVariable", str)()
        identity = f"{element.getElementName()} {label!r}" if label else element.getElementName()
        line = f", line {element.getLine()}" if element.getLine() else ""
        return SbmlError(f"{self.name}{line}: {identity} {problem}")

    def _check_formulas(self) -> None:
        model = self._document.getModel()
        formulas = Formulas(model)
        laws = [(reaction, reaction.getKineticLaw()) for reaction in model.getListOfReactions()]
        others = (model.getListOfFunctionDefinitions(), model.getListOfInitialAssignments(), model.getListOfRules())
        events = [(event, holder) for event in model.getListOfEvents() for holder in _holders(event)]
        for element, holder in (*laws, *((each, each) for part in others for each in part), *events):
            try:
                formulas.check(None if holder is None else holder.getMath())
            except UnboundedError as error:
                raise self.error(element, str(error)) from None

    def _check_consistency(self) -> None:
        for category in UNCHECKED:
            self._document.setConsistencyChecks(category, False)
        self._document.checkConsistency()
        self._refuse_invalid()

    def _refuse_invalid(self) -> None:
        for k in range(self._document.getNumErrors()):
            error = self._document.getError(k)
            if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR:
                detail = shorten(error.getMessage().strip().splitlines()[-1], MESSAGE_LENGTH)
                raise SbmlError(
                    f"{self.name}, line {error.getLine()}: this is no valid SBML: {error.getShortMessage()}: {detail}"
                )

    def _refuse_features(self) -> None:
        document, model = self._document, self._document.getModel()
        for k in range(document.getNumPlugins()):
            prefix = document.getPlugin(k).getPrefix()
            if document.getLevel() >= LEVEL and document.getPackageRequired(prefix):
                raise self.error(
                    model, f"needs the SBML package {prefix!r}, which is out of scope; remove or flatten it."
                )
        if model.getListOfConstraints().size():
            raise self.error(model.getConstraint(0), "is out of scope; remove it.")
        for reaction in model.getListOfReactions():
            if reaction.isSetFast() and reaction.getFast():
                raise self.error(reaction, 'has fast="true": out of scope; give its rate constants.')
            for reference in (*reaction.getListOfReactants(), *reaction.getListOfProducts()):
                if reference.isSetStoichiometryMath():
                    raise self.error(
                        reaction,
                        f"has a formula for the stoichiometry of {reference.getSpecies()!r}: "
                        "out of scope; give a whole number.",
                    )

    def _normalize(self) -> None:
        for expansion in EXPANSIONS:
            properties = libsbml.ConversionProperties()
            properties.addOption(expansion, True)
            if self._document.convert(properties) != libsbml.LIBSBML_OPERATION_SUCCESS:
                raise SbmlError(f"{self.name}: libsbml cannot do {expansion!r} for this model; write it out by hand.")
        if not self._document.setLevelAndVersion(LEVEL, VERSION, False):
            problem = self._document.getError(self._document.getNumErrors() - 1)
            raise SbmlError(
                f"{self.name} does not convert to Level {LEVEL} Version {VERSION}: {problem.getShortMessage()}; "
                "convert it with the program that wrote it."
            )


#: What has a formula of an event.
Holder: TypeAlias = "libsbml.Trigger | libsbml.Delay | libsbml.Priority | libsbml.EventAssignment | None"


def _holders(event: libsbml.Event) -> list[Holder]:
    """Return what has the formulas of an event."""
    return [event.getTrigger(), event.getDelay(), event.getPriority(), *event.getListOfEventAssignments()]
