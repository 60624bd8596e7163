"""An audit: everything recomputed from what a store holds, through a few read methods.

It shares with the server the form of an entry, the tree and the signature, which come from
`optimizer`, and nothing of how the server reads, caches or checks its log.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
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
from api.store.tables import (
    CampaignRow,
    Checkpoint,
    CosignatureRow,
    DocumentRow,
    Fact,
    LogEntry,
    PrivateRow,
    RegistersRow,
)
from optimizer.canon import HASHES, canonical, cosignature, digest, merkle, note, parse
from optimizer.canon.cosignature import Witness
from optimizer.canon.note import Signer
from optimizer.domain.moments import instant
from optimizer.domain.registry import Document
from optimizer.draw import sealed_digest
from optimizer.errors import CheckFailedError, DoubleRandomError
from optimizer.flow.dossier import FRAME_LINES, NAMES, SECRETS, SUBSTITUTIONS, Dossier
from optimizer.flow.drawn import CHANGES
from optimizer.frame.leaf import leaf_salt
from optimizer.ledger import Ledger, verify_checkpoint
from optimizer.messages import Words

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


class Kept(NamedTuple):
    """A version of registers as it is stored: how they are read, and the zip of their files."""

    digest: str
    city: str
    identifiers: str
    exclude_faulty: bool
    archive: bytes


class Cosigned(NamedTuple):
    """A cosignature as it is stored; `time` in seconds since 1970."""

    size: int
    witness: str
    time: int
    line: str


class Source(Protocol):
    """What an audit reads, all of it of one moment."""

    def entries(self, start: int) -> Iterable[Stored]:
        """Return the entries from an index on, in order."""

    def checkpoints(self) -> Iterable[Signed]:
        """Return every checkpoint, the smallest first."""

    def documents(self) -> Iterable[Held]:
        """Return every document of every campaign, and its own ledger as `LEDGER`."""

    def private(self, campaign: str) -> Mapping[str, bytes]:
        """Return what of a sealed campaign is not for everybody, by path; nothing of others."""

    def registers(self) -> Iterable[Kept]:
        """Return every version of registers."""

    def cosignatures(self) -> Iterable[Cosigned]:
        """Return every cosignature, the smallest checkpoint's first."""


class StoreSource:
    """The read methods on a store's session."""

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

    def private(self, campaign: str) -> dict[str, bytes]:
        """Return a sealed campaign's private files."""
        wanted = select(PrivateRow.path, PrivateRow.data).where(PrivateRow.campaign == campaign)
        return {path: data for path, data in self._session.execute(wanted)}  # noqa: C416

    def registers(self) -> Iterator[Kept]:
        """Return every version of registers, the oldest first, one zip at a time."""
        r = RegistersRow
        for number in self._session.scalars(select(r.number).order_by(r.number)).all():
            wanted = select(r.digest, r.city, r.identifiers, r.exclude_faulty, r.archive)
            yield Kept(*self._session.execute(wanted.where(r.number == number)).one())

    def cosignatures(self) -> Iterator[Cosigned]:
        """Return every cosignature."""
        c = CosignatureRow
        wanted = select(c.size, c.witness, c.time, c.line).order_by(c.size, c.witness)
        for row in self._session.execute(wanted):
            yield Cosigned(*row)


@dataclass(slots=True)
class Audited:
    """What was looked at of one kind, and what differs, in words."""

    what: str
    looked_at: int = 0
    differences: list[str] = field(default_factory=list)


def audit(
    source: Source, vkey: str, apart: bytes | None, witnesses: Sequence[str] = ()
) -> list[Audited]:
    """Recompute a store.

    Parameters
    ----------
    vkey
        The log's verifier key, from elsewhere than the store.
    apart
        The newest checkpoint that was kept outside the store, if any.
    witnesses
        Verifier keys of the witnesses whose cosignatures are recomputed; of others it is looked
        at whether the checkpoint is there and the line is theirs.

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
    versions: set[str] = set()
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
        if row.kind == "registers":
            versions.add(str(body.get("registers")))
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
    private = Audited("private files")
    seen: set[tuple[str, str]] = set()
    public: dict[str, bytes] = {}
    for held in source.documents():
        seen.add((held.campaign, held.path))
        if held.sha256 is None:
            # The ledger comes first of its campaign: what was read so far is of the one before.
            _private(source, public, private)
            public = {LEDGER: held.data}
            ledgers.looked_at += 1
            ledgers.differences += _ledger(held, acts.pop(held.campaign, {}))
            continue
        documents.looked_at += 1
        if held.path.startswith("transcript/"):
            public[held.path] = held.data
        digests[held.campaign].discard(digest(held.data))
        wrong = digest(held.data) != held.sha256
        for name, told in named[held.campaign, held.path]:
            wrong = wrong or digest(held.data, HASHES[name]) != told
        if wrong:
            documents.differences.append(f"{held.campaign}/{held.path}: another digest")
    _private(source, public, private)
    for campaign, path in sorted(set(named) - seen):
        documents.differences.append(f"{campaign}/{path}: named by the log, not there")
    for campaign, told_digest in sorted((c, d) for c, several in digests.items() for d in several):
        documents.differences.append(f"{campaign}: none has the digest {told_digest} of the log")
    ledgers.differences += [f"{campaign}: in the log, not there" for campaign in sorted(acts)]
    cosigned = _cosignatures(source, witnesses)
    registers = _registers(source, versions)
    return [entries, checkpoints, kept, cosigned, ledgers, documents, private, registers]


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
            newest = apart.read_bytes() if apart.exists() else None
            return audit(StoreSource(session), vkey, newest, settings.witnesses)
    except DatabaseError as error:
        raise no_store(settings, str(error.orig)) from None
    finally:
        engine.dispose()


def _cosignatures(source: Source, witnesses: Sequence[str]) -> Audited:
    """Hold every cosignature against the checkpoint that it is of."""
    found = Audited("cosignatures")
    texts = dict(_texts(source))
    known = {each.name: each for each in map(Witness.parse, witnesses)}
    for row in source.cosignatures():
        found.looked_at += 1
        place = f"size {row.size}, {row.witness}"
        if row.size not in texts:
            found.differences.append(f"{place}: no such checkpoint")
            continue
        if not row.line.startswith(f"\u2014 {row.witness} "):
            found.differences.append(f"{place}: the line is another's")
            continue
        if row.witness not in known:
            continue
        try:
            made = cosignature.open_line(texts[row.size], row.line, (known[row.witness],))
        except DoubleRandomError as error:
            found.differences.append(f"{place}: {error}")
            continue
        if made is None or made.time != row.time:
            found.differences.append(f"{place}: of another key or time than the line says")
    return found


def _texts(source: Source) -> Iterator[tuple[int, str]]:
    """Yield the text of every checkpoint that can be read; the others are told as such."""
    for row in source.checkpoints():
        with suppress(DoubleRandomError):
            yield row.size, note.split(row.note)[0]


def _registers(source: Source, told: set[str]) -> Audited:
    """Make the digest of every version of registers again, from the files in its zip."""
    found, there = Audited("registers"), set()
    for row in source.registers():
        found.looked_at += 1
        there.add(row.digest)
        try:
            if _version(row) != row.digest:
                found.differences.append(f"{row.digest}: the zip holds other files")
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
            found.differences.append(f"{row.digest}: {error}")
        if row.digest not in told:
            found.differences.append(f"{row.digest}: not in the log")
    found.differences += [f"{each}: in the log, not there" for each in sorted(told - there)]
    return found


def _version(row: Kept) -> str:
    """Return the digest of the files in a zip and of how they are read."""
    with zipfile.ZipFile(io.BytesIO(row.archive)) as archive:
        infos = [info for info in archive.infolist() if not _is_noise(info.filename)]
        tops = {info.filename.split("/")[0] for info in infos}
        inside = len(tops) == 1 and all("/" in info.filename for info in infos)
        files = {
            info.filename.partition("/")[2] if inside else info.filename: digest(archive.read(info))
            for info in infos
            if not info.is_dir()
        }
    told = {
        "format": "double-random/registers-version/v1",
        "city": row.city,
        "identifiers": row.identifiers,
        "exclude_faulty": row.exclude_faulty,
        "files": files,
    }
    return digest(canonical(told))


def _is_noise(name: str) -> bool:
    """Return whether a desktop put this into the zip of its own accord."""
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1] in (".DS_Store", "Thumbs.db")


def _private(source: Source, public: Mapping[str, bytes], found: Audited) -> None:
    """Hold what waits for the opening, and the secret, against the ledger's sealed digests."""
    if not public:
        return
    try:
        name = Ledger.read(public[LEDGER]).campaign
    except DoubleRandomError:
        return  # The ledger's difference is told as such.
    files = source.private(name)
    found.looked_at += len(files)
    held = Dossier(public, files)
    try:
        if not (files or held.sealed):
            return
        if held.ledger.course.sealed:
            held.documents()
            _sealed_substitutions(held)
        _frame(held)
        _names_drawn(held)
    except (DoubleRandomError, KeyError, TypeError, ValueError) as error:
        found.differences.append(f"{name}: {error}")


def _sealed_substitutions(held: Dossier) -> None:
    """Hold the substitutions that wait for the opening against their entries.

    Raises
    ------
    CheckFailedError
        If one is another than was sealed, or is missing.
    """
    for kind, path in (("substitute", SUBSTITUTIONS), ("team-substitute", CHANGES)):
        sealed = {
            entry.index: entry.body["sealed"]
            for entry in held.present
            if entry.kind == kind and "sealed" in entry.body
        }
        listed = held.parsed(path)["substitutions"] if sealed else []
        name = "substitution" if kind == "substitute" else "team-substitution"
        made = {}
        for one in listed:
            index = int(one["entry"])
            bare = canonical({field: value for field, value in one.items() if field != "entry"})
            made[index] = sealed_digest(held.secret or b"", f"{name}/{index}", bare)
        if {index: digest for index, digest in made.items() if index in sealed} != sealed:
            raise CheckFailedError(
                Words(f"{path}: not those that were sealed", f"{path}：与密封时不同")
            )


def _frame(held: Dossier) -> None:
    """Make the frame's root again from its lines, and their salts from the secret that they are of.

    Raises
    ------
    CheckFailedError
        If either is another.
    """
    frame, hash = held.parsed("transcript/frame.json"), held.ledger.hash
    lines = held.data(FRAME_LINES).split(b"\n")[:-1]
    root = merkle.root([merkle.leaf_hash(line, hash) for line in lines], hash).hex()
    if root != frame["root"]:
        raise CheckFailedError(Words(f"{FRAME_LINES}: another root", f"{FRAME_LINES}：根值不同"))
    master = held.secrets.salt_master
    for line in lines:
        one = parse(line)
        if one["salt"] != leaf_salt(master, one["id"], hash):
            raise CheckFailedError(
                Words(
                    f"{SECRETS}: the salts of {FRAME_LINES} are not of it",
                    f"{SECRETS}：{FRAME_LINES} 的盐值并非由其导出",
                )
            )


def _names_drawn(held: Dossier) -> None:
    """Hold the table of those drawn against the draw.

    Raises
    ------
    CheckFailedError
        If it names others.
    """
    if NAMES not in held.private:
        return
    rows = csv.DictReader(io.StringIO(held.private[NAMES].decode("utf-8-sig")))
    told = {(row["item"], row["stratum"], row["enterprise"]) for row in rows}
    drawn = {
        (item["item"], stratum["stratum"], enterprise)
        for item in held.parsed("transcript/draw.json")["items"]
        for stratum in item["strata"]
        for enterprise in (*stratum["sample"], *stratum["reserves"])
    }
    if told != drawn:
        raise CheckFailedError(
            Words(
                f"{NAMES}: names others than {len(drawn)} drawn",
                f"{NAMES}：所列与抽中的 {len(drawn)} 家不符",
            )
        )


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
