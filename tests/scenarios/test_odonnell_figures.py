"""The verdicts of Figs. 1 to 6 of O'Donnell et al. (2011): they hold, they can fail, and they refuse bad parameters."""

from __future__ import annotations

import numpy as np
import pytest

from nanospine.model.errors import ParameterError
from nanospine.results.progress import Silent
from nanospine.scenarios.base import RunOptions
from nanospine.scenarios.odonnell2011 import fig1, fig2, fig4, fig5, fig6
from nanospine.scenarios.odonnell2011.shared import EXACT, OVER, UNDER, sign_changes
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
    assert failed == {"stable-undercompensation", "unstable-overcompensation"}


def test_fig5_holds_and_notices_an_overcompensation_that_is_exact(options):
    data = fig5.compute(fig5.Parameters(), options)
    assert all(verdicts(fig5.claims(data)).values())
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
    assert fig6.lost(initial, reference) == []
    assert fig6.lost(initial, np.stack([initial, initial])) == [key for key in fig6.STATEMENTS if "large un" not in key]


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("fig1", {"min_volume": "0.3", "max_volume": "0.01"}, "the lower must be less than the upper"),
        ("fig1", {"alpha_under": "nan"}, "exponents are nan"),
        ("fig1", {"reference_volume": "-1"}, "reference_volume is -1"),
        ("fig2", {"min_strength": "25", "max_strength": "5"}, "the lower must be less than the upper"),
        ("fig2", {"volume_per_strength": "0"}, "volume_per_strength is 0"),
        ("fig2", {"rates": "20,10"}, "must increase"),
        ("fig3", {"duration": "6"}, "make it longer"),
        ("fig3", {"n_probes": "10"}, "at least 50"),
        ("fig4", {"n_cells": "60"}, r"too coarse.*bound.*use at least \d+ cells"),
        ("fig4", {"initial_volumes": "0.1,0.5"}, "must lie between the limits"),
        ("fig5", {"min_volume": "0"}, "min_volume is 0"),
        ("fig5", {"distribution": "normal"}, "choose one of exponential"),
        ("fig6", {"volumes": "0.05,0.01,0.15"}, "three that increase"),
        ("fig6", {"volumes": "-0.01,0.05,0.15"}, "give numbers > 0"),
        ("fig6", {"potentials": "-50,-30,40"}, "between -100 and 0 mV"),
        ("fig6", {"n_inputs": "0"}, "at least one input"),
        ("fig6", {"parameter_set": "table2"}, "choose one of table1, deposited"),
    ],
)
def test_bad_parameters_are_refused_before_work_starts(name, settings, message):
    with pytest.raises(ParameterError, match=message):
        find(f"odonnell2011.{name}").make_parameters(settings)


@pytest.mark.verification
@pytest.mark.parametrize("name", FIGURES)
def test_every_claim_holds_in_a_quick_run_without_a_nan(name, options):
    scenario = find(name)
    outcome = scenario.run(scenario.make_parameters({}, quick=True), options)
    assert all(verdicts(outcome.claims).values())
    for variable in outcome.dataset.data_vars.values():
        assert np.all(np.isfinite(variable.values)), variable.name


@pytest.mark.verification
@pytest.mark.parametrize(
    ("name", "settings"),
    [("fig2", {"eta_p": "1e-6"}), ("fig4", {"reference_calcium": "1"}), ("fig5", {"reference_calcium": "1"})],
)
def test_verdicts_are_numbers_where_nothing_moves_or_one_state_is_empty(name, settings, options):
    scenario = find(f"odonnell2011.{name}")
    outcome = scenario.run(scenario.make_parameters(settings, quick=True), options)
    assert np.all(np.isfinite([claim.value for claim in outcome.claims]))
