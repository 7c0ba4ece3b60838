"""Rows of different lengths in one array: the pointers to where each begins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def pointers(lengths: Iterable[int] | NDArray[Any], dtype: type[np.integer] = np.int32) -> NDArray[Any]:
    """Return CSR row pointers for n rows of the given lengths, shape (n + 1,)."""
    sizes = lengths if isinstance(lengths, np.ndarray) else list(lengths)
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(dtype)
