"""What rules of plasticity read besides calcium: the spikes, or the activities, of both sides of a synapse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..model import ParameterError
from ..model.arguments import checked
from . import arrays


@checked
@dataclass(frozen=True)
class SpikeReadout:
    """Spikes of both sides of a synapse; there may be none.

    Parameters
    ----------
    pre, post : ndarray, shapes (n,) and (m,)
        Times (s), strictly increasing.
    """

    pre: NDArray[np.float64]
    post: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name, side in (("pre", "presynaptic"), ("post", "postsynaptic")):
            object.__setattr__(self, name, arrays.spikes(f"SpikeReadout: {side} spikes", getattr(self, name)))


@checked
@dataclass(frozen=True)
class RateReadout:
    """Activities of both sides of a synapse, constant between successive times.

    Parameters
    ----------
    time : ndarray, shape (n + 1,)
        Edges of the intervals (s), strictly increasing.
    pre, post : ndarray, shape (n,)
        Activity in each, >= 0, in the unit of the rule that reads it: Hz, or none.
    """

    time: NDArray[np.float64]
    pre: NDArray[np.float64]
    post: NDArray[np.float64]

    def __post_init__(self) -> None:
        time = arrays.times("RateReadout: time", self.time)
        pre, post = (arrays.finite(f"RateReadout: {name}", getattr(self, name), ndim=1, minimum=0.0)
                     for name in ("pre", "post"))  # fmt: skip
        if not pre.size == post.size == time.size - 1:
            raise ParameterError(
                f"RateReadout: {time.size} times have {time.size - 1} intervals, but there are {pre.size} presynaptic "
                f"and {post.size} postsynaptic activities; give one of each for each interval."
            )
        for name, array in (("time", time), ("pre", pre), ("post", post)):
            object.__setattr__(self, name, array)

    @property
    def durations(self) -> NDArray[np.float64]:
        """Length of each interval (s), shape (n,)."""
        return np.diff(self.time)
