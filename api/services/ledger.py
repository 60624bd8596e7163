"""The log as the public reads it: entries, checkpoints, proofs."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.services import cosigning
from api.store.log import Log
from api.store.tables import Checkpoint, LogEntry


def checkpoint(session: Session, size: int | None = None, cosigned: int = 0) -> bytes:
    """Return the newest checkpoint, or that of a size, with its cosignatures.

    Parameters
    ----------
    cosigned
        Where no size is named, the newest that so many witnesses have cosigned.

    Raises
    ------
    ProblemError
        If none was signed at that size, or cosigned so often.
    """
    if size is None and cosigned:
        size = cosigning.newest_cosigned(session, cosigned)
    wanted = select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1)
    if size is not None:
        wanted = wanted.where(Checkpoint.size == size)
    row = session.scalar(wanted)
    if row is None:
        raise ProblemError("not-found", "no checkpoint of that size was signed")
    return cosigning.with_cosignatures(session, row.size, row.note)


def entries(
    session: Session, *, after: int, limit: int, campaign: str | None
) -> list[dict[str, Any]]:
    """Return entries behind an index, of one campaign if named."""
    wanted = select(LogEntry).where(LogEntry.index > after).order_by(LogEntry.index).limit(limit)
    if campaign is not None:
        wanted = wanted.where(LogEntry.campaign == campaign)
    return [_show(row) for row in session.scalars(wanted)]


def entry(session: Session, index: int) -> dict[str, Any]:
    """Return an entry.

    Raises
    ------
    ProblemError
        If there is none of that index.
    """
    row = session.get(LogEntry, index)
    if row is None:
        raise ProblemError("not-found", f"the log has no entry {index}")
    return _show(row)


def inclusion(log: Log, session: Session, index: int, size: int | None) -> dict[str, Any]:
    """Return the audit path of an entry in the tree of `size` leaves, all by default."""
    with log.tree(session) as (tree, count):
        size = _size(size, count)
        row = session.get(LogEntry, index)
        if row is None or index >= size:
            raise ProblemError("not-found", f"the log of {size} entries has no entry {index}")
        return {
            "index": index,
            "size": size,
            "root": tree.root_at(size).hex(),
            "leaf": row.leaf.hex(),
            "proof": [node.hex() for node in tree.inclusion_proof(index, size)],
        }


def consistency(log: Log, session: Session, old: int, new: int | None) -> dict[str, Any]:
    """Return the proof that the tree of `new` leaves (all by default) extends that of `old`."""
    with log.tree(session) as (tree, count):
        new = _size(new, count)
        if old > new:
            raise ProblemError("not-found", f"the log of {new} entries had no {old} entries")
        return {
            "old": old,
            "new": new,
            "old_root": tree.root_at(old).hex(),
            "new_root": tree.root_at(new).hex(),
            "proof": [node.hex() for node in tree.consistency_proof(old, new)],
        }


def _size(wanted: int | None, count: int) -> int:
    if wanted is not None and wanted > count:
        raise ProblemError("not-found", f"the log has {count} entries")
    return count if wanted is None else wanted


def _show(row: LogEntry) -> dict[str, Any]:
    return {**json.loads(row.line), "line": row.line.decode(), "leaf": row.leaf.hex()}
