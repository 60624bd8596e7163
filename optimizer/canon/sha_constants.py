"""The constants of SHA-256 and one block of it in plain Python (FIPS 180-4, sections 4 to 6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROUNDS: NDArray[np.uint32] = np.frombuffer(
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
START = (
    0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
    0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
)  # fmt: skip
_MASK = 0xFFFFFFFF


def state_after(block: bytes) -> NDArray[np.uint32]:
    """Return the state of SHA-256, words A to H, after a first block of 64 bytes.

    hashlib keeps its states to itself; once a key, no speed is needed.
    """
    words = [int.from_bytes(block[at : at + 4], "big") for at in range(0, 64, 4)]
    for at in range(16, 64):
        w15, w2 = words[at - 15], words[at - 2]
        s0 = _turn(w15, 7) ^ _turn(w15, 18) ^ w15 >> 3
        s1 = _turn(w2, 17) ^ _turn(w2, 19) ^ w2 >> 10
        words.append(words[at - 16] + s0 + words[at - 7] + s1 & _MASK)
    a, b, c, d, e, f, g, h = START
    for constant, word in zip(ROUNDS.tolist(), words, strict=True):
        t1 = h + (_turn(e, 6) ^ _turn(e, 11) ^ _turn(e, 25)) + (e & f ^ ~e & g) + constant + word
        t2 = (_turn(a, 2) ^ _turn(a, 13) ^ _turn(a, 22)) + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = t1 + t2 & _MASK, a, b, c, d + t1 & _MASK, e, f, g
    after = (a, b, c, d, e, f, g, h)
    sums = [old + new & _MASK for old, new in zip(START, after, strict=True)]
    return np.array(sums, dtype=np.uint32)


def _turn(word: int, by: int) -> int:
    return word >> by | word << 32 - by & _MASK
