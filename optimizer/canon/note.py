"""Signed notes (C2SP signed-note): a text with signatures below it, Ed25519 or SM2.

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

from optimizer.canon.signing import ALGORITHMS, ED25519, Algorithm, Ed25519Key, KeyHolder
from optimizer.errors import CheckFailedError, Fault, InputError
from optimizer.messages import sentence

_MAX_SIGNATURES = 100
_NAME = re.compile(r"[^\s+]+")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


class Signer:
    """A named key that signs notes.

    Parameters
    ----------
    name
        Not empty, without spaces and ``+``; for a log, its origin.
    key
        Who holds the private key, or the 32-byte seed of an Ed25519 key.
    """

    def __init__(self, name: str, key: KeyHolder | bytes) -> None:
        refuse_name(name)
        self.name = name
        self._key = Ed25519Key(key) if isinstance(key, bytes) else key
        self.public = self._key.public

    def __repr__(self) -> str:
        return f"Signer({self.name!r})"

    @property
    def vkey(self) -> str:
        """The verifier key: ``name+key id+base64(type ‖ public key)``."""
        encoded = base64.b64encode(self._key.algorithm.kind + self.public).decode()
        return f"{self.name}+{self.verifier.key_id.hex()}+{encoded}"

    @property
    def verifier(self) -> Verifier:
        """The verifier of this key."""
        return Verifier(self.name, self.public, self._key.algorithm)

    def sign(self, text: str) -> str:
        """Return the signature line of a note's text, without its newline."""
        signature = self.verifier.key_id + self._key.sign(text.encode())
        return f"— {self.name} {base64.b64encode(signature).decode()}"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A named public key, as its algorithm encodes it."""

    name: str
    public: bytes
    algorithm: Algorithm = ED25519

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """Read a verifier key, ``name+key id+base64(type ‖ public key)``.

        Raises
        ------
        InputError
            If it is malformed, of an unknown type, or its key id does not match.
        """
        match = _VKEY.fullmatch(vkey.strip())
        data = _base64(match[3]) if match else None
        algorithm = None if data is None else _algorithm_of(data)
        if match is None or data is None or algorithm is None:
            raise _fault("vkey-malformed", vkey, "an Ed25519 or SM2 verifier key name+id+base64")
        found = cls(match[1], data[len(algorithm.kind) :], algorithm)
        if found.key_id.hex() != match[2]:
            raise _fault("vkey-id", vkey, "a key id that belongs to the name and the key")
        return found

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of ``SHA-256(name ‖ 0A ‖ type ‖ public key)``, as C2SP recommends.

        A name for the key and no protection of it, so it is SHA-256 with every algorithm.
        """
        data = self.name.encode() + b"\n" + self.algorithm.kind + self.public
        return hashlib.sha256(data).digest()[:4]

    def holds(self, text: str, signature: bytes) -> bool:
        """Return whether the 64-byte `signature` over `text` is this key's."""
        return self.algorithm.holds(self.public, text.encode(), signature)


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
    text, signatures = split(note)
    known = {(v.name, v.key_id): v for v in verifiers}
    signers: list[str] = []
    for name, data in signatures:
        verifier = known.get((name, data[:4]))
        if verifier is None:
            continue
        if not verifier.holds(text, data[4:]):
            raise CheckFailedError(sentence("signature-fails", name=name))
        if name not in signers:
            signers.append(name)
    if not signers:
        raise CheckFailedError(sentence("signature-unknown"))
    return Note(text, tuple(signers))


def split(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """Return a note's text, and the name and data of each of its signatures, unverified.

    Raises
    ------
    InputError
        If it is malformed.
    """
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
    return whole[: cut + 1], [read_line(line) for line in lines]


def read_line(line: str) -> tuple[str, bytes]:
    """Return name and data (key id, then signature) of a signature line.

    Raises
    ------
    InputError
        If it is malformed.
    """
    match = _LINE.fullmatch(line)
    data = _base64(match[2]) if match else None
    if match is None or data is None or len(data) < 5:
        raise _malformed("signature lines '— name base64'")
    return match[1], data


def read_vkey(vkey: str) -> tuple[str, bytes, bytes]:
    """Return name, key id, and type with public key of a verifier key, of any type.

    Raises
    ------
    InputError
        If it is malformed.
    """
    match = _VKEY.fullmatch(vkey.strip())
    data = _base64(match[3]) if match else None
    if match is None or not data:
        raise _fault("vkey-malformed", vkey, "a verifier key name+id+base64")
    return match[1], bytes.fromhex(match[2]), data


def refuse_name(name: str) -> None:
    """Refuse a key's name that no note can hold."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"a key's name has no spaces and no '+': {name!r}")


def _algorithm_of(data: bytes) -> Algorithm | None:
    """Return the algorithm of a type and a public key, by its type and its length."""
    for algorithm in ALGORITHMS:
        size = len(algorithm.kind) + algorithm.public_size
        if data.startswith(algorithm.kind) and len(data) == size:
            return algorithm
    return None


def _is_text(text: str) -> bool:
    return all(char == "\n" or char >= " " for char in text)


def _base64(text: str) -> bytes | None:
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    # One text for one value: stray bits under the padding are refused.
    return data if base64.b64encode(data).decode() == text else None


def _malformed(expected: str) -> InputError:
    return _fault("note-malformed", "", expected)


def _fault(code: str, value: str, expected: str) -> InputError:
    mend = "Take the file from its source again."
    return InputError(Fault(code, "note", value=value, expected=f"expected {expected}", mend=mend))
