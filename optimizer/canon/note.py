"""Signed notes (C2SP signed-note): a text with Ed25519 signatures below it.

::

    double-random/small-2026
    14
    8lHrQPRYe4KT4WQ9/Qk8/taKnD6IRHbFgfN7vQE2Y54=

    — double-random/small-2026 Az3gri/oVBN1…
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from optimizer.errors import CheckFailedError, Fault, InputError

_ED25519 = b"\x01"
_MAX_SIGNATURES = 100
_NAME = re.compile(r"[^\s+]+")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


class Signer:
    """A named Ed25519 key that signs notes.

    Parameters
    ----------
    name
        Not empty, without spaces and ``+``; for a log, its origin.
    seed
        The private key: 32 bytes.
    """

    def __init__(self, name: str, seed: bytes) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"a key's name has no spaces and no '+': {name!r}")
        if len(seed) != 32:
            raise ValueError("an Ed25519 seed is 32 bytes")
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"Signer({self.name!r})"

    @property
    def vkey(self) -> str:
        """The verifier key: ``name+key id+base64(type ‖ public key)``."""
        encoded = base64.b64encode(_ED25519 + self.public).decode()
        return f"{self.name}+{_key_id(self.name, self.public).hex()}+{encoded}"

    @property
    def verifier(self) -> Verifier:
        """The verifier of this key."""
        return Verifier(self.name, self.public)

    def sign(self, text: str) -> str:
        """Return the signature line of a note's text, without its newline."""
        signature = _key_id(self.name, self.public) + self._key.sign(text.encode())
        return f"— {self.name} {base64.b64encode(signature).decode()}"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A named Ed25519 public key (32 bytes)."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """Read a verifier key, ``name+key id+base64(type ‖ public key)``.

        Raises
        ------
        InputError
            If it is malformed, of another type than Ed25519, or its key id does not match.
        """
        match = _VKEY.fullmatch(vkey.strip())
        data = _base64(match[3]) if match else None
        if match is None or data is None or len(data) != 33 or data[:1] != _ED25519:
            raise _fault("vkey-malformed", vkey, "an Ed25519 verifier key name+id+base64")
        if _key_id(match[1], data[1:]).hex() != match[2]:
            raise _fault("vkey-id", vkey, "a key id that belongs to the name and the key")
        return cls(match[1], data[1:])

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of ``SHA-256(name ‖ 0A ‖ 01 ‖ public key)``."""
        return _key_id(self.name, self.public)

    def holds(self, text: str, signature: bytes) -> bool:
        """Return whether the 64-byte Ed25519 `signature` over `text` is this key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Note:
    """An opened note.

    Attributes
    ----------
    text
        With its final newline.
    signers
        Names of the known keys whose signatures hold, in order.
    """

    text: str
    signers: tuple[str, ...]


def sign(text: str, *signers: Signer) -> bytes:
    """Return the note of `text`, which must end in a newline, signed by each signer."""
    if not _is_text(text) or not text.endswith("\n"):
        raise ValueError("a note's text ends in a newline and has no other control characters")
    if not signers:
        raise ValueError("a note needs at least one signer")
    return (text + "\n" + "".join(s.sign(text) + "\n" for s in signers)).encode()


def verify(note: bytes, verifiers: Iterable[Verifier]) -> Note:
    """Open a note; signatures of unknown keys are ignored.

    Raises
    ------
    InputError
        If it is malformed.
    CheckFailedError
        If a known key's signature does not hold, or there is no signature of a known key.
    """
    text, signatures = _split(note)
    known = {(v.name, v.key_id): v for v in verifiers}
    signers: list[str] = []
    for name, data in signatures:
        verifier = known.get((name, data[:4]))
        if verifier is None:
            continue
        if not verifier.holds(text, data[4:]):
            raise CheckFailedError(f"the signature of {name} does not hold")
        if name not in signers:
            signers.append(name)
    if not signers:
        raise CheckFailedError("no signature of a known key")
    return Note(text, tuple(signers))


def _split(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed("text in UTF-8") from error
    cut = whole.rfind("\n\n")
    if cut < 0 or not _is_text(whole) or not whole.endswith("\n"):
        raise _malformed("a text, an empty line and signatures, without control characters")
    lines = whole[cut + 2 : -1].split("\n")
    if len(lines) > _MAX_SIGNATURES:
        raise _malformed(f"at most {_MAX_SIGNATURES} signatures")
    signatures = []
    for line in lines:
        match = _LINE.fullmatch(line)
        data = _base64(match[2]) if match else None
        if match is None or data is None or len(data) < 5:
            raise _malformed("signature lines '— name base64'")
        signatures.append((match[1], data))
    return whole[: cut + 1], signatures


def _is_text(text: str) -> bool:
    return all(char == "\n" or char >= " " for char in text)


def _base64(text: str) -> bytes | None:
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    # One text for one value: stray bits under the padding are refused.
    return data if base64.b64encode(data).decode() == text else None


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _malformed(expected: str) -> InputError:
    return _fault("note-malformed", "", expected)


def _fault(code: str, value: str, expected: str) -> InputError:
    mend = "Take the file from its source again."
    return InputError(Fault(code, "note", value=value, expected=f"expected {expected}", mend=mend))
