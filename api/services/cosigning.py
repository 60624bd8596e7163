"""Cosignatures of witnesses: taken from those who are configured, served with the checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.services.service import Service
from api.store.database import Write
from api.store.tables import Checkpoint, CosignatureRow, LogEntry
from optimizer.canon import cosignature, note
from optimizer.canon.cosignature import Cosignature, Witness
from optimizer.errors import CheckFailedError, Fault, InputError

SLACK = timedelta(minutes=10)
"""How far a witness's clock may be from ours."""


def witnesses(service: Service) -> tuple[Witness, ...]:
    """Return the witnesses that the server knows."""
    return tuple(Witness.parse(vkey) for vkey in service.settings.witnesses)


def open_given(service: Service, size: int, line: str) -> Cosignature:
    """Return a cosignature that was sent, once it is known to hold.

    Raises
    ------
    ProblemError
        If no checkpoint of that size was signed.
    InputError
        If the line is malformed, of no witness that is known here, does not hold, or its time
        cannot be.
    """
    with service.store.read() as session:
        row = session.get(Checkpoint, size)
        entry = session.get(LogEntry, size - 1)
        if row is None or entry is None:
            raise ProblemError("not-found", "no checkpoint of that size was signed")
        text, _ = note.split(row.note)
        since = datetime.fromisoformat(entry.time)
    known = witnesses(service)
    try:
        found = cosignature.open_line(text, line, known)
    except InputError:
        raise _fault("malformed", line, "a signature line: — name base64") from None
    except CheckFailedError:
        raise _fault(
            "signature", line, f"a cosignature of the checkpoint of {size} that holds"
        ) from None
    if found is None:
        names = ", ".join(sorted(each.name for each in known)) or "none is configured"
        raise _fault("witness", line, f"one of a witness known here ({names})")
    now = datetime.fromisoformat(service.store.now())
    earliest, latest = (since - SLACK).timestamp(), (now + SLACK).timestamp()
    if not earliest <= found.time <= latest:
        raise _fault(
            "time", str(found.time), "a time after the checkpoint was made and not in the future"
        )
    return found


def keep(size: int, given: Cosignature) -> Callable[[Write], dict[str, Any]]:
    """Return what keeps a cosignature; a later one of the same witness takes its place."""

    def act(write: Write) -> dict[str, Any]:
        row = write.session.get(CosignatureRow, (size, given.name))
        if row is None:
            row = CosignatureRow(size=size, witness=given.name, time=0, line="", added_at="")
            write.session.add(row)
        if given.time > row.time:
            row.time, row.line, row.added_at = given.time, given.line, write.now
        write.session.flush()
        return {"size": size, "witness": row.witness, "time": row.time, "cosignature": row.line}

    return act


def newest_cosigned(session: Session, least: int) -> int:
    """Return the size of the newest checkpoint that so many witnesses have cosigned.

    Raises
    ------
    ProblemError
        If there is none.
    """
    size = session.scalar(
        select(CosignatureRow.size)
        .group_by(CosignatureRow.size)
        .having(func.count() >= least)
        .order_by(CosignatureRow.size.desc())
        .limit(1)
    )
    if size is None:
        raise ProblemError("not-found", f"no checkpoint has {least} cosignatures yet")
    return size


def with_cosignatures(session: Session, size: int, signed: bytes) -> bytes:
    """Return a checkpoint with the cosignatures that it has, in the order of their names."""
    lines = session.scalars(
        select(CosignatureRow.line)
        .where(CosignatureRow.size == size)
        .order_by(CosignatureRow.witness)
    )
    return signed + "".join(f"{line}\n" for line in lines).encode()


def _fault(code: str, value: str, expected: str) -> InputError:
    return InputError(
        Fault(
            f"cosignature-{code}",
            "body",
            field="cosignature",
            value=value[:200],
            expected=f"expected {expected}",
            mend="Cosign the checkpoint as it is served; the bureau names its witnesses.",
        )
    )
