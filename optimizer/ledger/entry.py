"""One entry of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.canon import canonical, merkle, parse
from optimizer.domain.moments import instant
from optimizer.domain.registry import Document

KINDS = (
    "frame",
    "spec",
    "seed-source",
    "seed",
    "draw",
    "checks",
    "problem",
    "roster",
    "plan",
    "odds",
    "teams-seed-source",
    "teams-seed",
    "teams",
)
"""Kinds of a run, in the order in which they must stand: commitments before the seed they bind."""

REVEALS = {"seed-source": "seed-reveals", "teams-seed-source": "teams-seed-reveals"}
"""What follows a seed source with parties: what they revealed, before the seed is known."""

LATER = ("roster", "odds", "teams-seed-source", "teams-seed", "teams")
"""Kinds of each later round of teams, in order; they follow `KINDS` any number of times."""


def kind_at(place: int) -> str:
    """Return the kind that stands at a place of the ledger."""
    return KINDS[place] if place < len(KINDS) else LATER[(place - len(KINDS)) % len(LATER)]


def next_kind(entries: Sequence[Entry]) -> str:
    """Return the kind that must follow these entries."""
    if entries and entries[-1].kind in REVEALS and has_parties(entries[-1].body):
        return REVEALS[entries[-1].kind]
    return kind_at(sum(entry.kind not in REVEALS.values() for entry in entries))


def has_parties(source: Document) -> bool:
    """Return whether a seed source, as announced, waits for parties to reveal."""
    parts = source.get("parts") if source.get("source") == "combined" else [source]
    return isinstance(parts, list) and any(
        isinstance(part, dict) and part.get("source") == "parties" for part in parts
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
        One of `KINDS`.
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
