"""The kind of reaction of ``reaction_type.diff``: its engines agree, and everything else refuses it by its flag."""

from __future__ import annotations

from pathlib import Path

import pytest

from nanospine import simulate, write_model
from nanospine.model import ModelError, NotExportableError
from nanospine.model.kinds import KINDS
from nanospine.verification.engines_agree import EXAMPLES, model_of, well_mixed
from nanospine.verification.evidence import Judge

[KIND] = [kind for kind in KINDS if kind.name == "at a constant rate"]
MODEL = model_of(EXAMPLES["saturated"])


def test_the_engines_that_take_it_agree() -> None:
    judge = Judge("Addition")
    well_mixed(judge, "saturated")
    [check] = judge.checks
    assert check.passed


@pytest.mark.parametrize("engine", ["ssa", "ode"])
def test_it_ends_when_its_reactant_is_used_up(engine: str) -> None:
    """2000 molecules in 0.05 um^3 are 66.4 uM, which last for 8.3 ms at 8000 uM/s."""
    left = simulate(MODEL, 10e-3, engine=engine, every=1e-3).number("A")
    assert left[4] == pytest.approx(2000 * (1 - 4 / 8.304), rel=0.1)
    assert left[-1] == pytest.approx(0.0, abs=1e-3)


def test_molecules_in_space_do_not_do_it() -> None:
    with pytest.raises(ModelError, match=f'{KIND.what}, and engine="particles" .*, or run the model with engine="ssa"'):
        simulate(MODEL, 1e-3)


@pytest.mark.parametrize("file", ["model.mdl", "model.xml"])
def test_no_format_says_it(file: str, tmp_path: Path) -> None:
    with pytest.raises(NotExportableError, match=f"'A -> B' {KIND.what}, and (MDL|SBML) takes no such reaction"):
        write_model(MODEL, tmp_path / file)
