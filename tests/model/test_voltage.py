"""The membrane potential in time and the rates that follow it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanospine import Voltage
from nanospine.model import ModelError, Schedule

#: Of the accuracy: how well the integral of a rate is known (the docstring of ``rate_of``).
INTEGRAL = 1 / 50


def opening(mV: float) -> float:
    return 1000.0 * math.exp(mV / 17.0)


def integral(voltage: Voltage, duration: float) -> float:
    """Integral of ``opening`` by brute force."""
    edges = np.linspace(0.0, duration, 200_001)
    return float(sum(map(opening, voltage.at((edges[1:] + edges[:-1]) / 2)))) * duration / 200_000


class TestWaveforms:
    def test_a_clamp_is_constant(self) -> None:
        assert Voltage.constant(-65.0).at([0.0, 1.0]).tolist() == [-65.0, -65.0]

    def test_steps_jump_at_their_times(self) -> None:
        steps = Voltage.steps([0.0, 0.01, 0.02], [-70.0, 0.0, -60.0])
        assert steps.at([0.0, 0.0099, 0.01, 0.0199, 0.02, 9.0]).tolist() == [-70, -70, 0, 0, -60, -60]

    def test_points_are_joined_by_lines(self) -> None:
        ramp = Voltage([0.0, 0.1], [-80.0, 40.0])
        assert ramp.at([0.0, 0.025, 0.1, 0.2]) == pytest.approx([-80.0, -50.0, 40.0, 40.0])

    def test_a_function_is_met_to_the_stated_accuracy(self) -> None:
        def wave(t: float) -> float:
            return -65 + 60 * math.exp(-(((t - 0.03) / 1e-3) ** 2))

        time = np.linspace(0, 0.1, 20_001)
        for accuracy in (1.0, 0.01):
            voltage = Voltage.from_function(wave, 0.1, accuracy_mV=accuracy)
            worst = np.abs(voltage.at(time) - [wave(t) for t in time]).max()
            assert accuracy / 100 < worst < accuracy

    def test_announced_jumps_are_exact(self) -> None:
        voltage = Voltage.from_function(lambda t: 20.0 if t >= 0.013 else -65.0, 0.1, jumps=[0.013])
        assert voltage.at([0.013 - 1e-12, 0.013]).tolist() == [-65.0, 20.0]

    def test_an_action_potential_has_the_published_shape(self) -> None:
        """100 mV, a quarter of it with 25 ms and the rest with 3 ms (Shouval et al. 2002)."""
        spike = Voltage.action_potential(0.01)
        assert spike.at([0.0, 0.00999]).tolist() == [0.0, 0.0]
        t = np.array([0.0, 3e-3, 25e-3])
        expected = 75 * np.exp(-t / 3e-3) + 25 * np.exp(-t / 25e-3)
        assert spike.at(0.01 + t) == pytest.approx(expected, abs=0.1)

    def test_an_epsp_peaks_at_its_amplitude(self) -> None:
        time = np.linspace(0.0, 0.2, 10_001)
        assert Voltage.epsp(0.02, 10.0).at(time).max() == pytest.approx(10.0, abs=0.1)

    def test_excursions_add_up_exactly(self) -> None:
        parts = Voltage.constant(-65.0), Voltage.action_potential([0.01, 0.02]), Voltage.epsp(0.005, 10.0)
        total = parts[0] + parts[1] + parts[2]
        time = np.sort(np.concatenate([np.linspace(0, 0.3, 997), [0.01, 0.02]]))
        assert total.at(time) == pytest.approx(sum(part.at(time) for part in parts), abs=1e-9)

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: Voltage([0.0], [1.0, 2.0]), "1 times and 2 values; give one value per time"),
            (lambda: Voltage([], []), "0 times and 0 values"),
            (lambda: Voltage([1.0], [0.0]), "the first time is 1 s; begin at 0"),
            (lambda: Voltage([0.0, 2.0, 1.0], [0.0] * 3), "time 2 is 1 s, after 2 s; sort the times"),
            (lambda: Voltage([0.0, 1.0, 1.0, 1.0], [0.0] * 4), "1 s is given three times; a jump needs two values"),
            (lambda: Voltage([0.0], [math.nan]), r"mV\[0\] is nan \(float\); give a finite number"),
            (lambda: Voltage.from_function(lambda t: 0.0, 0.0), r"duration \(s\) is 0.0; give a finite number > 0"),
            (lambda: Voltage.from_function(lambda t: 1 / t, 1.0), "Voltage at 0 s cannot be computed: .*; mend"),
            (lambda: Voltage.from_function(lambda t: math.inf, 1.0), "Voltage at 0 s is inf; give a finite number"),
            (lambda: Voltage.action_potential(-1.0), r"beginning of an excursion \(s\) is -1.0"),
            (lambda: Voltage.action_potential(0.0, fast_s=0.0), r"time constant of an excursion \(s\) is 0.0"),
            (lambda: Voltage.epsp(0.0, 1.0, rise_s=0.1), "rise and decay are 0.1 and 0.05 s; give 0 < rise < decay"),
        ],
    )
    def test_refuses_what_is_no_potential(self, make: Callable[[], object], message: str) -> None:
        with pytest.raises(ModelError, match=message):
            make()


class TestRates:
    def test_a_held_potential_gives_one_piece(self) -> None:
        assert Voltage.constant(-40.0).rate_of(opening) == Schedule([0.0], [opening(-40.0)])

    def test_steps_give_steps(self) -> None:
        rate = Voltage.steps([0.0, 0.01], [-70.0, 0.0]).rate_of(opening)
        assert rate.times == (0.0, 0.01)
        assert rate.values == pytest.approx((opening(-70.0), opening(0.0)))

    @pytest.mark.parametrize("accuracy", [0.2, 0.02, 0.002])
    def test_pieces_have_the_mean_of_the_rate(self, accuracy: float) -> None:
        voltage = Voltage.constant(-65.0) + Voltage.action_potential([0.003, 0.013])
        rate = voltage.rate_of(opening, accuracy=accuracy)
        edge = rate.times[len(rate.times) // 2]
        assert rate.integral(edge) == pytest.approx(integral(voltage, edge), rel=INTEGRAL * accuracy + 1e-4)

    @pytest.mark.parametrize("accuracy", [0.2, 0.02])
    def test_a_rate_varies_within_a_piece_as_little_as_stated(self, accuracy: float) -> None:
        voltage = Voltage.constant(-65.0) + Voltage.action_potential(0.003) + Voltage.epsp(0.0, 10.0)
        rate = voltage.rate_of(opening, accuracy=accuracy)
        time = np.linspace(0.0, 0.1, 20_001)
        exact = np.array([opening(mV) for mV in voltage.at(time)])
        assert np.all(np.abs(rate.at(time) - exact) < accuracy * np.maximum(exact, 1e-3 * exact.max()) * (1 + accuracy))

    def test_finer_pieces_are_more_pieces(self) -> None:
        voltage = Voltage.constant(-65.0) + Voltage.action_potential(0.003)
        few, many = (len(voltage.rate_of(opening, accuracy=a).times) for a in (0.1, 0.01))
        assert 5 * few < many < 20 * few

    @given(st.lists(st.floats(-90.0, 40.0), min_size=2, max_size=6))
    def test_a_constant_rate_stays_constant(self, levels: list[float]) -> None:
        rate = Voltage(np.arange(len(levels)) * 1e-3, levels).rate_of(lambda mV: 7.0)
        assert rate.values == pytest.approx([7.0] * len(rate.values), rel=1e-12)

    def test_a_rate_may_jump(self) -> None:
        rate = Voltage([0.0, 0.012], [-80.0, 40.0]).rate_of(lambda mV: 100.0 * (mV > 0))
        assert rate.integral(0.012) == pytest.approx(0.4, rel=1e-6)

    @pytest.mark.parametrize(
        ("rate", "message"),
        [
            (lambda mV: mV, "Rate at -65 mV is -65.0; give a finite number >= 0"),
            (lambda mV: math.exp(-20 * mV), "Rate at -65 mV cannot be computed: OverflowError.*; mend"),
        ],
    )
    def test_refuses_what_is_no_rate(self, rate: object, message: str) -> None:
        with pytest.raises(ModelError, match=message):
            Voltage.constant(-65.0).rate_of(rate)
