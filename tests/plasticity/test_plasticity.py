"""The calcium readout and the calcium rule, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanospine import CalciumRule, CaReadout
from nanospine.model import ParameterError

RULE = CalciumRule()


def ramp(top_uM: float, duration: float, n: int) -> CaReadout:
    return CaReadout(np.linspace(0.0, duration, n), np.linspace(0.0, top_uM, n))


def change_over_ramp(top_uM: float, duration: float) -> float:
    """Integrate Eq. 1 with Ca = top t/T: each sigmoid gives sigma log(1 + exp((Ca - theta)/sigma)) T/top."""

    def integral(theta: float, sigma: float) -> float:
        low, high = np.logaddexp(0.0, (np.array([0.0, top_uM]) - theta) / sigma)
        return sigma * duration / top_uM * float(high - low)

    return RULE.eta_p * integral(RULE.theta_p, RULE.sigma_p) - RULE.eta_d * integral(RULE.theta_d, RULE.sigma_d)


class TestReadout:
    def test_mean_of_a_ramp_is_its_middle_and_peak_its_top(self) -> None:
        """The trapezoidal rule is exact on straight lines, up to rounding."""
        assert ramp(8.0, 2.0, 11).mean == pytest.approx(4.0, rel=1e-12)
        assert ramp(8.0, 2.0, 11).peak == 8.0

    def test_the_mean_weights_uneven_intervals(self) -> None:
        readout = CaReadout(np.array([0.0, 1.0, 4.0]), np.array([0.0, 2.0, 2.0]))
        assert readout.mean == (1.0 + 6.0) / 4.0

    def test_a_single_sample_is_its_own_mean(self) -> None:
        assert CaReadout(np.array([0.5]), np.array([3.0])).mean == 3.0

    def test_takes_lists(self) -> None:
        assert CaReadout([0, 1], [1, 3], "20 nm").mean == 2.0

    @pytest.mark.parametrize(
        ("time", "concentration", "message"),
        [
            ([0.0, 1.0], [1.0], r"'bulk': time has shape \(2,\) and concentration \(1,\); both must be"),
            ([[0.0, 1.0]], [[1.0, 1.0]], "must be one-dimensional"),
            ([], [], "'bulk' is empty; give at least one time"),
            ([0.0, 0.0], [1.0, 1.0], "times must be finite and increase strictly; sort them"),
            ([1.0, 0.0], [1.0, 1.0], "increase strictly"),
            ([0.0, np.nan], [1.0, 1.0], "times must be finite"),
            ([0.0, 1.0], [1.0, -0.1], "must be finite and >= 0 uM; the smallest is -0.1"),
            ([0.0, 1.0], [1.0, np.nan], "must be finite and >= 0 uM"),
        ],
    )
    def test_refuses_what_is_no_signal(self, time: list, concentration: list, message: str) -> None:
        with pytest.raises(ParameterError, match=message):
            CaReadout(np.array(time), np.array(concentration))


class TestRule:
    def test_has_the_values_of_table_1(self) -> None:
        assert vars(RULE) == {
            "eta_p": 1e-9, "eta_d": 5e-10, "theta_p": 5.5, "theta_d": 4.0, "sigma_p": 0.2, "sigma_d": 0.2,
        }  # fmt: skip

    @given(st.floats(0.0, 100.0))
    def test_rate_is_equation_1(self, calcium: float) -> None:
        up = 1e-9 / (1 + np.exp(-(calcium - 5.5) / 0.2))
        down = 5e-10 / (1 + np.exp(-(calcium - 4.0) / 0.2))
        assert float(RULE.rate(calcium)) == pytest.approx(up - down, rel=1e-12, abs=1e-9 * 1e-12)

    def test_little_calcium_does_nothing_more_depresses_most_potentiates(self) -> None:
        nothing, depression, potentiation = RULE.rate([0.05, 4.75, 100.0])
        assert abs(nothing) < 1e-6 * RULE.eta_d
        tail = 1 / (1 + np.exp(3.75))  # halfway between the thresholds each is 3.75 widths away
        assert depression == pytest.approx(-RULE.eta_d * (1 - tail) + RULE.eta_p * tail, rel=1e-12)
        assert depression < -0.9 * RULE.eta_d
        assert potentiation == RULE.eta_p - RULE.eta_d

    def test_rate_keeps_the_shape(self) -> None:
        assert RULE.rate(np.ones((2, 3))).shape == (2, 3)
        assert RULE.rate(1.0).shape == ()

    def test_constant_calcium_changes_strength_in_proportion_to_time(self) -> None:
        readout = CaReadout(np.linspace(0.0, 3.0, 7), np.full(7, 6.0))
        assert RULE.change(readout) == pytest.approx(3.0 * float(RULE.rate(6.0)), rel=1e-12)

    def test_change_over_a_ramp_converges_to_the_integral_with_the_square_of_the_interval(self) -> None:
        """End in the middle of a threshold: a smooth end would make the trapezoidal rule converge faster."""
        exact = change_over_ramp(5.6, 2.0)
        coarse, fine = (abs(RULE.change(ramp(5.6, 2.0, n)) - exact) for n in (101, 201))
        assert coarse / fine == pytest.approx(4.0, rel=0.05)
        assert fine < 1e-3 * abs(exact)

    def test_signals_of_one_mean_can_do_opposite_things(self) -> None:
        """The rule reads the signal, not its mean: 4.75 uM steadily, or 9.5 uM half of the time."""
        time = np.linspace(0.0, 1.0, 1001)
        steady = CaReadout(time, np.full(1001, 4.75))
        pulse = CaReadout(time, np.where(time < 0.5, 9.5, 0.0))
        assert pulse.mean == pytest.approx(steady.mean, rel=2e-3), "half an interval of a thousand"
        assert RULE.change(steady) < 0 < RULE.change(pulse)

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"eta_p": 0.0}, "CalciumRule: eta_p is 0.0; give a finite number > 0"),
            ({"sigma_d": -0.2}, "sigma_d is -0.2; give a finite number > 0"),
            ({"eta_d": float("nan")}, "eta_d is nan .*; give a finite number"),
            ({"theta_d": 6.0}, "theta_d is 6.0 uM and theta_p 5.5 uM; the depression threshold must lie below"),
            ({"theta_d": float("nan")}, "theta_d is nan .*; give a finite number"),
        ],
    )
    def test_refuses_values_that_cannot_be(self, values: dict, message: str) -> None:
        with pytest.raises(ParameterError, match=message):
            CalciumRule(**values)
