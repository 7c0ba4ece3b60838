"""Random numbers keyed by identity: (trial key, serial, step, purpose) opens a stream of its own.

A serial is the identity of a molecule: those that are released are numbered, those that are born in a run take theirs
from the stream of what they are born from, see `identity`.

The streams are SplitMix64 sequences (Steele, Lea & Flood 2014, OOPSLA) whose starting points are hashed from the
key, so that no draw depends on the order in which molecules are visited. Normals come from the ziggurat of
Marsaglia & Tsang (2000, J Stat Softw 5:8) in the form of Doornik (2005).
"""

import math

import numpy as np

from .decorators import inline, shared

MOVE, EVENT, REACT = np.uint64(1), np.uint64(2), np.uint64(3)
PLACE, SOURCE, CLAMP, LOOK = np.uint64(4), np.uint64(5), np.uint64(6), np.uint64(7)
PASS = np.uint64(16)  # added to a purpose for each further stream within a step

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_SERIAL = np.uint64(0xD1342543DE82EF95)
_STEP = np.uint64(0xAF251AF3B0F025B5)
_PURPOSE = np.uint64(0xB564EF22EC7AECE5)
_ONE, _S30, _S27, _S31, _S11 = np.uint64(1), np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_LAYER = np.uint64(0x7F)
_TO_UNIT = 2.0**-53

_LAYERS = 128
_TAIL = 3.442619855899  # where the ziggurat's tail begins
_AREA = 9.91256303526217e-3  # area of each layer


def _ziggurat():
    x = np.zeros(_LAYERS + 1)
    f = math.exp(-0.5 * _TAIL**2)
    x[0], x[1] = _AREA / f, _TAIL
    for i in range(2, _LAYERS):
        x[i] = math.sqrt(-2.0 * math.log(_AREA / x[i - 1] + f))
        f = math.exp(-0.5 * x[i] ** 2)
    return x, x[1:] / x[:-1]


_X, _RATIO = _ziggurat()


@inline
def mix(z):
    """Finaliser of SplitMix64: a bijection of 64-bit words with full avalanche."""
    z = (z ^ (z >> _S30)) * _MIX1
    z = (z ^ (z >> _S27)) * _MIX2
    return z ^ (z >> _S31)


@inline
def open_stream(key, serial, step, purpose):
    """Return the state of the stream that belongs to one molecule, step and purpose."""
    state = mix(key + np.uint64(np.int64(serial)) * _SERIAL)
    return mix(state + np.uint64(np.int64(step)) * _STEP + purpose * _PURPOSE)


@inline
def uniform(state):
    """Return the next state and a double in (0, 1)."""
    state = state + _GOLDEN
    return state, (np.float64(mix(state) >> _S11) + 0.5) * _TO_UNIT


@inline
def identity(state):
    """Return the next state and the serial of a molecule that is born: 63 random bits.

    It follows from the parent, the step and which child it is, and from no counter. That of n molecules of a run two
    have the same serial has a probability of n^2 / 2^64: 5e-8 for a million, 5 % for 10^9. These two would move alike
    and react at the same times, if they lived at once.
    """
    state = state + _GOLDEN
    return state, np.int64(mix(state) >> _ONE)


@inline
def exponential(state):
    """Return the next state and a unit exponential."""
    state, u = uniform(state)
    return state, -math.log(u)


@shared
def _normal_tail(state, negative):
    while True:
        state, u = uniform(state)
        state, v = uniform(state)
        x = math.log(u) / _TAIL
        if -2.0 * math.log(v) >= x * x:
            return state, x - _TAIL if negative else _TAIL - x


@inline
def normal(state):
    """Return the next state and a standard normal."""
    while True:
        state = state + _GOLDEN
        word = mix(state)
        layer = np.int64(word & _LAYER)
        u = 2.0 * ((np.float64(word >> _S11) + 0.5) * _TO_UNIT) - 1.0
        if abs(u) < _RATIO[layer]:
            return state, u * _X[layer]
        if layer == 0:
            return _normal_tail(state, u < 0.0)
        x = u * _X[layer]
        f0 = math.exp(-0.5 * (_X[layer] ** 2 - x * x))
        f1 = math.exp(-0.5 * (_X[layer + 1] ** 2 - x * x))
        state, v = uniform(state)
        if f1 + v * (f0 - f1) < 1.0:
            return state, x
