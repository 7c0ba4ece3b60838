"""Rules of plasticity, given what no synapse does: refused in one sentence, and no weight is no number."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nanospine import CaReadout
from nanospine.model import NanospineError, SimulationError
from nanospine.plasticity import (
    RULES,
    BcmRule,
    Crosstalk,
    HebbianRule,
    OjaRule,
    RateReadout,
    RuleRow,
    ShortTermPlasticity,
    SpikeReadout,
    SpineNeighbourhood,
    StdpRule,
    SynapticScaling,
    WeightDynamics,
)
from nanospine.plasticity.receptors import random_tetramers, tetramers_of_like_dimers

NUMBERS: list[Any] = [None, "x", True, [1.0], np.nan, np.inf, 10**400, 1j, object()]
CLASSES = [*(row.rule for row in RULES), Crosstalk, ShortTermPlasticity, SpineNeighbourhood]
READOUTS: dict[type, object] = {
    CaReadout: CaReadout(np.arange(3.0), np.ones(3)),
    SpikeReadout: SpikeReadout(np.array([0.0, 0.1]), np.array([0.05])),
    RateReadout: RateReadout(np.arange(3.0), np.ones(2), np.ones(2)),
}
HUGE = RateReadout(np.array([0.0, 1.0]), np.array([1e200]), np.array([1e200]))
SPINES = SpineNeighbourhood((0.0, 1.0))
MASKED = np.ma.masked_array([0.0, 1.0], [False, True])

#: What is no readout, no train of spikes, no rate and no weight.
CALLS: dict[str, Callable[[], object]] = {
    "spikes of a text": lambda: StdpRule().events("x", [0.1]),
    "spikes of a mapping": lambda: StdpRule().events({}, [0.1]),  # type: ignore[arg-type]
    "spikes of numbers in texts": lambda: StdpRule().events(["0.1"], [0.1]),
    "spikes of dates": lambda: StdpRule().events(np.array([1], "M8[s]"), [0.1]),
    "complex spikes": lambda: StdpRule().events([1j], [0.1]),
    "masked spikes": lambda: StdpRule().events(MASKED, [0.1]),
    "rows of spikes": lambda: StdpRule().events([[0.0], [1.0, 2.0]], [0.1]),  # type: ignore[list-item]
    "a weight of a text": lambda: StdpRule().follow([0.0], [0.1], "x"),  # type: ignore[arg-type]
    "a window of a text": lambda: StdpRule().window("x"),
    "a rate below 0": lambda: StdpRule().drift(-5.0, 5.0),
    "a rate that is no number": lambda: StdpRule().drift(np.array([np.nan]), 5.0),
    "release at a rate below 0": lambda: ShortTermPlasticity().poisson_state([-5.0]),
    "release at a rate of a text": lambda: ShortTermPlasticity().poisson_state("x"),
    "an activity of a text": lambda: BcmRule().modification("x", 1.0),
    "a threshold of nothing": lambda: BcmRule().threshold(None),  # type: ignore[arg-type]
    "a threshold below 0": lambda: BcmRule().condition(1.0, -5.0, 1.0),
    "probabilities of texts": lambda: BcmRule().follow(np.eye(2), np.ones(2), 1.0, [0.0, 1.0], ["a", "b"]),
    "one time to follow": lambda: BcmRule().follow(np.eye(2), np.ones(2), 1.0, [0.0]),
    "one time to scale": lambda: SynapticScaling().follow(1.0, [0.0], 1.0),
    "a correlation of a text": lambda: HebbianRule().follow([1.0], "x", [1.0]),
    "LTP below 0": lambda: WeightDynamics().fixed_point(-1.0, 5.0),
    "LTP of a text": lambda: WeightDynamics().fixed_point("x", 1.0),
    "no readout": lambda: WeightDynamics().respond(None, 0.5),  # type: ignore[arg-type]
    "a rule that is none": lambda: WeightDynamics().respond(READOUTS[CaReadout], 0.5, "x"),  # type: ignore[arg-type]
    "no rule of the neighbour": lambda: Crosstalk().rule(None, 1.0, 1.0),  # type: ignore[arg-type]
    "inputs of a text": lambda: SPINES.calcium("xy", np.arange(3.0)),
    "no inputs": lambda: SPINES.calcium(None, np.arange(3.0)),  # type: ignore[arg-type]
    "a readout of texts": lambda: SpikeReadout("x", [0.0]),  # type: ignore[arg-type]
    "a readout of a mapping": lambda: SpikeReadout({}, [0.0]),  # type: ignore[arg-type]
    "subunits of a text": lambda: random_tetramers("x", 1.0, 1.0),
    "subunits without end": lambda: tetramers_of_like_dimers([np.inf], [1.0], [1.0]),
    "subunits of different shapes": lambda: random_tetramers(np.ones(2), np.zeros(3), np.ones(2)),
    "an argument too few": lambda: StdpRule().change(READOUTS[SpikeReadout]),  # type: ignore[call-arg, arg-type]
    "an argument of no name": lambda: StdpRule(tau=1.0),  # type: ignore[call-arg]
    "Hebb: activities without end": lambda: HebbianRule().change(HUGE, 0.0),
    "Oja: activities without end": lambda: OjaRule().change(HUGE, 0.0),
    "BCM: activities without end": lambda: BcmRule().change(HUGE, 0.0),
    "Hebb: inputs without end": lambda: HebbianRule().present([1.0], [[1e3]], 1.0),
    "Oja: inputs without end": lambda: OjaRule().present([1.0], [[1e3]], 1.0),
    "scaling without end": lambda: SynapticScaling().change(RateReadout([0.0, 1e9], [1.0], [0.0]), 1.0),  # type: ignore[arg-type]
}


def is_one_sentence(error: NanospineError) -> bool:
    return "\n" not in str(error) and str(error).endswith((".", "?"))


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, field.name) for kind in CLASSES for field in dataclasses.fields(kind)]
)
def test_a_number_of_a_rule_that_is_none_is_refused_by_name(kind: type, name: str) -> None:
    given: dict[str, Any] = {"positions": (0.0, 1.0)} if kind is SpineNeighbourhood else {}
    for value in NUMBERS:
        if name == "positions" and value == [1.0]:
            continue
        with pytest.raises(NanospineError, match=name) as refusal:
            kind(**given | {name: value})
        assert is_one_sentence(refusal.value)


@pytest.mark.parametrize("row", RULES, ids=lambda row: row.name)
def test_a_weight_that_is_none_is_refused(row: RuleRow) -> None:
    for value in NUMBERS:
        with pytest.raises(NanospineError, match="weight is") as refusal:
            row.rule().change(READOUTS[row.reads], value)
        assert is_one_sentence(refusal.value)


@pytest.mark.parametrize("case", CALLS)
def test_what_no_synapse_does_is_refused(case: str) -> None:
    with pytest.raises(NanospineError) as refusal:
        CALLS[case]()
    assert is_one_sentence(refusal.value)


@pytest.mark.parametrize(
    "follow",
    [
        lambda: BcmRule().follow(np.full((2, 2), 1e99), np.ones(2), 1.0, [0.0, 1.0]),
        lambda: SynapticScaling(beta=1e3).follow(0.0, [0.0, 1e6], 1.0),
    ],
)
def test_weights_that_run_away_end_the_run_soon(follow: Callable[[], object]) -> None:
    with pytest.raises(SimulationError, match="the weights could not be followed beyond"):
        follow()
