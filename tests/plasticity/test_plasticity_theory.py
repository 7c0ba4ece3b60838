"""The small rules of plasticity theory, against closed forms and brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from nanospine.model.errors import ParameterError
from nanospine.plasticity import (
    BcmRule,
    CalciumRule,
    Crosstalk,
    HebbianRule,
    OjaRule,
    SpineNeighbourhood,
    SynapticScaling,
    WeightDynamics,
)
from nanospine.plasticity.cooperativity import trace
from nanospine.results import CaReadout

CORRELATION = np.array([[1.0, 0.4], [0.4, 0.5]])


class TestWeightDynamics:
    RULE = WeightDynamics(eta1=2.0, eta2=1.0, w_max=4.0)

    def test_constant_signals_lead_exponentially_to_the_fixed_point(self):
        path = self.RULE.follow([0.0, 0.3, 0.5], [0.5, 0.5], [1.0, 1.0], 1.0)
        fixed = self.RULE.fixed_point(0.5, 1.0)
        assert fixed == 4.0 * 2.0 * 0.5 / (2.0 * 0.5 + 1.0 * 1.0)
        np.testing.assert_allclose(path, fixed + (1.0 - fixed) * np.exp(-2.0 * np.array([0.0, 0.3, 0.5])), rtol=1e-14)

    def test_the_fixed_point_does_not_move_and_the_slope_there_is_zero(self):
        fixed = float(self.RULE.fixed_point(0.3, 0.7))
        np.testing.assert_allclose(self.RULE.follow([0.0, 1.0], [0.3], [0.7], fixed), fixed, rtol=1e-14)
        assert 2.0 * 0.3 * (4.0 - fixed) - 1.0 * 0.7 * fixed == pytest.approx(0.0, abs=1e-14)

    def test_without_signals_nothing_moves(self):
        np.testing.assert_array_equal(self.RULE.follow([0.0, 1.0, 5.0], [0.0, 0.0], [0.0, 0.0], 1.3), 1.3)

    @settings(deadline=None)
    @given(st.lists(st.tuples(st.floats(1e-3, 1e3), st.floats(0, 1), st.floats(0, 1)), min_size=1), st.floats(0, 4))
    def test_the_weight_stays_between_zero_and_its_maximum(self, steps, initial):
        duration, ltp, ltd = zip(*steps, strict=True)
        path = self.RULE.follow(np.cumsum([0.0, *duration]), ltp, ltd, initial)
        assert np.all((path >= 0.0) & (path <= 4.0 * (1.0 + 1e-12)))

    def test_calcium_of_any_engine_drives_it(self):
        """Constant calcium far above both thresholds is LTP = LTD = 1."""
        readout = CaReadout([0.0, 0.5, 1.0], [100.0, 100.0, 100.0])
        expected = self.RULE.follow([0.0, 0.5, 1.0], [1.0, 1.0], [1.0, 1.0], 1.0)
        np.testing.assert_allclose(self.RULE.respond(readout, 1.0), expected, rtol=1e-12)

    def test_the_response_to_calcium_converges_with_the_square_of_the_interval(self):
        calcium = CalciumRule()

        def final(n):
            time = np.linspace(0.0, 1.0, n)
            return self.RULE.respond(CaReadout(time, 6.0 * np.sin(np.pi * time) ** 2), 1.0, calcium)[-1]

        def slope(t, w):
            ltp, ltd = calcium.activations(6.0 * np.sin(np.pi * t) ** 2)
            return 2.0 * ltp * (4.0 - w) - ltd * w

        exact = solve_ivp(slope, (0.0, 1.0), [1.0], "DOP853", rtol=1e-12, atol=1e-12, max_step=0.01).y[0, -1]
        # A pulse that is smooth at both ends makes the mean exact to all orders; what is left is of second order.
        coarse, fine = abs(final(101) - exact), abs(final(201) - exact)
        assert coarse / fine == pytest.approx(4.0, rel=0.1)

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: WeightDynamics(eta1=0.0), "WeightDynamics: eta1 is 0.0; give a finite number > 0"),
            (lambda: WeightDynamics(w_max=-1.0), "w_max is -1.0; give a finite number > 0"),
            (lambda: WeightDynamics().fixed_point(0.0, 0.0), "every weight is fixed; give a signal > 0"),
            (
                lambda: WeightDynamics().follow([0, 1], [1.0, 1.0], [1.0], 0.5),
                "2 times have 1 intervals, but LTP has 2",
            ),
            (lambda: WeightDynamics().follow([0, 1], [-1.0], [1.0], 0.5), r"LTP holds -1.0; give finite numbers >= 0"),
            (lambda: WeightDynamics().follow([1, 0], [1.0], [1.0], 0.5), "time must increase strictly"),
            (lambda: WeightDynamics().follow([0, 1], [1.0], [1.0], 1.5), "initial weight is 1.5; give one from 0 to 1"),
        ],
    )
    def test_refuses_what_it_cannot_follow(self, call, message):
        with pytest.raises(ParameterError, match=message):
            call()


class TestHebbian:
    TIME = np.array([0.0, 0.5, 3.0])

    def test_the_average_is_the_matrix_exponential(self):
        rule, start = HebbianRule(eta=0.7, decay=0.2), np.array([0.3, -0.1])
        expected = [expm((0.7 * CORRELATION - 0.2 * np.eye(2)) * t) @ start for t in self.TIME]
        np.testing.assert_allclose(rule.follow(start, CORRELATION, self.TIME), expected, rtol=1e-12)

    def test_oja_agrees_with_a_solver(self):
        rule, start = OjaRule(eta=0.7), np.array([0.3, -0.1])

        def slope(_, w):
            return 0.7 * (CORRELATION @ w - (w @ CORRELATION @ w) * w)

        run = solve_ivp(slope, (0.0, 3.0), start, "DOP853", t_eval=self.TIME, rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(rule.follow(start, CORRELATION, self.TIME), run.y.T, rtol=1e-9)

    @pytest.mark.parametrize("length", [0.01, 1.0, 30.0])
    def test_oja_ends_with_length_one_along_the_first_component(self, length):
        start = length * np.array([np.cos(2.0), np.sin(2.0)])
        end = OjaRule().follow(start, CORRELATION, [1e4])[0]
        first = np.linalg.eigh(CORRELATION)[1][:, -1]
        assert np.linalg.norm(end) == pytest.approx(1.0, rel=1e-12)
        assert abs(end @ first) == pytest.approx(1.0, rel=1e-12)

    @pytest.mark.parametrize("rule", [HebbianRule(eta=0.5, decay=0.3), OjaRule(eta=0.5)])
    def test_one_pattern_shown_is_the_average_over_that_pattern(self, rule):
        start, x = np.array([0.3, -0.1]), np.array([1.2, 0.4])
        expected = rule.follow(start, np.outer(x, x), [0.8])[0]
        np.testing.assert_allclose(rule.present(start, [x], 0.8)[-1], expected, rtol=1e-12)
        np.testing.assert_array_equal(
            rule.present(start, [[0.0, 0.0]], 0.8)[-1], rule.follow(start, 0 * CORRELATION, [0.8])[0]
        )

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: HebbianRule(eta=-1.0), "HebbianRule: eta is -1.0; give a finite number > 0"),
            (lambda: HebbianRule(decay=-1.0), "decay is -1.0; give a finite number >= 0"),
            (lambda: HebbianRule().follow([1, 0], [[1, 2], [0, 1]], [1.0]), "must be 2 x 2 and symmetric"),
            (lambda: HebbianRule().follow([1, 0, 0], CORRELATION, [1.0]), "must be 3 x 3 and symmetric"),
            (lambda: OjaRule().follow([1, 0], [[1, 2], [2, 1]], [1.0]), "has the eigenvalue -1; none can be negative"),
            (lambda: HebbianRule().follow([1, 0], CORRELATION, [1e4]), "weights overflow within 10000 s; give shorter"),
            (lambda: OjaRule().present([1.0, 0.0], [[1.0]], 1.0), "have 1 inputs, but there are 2 weights"),
            (lambda: OjaRule().present([1.0], [[1.0]], 0.0), "duration of a pattern is 0.0; give a finite number > 0"),
        ],
    )
    def test_refuses_what_it_cannot_learn_from(self, call, message):
        with pytest.raises(ParameterError, match=message):
            call()


class TestBcm:
    @pytest.mark.parametrize("factor", [0.5, 0.95, 1.05, 1.5])
    def test_the_fixed_point_is_stable_up_to_the_critical_time_constant(self, factor):
        """By the eigenvalues of a Jacobian taken numerically from the equations themselves."""
        drive = 4.0
        rule = BcmRule(eta=0.02, target=8.0)
        rule = replace(rule, tau=factor * rule.critical_tau(drive))

        def slope(state):
            y, theta = state
            return np.array([drive * rule.modification(y, theta), (rule.threshold(y) - theta) / rule.tau])

        fixed, step = np.array([8.0, 8.0]), 1e-5 * np.eye(2)
        np.testing.assert_array_equal(slope(fixed), 0.0)
        jacobian = np.array([(slope(fixed + h) - slope(fixed - h)) / 2e-5 for h in step]).T
        growth = np.linalg.eigvals(jacobian).real.max()
        assert (growth < 0) == (factor < 1)

    def test_the_threshold_decides_the_sign_and_slides_with_the_square_of_activity(self):
        below, at, above = BcmRule().modification([4.0, 5.0, 6.0], 5.0)
        assert below < at == 0.0 < above
        np.testing.assert_allclose(BcmRule().threshold([5.0, 10.0, 20.0]), [2.5, 10.0, 40.0])

    def test_conditioning_integrates_the_sliding_threshold(self):
        rule, y, start = BcmRule(eta=0.03, tau=0.7, target=12.0), 9.0, 4.0
        run = solve_ivp(
            lambda _, s: [rule.eta * y * (y - s[1]), (y**2 / 12.0 - s[1]) / 0.7], (0, 1.5), [0.0, start],
            rtol=1e-10, atol=1e-12,
        )  # fmt: skip
        assert float(rule.condition(y, start, 1.5)) == pytest.approx(run.y[0, -1], rel=1e-8)

    @pytest.mark.parametrize("threshold", [1.0, 4.0, 12.0])
    def test_the_crossover_is_where_conditioning_does_nothing(self, threshold):
        rule = BcmRule()
        rate = rule.crossover(threshold, 0.2)
        below, at, above = rule.condition(rate * np.array([0.9, 1.0, 1.1]), threshold, 0.2)
        assert below < 0 < above
        assert at == pytest.approx(0.0, abs=1e-12 * above)

    @pytest.mark.parametrize("probability", [0.3, 0.5, 0.8])
    def test_a_selective_neuron_answers_one_pattern_at_target_over_probability(self, probability):
        rule = BcmRule(eta=0.01, tau=0.5, target=10.0)
        weights, theta = rule.follow(np.eye(2), [9.0, 1.0], 0.0, [0.0, 2000.0], [probability, 1.0 - probability])
        assert weights[-1] == pytest.approx([10.0 / probability, 0.0], abs=1e-5)
        assert theta[-1] == pytest.approx(10.0 / probability, rel=1e-6)

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: BcmRule(tau=0.0), "BcmRule: tau is 0.0; give a finite number > 0"),
            (lambda: BcmRule().condition(1.0, 1.0, -1.0), "duration is -1.0; give a finite number > 0"),
            (lambda: BcmRule().crossover(30.0, 5.0), "no activity potentiates in 5 s; give a shorter duration"),
            (lambda: BcmRule().critical_tau(0.0), "drive is 0.0; give a finite number > 0"),
            (lambda: BcmRule().follow([[1.0]], [1.0, 2.0], 1.0, [0, 1]), "1 inputs, but there are 2 weights"),
            (lambda: BcmRule().follow([[1.0]], [1.0], -1.0, [0, 1]), "threshold is -1.0; give a finite number >= 0"),
            (
                lambda: BcmRule().follow([[1.0]], [1.0], 1.0, [0, 1], [0.5]),
                "give 1 probabilities >= 0 that add up to 1",
            ),
            (lambda: BcmRule().follow([1.0], [1.0], 1.0, [0, 1]), r"patterns has shape \(1,\); give a 2-dimensional"),
        ],
    )
    def test_refuses_what_it_cannot_follow(self, call, message):
        with pytest.raises(ParameterError, match=message):
            call()


class TestScaling:
    FAST = SynapticScaling(beta=1e-3, gamma=1e-6, tau=10.0, target=5.0)

    @pytest.mark.parametrize("drive", [1.0, 5.0, 20.0])
    def test_the_rate_returns_to_the_target_by_one_factor(self, drive):
        run = self.FAST.follow(drive, [0.0, 1e4], activity=drive)
        assert run.rate[-1] == pytest.approx(5.0, rel=1e-4)
        assert run.factor[-1] == pytest.approx(5.0 / drive, rel=1e-4)

    def test_silence_has_a_closed_form(self):
        """Activity stays 0, so that ln factor = beta target t + gamma target t^2 / 2."""
        run = self.FAST.follow(0.0, [0.0, 50.0, 100.0], activity=0.0)
        expected = np.exp(5.0 * (1e-3 * run.time + 1e-6 * run.time**2 / 2.0))
        np.testing.assert_allclose(run.factor, expected, rtol=1e-7)

    def test_it_goes_on_from_where_it_stopped(self):
        whole = self.FAST.follow(8.0, [0.0, 300.0, 700.0], activity=8.0)
        half = self.FAST.follow(8.0, [0.0, 300.0], activity=8.0)
        rest = self.FAST.follow(
            8.0, [300.0, 700.0], activity=half.activity[-1], factor=half.factor[-1], integral=half.integral
        )
        assert rest.factor[-1] == pytest.approx(whole.factor[-1], rel=1e-6)

    @pytest.mark.parametrize("gamma", [0.5e-4, 0.9e-4, 1.1e-4, 2e-4])
    def test_it_is_stable_if_beta_exceeds_gamma_tau(self, gamma):
        rule = replace(self.FAST, gamma=gamma)
        roots = np.roots([rule.tau, 1.0, rule.beta * rule.target, rule.gamma * rule.target])
        assert rule.stable == bool(roots.real.max() < 0)

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: SynapticScaling(beta=0.0), "SynapticScaling: beta is 0.0; give a finite number > 0"),
            (lambda: SynapticScaling(gamma=-1.0), "gamma is -1.0; give a finite number >= 0"),
            (lambda: SynapticScaling().follow(-1.0, [0, 1], 0.0), "drive is -1.0; give a finite number >= 0"),
            (lambda: SynapticScaling().follow(1.0, [1, 0], 0.0), "time must increase strictly"),
            (lambda: SynapticScaling().follow(1.0, [0, 1], 0.0, factor=0.0), "factor is 0.0; give a finite number > 0"),
        ],
    )
    def test_refuses_what_no_neuron_does(self, call, message):
        with pytest.raises(ParameterError, match=message):
            call()


class TestNeighbours:
    TIME = np.arange(0.0, 0.4, 5e-4)

    def peaks(self, positions, active, **numbers):
        spines = SpineNeighbourhood(positions, **numbers)
        return [r.peak for r in spines.calcium([[0.02] if on else [] for on in active], self.TIME)]

    def test_calcium_of_one_spine_agrees_with_a_solver_to_second_order(self):
        def slope(t, ca):
            glutamate = 0.5 * np.exp(-t / 50e-3)
            voltage = -65.0 / (1.0 + 0.18 * np.exp(-t / 20e-3))
            return 7500.0 * glutamate / (1.0 + np.exp(-0.062 * voltage) / 3.57) - (ca - 0.05) / 20e-3

        exact = solve_ivp(slope, (0.0, 0.04), [0.05], "DOP853", rtol=1e-11, atol=1e-13).y[0, -1]
        errors = []
        for n in (101, 201):
            time = 0.1 * np.arange(n) / (n - 1)
            spike = time[(n - 1) // 5]
            [readout] = SpineNeighbourhood((0.0,)).calcium([[spike]], time)
            errors.append(abs(readout.concentration[3 * (n - 1) // 5] - exact))
        assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.05)
        assert errors[1] < 1e-4 * exact

    def test_glutamate_saturates_and_depolarisation_adds(self):
        spines = SpineNeighbourhood((0.0, 0.0))
        twice = spines.voltage([[0.0], [0.0]], [1e-9, 1.0])[0, 0]
        assert twice == pytest.approx(-65.0 / (1.0 + 2.0 * 0.18), rel=1e-6)
        together = np.array([0.0, 1e-12])
        assert trace(together, together, 50e-3, 0.5, "right")[1] == pytest.approx(0.5 + 0.5 * 0.5, rel=1e-9)
        assert trace(together, together, 50e-3, None, "right")[1] == pytest.approx(2.0, rel=1e-9)
        np.testing.assert_allclose(trace(together, together, 50e-3, None, "left"), [0.0, 1.0], rtol=1e-9)

    def test_neighbours_help_the_more_the_closer_they_are(self):
        alone, near, far = (
            self.peaks(*case)[0] for case in (((0.0,), (1,)), ((0.0, 2.0), (1, 1)), ((0.0, 40.0), (1, 1)))
        )
        assert alone < far < near

    def test_without_magnesium_neighbours_do_not_help(self):
        """What is left is the calcium that leaks over."""
        alone, together = (
            self.peaks(*case, magnesium_mM=0.0, leak=0.0)[0] for case in (((0.0,), (1,)), ((0.0, 2.0), (1, 1)))
        )
        assert together == pytest.approx(alone, rel=1e-12)

    def test_silent_spines_see_only_what_leaks(self):
        own, silent = self.peaks((0.0, 1.0), (1, 0))
        assert silent - 0.05 == pytest.approx(0.02 * np.exp(-1.0) * (own - 0.05), rel=1e-12)
        assert self.peaks((0.0, 1.0), (1, 0), leak=0.0)[1] == 0.05

    def test_crosstalk_lowers_both_thresholds_and_fades(self):
        crosstalk, rule = Crosstalk(reduction=0.6, length=20.0, tau=1200.0), CalciumRule()
        assert crosstalk.rule(rule, 0.0, 0.0).theta_p == pytest.approx(0.4 * rule.theta_p)
        assert crosstalk.lowered(20.0, 1200.0) == pytest.approx(0.6 * np.exp(-2.0))
        assert crosstalk.rule(rule, 1e4, 0.0).theta_d == pytest.approx(rule.theta_d)

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: SpineNeighbourhood(()), r"positions has shape \(0,\); give a 1-dimensional array with elements"),
            (lambda: SpineNeighbourhood((0.0,), length=0.0), "length is 0.0; give a finite number > 0"),
            (lambda: SpineNeighbourhood((0.0,), binding=0.0), "binding is 0.0; give a fraction > 0 and <= 1"),
            (lambda: SpineNeighbourhood((0.0,), rest_mV=5.0), "rest must lie below the reversal potential"),
            (lambda: SpineNeighbourhood((0.0,)).calcium([], [0.0, 1.0]), "0 inputs for 1 spines; give one list"),
            (lambda: SpineNeighbourhood((0.0,)).calcium([[]], [0.0, 1.0, 3.0]), "at least two values, evenly spaced"),
            (lambda: Crosstalk(reduction=1.0), "reduction is 1.0; give a fraction > 0 and < 1"),
            (lambda: Crosstalk().lowered(-1.0, 0.0), "distance is -1.0; give a finite number >= 0"),
        ],
    )
    def test_refuses_what_is_no_neighbourhood(self, call, message):
        with pytest.raises(ParameterError, match=message):
            call()
