"""How often molecules that share a voxel will share it again, far from walls and next to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter
from scipy.special import erf

from ...geometry import ReactionVoxels

FloatArray = NDArray[np.float64]


def overlap(size: float, spread: FloatArray) -> FloatArray:
    """Probability that a point uniform in [0, size] is in it again after diffusing, spread = D x time (1D)."""
    a = size / np.sqrt(4 * np.maximum(spread, 1e-12 * size**2))
    shares: FloatArray = erf(a) + np.expm1(-a * a) / (a * np.sqrt(np.pi))
    return shares


def return_sum(size: Iterable[float], movers: Iterable[tuple[float, int]], dt: float, terms: int = 400) -> float:
    """Expected number of later steps at which a pair that shares a voxel shares it again, in free space.

    Parameters
    ----------
    size : iterable of float
        Edges of the voxel (um).
    movers : iterable of (float, int)
        Diffusion coefficient (um^2/s) of each of the two, and how many steps it waits between moves (0: for ever).
        A pair stays together until one of them moves, which is later than on average by a random phase.
    dt : float
        Time step (s).
    terms : int
        Steps summed exactly; the rest is integrated with its asymptote ``V / (4 pi D t)^(3/2)``.
    """
    edges, moving = list(size), [(D, period) for D, period in movers if period > 0]
    step = np.arange(1, terms + 1)
    cases = [(np.ones(terms), np.zeros(terms))]
    for D, period in moving:
        moves, phase = step // period, step % period / period
        cases = [
            (share * chance, spread + D * period * dt * count)
            for share, spread in cases
            for chance, count in ((1 - phase, moves), (phase, moves + 1))
        ]
    exact = sum((share * np.prod([overlap(h, spread) for h in edges], axis=0)).sum() for share, spread in cases)
    D_both = sum(D for D, _ in moving)
    tail = np.prod(edges) / (4 * np.pi * D_both * dt) ** 1.5 * 2 / np.sqrt(terms + 0.5)
    return float(exact + tail)


def image_factors(voxels: ReactionVoxels, movers: Sequence[tuple[float, int]], dt: float) -> NDArray[np.float64]:
    """Return the factor on the expected number of returns in each cell, of a pair as in `return_sum`.

    A wall doubles the returns at long times. At short ones a reflecting wall at the face of a voxel acts like
    a voxel of twice the depth, which gives the factor for one wall; edges and corners follow from the accessible
    fraction of the 27 voxels around (2/3 at a face, 4/9, 8/27). A cell of another volume is hit in proportion.
    """
    doubled = voxels.size * np.array([2.0, 1.0, 1.0])
    one_wall = return_sum(doubled, movers, dt) / return_sum(voxels.size, movers, dt)
    full = float(np.prod(voxels.size))
    # A merged cell's volume is shared evenly by its voxels: enough for an average over 27.
    share = np.zeros(voxels.cell_of_voxel.shape)
    counts = np.diff(voxels.voxel_start)
    home = np.repeat(voxels.compartment, counts)
    share[home, voxels.voxels] = np.repeat(voxels.volume / (counts * full), counts)
    around = uniform_filter(share.reshape(-1, *voxels.dims[::-1]), (1, 3, 3, 3), mode="constant")
    mean_around = np.add.reduceat(around.reshape(share.shape)[home, voxels.voxels], voxels.voxel_start[:-1]) / counts
    walls = np.log(np.clip(mean_around, 1 / 27, 1.0)) / np.log(2 / 3)
    return one_wall**walls * voxels.volume / full
