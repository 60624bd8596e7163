"""Sub-keys and the counter stream of a key."""

from __future__ import annotations

from collections.abc import Callable

from optimizer.chance.key import Key, hash_of

_WORD_BITS = 48
_WORDS_A_BLOCK = 5
MAX_BELOW = 1 << 480
"""Ten words: more than any common denominator that is let through."""


def sub_key(key: bytes, label: str, name: str) -> Key:
    """Return the key of one use: ``H("double-random/<label>/v1:" ‖ hex(key) ‖ ":" ‖ name)``.

    Parameters
    ----------
    key
        32 bytes; H is its hash function (`hash_of`).
    label
        What it is for, such as ``rounding``; has no ``/``, so that no two uses share a text.
    name
        Which one of those, such as the item.

    Returns
    -------
    Key
        Of the same hash function.
    """
    hash = hash_of(key)
    if "/" in label:
        raise ValueError(f"a label has no '/': {label!r}")
    return Key(hash.digest(f"double-random/{label}/v1:{key.hex()}:{name}".encode()), hash)


class Stream:
    """The words of a key: block k is ``H(key ‖ k as 8 bytes)``, five 48-bit words each.

    Parameters
    ----------
    key
        32 bytes; H is its hash function (`hash_of`). Every use takes its own `sub_key`: two
        streams of one key are the same stream.
    """

    def __init__(self, key: bytes) -> None:
        self._hash = hash_of(key)
        self._key = bytes(key)
        self._block = 0
        self._words: list[int] = []

    def word(self) -> int:
        """Return the next 48-bit word."""
        if not self._words:
            data = self._hash.digest(self._key + self._block.to_bytes(8, "big"))
            self._block += 1
            self._words = [
                int.from_bytes(data[i : i + 6], "big")
                for i in range(6 * (_WORDS_A_BLOCK - 1), -1, -6)
            ]
        return self._words.pop()

    def below(self, m: int) -> int:
        """Return a uniform integer in [0, m), by rejection: no bias at all.

        Parameters
        ----------
        m
            1 to `MAX_BELOW`; up to 2^48 takes one word a try, more as many as are needed for
            m − 1, the first the highest.
        """
        if not 1 <= m <= MAX_BELOW:
            raise ValueError(f"below() takes 1 to 2^480, not {m}")
        words = max(1, -(-(m - 1).bit_length() // _WORD_BITS))
        space = 1 << words * _WORD_BITS
        limit = space - space % m
        while True:
            number = 0
            for _ in range(words):
                number = number << _WORD_BITS | self.word()
            if number < limit:
                return number % m


Chance = Callable[[bytes], Stream]
"""From a key to its stream: `Stream`, or what goes through every outcome instead."""
