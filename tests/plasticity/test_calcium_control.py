"""The weight that calcium controls: its functions, and its solution against closed forms."""

from __future__ import annotations

from collections.abc import Callable
from math import exp

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from nanospine import CaReadout
from nanospine.model import ParameterError
from nanospine.plasticity import CONCENTRATION, CalciumControlRule

RULE = CalciumControlRule()
VOLUME = 0.09


def readout(time: object, ions: object) -> CaReadout:
    return CaReadout.of_ions(time, ions, VOLUME)


class TestFunctionsOfCalcium:
    @pytest.mark.parametrize(
        ("ions", "seconds", "digit"), [(14.0, 2400.0, 100.0), (250.0, 11.0, 1.0), (800.0, 2.0, 1.0)]
    )
    def test_time_constants_of_the_source(self, ions: float, seconds: float, digit: float) -> None:
        assert RULE.time_constant(ions) == pytest.approx(seconds, abs=digit / 2)

    @pytest.mark.parametrize(("ions", "target"), [(50.0, 0.0), (250.0, -0.5), (500.0, 0.5)])
    def test_nothing_then_depression_then_potentiation(self, ions: float, target: float) -> None:
        """50 ions from a threshold a sigmoid of slope 0.2977 has all but 3e-7 of its height."""
        assert RULE.target(ions) == pytest.approx(target, abs=4e-7)

    def test_half_of_each_step_is_at_its_threshold(self) -> None:
        assert RULE.target([100.0, 400.0]) == pytest.approx([-0.25, 0.0], abs=1e-12)

    def test_concentrations_have_the_thresholds_of_ions_in_a_volume(self) -> None:
        per_uM = VOLUME * 602.214076
        assert CONCENTRATION.theta_p * per_uM == pytest.approx(400.0, rel=1e-3)
        assert CONCENTRATION.theta_d * per_uM == pytest.approx(100.0, rel=1e-3)
        assert CONCENTRATION.slope / per_uM == pytest.approx(60.0, rel=1e-3)
        assert CONCENTRATION.time_constant(5.0) == pytest.approx(RULE.time_constant(5.0 * per_uM), rel=1e-3)


class TestSolution:
    def test_at_constant_calcium_the_weight_relaxes_exponentially(self) -> None:
        weight = RULE.respond(readout([0.0, 0.3, 1.0, 4.0], np.full(4, 600.0)), 0.2)
        tau = 1.0 + 10.0 / (0.001 + (1200.0 / 500.0) ** 2)
        expected = [0.5 + (0.2 - 0.5) * exp(-t / tau) for t in (0.0, 0.3, 1.0, 4.0)]
        assert weight == pytest.approx(expected, rel=1e-12)

    def test_each_sample_holds_until_the_next(self) -> None:
        once = RULE.respond(readout([0.0, 0.5, 1.0], [600.0, 250.0, 250.0]))
        finely = RULE.respond(readout([0.0, 0.2, 0.5, 0.7, 1.0], [600.0, 600.0, 250.0, 250.0, 250.0]))
        assert once[-1] == pytest.approx(finely[-1], rel=1e-12)
        first, then = (1.0 + 10.0 / (0.001 + (2 * ions / 500.0) ** 2) for ions in (600.0, 250.0))
        middle = 0.5 * (1 - exp(-0.5 / first))
        assert once[1:] == pytest.approx([middle, -0.5 + (middle + 0.5) * exp(-0.5 / then)], rel=1e-6)

    def test_it_is_the_solution_of_the_equation(self) -> None:
        time = np.linspace(0.0, 1.0, 10_001)
        level = 500.0 * np.exp(-time / 0.3)

        def slope(t: float, w: np.ndarray) -> np.ndarray:
            ca = 500.0 * exp(-t / 0.3)
            return (RULE.target(ca) - w) / RULE.time_constant(ca)

        exact = solve_ivp(slope, (0.0, 1.0), [0.1], rtol=1e-9, atol=1e-12, max_step=1e-3).y[0, -1]
        # Calcium lags by half a sample, 50 us of the second in which the weight changes by 0.1.
        assert RULE.respond(readout(time, level), 0.1)[-1] == pytest.approx(exact, abs=5e-5)

    def test_a_transient_of_a_spine_changes_the_weight_by_some_1e_4(self) -> None:
        """The mean number of ions of 250 trials of the model with an apparatus: their weights are 2.3e-4 to 7.1e-4."""
        ms = [0, 12, 13, 14, 14.68, 15, 16, 18, 20, 25, 30, 35]
        ions = [14.1, 14.1, 164, 652, 781, 758, 562, 302, 210, 130, 96, 80]
        time = np.linspace(0.0, 35e-3, 35_001)
        calcium = readout(time, np.interp(time, np.array(ms) * 1e-3, ions))
        assert 2.3e-4 < RULE.change(calcium) < 7.1e-4
        assert abs(RULE.change(readout(time, np.full(time.size, 14.1)))) < 1e-9

    def test_few_ions_in_a_small_spine_may_be_a_high_concentration(self) -> None:
        """250 ions depress; in 0.03 um^3 they are 13.8 uM, which potentiates."""
        small = CaReadout.of_ions([0.0, 35e-3], [250.0, 250.0], 0.03)
        assert RULE.change(small) < 0 < CONCENTRATION.change(small)

    def test_without_calcium_the_weight_decays_within_hours(self) -> None:
        change = RULE.change(readout([0.0, 60.0], [0.0, 0.0]), 0.4)
        assert change == pytest.approx(0.4 * np.expm1(-60.0 / (1.0 + 10.0 / 0.001)), rel=1e-9)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: CalciumControlRule(theta_p=100.0),
            "theta_d is 100.0 and theta_p 100.0 ions; the depression",
        ),
        (lambda: CalciumControlRule(slope=0.0), r"CalciumControlRule: slope is 0.0; give a finite number > 0"),
        (lambda: CalciumControlRule(tau_offset=-1.0), r"tau_offset is -1.0"),
        (lambda: CalciumControlRule(unit="nM"), "unit"),
        (lambda: RULE.change(CaReadout([0.0, 1.0], [1.0, 1.0])), "CaReadout 'bulk' has no volume; give volume="),
        (lambda: CaReadout([0.0, 1.0], [1.0, 1.0], volume=0.0), r"volume \(um\^3\) is 0.0; give a finite number > 0"),
        (lambda: RULE.change([1.0, 2.0]), "CaReadout"),
    ],
)
def test_what_cannot_be_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make()


def test_ions_are_those_of_the_concentration_in_the_volume() -> None:
    assert readout([0.0, 1.0], [301.0, 7.0]).ions == pytest.approx([301.0, 7.0])
