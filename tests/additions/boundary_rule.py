"""The rule of ``boundary_rule.diff`` in every engine and format: a row is all that they need."""

from __future__ import annotations

from pathlib import Path

import pytest

from nanospine import Boundary, Model, Release, Species, cube, simulate, write_model
from nanospine.model import ModelError, NotExportableError

DOOR = Boundary("membrane", "A", "one-way")
MODEL = Model(cube(0.05), species=[Species("A", 50.0)], releases=[Release("A", number=500)], boundaries=[DOOR])


def test_molecules_leave_and_do_not_come_back() -> None:
    dataset = simulate(MODEL, 5e-4, every=1e-5).dataset
    crossing, hit = (dataset[name].isel(boundary=0, time=-1) for name in ("crossing", "hit"))
    assert crossing.sel(direction="out") == 500 - dataset["number"].sel(species="A")[-1]
    assert crossing.sel(direction="out") > 100
    assert crossing.sel(direction="in") == 0
    assert hit.sum() > crossing.sel(direction="out")


@pytest.mark.parametrize("engine", ["ssa", "ode"])
def test_the_well_mixed_engines_have_no_row_for_it(engine: str) -> None:
    with pytest.raises(ModelError, match="Boundary membrane/A is one-way, and where all is well mixed"):
        simulate(MODEL, 1e-3, engine=engine)


def test_it_is_no_fence() -> None:
    with pytest.raises(ModelError, match="is one-way, which is for volume species"):
        Model(cube(0.05), species=[Species("A", 1.0, where="surface")], boundaries=[DOOR])


def test_mdl_has_a_word_for_it_and_sbml_has_none(tmp_path: Path) -> None:
    assert "{ TRANSPARENT = A, }" in write_model(MODEL, tmp_path / "model.mdl").read_text()
    with pytest.raises(NotExportableError, match="Boundary membrane/A is one-way, and SBML has no boundaries"):
        write_model(MODEL, tmp_path / "model.xml")
