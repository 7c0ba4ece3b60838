"""Conservation, steady states and moments of the Fokker-Planck equation, held against the jump process."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse.linalg import eigs

from nanospine.model.errors import ParameterError
from nanospine.plasticity import CalciumRule
from nanospine.plasticity.fokker_planck import CONSERVATION, FokkerPlanck
from nanospine.plasticity.jump_process import Amplitudes, JumpProcess, simulate_jumps

RULE = CalciumRule(eta_p=0.2, eta_d=0.1).sigmoids
LIMITS = (0.01, 0.3)
Z_LIMIT = 4.0
"""Chance of a false alarm 6e-5 per comparison."""


def process(alpha=0.0, **changes):
    return JumpProcess(RULE, alpha, reference_uM=1.5, reference_um3=0.106, **changes)


def equation(p, n_cells=600, noise=None):
    return FokkerPlanck(*LIMITS, n_cells, p.drift, noise or p.noise)


def relaxing(n_cells):
    """An Ornstein-Uhlenbeck process around 0: A = -x, B = 0.02."""
    return FokkerPlanck(-1.0, 1.0, n_cells, lambda x: -x, lambda x: np.full(x.size, 0.02))


def test_columns_sum_to_zero():
    generator = equation(process()).generator
    scale = np.abs(generator.toarray()).max()
    assert np.abs(generator.sum(axis=0)).max() <= 4 * np.finfo(float).eps * scale


@pytest.mark.parametrize("alpha", [0.0, 1.0, 2.0])
def test_probability_is_conserved_and_stays_positive(alpha):
    fp = equation(process(alpha))
    path = fp.propagate(fp.point([0.02, 0.15, 0.29]), np.concatenate([[0.0], np.geomspace(1.0, 1e5, 40)]))
    assert fp.conservation_error <= CONSERVATION
    assert path.min() >= -CONSERVATION


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_the_steady_state_is_the_eigenvector_of_zero(alpha):
    fp = equation(process(alpha), n_cells=300)
    steady = fp.steady_state()
    values, vectors = eigs(fp.generator, k=1, sigma=1e-9)
    vector = np.abs(vectors[:, 0].real)
    assert abs(values[0]) < 1e-10
    np.testing.assert_allclose(steady, vector / vector.sum(), atol=1e-8)


def test_an_ornstein_uhlenbeck_process_has_its_moments_and_second_order_in_the_cell():
    errors = []
    for n in (100, 200):
        fp = relaxing(n)
        errors.append(abs(fp.variance(fp.steady_state()) - 0.01))
    # Halving the cell quarters the error; a first-order scheme would halve it.
    assert 3.5 < errors[0] / errors[1] < 4.5
    fp = relaxing(400)
    end = fp.propagate(fp.point(0.5), np.linspace(0.0, 1.0, 201))[-1]
    start = fp.mean(fp.point(0.5))
    # Backward Euler multiplies the mean by 1/(1 + dt) in each of 800 steps.
    np.testing.assert_allclose(fp.mean(end), start * (1 + 1 / 800) ** -800, rtol=1e-9)


def z_scores(fp, p, start, duration, n=20000, seed=7):
    final = simulate_jumps(p, np.full(n, start), LIMITS, duration, np.random.default_rng(seed))
    end = fp.propagate(fp.point(start), np.linspace(0.0, duration, 11), max_step=duration / 200)[-1]
    centred = fp.centres[fp.point(start)[:, 0].argmax()]
    deviations = (final - final.mean()) ** 2
    z_mean = (final.mean() - start - (fp.mean(end)[0] - centred)) / (final.std() / np.sqrt(n))
    z_variance = (deviations.mean() - fp.variance(end)[0]) / (deviations.std() / np.sqrt(n))
    return z_mean, z_variance


@pytest.mark.parametrize(
    ("alpha", "amplitudes"),
    [
        (0.0, Amplitudes()),
        (1.0, Amplitudes()),
        (2.0, Amplitudes()),
        (1.0, Amplitudes("uniform")),
        (1.0, Amplitudes("lognormal", cap_uM=5.0)),
    ],
)
def test_mean_and_variance_agree_with_direct_simulation(alpha, amplitudes):
    p = process(alpha, amplitudes=amplitudes)
    z_mean, z_variance = z_scores(equation(p), p, start=0.12, duration=60.0)
    assert abs(z_mean) < Z_LIMIT
    assert abs(z_variance) < Z_LIMIT


def test_the_comparison_catches_a_missing_half_and_a_reversed_drift():
    p = process(1.0)
    doubled = FokkerPlanck(*LIMITS, 600, p.drift, lambda v: 2.0 * p.noise(v))
    reversed_drift = FokkerPlanck(*LIMITS, 600, lambda v: -p.drift(v), p.noise)
    assert abs(z_scores(doubled, p, 0.12, 60.0)[1]) > Z_LIMIT
    assert abs(z_scores(reversed_drift, p, 0.12, 60.0)[0]) > Z_LIMIT


@pytest.mark.parametrize("kind", ["exponential", "uniform", "lognormal"])
def test_moments_of_jumps_are_averages_over_sampled_amplitudes(kind):
    p = JumpProcess(RULE, 1.0, 3.0, 0.1, amplitudes=Amplitudes(kind, cap_uM=20.0))
    n = 200_000
    calcium = np.minimum(3.0 * p.amplitudes.unit_samples(np.random.default_rng(3), n), 20.0)
    jumps = p.duration_s * CalciumRule(eta_p=0.2, eta_d=0.1).rate(calcium)
    for sample, moment in zip((jumps, jumps**2), p.moments(0.1), strict=True):
        assert abs(sample.mean() - p.rate_Hz * moment[0]) < Z_LIMIT * sample.std() / np.sqrt(n)


def test_the_cap_matters_only_where_it_binds():
    free, capped = process(0.0), process(0.0, amplitudes=Amplitudes(cap_uM=5.0))
    assert capped.drift(0.02)[0] < 0.0 < free.drift(0.02)[0]


def test_a_coarse_grid_names_the_bound():
    with pytest.raises(ParameterError, match=r"too coarse.*bound min\(B/\|A\|\) is .* use at least \d+ cells"):
        equation(process(), n_cells=40)


def test_the_named_number_of_cells_is_enough():
    with pytest.raises(ParameterError) as refusal:
        relaxing(20)
    needed = int(str(refusal.value).split("at least ")[1].split()[0])
    relaxing(needed)


def test_bad_input_is_refused():
    with pytest.raises(ParameterError, match="lower must be less"):
        FokkerPlanck(0.3, 0.01, 100, lambda x: x, lambda x: x)
    with pytest.raises(ParameterError, match="must be > 0 everywhere"):
        FokkerPlanck(0.0, 1.0, 100, lambda x: x, lambda x: 0.0 * x)
    with pytest.raises(ParameterError, match="not finite"):
        FokkerPlanck(0.0, 1.0, 100, lambda x: x * np.nan, lambda x: x)
    with pytest.raises(ParameterError, match="outside the limits"):
        equation(process()).point(0.5)
    fp = equation(process())
    with pytest.raises(ParameterError, match="increase strictly"):
        fp.propagate(fp.point(0.1), [0.0, 0.0])
    with pytest.raises(ParameterError, match="alpha is nan"):
        process(float("nan"))
    with pytest.raises(ParameterError, match="give volumes > 0"):
        process().drift(0.0)
    with pytest.raises(ParameterError, match="choose one of exponential"):
        Amplitudes("gaussian")
    with pytest.raises(ParameterError, match="0 < lower < upper"):
        simulate_jumps(process(), np.array([0.1]), (0.3, 0.01), 1.0, np.random.default_rng(1))
