"""AMPA-receptor tetramers from subunit counts, and the synaptic conductance that they make.

The statistical model of Maki-Marttunen, Iannella, Edwards, Einevoll & Blackwell (2020), eLife 9:e55714: subunits on the
membrane join at random, and the conductance of a tetramer depends on its subunits and their phosphorylation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model import ParameterError
from ..model.arguments import checked

Floats = NDArray[np.float64]

#: Single-channel conductances (pS) of the four kinds of tetramer; Maki-Marttunen et al. (2020), Methods.
HOMOMER1, HOMOMER1_PHOSPHORYLATED, HOMOMER2, HETEROMER = 12.4, 18.9, 2.2, 2.5


@dataclass(frozen=True)
class Tetramers:
    """Numbers of AMPA receptors on the membrane, by composition; arrays of one shape.

    Parameters
    ----------
    homomer1 : ndarray
        Four GluR1, none phosphorylated at S831.
    homomer1_phosphorylated : ndarray
        Four GluR1, at least one of them phosphorylated at S831.
    homomer2 : ndarray
        Four GluR2.
    heteromer : ndarray
        Both kinds.
    """

    homomer1: Floats
    homomer1_phosphorylated: Floats
    homomer2: Floats
    heteromer: Floats

    @property
    def conductance(self) -> Floats:
        """Conductance with all channels open (pS)."""
        return (
            HOMOMER1 * self.homomer1
            + HOMOMER1_PHOSPHORYLATED * self.homomer1_phosphorylated
            + HOMOMER2 * self.homomer2
            + HETEROMER * self.heteromer
        )


@checked
def random_tetramers(glur1: ArrayLike, glur1_phosphorylated: ArrayLike, glur2: ArrayLike) -> Tetramers:
    """Return the tetramers that subunits form when any four join.

    Parameters
    ----------
    glur1 : array_like
        GluR1 subunits on the membrane (molecules).
    glur1_phosphorylated : array_like
        Those of them that are phosphorylated at S831.
    glur2 : array_like
        GluR2 subunits on the membrane.

    Raises
    ------
    ParameterError
        If a number is negative, or more GluR1 are phosphorylated than there are.
    """
    r1, r1p, r2 = _subunits(glur1, glur1_phosphorylated, glur2)
    number = (r1 + r2) / 4
    plain, all1, all2 = (_fraction(part, r1 + r2) ** 4 for part in (r1 - r1p, r1, r2))
    return Tetramers(number * plain, number * (all1 - plain), number * all2, number * (1 - all1 - all2))


@checked
def tetramers_of_like_dimers(glur1: ArrayLike, glur1_phosphorylated: ArrayLike, glur2: ArrayLike) -> Tetramers:
    """Return the tetramers when subunits first join at random in pairs, and then like pairs: 1-1, 2-2, 1-2.

    Parameters and errors are those of :func:`random_tetramers`.
    """
    r1, r1p, r2 = _subunits(glur1, glur1_phosphorylated, glur2)
    total = r1 + r2
    dimers = total / 2
    plain = dimers * _fraction(r1 - r1p, total) ** 2
    all1 = dimers * _fraction(r1, total) ** 2
    all2 = dimers * _fraction(r2, total) ** 2
    homomer1 = all1 / 2 * _fraction(plain, all1) ** 2
    return Tetramers(homomer1, all1 / 2 - homomer1, all2 / 2, (dimers - all1 - all2) / 2)


def _subunits(*counts: ArrayLike) -> tuple[Floats, ...]:
    glur1, phosphorylated, glur2 = (np.asarray(count, dtype=np.float64) for count in counts)
    shapes = {count.shape for count in (glur1, phosphorylated, glur2) if count.ndim}
    if len(shapes) > 1:
        raise ParameterError(f"Tetramers: the numbers have shapes {sorted(shapes)}; give arrays of one shape.")
    # Numbers from rate equations are exact to their tolerance only.
    slack = 1e-6 * (1.0 + np.abs(glur1))
    for name, values in (("GluR1", glur1), ("phosphorylated GluR1", phosphorylated), ("GluR2", glur2)):
        if np.any(~(np.isfinite(values) & (values >= -1e-6))):
            raise ParameterError(
                f"Tetramers: numbers of {name} are {values.min()} to {values.max()}; give finite numbers >= 0."
            )
    if np.any(phosphorylated > glur1 + slack):
        raise ParameterError(
            f"Tetramers: {float(np.max(phosphorylated - glur1)):g} more GluR1 are phosphorylated than there are; "
            "count the phosphorylated ones among all."
        )
    glur1, glur2 = np.maximum(glur1, 0.0), np.maximum(glur2, 0.0)
    return glur1, np.clip(phosphorylated, 0.0, glur1), glur2


def _fraction(part: Floats, whole: Floats) -> Floats:
    """Return part/whole, and 0 where there is nothing."""
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)
