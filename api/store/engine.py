"""The SQLite engine: write-ahead log, writes that take the lock first, nothing lost once said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

WRITE = "double_random_write"
"""Execution option of a connection that is going to write."""


def make_engine(db: Path, *, busy_seconds: float) -> Engine:
    """Open (or make) the SQLite file, readable by its owner alone.

    A transaction that is going to write begins with ``BEGIN IMMEDIATE``: it holds the lock before
    it reads, so that what it decides on is still true when it writes, with any number of threads
    and server processes. ``synchronous=FULL`` flushes every commit to the disk before the answer.
    """
    if not db.exists():
        db.parent.mkdir(parents=True, exist_ok=True)
        db.touch(mode=0o600)
    engine = create_engine(
        f"sqlite:///{db}", connect_args={"timeout": busy_seconds, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        # The driver's own habit of beginning transactions late is switched off.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
