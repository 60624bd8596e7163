"""The append-only list of entries with its tree and checkpoint."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Any

from optimizer.canon import HASHES, SHA256, Hash, canonical, digest, merkle, note, parse
from optimizer.canon.signing import KeyHolder
from optimizer.domain.moments import instant
from optimizer.domain.registry import Document
from optimizer.errors import Fault, InputError, OrderError
from optimizer.ledger.course import BESIDE, KINDS, REVEALS, Course
from optimizer.ledger.entry import Entry

ORIGIN = "double-random/"
"""Before the campaign's name: the checkpoint's first line and the signing key's name."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was published when. A value: `append` gives a new ledger and leaves this one alone.

    Parameters
    ----------
    campaign
        Its identifier; part of the origin, so that checkpoints of two campaigns never mix.
    entries
        In order of index; made by `append` or `read`.
    hash
        What its tree and the digests in it are made with.

    Examples
    --------
    >>> ledger = Ledger("small-2026").append(
    ...     "frame", "2025-12-22T09:00:00+08:00", {"document": "transcript/frame.json"}
    ... )
    >>> ledger
    Ledger('small-2026', 1 entry: frame)
    """

    campaign: str
    entries: tuple[Entry, ...] = ()
    hash: Hash = SHA256

    def __repr__(self) -> str:
        count = f"{len(self)} {'entry' if len(self) == 1 else 'entries'}"
        kinds = ", ".join(entry.kind for entry in self.entries)
        return f"Ledger({self.campaign!r}, {count}: {kinds})"

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def origin(self) -> str:
        """First line of the checkpoint."""
        return ORIGIN + self.campaign

    def append(self, kind: str, time: str, body: Document) -> Ledger:
        """Return the ledger with one more entry.

        Parameters
        ----------
        kind
            One that may come now: the next of `KINDS`, or one of `BESIDE` where it has its place
            (`optimizer.ledger.course`).
        time
            RFC 3339 with zone; not before the last entry's.
        body
            What the entry says; of a published document, what `publish` writes.

        Raises
        ------
        OrderError
            If another step must come first, the step was taken already, or time goes back.
        InputError
            If `time` is malformed.
        """
        known_kinds = (*KINDS, *REVEALS.values(), *BESIDE)
        if kind not in known_kinds:
            known = ", ".join(known_kinds)
            raise OrderError(f"the ledger knows no step {kind!r}; it knows {known}")
        course = self.course
        reasoned = isinstance(body.get("again"), dict) and bool(body["again"].get("reason"))
        if course.needs_reason(kind) and kind in course.allowed() and not reasoned:
            raise OrderError(f"{kind!r} is in the ledger already; a second one gives its reason")
        if kind not in course.allowed():
            wanted = course.next
            if any(entry.kind == kind for entry in self.entries):
                last = self.entries[-1].kind
                raise OrderError(
                    f"{kind!r} is in the ledger already, followed by steps up to {last!r}; "
                    f"{wanted!r} is next"
                )
            raise OrderError(f"{wanted!r} must be in the ledger before {kind!r}")
        entry = Entry.make(len(self), time, kind, self.campaign, body)
        if self.entries and instant(time) < instant(self.entries[-1].time):
            raise OrderError(f"{kind!r} at {time} lies before {self.entries[-1].time}")
        return replace(self, entries=(*self.entries, entry))

    def body(self, path: str, data: bytes) -> Document:
        """Return what is held of a published document: ``{"document": path, hash: digest}``."""
        return {"document": path, self.hash.name: digest(data, self.hash)}

    def publish(self, kind: str, time: str, path: str, data: bytes, **more: Any) -> Ledger:
        """Return the ledger with one more entry, that of a published document.

        Parameters
        ----------
        kind, time
            As in `append`.
        path
            Of the document in the publication.
        data
            Its bytes.
        more
            What else the entry holds.
        """
        return self.append(kind, time, self.body(path, data) | more)

    def find(self, kind: str) -> Entry:
        """Return the latest entry of a kind.

        Raises
        ------
        OrderError
            If that step has not been taken.
        """
        for entry in reversed(self.entries):
            if entry.kind == kind:
                return entry
        raise OrderError(f"{kind!r} is not in the ledger yet")

    @property
    def course(self) -> Course:
        """How far the campaign has come, and what may come next."""
        course = Course()
        for entry in self.entries:
            course = course.after(entry.kind, entry.body)
        return course

    @property
    def tree(self) -> merkle.Tree:
        """The Merkle tree over the entries' lines, for proofs."""
        leaves = (entry.leaf(self.hash) for entry in self.entries)
        return merkle.Tree(leaves, self.hash)

    @property
    def root(self) -> bytes:
        """The tree's root, 32 bytes."""
        return self.tree.root

    def inclusion_proof(self, index: int) -> list[bytes]:
        """Return the audit path of an entry (`canon.merkle.verify_inclusion`)."""
        return self.tree.inclusion_proof(index)

    def consistency_proof(self, old_size: int) -> list[bytes]:
        """Return the proof that this ledger extends its first `old_size` entries."""
        return self.tree.consistency_proof(old_size)

    def checkpoint(self, signer: note.Signer) -> bytes:
        r"""Return the signed note over ``<origin>\n<size>\n<base64 root>\n``.

        Raises
        ------
        ValueError
            If the signer has another name than the origin.
        """
        if signer.name != self.origin:
            raise ValueError(f"the signer of {self.origin!r} must have its name")
        root = base64.b64encode(self.root).decode()
        return note.sign(f"{self.origin}\n{len(self)}\n{root}\n", signer)

    def signer(self, key: KeyHolder | bytes) -> note.Signer:
        """Return the signer of this ledger; its `vkey` is ``log.vkey``.

        Parameters
        ----------
        key
            Who holds the private key, or the 32-byte seed of an Ed25519 key.
        """
        return note.Signer(self.origin, key)

    def to_jsonl(self) -> bytes:
        """Return ``entries.jsonl``."""
        return b"".join(entry.line + b"\n" for entry in self.entries)

    @classmethod
    def read(cls, data: bytes, *, name: str = "entries.jsonl") -> Ledger:
        """Read ``entries.jsonl``, whose lines must be canonical.

        Its hash is the one that the first digest in it is called by.

        Raises
        ------
        InputError
            At the first line that is malformed.
        OrderError
            If the entries could not have been appended in this order.
        """
        if data and not data.endswith(b"\n"):
            raise _fault(name, data.count(b"\n") + 1, "a line that ends in a newline")
        ledger: Ledger | None = None
        for row, line in enumerate(data.split(b"\n")[:-1], start=1):
            record = parse(line, name=name)
            if not _is_entry(record) or canonical(record) != line:
                raise _fault(name, row, "a canonical entry: body, campaign, index, kind, time")
            if ledger is None:
                ledger = cls(record["campaign"], hash=_hash_in(record["body"]))
            if record["index"] != len(ledger) or record["campaign"] != ledger.campaign:
                raise _fault(name, row, f"entry {len(ledger)} of {ledger.campaign!r}")
            ledger = ledger.append(record["kind"], record["time"], record["body"])
        if ledger is None:
            raise _fault(name, 1, "at least one entry")
        return ledger


def _hash_in(body: Document) -> Hash:
    return next((hash for name, hash in HASHES.items() if name in body), SHA256)


def _is_entry(record: object) -> bool:
    return (
        isinstance(record, dict)
        and set(record) == {"body", "campaign", "index", "kind", "time"}
        and type(record["index"]) is int
        and all(isinstance(record[key], str) for key in ("campaign", "kind", "time"))
        and isinstance(record["body"], dict)
    )


def _fault(name: str, row: int, expected: str) -> InputError:
    mend = "Take the file from the publication again."
    return InputError(Fault("ledger-entry", name, row, expected=f"expected {expected}", mend=mend))
