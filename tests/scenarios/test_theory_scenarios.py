"""The verdicts of the theory scenarios: they hold, they can fail, and they refuse bad parameters."""

from __future__ import annotations

import numpy as np
import pytest

from nanospine.model.errors import ParameterError
from nanospine.results.progress import Silent
from nanospine.scenarios.base import RunOptions
from nanospine.scenarios.registry import find

SCENARIOS = ["weight_dynamics", "hebbian", "stdp", "bcm", "short_term", "scaling", "cooperativity"]


@pytest.fixture
def options(tmp_path):
    return RunOptions(seed=1, jobs=1, quick=True, out=tmp_path, progress=Silent())


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_claim_of_a_scenario_holds_in_a_quick_run_without_a_nan(name, options):
    scenario = find(f"theory.{name}")
    outcome = scenario.run(scenario.make_parameters({}, quick=True), options)
    assert [claim.name for claim in outcome.claims if not claim.holds] == []
    assert list(outcome.figures) == [f"theory_{name}"]
    for variable in outcome.dataset.variables.values():
        if variable.dtype.kind == "f":
            assert np.all(np.isfinite(variable.values))
            assert "units" in variable.attrs


def test_claims_can_fail(options):
    changed = {
        "bcm": {"activity_dark": "9.99", "cosine": "0.99"},
        "cooperativity": {"reduction": "0.1", "dispersed_spacing": "2.5"},
        "hebbian": {"n_patterns": "10"},
        "scaling": {"phase": "0.5"},
        "short_term": {"U_facilitating": "0.9"},
        "stdp": {"a_minus": "0.02", "inputs_per_synapse": "500"},
        "weight_dynamics": {"theta_p": "20"},
    }
    lost = {}
    for name, setting in changed.items():
        scenario = find(f"theory.{name}")
        outcome = scenario.run(scenario.make_parameters(setting, quick=True), options)
        lost[name] = {claim.name for claim in outcome.claims if not claim.holds}
    assert lost == {
        "bcm": {"selective", "silent"},
        "cooperativity": {"clustered", "crosstalk", "crosstalk-reach", "crosstalk-time"},
        "hebbian": {"oja-online-length", "oja-online-direction"},
        "scaling": {"restored"},
        "short_term": {"facilitation", "peak-rate"},
        "stdp": {"bimodal", "rate-insensitive", "irregular"},
        "weight_dynamics": {"potentiation"},
    }


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("weight_dynamics", {"rates": "10,20"}, "must increase and include 5, 20 and 100 Hz"),
        ("weight_dynamics", {"theta_d": "6"}, "the depression threshold must lie below"),
        ("hebbian", {"correlation": "1"}, "correlation is 1.0; give a coefficient between -1 and 1"),
        ("hebbian", {"n_runs": "1"}, "n_runs is 1; give at least 2"),
        ("stdp", {"post_rates": "10,5"}, "post_rates is .*; give at least two rates that increase"),
        ("stdp", {"a_minus_cortex": "2"}, "there is no threshold rate"),
        ("bcm", {"activity_dark": "20"}, "the dark one must be smaller"),
        ("bcm", {"slow_factor": "0.5"}, "give one below 1, one above"),
        ("short_term", {"max_rate": "10"}, "max_rate is 10.0 Hz; give more than 50 Hz"),
        ("scaling", {"gamma": "1e-6"}, "give values below and above beta/tau = 4e-07"),
        ("scaling", {"steps": "2"}, "give two factors"),
        ("cooperativity", {"dispersed_spacing": "1"}, "dispersed spines must lie farther apart"),
        ("cooperativity", {"reduction": "1"}, "reduction is 1.0; give a fraction > 0 and < 1"),
    ],
)
def test_bad_parameters_are_refused_before_work_starts(name, settings, message):
    with pytest.raises(ParameterError, match=message):
        find(f"theory.{name}").make_parameters(settings)
