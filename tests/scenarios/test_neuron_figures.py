"""The verdicts on Figs. 2 and 3: they hold for strengths that do as the paper says, and notice those that do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nanospine.neurons.integrate_and_fire import NeuronTrace, poisson_spikes
from nanospine.plasticity import CalciumRule
from nanospine.results.estimates import Estimate
from nanospine.scenarios.claims import Claim
from nanospine.scenarios.odonnell2011 import fig2, fig2_claims, fig2_fit, fig3, fig3_claims
from nanospine.scenarios.odonnell2011.shared import COMPENSATIONS, EXACT, OVER, UNDER, Compensation

Floats = NDArray[np.float64]
RATES = fig2.Parameters(rates=(5.0, 20.0, 30.0, 40.0, 60.0), repeats=2)
BURSTS = fig3.Parameters(n_synapses=120, n_stimulated=20, n_probes=60, drift_runs=2, duration=20.0)
DRIFTS: dict[str, Callable[[Floats], Floats]] = {
    UNDER.name: lambda w: -np.exp(-(w - 5.0) / 5.0),
    EXACT.name: lambda w: np.full_like(w, -0.5),
    OVER.name: lambda w: np.where(w < 15.0, -1.0, 1.0) * (w - 5.0) * (25.0 - w) / 20.0,
}
"""Change of strength (pA) in a run, as the paper draws it in Fig. 3B."""


def failing(claims: list[Claim]) -> set[str]:
    return {claim.name for claim in claims if not claim.holds}


def settled(relation: Compensation, rate: float, initial: Floats) -> Floats:
    """Final strengths (pA) as the paper draws them in Fig. 2C; at 5 Hz nothing moves."""
    if rate < 10.0:
        return initial
    if relation is UNDER:
        return np.full_like(initial, rate / 3.0)
    threshold = 31.0 - rate / 2.0 if relation is OVER else (1.0 if rate > 35.0 else 50.0)
    return np.where(initial > threshold, RATES.max_strength, RATES.min_strength)


def rates_data(change: Callable[[Compensation, float, Floats], Floats] = settled) -> Any:
    answers = []
    for relation in COMPENSATIONS:
        for task in fig2.tasks(RATES, relation, 1):
            final = change(relation, task.rate, task.initial)
            answers.append((np.stack([(task.initial + final) / 2.0, final]), task.rate))
    return fig2.assemble(RATES, answers)


def bursts_data(drifts: dict[str, Callable[[Floats], Floats]] = DRIFTS, rise: float = 5.0) -> Any:
    """Bursts add ``rise`` pA each; at the end strengths have drifted, with a little scatter."""
    rng = np.random.default_rng(5)
    time = np.arange(41) * 0.5
    traces = []
    for i, relation in enumerate(COMPENSATIONS):
        for task in fig3.tasks(BURSTS, i, 1):
            strength = np.full((time.size, BURSTS.n_synapses), 6.0) + rng.normal(0.0, 0.01, BURSTS.n_synapses)
            if task.n_bursts:
                after = time >= BURSTS.burst_start + task.n_bursts
                strength[after, : BURSTS.n_stimulated] += rise * task.n_bursts
            else:
                strength[:, : BURSTS.n_probes] = BURSTS.probes()
            strength[-1] += drifts[relation.name](strength[-1]) + rng.normal(0.0, 0.01, BURSTS.n_synapses)
            if relation is OVER and task.n_bursts == 3:
                strength[-1, : BURSTS.n_stimulated] = BURSTS.max_strength
            output = np.linspace(0.0, BURSTS.duration, round(5 * BURSTS.duration))
            traces.append(NeuronTrace(time, strength, np.zeros_like(strength), output))
    return fig3.assemble(BURSTS, traces)


def judge_rates(data: Any) -> set[str]:
    return failing(fig2_claims.claims(RATES, data))


def judge_bursts(data: Any) -> set[str]:
    return failing(fig3_claims.claims(BURSTS, data))


def test_strengths_as_the_paper_draws_them_satisfy_every_claim_on_fig2() -> None:
    assert judge_rates(rates_data()) == set()


@pytest.mark.parametrize(
    ("relation", "change", "lost"),
    [
        (UNDER, lambda rate, w: np.full_like(w, 20.0), {"under-stable-rises"}),
        (UNDER, lambda rate, w: np.where(w > 5.0, 50.0, 0.1),
         {"under-stable-single", "under-stable-rises", "under-unlimited"}),
        (EXACT, lambda rate, w: np.where(w > 15.0, 25.0, 5.0), {"exact-by-rate"}),
        (EXACT, lambda rate, w: np.full_like(w, 5.0 if rate > 35.0 else 25.0), {"exact-by-rate"}),
        (OVER, lambda rate, w: np.where(w > rate / 3.0, 25.0, 5.0), {"over-threshold-falls"}),
        (OVER, lambda rate, w: np.full_like(w, 15.0), {"over-threshold-single", "over-threshold-falls"}),
    ],
)  # fmt: skip
def test_strengths_that_settle_otherwise_are_noticed(
    relation: Compensation, change: Callable[[float, Floats], Floats], lost: set[str]
) -> None:
    changed = rates_data(lambda r, rate, w: change(rate, w) if r is relation else settled(r, rate, w))
    assert judge_rates(changed) == lost


def test_a_synapse_that_turns_back_is_not_on_its_way_to_a_limit() -> None:
    data = rates_data()
    place = {"relation": EXACT.name, "rate": 40.0}
    data["final"].loc[place] = data["initial"].sel(relation=EXACT.name) + 2.0
    data["halfway"].loc[place] = data["initial"].sel(relation=EXACT.name) + 5.0
    assert judge_rates(data) == {"exact-to-limits"}


def test_strengths_as_the_paper_draws_them_satisfy_every_claim_on_fig3() -> None:
    assert judge_bursts(bursts_data()) == set()


def test_bursts_that_depress_are_noticed_in_every_relation() -> None:
    lost = judge_bursts(bursts_data(rise=-0.2))
    assert {f"{name}-bursts-potentiate" for name in ("under", "exact", "over")} <= lost


@pytest.mark.parametrize(
    ("relation", "drift", "lost"),
    [
        (EXACT, lambda w: np.full_like(w, 0.5), {"exact-net-depression", "exact-bursts-decay"}),
        (EXACT, lambda w: -0.05 * w, {"exact-independent"}),
        (UNDER, lambda w: np.exp(-(w - 5.0) / 5.0), {"under-intermediate-fall", "under-negative"}),
        (UNDER, lambda w: -0.2 * w, {"under-strong-slower", "under-strong-stay"}),
        (OVER, lambda w: -DRIFTS[OVER.name](w), {"over-weak-fall", "over-weak-falls", "over-strong-rises"}),
    ],
)
def test_drift_of_another_sign_or_shape_is_noticed(
    relation: Compensation, drift: Callable[[Floats], Floats], lost: set[str]
) -> None:
    assert judge_bursts(bursts_data({**DRIFTS, relation.name: drift})) == lost


def test_a_neuron_that_fires_at_another_rate_than_its_inputs_is_noticed() -> None:
    data = bursts_data()
    data["output_rate"][1, 1] = 9.0
    assert judge_bursts(data) == {"rates"}


def test_the_rule_of_the_neuron_is_that_of_table_1_on_another_scale_of_calcium() -> None:
    table1 = CalciumRule(eta_p=20.0, eta_d=10.0)
    calcium = np.linspace(0.0, 10.0, 101)
    np.testing.assert_allclose(
        fig2.Parameters(rule_scale=0.5).rule().rate(0.5 * calcium), table1.rate(calcium), rtol=1e-12
    )
    assert fig2.Parameters(rule_scale=1.0).rule() == table1


def test_the_search_runs_exact_compensation_once_for_each_rule() -> None:
    first, other = (fig2_fit.tasks_of(0.5, volume) for volume in (0.001, 0.01))
    assert [a == b for a, b in zip(first, other, strict=True)] == [r is EXACT for r in COMPENSATIONS]


def foreign_drift(p: fig3.Parameters, output_s: Floats, seed: int) -> Floats:
    """Drift of the probes in exact compensation by the spikes of a neuron that does not hear them."""
    times, synapses = poisson_spikes(np.random.default_rng(seed), np.full(p.n_probes, p.rate), p.duration)
    n = p.neuron(EXACT)
    steps = round(1e3 * p.duration / p.dt)
    first = np.searchsorted(np.floor(1e3 * times / p.dt + 1e-6), np.arange(steps + 1))
    fires = np.zeros(steps + 1, dtype=bool)
    fires[np.rint(1e3 * output_s / p.dt).astype(int)] = True
    decay = {tau: np.exp(-p.dt / tau) for tau in (n.tau_gamma_ms, n.tau_beta_ms, n.tau_calcium_ms)}
    gamma, calcium, beta, strength = np.zeros(p.n_probes), np.zeros(p.n_probes), 0.0, p.probes()
    rule = p.rule()
    for step in range(steps):
        for j in synapses[first[step] : first[step + 1]]:
            gamma[j] += n.binding * (1.0 - gamma[j])
        calcium = calcium * decay[n.tau_calcium_ms] + 1e-3 * p.dt * n.influx * gamma * beta
        strength = np.clip(strength + 1e-3 * p.dt * rule.rate(calcium), p.min_strength, p.max_strength)
        gamma *= decay[n.tau_gamma_ms]
        beta = 1.0 if fires[step + 1] else beta * decay[n.tau_beta_ms]
    return strength - p.probes()


@pytest.mark.verification
def test_exact_compensation_drifts_alike_but_for_the_spikes_that_a_synapse_causes_itself() -> None:
    """Where neurons do not hear them, probes of any strength drift alike; where they do, strong ones drift faster."""
    p = fig3.Parameters(dt=0.2)
    own, foreign = [], []
    for seed in range(4):
        trace = fig3.simulate(fig3.Task(p, COMPENSATIONS.index(EXACT), 0, seed))
        own.append(trace.strength_pA[-1, : p.n_probes] - p.probes())
        foreign.append(foreign_drift(p, trace.output_s, 100 + seed))
    inside = np.abs(p.probes() - 15.0) < 9.5
    slope = [Estimate.of_slope(np.tile(p.probes()[inside], 4), np.array(d)[:, inside].ravel()) for d in (own, foreign)]
    assert np.mean(foreign) < 0.0
    assert slope[0].z(0.0) < -5.0
    assert abs(slope[1].z(0.0)) < 3.0
    assert (slope[1] - slope[0]).z(0.0) > 5.0
