"""One entry of the ledger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from optimizer.canon import canonical, merkle, parse
from optimizer.domain.registry import Document
from optimizer.errors import Fault, InputError

_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(Z|[+-]\d{2}:\d{2})", re.ASCII
)


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
        """What it says; of a published document ``{"document": path, "sha256": digest, …}``."""
        body: Document = parse(self.line)["body"]
        return body

    @property
    def leaf(self) -> bytes:
        """The leaf's hash, 32 bytes."""
        return merkle.leaf_hash(self.line)


def instant(time: str) -> datetime:
    """Return the moment an RFC 3339 text names, in UTC.

    Raises
    ------
    InputError
        If it is none, or has no zone.
    """
    match = _TIME.fullmatch(time)
    if match is not None:
        seconds, fraction, zone = match.groups()
        zone = "+00:00" if zone == "Z" else zone
        try:
            moment = datetime.fromisoformat(f"{seconds}.{(fraction or '0').ljust(6, '0')}{zone}")
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise InputError(
        Fault(
            "time-rfc3339",
            "ledger",
            field="time",
            value=time,
            expected="expected a time with zone, such as 2025-12-22T09:00:00+08:00",
            mend="Write date, time and zone.",
        )
    )
