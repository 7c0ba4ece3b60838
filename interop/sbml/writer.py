"""Models as SBML Level 3 Version 2 files."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import libsbml

from ...model import (
    Formula,
    Model,
    NotExportableError,
    Release,
    ResultsError,
    Schedule,
    Species,
    Step,
    Term,
    warn,
)
from ...model.arguments import checked
from ...model.expressions import Constant, Operation, Tree
from ...model.laws import Product
from ...model.units import MOLECULES_PER_UM3_PER_UM
from .annotation import annotate
from .directions import directions
from .document import LEVEL, VERSION
from .formulas import FUNCTIONS, are_told_apart

SUBSTANCE, VOLUME, CONCENTRATION = "zeptomole", "femtolitre", "uM"
#: 1 zmol in 1 fl is 1 uM.
MOLE_SCALE, LITRE_SCALE = -21, -15
OPERATORS = {
    "+": libsbml.AST_PLUS, "-": libsbml.AST_MINUS, "*": libsbml.AST_TIMES, "/": libsbml.AST_DIVIDE,
    "^": libsbml.AST_POWER, **{name: kind for kind, name in FUNCTIONS.items()},
}  # fmt: skip


@checked
def write_sbml(model: Model, path: str | Path, *, approximate: bool = False) -> Path:
    """Write a well-mixed model as an SBML file, Level 3 Version 2.

    Its units are zeptomoles, femtolitres and seconds, so that all numbers are ours: um^3, uM, 1/(uM s). Diffusion
    coefficients, groups and contents stand in annotations. Rates that change in time are piecewise functions, releases
    after the start are events.

    Parameters
    ----------
    model : Model
        The model. Of its mesh only the volume is written.
    path : path
        The file, e.g. ``"model.xml"``.
    approximate : bool
        Write the nearest thing, with a warning, for what SBML cannot say: membranes, places, mixtures and samplers.

    Raises
    ------
    NotExportableError
        If SBML cannot say a part of the model; the message names it.
    ResultsError
        If the file exists already, or cannot be written.
    """
    file = Path(path)
    text = sbml_text(model, approximate=approximate)
    if file.exists():
        raise ResultsError(f"{file} exists already; choose another file or remove it.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ResultsError(f"Cannot write {file}: {error}; choose another file.") from error
    return file


def sbml_text(model: Model, *, approximate: bool = False) -> str:
    """Return the text of :func:`write_sbml`."""
    _check(model, approximate)
    text: str = libsbml.writeSBMLToString(_Writer(model).document)
    return text


def _check(model: Model, approximate: bool) -> None:
    model.check_taken_by("sbml")
    if len(model.mesh.compartment_names) > 1:
        names = ", ".join(model.mesh.compartment_names)
        raise NotExportableError(
            f"{model.mesh.name!r} has compartments {names}, and SBML is written of one; write MDL."
        )
    for boundary in model.boundaries:
        if not boundary.behaviour.only_reflects:
            raise NotExportableError(
                f"Boundary {boundary.region}/{boundary.species} is {boundary.rule}, and SBML has no "
                "boundaries; write the loss as a reaction."
            )
    for what, instead in _inexact(model):
        if not approximate:
            raise NotExportableError(f"{what}, which SBML cannot say; with --approximate {instead}.")
        warn(f"{what}: {instead}.")


def _surface(model: Model) -> list[str]:
    return [species.name for species in model.species if species.is_on_surface]


def _inexact(model: Model) -> Iterable[tuple[str, str]]:
    """Yield what SBML cannot say, and what is written instead."""
    surface = _surface(model)
    if surface:
        yield f"{', '.join(surface)} live in the membrane", "they are as well mixed as the others"
    for sampler in model.samplers:
        yield f"Sampler {sampler.name!r} measures in a part of space", "it is left out"
    for residence in model.residences:
        yield f"Residence {residence.name!r} follows molecules", "it is left out"
    for release in model.releases:
        name = "/".join(release.fractions)
        if len(release.fractions) > 1:
            yield f"Release of {name} draws the state of each molecule", "each state gets its expected concentration"
        if release.within is not None or release.points is not None:
            yield f"Release of {name} says where the molecules are", "they are spread over the volume"
        if release.number_sd:
            yield f"Release of {name} draws the number of molecules", "the mean is written"
        if release.probability < 1.0:
            yield f"Release of {name} draws whether it happens", "the mean is written"


class _Writer:
    """Builds the SBML document of a model."""

    def __init__(self, model: Model) -> None:
        self.document = libsbml.SBMLDocument(LEVEL, VERSION)
        self._model = model
        self._sbml = self.document.createModel()
        self._taken = set(model.species_names)
        self._cell = self._new_id("cell")
        self._time = self._new_id("time")
        self._per_uM = model.mesh.volume * MOLECULES_PER_UM3_PER_UM
        self._locals: dict[str, str] = {}
        self._unit_ids: dict[int, str] = {}
        self._units()
        self._compartment()
        for species in model.species:
            self._species(species)
        for reaction in model.reactions:
            ahead, *back = reaction.steps
            if back and not self._is_told_apart(ahead, *back):
                for step in reaction.steps:
                    self._reaction(step)
            else:
                self._reaction(ahead, *back)
        for release in model.releases:
            for time in release.times:
                if time > 0.0:
                    self._event(release, time)

    def _new_id(self, text: str) -> str:
        """Return an identifier that nothing else has."""
        base = re.sub(r"\W", "_", text, flags=re.ASCII)
        base = base if re.match(r"[A-Za-z_]", base) else f"_{base}"
        candidates = itertools.chain([base], (f"{base}_{k}" for k in itertools.count(2)))
        identifier = next(name for name in candidates if name not in self._taken)
        self._taken.add(identifier)
        return identifier

    def _units(self) -> None:
        self._unit(SUBSTANCE, [(libsbml.UNIT_KIND_MOLE, MOLE_SCALE, 1)])
        self._unit(VOLUME, [(libsbml.UNIT_KIND_LITRE, LITRE_SCALE, 1)])
        self._sbml.setSubstanceUnits(SUBSTANCE)
        self._sbml.setExtentUnits(SUBSTANCE)
        self._sbml.setVolumeUnits(VOLUME)
        self._sbml.setTimeUnits("second")

    def _unit(self, name: str, parts: Sequence[tuple[int, int, int]]) -> None:
        definition = self._sbml.createUnitDefinition()
        definition.setId(name)
        for kind, scale, exponent in parts:
            unit = definition.createUnit()
            unit.setKind(kind)
            unit.setScale(scale)
            unit.setExponent(exponent)
            unit.setMultiplier(1.0)

    def _rate_unit(self, order: int) -> str:
        """Return the unit of a rate constant of a kinetic order."""
        if order not in self._unit_ids:
            name = {0: "uM_per_s", 1: "per_s", 2: "per_uM_per_s"}.get(order, f"per_uM{order - 1}_per_s")
            power = 1 - order
            parts = [(libsbml.UNIT_KIND_MOLE, MOLE_SCALE, power), (libsbml.UNIT_KIND_LITRE, LITRE_SCALE, -power)]
            self._unit(name, [*(parts if power else ()), (libsbml.UNIT_KIND_SECOND, 0, -1)])
            self._unit_ids[order] = name
        return self._unit_ids[order]

    def _compartment(self) -> None:
        compartment = self._sbml.createCompartment()
        compartment.setId(self._cell)
        compartment.setName(self._model.mesh.name)
        compartment.setSpatialDimensions(3)
        compartment.setSize(self._model.mesh.volume)
        compartment.setConstant(True)

    def _species(self, species: Species) -> None:
        element = self._sbml.createSpecies()
        element.setId(species.name)
        element.setName(species.name)
        element.setCompartment(self._cell)
        element.setHasOnlySubstanceUnits(False)
        element.setBoundaryCondition(False)
        element.setConstant(False)
        now = [release for release in self._model.releases if release.times[0] == 0.0]
        releases = [release for release in now if release.fractions.get(species.name)]
        if releases and all(_is_number(release) for release in releases):
            number = sum(release.number or 0 for release in releases)
            element.setInitialAmount(number / MOLECULES_PER_UM3_PER_UM)
        else:
            element.setInitialConcentration(sum(self._concentration(release, species.name) for release in releases))
        annotate(element, species)

    def _concentration(self, release: Release, species: str) -> float:
        """Return the expected concentration (uM) of a species in the whole volume."""
        fraction = release.fractions[species] * release.probability
        if release.concentration is not None and release.within is None:
            return release.concentration * fraction
        return self._model.expected_number(release) * fraction / (self._model.mesh.volume * MOLECULES_PER_UM3_PER_UM)

    def _event(self, release: Release, time: float) -> None:
        """Write what a release adds at a time (s) after the start; several add up."""
        if self._sbml.getUnitDefinition(CONCENTRATION) is None:
            mole, litre = (libsbml.UNIT_KIND_MOLE, MOLE_SCALE, 1), (libsbml.UNIT_KIND_LITRE, LITRE_SCALE, -1)
            self._unit(CONCENTRATION, [mole, litre])
        event = self._sbml.createEvent()
        event.setId(self._new_id("release"))
        event.setUseValuesFromTriggerTime(False)
        trigger = event.createTrigger()
        trigger.setInitialValue(True)
        trigger.setPersistent(True)
        trigger.setMath(_apply(libsbml.AST_RELATIONAL_GEQ, _time(self._time), _number(time, "second")))
        for species in release.fractions:
            added = _number(self._concentration(release, species), CONCENTRATION)
            assignment = event.createEventAssignment()
            assignment.setVariable(species)
            assignment.setMath(_apply(libsbml.AST_PLUS, _name(species), added))

    def _is_told_apart(self, ahead: Step, back: Step) -> bool:
        """Say whether a reader finds both rates again in their difference."""
        if isinstance(ahead.law, Formula) or isinstance(back.law, Formula):
            return are_told_apart(ahead, back)
        law = [*ahead.addends, *(replace(product, subtracted=not product.subtracted) for product in back.addends)]
        if len({(product.powers, product.subtracted) for product in law}) < len(law):
            return False
        left, right = ([term.species for term in terms] for terms in (ahead.reactants, ahead.products))
        found = directions(law, left, right, reversible=True, molecules_per_uM=self._per_uM)
        return [set(part) for part in found] == [set(ahead.addends), set(back.addends)]

    def _reaction(self, ahead: Step, back: Step | None = None) -> None:
        steps = [ahead] if back is None else [ahead, back]
        element = self._sbml.createReaction()
        element.setId(self._new_id(ahead.name))
        element.setName(ahead.name)
        element.setReversible(back is not None)
        inside = [term for term in ahead.products if term.side != "outside"]
        for side, create in ((ahead.reactants, element.createReactant), (inside, element.createProduct)):
            for term, run in itertools.groupby(side):
                reference = create()
                reference.setSpecies(term.species)
                reference.setStoichiometry(len(list(run)))
                reference.setConstant(True)
        participants = {term.species for term in (*ahead.reactants, *inside)}
        law_species = dict.fromkeys(term.species for step in steps for term in step.law.terms)
        for name in law_species:
            if name not in participants:
                element.createModifier().setSpecies(name)
        law = element.createKineticLaw()
        rates = [self._rate(law, name, step) for name, step in zip(("forward", "backward"), steps, strict=False)]
        net = rates[0] if back is None else _apply(libsbml.AST_MINUS, *rates)
        law.setMath(_apply(libsbml.AST_TIMES, _name(self._cell), net))

    def _rate(self, law: libsbml.KineticLaw, label: str, step: Step) -> libsbml.ASTNode:
        """Return the sum of the products of a law, each of a coefficient and concentrations, or its formula."""
        if isinstance(step.law, Formula):
            return self._formula(law, label, step.law)
        total, *further = (
            self._product(law, label if k == 1 else f"{label}_{k}", product)
            for k, product in enumerate(step.addends, start=1)
        )
        for product, node in zip(step.addends[1:], further, strict=True):
            total = _apply(libsbml.AST_MINUS if product.subtracted else libsbml.AST_PLUS, total, node)
        return total

    def _product(self, law: libsbml.KineticLaw, label: str, product: Product) -> libsbml.ASTNode:
        unit = self._rate_unit(len(product.terms))
        if isinstance(product.coefficient, Schedule):
            rate = _piecewise(product.coefficient, unit, self._time)
        else:
            local = law.createLocalParameter()
            local.setId(self._local(label))
            local.setValue(product.coefficient)
            local.setUnits(unit)
            rate = _name(local.getId())
        powers = [_power(term, len(list(run))) for term, run in itertools.groupby(product.terms)]
        return _apply(libsbml.AST_TIMES, rate, *powers) if powers else rate

    def _formula(self, law: libsbml.KineticLaw, label: str, formula: Formula) -> libsbml.ASTNode:
        """Return a formula; its constants are local parameters, which have no units: what they multiply decides."""
        nodes: dict[str, libsbml.ASTNode] = {}
        for name, value in formula.constants.items():
            if isinstance(value, Schedule):
                nodes[name] = _piecewise(value, "dimensionless", self._time)
            else:
                local = law.createLocalParameter()
                local.setId(self._local(name if label == "forward" else f"{label}_{name}"))
                local.setValue(value)
                nodes[name] = _name(local.getId())
        return _math(
            formula.expression,
            lambda leaf: nodes[leaf.name].deepCopy() if isinstance(leaf, Constant) else _name(leaf.species),
        )

    def _local(self, label: str) -> str:
        """Return an identifier of local parameters, the same in all laws."""
        if label not in self._locals:
            self._locals[label] = self._new_id(label)
        return self._locals[label]


def _is_number(release: Release) -> bool:
    return release.number is not None and len(release.fractions) == 1 and release.probability == 1.0


def _power(term: Term, exponent: int) -> libsbml.ASTNode:
    if exponent == 1:
        return _name(term.species)
    node = libsbml.ASTNode(libsbml.AST_INTEGER)
    node.setValue(exponent)
    return _apply(libsbml.AST_POWER, _name(term.species), node)


def _math(tree: Tree, leaf: Callable[[Term | Constant], libsbml.ASTNode]) -> libsbml.ASTNode:
    """Write an expression, given how its names are written."""
    if isinstance(tree, float):
        return _number(tree, "dimensionless")
    if not isinstance(tree, Operation):
        return leaf(tree)
    parts = [_math(part, leaf) for part in tree.parts]
    if tree.name == "sqrt":
        return _apply(libsbml.AST_FUNCTION_ROOT, _number(2.0, "dimensionless"), *parts)
    return _apply(OPERATORS[tree.name], *parts)


def _piecewise(schedule: Schedule, unit: str, time_name: str) -> libsbml.ASTNode:
    """Return ``value_0 if time < time_1, value_1 if time < time_2, ..., else the last value``."""
    children = []
    for value, end in zip(schedule.values, schedule.times[1:], strict=False):
        before = _apply(libsbml.AST_RELATIONAL_LT, _time(time_name), _number(end, "second"))
        children += [_number(value, unit), before]
    return _apply(libsbml.AST_FUNCTION_PIECEWISE, *children, _number(schedule.values[-1], unit))


def _time(name: str) -> libsbml.ASTNode:
    node = libsbml.ASTNode(libsbml.AST_NAME_TIME)
    node.setName(name)
    return node


def _number(value: float, unit: str) -> libsbml.ASTNode:
    node = libsbml.ASTNode(libsbml.AST_REAL)
    node.setValue(float(value))
    node.setUnits(unit)
    return node


def _name(name: str) -> libsbml.ASTNode:
    node = libsbml.ASTNode(libsbml.AST_NAME)
    node.setName(name)
    return node


def _apply(kind: int, *children: libsbml.ASTNode) -> libsbml.ASTNode:
    node = libsbml.ASTNode(kind)
    for child in children:
        node.addChild(child)
    return node
