"""Transparency-log proofs (C2SP tlog-proof): an entry, its audit path, the signed checkpoint.

::

    c2sp.org/tlog-proof@v1
    extra eyJjYW1wYWlnbiI6…
    index 1
    gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=

    double-random/small-2026
    6
    8lHrQPRYe4KT4WQ9/Qk8/taKnD6IRHbFgfN7vQE2Y54=

    — double-random/small-2026 Az3gri/oVBN1…
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from optimizer.canon.hashing import HASH_SIZE
from optimizer.errors import Fault, InputError
from optimizer.messages import phrase

HEADER = "c2sp.org/tlog-proof@v1"
_MAX_INDEX = 2**63 - 1
_MAX_HASHES = 63


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A proof as a value.

    Attributes
    ----------
    index
        Of the entry in the log, from 0.
    hashes
        Audit path, from the leaf's sibling up, each of 32 bytes.
    checkpoint
        The signed note, verbatim.
    extra
        Opaque; not authenticated by the format. ``None`` where the line is left out.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def to_text(self) -> bytes:
        """Return the text."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {base64.b64encode(self.extra).decode()}")
        lines.append(f"index {self.index}")
        lines += [base64.b64encode(node).decode() for node in self.hashes]
        return "".join(f"{line}\n" for line in [*lines, ""]).encode() + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> TlogProof:
        """Read the text.

        Raises
        ------
        InputError
            Where it is malformed: the first line that is.
        """
        head, gap, checkpoint = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise _malformed("its head is not ASCII") from None
        if lines[0] != HEADER:
            raise _malformed(f"the first line is not {HEADER}")
        if not gap or not checkpoint:
            raise _malformed("no checkpoint follows an empty line")
        rest = lines[1:]
        extra = None
        if rest and rest[0].startswith("extra "):
            extra = _base64(rest.pop(0)[6:], "extra")
        found = re.fullmatch(r"index (0|[1-9][0-9]{0,18})", rest[0]) if rest else None
        if found is None or int(found[1]) > _MAX_INDEX:
            raise _malformed("no line says the index")
        hashes = tuple(_base64(line, "a hash") for line in rest[1:])
        if len(hashes) > _MAX_HASHES or any(len(node) != HASH_SIZE for node in hashes):
            raise _malformed("a hash is not 32 bytes, or there are too many")
        return cls(int(found[1]), hashes, checkpoint, extra)


def _base64(text: str, what: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        data = b""
    if not text or base64.b64encode(data).decode() != text:
        raise _malformed(f"{what} is no base64")
    return data


def _malformed(what: str) -> InputError:
    words = phrase("proof-malformed", what=what)
    return InputError(Fault("proof-malformed", "proof", None, "", "", *words))
