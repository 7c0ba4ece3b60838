"""The spiking neuron against an independent event-driven integration, its convergence, and bad input."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from nanospine.model.errors import ParameterError, SimulationError
from nanospine.neurons.integrate_and_fire import NeuronParameters, poisson_spikes, simulate_neuron
from nanospine.plasticity import CalciumRule

PLASTICITY = CalciumRule(eta_p=20.0, eta_d=10.0)
RELATIONS = {0.0: 6.0, 1.0: 833.3, 2.0: 1e5}
DURATION = 0.4


def neuron(alpha, **changes):
    return NeuronParameters(
        alpha=alpha, influx=RELATIONS[alpha], volume_per_strength_um3_per_pA=0.001, min_strength_pA=1.0,
        max_strength_pA=50.0, **{"bias_pA": 35.0, **changes},
    )  # fmt: skip


def drive(n=3, seed=11):
    """Three inputs at 120 Hz; spike times on a 1.6 ms grid that all steps share."""
    rng = np.random.default_rng(seed)
    times, synapses = poisson_spikes(rng, np.full(n, 120.0), DURATION)
    return np.floor(times / 1.6e-3) * 1.6e-3, synapses


STRENGTHS = np.array([5.0, 7.0, 9.0])


@cache
def event_driven(alpha):
    """Integrate the continuous equations between spikes; threshold crossings are events of the solver.

    State: voltage, slow and fast current, beta, then gamma, calcium amount and strength of each synapse.
    """
    p = neuron(alpha)
    times, synapses = drive()
    n = STRENGTHS.size

    def rhs(t, y):
        v, slow, fast, beta = y[:4]
        gamma, amount, w = y[4 : 4 + n], y[4 + n : 4 + 2 * n], y[4 + 2 * n :]
        volume = p.volume_per_strength_um3_per_pA * w
        influx = 1e-3 * p.influx * volume**p.alpha * gamma * beta
        return np.concatenate([
            [(p.resistance_GOhm * (slow - fast + p.bias_pA) - v) / p.tau_membrane_ms,
             -slow / p.epsc_decay_ms, -fast / p.epsc_rise_ms, -beta / p.tau_beta_ms],
            -gamma / p.tau_gamma_ms, influx - amount / p.tau_calcium_ms, 1e-3 * PLASTICITY.rate(amount / volume),
        ])  # fmt: skip

    def crossing(t, y):
        return y[0] - p.threshold_mV

    crossing.terminal = True  # pyright: ignore[reportFunctionMemberAccess]
    crossing.direction = 1.0  # pyright: ignore[reportFunctionMemberAccess]
    y = np.concatenate([np.zeros(4 + 2 * n), STRENGTHS])
    t, output = 0.0, []
    for until, synapse in [*zip(1e3 * times, synapses, strict=True), (1e3 * DURATION, None)]:
        while t < until:
            run = solve_ivp(rhs, (t, until), y, "DOP853", events=crossing, rtol=1e-8, atol=1e-10, max_step=1.0)
            t, y = run.t[-1], run.y[:, -1]
            if run.status == 1:
                output.append(t)
                y[0], y[3] = 0.0, 1.0
        if synapse is not None:
            y[4 + synapse] += p.binding * (1.0 - y[4 + synapse])
            y[1:3] += y[4 + 2 * n + synapse]
    return y[4 + 2 * n :], 1e-3 * np.array(output)


def grid(p, dt_ms):
    times, synapses = drive()
    return simulate_neuron(
        p, STRENGTHS, times, synapses, PLASTICITY.sigmoids, duration_s=DURATION, sample_s=DURATION, dt_ms=dt_ms
    )


@pytest.mark.parametrize("alpha", RELATIONS)
def test_strengths_converge_to_the_event_driven_integration(alpha):
    p = neuron(alpha)
    exact, output = event_driven(alpha)
    moved = np.abs(exact - STRENGTHS).max()
    assert moved > 0.5
    errors = []
    for dt in (0.1, 0.025):
        trace = grid(p, dt)
        # A spike of the neuron lies at the end of its step, and each shifts the next by as much again;
        # the last may fall beyond the end.
        n = trace.output_s.size
        assert output.size - 1 <= n <= output.size
        assert np.abs(trace.output_s - output[:n]).max() < 1e-3 * dt * n
        errors.append(np.abs(trace.strength_pA[-1] - exact).max())
    # First order in the step: a quarter of it leaves less than half of the error, and 2 % of the change.
    assert errors[1] < 0.5 * errors[0]
    assert errors[1] < 0.02 * moved


def test_the_comparison_catches_influx_that_is_ten_percent_wrong():
    exact, _ = event_driven(1.0)
    wrong = NeuronParameters(**{**vars(neuron(1.0)), "influx": 1.1 * RELATIONS[1.0]})
    error = np.abs(grid(wrong, 0.025).strength_pA[-1] - exact).max()
    assert error > 0.02 * np.abs(exact - STRENGTHS).max()


def test_a_single_epsp_has_its_closed_form():
    p = neuron(1.0, bias_pA=0.0, threshold_mV=0.9)
    trace = simulate_neuron(
        p, np.array([10.0]), np.array([0.0]), np.array([0]), np.empty((0, 3)), duration_s=0.005, sample_s=0.005,
        dt_ms=0.001,
    )  # fmt: skip

    def voltage(t):
        total = 0.0
        for tau, sign in ((p.epsc_decay_ms, 1.0), (p.epsc_rise_ms, -1.0)):
            gain = p.resistance_GOhm * 10.0 * tau / (tau - p.tau_membrane_ms)
            total += sign * gain * (np.exp(-t / tau) - np.exp(-t / p.tau_membrane_ms))
        return total

    # The first step whose end lies beyond the crossing of the closed form fires.
    spike = 1e3 * trace.output_s[0]
    assert voltage(spike - 0.0011) < 0.9 <= voltage(spike + 1e-9)


def test_a_constant_current_fires_at_the_known_rate():
    p = neuron(1.0, bias_pA=25.0)
    trace = simulate_neuron(
        p, np.array([10.0]), np.array([]), np.array([], dtype=np.int64), np.empty((0, 3)), duration_s=2.0,
        sample_s=1.0, dt_ms=0.01,
    )  # fmt: skip
    period = 1e-3 * p.tau_membrane_ms * np.log(25.0 / 5.0)
    # Spikes fall on the grid: each period is too long by at most a step.
    assert 0.0 <= np.diff(trace.output_s).mean() - period <= 1e-5


def test_strengths_stay_within_their_limits_and_fixed_synapses_stay():
    p = NeuronParameters(alpha=2.0, influx=1e6, min_strength_pA=5.0, max_strength_pA=25.0)
    rng = np.random.default_rng(2)
    times, synapses = poisson_spikes(rng, np.full(60, 60.0), 1.0)
    trace = simulate_neuron(
        p, np.full(60, 12.0), times, synapses, PLASTICITY.sigmoids, duration_s=1.0, sample_s=0.1, n_plastic=20
    )
    assert trace.strength_pA.min() >= 5.0
    assert trace.strength_pA.max() <= 25.0
    assert np.ptp(trace.strength_pA[:, :20]) > 1.0
    assert np.ptp(trace.strength_pA[:, 20:]) == 0.0


def test_poisson_spikes_have_their_rate():
    rates = np.array([5.0, 50.0])
    times, synapses = poisson_spikes(np.random.default_rng(1), rates, 200.0)
    assert np.all(np.diff(times) >= 0)
    expected = rates * 200.0
    assert np.all(np.abs(np.bincount(synapses) - expected) < 4.0 * np.sqrt(expected))
    assert np.any(np.abs(np.bincount(synapses) - 1.1 * expected) > 4.0 * np.sqrt(expected))


def test_bad_input_is_refused():
    arguments = {"duration_s": 1.0, "sample_s": 0.5}
    none = (np.array([]), np.array([], dtype=np.int64))
    rule = PLASTICITY.sigmoids
    with pytest.raises(ParameterError, match="lower must be less"):
        NeuronParameters(min_strength_pA=25.0, max_strength_pA=5.0)
    with pytest.raises(ParameterError, match="alpha is nan"):
        NeuronParameters(alpha=float("nan"))
    with pytest.raises(ParameterError, match="volume_per_strength_um3_per_pA is 0"):
        NeuronParameters(volume_per_strength_um3_per_pA=0.0)
    with pytest.raises(ParameterError, match="between the limits of 5 and 25 pA"):
        simulate_neuron(NeuronParameters(), np.array([1.0]), *none, rule, **arguments)
    with pytest.raises(ParameterError, match="0 < step <= interval"):
        simulate_neuron(NeuronParameters(), np.array([6.0]), *none, rule, dt_ms=0.0, **arguments)
    with pytest.raises(ParameterError, match="name synapses from 0 to 0"):
        simulate_neuron(NeuronParameters(), np.array([6.0]), np.array([0.1]), np.array([3]), rule, **arguments)
    with pytest.raises(ParameterError, match="rates >= 0"):
        poisson_spikes(np.random.default_rng(1), np.array([-1.0]), 1.0)


def test_an_exploding_calcium_is_an_error_not_a_nan():
    p = NeuronParameters(influx=1e308, alpha=-400.0, bias_pA=100.0)
    with pytest.raises(SimulationError, match="not finite"), np.errstate(all="ignore"):
        simulate_neuron(
            p, np.array([6.0]), np.array([0.0]), np.array([0]), PLASTICITY.sigmoids, duration_s=0.1, sample_s=0.1
        )
