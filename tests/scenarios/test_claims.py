"""Claims: the verdict and the criterion come from one bound."""

from __future__ import annotations

import numpy as np
import pytest

from nanospine.model import ParameterError
from nanospine.results.estimates import Estimate
from nanospine.scenarios.claims import (
    Bound,
    Claim,
    above,
    at_most,
    below,
    between,
    claim,
    compatible,
    confidence,
    equal,
    number,
    percent,
    small,
)


def held(measured: object, bound: Bound, **words: object) -> Claim:
    return claim("name", "Something is so", measured, bound, **words)


@pytest.mark.parametrize(
    ("bound", "inside", "outside", "text"),
    [
        (above(1), 1.1, 1.0, "ratio > 1"),
        (below(-0.05), -0.06, -0.05, "ratio < -0.05"),
        (at_most(1e-12), 1e-12, 2e-12, "ratio <= 1e-12"),
        (between(0.1, 1), 0.5, 0.1, "ratio between 0.1 and 1"),
        (small(1e-9), -1e-10, -1e-9, "|ratio| < 1e-9"),
        (equal(2), 2, 2.1, "ratio = 2"),
        (equal(-1, within=0.05), -1.04, -1.06, "ratio = -1 within 0.05"),
        (equal(20.0, within=percent(1, of=20.0)), 20.1, 20.3, "ratio = 20 within 1 %"),
        (below(percent(10, of=3.0, whole="the others")), 0.29, 0.31, "ratio < 10 % of the others"),
        (above(number(3, "SE")), 3.1, 2.9, "ratio > 3 SE"),
    ],
)
def test_a_bound_says_what_it_tests(bound: Bound, inside: float, outside: float, text: str) -> None:
    for value, holds in ((inside, True), (outside, False), (np.nan, False)):
        made = held(value, bound, what="ratio")
        assert (made.criterion, made.holds, made.undecided) == (text, holds, False)
        assert made.standard_error is None


def test_limits_have_the_unit_of_the_claim_but_for_zero() -> None:
    assert held(1.0, above(0.5), what="peak", unit="uM").criterion == "peak > 0.5 uM"
    assert held(1.0, above(0), what="peak", unit="uM").criterion == "peak > 0"


@pytest.mark.parametrize(
    ("bound", "holds", "text"),
    [
        (above(0, by=3), True, "> 0 by 3 SE"),
        (above(0, by=5), False, "> 0 by 5 SE"),
        (below(8, by=3), True, "< 8 by 3 SE"),
        (compatible(2, within=3), True, "= 2 within 3 SE"),
        (compatible(1, within=2.5), False, "= 1 within 2.5 SE"),
    ],
)
def test_values_with_errors_keep_clear_by_so_many_of_them(bound: Bound, holds: bool, text: str) -> None:
    made = held(Estimate(4.0, 1.0), bound)
    assert (made.criterion, made.holds, made.undecided) == (text, holds, False)
    assert (made.value, made.standard_error) == (4.0, 1.0)


@pytest.mark.parametrize(
    ("mean", "verdict"), [(4.4, (True, False)), (4.2, (False, True)), (-4.2, (False, True)), (-4.4, (False, False))]
)
def test_what_more_trials_could_decide_is_left_open(mean: float, verdict: tuple[bool, bool]) -> None:
    """Two degrees of freedom, two sides: t = 4.303."""
    made = held(Estimate(mean, 1.0), above(0, by=confidence(0.95, 3)))
    assert (made.holds, made.undecided) == verdict
    assert made.criterion == "> 0 with 95 % confidence (3 trials)"


def test_one_side_asks_for_less() -> None:
    """t = 2.920."""
    made = held(Estimate(-3.0, 1.0), below(0, by=confidence(0.95, 3, sides=1)))
    assert made.holds
    assert made.criterion == "< 0 with 95 % confidence (one-sided, 3 trials)"


def test_one_trial_decides_nothing() -> None:
    made = held(Estimate(5.0, np.nan), above(0, by=confidence(0.95, 1)))
    assert (made.holds, made.undecided, made.standard_error) == (False, True, None)


def test_the_least_clear_of_several_is_shown_and_all_must_hold() -> None:
    places = {"20 nm": Estimate(9.0, 1.0), "100 nm": Estimate(6.0, 2.0)}
    made = held(places, above(0, by=2))
    assert (made.value, made.standard_error, made.holds) == (6.0, 2.0, True)
    assert made.sentence == "Something is so (least clear: 100 nm)"
    assert not held(places, above(0, by=4)).holds
    assert held([3.0, 2.0], above(1)).value == 2.0


def test_further_conditions_stand_in_the_criterion_and_must_hold() -> None:
    one, two = ("steps", [1.0, 2.0], above(0)), ("silent", 0.3, small(percent(2)))
    assert claim("n", "s", 3.0, above(2), what="power", also=[one]).holds
    made = claim("n", "s", 3.0, above(2), what="power", also=[one, two])
    assert (made.holds, made.criterion) == (False, "power > 2, steps > 0, |silent| < 2 %")


def test_a_value_may_be_shown_that_does_not_decide() -> None:
    made = claim("n", "s", 16.3, unit="Hz", also=[("drift below", -1.0, below(0))])
    assert (made.value, made.holds, made.criterion) == (16.3, True, "drift below < 0")


def test_a_claim_says_where_the_paper_says_it() -> None:
    assert held(1.0, above(0), where="Fig. 2Ci").where == "Fig. 2Ci"
    assert held(1.0, above(0)).where == ""


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (12.345, 0.678, "12.35 ± 0.68 uM"),
        (1234.5, 67.8, "1234 ± 68 uM"),
        (12345.0, 678.0, "12340 ± 680 uM"),
        (0.0012345, 0.000067, "0.001234 ± 0.000067 uM"),
        (9.87, 0.0, "9.87 ± 0 uM"),
        (1.2345e12, 6.78e10, "1.234e+12 ± 6.8e+10 uM"),
        (9.87654, None, "9.877 uM"),
        (float("nan"), None, "nothing to measure"),
    ],
)
def test_measured_values_show_the_digits_that_the_error_allows(value: float, error: float | None, text: str) -> None:
    assert Claim("", "", value, error, True, "", "uM").measured == text


def test_a_claim_without_a_bound_is_refused() -> None:
    with pytest.raises(ParameterError, match="Claim 'n' has no bound; give one"):
        claim("n", "s", 1.0)


def test_what_is_open_is_not_so_if_something_else_fails() -> None:
    open_value = Estimate(1.0, 1.0), above(0, by=confidence(0.95, 3))
    assert held(*open_value).undecided
    assert not held(*open_value, also=[("flat", 3.0, below(1))]).undecided
