"""Signature algorithms of notes, and who holds a private key: a seed, or a device behind one.

Ed25519 (RFC 8032) is the default. SM2 with SM3 (SM2 椭圆曲线公钥密码算法: GB/T 32918.2-2016, the
curve of GB/T 32918.5-2017, the signer's identity of GM/T 0009-2012) is the choice of the
commercial-cryptography rules. SM2 is only verified here: signing belongs to whoever holds the key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

SM2_ID = b"1234567812345678"
"""Who signs, where nobody else is named (GM/T 0009-2012)."""
_SM2_PRIME = 2**256 - 2**224 - 2**96 + 2**64 - 1


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A signature algorithm of signed notes.

    Attributes
    ----------
    name
        ``ed25519`` or ``sm2``.
    kind
        Signature type of C2SP signed-note: what stands before the public key in a verifier key.
        SM2 has no byte of its own, so it is ``ff`` and a name.
    public_size
        Bytes of a public key: 32, or for SM2 65 (``04 ‖ x ‖ y``).
    holds
        Whether a signature of 64 bytes (``R ‖ S``, or ``r ‖ s`` big-endian) over a message holds
        under a public key; false for whatever is malformed.
    """

    name: str
    kind: bytes
    public_size: int
    holds: Callable[[bytes, bytes, bytes], bool] = field(repr=False, compare=False)


class KeyHolder(Protocol):
    """Holds a private key and signs with it; the key itself need never be seen."""

    @property
    def algorithm(self) -> Algorithm:
        """What it signs with."""

    @property
    def public(self) -> bytes:
        """Its public key, as the algorithm encodes it."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message, 64 bytes."""


class Ed25519Key:
    """An Ed25519 key in memory.

    Parameters
    ----------
    seed
        The private key: 32 bytes.
    """

    def __init__(self, seed: bytes) -> None:
        if len(seed) != 32:
            raise ValueError("an Ed25519 seed is 32 bytes")
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self.algorithm = ED25519
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message, 64 bytes; the same each time."""
        return self._key.sign(message)


def _ed25519_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    # Loaded where something is signed or verified: a plan has no need of it.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _sm2_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    if len(public) != 65 or public[0] != 4 or len(signature) != 64:
        return False
    import gmalg  # only where SM2 is asked for

    # What the library leaves to its caller: coordinates in range, the point on the curve.
    x, y = int.from_bytes(public[1:33], "big"), int.from_bytes(public[33:], "big")
    verifier = gmalg.SM2(uid=SM2_ID, pk=public)
    if max(x, y) >= _SM2_PRIME or not verifier.verify_pk(public):
        return False
    try:
        return bool(verifier.verify(message, signature[:32], signature[32:]))
    except TypeError:  # s · G + t · P is infinity, which has no x
        return False


ED25519 = Algorithm("ed25519", b"\x01", 32, _ed25519_holds)
SM2 = Algorithm("sm2", b"\xffdouble-random/sm2-sm3/v1", 65, _sm2_holds)
ALGORITHMS = (ED25519, SM2)
