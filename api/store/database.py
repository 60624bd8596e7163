"""The store as the services see it: read, or write in one transaction together with the log."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine, Select, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from api.security.logkey import read_log_key, write_log_key
from api.settings import Settings
from api.store.apart import Apart
from api.store.engine import (
    CONTENDED,
    RETRIES,
    WRITE,
    StoreBusyError,
    is_busy,
    make_engine,
    single,
)
from api.store.log import Growth, Log
from api.store.migrate import upgrade
from api.store.tables import Checkpoint, Fact, Key
from api.store.trouble import starting
from api.store.waits import Silent, Waits
from optimizer.canon import digest, merkle, note
from optimizer.domain.registry import Document

R = TypeVar("R")
Clock = Callable[[], datetime]
Token = Callable[[int], bytes]


@dataclass(slots=True)
class Write:
    """A transaction that writes.

    Attributes
    ----------
    now
        RFC 3339 time of the transaction, read after the lock was taken.
    after
        Called once the transaction is committed, never if it is not: what is kept in memory must
        not run ahead of the store.
    undo
        Called, the last first, if the transaction fails, while it still holds the lock: takes back
        what it changed in memory.
    """

    session: Session
    now: str
    _log: Log
    after: list[Callable[[], None]] = field(default_factory=list)
    undo: list[Callable[[], None]] = field(default_factory=list)
    _growth: Growth | None = None

    def record(self, kind: str, body: Document, *, campaign: str = "") -> None:
        """Add an entry to the log, in this transaction."""
        if self._growth is None:
            self._growth = self._log.growth(self.session)
        self._growth.append(kind, self.now, campaign, body)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Take back all that the block did if it fails, in store and memory; the lock stays."""
        connection = self.session.connection()
        connection.exec_driver_sql("SAVEPOINT attempt")
        try:
            yield
            self.session.flush()
        except BaseException:
            self.take_back()
            self.session.expunge_all()
            # Where it could not be written, the whole transaction may be taken back already.
            with suppress(SQLAlchemyError):
                connection.exec_driver_sql("ROLLBACK TO SAVEPOINT attempt")
            raise

    def take_back(self) -> None:
        """Undo what the transaction changed in memory."""
        for act in reversed(self.undo):
            act()
        self.undo.clear()
        self.after.clear()
        self._growth = None

    def seal(self) -> tuple[bytes, merkle.CompactRange] | None:
        """Sign the log's checkpoint if the transaction added entries."""
        self.session.flush()
        return None if self._growth is None else self._growth.seal()


class Database:
    """An open store. Made by `open_database`.

    Attributes
    ----------
    waits
        Hears how long writes wait for each other.
    """

    def __init__(
        self, engine: Engine, log: Log, clock: Clock, apart: Apart, busy_seconds: float
    ) -> None:
        self.engine = engine
        self.log = log
        self.apart = apart
        self.waits: Waits = Silent()
        self._clock = clock
        self._busy_seconds = busy_seconds
        self._turn = threading.Lock()

    def now(self) -> str:
        """Return the time as documents write it."""
        return timestamp(self._clock())

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees one state of the store."""
        with self.engine.connect() as connection, Session(connection) as session:
            yield session

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """Give a connection whose statements each see one state of the store by themselves.

        A statement costs one exchange with a database instead of four.
        """
        with self.engine.connect().execution_options(**single(self.engine)) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Write]:
        """Give a transaction that holds the store's write lock from its first moment.

        When the block ends without an exception, the log's checkpoint is signed in the same
        transaction, everything is committed and flushed to the disk, and the checkpoint is kept
        apart as well. A crash before the commit leaves nothing, after it everything.
        """
        # Threads wait for each other here, in turn, without a connection each.
        came = time.perf_counter()
        alone = self._turn.acquire(blocking=False)
        if not alone and not self._turn.acquire(timeout=self._busy_seconds):
            self.waits.gave_up()
            raise StoreBusyError
        try:
            with (
                self.engine.connect().execution_options(**{WRITE: True}) as connection,
                self._begun(connection, came, alone),
                Session(connection, join_transaction_mode="control_fully") as session,
            ):
                write = Write(session, self.now(), self.log)
                try:
                    yield write
                    sealed = write.seal()
                    session.commit()
                except BaseException:
                    write.take_back()
                    raise
            if sealed is not None:
                self.log.keep(sealed[1])
            for act in write.after:
                act()
        finally:
            self._turn.release()
        if sealed is not None:
            self.apart.keep(sealed[0], len(sealed[1]))

    @contextmanager
    def _begun(self, connection: Connection, came: float, alone: bool) -> Iterator[None]:
        """Begin the transaction, and tell how long that took."""
        try:
            begun = connection.begin()
        except (OperationalError, StoreBusyError) as error:
            if is_busy(error):
                self.waits.gave_up()
            raise
        with begun:
            self.waits.begun(
                time.perf_counter() - came,
                contended=not alone or connection.info[CONTENDED],
                retries=connection.info[RETRIES],
            )
            yield

    def has_keys(self) -> bool:
        """Return whether a key that is in force exists."""
        with self.read() as session:
            return (
                session.scalar(select(Key.id).where(Key.revoked_at.is_(None)).limit(1)) is not None
            )

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_database(settings: Settings, *, clock: Clock, token: Token) -> Database:
    """Open the store: make it where there is none, migrate it, check its log.

    Raises
    ------
    InputError
        If the log's key is missing, a placeholder, or open to others, nothing answers at the
        database's URL, or there is no room or no right to write.
    CheckFailedError
        If the log was changed, or the store is an older copy than the checkpoint kept apart.
    """
    with starting(settings.db.name):
        engine = make_engine(settings)
        upgrade(engine)
        with (
            engine.connect().execution_options(**{WRITE: True}) as connection,
            Session(connection, join_transaction_mode="control_fully") as session,
        ):
            fact = session.get(Fact, "origin")
            if fact is None:
                seed = (
                    read_log_key(settings.log_key)
                    if settings.log_key.exists()
                    else write_log_key(settings.log_key, token)
                )
                # Two bureaus never share an origin: it is named after the key.
                public = note.Signer("double-random/log", seed).public
                fact = Fact(name="origin", value=f"double-random/log-{digest(public)[:16]}")
                session.add(fact)
                session.commit()
            origin = fact.value
    log = Log(origin, read_log_key(settings.log_key))
    apart = Apart(settings.newest_checkpoint, lambda signed: log.open_checkpoint(signed)[0])
    database = Database(engine, log, clock, apart, settings.busy_seconds)
    with database.read() as session:
        known = apart.read()
        if log.check(session, known):
            newest = session.scalars(select(Checkpoint).order_by(Checkpoint.size.desc())).first()
            assert known is not None
            assert newest is not None
            apart.supersede(known, newest.note, newest.size)
    return database


def first_of(
    session: Session, wanted: Select[R], allowed: Callable[[R], bool], most: int | None
) -> list[R]:
    """Return the first rows that are allowed, reading no more of the others than it takes."""
    found: list[R] = []
    with closing(session.scalars(wanted.execution_options(yield_per=500))) as rows:
        for row in rows:
            if allowed(row):
                found.append(row)
                if len(found) == most:
                    break
    return found


def local_time() -> datetime:
    """Return the time now, with the machine's zone."""
    return datetime.now().astimezone()


def timestamp(moment: datetime) -> str:
    """Return a moment as RFC 3339 with zone, to the millisecond."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone means nothing to others")
    return moment.isoformat(timespec="milliseconds")
