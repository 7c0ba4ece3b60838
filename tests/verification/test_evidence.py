"""The judge itself: it sees a bias of five standard errors."""

import numpy as np
import pytest

from nanospine.model.errors import VerificationError
from nanospine.results.estimates import goodness
from nanospine.verification import Estimate, Judge, as_markdown


def test_standard_errors_are_those_of_theory() -> None:
    samples = np.random.default_rng(1).normal(3.0, 2.0, 10_000)
    assert Estimate.of(samples).se == pytest.approx(0.02, rel=0.05)
    assert Estimate.of_count(400).se == 20
    assert Estimate.of_share(50, 100).se == pytest.approx(0.05)


def test_blocks_see_through_the_memory_of_a_series() -> None:
    """A walk back to its mean with memory m has 2 m times the variance of the mean of independent values."""
    rng, memory = np.random.default_rng(2), 50.0
    noise, series, x = rng.normal(size=200_000), [], 0.0
    for value in noise:
        x += -x / memory + value * np.sqrt(2 / memory)
        series.append(x)
    assert Estimate.of_series(series).se == pytest.approx(np.sqrt(2 * memory / len(series)), rel=0.4)


def test_judge_sees_a_bias() -> None:
    judge = Judge("here")
    judge.agrees("right", Estimate(1.0, 0.01), 1.02, seed=1)
    judge.agrees("biased", Estimate(1.0, 0.01), 1.05, seed=1)
    judge.agrees("nothing", Estimate(float("nan"), 0.01), 1.0, seed=1)
    judge.agrees("without scatter", Estimate(0.9, 0.0), 1.0, seed=1)
    assert [line.passed for line in judge.checks] == [True, False, False, False]
    assert judge.checks[-1].z == -np.inf
    assert "| here: right | 1 | 0.01 | 1.02 | -2.0 | 4.9 % | 1 |" in as_markdown(judge.checks, "today", "make verify")


def test_judge_breaks_off_where_there_is_no_room_for_scatter() -> None:
    Judge("here").requires(True, "one is one")
    with pytest.raises(VerificationError, match="does not hold: one is two"):
        Judge("here").requires(False, "one is two")


def test_goodness_is_one_for_the_right_law() -> None:
    expected = np.full(200, 100.0)
    fit = goodness(np.random.default_rng(3).poisson(expected), expected)
    assert abs(fit.z(1.0)) < 4
    assert goodness(1.5 * expected, expected).z(1.0) > 5
