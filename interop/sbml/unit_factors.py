"""What the units of an SBML model are in ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import libsbml
import numpy as np

from ...model import warn
from ...model.units import AVOGADRO, MOLECULES_PER_UM3_PER_UM
from .document import SbmlFile

#: SBML's unit -> what it measures, its power, and its size in zeptomoles, um and s: 1 zmol in 1 um^3 is 1 uM.
KINDS = {
    "mole": ("substance", 1, 1e21),
    "item": ("substance", 1, 1 / MOLECULES_PER_UM3_PER_UM),
    "avogadro": ("substance", 1, AVOGADRO / MOLECULES_PER_UM3_PER_UM),
    "litre": ("length", 3, 1e15),
    "metre": ("length", 1, 1e6),
    "second": ("time", 1, 1.0),
    "dimensionless": ("", 0, 1.0),
}
#: What Level 2 means by a unit that is not declared, and we in Level 3 as well.
DEFAULTS = {"substance": "mole", "volume": "litre", "time": "second"}
DIMENSIONS = {"substance": {"substance": 1}, "volume": {"length": 3}, "time": {"time": 1}}


@dataclass(frozen=True)
class Units:
    """The units of a model's amounts (in zeptomoles), of each compartment's volume (in um^3), and of time (in s)."""

    substance: float
    volume: Mapping[str, float]
    time: float

    def concentration(self, compartment: str) -> float:
        """Return the unit of concentrations in a compartment in uM."""
        return self.substance / self.volume[compartment]


def read_units(file: SbmlFile, compartments: Sequence[libsbml.Compartment]) -> Units:
    """Read the units of species, of their compartments, and of time.

    Raises
    ------
    SbmlError
        If they measure something else, or amounts of species and extents of reactions have several units.
    """
    model = file.model
    substances = {
        species.getSubstanceUnits() or model.getSubstanceUnits(): species for species in model.getListOfSpecies()
    }
    sizes = {unit: _factor(file, species, "substance", unit) for unit, species in substances.items()}
    if model.isSetExtentUnits():
        sizes[model.getExtentUnits()] = _factor(file, model, "substance", model.getExtentUnits())
    if max(sizes.values()) > min(sizes.values()) * (1 + 1e-9):
        raise file.error(
            model, f"measures amounts in several units ({', '.join(map(repr, sizes))}): out of scope; use one for all."
        )
    volumes = {each.getId(): each.getUnits() or model.getVolumeUnits() for each in compartments}
    time = model.getTimeUnits()
    undeclared = [
        f"{quantity} ({DEFAULTS[quantity]})"
        for quantity, declared in (("substance", all(sizes)), ("volume", all(volumes.values())), ("time", time))
        if not declared
    ]
    if undeclared:
        warn(f"{file.name} does not say the unit of {', '.join(undeclared)}; read as in brackets, as in SBML Level 2.")
    return Units(
        substance=next(iter(sizes.values())),
        volume={each.getId(): _factor(file, each, "volume", volumes[each.getId()]) for each in compartments},
        time=_factor(file, model, "time", time),
    )


def _factor(file: SbmlFile, element: libsbml.SBase, quantity: str, unit: str) -> float:
    """Return the size of a unit of a quantity."""
    unit = unit or DEFAULTS[quantity]
    dimensions: Counter[str] = Counter()
    factor = np.float64(1.0)
    for part in _parts(file.model, unit):
        kind = libsbml.UnitKind_toString(part.getKind())
        if kind not in KINDS:
            raise file.error(element, f"measures {quantity} in {kind!r}: out of scope; give {DEFAULTS[quantity]!r}.")
        dimension, power, size = KINDS[kind]
        exponent = part.getExponent()
        dimensions[dimension] += power * exponent
        with np.errstate(all="ignore"):
            factor *= (part.getMultiplier() * np.float64(10.0) ** part.getScale() * size) ** exponent
    if {name: power for name, power in dimensions.items() if name and power} != DIMENSIONS[quantity]:
        raise file.error(
            element, f"measures {quantity} in {unit!r}, which is no unit of it; give {DEFAULTS[quantity]!r}."
        )
    if not 0.0 < factor < np.inf:
        raise file.error(element, f"has no size of the unit {unit!r} that is a number > 0; write it with other powers.")
    return float(factor)


def _parts(model: libsbml.Model, unit: str) -> list[libsbml.Unit]:
    """Return the factors of a unit that is defined in the model, or is a base unit."""
    definition = model.getUnitDefinition(unit)
    if definition is not None:
        return list(definition.getListOfUnits())
    base = libsbml.Unit(model.getLevel(), model.getVersion())
    base.initDefaults()
    base.setKind(libsbml.UnitKind_forName(unit))
    return [base]
