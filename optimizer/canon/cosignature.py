r"""Cosignatures of checkpoints (C2SP tlog-cosignature): a witness saw this log, and no other.

A witness signs, with its own Ed25519 key, ``cosignature/v1\ntime <seconds>\n`` and the checkpoint's
text; the signature line holds the time too. It stands in the note beside the log's own signature::

    double-random/log-6f0c…
    14
    8lHrQPRYe4KT4WQ9/Qk8/taKnD6IRHbFgfN7vQE2Y54=

    — double-random/log-6f0c… Az3gri/oVBN1…
    — witness.example/province 0NxPjgAAAABp…
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from optimizer.canon.note import read_line, read_vkey, refuse_name, split
from optimizer.canon.signing import ED25519, Ed25519Key
from optimizer.errors import CheckFailedError, Fault, InputError
from optimizer.messages import sentence

KIND = b"\x04"
"""Type of a cosigning key in key ids and verifier keys."""
_TIME = 8  # bytes of the time before the signature


class Cosigner:
    """A witness's named key.

    Parameters
    ----------
    name
        Not empty, without spaces and ``+``; a URL without its scheme is usual.
    seed
        32 bytes, the Ed25519 key.
    """

    def __init__(self, name: str, seed: bytes) -> None:
        refuse_name(name)
        self._key = Ed25519Key(seed)
        self.witness = Witness(name, self._key.public)

    def __repr__(self) -> str:
        return f"Cosigner({self.witness.name!r})"

    def cosign(self, text: str, time: int) -> str:
        """Return the signature line of a checkpoint's text, without its newline.

        Parameters
        ----------
        time
            Seconds since 1970; when the witness last saw the log grow as it should.
        """
        signature = self._key.sign(_message(text, time))
        data = self.witness.key_id + time.to_bytes(_TIME, "big") + signature
        return f"— {self.witness.name} {base64.b64encode(data).decode()}"


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness's name and public key."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> Witness:
        """Read a verifier key, ``name+key id+base64(04 ‖ public key)``.

        Raises
        ------
        InputError
            If it is malformed, no cosigning key, or its key id does not match.
        """
        name, key_id, data = read_vkey(vkey)
        found = cls(name, data[1:])
        if data[:1] != KIND or len(data) != 33 or found.key_id != key_id:
            raise InputError(
                Fault(
                    "witness-vkey",
                    "witness",
                    value=vkey,
                    expected="expected a witness's verifier key: name+id+base64, of type 04",
                    mend="Take the key as the witness gives it out.",
                )
            )
        return found

    @property
    def vkey(self) -> str:
        """The verifier key."""
        encoded = base64.b64encode(KIND + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of ``SHA-256(name ‖ 0A ‖ 04 ‖ public key)``."""
        return hashlib.sha256(self.name.encode() + b"\n" + KIND + self.public).digest()[:4]


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A cosignature that holds.

    Attributes
    ----------
    time
        Seconds since 1970, as the witness says.
    line
        As it stands in the note, without its newline.
    """

    name: str
    time: int
    line: str


def cosignatures(note: bytes, witnesses: Iterable[Witness]) -> list[Cosignature]:
    """Return the cosignatures of known witnesses in a note; others are ignored.

    Raises
    ------
    InputError
        If the note is malformed.
    CheckFailedError
        If one of a known witness does not hold.
    """
    text, signatures = split(note)
    known = {(each.name, each.key_id): each for each in witnesses}
    found: list[Cosignature] = []
    for name, data in signatures:
        witness = known.get((name, data[:4]))
        if witness is not None:
            found.append(_opened(text, witness, data))
    return found


def open_line(text: str, line: str, witnesses: Iterable[Witness]) -> Cosignature | None:
    """Return the cosignature of a line over a checkpoint's text; ``None`` of an unknown witness.

    Raises
    ------
    InputError
        If the line is malformed.
    CheckFailedError
        If the signature does not hold.
    """
    name, data = read_line(line)
    for witness in witnesses:
        if (witness.name, witness.key_id) == (name, data[:4]):
            return _opened(text, witness, data)
    return None


def _opened(text: str, witness: Witness, data: bytes) -> Cosignature:
    time, signature = int.from_bytes(data[4 : 4 + _TIME], "big"), data[4 + _TIME :]
    if (
        len(data) != 4 + _TIME + 64
        or not 0 < time < 1 << 63
        or not ED25519.holds(witness.public, _message(text, time), signature)
    ):
        raise CheckFailedError(sentence("cosignature-fails", name=witness.name))
    encoded = base64.b64encode(data).decode()
    return Cosignature(witness.name, time, f"— {witness.name} {encoded}")


def _message(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()
