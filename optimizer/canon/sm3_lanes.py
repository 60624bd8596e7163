"""SM3 on 256 messages side by side, by Numba, as `optimizer.canon.sha_lanes` does SHA-256.

Source: GB/T 32905-2016, section 5. A group of sixteen rounds reads twenty words, the last four of
which belong to the next group: they are worked out for it and again by the schedule. Only loaded
where the extra ``fast`` is installed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

_WORD = 0xFFFFFFFF
_START = (
    0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600,
    0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E,
)  # fmt: skip
ROUNDS = np.array(
    [
        (constant << turns % 32 | constant >> (32 - turns % 32)) & 0xFFFFFFFF
        for turns in range(64)
        for constant in (0x79CC4519 if turns < 16 else 0x7A879D8A,)
    ],
    dtype=np.uint32,
)
"""T_j, already turned left by j."""


def _left(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & _WORD


def state_after(block: bytes) -> NDArray[np.uint32]:
    """Return the state after a first block of 64 bytes, shape (8,); nothing is compiled for it."""
    w = np.frombuffer(block, dtype=">u4").tolist()
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _left(w[j - 3], 15)
        w.append(x ^ _left(x, 15) ^ _left(x, 23) ^ _left(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = _START
    for j, constant in enumerate(ROUNDS.tolist()):
        one = _left((_left(a, 12) + e + constant) & _WORD, 7)
        first = a ^ b ^ c if j < 16 else a & b | c & (a | b)
        second = e ^ f ^ g if j < 16 else g ^ e & (f ^ g)
        first += d + (one ^ _left(a, 12)) + (w[j] ^ w[j + 4])
        second = (second + h + one + w[j]) & _WORD
        second ^= _left(second, 9) ^ _left(second, 17)
        a, b, c, d, e, f, g, h = first & _WORD, a, _left(b, 9), c, second, e, _left(f, 19), g
    state = (a, b, c, d, e, f, g, h)
    return np.array([x ^ y for x, y in zip(_START, state, strict=True)], dtype=np.uint32)


@njit
def _turn(x, n):  # type: ignore[no-untyped-def]
    return np.uint32(np.uint32(x >> np.uint32(n)) | np.uint32(x << np.uint32(32 - n)))


@njit
def _parity(x, y, z):  # type: ignore[no-untyped-def]
    return np.uint32(x ^ np.uint32(y ^ z))


@njit
def _majority(x, y, z):  # type: ignore[no-untyped-def]
    return np.uint32(np.uint32(x & y) | np.uint32(z & np.uint32(x | y)))


@njit
def _choice(x, y, z):  # type: ignore[no-untyped-def]
    return np.uint32(z ^ np.uint32(x & np.uint32(y ^ z)))


@njit
def _next(w0, w3, w7, w10, w13):  # type: ignore[no-untyped-def]
    x = np.uint32(np.uint32(w0 ^ w7) ^ _turn(w13, 17))
    mixed = np.uint32(x ^ np.uint32(_turn(x, 17) ^ _turn(x, 9)))
    return np.uint32(mixed ^ np.uint32(_turn(w3, 25) ^ w10))


def _group(first: Callable[..., Any], second: Callable[..., Any]) -> Callable[..., Any]:
    """Return sixteen rounds on all lanes, with these functions FF and GG."""

    @njit
    def one(a, b, c, d, e, f, g, h, w, v, k):  # type: ignore[no-untyped-def]
        turned = _turn(a, 20)
        s1 = _turn(np.uint32(np.uint32(turned + e) + k), 25)
        s2 = np.uint32(s1 ^ turned)
        t1 = np.uint32(np.uint32(first(a, b, c) + d) + np.uint32(s2 + np.uint32(w ^ v)))
        t2 = np.uint32(np.uint32(second(e, f, g) + h) + np.uint32(s1 + w))
        mixed = np.uint32(t2 ^ np.uint32(_turn(t2, 23) ^ _turn(t2, 15)))
        return t1, _turn(b, 23), mixed, _turn(f, 13)

    @njit
    def sixteen(buffer, constants, start):  # type: ignore[no-untyped-def]
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
            w16 = _next(w0, w3, w7, w10, w13)
            w17 = _next(w1, w4, w8, w11, w14)
            w18 = _next(w2, w5, w9, w12, w15)
            w19 = _next(w3, w6, w10, w13, w16)
            d, b, h, f = one(a, b, c, d, e, f, g, h, w0, w4, k0)
            c, a, g, e = one(d, a, b, c, h, e, f, g, w1, w5, k1)
            b, d, f, h = one(c, d, a, b, g, h, e, f, w2, w6, k2)
            a, c, e, g = one(b, c, d, a, f, g, h, e, w3, w7, k3)
            d, b, h, f = one(a, b, c, d, e, f, g, h, w4, w8, k4)
            c, a, g, e = one(d, a, b, c, h, e, f, g, w5, w9, k5)
            b, d, f, h = one(c, d, a, b, g, h, e, f, w6, w10, k6)
            a, c, e, g = one(b, c, d, a, f, g, h, e, w7, w11, k7)
            d, b, h, f = one(a, b, c, d, e, f, g, h, w8, w12, k8)
            c, a, g, e = one(d, a, b, c, h, e, f, g, w9, w13, k9)
            b, d, f, h = one(c, d, a, b, g, h, e, f, w10, w14, k10)
            a, c, e, g = one(b, c, d, a, f, g, h, e, w11, w15, k11)
            d, b, h, f = one(a, b, c, d, e, f, g, h, w12, w16, k12)
            c, a, g, e = one(d, a, b, c, h, e, f, g, w13, w17, k13)
            b, d, f, h = one(c, d, a, b, g, h, e, f, w14, w18, k14)
            a, c, e, g = one(b, c, d, a, f, g, h, e, w15, w19, k15)
            buffer[i] = a
            buffer[i + 256] = b
            buffer[i + 512] = c
            buffer[i + 768] = d
            buffer[i + 1024] = e
            buffer[i + 1280] = f
            buffer[i + 1536] = g
            buffer[i + 1792] = h

    return sixteen  # type: ignore[no-any-return]


_first_sixteen = _group(_parity, _parity)
_sixteen = _group(_majority, _choice)


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
        w0 = _next(w0, w3, w7, w10, w13)
        w1 = _next(w1, w4, w8, w11, w14)
        w2 = _next(w2, w5, w9, w12, w15)
        w3 = _next(w3, w6, w10, w13, w0)
        w4 = _next(w4, w7, w11, w14, w1)
        w5 = _next(w5, w8, w12, w15, w2)
        w6 = _next(w6, w9, w13, w0, w3)
        w7 = _next(w7, w10, w14, w1, w4)
        w8 = _next(w8, w11, w15, w2, w5)
        w9 = _next(w9, w12, w0, w3, w6)
        w10 = _next(w10, w13, w1, w4, w7)
        w11 = _next(w11, w14, w2, w5, w8)
        w12 = _next(w12, w15, w3, w6, w9)
        w13 = _next(w13, w0, w4, w7, w10)
        w14 = _next(w14, w1, w5, w8, w11)
        w15 = _next(w15, w2, w6, w9, w12)
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
    """Run the compression function on 256 lanes, all from `state`; leave the sums in `buffer`."""
    for number in range(8):
        for i in range(256):
            buffer[number * 256 + i] = state[number]
    _first_sixteen(buffer, constants, 0)
    for group in range(1, 4):
        _expand(buffer)
        _sixteen(buffer, constants, group * 16)
    for number in range(8):
        for i in range(256):
            buffer[number * 256 + i] = np.uint32(buffer[number * 256 + i] ^ state[number])
