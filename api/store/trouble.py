"""What keeps a store from being written: no room, or no right to."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from optimizer.errors import Fault, InputError

NO_ROOM = "no-room"
READ_ONLY = "read-only"

_ERRNOS = {
    **dict.fromkeys((errno.ENOSPC, errno.EFBIG, errno.EDQUOT), NO_ROOM),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), READ_ONLY),
}
_SQLITE = {
    **dict.fromkeys(
        (
            sqlite3.SQLITE_FULL,
            # A file may not grow: a quota, a limit of the process, a disk that fails.
            sqlite3.SQLITE_IOERR_WRITE,
            sqlite3.SQLITE_IOERR_FSYNC,
            sqlite3.SQLITE_IOERR_TRUNCATE,
            sqlite3.SQLITE_IOERR_SHMOPEN,
            sqlite3.SQLITE_IOERR_SHMSIZE,
        ),
        NO_ROOM,
    ),
    sqlite3.SQLITE_CANTOPEN: READ_ONLY,
}
# disk_full, io_error; read_only_sql_transaction, insufficient_privilege.
_SQLSTATES = {"53100": NO_ROOM, "58030": NO_ROOM, "25006": READ_ONLY, "42501": READ_ONLY}


def trouble(error: BaseException) -> str | None:
    """Return `NO_ROOM` or `READ_ONLY` for an error that says so, ``None`` for any other."""
    told = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(told, OSError):
        return _ERRNOS.get(told.errno or 0)
    code = getattr(told, "sqlite_errorcode", None)
    if code is not None:
        read_only = code & 0xFF == sqlite3.SQLITE_READONLY
        return READ_ONLY if read_only else _SQLITE.get(code)
    return _SQLSTATES.get(getattr(told, "sqlstate", None) or "")


@contextmanager
def starting(where: str) -> Iterator[None]:
    """Tell plainly why a store cannot be opened for writing.

    Raises
    ------
    InputError
        If there is no room, no right to write, or the file is no store.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error, OSError) as error:
        found = trouble(error)
        told = error.orig if isinstance(error, DBAPIError) else error
        if getattr(told, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise InputError(
                Fault(
                    "store-other-file",
                    "serve",
                    field="--db",
                    value=where,
                    expected="expected an SQLite store; this file is something else, or damaged",
                    mend="Name the store, or a file that is not there yet; restore it if damaged.",
                )
            ) from None
        if found is None:
            raise
        raise InputError(
            Fault(
                f"store-{found}",
                "serve",
                field="--db",
                value=where,
                expected="expected room for the store and what stands beside it"
                if found == NO_ROOM
                else "expected a store that this user may write, and its folder",
                mend="Make room on the disk: nothing is half written."
                if found == NO_ROOM
                else "Give the server's user the right to write there.",
            )
        ) from error
