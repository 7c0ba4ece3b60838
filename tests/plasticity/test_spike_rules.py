"""Rules that read spikes: spike timing and short-term plasticity, against what theory says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from nanospine.model.errors import ParameterError
from nanospine.neurons.stdp_neuron import NeuronParameters, simulate_neuron
from nanospine.plasticity import (
    CORTEX,
    DEPRESSING,
    FACILITATING,
    HIPPOCAMPUS,
    PAIRINGS,
    ShortTermPlasticity,
    StdpRule,
)
from nanospine.results.estimates import Estimate


def poisson(rate_Hz, duration, rng):
    return np.sort(rng.uniform(0.0, duration, rng.poisson(rate_Hz * duration)))


def brute_force(rule, pre, post, pairing):
    """Sum the window over the pairs that a scheme counts, from its definition in words."""
    total = 0.0
    for t in post:
        earlier = pre[pre < t]
        since = post[post < t].max(initial=-np.inf)
        if PAIRINGS[pairing].post_clears:
            earlier = earlier[earlier >= since]
        if PAIRINGS[pairing].last_pre:
            earlier = earlier[-1:]
        total += rule.window(t - earlier).sum()
    for t in pre:
        earlier = post[post < t]
        since = pre[pre < t].max(initial=-np.inf)
        if PAIRINGS[pairing].pre_clears:
            earlier = earlier[earlier >= since]
        if PAIRINGS[pairing].last_post:
            earlier = earlier[-1:]
        total += rule.window(earlier - t).sum()
    return total


class TestStdp:
    @pytest.mark.parametrize("pairing", PAIRINGS)
    @pytest.mark.parametrize("rule", [StdpRule(), CORTEX, HIPPOCAMPUS])
    def test_traces_are_sums_over_pairs(self, rule, pairing):
        rng = np.random.default_rng(5)
        pre, post = poisson(20.0, 5.0, rng), poisson(40.0, 5.0, rng)
        _, up, down = rule.events(pre, post, pairing)
        exact = brute_force(rule, pre, post, pairing)
        assert (up - down).sum() == pytest.approx(exact, abs=1e-12 * (up + down).sum())
        others = [brute_force(rule, pre, post, name) for name in PAIRINGS if name != pairing]
        assert np.abs(np.array(others) - exact).min() > 1e-3 * (up + down).sum(), "the schemes differ"

    def test_one_pair_is_the_window(self):
        for lag in (-30e-3, -1e-3, 1e-3, 30e-3):
            _, up, down = CORTEX.events([1.0], [1.0 + lag])
            assert (up - down).sum() == pytest.approx(float(CORTEX.window(lag)), rel=1e-12)

    def test_simultaneous_spikes_do_not_pair_with_each_other_but_with_others(self):
        assert CORTEX.window(0.0) == 0.0
        assert not np.any(CORTEX.events([1.0], [1.0])[1:])
        assert CORTEX.events([1.0, 1.01], [1.01])[1][-1] == pytest.approx(float(CORTEX.window(0.01)), rel=1e-12)

    def test_no_spikes_no_change(self):
        assert [part.size for part in CORTEX.events([], [])] == [0, 0, 0]
        assert not CORTEX.events([], [0.5])[1].any()

    @pytest.mark.parametrize("pairing", PAIRINGS)
    def test_poisson_spikes_drift_at_the_rate_in_closed_form(self, pairing):
        rng = np.random.default_rng(11)
        duration, batches = 300.0, 30
        pre, post = poisson(10.0, duration, rng), poisson(35.0, duration, rng)
        times, up, down = CORTEX.events(pre, post, pairing)
        parts = np.histogram(times, np.linspace(0.0, duration, batches + 1), weights=up - down)[0] / (
            duration / batches
        )
        drift = Estimate.of(parts)
        assert abs(drift.z(CORTEX.drift(10.0, 35.0, pairing))) < 4.0
        wrong = "nearest-symmetric" if pairing == "all-to-all" else "all-to-all"
        assert abs(drift.z(CORTEX.drift(10.0, 35.0, wrong))) > 4.0

    def test_drift_of_all_pairs_is_the_area_of_the_window(self):
        area = sum(quad(CORTEX.window, *limits)[0] for limits in ((-1.0, 0.0), (0.0, 1.0)))
        assert float(CORTEX.drift(3.0, 7.0)) == pytest.approx(21.0 * area, rel=1e-7)

    def test_presynaptic_centred_drift_changes_sign_at_the_threshold(self):
        threshold = CORTEX.threshold()
        drift = CORTEX.drift(10.0, threshold * np.array([0.9, 1.0, 1.1]), "nearest-presynaptic")
        assert drift[0] < 0 < drift[2]
        assert drift[1] == pytest.approx(0.0, abs=1e-12)

    def test_additive_weights_stop_at_hard_bounds_and_weight_dependent_ones_never_reach_them(self):
        pre = np.arange(2000) * 0.1
        up_only = StdpRule(a_plus=0.01, a_minus=1e-12)
        assert up_only.follow(pre, pre + 5e-3, 0.5)[1][-1] == 1.0
        assert 0.99 < replace(up_only, mu=1.0).follow(pre, pre + 5e-3, 0.5)[1][-1] < 1.0
        assert StdpRule(a_plus=1e-12, a_minus=0.01).follow(pre, pre - 5e-3, 0.5)[1][-1] == 0.0

    def test_the_neuron_changes_its_synapses_by_the_rule(self):
        rule = StdpRule(a_plus=0.02, a_minus=0.015, mu=0.3)
        neuron = NeuronParameters(n_excitatory=300, g_max=0.05)
        initial = np.random.default_rng(1).random(300)
        run = simulate_neuron(neuron, rule, 15.0, 5.0, initial, seed=2)
        _, path = rule.follow(run.first_pre, run.post, float(initial[0]))
        assert run.post.size > 50
        assert run.weights[0] == pytest.approx(path[-1], rel=1e-12)

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: StdpRule(a_plus=0.0), "StdpRule: a_plus is 0.0; give a finite number > 0"),
            (lambda: StdpRule(tau_minus=float("nan")), r"tau_minus is nan \(float\); give a finite number"),
            (lambda: StdpRule(mu=1.5), r"mu is 1.5; give a number from 0 \(additive\)"),
            (lambda: StdpRule().events([0.2, 0.1], []), "presynaptic spikes must increase strictly; sort"),
            (lambda: StdpRule().events([], [0.1, np.inf]), "postsynaptic spikes holds inf; give finite numbers"),
            (lambda: StdpRule().events([], [], "nearest"), "pairing 'nearest' is unknown"),
            (lambda: StdpRule().drift(1.0, 1.0, "all"), "pairing 'all' is unknown"),
            (lambda: StdpRule().follow([], [], -0.1), "initial weight is -0.1; give one from 0 to 1"),
            (lambda: StdpRule().threshold(), r"there is no threshold rate; it needs A\+ > A- and A- tau- > A\+ tau\+"),
            (lambda: HIPPOCAMPUS.threshold(), "there is no threshold rate"),
        ],
    )
    def test_refuses_what_has_no_meaning(self, call, message):
        with pytest.raises(ParameterError, match=message):
            call()


class TestShortTerm:
    @pytest.mark.parametrize("synapse", [DEPRESSING, FACILITATING, ShortTermPlasticity(0.2, 0.3, 0.4)])
    @pytest.mark.parametrize("rate", [1.0, 20.0, 150.0])
    def test_regular_trains_end_in_the_closed_form(self, synapse, rate):
        u, x = synapse.release(np.arange(int(30.0 * rate) + 2) / rate)
        assert (u[-1], x[-1]) == pytest.approx(synapse.steady_state(rate), rel=1e-9)

    def test_between_spikes_it_solves_the_differential_equations(self):
        synapse, spikes = ShortTermPlasticity(0.2, 0.3, 0.4), [0.0, 0.1, 0.5, 0.52]
        u, x = synapse.release(spikes)
        now = np.array([synapse.U, 1.0])
        for k in range(3):
            assert now == pytest.approx([u[k], x[k]], rel=1e-9)
            now[1] *= 1.0 - now[0]
            run = solve_ivp(
                lambda _, s: [-s[0] / 0.4, (1 - s[1]) / 0.3], (spikes[k], spikes[k + 1]), now, rtol=1e-11, atol=1e-13
            )
            now = run.y[:, -1]
            now[0] += synapse.U * (1.0 - now[0])
        assert now == pytest.approx([u[3], x[3]], rel=1e-9)

    def test_resources_under_poisson_spikes_have_their_mean(self):
        rng, rate, n = np.random.default_rng(3), 12.0, 40_000
        _, x = DEPRESSING.release(np.cumsum(rng.exponential(1.0 / rate, n)))
        mean = Estimate.of_series(x[1000:], blocks=40)
        assert abs(mean.z(float(DEPRESSING.poisson_state(rate)[1]))) < 4.0
        assert abs(mean.z(DEPRESSING.steady_state(rate)[1])) > 4.0, "a regular train differs"

    def test_without_facilitation_u_is_constant(self):
        np.testing.assert_array_equal(DEPRESSING.release([0.0, 0.01, 0.5])[0], 0.5)

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: ShortTermPlasticity(U=0.0), "U is 0.0; give a fraction > 0 and <= 1"),
            (lambda: ShortTermPlasticity(U=1.2), "U is 1.2; give a fraction > 0 and <= 1"),
            (lambda: ShortTermPlasticity(tau_rec=0.0), "tau_rec is 0.0; give a finite number > 0"),
            (lambda: ShortTermPlasticity(tau_facil=-0.1), "tau_facil is -0.1; give a finite number >= 0"),
            (lambda: DEPRESSING.release([0.1, 0.1]), "spikes must increase strictly"),
            (lambda: DEPRESSING.steady_state(0.0), "rate is 0.0; give a finite number > 0"),
        ],
    )
    def test_refuses_what_no_synapse_does(self, call, message):
        with pytest.raises(ParameterError, match=message):
            call()
