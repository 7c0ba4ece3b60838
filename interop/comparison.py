"""Whether two sets of stochastic results come from the same process."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..model.arguments import checked
from ..model.errors import ParameterError, ResultsError, warn
from ..results.estimates import error_of_difference
from .reaction_data import same_times
from .result_sets import like_with_like, match_columns, match_times, means

if TYPE_CHECKING:
    import xarray as xr

#: The time course is cut into this many blocks of equal length.
BLOCKS = 4
#: All ways of exchanging seeds are tried up to this number, and a random choice of so many above it.
PERMUTATIONS = 20_000
#: Probability with which the smallest detectable difference is found.
POWER = 0.8
#: Tests made on each column.
TESTS = 3

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ColumnComparison:
    """One column of two sets of results.

    Parameters
    ----------
    name : str
        Name of the column in A.
    mean_a, mean_b : float
        Means over time and seeds.
    effect, standard_error : float
        Difference of these means, A - B, and its standard error over the seeds.
    largest_z, time_of_largest : float
        Largest difference of the means at one time in standard errors, with its sign, and that time (s).
    p : float
        Of the whole time course, by exchanging seeds; takes the correlation in time into account.
    p_average, p_final : float
        Kolmogorov-Smirnov, of the seeds' time averages and of their last values.
    q : float
        The smallest false discovery rate at which one of the three tests calls the column different.
    detectable : float
        Difference of the time averages of this column alone that this number of seeds finds with probability 0.8.
    different : bool
        The verdict.
    averaged : bool
        Whether one set has means over the output intervals and the other numbers at single times, which were averaged
        over the ends of each interval. Only means are compared then, not distributions: ``p_average`` and ``p_final``
        are 1.
    """

    name: str
    mean_a: float
    mean_b: float
    effect: float
    standard_error: float
    largest_z: float
    time_of_largest: float
    p: float
    p_average: float
    p_final: float
    q: float
    detectable: float
    different: bool
    averaged: bool


@dataclass(frozen=True)
class Comparison:
    """Two sets of results held against each other.

    Parameters
    ----------
    columns : tuple of ColumnComparison
        In the order of A.
    course : xarray.Dataset
        ``mean_a``, ``se_a``, ``mean_b``, ``se_b`` and ``z`` (time, column).
    seeds : tuple of int
        Number of seeds of A and of B.
    unmatched : tuple of str
        Columns that only one side has, as ``"A: name"``.
    alpha : float
        False discovery rate of the verdicts.
    """

    columns: tuple[ColumnComparison, ...]
    course: xr.Dataset
    seeds: tuple[int, int]
    unmatched: tuple[str, ...]
    alpha: float

    @property
    def different(self) -> bool:
        """Whether any column is different."""
        return any(column.different for column in self.columns)

    def to_json(self) -> dict[str, Any]:
        """Return everything but the time courses, for machines."""
        return {
            "different": self.different,
            "alpha": self.alpha,
            "seeds": list(self.seeds),
            "unmatched": list(self.unmatched),
            "columns": [asdict(column) for column in self.columns],
        }


@checked
def compare(
    a: xr.DataArray,
    b: xr.DataArray,
    *,
    mapping: Mapping[str, str] | None = None,
    interpolate: bool = False,
    alpha: float = 0.02,
) -> Comparison:
    """Hold two sets of results against each other, column by column.

    The test of a whole time course exchanges seeds between the sets: if both come from the same process, every
    division of all seeds into two such sets is as likely as the one at hand, whatever the correlation in time. The
    statistic is the largest difference among the means over four blocks of time and over all of it, in units of the
    standard deviation over all seeds (the max-T test of Westfall & Young 1993, "Resampling-based multiple testing").
    Numbers at single times are averaged where the other set has means over intervals; see ``averaged`` of the columns.
    The p values of all tests and columns go through the procedure of Benjamini & Hochberg (1995, J R Stat Soc B
    57:289).

    Parameters
    ----------
    a, b : xarray.DataArray
        Counts (seed, time, column), as :func:`~nanospine.interop.load_results` returns them.
    mapping : mapping of str to str, optional
        Columns of A to columns of B, where the names differ.
    interpolate : bool
        Whether B may be interpolated at the times of A.
    alpha : float
        False discovery rate: the part of the columns called different that are not.

    Raises
    ------
    ResultsError
        If columns or times do not match, or there are too few seeds to show any difference at ``alpha``.
    ParameterError
        If ``alpha`` is not between 0 and 1.
    """
    if not 0 < alpha < 1:
        raise ParameterError(f"The false discovery rate is {alpha!r}; give a number between 0 and 1, e.g. 0.02.")
    _check_seeds(a.sizes["seed"], b.sizes["seed"], alpha)
    a, b, unmatched = match_columns(a, b, mapping)
    if interpolate and not same_times(a["time"].values, b["time"].values):
        a, b, left_out = _without_means(a, b)
        unmatched += left_out
    a, b, averaged = like_with_like(*match_times(a, b, interpolate))
    _warn_if_weak(a.sizes["seed"], b.sizes["seed"], a.sizes["column"], alpha)
    course = _course(a, b)
    distributions = np.where(averaged, 1.0, _ks_tests(a.values, b.values))
    p_values = np.array([course_test(a.values, b.values), *distributions])
    from scipy.stats import false_discovery_control

    q_values = false_discovery_control(p_values, axis=None).reshape(p_values.shape).min(axis=0)
    average_a, average_b = a.values.mean(axis=1), b.values.mean(axis=1)
    errors = error_of_difference(average_a, average_b)
    factor = _detectable_factor(a.sizes["seed"], b.sizes["seed"], alpha / (TESTS * a.sizes["column"]))
    largest = np.abs(course["z"].values).argmax(axis=0)
    columns = tuple(
        ColumnComparison(
            name=str(name),
            mean_a=float(average_a[:, c].mean()),
            mean_b=float(average_b[:, c].mean()),
            effect=float(average_a[:, c].mean() - average_b[:, c].mean()),
            standard_error=float(errors[c]),
            largest_z=float(course["z"].values[largest[c], c]),
            time_of_largest=float(course["time"].values[largest[c]]),
            p=float(p_values[0, c]),
            p_average=float(p_values[1, c]),
            p_final=float(p_values[2, c]),
            q=float(q_values[c]),
            detectable=float(factor * errors[c]),
            different=bool(q_values[c] <= alpha),
            averaged=bool(averaged[c]),
        )
        for c, name in enumerate(a["column"].values)
    )
    return Comparison(columns, course, (a.sizes["seed"], b.sizes["seed"]), tuple(unmatched), alpha)


def _without_means(a: xr.DataArray, b: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray, list[str]]:
    """Leave out the columns of means over intervals, which are of different lengths in the two sets."""
    kept = ~(means(a) | means(b))
    if not kept.any():
        raise ResultsError("All columns are means over intervals, of different lengths in A and B; write both alike.")
    left_out = [f"{name} (means over intervals of different lengths)" for name in a["column"].values[~kept]]
    return a.isel(column=kept), b.isel(column=kept), left_out


def course_test(a: Floats, b: Floats, seed: int = 1) -> Floats:
    """Return the p value of each column's time course by exchanging seeds; see :func:`compare`.

    Parameters
    ----------
    a, b : ndarray, shape (seeds, times, columns)
        Counts.
    seed : int
        Of the random choice of exchanges, where there are too many to try all.
    """
    features = _features(np.concatenate([a, b]))
    spread = features.std(axis=0)
    # What is the same in all seeds cannot differ, and rounding must not make it.
    spread = np.where(spread > 1e-12 * np.abs(features).max(axis=0), spread, np.inf)
    scaled = ((features - features.mean(axis=0)) / spread).reshape(len(features), -1)
    observed = _largest(_contrast(np.arange(len(a)), len(features)), scaled, features.shape)
    at_least = np.zeros(features.shape[2])
    tried = 0
    for divisions in _divisions(len(a), len(features), seed):
        statistic = _largest(_contrast(divisions, len(features)), scaled, features.shape)
        at_least += (statistic >= observed - 1e-9).sum(axis=0)
        tried += len(divisions)
    if tried < math.comb(len(features), len(a)):
        # The division at hand is one of those that could have been drawn.
        return (at_least + 1) / (tried + 1)
    return at_least / tried


def _features(counts: Floats) -> Floats:
    """Return each seed's means over the blocks of time and over all of it, shape (seeds, features, columns)."""
    blocks = np.array_split(counts, min(BLOCKS, counts.shape[1]), axis=1)
    return np.stack([block.mean(axis=1) for block in (*blocks, counts)], axis=1)


def _contrast(members: NDArray[np.int64], n: int) -> Floats:
    """Return weights that take the difference of means; ``members`` (divisions, seeds of A) of ``n`` seeds."""
    members = np.atleast_2d(members)
    n_a = members.shape[1]
    weights = np.full((len(members), n), -1.0 / (n - n_a))
    np.put_along_axis(weights, members, 1.0 / n_a, axis=1)
    return weights


def _largest(weights: Floats, scaled: Floats, shape: tuple[int, ...]) -> Floats:
    """Return the largest contrast over the features, shape (divisions, columns)."""
    contrasts = np.abs(weights @ scaled).reshape(len(weights), *shape[1:])
    return np.asarray(contrasts.max(axis=1))


def _divisions(n_a: int, n: int, seed: int, batch: int = 1000) -> Iterator[NDArray[np.int64]]:
    """Yield seeds of A in all divisions of ``n`` seeds, or in a random choice of them, in batches."""
    if math.comb(n, n_a) <= PERMUTATIONS:
        every = np.array(list(combinations(range(n), n_a)), dtype=np.int64)
        yield from (every[start : start + batch] for start in range(0, len(every), batch))
        return
    rng = np.random.default_rng(seed)
    for _ in range(PERMUTATIONS // batch):
        yield rng.random((batch, n)).argsort(axis=1)[:, :n_a]


def _ks_tests(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Return the p values of the Kolmogorov-Smirnov tests of time averages and of last values, shape (columns,)."""
    from scipy.stats import ks_2samp

    def test(x: Floats, y: Floats) -> Floats:
        with warnings.catch_warnings():
            # The exact p value of large samples may overflow; scipy then takes the asymptotic one.
            warnings.simplefilter("ignore", RuntimeWarning)
            return np.array([ks_2samp(x[:, c], y[:, c]).pvalue for c in range(x.shape[1])])

    # Rounding of the mean must not split ties.
    return test(a.mean(axis=1).round(9), b.mean(axis=1).round(9)), test(a[:, -1], b[:, -1])


def _course(a: xr.DataArray, b: xr.DataArray) -> xr.Dataset:
    """Return means, standard errors and their difference in standard errors, at each time."""
    import xarray as xr

    difference = a.values.mean(axis=0) - b.values.mean(axis=0)
    error = error_of_difference(a.values, b.values)
    # Where no seed varies within a set, the spread over both sets stands in: z is at most the root of their number.
    both = np.concatenate([a.values, b.values])
    total = both.std(axis=0) * math.sqrt(1 / a.sizes["seed"] + 1 / b.sizes["seed"])
    scale = np.where(error > 0, error, np.where(total > 0, total, 1.0))
    z = np.where((error > 0) | (total > 0), difference / scale, 0.0)
    dims = ("time", "column")
    units = {"units": "molecules or events"}
    parts = {
        f"{what}_{side}": (dims, values, units)
        for side, x in (("a", a.values), ("b", b.values))
        for what, values in (("mean", x.mean(axis=0)), ("se", error_of_difference(x, x) / math.sqrt(2)))
    }
    return xr.Dataset(
        {**parts, "z": (dims, z, {"units": "standard errors"})}, {"time": a["time"], "column": a["column"]}
    )


def _smallest_p(n_a: int, n_b: int) -> float:
    """Return the smallest p value that exchanging so many seeds can give."""
    divisions = math.comb(n_a + n_b, n_a)
    return max((2 if n_a == n_b else 1) / divisions, 1 / (PERMUTATIONS + 1))


def _check_seeds(n_a: int, n_b: int, alpha: float) -> None:
    smallest = _smallest_p(n_a, n_b)
    if alpha <= 1 / (PERMUTATIONS + 1):
        raise ParameterError(
            f"The false discovery rate is {alpha:g}; {PERMUTATIONS} permutations show {1 / PERMUTATIONS:g} at best: "
            "give a higher one."
        )
    if smallest > alpha:
        needed = next(n for n in range(2, 100) if _smallest_p(n, n) <= alpha)
        raise ResultsError(
            f"{n_a} and {n_b} seeds cannot show a difference at a false discovery rate of {alpha:g}: the smallest "
            f"possible p value is {smallest:.2g}; give at least {needed} seeds on both sides, or many on one."
        )


def _warn_if_weak(n_a: int, n_b: int, n_columns: int, alpha: float) -> None:
    smallest = _smallest_p(n_a, n_b) * TESTS * n_columns
    if smallest > alpha:
        warn(
            f"With {n_a} and {n_b} seeds a difference in a single one of {n_columns} columns cannot be found (its "
            f"false discovery rate would be {smallest:.2g} at best); give more seeds."
        )


def _detectable_factor(n_a: int, n_b: int, level: float) -> float:
    """Return the difference, in standard errors, that a two-sided t test at ``level`` finds with probability POWER."""
    from scipy.stats import t

    freedom = n_a + n_b - 2
    return float(t.ppf(1 - level / 2, freedom) + t.ppf(POWER, freedom))
