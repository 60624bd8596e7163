"""The hash functions a campaign can choose from: SHA-256, and SM3 (密码杂凑算法).

Both read blocks of 64 bytes, pad alike and give 32 bytes, so that whatever is said of one holds of
the other. A campaign names one (``hash: sm3``; SHA-256 by default) and everything in its
publication is hashed with it: leaves, trees, digests, keys, streams, tickets, salts.

Sources: FIPS 180-4 (SHA-256); GB/T 32905-2016 and ISO/IEC 10118-3:2018 (SM3); RFC 2104 (HMAC).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from cryptography.hazmat.primitives import hashes


HASH_SIZE = 32
"""Bytes of a digest, of each of the hash functions."""


class State(Protocol):
    """A hash that has read some data: it can be copied, and read on."""

    @property
    def digest_size(self) -> int: ...  # noqa: D102
    @property
    def block_size(self) -> int: ...  # noqa: D102
    def update(self, data: bytes, /) -> None: ...  # noqa: D102
    def digest(self) -> bytes: ...  # noqa: D102
    def hexdigest(self) -> str: ...  # noqa: D102
    def copy(self) -> Self: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Hash:
    """A hash function.

    Attributes
    ----------
    name
        As documents write it: ``sha256`` or ``sm3``.
    title
        As people write it: ``SHA-256`` or ``SM3``.
    start
        From the first bytes (none by default) to a `State` that has read them.
    """

    name: str
    title: str = field(compare=False)
    start: Callable[..., State] = field(repr=False, compare=False)

    def digest(self, data: bytes) -> bytes:
        """Return the digest of `data`, 32 bytes."""
        return self.start(data).digest()

    def hex(self, data: bytes) -> str:
        """Return the digest of `data` in lower-case hex."""
        return self.start(data).hexdigest()

    def hmac(self, key: bytes, data: bytes) -> bytes:
        """Return the HMAC (RFC 2104) of `data` under `key`, 32 bytes."""
        # A `State` has what hmac asks for, less a name that it does not read.
        return hmac.digest(key, data, self.start)  # type: ignore[arg-type]


class _Sm3:
    """SM3 of `cryptography`, which carries its own OpenSSL, in the shape of hashlib's."""

    digest_size = HASH_SIZE
    block_size = 64

    def __init__(self, state: hashes.Hash) -> None:
        self._state = state

    def update(self, data: bytes) -> None:
        self._state.update(data)

    def digest(self) -> bytes:
        return self._state.copy().finalize()

    def hexdigest(self) -> str:
        return self.digest().hex()

    def copy(self) -> Self:
        return type(self)(self._state.copy())


@cache
def _empty_sm3() -> State:
    """Return hashlib's SM3 where it is built in, else that of `cryptography`."""
    try:
        return hashlib.new("sm3")
    except ValueError:
        from cryptography.hazmat.primitives import hashes

        return _Sm3(hashes.Hash(hashes.SM3()))


def start_sm3(data: bytes = b"") -> State:
    """Return SM3 that has read `data`; a copy costs less than looking the function up by name."""
    state = _empty_sm3().copy()
    state.update(data)
    return state


SHA256 = Hash("sha256", "SHA-256", hashlib.sha256)
SM3 = Hash("sm3", "SM3", start_sm3)
HASHES = {hash.name: hash for hash in (SHA256, SM3)}
"""Name → hash function."""


def hash_field(hash: Hash) -> dict[str, str]:
    """Return the field by which a document names its hash: SHA-256 goes without saying."""
    return {} if hash == SHA256 else {"hash": hash.name}


def hash_named(document: Mapping[str, Any]) -> Hash:
    """Return the hash that a document names with `hash_field`.

    Raises
    ------
    KeyError
        Where there is no hash of that name.
    """
    return HASHES[document.get("hash", SHA256.name)]
