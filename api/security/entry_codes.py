"""Entry codes: a short signed text that says which visit is authorised, small enough for a QR code.

The bytes are described in ``docs/formats/entry-code.md``. What is signed names the enterprise and
the day, so that anyone with the public key can check a code without a network; whether the visit
still stands is asked of the server.
"""

from __future__ import annotations

import base64
import binascii
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from api.security.logkey import read_secret
from optimizer.canon import note
from optimizer.canon.signing import Ed25519Key

PREFIX = "DR1"
NAME = "double-random/entry-codes"
"""Name of the key, as in its verifier key."""
LONGEST = 1100
"""Letters of the longest code."""

_CONTEXT = b"double-random/entry-code/v1\n"
_EPOCH = date(2000, 1, 1)
_SIGNATURE = 64
_NONCE = 8
_FIXED = 1 + 4 + _NONCE + 2 + 1 + 4


class UnreadableCodeError(ValueError):
    """A text that is no entry code, signature aside."""


@dataclass(frozen=True, slots=True)
class EntryCode:
    """What a code says.

    Attributes
    ----------
    kid
        Id of the key that signs it, 8 hex digits.
    nonce
        8 bytes that make it unlike every other.
    first, last
        Days on which it holds, both included.
    visit
        Number of the visit.
    """

    kid: str
    nonce: bytes
    first: date
    last: date
    visit: int
    campaign: str
    enterprise: str

    def payload(self) -> bytes:
        """Return the bytes that are signed, less the context before them."""
        campaign, enterprise = self.campaign.encode(), self.enterprise.encode()
        return b"".join(
            (
                b"\x01",
                bytes.fromhex(self.kid),
                self.nonce,
                (self.first - _EPOCH).days.to_bytes(2, "big"),
                (self.last - self.first).days.to_bytes(1, "big"),
                self.visit.to_bytes(4, "big"),
                len(campaign).to_bytes(1, "big"),
                campaign,
                len(enterprise).to_bytes(1, "big"),
                enterprise,
            )
        )


def sign_code(code: EntryCode, key: Ed25519Key) -> str:
    """Return a code as text: ``DR1`` and base32 letters, all of them capitals and digits."""
    payload = code.payload()
    signed = payload + key.sign(_CONTEXT + payload)
    return PREFIX + base64.b32encode(signed).decode().rstrip("=")


def read_code(text: str) -> tuple[EntryCode, bytes]:
    """Return what a code says and its signature, which is not checked yet.

    Letters may be small, and spaces stand anywhere, as when somebody types it.

    Raises
    ------
    UnreadableCodeError
        If it is no code, or not written in the one way there is to write it.
    """
    letters = tidy(text)
    body = letters.removeprefix(PREFIX)
    if body == letters or len(letters) > LONGEST:
        raise UnreadableCodeError
    try:
        data = base64.b32decode(body + "=" * (-len(body) % 8))
    except (binascii.Error, ValueError):
        raise UnreadableCodeError from None
    payload, signature = data[:-_SIGNATURE], data[-_SIGNATURE:]
    if len(payload) < _FIXED + 2 or payload[0] != 1:
        raise UnreadableCodeError
    try:
        campaign, rest = _text(payload[_FIXED:])
        enterprise, rest = _text(rest)
    except (IndexError, UnicodeDecodeError):
        raise UnreadableCodeError from None
    first = _EPOCH + timedelta(days=int.from_bytes(payload[13:15], "big"))
    found = EntryCode(
        payload[1:5].hex(),
        payload[5:13],
        first,
        first + timedelta(days=payload[15]),
        int.from_bytes(payload[16:20], "big"),
        campaign,
        enterprise,
    )
    again = PREFIX + base64.b32encode(data).decode().rstrip("=")
    if rest or found.payload() != payload or again != letters:
        raise UnreadableCodeError
    return found, signature


def is_signed(code: EntryCode, signature: bytes, vkey: str) -> bool:
    """Return whether a signature is that of the key with this verifier key."""
    verifier = note.Verifier.parse(vkey)
    return verifier.algorithm.holds(verifier.public, _CONTEXT + code.payload(), signature)


def tidy(text: str) -> str:
    """Return a code as it is written: no spaces, capitals."""
    return "".join(text.split()).upper()


def _text(data: bytes) -> tuple[str, bytes]:
    size = data[0]
    if len(data) < 1 + size:
        raise IndexError
    return data[1 : 1 + size].decode(), data[1 + size :]


@dataclass(frozen=True, slots=True)
class CodeKey:
    """The key that signs entry codes.

    Attributes
    ----------
    kid
        Its id, 8 hex digits.
    vkey
        Its verifier key, as of C2SP signed notes.
    """

    kid: str
    vkey: str
    key: Ed25519Key


def code_key(path: Path, token: Callable[[int], bytes]) -> CodeKey:
    """Read the key, or make it where there is none; of several who make it, the first one's stands.

    Raises
    ------
    InputError
        If it is malformed, a placeholder, or others can read it.
    """
    if not path.exists():
        _make(path, token(32))
    seed = read_secret(path, "entry-key", "the key that signs entry codes")
    signer = note.Signer(NAME, seed)
    return CodeKey(signer.verifier.key_id.hex(), signer.vkey, Ed25519Key(seed))


def _make(path: Path, seed: bytes) -> None:
    # Written beside and linked into place: nobody ever reads half a key.
    handle, fresh = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(seed.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            return
    finally:
        os.unlink(fresh)
