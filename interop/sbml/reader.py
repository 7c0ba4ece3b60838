"""Models from SBML files."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import libsbml

from ...model import (
    Formula,
    Mesh,
    Model,
    ModelError,
    NanospineError,
    Polynomial,
    Reaction,
    Release,
    Schedule,
    Species,
    warn,
)
from ...model import Term as Molecule
from ...model.arguments import checked
from ...model.equation import MOST_MOLECULES, arrow, parse_side
from ...model.expressions import product as product_of
from ...model.laws import OwnLaw, Product, Rate
from ...model.species import NAME
from ...model.units import MOLECULES_PER_UM3_PER_UM
from . import limits
from .annotation import read_notes
from .bounds import names_in
from .compartments import Space
from .directions import Side, directions
from .document import SbmlError, SbmlFile
from .events import read_events
from .formulas import FormulaReader, Law, Symbols, as_formula, directions_of, is_subtracted
from .laws import NotPolynomialError, Term
from .unit_factors import read_units

REMEDY = "give one of numbers, species, sums, products, quotients, powers, exp, ln and steps in time"
#: Amounts that differ by less from a whole number of molecules are one; concentrations, of our own events, by less than
#: what the digits of a file leave.
WHOLE, WHOLE_AS_CONCENTRATION = 1e-9, 1e-12


@checked
def read_sbml(path: str | Path, *, mesh: Mesh | None = None) -> Model:
    """Read the model of an SBML file of Level 2 or 3.

    Its three-dimensional compartments, reactions, rates that are steps in time, and events at given times that add to
    species or set parameters become a `Model`; all units are converted. Laws that are no polynomials become formulas. A
    law may have another order than the stoichiometry, and depend on species that do not change (boundary species,
    modifiers). Of compartments with a reaction between them one is within the other. What `write_sbml` wrote comes back
    as it was, but for the mesh.

    Parameters
    ----------
    path : path
        The file.
    mesh : Mesh, optional
        The compartment, or an `Assembly` of the compartments, by their ids; a cube of the file's volume by default, or
        boxes within boxes.

    Raises
    ------
    SbmlError
        If the file is no valid SBML, or has features that are out of scope; the message names the element.
    """
    return _Reader(SbmlFile(Path(path)), mesh).read()


class _Reader:
    def __init__(self, file: SbmlFile, mesh: Mesh | None) -> None:
        self._file, self._mesh = file, mesh
        self._model = file.model
        compartments = self._compartments()
        self._units = read_units(file, compartments)
        self._check_rules()
        for compartment in compartments:
            if not compartment.isSetSize():
                compartment.setSize(self._any_size(compartment.getId()))
        self._volume = {each.getId(): each.getSize() * self._units.volume[each.getId()] for each in compartments}
        self._space = Space(file, self._volume, mesh)
        self._laws = FormulaReader(self._model, compartments)
        self._added = read_events(file, self._laws)
        self._names = self._species_names()
        self._homes = {self._names[each.getId()]: each.getCompartment() for each in self._model.getListOfSpecies()}
        self._labels = Counter(element.getName() for element in self._model.getListOfReactions())

    def read(self) -> Model:
        """Return the model."""
        elements = self._elements()
        species = [self._species(element) for element in elements]
        releases = [release for element in elements for release in self._releases(element)]
        found = [self._reaction(element) for element in self._model.getListOfReactions()]
        reactions = [reaction for reaction in found if reaction is not None]
        try:
            return Model(self._space.mesh, species=species, reactions=reactions, releases=releases)
        except NanospineError as error:
            raise self._file.error(self._model, f"makes no model: {error}") from None

    def _compartments(self) -> list[libsbml.Compartment]:
        """Return the compartments that hold species."""
        used = {species.getCompartment() for species in self._model.getListOfSpecies()}
        if not used:
            raise self._file.error(self._model, "has no species; give at least one.")
        if len(used) > limits.MOST_COMPARTMENTS:
            raise self._file.error(
                self._model, f"has {len(used)} compartments with species; give at most {limits.MOST_COMPARTMENTS}."
            )
        found = [compartment for compartment in self._model.getListOfCompartments() if compartment.getId() in used]
        for compartment in found:
            dimensions = compartment.getSpatialDimensionsAsDouble()
            if dimensions != 3:
                raise self._file.error(
                    compartment,
                    f"has {dimensions:g} dimensions: out of scope; give 3, of what is on a membrane in a "
                    "compartment beside it.",
                )
            if not 0.0 < compartment.getSize() < float("inf") and (
                compartment.isSetSize() or self._needs_size(compartment)
            ):
                raise self._file.error(compartment, "has no size that is a volume; give a number > 0.")
        return found

    def _needs_size(self, compartment: libsbml.Compartment) -> bool:
        """Say whether a model has more than amounts."""
        laws = [reaction.getKineticLaw() for reaction in self._model.getListOfReactions()]
        sets = [part for event in self._model.getListOfEvents() for part in event.getListOfEventAssignments()]
        formulas = [holder.getMath() for holder in (*laws, *self._model.getListOfRules(), *sets) if holder is not None]
        return any(compartment.getId() in names_in(formula) for formula in formulas if formula is not None) or any(
            not species.getHasOnlySubstanceUnits() or species.isSetInitialConcentration()
            for species in self._model.getListOfSpecies()
            if species.getCompartment() == compartment.getId()
        )

    def _any_size(self, compartment: str) -> float:
        """Return a size for a compartment of amounts, which none of its reactions can tell from another."""
        if self._mesh is not None:
            spaces = dict(zip(self._mesh.compartment_names, self._mesh.compartments, strict=True))
            return spaces.get(compartment, self._mesh).volume / self._units.volume[compartment]
        warn(f"{self._file.name} has amounts alone, in a compartment without a size; a cube of 1 um^3 is taken.")
        return 1.0 / self._units.volume[compartment]

    def _elements(self) -> list[libsbml.Species]:
        """Return the species of the model; those that a rule makes of others are put into the laws."""
        rules = {rule.getVariable() for rule in self._model.getListOfRules()}
        elements = [element for element in self._model.getListOfSpecies() if element.getId() not in rules]
        left_out = sorted(rules & self._names.keys())
        if left_out:
            warn(f"{self._file.name}: what rules make of others is left out of the species: {', '.join(left_out)}.")
        if not elements:
            raise self._file.error(self._model, "has no species but those of rules; give at least one.")
        return elements

    def _check_rules(self) -> None:
        for rule in self._model.getListOfRules():
            if not rule.isAssignment():
                raise self._file.error(rule, "is out of scope; write what changes as reactions.")
            if rule.getMath() is None:
                raise self._file.error(rule, "has no formula; give one.")
            variable = rule.getVariable()
            if self._model.getParameter(variable) is None and self._model.getSpecies(variable) is None:
                raise self._file.error(rule, "sets no parameter and no species: out of scope; give constant values.")

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
        """Return the initial amount, a number where it was given as an amount of whole molecules, and what is added."""
        per_volume = self._units.substance / self._volume[element.getCompartment()]
        if element.isSetInitialConcentration():
            concentration = element.getInitialConcentration() * self._units.concentration(element.getCompartment())
        elif element.isSetInitialAmount():
            concentration = element.getInitialAmount() * per_volume
        else:
            raise self._file.error(element, "has no initial amount or concentration; give one.")
        whole = WHOLE if element.isSetInitialAmount() else None
        first = self._release(element, "has the initial concentration", concentration, (0.0,), whole)
        if element.getHasOnlySubstanceUnits():
            unit, whole = per_volume, WHOLE
        else:
            unit, whole = self._units.concentration(element.getCompartment()), WHOLE_AS_CONCENTRATION
        later = [
            self._release(element, "is given by events", amount * unit, times, whole)
            for amount, times in self._added.get(element.getId(), {}).items()
        ]
        return [release for release in (first, *later) if release is not None]

    def _release(
        self, element: libsbml.Species, what: str, concentration: float, times: Sequence[float], whole: float | None
    ) -> Release | None:
        """Return the release of a concentration (uM) at some times of the file, nothing if it is zero.

        It is one of a number of molecules if it differs by less from a whole one, relative to it.
        """
        home = element.getCompartment()
        number = concentration * self._volume[home] * MOLECULES_PER_UM3_PER_UM
        if not 0.0 <= number <= limits.MOST_OF_A_SPECIES:
            raise self._file.error(
                element,
                f"{what} {concentration:g} uM, {number:g} molecules; "
                f"give a number from 0 to {limits.MOST_OF_A_SPECIES:g}.",
            )
        if number == 0.0:
            return None
        name, compartment = self._names[element.getId()], home if self._space.several else None
        at = [time * self._units.time for time in times]
        when = at[0] if len(at) == 1 else at
        if whole is not None and number > 0.5 and abs(number - round(number)) <= whole * number:
            return Release(name, number=round(number), compartment=compartment, at=when)
        return Release(name, concentration=concentration, compartment=compartment, at=when)

    def _reaction(self, element: libsbml.Reaction) -> Reaction | None:
        """Return the reaction, nothing if it changes nothing."""
        left = self._side(element, element.getListOfReactants())
        right = self._side(element, element.getListOfProducts())
        if not left and not right:
            return None
        home = self._space.home(element)
        try:
            law = [self._product(element, term, home) for term in self._laws.terms(self._math(element), home)]
        except NotPolynomialError:
            return self._with_formula(element, left, right)
        per_uM = self._volume[home] * MOLECULES_PER_UM3_PER_UM
        reversible = element.getReversible()
        ahead, back = directions(law, left, right, reversible=reversible, molecules_per_uM=per_uM)
        if back and not ahead:
            left, right, ahead, back = right, left, back, []
        if all(product.subtracted for product in ahead):
            raise self._never_above_zero(element)
        forward, forward_law = self._kinetics(element, ahead, left)
        backward, backward_law = self._kinetics(element, back, right) if back else (None, "")
        return self._made(element, left, right, forward, backward, forward_law, backward_law)

    def _with_formula(self, element: libsbml.Reaction, left: Side, right: Side) -> Reaction:
        """Return the reaction whose law is no polynomial."""
        try:
            law = self._laws.formula(self._math(element), self._symbols(element))
            ahead, back = directions_of(law, left, right) if element.getReversible() else (law, None)
        except (NotPolynomialError, ModelError) as error:
            raise self._file.error(element, f"has a kinetic law that cannot be read: {error}; {REMEDY}.") from None
        if ahead is None and back is not None:
            left, right, ahead, back = right, left, back, None
        if ahead is None or is_subtracted(ahead):
            raise self._never_above_zero(element)
        try:
            forward = as_formula(ahead, self._names.values())
            backward = None if back is None else as_formula(back, self._names.values())
        except ModelError as error:
            raise self._file.error(element, f"has a kinetic law that makes no formula: {error}") from None
        return self._made(element, left, right, forward, backward)

    def _made(
        self, element: libsbml.Reaction, left: Side, right: Side, forward: Rate | OwnLaw,
        backward: Rate | OwnLaw | None, forward_law: str = "", backward_law: str = "",
    ) -> Reaction:  # fmt: skip
        name = self._reaction_name(element)
        before, after = (_text([self._at(species, element) for species in side]) for side in (left, right))
        # A reaction of nothing, or at a rate that others set, would happen in all compartments.
        unbound = not left or (backward is not None and not right) or isinstance(forward, Formula)
        try:
            return Reaction(
                f"{before} {'->' if backward is None else '<->'} {after}",
                forward,
                backward,
                "" if name == arrow(parse_side(before), parse_side(after)) else name,
                forward_law,
                backward_law,
                self._space.home(element) if unbound and self._space.several else None,
            )
        except ModelError as error:
            raise self._file.error(element, f"makes no reaction: {error}") from None

    def _never_above_zero(self, element: libsbml.Reaction) -> SbmlError:
        swap, give = "swap what it takes and makes", 'give reversible="true" if it runs backwards'
        remedy = swap if element.getReversible() else give
        return self._file.error(element, f"has a kinetic law that is never above zero; {remedy}.")

    def _math(self, element: libsbml.Reaction) -> libsbml.ASTNode:
        law = element.getKineticLaw()
        if law is None or law.getMath() is None:
            raise self._file.error(element, "has no kinetic law; give one.")
        return law.getMath()

    def _symbols(self, element: libsbml.Reaction) -> Symbols:
        units, home = self._units, self._space.home(element)
        sizes = {name: self._model.getCompartment(name).getSize() for name in self._volume}
        per_size = _plain(units.substance / units.time / units.volume[home])
        return Symbols(partial(self._concentration, element), sizes, home, per_size, units.time)

    def _concentration(self, element: libsbml.Reaction, species: str) -> Law:
        """Return what a species is in a law: its concentration (uM) in the unit of the file, or its amount."""
        of = self._model.getSpecies(species)
        home = of.getCompartment()
        if of.getHasOnlySubstanceUnits():
            factor = self._volume[home] / self._units.substance
        else:
            factor = 1.0 / self._units.concentration(home)
        return product_of(_plain(factor), self._at(self._names[species], element))

    def _reaction_name(self, element: libsbml.Reaction) -> str:
        """Return our name of a reaction: its name where that is unique, else its id."""
        label: str = element.getName()
        return label if label and self._labels[label] == 1 else element.getId()

    def _side(self, element: libsbml.Reaction, references: Sequence[libsbml.SpeciesReference]) -> Side:
        """Return the names on one side, with repetition, of the species that the reaction changes."""
        names: list[str] = []
        for reference in references:
            number = reference.getStoichiometry()
            if not reference.getConstant() or number not in range(1, MOST_MOLECULES + 1):
                given = f"{number:g}" if reference.getConstant() else "not constant"
                raise self._file.error(
                    element,
                    f"has a stoichiometry of {reference.getSpecies()!r} that is {given}; "
                    f"give a whole number from 1 to {MOST_MOLECULES}.",
                )
            species = self._model.getSpecies(reference.getSpecies())
            if not species.getBoundaryCondition():
                names += [self._names[species.getId()]] * int(number)
        return names

    def _product(self, element: libsbml.Reaction, term: Term, home: str) -> Product:
        """Return a term with our names, in the order of the reaction, and its coefficient in uM and s."""
        mentioned = (element.getListOfReactants(), element.getListOfProducts(), element.getListOfModifiers())
        law = [self._names[species] for species in term.species]
        order = [self._names[reference.getSpecies()] for part in mentioned for reference in part] + law
        molecules = tuple(self._at(name, element) for name in sorted(law, key=order.index))
        return Product(self._rate(term, home), molecules, term.subtracted)

    def _at(self, name: str, element: libsbml.Reaction) -> Molecule:
        """Return a molecule of a reaction, with its side if this is at a membrane."""
        return Molecule(name, self._space.side(element, self._homes[name]))

    def _kinetics(self, element: libsbml.Reaction, law: Sequence[Product], side: Side) -> tuple[Rate | Polynomial, str]:
        """Return the rate of a direction, and what multiplies in it where that is not its side."""
        texts = [_text(product.terms) for product in law]
        if side and any(not product.terms and product.coefficient != 0.0 and not product.subtracted for product in law):
            raise self._file.error(element, "uses up molecules at a rate that does not depend on any: out of scope.")
        if len(law) > 1:
            parts = [
                {text: p.coefficient for text, p in zip(texts, law, strict=True) if p.subtracted == subtracted}
                for subtracted in (False, True)
            ]
            return Polynomial(*parts), ""
        [product] = law
        as_side = Counter(term.species for term in product.terms) == Counter(side)
        return product.coefficient, "" if as_side or not product.terms else texts[0]

    def _rate(self, term: Term, home: str) -> Rate:
        """Convert a coefficient: amount per time and size to concentration per time, and what it is multiplied with."""
        factor = self._units.substance / self._units.time / self._units.volume[home]
        for name in term.species:
            species = self._model.getSpecies(name)
            if species.getHasOnlySubstanceUnits():
                factor *= self._volume[species.getCompartment()] / self._units.substance
            else:
                factor /= self._units.concentration(species.getCompartment())
        if isinstance(term.coefficient, Schedule):
            times = [time * self._units.time for time in term.coefficient.times]
            return Schedule(times, term.coefficient.values).scaled(factor)
        return term.coefficient * factor


def _plain(factor: float) -> float:
    """Return a factor between units without the rounding that powers of ten are made with."""
    return float(f"{factor:.15g}")


def _text(side: Sequence[Molecule]) -> str:
    """Write a side, e.g. ``2 A + B``."""
    runs = [(molecule, len(list(run))) for molecule, run in itertools.groupby(side)]
    return " + ".join(f"{number} {molecule}" if number > 1 else str(molecule) for molecule, number in runs) or "0"
