"""An audit: everything recomputed from what a store holds, through three read methods.

It shares with the server the form of an entry, the tree and the signature, which come from
`optimizer`, and nothing of how the server reads, caches or checks its log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from api.security.logkey import read_log_key
from api.settings import Settings
from api.store.backup import no_store
from api.store.engine import make_engine
from api.store.log import superseded
from api.store.tables import CampaignRow, Checkpoint, DocumentRow, Fact, LogEntry
from optimizer.canon import HASHES, canonical, digest, merkle, parse
from optimizer.canon.note import Signer
from optimizer.domain.moments import instant
from optimizer.domain.registry import Document
from optimizer.errors import DoubleRandomError
from optimizer.ledger import Ledger, verify_checkpoint

LEDGER = "ledger/entries.jsonl"
"""Path under which a campaign's own ledger comes among its documents."""

BY_DIGEST = {"plan-version": "plan", "filing": "sha256"}
"""Kinds of entries that name a document by its SHA-256 alone, and the field of it."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as it is stored."""

    index: int
    time: str
    kind: str
    campaign: str
    line: bytes
    leaf: bytes


class Signed(NamedTuple):
    """A checkpoint as it is stored; `root` in hex."""

    size: int
    root: str
    note: bytes


class Held(NamedTuple):
    """A document as it is stored; a ledger, which grows, has no `sha256` beside it."""

    campaign: str
    path: str
    sha256: str | None
    data: bytes


class Source(Protocol):
    """What an audit reads, all of it of one moment."""

    def entries(self, start: int) -> Iterable[Stored]:
        """Return the entries from an index on, in order."""

    def checkpoints(self) -> Iterable[Signed]:
        """Return every checkpoint, the smallest first."""

    def documents(self) -> Iterable[Held]:
        """Return every document of every campaign, and its own ledger as `LEDGER`."""


class StoreSource:
    """The three read methods on a store's session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def entries(self, start: int) -> Iterator[Stored]:
        """Return the entries from an index on."""
        e = LogEntry
        wanted = select(e.index, e.time, e.kind, e.campaign, e.line, e.leaf)
        for row in self._session.execute(wanted.where(e.index >= start).order_by(e.index)):
            yield Stored(*row)

    def checkpoints(self) -> Iterator[Signed]:
        """Return every checkpoint."""
        wanted = select(Checkpoint.size, Checkpoint.root, Checkpoint.note)
        for row in self._session.execute(wanted.order_by(Checkpoint.size)):
            yield Signed(*row)

    def documents(self) -> Iterator[Held]:
        """Return every document, one campaign after the other."""
        d = DocumentRow
        for name in self._session.scalars(select(CampaignRow.id).order_by(CampaignRow.id)).all():
            ledger = self._session.scalar(select(CampaignRow.ledger).where(CampaignRow.id == name))
            yield Held(name, LEDGER, None, ledger or b"")
            paths = self._session.scalars(
                select(d.path).where(d.campaign == name).order_by(d.path)
            ).all()
            for path in paths:
                row = self._session.execute(
                    select(d.sha256, d.data).where(d.campaign == name, d.path == path)
                ).one()
                yield Held(name, path, *row)


@dataclass(slots=True)
class Audited:
    """What was looked at of one kind, and what differs, in words."""

    what: str
    looked_at: int = 0
    differences: list[str] = field(default_factory=list)


def audit(source: Source, vkey: str, apart: bytes | None) -> list[Audited]:
    """Recompute a store.

    Parameters
    ----------
    vkey
        The log's verifier key, from elsewhere than the store.
    apart
        The newest checkpoint that was kept outside the store, if any.

    Returns
    -------
    list
        One for each kind of thing; nothing differs if none has differences.
    """
    entries, checkpoints = Audited("log entries"), Audited("checkpoints")
    kept, ledgers = Audited("checkpoint kept apart"), Audited("campaign ledgers")
    documents = Audited("documents")
    signed = _open_checkpoints(source, vkey, checkpoints)
    outside = _open_apart(apart, vkey, kept)
    # (campaign, place in its own ledger) → kind and body, as the log repeats them.
    acts: dict[str, dict[int, tuple[str, Document]]] = defaultdict(dict)
    named: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    digests: dict[str, set[str]] = defaultdict(set)
    grown, last, released = merkle.CompactRange(), "", False
    for place, row in enumerate(source.entries(0)):
        entries.looked_at += 1
        record = _entry(row, place, last, entries)
        grown.append(merkle.leaf_hash(row.line))
        root = grown.root
        if signed.pop(place + 1, root) != root:
            checkpoints.differences.append(f"root of size {place + 1}")
        if outside is not None and outside[0] == place + 1 and outside[1] == root:
            outside = None
        if record is None:
            continue
        last = row.time
        released = released or (apart is not None and superseded(row.line) == apart)
        body = record["body"]
        if row.kind in BY_DIGEST:
            digests[row.campaign].add(str(body.get(BY_DIGEST[row.kind])))
        if "entry" in body and isinstance(body.get("body"), dict):
            acts[row.campaign][body["entry"]] = (row.kind, body["body"])
            _names(row.campaign, body["body"], named)
    size = len(grown)
    checkpoints.differences += [f"size {each}: the log has {size} entries" for each in signed]
    if size and checkpoints.looked_at and max(s.size for s in source.checkpoints()) < size:
        checkpoints.differences.append(f"the newest does not cover all {size} entries")
    if size and not checkpoints.looked_at:
        checkpoints.differences.append("there is none")
    if outside is not None and outside[0] and not released:
        kept.differences.append(f"the log of {size} entries does not lead to that of {outside[0]}")
    seen = set()
    for held in source.documents():
        seen.add((held.campaign, held.path))
        if held.sha256 is None:
            ledgers.looked_at += 1
            ledgers.differences += _ledger(held, acts.pop(held.campaign, {}))
            continue
        documents.looked_at += 1
        digests[held.campaign].discard(digest(held.data))
        wrong = digest(held.data) != held.sha256
        for name, told in named[held.campaign, held.path]:
            wrong = wrong or digest(held.data, HASHES[name]) != told
        if wrong:
            documents.differences.append(f"{held.campaign}/{held.path}: another digest")
    for campaign, path in sorted(set(named) - seen):
        documents.differences.append(f"{campaign}/{path}: named by the log, not there")
    for campaign, told_digest in sorted((c, d) for c, several in digests.items() for d in several):
        documents.differences.append(f"{campaign}: none has the digest {told_digest} of the log")
    ledgers.differences += [f"{campaign}: in the log, not there" for campaign in sorted(acts)]
    return [entries, checkpoints, kept, ledgers, documents]


def audit_store(settings: Settings, vkey: str | None = None) -> list[Audited]:
    """Recompute a store as it is at one moment; see `audit`.

    Parameters
    ----------
    vkey
        By default that of the log's key in the home.

    Raises
    ------
    InputError
        If there is no store, or no key to check signatures with.
    """
    if not settings.url and not settings.db.exists():
        raise no_store(settings)
    engine = make_engine(settings)
    try:
        with engine.connect() as connection, Session(connection) as session:
            origin = session.get(Fact, "origin")
            if origin is None:
                raise no_store(settings, "it is empty")
            if vkey is None:
                vkey = Signer(origin.value, read_log_key(settings.log_key)).vkey
            apart = settings.newest_checkpoint
            return audit(StoreSource(session), vkey, apart.read_bytes() if apart.exists() else None)
    except DatabaseError as error:
        raise no_store(settings, str(error.orig)) from None
    finally:
        engine.dispose()


def _open_checkpoints(source: Source, vkey: str, found: Audited) -> dict[int, bytes]:
    signed = {}
    for row in source.checkpoints():
        found.looked_at += 1
        try:
            _, size, root = verify_checkpoint(row.note, vkey)
        except DoubleRandomError as error:
            found.differences.append(f"size {row.size}: {error}")
            continue
        if size != row.size or root.hex() != row.root:
            found.differences.append(f"size {row.size}: the note says size {size}, {root.hex()}")
        signed[size] = root
    return signed


def _open_apart(apart: bytes | None, vkey: str, found: Audited) -> tuple[int, bytes] | None:
    if apart is None:
        return None
    found.looked_at = 1
    try:
        return verify_checkpoint(apart, vkey)[1:]
    except DoubleRandomError as error:
        found.differences.append(str(error))
        return None


def _entry(row: Stored, place: int, last: str, found: Audited) -> Document | None:
    """Hold an entry against its own line; return what the line says if it can be read."""
    try:
        record: Document = parse(row.line, name=f"entry {place}")
        told = (record["index"], record["time"], record["kind"], record["campaign"])
        if canonical(record) != row.line or len(record) != 5 or type(record["body"]) is not dict:
            raise ValueError("not canonical")
        back = bool(last) and instant(row.time) < instant(last)
    except (DoubleRandomError, KeyError, TypeError, ValueError) as error:
        found.differences.append(f"entry {place}: {error}")
        return None
    if row.index != place or told != (place, row.time, row.kind, row.campaign):
        found.differences.append(f"entry {place}: index {row.index}, its line says {told}")
    if merkle.leaf_hash(row.line) != row.leaf:
        found.differences.append(f"entry {place}: another leaf")
    if back:
        found.differences.append(f"entry {place}: time goes back to {row.time}")
    return record


def _names(
    campaign: str, body: Document, named: dict[tuple[str, str], set[tuple[str, str]]]
) -> None:
    """Note the document that an act names, with its digest."""
    path = body.get("document")
    for name in HASHES:
        if isinstance(path, str) and isinstance(body.get(name), str):
            named[campaign, path].add((name, body[name]))


def _ledger(held: Held, acts: dict[int, tuple[str, Document]]) -> Iterator[str]:
    """Hold a campaign's own ledger against the log, which repeats every act of it."""
    try:
        own = {e.index: (e.kind, e.body) for e in Ledger.read(held.data).entries}
    except DoubleRandomError as error:
        yield f"{held.campaign}: {error}"
        return
    for index in sorted(set(own) | set(acts)):
        if own.get(index) != acts.get(index):
            yield f"{held.campaign}: entry {index} is not what the log says"
