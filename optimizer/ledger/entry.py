"""One entry of the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.canon import SHA256, Hash, canonical, merkle, parse
from optimizer.domain.moments import instant
from optimizer.domain.registry import Document


@dataclass(frozen=True, slots=True)
class Entry:
    """An act of the campaign.

    Attributes
    ----------
    index
        Place in the ledger, from 0.
    time
        RFC 3339 with zone, at most microseconds.
    kind
        One of `KINDS` or `BESIDE`.
    line
        The canonical bytes, without newline: the leaf's data. It alone holds the body, so that
        an entry cannot change after it was made.
    """

    index: int
    time: str
    kind: str
    campaign: str
    line: bytes

    @classmethod
    def make(cls, index: int, time: str, kind: str, campaign: str, body: Document) -> Entry:
        """Write an entry.

        Raises
        ------
        InputError
            If `time` is not RFC 3339 with a zone.
        TypeError, ValueError
            If `body` has no canonical form.
        """
        instant(time)
        record = {"index": index, "time": time, "kind": kind, "campaign": campaign, "body": body}
        return cls(index, time, kind, campaign, canonical(record))

    @property
    def body(self) -> Document:
        """What it says; of a document ``{"document": path, "sha256" or "sm3": digest, …}``."""
        body: Document = parse(self.line)["body"]
        return body

    def leaf(self, hash: Hash = SHA256) -> bytes:
        """Return the leaf's hash, 32 bytes."""
        return merkle.leaf_hash(self.line, hash)
