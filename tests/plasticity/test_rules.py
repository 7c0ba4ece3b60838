"""The registry of rules: whatever the rule, a caller gives it a readout and gets a change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from places import ROOT
from scipy.integrate import solve_ivp

from nanospine import CaReadout
from nanospine.model import ParameterError
from nanospine.plasticity import (
    RULES,
    BcmRule,
    CalciumRule,
    HebbianRule,
    OjaRule,
    RateReadout,
    RuleRow,
    SpikeReadout,
    StdpRule,
    SynapticScaling,
    WeightDynamics,
)

TIME = np.array([0.0, 0.5, 2.0, 2.25])
#: A readout of each kind in which a synapse is active, and one in which it rests.
ACTIVE = {
    CaReadout: CaReadout(np.linspace(0.0, 1.0, 101), 8.0 * np.sin(np.pi * np.linspace(0.0, 1.0, 101)) ** 2, volume=0.1),
    SpikeReadout: SpikeReadout(np.array([0.0, 0.1]), np.array([0.005, 0.09])),
    RateReadout: RateReadout(TIME, np.array([1.0, 0.0, 2.0]), np.array([3.0, 1.0, 25.0])),
}
RESTING = {
    CaReadout: CaReadout(np.linspace(0.0, 1.0, 101), np.full(101, 0.05), volume=0.1),
    SpikeReadout: SpikeReadout(np.array([]), np.array([])),
    RateReadout: RateReadout(TIME, np.zeros(3), np.zeros(3)),
}
#: Homeostasis wakes up a silent synapse, and a weight whose target is zero decays in hours; all others leave it alone.
CHANGES_AT_REST = {"scaling", "calcium_control"}
WEIGHT = 0.4

each_rule = pytest.mark.parametrize("row", RULES, ids=[row.name for row in RULES])


@each_rule
def test_a_readout_changes_a_synapse_the_same_each_time(row: RuleRow) -> None:
    rule, readout = row.rule(), ACTIVE[row.reads]
    change = rule.change(readout, WEIGHT)
    assert isinstance(change, float)
    assert np.isfinite(change)
    assert change != 0
    assert rule.change(readout, WEIGHT) == change


@each_rule
def test_a_synapse_at_rest_stays_as_it_is(row: RuleRow) -> None:
    at_rest = row.rule().change(RESTING[row.reads], WEIGHT)
    active = row.rule().change(ACTIVE[row.reads], WEIGHT)
    assert (abs(at_rest) > 1e-6 * abs(active)) == (row.name in CHANGES_AT_REST)


@each_rule
def test_a_readout_of_another_kind_is_refused(row: RuleRow) -> None:
    other = next(readout for kind, readout in ACTIVE.items() if kind is not row.reads)
    with pytest.raises(ParameterError, match=f"{row.rule.__name__}.*(reads|give) a {row.reads.__name__}"):
        row.rule().change(other, WEIGHT)


def test_rules_have_names_units_and_sources_and_a_place_in_the_guide() -> None:
    assert len({row.name for row in RULES}) == len(RULES)
    guide = (ROOT / "docs" / "theory.md").read_text()
    for row in RULES:
        assert row.unit
        assert row.source
        assert f"`{row.rule.__name__}" in guide


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CaReadout(np.array([]), np.array([])), "is empty; give at least one time"),
        (lambda: SpikeReadout([0.1, 0.1], []), "presynaptic spikes must increase strictly"),
        (lambda: SpikeReadout([], [np.nan]), "postsynaptic spikes holds nan"),
        (lambda: RateReadout([], [], []), r"time has shape \(0,\)"),
        (lambda: RateReadout([0.0], [], []), r"pre has shape \(0,\)"),
        (lambda: RateReadout([0.0, 0.0], [1.0], [1.0]), "time must increase strictly"),
        (lambda: RateReadout([0.0, 1.0], [-1.0], [1.0]), "pre holds -1.0; give finite numbers >= 0"),
        (lambda: RateReadout([0.0, 1.0], [1.0], [1.0, 2.0]), "2 times have 1 intervals, but there are 1 .* and 2 post"),
    ],
)
def test_what_is_no_readout_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make()


def test_a_weight_that_a_rule_does_not_have_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"initial weight is 1\.5; give one from 0 to 1"):
        WeightDynamics().change(ACTIVE[CaReadout], 1.5)
    with pytest.raises(ParameterError, match=r"initial weight is 1\.5; give one from 0 to 1"):
        StdpRule().change(ACTIVE[SpikeReadout], 1.5)


class TestChange:
    """The change of each rule, against what it was defined by before."""

    def test_of_the_bounded_weight_is_that_of_its_path(self) -> None:
        path = WeightDynamics().respond(ACTIVE[CaReadout], WEIGHT)
        assert WeightDynamics().change(ACTIVE[CaReadout], WEIGHT) == path[-1] - WEIGHT

    def test_of_the_calcium_rule_is_the_same_for_all_weights(self) -> None:
        assert CalciumRule().change(ACTIVE[CaReadout]) == CalciumRule().change(ACTIVE[CaReadout], WEIGHT)

    def test_of_spikes_is_that_of_their_pairs(self) -> None:
        rule, readout = StdpRule(mu=1.0), ACTIVE[SpikeReadout]
        assert rule.change(readout, WEIGHT) == rule.follow(readout.pre, readout.post, WEIGHT)[1][-1] - WEIGHT

    @pytest.mark.parametrize(
        ("rule", "states", "slope"),
        [
            (HebbianRule(0.7, 0.3), (), lambda x, y, w: (0.7 * x * y - 0.3 * w,)),
            (OjaRule(0.02), (), lambda x, y, w: (0.02 * (x * y - y**2 * w),)),
            (
                BcmRule(0.01, 2.0, 10.0), (3.0**2 / 10.0,),
                lambda x, y, w, theta: (0.01 * y * (y - theta) * x, (y**2 / 10.0 - theta) / 2.0),
            ),
            (
                SynapticScaling(4e-3, 1e-4, 1.5, 20.0), (3.0, 0.0),
                lambda x, y, w, a, i: (w * (4e-3 * (20.0 - a) + 1e-4 * i), (y - a) / 1.5, 20.0 - a),
            ),
        ],
        ids=["hebbian", "oja", "bcm", "scaling"],
    )  # fmt: skip
    def test_of_activities_is_the_solution_of_its_equation(
        self, rule: Any, states: tuple[float, ...], slope: Callable[..., tuple[float, ...]]
    ) -> None:
        readout = ACTIVE[RateReadout]
        state = np.array([WEIGHT, *states])
        for x, y, duration in zip(readout.pre, readout.post, readout.durations, strict=True):
            run = solve_ivp(lambda _, s, x=x, y=y: slope(x, y, *s), (0.0, duration), state, rtol=1e-10, atol=1e-12)
            state = run.y[:, -1]
        assert rule.change(readout, WEIGHT) == pytest.approx(state[0] - WEIGHT, rel=1e-7)
