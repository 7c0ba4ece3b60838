"""What runs cannot start with is refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nanospine import (
    Boundary,
    Model,
    Population,
    Species,
    cube,
    simulate,
)
from nanospine.model import GeometryError, NanospineError, ParameterError, SimulationError

POINT = np.zeros((1, 3))
DYE = Model(
    cube(0.05),
    species=[Species("Dye", 10.0), Species("P", where="surface")],
    boundaries=[Boundary("membrane", "Dye", "reflecting")],
)
WELL_MIXED = dataclasses.replace(DYE, boundaries=())


def dye(**changes: Any) -> Population:
    parts = {"time": 0.0, "species_names": ("Dye",), "species": np.zeros(1, int), "position": POINT}
    return Population(**parts | changes)


BAD: dict[str, tuple[Callable[[], object], type[NanospineError], str]] = {
    "an unknown species": (
        lambda: simulate(DYE, 1e-4, start=dye(species_names=("Dyes",))),
        ParameterError,
        "Start: species 'Dyes' is unknown; did you mean 'Dye'",
    ),
    "a species that lives elsewhere": (
        lambda: simulate(DYE, 1e-4, start=dye(face=np.zeros(1, int))),
        ParameterError,
        "Start: Dye is a volume species in this model, but its molecules are elsewhere",
    ),
    "a triangle that is none": (
        lambda: simulate(DYE, 1e-4, start=dye(species_names=("P",), face=np.array([12]))),
        GeometryError,
        r"a molecule at \[0.0, 0.0, 0.0\] um is not on triangle 12 of 'cube'",
    ),
    "a compartment that is none": (
        lambda: simulate(DYE, 1e-4, start=dye(compartment=np.array([1]))),
        GeometryError,
        r"a molecule at \[0.0, 0.0, 0.0\] um is not in compartment 1 of 'cube'",
    ),
    "a point outside": (
        lambda: simulate(DYE, 1e-4, start=dye(position=POINT + 1.0)),
        GeometryError,
        r"a molecule at \[1.0, 1.0, 1.0\] um lies outside 'cube'; move it, or leave it out",
    ),
    "a time between steps": (
        lambda: simulate(DYE, 1e-4, start=dye(time=1.5e-6)),
        ParameterError,
        "starts at 1.5e-06 s, after 1.5 time steps of 1e-06 s; give a step that divides it, or set the population's t",
    ),
    "a frame before the start": (
        lambda: simulate(DYE, 1e-4, start=dye(time=1e-3), frames=[1e-4]),
        ParameterError,
        "A frame is asked for at 0.0001 s; the run lasts from 0.001 to 0.0011 s",
    ),
    "more steps than can be counted": (
        lambda: simulate(DYE, 1.0, start=dye(time=2147.0)),
        ParameterError,
        r"The run ends at 2148 s, after 2.148e\+09 steps of 1e-06 s; at most 2147483646 can be counted",
    ),
    "numbers instead of molecules": (
        lambda: simulate(DYE, 1e-4, start=simulate(DYE, 1e-4).end),
        ParameterError,
        r"start is Start\(.*; give a Result or a Population",
    ),
    "a result without molecules": (
        lambda: simulate(DYE, 1e-4, start=simulate(WELL_MIXED, 1e-4, "ode")),
        SimulationError,
        "The run to continue is of engine 'ode' and has numbers, but no molecules; give one of the particle engine",
    ),
    "molecules for a well-mixed engine": (
        lambda: simulate(WELL_MIXED, 1e-4, "ode", start=dye()),
        ParameterError,
        r"start is Population\(.*; give a Result or a Start",
    ),
    "arrays of different lengths": (
        lambda: dye(position=np.zeros((2, 3))),
        ParameterError,
        r"Population of 1 molecules: position has shape \(2, 3\); give finite numbers, \(1, 3\)",
    ),
    "a position that is no number": (lambda: dye(position=POINT * np.nan), ParameterError, "give finite numbers"),
    "a species without a name": (
        lambda: dye(species=np.array([1])),
        ParameterError,
        "species are numbered 1 to 1, but 1 have names; give indices of these",
    ),
    "a time before 0": (lambda: dye(time=-1.0), ParameterError, r"time \(s\) is -1.0; give a finite number >= 0"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named(case: str) -> None:
    make, error, message = BAD[case]
    with pytest.raises(error, match=message):
        make()
