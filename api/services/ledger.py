"""The log as the public reads it: entries, checkpoints, proofs."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.store.log import Log
from api.store.tables import Checkpoint, LogEntry
from optimizer.canon import merkle


def checkpoint(session: Session, size: int | None = None) -> bytes:
    """Return the newest checkpoint, or that of a size.

    Raises
    ------
    ProblemError
        If none was signed at that size.
    """
    wanted = select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1)
    if size is not None:
        wanted = wanted.where(Checkpoint.size == size)
    row = session.scalar(wanted)
    if row is None:
        raise ProblemError("not-found", "no checkpoint of that size was signed")
    return row.note


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
    tree = _tree(log, session, size)
    row = session.get(LogEntry, index)
    if row is None or index >= len(tree):
        raise ProblemError("not-found", f"the log of {len(tree)} entries has no entry {index}")
    return {
        "index": index,
        "size": len(tree),
        "root": tree.root.hex(),
        "leaf": row.leaf.hex(),
        "proof": [node.hex() for node in tree.inclusion_proof(index)],
    }


def consistency(log: Log, session: Session, old: int, new: int | None) -> dict[str, Any]:
    """Return the proof that the tree of `new` leaves (all by default) extends that of `old`."""
    tree = _tree(log, session, new)
    if old > len(tree):
        raise ProblemError("not-found", f"the log of {len(tree)} entries had no {old} entries")
    earlier = _tree(log, session, old)
    return {
        "old": old,
        "new": len(tree),
        "old_root": earlier.root.hex(),
        "new_root": tree.root.hex(),
        "proof": [node.hex() for node in tree.consistency_proof(old)],
    }


def _tree(log: Log, session: Session, size: int | None) -> merkle.Tree:
    tree = log.tree(session)
    if size is None or size == len(tree):
        return tree
    if size > len(tree):
        raise ProblemError("not-found", f"the log has {len(tree)} entries")
    wanted = select(LogEntry.leaf).where(LogEntry.index < size).order_by(LogEntry.index)
    return merkle.Tree(session.scalars(wanted))


def _show(row: LogEntry) -> dict[str, Any]:
    return {**json.loads(row.line), "line": row.line.decode(), "leaf": row.leaf.hex()}
