"""Sparse LU factors of matrices with one fixed pattern, without pivoting.

The matrices of implicit methods for chemical kinetics keep their pattern from step to step, and their diagonal is large
enough to do without pivoting (Sandu et al. 1997, Atmos Environ 31:3459). The order of elimination and the fill are
found once; the numerical work is then a few thousand operations.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ..compiled.csr import pointers
from ..compiled.jit import jit
from .network import Codes, Floats


class Factors(NamedTuple):
    """Pattern of the factors, in compressed rows, in the order of elimination.

    Attributes
    ----------
    order : row and column of the matrix that is eliminated k-th
    start, column : columns of each row, sorted
    diagonal : where the diagonal is
    """

    order: Codes
    start: Codes
    column: Codes
    diagonal: Codes


def find_factors(n: int, entries: Iterable[tuple[int, int]]) -> tuple[Factors, dict[tuple[int, int], int]]:
    """Choose the order of elimination and find the fill.

    Next is the row and column with the least product of further entries (Markowitz 1957, Manage Sci 3:255).

    Parameters
    ----------
    n : int
        Size of the matrix.
    entries : iterable of (int, int)
        Row and column of what may differ from zero; the diagonal is added.

    Returns
    -------
    Factors
        The pattern.
    dict
        Row and column of the matrix -> position in the values of the factors.
    """
    rows: list[set[int]] = [{i} for i in range(n)]
    columns: list[set[int]] = [{i} for i in range(n)]
    for i, j in entries:
        rows[i].add(j)
        columns[j].add(i)
    left, order = set(range(n)), []
    while left:
        k = min(left, key=lambda i: ((len(rows[i] & left) - 1) * (len(columns[i] & left) - 1), i))
        left.remove(k)
        order.append(k)
        for i in columns[k] & left:
            for j in rows[k] & left:
                rows[i].add(j)
                columns[j].add(i)
    place = {species: k for k, species in enumerate(order)}
    sorted_rows = [sorted(place[j] for j in rows[i]) for i in order]
    start = pointers(map(len, sorted_rows))
    position = {
        (order[row], order[column]): int(start[row]) + p
        for row, found in enumerate(sorted_rows)
        for p, column in enumerate(found)
    }
    factors = Factors(
        np.array(order, dtype=np.int32),
        start,
        np.array([column for found in sorted_rows for column in found], dtype=np.int32),
        np.array([position[i, i] for i in order], dtype=np.int32),
    )
    return factors, position


@jit(error_model="numpy")
def factorise(values: Floats, work: Floats, factors: Factors) -> None:
    """Replace a matrix by its factors, L with a unit diagonal; ``work`` has a place for each row."""
    for i in range(factors.diagonal.size):
        first, last = factors.start[i], factors.start[i + 1]
        for p in range(first, last):
            work[factors.column[p]] = values[p]
        for p in range(first, factors.diagonal[i]):
            k = factors.column[p]
            multiple = work[k] / values[factors.diagonal[k]]
            work[k] = multiple
            for q in range(factors.diagonal[k] + 1, factors.start[k + 1]):
                work[factors.column[q]] -= multiple * values[q]
        for p in range(first, last):
            values[p] = work[factors.column[p]]


@jit(error_model="numpy")
def solve_factored(values: Floats, factors: Factors, right: Floats, work: Floats, solution: Floats) -> None:
    """Solve for one right-hand side."""
    n = factors.diagonal.size
    for i in range(n):
        total = right[factors.order[i]]
        for p in range(factors.start[i], factors.diagonal[i]):
            total -= values[p] * work[factors.column[p]]
        work[i] = total
    for i in range(n - 1, -1, -1):
        total = work[i]
        for p in range(factors.diagonal[i] + 1, factors.start[i + 1]):
            total -= values[p] * work[factors.column[p]]
        work[i] = total / values[factors.diagonal[i]]
        solution[factors.order[i]] = work[i]
