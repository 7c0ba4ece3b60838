"""Necks as rates, for models without space."""

from __future__ import annotations

from . import checks
from .arguments import checked


@checked
def neck_rate(D: float, area: float, length: float, volume: float) -> float:
    """Return the rate (1/s) at which molecules leave a well-mixed volume through a neck: D A / (V L).

    At the other end of the neck there are none, and what the neck itself holds is neglected. As a boundary at the mouth
    of the neck it is ``"partially-absorbing"`` with ``velocity=D / length``.

    Parameters
    ----------
    D : float
        Diffusion coefficient (um^2/s).
    area : float
        Cross-section of the neck (um^2).
    length : float
        Its length (um).
    volume : float
        That of the head (um^3).

    Raises
    ------
    ModelError
        If one of them is not positive.

    Examples
    --------
    >>> round(neck_rate(220.0, area=0.0314, length=0.5, volume=0.1), 1)
    138.2
    """
    for name, value in (("D (um^2/s)", D), ("area (um^2)", area), ("length (um)", length), ("volume (um^3)", volume)):
        checks.positive(f"Neck: {name}", value)
    return D * area / (volume * length)
