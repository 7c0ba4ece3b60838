"""Models from SBML files."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import libsbml

from ...geometry import cube
from ...model import Mesh, Model, ModelError, Reaction, Release, Schedule, Species
from ...model.arguments import checked
from ...model.reactions import arrow, parse_side
from ...model.species import NAME
from ...model.units import MOLECULES_PER_UM3_PER_UM
from .annotation import read_notes
from .document import SbmlFile
from .laws import LawReader, NotMassActionError, Term
from .unit_factors import read_units

Side = Sequence[str]
#: Amounts that differ by less from a whole number of molecules are one.
WHOLE = 1e-9


@checked
def read_sbml(path: str | Path, *, mesh: Mesh | None = None) -> Model:
    """Read the model of an SBML file of Level 2 or 3.

    Its one three-dimensional compartment, mass-action reactions, and rates that are steps in time become a `Model`;
    all units are converted. A law may have another order than the stoichiometry, and depend on species that do not
    change (boundary species, modifiers). What `write_sbml` wrote comes back as it was, but for the mesh.

    Parameters
    ----------
    path : path
        The file.
    mesh : Mesh, optional
        The compartment; a cube of the file's volume by default.

    Raises
    ------
    SbmlError
        If the file is no valid SBML, or has features that are out of scope; the message names the element.
    """
    return _Reader(SbmlFile(Path(path))).model(mesh)


class _Reader:
    def __init__(self, file: SbmlFile) -> None:
        self._file = file
        self._model = file.model
        self._compartment = self._only_compartment()
        self._units = read_units(file, self._compartment)
        self._check_rules()
        self._size = self._compartment.getSize()
        self._volume = self._size * self._units.volume
        self._laws = LawReader(self._model, self._compartment.getId())
        self._names = self._species_names()
        self._labels = Counter(element.getName() for element in self._model.getListOfReactions())

    def model(self, mesh: Mesh | None) -> Model:
        """Return the model in a mesh."""
        species = [self._species(element) for element in self._model.getListOfSpecies()]
        releases = [release for element in self._model.getListOfSpecies() for release in self._releases(element)]
        reactions = [reaction for element in self._model.getListOfReactions() for reaction in self._reactions(element)]
        compartment = cube(self._volume) if mesh is None else mesh
        try:
            return Model(compartment, species=species, reactions=reactions, releases=releases)
        except ModelError as error:
            raise self._file.error(self._model, f"makes no model: {error}") from None

    def _only_compartment(self) -> libsbml.Compartment:
        used = list(dict.fromkeys(species.getCompartment() for species in self._model.getListOfSpecies()))
        if not used:
            raise self._file.error(self._model, "has no species; give at least one.")
        compartment = self._model.getCompartment(used[0])
        if len(used) > 1:
            raise self._file.error(
                self._model.getCompartment(used[1]),
                f"is a second compartment beside {used[0]!r}: out of scope; put all species in one.",
            )
        if compartment.getSpatialDimensionsAsDouble() != 3:
            raise self._file.error(
                compartment, f"has {compartment.getSpatialDimensionsAsDouble():g} dimensions: out of scope; give 3."
            )
        if not compartment.isSetSize() or not compartment.getSize() > 0.0:
            raise self._file.error(compartment, "has no size; give a volume > 0.")
        return compartment

    def _check_rules(self) -> None:
        for rule in self._model.getListOfRules():
            if not rule.isAssignment():
                raise self._file.error(rule, "is out of scope; write what changes as reactions.")
            if self._model.getParameter(rule.getVariable()) is None:
                raise self._file.error(rule, "sets no parameter: out of scope; give constant values.")

    def _species_names(self) -> dict[str, str]:
        """Return our name of each species: its name if that is one and unique, else its id, ``_x`` as ``s_x``."""
        elements = list(self._model.getListOfSpecies())
        counts = Counter(element.getName() for element in elements)
        ids = {element.getId() for element in elements}
        names = {}
        for element in elements:
            label, identity = element.getName(), element.getId()
            plain = NAME.match(label) and counts[label] == 1 and (label == identity or label not in ids)
            names[identity] = label if plain else identity if NAME.match(identity) else f"s{identity}"
        return names

    def _species(self, element: libsbml.Species) -> Species:
        if element.isSetConversionFactor() or self._model.isSetConversionFactor():
            raise self._file.error(element, "has a conversion factor: out of scope; measure all amounts in one unit.")
        try:
            notes = read_notes(element)
            return Species(self._names[element.getId()], D=notes.D, group=notes.group, content=notes.content)
        except ValueError as error:
            raise self._file.error(element, f"is not readable: {error}") from None

    def _releases(self, element: libsbml.Species) -> list[Release]:
        """Return the initial amount, a number where it was given as an amount of whole molecules."""
        name = self._names[element.getId()]
        if element.isSetInitialConcentration():
            concentration = element.getInitialConcentration() * self._units.concentration
        elif element.isSetInitialAmount():
            concentration = element.getInitialAmount() * self._units.substance / self._volume
        else:
            raise self._file.error(element, "has no initial amount or concentration; give one.")
        if not 0.0 <= concentration < float("inf"):
            raise self._file.error(element, f"has the initial concentration {concentration:g} uM; give one >= 0.")
        if concentration == 0.0:
            return []
        number = concentration * self._volume * MOLECULES_PER_UM3_PER_UM
        if element.isSetInitialAmount() and number > 0.5 and abs(number - round(number)) <= WHOLE * number:
            return [Release(name, number=round(number))]
        return [Release(name, concentration=concentration)]

    def _reactions(self, element: libsbml.Reaction) -> list[Reaction]:
        """Return the reaction, or one for each product of rate constant and species if its law has several."""
        left = self._side(element, element.getListOfReactants())
        right = self._side(element, element.getListOfProducts())
        if not left and not right:
            return []
        terms = self._terms(element)
        ahead = [term for term in terms if not term.subtracted]
        back = [term for term in terms if term.subtracted]
        reactions = []
        for k, (forward, backward) in enumerate(itertools.zip_longest(ahead, back), start=1):
            name = self._reaction_name(element) + (f" ({k})" if k > 1 else "")
            if forward is None:
                reactions.append(self._reaction(element, name, right, left, backward, None))
            else:
                reactions.append(self._reaction(element, name, left, right, forward, backward))
        return reactions

    def _terms(self, element: libsbml.Reaction) -> list[Term]:
        law = element.getKineticLaw()
        if law is None or law.getMath() is None:
            raise self._file.error(element, "has no kinetic law; give one.")
        try:
            return self._laws.terms(law.getMath())
        except NotMassActionError as error:
            raise self._file.error(
                element,
                f"has a kinetic law that is not mass action: {error}; out of scope: "
                "give products of constants and species.",
            ) from None

    def _reaction_name(self, element: libsbml.Reaction) -> str:
        """Return our name of a reaction: its name where that is unique, else its id."""
        label: str = element.getName()
        return label if label and self._labels[label] == 1 else element.getId()

    def _reaction(
        self, element: libsbml.Reaction, name: str, left: Side, right: Side, forward: Term, backward: Term | None
    ) -> Reaction:
        equation = f"{_text(left)} {'->' if backward is None else '<->'} {_text(right)}"
        try:
            return Reaction(
                equation,
                self._rate(forward),
                None if backward is None else self._rate(backward),
                "" if name == arrow(parse_side(_text(left)), parse_side(_text(right))) else name,
                self._law(element, forward, left),
                "" if backward is None else self._law(element, backward, right),
            )
        except ModelError as error:
            raise self._file.error(element, f"makes no reaction: {error}") from None

    def _side(self, element: libsbml.Reaction, references: Sequence[libsbml.SpeciesReference]) -> Side:
        """Return the names on one side, with repetition, of the species that the reaction changes."""
        names: list[str] = []
        for reference in references:
            number = reference.getStoichiometry()
            if not reference.getConstant() or not (number > 0 and number.is_integer()):
                given = f"{number:g}" if reference.getConstant() else "not constant"
                raise self._file.error(
                    element,
                    f"has a stoichiometry of {reference.getSpecies()!r} that is {given}; give a whole number >= 1.",
                )
            species = self._model.getSpecies(reference.getSpecies())
            if not species.getBoundaryCondition():
                names += [self._names[species.getId()]] * int(number)
        return names

    def _law(self, element: libsbml.Reaction, term: Term, side: Side) -> str:
        """Return the concentrations that multiply, in the order of the reaction; nothing if they are the side's."""
        law = [self._names[species] for species in term.species]
        if Counter(law) == Counter(side):
            return ""
        if not law and term.coefficient == 0.0:
            return ""
        if not law:
            raise self._file.error(element, "uses up molecules at a rate that does not depend on any: out of scope.")
        mentioned = (element.getListOfReactants(), element.getListOfProducts(), element.getListOfModifiers())
        order = [self._names[reference.getSpecies()] for part in mentioned for reference in part] + law
        return _text(sorted(law, key=order.index))

    def _rate(self, term: Term) -> float | Schedule:
        """Convert a rate constant: amount per time to concentration per time, and what it is multiplied with."""
        factor = (
            self._units.substance / self._units.time / self._units.volume * self._size ** (term.compartment_power - 1)
        )
        for species in term.species:
            if self._model.getSpecies(species).getHasOnlySubstanceUnits():
                factor *= self._volume / self._units.substance
            else:
                factor /= self._units.concentration
        if isinstance(term.coefficient, Schedule):
            times = [time * self._units.time for time in term.coefficient.times]
            return Schedule(times, term.coefficient.values).scaled(factor)
        return term.coefficient * factor


def _text(names: Side) -> str:
    """Write a side, e.g. ``2 A + B``."""
    runs = [(name, len(list(run))) for name, run in itertools.groupby(names)]
    return " + ".join(f"{number} {name}" if number > 1 else name for name, number in runs) or "0"
