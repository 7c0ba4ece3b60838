"""The registry of boundary rules: what its rows must keep to, and who reads them."""

from __future__ import annotations

import dataclasses

import pytest
from documents import page, table

from nanospine import Boundary, Model, Species, cube
from nanospine.bulk.walls import WALLS
from nanospine.interop.mdl.words import WORDS
from nanospine.model import ModelError
from nanospine.model.boundaries import RULES, BoundaryRule, Fate
from nanospine.particles.kernels import tables

by_rule = pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))


@by_rule
def test_what_passes_does_not_end_there(rule: BoundaryRule) -> None:
    """Or a budget could not tell from the crossings what is gone."""
    assert not (rule.passes and rule.takes)


@by_rule
def test_a_parameter_is_a_field_of_boundaries_and_has_a_unit(rule: BoundaryRule) -> None:
    fields = {field.name for field in dataclasses.fields(Boundary)}
    assert not rule.parameter or rule.parameter in fields
    assert bool(rule.parameter) == bool(rule.unit)
    values = {rule.parameter: 1.0} if rule.parameter else {}
    assert Boundary("membrane", "Ca", rule.name, **values).behaviour is rule


@pytest.mark.parametrize("fate", Fate)
def test_kernels_number_fates_as_the_model_does(fate: Fate) -> None:
    assert getattr(tables, fate.name) == fate


def test_engines_and_formats_have_rows_for_rules_only() -> None:
    assert WORDS.keys() | WALLS.keys() <= RULES.keys()


def test_the_table_in_the_documentation_is_that_of_the_registry() -> None:
    words = {Fate.REFLECTED: "reflected", Fate.ENDS: "ends", Fate.PASSES: "passes"}

    def rim(rule: BoundaryRule) -> str:
        if rule.at_rim is None:
            return "refused"
        entering, leaving = (words[fate] for fate in rule.at_rim)
        return entering if entering == leaving else f"{entering} when it enters, {leaving} when it leaves"

    rows = [
        [
            f'`"{rule.name}"`',
            f"`{rule.parameter}` ({rule.unit})" if rule.parameter else "",
            rule.meaning,
            rim(rule),
            WALLS[rule.name].meaning if rule.name in WALLS else "refused",
            "no" if rule.name not in WORDS else "nearest" if WORDS[rule.name].instead else "yes",
        ]
        for rule in RULES.values()
    ]
    heads = ["rule", "parameter", "what the surface does", "a surface molecule at the rim", "well mixed", "MDL"]
    expected = table(heads, rows)
    assert expected in page("engines.md"), f"docs/engines.md should have the table\n{expected}"


def test_a_clamp_of_what_never_moves_is_refused() -> None:
    """Nothing would come from the surface, whatever the concentration."""
    with pytest.raises(ModelError, match=r"Boundary membrane/A is a clamp, but A does not move \(D = 0\)"):
        Model(cube(0.01), species=[Species("A")], boundaries=[Boundary("membrane", "A", "clamp", concentration=50.0)])
