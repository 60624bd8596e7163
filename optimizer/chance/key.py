"""A key that knows its hash function, so that nothing derived from it can use another."""

from __future__ import annotations

from typing import Self

from optimizer.canon.hashing import SHA256, Hash

KEY_BYTES = 32


class Key(bytes):
    """The key of a draw, or of one use of it: 32 bytes, and the campaign's hash function.

    It is bytes wherever bytes are asked for; `hash_of` tells the hash function. A stream, a
    ticket or a sub-key of it is made with that function and no other.

    Parameters
    ----------
    data
        32 bytes.
    hash
        What everything derived from the key is hashed with.
    """

    hash: Hash

    def __new__(cls, data: bytes, hash: Hash = SHA256) -> Self:
        """Make a key of 32 bytes."""
        if len(data) != KEY_BYTES:
            raise ValueError("a key is 32 bytes")
        made = super().__new__(cls, data)
        made.hash = hash
        return made

    @classmethod
    def fromhex(cls, text: str, hash: Hash = SHA256, /) -> Self:
        """Return the key that a document writes in hex."""
        return cls(bytes.fromhex(text), hash)

    def __reduce__(self) -> tuple[type[Self], tuple[bytes, Hash]]:
        return type(self), (bytes(self), self.hash)


def hash_of(key: bytes) -> Hash:
    """Return the hash function of a key; bare bytes are a key of SHA-256.

    Raises
    ------
    ValueError
        If it is not 32 bytes.
    """
    if len(key) != KEY_BYTES:
        raise ValueError("a key is 32 bytes")
    return key.hash if isinstance(key, Key) else SHA256
