"""The server's log: an append-only Merkle log, in the same transaction as what it records.

Tree and signature come from `optimizer.canon`, the form of an entry from `optimizer.ledger`.
A campaign's own ledger (of its publication) has one entry an act in a fixed order; this log holds
those acts of all campaigns, and everything else that matters, in the order in which it happened.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from api.store.tables import Checkpoint, LogEntry
from optimizer.canon import merkle, note
from optimizer.canon.signing import Ed25519Key
from optimizer.domain.moments import instant
from optimizer.domain.registry import Document
from optimizer.errors import CheckFailedError
from optimizer.ledger.entry import Entry
from optimizer.messages import Words

# Every write runs these: made once, and without the ORM, which costs five times as much.
_LAST = select(LogEntry.index, LogEntry.time).order_by(LogEntry.index.desc()).limit(1)
_ADD_ENTRY = insert(LogEntry)
_ADD_CHECKPOINT = insert(Checkpoint)

RESTORED = "restored"
"""Kind of the entry by which a person takes on record that the store is an older copy."""


class OlderCopyError(CheckFailedError):
    """The store has fewer entries than the checkpoint kept apart: an older copy of it."""

    def __init__(self, has: int, newest: int) -> None:
        self.has = has
        self.newest = newest
        super().__init__(
            Words(
                f"the store has {has} log entries, the checkpoint kept apart {newest}: this is an "
                "older copy, and going on with it would fork the log; restore a newer backup, or "
                "back this one up and restore it with --older-on-record REASON",
                f"存储中有 {has} 条日志，另存的检查点为 {newest} 条：这是较旧的副本，继续使用会使"
                "日志分叉；请恢复较新的备份，或先备份此副本，再用 --older-on-record REASON 恢复",
            )
        )


class Log:
    """Appends entries, signs checkpoints, gives proofs.

    Parameters
    ----------
    origin
        First line of every checkpoint, and the signing key's name.
    seed
        32 bytes, the Ed25519 key.
    """

    def __init__(self, origin: str, seed: bytes) -> None:
        self.signer = note.Signer(origin, seed)
        self._seed = seed
        self._grown = merkle.CompactRange()
        self._tree = merkle.Tree(())
        self._lock = threading.Lock()
        self._reading = threading.Lock()

    @property
    def origin(self) -> str:
        """First line of every checkpoint."""
        return self.signer.name

    def signer_for(self, origin: str) -> note.Signer:
        """Return the same key under another name, such as that of a campaign's own ledger."""
        return note.Signer(origin, self._seed)

    @property
    def holder(self) -> Ed25519Key:
        """Who signs, for a ledger that is signed elsewhere; the key stays inside."""
        return Ed25519Key(self._seed)

    def growth(self, session: Session) -> Growth:
        """Return what a transaction that holds the store's lock adds entries with."""
        with self._lock:
            grown = self._grown.copy()
        last, time = session.connection().execute(_LAST).first() or (-1, "")
        if last >= len(grown):
            # What other servers added since.
            for leaf in _leaves(session, len(grown), last + 1):
                grown.append(leaf)
        return Growth(self, session, grown, time)

    def keep(self, grown: merkle.CompactRange) -> None:
        """Remember the tree of a committed transaction, so that the next one need not read it."""
        with self._lock:
            if len(grown) > len(self._grown):
                self._grown = grown

    @contextmanager
    def tree(self, session: Session) -> Iterator[tuple[merkle.Tree, int]]:
        """Give the tree for proofs, and how many of its leaves this session sees.

        The tree grows where it is; nobody else changes it while the block runs.
        """
        count = size(session)
        with self._reading:
            for leaf in _leaves(session, len(self._tree), count):
                self._tree.append(leaf)
            yield self._tree, count

    def check(self, session: Session, apart: bytes | None) -> bool:
        """Recompute the log and hold it against its checkpoints.

        Parameters
        ----------
        apart
            The newest checkpoint that was kept outside the store, if any.

        Returns
        -------
        bool
            Whether the log itself says that it goes on without what `apart` had (`restored`).

        Raises
        ------
        OlderCopyError
            If the store is older than `apart`.
        CheckFailedError
            If an entry was changed, removed or moved.
        """
        grown = merkle.CompactRange()
        roots = {row.size: row.root for row in session.scalars(select(Checkpoint))}
        told: list[bytes] = []
        for place, row in enumerate(session.scalars(select(LogEntry).order_by(LogEntry.index))):
            if row.index != place or merkle.leaf_hash(row.line) != row.leaf:
                raise CheckFailedError(
                    Words(
                        f"log entry {place} is not what was written",
                        f"日志第 {place} 条与写入时不同",
                    )
                )
            grown.append(row.leaf)
            if roots.get(place + 1, grown.root.hex()) != grown.root.hex():
                raise CheckFailedError(
                    Words(
                        f"the log differs from its checkpoint of {place + 1}",
                        f"日志与其 {place + 1} 条时的检查点不符",
                    )
                )
            if row.kind == RESTORED:
                told.append(row.line)
        if roots and max(roots) != len(grown):
            raise CheckFailedError(
                Words(
                    f"the log has {len(grown)} entries, not {max(roots)}",
                    f"日志有 {len(grown)} 条，而非 {max(roots)} 条",
                )
            )
        if roots:
            newest = session.get_one(Checkpoint, len(grown)).note
            if self.open_checkpoint(newest) != (len(grown), grown.root):
                raise CheckFailedError(
                    Words("the newest checkpoint is not that of the log", "最新的检查点与日志不符")
                )
        self.keep(grown)
        if apart is None:
            return False
        said, root = self.open_checkpoint(apart)
        if apart in map(superseded, told):
            return True
        if said > len(grown):
            raise OlderCopyError(len(grown), said)
        if said and roots.get(said) != root.hex():
            raise CheckFailedError(
                Words(
                    "the store's log is not that of the checkpoint kept apart",
                    "存储中的日志与另存的检查点不符",
                )
            )
        return False

    def open_checkpoint(self, signed: bytes) -> tuple[int, bytes]:
        """Return size and root of one of this log's checkpoints.

        Raises
        ------
        InputError, CheckFailedError
            If it is malformed or not signed by this log's key.
        """
        from optimizer.ledger import verify_checkpoint

        _, count, root = verify_checkpoint(signed, self.signer.vkey)
        return count, root


class Growth:
    """What one transaction adds to the log. Made by `Log.growth`."""

    def __init__(
        self, log: Log, session: Session, grown: merkle.CompactRange, last_time: str
    ) -> None:
        self._log = log
        self._session = session
        self._grown = grown
        self._time = last_time
        self._rows: list[dict[str, Any]] = []

    def append(self, kind: str, time: str, campaign: str, body: Document) -> None:
        """Add an entry to the transaction; it is stored when the transaction is sealed.

        Time never goes back in the log: where the clock did, the last entry's time stands.
        """
        if self._time and instant(time) < instant(self._time):
            time = self._time
        self._time = time
        entry = Entry.make(len(self._grown), time, kind, campaign, body)
        leaf = entry.leaf()
        self._rows.append(
            {
                "index": entry.index,
                "time": time,
                "kind": kind,
                "campaign": campaign,
                "line": entry.line,
                "leaf": leaf,
            }
        )
        self._grown.append(leaf)

    def seal(self) -> tuple[bytes, merkle.CompactRange]:
        """Store the transaction's entries with a signed checkpoint over them.

        Returns
        -------
        tuple
            The note, and the grown tree, to be handed to `Log.keep` once all is committed.
        """
        grown, root = self._grown, self._grown.root
        signed = note.sign(checkpoint_text(self._log.origin, len(grown), root), self._log.signer)
        connection = self._session.connection()
        connection.execute(_ADD_ENTRY, self._rows)
        connection.execute(
            _ADD_CHECKPOINT, {"size": len(grown), "root": root.hex(), "note": signed}
        )
        return signed, grown


def checkpoint_text(origin: str, count: int, root: bytes) -> str:
    """Return the text of a C2SP checkpoint."""
    return f"{origin}\n{count}\n{base64.b64encode(root).decode()}\n"


def restored(has: int, newest: int, apart: bytes, reason: str) -> Document:
    """Return the body of the entry `RESTORED`.

    Parameters
    ----------
    has, newest
        Entries of the store before this one, and of the checkpoint `apart`.
    apart
        The signed checkpoint that the log will no longer lead to.
    """
    return {"old": newest, "new": has, "reason": reason, "superseded": apart.decode()}


def superseded(line: bytes) -> bytes:
    """Return the checkpoint that an entry leaves behind; nothing if it is not `RESTORED`."""
    record = json.loads(line)
    text = record["body"].get("superseded", "") if record["kind"] == RESTORED else ""
    return str(text).encode()


def size(session: Session) -> int:
    """Return how many entries the log has."""
    last = session.scalar(select(LogEntry.index).order_by(LogEntry.index.desc()).limit(1))
    return 0 if last is None else last + 1


def _leaves(session: Session, start: int, end: int) -> Sequence[bytes]:
    if start >= end:
        return ()
    return session.scalars(
        select(LogEntry.leaf)
        .where(LogEntry.index >= start, LogEntry.index < end)
        .order_by(LogEntry.index)
    ).all()
