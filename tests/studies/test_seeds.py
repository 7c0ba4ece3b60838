"""Seeds by identity."""

from __future__ import annotations

import numpy as np
import pytest

from nanospine.studies.seeds import seed_of


def test_a_seed_is_the_same_for_ever() -> None:
    assert seed_of(1, "study", "condition", 10.0, 3) == 5408889029015861637


@pytest.mark.parametrize(
    "other",
    [
        seed_of(2, "study", "condition", 10.0, 3),
        seed_of(1, "study", "condition", 3, 10.0),
        seed_of(1, "study", "condition", 10.0),
        seed_of(1, "study", "condition", "10.0", 3),
        seed_of(1, "study", "condition", 10.0, 3, ""),
    ],
)
def test_each_part_of_an_identity_counts(other: int) -> None:
    assert other != seed_of(1, "study", "condition", 10.0, 3)


def test_numbers_that_are_equal_are_the_same() -> None:
    assert seed_of(1, 10, 3) == seed_of(np.int64(1), np.float64(10.0), np.int64(3))


def test_seeds_are_scattered_over_all_that_generators_take() -> None:
    """Bits of uniform numbers: 1000 of each of 63, 5 standard errors."""
    seeds = np.array([seed_of(1, "trial", trial) for trial in range(1000)], dtype=np.uint64)
    ones = (seeds[:, None] >> np.arange(63, dtype=np.uint64)) & np.uint64(1)
    assert np.abs(ones.mean(axis=0) - 0.5).max() < 5 * 0.5 / np.sqrt(1000)
    assert seeds.max() < 2**63
