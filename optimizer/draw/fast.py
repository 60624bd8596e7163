"""Tickets many at once: SHA-256 from the midstate, 256 identifiers side by side, by Numba.

Only loaded where the extra ``fast`` is installed. The compiler turns the loop over lanes into
vector instructions because all of state and words lies in one flat array at constant offsets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

LANES = 256
CHUNK = 1 << 14
"""Identifiers packed at a time: few enough to stay in the processor's cache."""
_BLOCK = 64
_LONGEST = 55
_ROUNDS = np.frombuffer(
    bytes.fromhex(
        """
    428a2f98 71374491 b5c0fbcf e9b5dba5 3956c25b 59f111f1 923f82a4 ab1c5ed5
    d807aa98 12835b01 243185be 550c7dc3 72be5d74 80deb1fe 9bdc06a7 c19bf174
    e49b69c1 efbe4786 0fc19dc6 240ca1cc 2de92c6f 4a7484aa 5cb0a9dc 76f988da
    983e5152 a831c66d b00327c8 bf597fc7 c6e00bf3 d5a79147 06ca6351 14292967
    27b70a85 2e1b2138 4d2c6dfc 53380d13 650a7354 766a0abb 81c2c92e 92722c85
    a2bfe8a1 a81a664b c24b8b70 c76c51a3 d192e819 d6990624 f40e3585 106aa070
    19a4c116 1e376c08 2748774c 34b0bcb5 391c0cb3 4ed8aa4a 5b9cca4f 682e6ff3
    748f82ee 78a5636f 84c87814 8cc70208 90befffa a4506ceb bef9a3f7 c67178f2
        """
    ),
    dtype=">u4",
).astype(np.uint32)
"""FIPS 180-4, section 4.2.2."""
_START = (
    0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
    0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
)  # fmt: skip


def _cached(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile; keep the result on disk for the next time where there is a place for it."""
    compiled: Callable[..., Any]
    try:
        compiled = njit(cache=True)(function)
    except RuntimeError:
        compiled = njit(function)
    return compiled


def ticket_lanes(ids: Sequence[str], *, keys: int = 1) -> Callable[[bytes], NDArray[np.uint64]]:
    """Return what makes the tickets of `ids` from a key; see `optimizer.draw.tickets`.

    Parameters
    ----------
    ids
        Identifiers of at most 55 ASCII characters.
    keys
        For how many keys; packed identifiers are kept in memory only for several.

    Raises
    ------
    ValueError
        On a longer identifier, here or when tickets are asked for.
    """
    kept = list(_packed(ids)) if keys > 1 else None

    def tickets(key: bytes) -> NDArray[np.uint64]:
        out = np.empty((len(ids), 4), dtype=np.uint64)
        midstate = _midstate(key.hex().encode())
        start = 0
        for words, bits in _packed(ids) if kept is None else kept:
            _hash(words, bits, midstate, _ROUNDS, out[start : start + len(bits)])
            start += len(bits)
        return out

    return tickets


def _packed(ids: Sequence[str]) -> Iterator[tuple[NDArray[np.uint32], NDArray[np.uint32]]]:
    """Yield the words of identifiers and their lengths in bits, a chunk at a time."""
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        lengths = np.fromiter(map(len, chunk), dtype=np.uint32, count=len(chunk))
        longest = int(lengths.max())
        if longest > _LONGEST:
            raise ValueError(f"an identifier is longer than {_LONGEST} bytes")
        data = np.frombuffer("".join(chunk).encode("ascii"), dtype=np.uint8)
        # Identifier, the bit that ends a message, zeros; the length follows in the last word.
        padded = np.zeros((len(chunk), (longest + 4) // 4 * 4), dtype=np.uint8)
        if len(data) == len(chunk) * longest:
            padded[:, :longest] = data.reshape(len(chunk), longest)
            padded[:, longest] = 0x80
        else:
            padded[np.arange(padded.shape[1], dtype=np.uint32) < lengths[:, None]] = data
            padded[np.arange(len(chunk)), lengths] = 0x80
        yield padded.view(">u4").astype(np.uint32), (lengths + np.uint32(_BLOCK)) * np.uint32(8)


def _midstate(block: bytes) -> NDArray[np.uint32]:
    """Return the state of SHA-256 after a block of 64 bytes."""
    state = np.array(_START, dtype=np.uint32)
    buffer = np.zeros(24 * LANES, dtype=np.uint32)
    words = np.frombuffer(block, dtype=">u4").astype(np.uint32)
    for number in range(16):
        buffer[(8 + number) * LANES] = words[number]
    _compress(buffer, state, _ROUNDS)
    return np.array([buffer[number * LANES] for number in range(8)], dtype=np.uint32)


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


@_cached
def _compress(buffer, state, constants):  # type: ignore[no-untyped-def]
    """Run the compression function on 256 lanes, all from `state`; leave the sums in `buffer`."""
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


@_cached
def _hash(words, bits, state, constants, out):  # type: ignore[no-untyped-def]
    """Write the tickets of all identifiers, 256 at a time."""
    buffer = np.zeros(24 * 256, dtype=np.uint32)
    for start in range(0, len(bits), 256):
        many = min(256, len(bits) - start)
        # The schedule overwrites the words, so that all sixteen are set anew.
        buffer[8 * 256 :] = np.uint32(0)
        for i in range(many):
            for number in range(words.shape[1]):
                buffer[(8 + number) * 256 + i] = words[start + i, number]
            # An identifier of up to 55 bytes leaves the last word free for the length.
            buffer[23 * 256 + i] = bits[start + i]
        _compress(buffer, state, constants)
        for i in range(many):
            for number in range(4):
                high = np.uint64(buffer[2 * number * 256 + i])
                low = np.uint64(buffer[(2 * number + 1) * 256 + i])
                out[start + i, number] = (high << np.uint64(32)) | low
