"""The displacements of all molecules that move in a step, eight at a time where the processor can.

Each molecule has four random words of its own, Threefry-4x32 in 12 rounds (Salmon, Moraes, Dror & Shaw 2011, SC11:
the fewest rounds that pass BigCrush) of its serial and the step under the trial's key, and from them three normals
by the transformation of Box & Muller (1958, Ann Math Stat 29:610). All is in single precision and without branches:
only so does LLVM make vectors of it. That needs every operation on 32-bit words to be cast back to 32 bits.

Words have 31 bits where a logarithm is taken, so that normals reach 6.6; the relative error of a displacement is 2e-7.
"""

import math

import numpy as np
from numba.core import types

from ...compiled.decorators import fused, inline, intrinsic
from ...compiled.random import MOVE
from .state import BLOCK

_U, _I, _F = np.uint32, np.int32, np.float32

_PARITY = _U(0x1BD11BDA)
_MOVE = _U(MOVE)
_TURNS_1, _TURNS_2 = (_U(10), _U(26), _U(11), _U(21)), (_U(13), _U(27), _U(23), _U(5))
_TURNS_3, _TURNS_4 = (_U(6), _U(20), _U(17), _U(11)), (_U(25), _U(10), _U(18), _U(20))
_SIGN, _SWAP = _U(0x80000000), _U(0x40000000)
_ROOT_HALF = _U(0x3F3504F3)  # the bits of sqrt(1/2)
_TO_UNIT = _F(2.0**-31)
_TO_EIGHTH = _F(math.pi / 4 * 2.0**-31)
_TO_QUARTER = _F(math.pi / 2 * 2.0**-31)
_LOG2 = _F(math.log(2.0))


def _bitcast(source, target, dtype):
    """Return a kernel that reads the bits of one type as another."""

    @intrinsic(as_python=lambda value: value.view(dtype))
    def cast(typing_context, value):
        def generate(context, builder, signature, args):
            return builder.bitcast(args[0], context.get_value_type(target))

        return target(source), generate

    return cast


_bits = _bitcast(types.float32, types.uint32, _U)
_float = _bitcast(types.uint32, types.float32, _F)


@inline
def _turn(a, b, by):
    return _U(_U(_U(a << by) | _U(a >> _U(32 - by))) ^ b)


@inline
def _two_rounds(a, b, c, d, turns):
    r0, r1, r2, r3 = turns
    a, c = _U(a + b), _U(c + d)
    b, d = _turn(b, a, r0), _turn(d, c, r1)
    a, c = _U(a + d), _U(c + b)
    return a, _turn(b, c, r3), c, _turn(d, a, r2)


@inline
def threefry(k0, k1, k2, k3, a, b, c, d):
    """Return the four words of Threefry-4x32-12 for four words of key and four of counter."""
    k4 = _U(_PARITY ^ k0 ^ k1 ^ k2 ^ k3)
    a, b, c, d = _U(a + k0), _U(b + k1), _U(c + k2), _U(d + k3)
    a, b, c, d = _two_rounds(a, b, c, d, _TURNS_1)
    a, b, c, d = _two_rounds(a, b, c, d, _TURNS_2)
    a, b, c, d = _U(a + k1), _U(b + k2), _U(c + k3), _U(d + k4 + _U(1))
    a, b, c, d = _two_rounds(a, b, c, d, _TURNS_3)
    a, b, c, d = _two_rounds(a, b, c, d, _TURNS_4)
    a, b, c, d = _U(a + k2), _U(b + k3), _U(c + k4), _U(d + k0 + _U(2))
    a, b, c, d = _two_rounds(a, b, c, d, _TURNS_1)
    a, b, c, d = _two_rounds(a, b, c, d, _TURNS_2)
    return _U(a + k3), _U(b + k4), _U(c + k0), _U(d + k1 + _U(3))


@fused
def _log(x):
    """Natural logarithm of a normal number; coefficients of Moshier's Cephes library (logf)."""
    bits = _bits(x)
    exponent = _I(_I(_U(bits - _ROOT_HALF)) >> _I(23))
    f = _F(_float(_U(bits - _U(_U(exponent) << _U(23)))) - _F(1.0))
    p = _F(7.0376836292e-2)
    p = _F(p * f) + _F(-1.1514610310e-1)
    p = _F(p * f) + _F(1.1676998740e-1)
    p = _F(p * f) + _F(-1.2420140846e-1)
    p = _F(p * f) + _F(1.4249322787e-1)
    p = _F(p * f) + _F(-1.6668057665e-1)
    p = _F(p * f) + _F(2.0000714765e-1)
    p = _F(p * f) + _F(-2.4999993993e-1)
    p = _F(p * f) + _F(3.3333331174e-1)
    return _F(_F(_F(p * f - _F(0.5)) * f) * f) + f + _F(_F(exponent) * _LOG2)


@fused
def _minus_twice_log(word):
    """Return -2 ln u of a word's upper 31 bits; u is in (0, 1]."""
    return _F(_F(-2.0) * _log(_F(_F(_F(_I(word >> _U(1))) + _F(0.5)) * _TO_UNIT)))


@fused
def _sin_cos(x):
    """Sine and cosine of |x| <= pi/4; coefficients of Moshier's Cephes library (sinf, cosf)."""
    z = _F(x * x)
    p = _F(_F(-1.9515295891e-4) * z) + _F(8.3321608736e-3)
    p = _F(p * z) + _F(-1.6666654611e-1)
    q = _F(_F(2.443315711809948e-5) * z) + _F(-1.388731625493765e-3)
    q = _F(q * z) + _F(4.166664568298827e-2)
    return _F(_F(_F(p * z) * x) + x), _F(_F(_F(q * z - _F(0.5)) * z) + _F(1.0))


@fused
def _sin(x):
    """Sine of |x| <= pi/2; minimax polynomial with a relative error of 2e-11 before rounding."""
    z = _F(x * x)
    p = _F(_F(-2.3909596e-8) * z) + _F(2.75266393e-6)
    p = _F(p * z) + _F(-1.98408947e-4)
    p = _F(p * z) + _F(8.33333097e-3)
    p = _F(p * z) + _F(-1.66666672e-1)
    return _F(_F(_F(p * z) * x) + x)


@inline
def displacement(spread, a, b, c, d):
    """Return three normals of variance `spread` made of four random words."""
    # A quarter of the circle from 30 bits, and which of the four from the two others.
    sine, cosine = _sin_cos(_F(_F(_I(_U(b << _U(2)))) * _TO_EIGHTH))
    swap = _U(b & _SWAP) != _U(0)
    radius = _F(math.sqrt(_F(spread * _minus_twice_log(a))))
    radius = _float(_U(_bits(radius) ^ _U(b & _SIGN)))
    height = _F(math.sqrt(_F(spread * _minus_twice_log(c))))
    x = _F(radius * (cosine if swap else sine))
    y = _F(radius * (sine if swap else cosine))
    return x, y, _F(height * _sin(_F(_F(_I(d)) * _TO_QUARTER)))


@inline
def draw_displacements(scratch, moves, key, step):
    """Draw the displacements (um) of the first `moves` molecules listed in `scratch`."""
    words, serial, spread, out = scratch.words, scratch.serial, scratch.spread, scratch.displacement
    k0, k1 = _U(key), _U(key >> np.uint64(32))
    s0, s1 = _U(step), _U(step >> 32)
    for k in range(moves):
        a, b, c, d = threefry(k0, k1, _MOVE, _U(0), serial[k], serial[k + BLOCK], s0, s1)
        words[k] = a
        words[k + BLOCK] = b
        words[k + 2 * BLOCK] = c
        words[k + 3 * BLOCK] = d
    # A loop of its own: both together would need more registers than there are.
    for k in range(moves):
        x, y, z = displacement(spread[k], words[k], words[k + BLOCK], words[k + 2 * BLOCK], words[k + 3 * BLOCK])
        out[k] = x
        out[k + BLOCK] = y
        out[k + 2 * BLOCK] = z
