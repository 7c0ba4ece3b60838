"""Membrane potentials of published spine models, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from math import exp

import numpy as np

from . import checks
from .arguments import checked
from .voltage import Voltage

#: How long the sum of exponentials is followed (s): 14 of its longest time constant.
LAST = 14 * 50e-3


def _bell2022() -> Voltage:
    """Read the table that Bell et al. (2022) and the later models of the apparatus run with: -65 mV at rest."""
    with files("nanospine.model").joinpath("data/potential_bell2022.csv").open() as file:
        times, mV = np.loadtxt(file, delimiter=",", comments=("#", "time_s"), unpack=True)
    return Voltage(times, mV)


def _bell2019() -> Voltage:
    """Sample the sum of an EPSP and a back-propagating action potential.

    ``-65 + 38 (0.75 exp(-(t - 2)/3) + 0.25 exp(-(t - 2)/25)) + 25 (exp(-t/50) - exp(-t/5))`` mV with t in ms, as in the
    code of Bell et al. 2019 (Biophys J 117:1981) and of its re-implementation in SMART. There is no step at 2 ms: the
    second part is on from the begin, V(0) = 0.8 mV.
    """

    def potential(time_s: float) -> float:
        t = time_s * 1e3
        spike = 0.75 * exp(-(t - 2) / 3) + 0.25 * exp(-(t - 2) / 25)
        return -65.0 + 38.0 * spike + 25.0 * (exp(-t / 50) - exp(-t / 5))

    return Voltage.from_function(potential, LAST)


POTENTIALS: Mapping[str, Callable[[], Voltage]] = {"bell2022": _bell2022, "bell2019": _bell2019}


@checked
def published_voltage(name: str) -> Voltage:
    """Return the membrane potential of a published model of a spine.

    Parameters
    ----------
    name : str
        ``"bell2022"``: the table of Bell et al. 2022 (J Gen Physiol 154:e202112980): an input at t = 0 with its peak of
        -40 mV at 3 ms, and an action potential from 11.3 ms with its peak of 3.2 mV at 13.2 ms; the last value, at 35.1
        ms, holds. ``"bell2019"``: the formula of Bell et al. 2019 (Biophys J 117:1981), which begins at 0.8 mV and
        decays.

    Raises
    ------
    ModelError
        If the name is unknown.
    """
    checks.one_of("Published voltage", name, POTENTIALS)
    return POTENTIALS[name]()
