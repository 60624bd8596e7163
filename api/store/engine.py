"""The engine of a store: an SQLite file, or a PostgreSQL database by its URL."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from api.settings import Settings
from optimizer.errors import Fault, InputError

WRITE = "double_random_write"
"""Execution option of a connection that is going to write."""
_SINGLE = "double_random_single"
RETRIES = "double_random_retries"
CONTENDED = "double_random_contended"
"""What a connection's ``info`` says of how its last write got the lock."""

_LOCK = 0x646F75626C65  # "double": the advisory lock of PostgreSQL that all writes take.
_POOL = {"pool_size": 8, "max_overflow": 72}
_WAIT = 0.001  # seconds between two tries for SQLite's lock


class StoreBusyError(Exception):
    """A write could not get the store's lock in time."""


def make_engine(settings: Settings) -> Engine:
    """Open the store that the settings name; an SQLite file is made where there is none.

    Both keep the same promises. A transaction that is going to write takes the store's one write
    lock before it reads, so that what it decides on is still true when it writes, with any number
    of threads and server processes; it waits at most `busy_seconds`. One that reads sees one state
    of the store throughout. A commit is flushed to the disk before the answer.

    Raises
    ------
    InputError
        If the URL is not one of PostgreSQL, or nothing answers there.
    """
    if settings.url:
        return _postgresql(settings.url, settings.busy_seconds)
    return _sqlite(settings.db, settings.busy_seconds)


def is_busy(error: Exception) -> bool:
    """Return whether an error says that another write held the lock for too long."""
    if isinstance(error, StoreBusyError):
        return True
    if not isinstance(error, OperationalError):
        return False
    told = error.orig
    # 55P03: lock_not_available.
    return getattr(told, "sqlstate", "") == "55P03" or _is_locked(told)


def _is_locked(error: object) -> bool:
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def single(engine: Engine) -> dict[str, Any]:
    """Return the execution options of a connection whose statements stand each by itself."""
    if engine.dialect.name == "sqlite":
        # Its driver begins nothing by itself (`set_up`), and must not be told to.
        return {_SINGLE: True}
    return {_SINGLE: True, "isolation_level": "AUTOCOMMIT"}


def _alone(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get(_SINGLE, False))


def _sqlite(db: Path, busy_seconds: float) -> Engine:
    """Open (or make) an SQLite file, readable by its owner alone.

    ``BEGIN IMMEDIATE`` takes the lock. Who finds it taken tries again every millisecond: SQLite's
    own waiting sleeps up to a tenth of a second at a time.
    """
    if not db.exists():
        db.parent.mkdir(parents=True, exist_ok=True)
        db.touch(mode=0o600)
    engine = create_engine(
        f"sqlite:///{db}",
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
        **_POOL,
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
        if _alone(connection):
            return
        driver = connection.connection.driver_connection
        assert driver is not None
        if not connection.get_execution_options().get(WRITE, False):
            driver.execute("BEGIN")
            return
        until = time.monotonic() + busy_seconds
        driver.execute("PRAGMA busy_timeout=0")
        retries = 0
        try:
            while True:
                try:
                    driver.execute("BEGIN IMMEDIATE")
                    connection.info.update({RETRIES: retries, CONTENDED: retries > 0})
                    return
                except sqlite3.OperationalError as error:
                    if not _is_locked(error):
                        raise
                    if time.monotonic() >= until:
                        raise StoreBusyError from None
                time.sleep(_WAIT)
                retries += 1
        finally:
            driver.execute(f"PRAGMA busy_timeout={int(busy_seconds * 1000)}")

    return engine


def _postgresql(text: str, busy_seconds: float) -> Engine:
    """Open a PostgreSQL database.

    An advisory lock of the transaction stands for SQLite's one writer. What a write reads is read
    after it has the lock (READ COMMITTED); a read sees one snapshot (REPEATABLE READ).
    """
    url = _url(text)
    # Statements that come again are prepared on the server; a pooler between may not keep them.
    prepared = url.query.get("prepared", "yes") != "no"
    engine = create_engine(
        url.difference_update_query(["prepared"]),
        connect_args={"connect_timeout": 10, "prepare_threshold": 5 if prepared else None},
        isolation_level="READ COMMITTED",
        **_POOL,
    )
    milliseconds = max(int(busy_seconds * 1000), 1)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if _alone(connection):
            return
        if not connection.get_execution_options().get(WRITE, False):
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return
        # One round trip; the second column says whether the lock was free.
        taken = connection.exec_driver_sql(
            f"SELECT set_config('lock_timeout', '{milliseconds}', true), "
            f"CASE WHEN pg_try_advisory_xact_lock({_LOCK}) THEN 'free' "
            f"ELSE pg_advisory_xact_lock({_LOCK})::text END"
        ).one()
        connection.info.update({RETRIES: 0, CONTENDED: taken[1] != "free"})

    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "no answer"
        raise InputError(
            Fault(
                "store-unreachable",
                "serve",
                field="--db",
                value=make_url(text).render_as_string(hide_password=True),
                expected=f"a PostgreSQL database that answers ({reason})",
                mend="Start it, or correct host, port, name, user and password.",
            )
        ) from None
    return engine


def _url(text: str) -> URL:
    """Return the URL with the driver that we use."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() != "postgresql" or not url.database:
        raise InputError(
            Fault(
                "store-url",
                "serve",
                field="--db",
                value=text.split("@")[-1],
                expected="a file, or postgresql://USER:PASSWORD@HOST/DATABASE",
                mend="Name an SQLite file or the URL of a PostgreSQL database.",
            )
        )
    return url.set(drivername="postgresql+psycopg")
