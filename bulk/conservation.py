"""What a network conserves, found from its stoichiometry."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm

import numpy as np
from numpy.typing import NDArray

from .network import Network

Row = dict[int, Fraction]


def conservation_laws(network: Network) -> NDArray[np.int64]:
    """Return a basis of the linear combinations of species that no reaction changes, shape (laws, species).

    The left null space of the stoichiometry, by exact elimination: integers without a common divisor. Sources and
    sinks are reactions too; leave them out to find what they add to.
    """
    n = len(network.species)
    reactions = [
        {int(s): Fraction(int(d)) for s, d in zip(network.change_species[a:b], network.change[a:b], strict=True)}
        for a, b in pairwise(network.change_start)
    ]
    pivots = _reduced_rows(reactions)
    free = [s for s in range(n) if s not in pivots]
    laws = np.zeros((len(free), n), dtype=np.int64)
    for law, species in zip(laws, free, strict=True):
        values = {species: Fraction(1), **{p: -row[species] for p, row in pivots.items() if species in row}}
        scale = lcm(*(value.denominator for value in values.values()))
        law[list(values)] = [int(value * scale) for value in values.values()]
        law //= gcd(*law.tolist())
    return laws


def _reduced_rows(rows: Sequence[Row]) -> dict[int, Row]:
    """Return the reduced echelon form of sparse rows, by pivot column."""
    pivots: dict[int, Row] = {}
    for row in rows:
        left = dict(row)
        for p in [column for column in left if column in pivots]:
            _subtract(left, left[p], pivots[p])
        if not left:
            continue
        column = min(left)
        left = {s: value / left[column] for s, value in left.items()}
        for other in pivots.values():
            if column in other:
                _subtract(other, other[column], left)
        pivots[column] = left
    return pivots


def _subtract(row: Row, factor: Fraction, other: Row) -> None:
    for s, value in other.items():
        rest = row.get(s, Fraction(0)) - factor * value
        if rest:
            row[s] = rest
        else:
            row.pop(s, None)
