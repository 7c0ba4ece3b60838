"""The displacements of molecules: the generator's published numbers, the normal law, independence."""

from __future__ import annotations

import math
import re

import numba
import numpy as np
import pytest
from llvmlite import binding
from numpy.typing import NDArray
from scipy import stats

from nanospine.particles.kernels.displacements import displacement, draw_displacements, threefry
from nanospine.particles.kernels.state import BLOCK
from nanospine.particles.state import new_scratch

KEY = np.uint64(0x0123456789ABCDEF)
ROTATIONS = ((10, 26), (11, 21), (13, 27), (23, 5), (6, 20), (17, 11), (25, 10), (18, 20))
MASK = 0xFFFFFFFF
#: Words of key and counter alike, and Threefry-4x32-20 of them, as published with Random123.
PUBLISHED = {
    0: (0x9C6CA96A, 0xE17EAE66, 0xFC10ECD4, 0x5256A7D8),
    MASK: (0x2A881696, 0x57012287, 0xF6C7446E, 0xA16A6732),
}


def threefry_of(key: list[int], counter: list[int], rounds: int) -> tuple[int, ...]:
    """Threefry-4x32 word by word, for any number of rounds."""
    keys = [*key, 0x1BD11BDA ^ key[0] ^ key[1] ^ key[2] ^ key[3]]
    words = [(c + k) & MASK for c, k in zip(counter, key, strict=True)]
    for r in range(rounds):
        pairs = ((0, 1), (2, 3)) if r % 2 == 0 else ((0, 3), (2, 1))
        for (i, j), by in zip(pairs, ROTATIONS[r % 8], strict=True):
            words[i] = (words[i] + words[j]) & MASK
            words[j] = ((words[j] << by | words[j] >> (32 - by)) & MASK) ^ words[i]
        if r % 4 == 3:
            turn = r // 4 + 1
            words = [(word + keys[(turn + k) % 5]) & MASK for k, word in enumerate(words)]
            words[3] = (words[3] + turn) & MASK
    return tuple(words)


@numba.njit
def twelve_rounds(k0, k1, k2, k3, a, b, c, d):
    return threefry(k0, k1, k2, k3, a, b, c, d)


@numba.njit
def of_words(spread, a, b, c, d):
    return displacement(spread, a, b, c, d)


@numba.njit
def draw(scratch, moves, key, step):
    draw_displacements(scratch, moves, key, step)


def displacements(serials: NDArray[np.int64], step: int, key: np.uint64 = KEY) -> NDArray[np.float64]:
    """Displacements of unit variance along each axis, shape (molecules, 3)."""
    scratch, rows = new_scratch(1), []
    scratch.spread[:] = 1.0
    for first in range(0, len(serials), BLOCK):
        part = serials[first : first + BLOCK]
        scratch.serial.reshape(2, BLOCK)[:, : len(part)] = part.astype("<i8").view(np.uint32).reshape(-1, 2).T
        draw(scratch, len(part), key, step)
        rows.append(scratch.displacement.reshape(3, BLOCK)[:, : len(part)].T.copy())
    return np.concatenate(rows)


@pytest.mark.skipif(not binding.get_host_cpu_features().get("avx2"), reason="no vectors of eight")
def test_the_compiler_makes_vectors_of_eight() -> None:
    displacements(np.arange(1), 0)
    assert all(re.search(r"vsqrtps\s.*%[yz]mm", code) for code in draw.inspect_asm().values())


@pytest.fixture(scope="module")
def sample() -> NDArray[np.float64]:
    """Displacements of neighbouring molecules in successive steps, shape (steps, molecules, 3)."""
    return np.array([displacements(np.arange(5000), step) for step in range(100)])


@pytest.mark.parametrize("word", PUBLISHED)
def test_the_reference_gives_the_published_words(word: int) -> None:
    assert threefry_of([word] * 4, [word] * 4, 20) == PUBLISHED[word]


def test_the_kernel_gives_the_words_of_twelve_rounds() -> None:
    for words in np.random.default_rng(1).integers(0, 2**32, (20, 8), dtype=np.uint32):
        key, counter = words[:4].tolist(), words[4:].tolist()
        assert twelve_rounds(*words) == threefry_of(key, counter, 12)


def test_each_displacement_depends_on_molecule_step_and_trial_alone() -> None:
    serials = np.arange(2000)
    drawn = displacements(serials, 7)
    assert np.array_equal(displacements(serials[::-1], 7), drawn[::-1])
    assert np.array_equal(displacements(serials[1234:1235], 7), drawn[1234:1235])
    others = (
        displacements(serials + 2**32, 7), displacements(serials, 7 + 2**32), displacements(serials, 8),
        displacements(serials, 7, KEY + np.uint64(1)), displacements(serials, 7, KEY + np.uint64(2**32)),
    )  # fmt: skip
    assert all(np.abs(other - drawn).max(axis=1).min() > 0 for other in others)


def test_no_word_gives_anything_but_a_number_and_tails_reach_beyond_six_sigma() -> None:
    extremes = np.array([0, 1, 2, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1], dtype=np.uint32)
    one = np.float32(1.0)
    drawn = np.array(
        [of_words(one, a, b, c, d) for a in extremes for b in extremes for c in extremes for d in extremes]
    )
    assert np.isfinite(drawn).all()
    most = math.sqrt(-2 * math.log(2.0**-32))
    assert most > 6.6
    assert np.hypot(drawn[:, 0], drawn[:, 1]).max() == pytest.approx(most, rel=1e-6)
    assert np.abs(drawn[:, 2]).max() == pytest.approx(most, rel=1e-6)


def moments(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """z of mean, variance, third and fourth moment of values that should be standard normal."""
    n = values.size
    errors = (1.0, math.sqrt(2.0), math.sqrt(15.0), math.sqrt(96.0))
    expected = (0.0, 1.0, 0.0, 3.0)
    return np.array([
        ((values**k).mean() - mean) * math.sqrt(n) / error
        for k, mean, error in zip((1, 2, 3, 4), expected, errors, strict=True)
    ])  # fmt: skip


def test_each_axis_follows_the_normal_law(sample: NDArray[np.float64]) -> None:
    for axis in range(3):
        values = sample[..., axis].ravel()
        assert np.abs(moments(values)).max() < 4
        assert stats.kstest(values, "norm").pvalue > 1e-3
        # A width wrong by 1 % is seen.
        assert np.abs(moments(1.01 * values)).max() > 4
        assert stats.kstest(1.01 * values, "norm").pvalue < 1e-3


def direction_p(vectors: NDArray[np.float64]) -> float:
    """Probability that directions are so uneven by chance: chi squared over 12 heights and 16 azimuths."""
    height = vectors[:, 2] / np.linalg.norm(vectors, axis=1)
    azimuth = np.arctan2(vectors[:, 1], vectors[:, 0])
    counts, _, _ = np.histogram2d(height, azimuth, [12, 16], [[-1, 1], [-math.pi, math.pi]])
    return float(stats.chisquare(counts.ravel()).pvalue)


def test_no_direction_is_preferred(sample: NDArray[np.float64]) -> None:
    vectors = sample.reshape(-1, 3)
    assert direction_p(vectors) > 1e-3
    assert direction_p(vectors * (1.0, 1.0, 1.02)) < 1e-3


def correlations(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """z of the correlations of all pairs of axes, of the displacements and of their squares."""
    first, second = (np.concatenate([x, (x**2 - 1) / math.sqrt(2)], axis=-1).reshape(-1, 6) for x in (a, b))
    return first.T @ second / math.sqrt(len(first))


def test_neighbouring_molecules_steps_and_axes_are_independent(sample: NDArray[np.float64]) -> None:
    assert np.abs(correlations(sample[:, 1:], sample[:, :-1])).max() < 4.5
    assert np.abs(correlations(sample[1:], sample[:-1])).max() < 4.5
    assert np.abs(correlations(sample[1:, 1:], sample[:-1, :-1])).max() < 4.5
    axes = correlations(sample, sample) - np.diag(np.diag(correlations(sample, sample)))
    assert np.abs(axes).max() < 4.5
    # One part in a hundred in common is seen.
    mixed = sample[1:] + 0.01 * sample[:-1]
    assert np.abs(correlations(mixed, sample[:-1])).max() > 4.5
