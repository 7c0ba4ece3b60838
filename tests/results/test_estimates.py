"""Means with standard errors."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from nanospine.results.estimates import Estimate, error_of_difference, mean_and_error, mean_over_trials, student


def test_errors_of_differences_add_in_squares() -> None:
    assert Estimate(5.0, 3.0) - Estimate(1.0, 4.0) == Estimate(4.0, 5.0)
    assert Estimate(5.0, 3.0) - 1.0 == Estimate(4.0, 3.0)
    assert Estimate(5.0, 3.0).z(Estimate(1.0, 4.0)) == 0.8
    assert Estimate(6.0, 3.0) / -2.0 == Estimate(-3.0, 1.5)


def test_one_sample_has_no_standard_error() -> None:
    assert np.isnan(Estimate.of([3.0]).se)
    assert np.isnan(mean_and_error([[1.0, 2.0]], axis=0)[1]).all()


def test_the_mean_of_each_row_has_an_error_of_its_own() -> None:
    mean, error = mean_and_error([[1.0, 3.0], [2.0, 8.0]], axis=1)
    np.testing.assert_allclose(mean, [2.0, 5.0])
    np.testing.assert_allclose(error, [1.0, 3.0])


def test_a_slope_has_the_error_that_its_residuals_say() -> None:
    """Four points about y = 2 x: residuals -1, 1, 1, -1 less nothing; s^2 = 4/2, sum of squares of x is 5."""
    slope = Estimate.of_slope([0, 1, 2, 3], [-1.0, 3.0, 5.0, 5.0])
    assert slope.mean == pytest.approx(2.0)
    assert slope.se == pytest.approx(np.sqrt(2.0 / 5.0))


def test_a_weighted_mean_over_trials_is_a_ratio_of_sums() -> None:
    values, weights = (xr.DataArray(row, dims="trial") for row in ([2.0, 4.0, np.nan], [1.0, 3.0, 5.0]))
    mean, error = mean_over_trials(values, weights)
    assert float(mean) == pytest.approx(14.0 / 4.0)
    # Weighted deviations, weights with a mean of 1: -0.75 and 0.75.
    assert float(error) == pytest.approx(np.std([-0.75, 0.75], ddof=1) / np.sqrt(2))


def test_the_difference_of_two_means_has_welchs_error() -> None:
    a, b = np.array([[1.0], [3.0]]), np.array([[2.0], [2.0], [5.0]])
    assert error_of_difference(a, b) == pytest.approx(np.sqrt(2.0 / 2 + 3.0 / 3))
    assert error_of_difference(a[:1], b[:1]) == [0.0]


def test_students_t_is_that_of_the_tables() -> None:
    assert student(0.95, 3) == pytest.approx(4.3027, abs=1e-4)
    assert student(0.95, 3, sides=1) == pytest.approx(2.9200, abs=1e-4)
    assert student(0.95, 1) == np.inf
