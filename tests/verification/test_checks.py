"""Every check of `nanospine verify`: the fast tier here and always, the full tier with ``-m verification``."""

from __future__ import annotations

import numpy as np
import pytest

from nanospine.model import units
from nanospine.verification import Case, load_all
from nanospine.verification.registry import MODULES
from nanospine.verification.sources_vs_theory import D, J, source_profile


@pytest.mark.parametrize(
    "case",
    [pytest.param(c, id=c.label, marks=pytest.mark.verification if c.tier == "full" else ()) for c in load_all()],
)
def test_passes(case: Case) -> None:
    found = case.run()
    assert not found.broken
    assert [line for line in found.checks if not line.passed] == []


def test_each_module_has_a_fast_check() -> None:
    assert {c.name.partition(".")[0] for c in load_all() if c.tier == "fast"} == set(MODULES)


def test_the_reference_of_sources_is_the_half_space_formula_near_the_source() -> None:
    half_space = units.micromolar(J / (2 * np.pi * D * 0.02), 1.0)
    assert source_profile(40.0, 0.02) == pytest.approx(half_space, rel=0.06), "averaged over the box"
    damped = source_profile(40.0, 0.1, 1e5) / source_profile(40.0, 0.1)
    assert damped == pytest.approx(np.exp(-0.1 / np.sqrt(D / 1e5)), rel=0.1)
