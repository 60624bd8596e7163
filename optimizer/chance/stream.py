"""Sub-keys and the counter stream of a key."""

from __future__ import annotations

import hashlib

_WORD = 1 << 48
_WORDS_A_BLOCK = 5


def sub_key(key: bytes, label: str, name: str) -> bytes:
    """Return the key of one use: ``SHA-256("double-random/<label>/v1:" ‖ hex(key) ‖ ":" ‖ name)``.

    Parameters
    ----------
    key
        32 bytes.
    label
        What it is for, such as ``rounding``; has no ``/``, so that no two uses share a text.
    name
        Which one of those, such as the item.

    Returns
    -------
    bytes
        32 bytes.
    """
    if len(key) != 32:
        raise ValueError("a key is 32 bytes")
    if "/" in label:
        raise ValueError(f"a label has no '/': {label!r}")
    return hashlib.sha256(f"double-random/{label}/v1:{key.hex()}:{name}".encode()).digest()


class Stream:
    """The words of a key: block k is ``SHA-256(key ‖ k as 8 bytes)``, five 48-bit words each.

    Parameters
    ----------
    key
        32 bytes. Every use takes its own `sub_key`: two streams of one key are the same stream.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise ValueError("a key is 32 bytes")
        self._key = key
        self._block = 0
        self._words: list[int] = []

    def word(self) -> int:
        """Return the next 48-bit word."""
        if not self._words:
            data = hashlib.sha256(self._key + self._block.to_bytes(8, "big")).digest()
            self._block += 1
            self._words = [
                int.from_bytes(data[i : i + 6], "big")
                for i in range(6 * (_WORDS_A_BLOCK - 1), -1, -6)
            ]
        return self._words.pop()

    def below(self, m: int) -> int:
        """Return a uniform integer in [0, m), 1 ≤ m ≤ 2^48, by rejection: no bias at all."""
        if not 1 <= m <= _WORD:
            raise ValueError(f"below() takes 1 to 2^48, not {m}")
        limit = _WORD - _WORD % m
        while True:
            word = self.word()
            if word < limit:
                return word % m
