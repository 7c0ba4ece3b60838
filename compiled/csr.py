"""Rows of different lengths in one array: the pointers to where each begins."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def pointers(lengths: Iterable[int]) -> np.ndarray:
    """Return CSR row pointers for rows of the given lengths."""
    return np.concatenate([[0], np.cumsum(list(lengths), dtype=np.int64)]).astype(np.int32)
