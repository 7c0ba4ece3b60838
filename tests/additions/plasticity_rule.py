"""The rule of ``plasticity_rule.diff``: a caller of any rule can take it."""

from __future__ import annotations

import numpy as np
import pytest

from nanospine import CaReadout, Model, Reaction, Release, Species, cube, simulate
from nanospine.model import ParameterError
from nanospine.plasticity import RULES, RateReadout

[ROW] = [row for row in RULES if row.name == "bands"]


@pytest.mark.parametrize(("calcium", "change"), [(0.5, 0.0), (2.0, -0.1), (4.0, 0.2)])
def test_steady_calcium_changes_a_weight_by_its_band(calcium: float, change: float) -> None:
    readout = CaReadout(np.array([0.0, 2.0]), np.full(2, calcium))
    assert ROW.rule().change(readout, 0.4) == pytest.approx(change)


def test_it_reads_a_run() -> None:
    """10 uM decay at 1/s: above 3 uM for log(10/3) s, above 1 uM for log(10) s."""
    model = Model(
        cube(0.5),
        species=[Species("Ca")],
        reactions=[Reaction("Ca -> 0", 1.0)],
        releases=[Release("Ca", concentration=10.0)],
    )
    readout = simulate(model, 5.0, "ode", every=1e-3).readout()
    expected = 0.1 * np.log(10 / 3) - 0.05 * np.log(3)
    assert ROW.rule().change(readout, 0.4) == pytest.approx(expected, rel=2e-3)


def test_other_readouts_are_refused() -> None:
    with pytest.raises(ParameterError, match="BandRule reads a CaReadout, and is given a RateReadout"):
        ROW.rule().change(RateReadout([0.0, 1.0], [1.0], [1.0]), 0.4)
