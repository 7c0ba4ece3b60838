"""The verdicts of Figs. 1, 4, 5 and 6 of O'Donnell et al. (2011): they hold, can fail, and refuse bad parameters."""

from __future__ import annotations

import numpy as np
import pytest
from verdicts import DO_NOT_HOLD

from nanospine.model.errors import ParameterError
from nanospine.neurons.spine_electrophysiology import simulate_spine
from nanospine.neurons.spine_parameters import PARAMETER_SETS
from nanospine.results.progress import Silent
from nanospine.scenarios.base import RunOptions
from nanospine.scenarios.odonnell2011 import fig1, fig2, fig4, fig4_claims, fig5, fig6, fig6_claims, shared
from nanospine.scenarios.odonnell2011.shared import COMPENSATIONS, EXACT, OVER, UNDER, rule_rows, sign_changes
from nanospine.scenarios.registry import find

FIGURES = [f"odonnell2011.fig{n}" for n in range(1, 7)]


def verdicts(claims):
    return {claim.name: claim.holds for claim in claims}


@pytest.fixture
def options(tmp_path):
    return RunOptions(seed=1, jobs=1, quick=True, out=tmp_path, progress=Silent())


def test_fig1_holds_and_notices_a_rule_of_opposite_sign():
    data = fig1.compute(fig1.Parameters())
    assert all(verdicts(fig1.claims(data)).values())
    data["plasticity"] = -data["plasticity"]
    failed = {name for name, holds in verdicts(fig1.claims(data)).items() if not holds}
    assert failed == {
        "outcomes-undercompensation", "stable-undercompensation",
        "outcomes-overcompensation", "unstable-overcompensation",
    }  # fmt: skip


def test_outcomes_along_a_curve_are_its_directions_and_its_idle_ends():
    assert shared.outcomes(np.array([0.0, 0.001, -0.4, -0.01, 0.02, 1.0])) == [0, -1, 1]
    assert shared.outcomes(np.array([1.0, 0.2, -0.5, -0.3])) == [1, -1]


def failing(claims):
    return {claim.name for claim in claims if not claim.holds}


def test_fig5_holds_but_for_one_statement_and_notices_an_overcompensation_that_is_exact(options):
    data = fig5.compute(fig5.Parameters(), options)
    assert failing(fig5.claims(data)) == DO_NOT_HOLD["odonnell2011.fig5"]
    data["density"].loc[{"relation": OVER.name}] = data["density"].sel(relation=EXACT.name)
    assert not verdicts(fig5.claims(data))["over-two-peaks"]


def test_retention_of_an_exponential_decay_has_its_closed_form():
    tau, final = 300.0, 0.08
    times = np.linspace(0.0, 3000.0, 3001)
    decaying = final * (1.0 + np.exp(-times / tau))
    median = np.stack([decaying, np.full_like(times, 1.1 * final), np.full_like(times, 2.0 * final)], axis=1)
    found = fig4.retention_times(times, median, final)
    # Interpolation between samples 1 s apart.
    assert found[0] == pytest.approx(tau * np.log(5.0), rel=1e-5)
    assert found[1] == 0.0
    assert np.isinf(found[2])


@pytest.mark.parametrize("relation", COMPENSATIONS, ids=lambda relation: relation.name)
def test_relative_fluctuations_scale_the_intrinsic_ones_and_leave_calcium_events_alone(relation):
    p = fig4.Parameters()
    volumes = np.array([0.06, 0.15, 0.24])
    plain, tripled = p.process(relation), p.process(relation, 3.0)
    intrinsic = p.noise * (1.0 + p.noise_slope * volumes)
    np.testing.assert_allclose(tripled.noise(volumes) - plain.noise(volumes), 8.0 * intrinsic, rtol=1e-9)
    for before, after in zip(plain.moments(volumes), tripled.moments(volumes), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("distribution", ["exponential", "uniform", "lognormal"])
def test_potentiation_and_depression_balance_at_the_stable_volume_and_at_the_threshold(distribution):
    p = fig5.Parameters(distribution=distribution)
    for relation, volume, slope in ((UNDER, p.stable_volume, -1.0), (OVER, p.threshold_volume, 1.0)):
        below, at, above = p.process(relation).drift(volume * np.array([0.9, 1.0, 1.1]))
        assert abs(at) < 1e-9 * max(abs(below), abs(above))
        assert slope * below < 0 < slope * above
    assert np.all(p.process(EXACT).drift([0.06, 0.24]) < 0)


def test_a_synapse_with_nothing_to_lose_in_either_relation_is_not_compared_but_one_with_something_is():
    times, others = np.array([100.0, 0.0]), np.array([10.0, 0.0])
    assert fig4_claims.smallest_ratio(times, others) == 10.0
    # 0 s against 20 s counts as the first output time, 1 s.
    assert fig4_claims.smallest_ratio(times, np.array([10.0, 20.0])) == 0.05


def test_retention_that_rises_with_fluctuations_at_one_volume_is_noticed():
    falling = np.array([[5.0, 50.0], [0.0, 40.0], [0.0, 30.0]])
    assert fig4_claims.largest_step(falling) == -5.0
    falling[2, 0] = 7.0
    assert fig4_claims.largest_step(falling) == 7.0


def shot_means(rate_Hz, tau_ms, binding, rng, n=200_000):
    """Time averages, between events, of x that decays and gains ``binding`` of what is free."""
    intervals = rng.exponential(1e3 / rate_Hz, n)
    x, areas = 0.0, np.empty(n)
    for i, interval in enumerate(intervals):
        x += binding * (1.0 - x)
        areas[i] = -x * tau_ms * np.expm1(-interval / tau_ms)
        x *= np.exp(-interval / tau_ms)
    mean = areas.sum() / intervals.sum()
    return mean, (areas - mean * intervals).std() * np.sqrt(n) / intervals.sum()


def test_mean_calcium_agrees_with_simulated_traces_of_gamma_and_beta():
    p = fig2.Parameters()
    rate, volume = 60.0, 0.01
    rng = np.random.default_rng(4)
    gamma, gamma_error = shot_means(rate, 50.0, 0.5, rng)
    beta, beta_error = shot_means(rate, 5.0, 1.0, rng)
    factor = UNDER.influx / volume * 0.02
    # Successive intervals are correlated by gamma's memory of 50 ms, three intervals: at most threefold.
    error = factor * np.hypot(3.0 * gamma_error * beta, gamma * beta_error)
    expected = float(fig2.mean_calcium(p, UNDER, rate, volume))
    assert abs(factor * gamma * beta - expected) < 4.0 * error
    assert abs(1.1 * factor * gamma * beta - expected) > 4.0 * error


def test_sign_changes_pass_over_zeros():
    x = np.arange(6.0)
    assert sign_changes(x, np.array([-1.0, -1.0, 0.0, 0.0, 3.0, 3.0])) == [(1.75, 1)]
    assert sign_changes(x, np.array([0.0, 2.0, 1.0, 0.0, 0.0, 0.0])) == []


def test_fig6_statements_hold_for_the_reference_and_fail_for_spines_that_stay():
    initial = np.array([50.0, 250.0, 750.0])
    reference = np.array([[233.6, 233.6, 746.5], [450.6, 455.8, 457.4]])
    assert fig6_claims.lost(initial, reference) == []
    kept = [key for key in fig6_claims.STATEMENTS if "large un" not in key]
    assert fig6_claims.lost(initial, np.stack([initial, initial])) == kept


def burst(parameter_set, volume, potential):
    rows = rule_rows(1000.0)
    return simulate_spine(PARAMETER_SETS[parameter_set], volume, potential, rows)


def test_with_the_printed_exchange_along_the_neck_the_medium_spine_of_fig6_does_not_depress():
    relative = {name: burst(name, 0.05, -50.0)["gAMPA"][-1] / 250.0 - 1.0 for name in ("table1", "printed")}
    assert relative == {"table1": pytest.approx(-0.0656, abs=1e-3), "printed": pytest.approx(0.0050, abs=1e-3)}


def test_half_of_the_exchange_along_the_neck_takes_about_half_of_the_calcium():
    shares = [fig6.through_neck(PARAMETER_SETS[name], burst(name, 0.05, -50.0)) for name in ("table1", "printed")]
    assert 0.05 < shares[0] < 0.15
    assert 0.45 < shares[1] / shares[0] < 0.65


def test_fig6_doubles_and_halves_the_eight_parameters_of_the_paper():
    spine = PARAMETER_SETS["table1"]
    changed = fig6.perturbed(spine)
    names = {name for fields in fig6.PERTURBED.values() for name in fields}
    assert len(fig6.PERTURBED) == 8
    for double, half, fields in zip(changed[::2], changed[1::2], fig6.PERTURBED.values(), strict=True):
        for name in names:
            value, factor = getattr(spine, name), 2.0 if name in fields else 1.0
            assert (getattr(double, name), getattr(half, name)) == (factor * value, value / factor)


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("fig1", {"min_volume": "0.3", "max_volume": "0.01"}, "the lower must be less than the upper"),
        ("fig1", {"alpha_under": "nan"}, "alpha_under is nan; give a finite number"),
        ("fig1", {"reference_volume": "-1"}, "reference_volume is -1"),
        ("fig2", {"min_strength": "25", "max_strength": "5"}, "the lower must be less than the upper"),
        ("fig2", {"volume_per_strength": "0"}, "volume_per_strength is 0"),
        ("fig2", {"rates": "20,10"}, "must increase"),
        ("fig3", {"duration": "6"}, "make it longer"),
        ("fig3", {"n_probes": "10"}, "at least 60"),
        ("fig4", {"n_cells": "60"}, r"too coarse.*bound.*use at least \d+ cells"),
        ("fig4", {"initial_volumes": "0.1,0.2,0.5"}, "must lie between the limits"),
        ("fig4", {"initial_volumes": "0.1,0.2"}, "at least three numbers that increase"),
        ("fig4", {"fluctuations": "0.5,2,3"}, "1 must be among them"),
        ("fig4", {"flip_times": "5000,2500,10000"}, "at least three numbers that increase"),
        ("fig4", {"floor": "0.3", "ceiling": "0.01"}, "the lower must be less than the upper"),
        ("fig4", {"cap": "3"}, "balance at no mean amplitude"),
        ("fig5", {"min_volume": "0"}, "min_volume is 0"),
        ("fig5", {"distribution": "normal"}, "choose one of exponential"),
        ("fig6", {"volumes": "0.05,0.01,0.15"}, "three that increase"),
        ("fig6", {"volumes": "-0.01,0.05,0.15"}, "give numbers > 0"),
        ("fig6", {"potentials": "-50,-30,40"}, "between -100 and 0 mV"),
        ("fig6", {"n_inputs": "0"}, "at least one input"),
        ("fig6", {"parameter_set": "table2"}, "choose one of table1, printed, deposited"),
    ],
)
def test_bad_parameters_are_refused_before_work_starts(name, settings, message):
    with pytest.raises(ParameterError, match=message):
        find(f"odonnell2011.{name}").make_parameters(settings)


@pytest.mark.verification
@pytest.mark.parametrize("name", FIGURES)
def test_in_a_quick_run_all_claims_hold_but_those_that_are_known_not_to_and_no_value_is_nan(name, options):
    scenario = find(name)
    outcome = scenario.run(scenario.make_parameters({}, quick=True), options)
    assert failing(outcome.claims) == DO_NOT_HOLD.get(name, set())
    for variable in outcome.dataset.data_vars.values():
        assert np.all(np.isfinite(variable.values)), variable.name


@pytest.mark.verification
@pytest.mark.parametrize(
    ("name", "settings"),
    [("fig2", {"eta_p": "1e-6"}), ("fig4", {"stable_volume": "0.05"}), ("fig5", {"threshold_volume": "0.2"})],
)
def test_verdicts_are_numbers_where_nothing_moves_or_one_state_is_empty(name, settings, options):
    scenario = find(f"odonnell2011.{name}")
    outcome = scenario.run(scenario.make_parameters(settings, quick=True), options)
    assert np.all(np.isfinite([claim.value for claim in outcome.claims]))
