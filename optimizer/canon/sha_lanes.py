"""SHA-256 without its instructions: 256 messages side by side, by Numba.

The compiler turns the loop over lanes into vector instructions because all of state and words
lies in one flat array at constant offsets: state 8 × 256, then words 16 × 256. Only loaded where
the extra ``fast`` is installed.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# Numba widens what is not told to stay at 32 bits, so every operation is wrapped.


@njit
def _turn(x, n):  # type: ignore[no-untyped-def]
    return np.uint32(np.uint32(x >> np.uint32(n)) | np.uint32(x << np.uint32(32 - n)))


@njit
def _round(a, b, c, d, e, f, g, h, w):  # type: ignore[no-untyped-def]
    s1 = np.uint32(_turn(e, 6) ^ _turn(e, 11) ^ _turn(e, 25))
    choice = np.uint32(g ^ np.uint32(e & np.uint32(f ^ g)))
    t1 = np.uint32(np.uint32(h + w) + np.uint32(s1 + choice))
    s0 = np.uint32(_turn(a, 2) ^ _turn(a, 13) ^ _turn(a, 22))
    majority = np.uint32(np.uint32(a & b) | np.uint32(c & np.uint32(a | b)))
    return np.uint32(d + t1), np.uint32(t1 + np.uint32(s0 + majority))


@njit
def _next(w0, w1, w9, w14):  # type: ignore[no-untyped-def]
    s0 = np.uint32(_turn(w1, 7) ^ _turn(w1, 18) ^ np.uint32(w1 >> np.uint32(3)))
    s1 = np.uint32(_turn(w14, 17) ^ _turn(w14, 19) ^ np.uint32(w14 >> np.uint32(10)))
    return np.uint32(np.uint32(w0 + s0) + np.uint32(w9 + s1))


@njit
def _sixteen(buffer, constants, start):  # type: ignore[no-untyped-def]
    """Do 16 rounds on all lanes."""
    k0 = constants[start + 0]
    k1 = constants[start + 1]
    k2 = constants[start + 2]
    k3 = constants[start + 3]
    k4 = constants[start + 4]
    k5 = constants[start + 5]
    k6 = constants[start + 6]
    k7 = constants[start + 7]
    k8 = constants[start + 8]
    k9 = constants[start + 9]
    k10 = constants[start + 10]
    k11 = constants[start + 11]
    k12 = constants[start + 12]
    k13 = constants[start + 13]
    k14 = constants[start + 14]
    k15 = constants[start + 15]
    for i in range(256):
        a = buffer[i]
        b = buffer[i + 256]
        c = buffer[i + 512]
        d = buffer[i + 768]
        e = buffer[i + 1024]
        f = buffer[i + 1280]
        g = buffer[i + 1536]
        h = buffer[i + 1792]
        d, h = _round(a, b, c, d, e, f, g, h, np.uint32(buffer[i + 2048] + k0))
        c, g = _round(h, a, b, c, d, e, f, g, np.uint32(buffer[i + 2304] + k1))
        b, f = _round(g, h, a, b, c, d, e, f, np.uint32(buffer[i + 2560] + k2))
        a, e = _round(f, g, h, a, b, c, d, e, np.uint32(buffer[i + 2816] + k3))
        h, d = _round(e, f, g, h, a, b, c, d, np.uint32(buffer[i + 3072] + k4))
        g, c = _round(d, e, f, g, h, a, b, c, np.uint32(buffer[i + 3328] + k5))
        f, b = _round(c, d, e, f, g, h, a, b, np.uint32(buffer[i + 3584] + k6))
        e, a = _round(b, c, d, e, f, g, h, a, np.uint32(buffer[i + 3840] + k7))
        d, h = _round(a, b, c, d, e, f, g, h, np.uint32(buffer[i + 4096] + k8))
        c, g = _round(h, a, b, c, d, e, f, g, np.uint32(buffer[i + 4352] + k9))
        b, f = _round(g, h, a, b, c, d, e, f, np.uint32(buffer[i + 4608] + k10))
        a, e = _round(f, g, h, a, b, c, d, e, np.uint32(buffer[i + 4864] + k11))
        h, d = _round(e, f, g, h, a, b, c, d, np.uint32(buffer[i + 5120] + k12))
        g, c = _round(d, e, f, g, h, a, b, c, np.uint32(buffer[i + 5376] + k13))
        f, b = _round(c, d, e, f, g, h, a, b, np.uint32(buffer[i + 5632] + k14))
        e, a = _round(b, c, d, e, f, g, h, a, np.uint32(buffer[i + 5888] + k15))
        buffer[i] = a
        buffer[i + 256] = b
        buffer[i + 512] = c
        buffer[i + 768] = d
        buffer[i + 1024] = e
        buffer[i + 1280] = f
        buffer[i + 1536] = g
        buffer[i + 1792] = h


@njit
def _expand(buffer):  # type: ignore[no-untyped-def]
    """Replace the 16 words of all lanes by the next 16 of the message schedule."""
    for i in range(256):
        w0 = buffer[i + 2048]
        w1 = buffer[i + 2304]
        w2 = buffer[i + 2560]
        w3 = buffer[i + 2816]
        w4 = buffer[i + 3072]
        w5 = buffer[i + 3328]
        w6 = buffer[i + 3584]
        w7 = buffer[i + 3840]
        w8 = buffer[i + 4096]
        w9 = buffer[i + 4352]
        w10 = buffer[i + 4608]
        w11 = buffer[i + 4864]
        w12 = buffer[i + 5120]
        w13 = buffer[i + 5376]
        w14 = buffer[i + 5632]
        w15 = buffer[i + 5888]
        w0 = _next(w0, w1, w9, w14)
        w1 = _next(w1, w2, w10, w15)
        w2 = _next(w2, w3, w11, w0)
        w3 = _next(w3, w4, w12, w1)
        w4 = _next(w4, w5, w13, w2)
        w5 = _next(w5, w6, w14, w3)
        w6 = _next(w6, w7, w15, w4)
        w7 = _next(w7, w8, w0, w5)
        w8 = _next(w8, w9, w1, w6)
        w9 = _next(w9, w10, w2, w7)
        w10 = _next(w10, w11, w3, w8)
        w11 = _next(w11, w12, w4, w9)
        w12 = _next(w12, w13, w5, w10)
        w13 = _next(w13, w14, w6, w11)
        w14 = _next(w14, w15, w7, w12)
        w15 = _next(w15, w0, w8, w13)
        buffer[i + 2048] = w0
        buffer[i + 2304] = w1
        buffer[i + 2560] = w2
        buffer[i + 2816] = w3
        buffer[i + 3072] = w4
        buffer[i + 3328] = w5
        buffer[i + 3584] = w6
        buffer[i + 3840] = w7
        buffer[i + 4096] = w8
        buffer[i + 4352] = w9
        buffer[i + 4608] = w10
        buffer[i + 4864] = w11
        buffer[i + 5120] = w12
        buffer[i + 5376] = w13
        buffer[i + 5632] = w14
        buffer[i + 5888] = w15


@njit
def compress(buffer, state, constants):  # type: ignore[no-untyped-def]
    """Run the compression function on 256 lanes, all from `state`; leave the sums in `buffer`.

    Those of word k of the sums lie at ``buffer[256 · k : 256 · (k + 1)]``.
    """
    for number in range(8):
        for i in range(256):
            buffer[number * 256 + i] = state[number]
    _sixteen(buffer, constants, 0)
    for group in range(1, 4):
        _expand(buffer)
        _sixteen(buffer, constants, group * 16)
    for number in range(8):
        for i in range(256):
            buffer[number * 256 + i] = np.uint32(buffer[number * 256 + i] + state[number])
