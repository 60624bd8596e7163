"""A store made from a backup: all of it, checked, in one transaction, or nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Connection, LargeBinary, Table, func, insert, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from api.security.logkey import read_log_key
from api.settings import Settings
from api.store.apart import Apart
from api.store.backup import FORMAT, KEYS, MANIFEST, tables_of
from api.store.engine import WRITE, make_engine
from api.store.log import RESTORED, Log, OlderCopyError, restored
from api.store.migrate import migration_config
from api.store.tables import Checkpoint, Fact
from optimizer.canon import parse
from optimizer.domain.registry import Document
from optimizer.errors import Fault, InputError

_ROWS = 200  # inserted at a time
_MOST = 4 * 1024 * 1024  # bytes of a manifest


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of a backup.

    Attributes
    ----------
    manifest
        That of the backup.
    size
        Entries of the restored log.
    left_behind
        Entries of the newer checkpoint that the log now says it goes on without; 0 if none.
    apart_known
        Whether a checkpoint kept apart was there to tell an older copy by.
    """

    manifest: Document
    size: int
    left_behind: int
    apart_known: bool


def restore(file: Path, settings: Settings, *, now: str, reason: str | None = None) -> Restored:
    """Make a store from a backup of either kind.

    Parameters
    ----------
    file
        Made by `api.store.backup.back_up`.
    settings
        Of the store to make: none, or an empty one. The log's key stands in its home, unless the
        backup has it.
    now
        RFC 3339 time, for the entry that `reason` makes.
    reason
        Why an older copy is taken. It becomes the first new entry of the log, without which a
        store older than the checkpoint kept apart does not open.

    Raises
    ------
    InputError
        If the file is no backup, is damaged, or the store is not empty.
    CheckFailedError
        If the log in it does not hold together, or is older than the checkpoint kept apart.
    """
    if reason is not None and not reason.strip():
        raise _fault("restore-reason", "--older-on-record", "", "a reason", "Say why, in words.")
    with _opened(file) as archive, ExitStack() as undo:
        manifest = _manifest(archive, file)
        _check_parts(archive, manifest, file)
        _put_keys(archive, manifest, settings, undo)
        seed = read_log_key(settings.log_key)
        if not settings.url and not settings.db.exists():
            for ending in ("", "-wal", "-shm"):
                made = settings.db.with_name(settings.db.name + ending)
                undo.callback(made.unlink, missing_ok=True)
        engine = make_engine(settings)
        undo.callback(engine.dispose)
        try:
            with (
                engine.connect().execution_options(**{WRITE: True}) as connection,
                connection.begin(),
            ):
                _refuse_full(connection, settings)
                _fill(connection, archive, manifest, file)
                # The outer transaction stays this function's to end.
                with Session(connection, join_transaction_mode="rollback_only") as session:
                    origin = session.get(Fact, "origin")
                    if origin is None:
                        raise _damaged(file, "the name of its log among its facts")
                    log = Log(origin.value, seed)
                    apart = Apart(
                        settings.newest_checkpoint, lambda signed: log.open_checkpoint(signed)[0]
                    )
                    known = apart.read()
                    left_behind = _hold_to(session, log, known, now, reason)
                    newest = session.scalars(
                        select(Checkpoint).order_by(Checkpoint.size.desc())
                    ).first()
                    kept = None if newest is None else (newest.note, newest.size)
        except DatabaseError as error:
            raise _damaged(file, f"rows that the store takes ({error.orig})") from None
        engine.dispose()
        undo.pop_all()
    # Should this be cut off, the next start does it: the log says what it leaves behind.
    if kept is not None:
        if left_behind and known is not None:
            apart.supersede(known, *kept)
        else:
            apart.keep(*kept)
    return Restored(manifest, kept[1] if kept else 0, left_behind, known is not None)


def _hold_to(session: Session, log: Log, known: bytes | None, now: str, reason: str | None) -> int:
    """Check the log; where it is an older copy, put that on record. Return what is left behind."""
    try:
        log.check(session, known)
    except OlderCopyError as older:
        if reason is None:
            raise
        assert known is not None
        growth = log.growth(session)
        growth.append(RESTORED, now, "", restored(older.has, older.newest, known, reason))
        growth.seal()
        return older.newest
    if reason is not None:
        raise _fault(
            "restore-not-older",
            "--older-on-record",
            reason,
            "a backup older than the checkpoint kept apart in --home; this one is not",
            "Leave --older-on-record out.",
        )
    return 0


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(file)
    except FileNotFoundError:
        raise _fault(
            "file-missing", "FILE", file.name, "a backup; there is no such file", "Name it."
        ) from None
    except zipfile.BadZipFile:
        raise _damaged(file, "a zip archive") from None
    with archive:
        yield archive


def _manifest(archive: zipfile.ZipFile, file: Path) -> Document:
    """Read the manifest and hold the archive's names against it."""
    try:
        if archive.getinfo(MANIFEST).file_size > _MOST:
            raise ValueError
        manifest: Document = parse(archive.read(MANIFEST), name=MANIFEST)
        known = manifest["format"] == FORMAT
        names = [MANIFEST, *(f"tables/{table['name']}.jsonl" for table in manifest["tables"])]
        names += [f"keys/{name}" for name in manifest["keys"]]
        odd = set(manifest["keys"]) - set(KEYS)
        odd |= {t["name"] for t in manifest["tables"] if not t["columns"] or t["rows"] < 0}
        revision = str(manifest["revision"])
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile, InputError):
        raise _damaged(file, f"a {MANIFEST} of {FORMAT}") from None
    if not known or odd or sorted(names) != sorted(archive.namelist()):
        raise _damaged(file, f"format {FORMAT} with exactly the parts that its manifest names")
    revisions = [
        s.revision for s in ScriptDirectory.from_config(migration_config()).walk_revisions()
    ]
    if revision not in revisions:
        raise _fault(
            "restore-revision",
            "revision",
            revision,
            f"a store of a version up to {revisions[0]}",
            "Restore it with the newer version that made it.",
        )
    return manifest


def _check_parts(archive: zipfile.ZipFile, manifest: Document, file: Path) -> None:
    """Recompute every digest and count before anything is written."""
    wanted = {f"tables/{t['name']}.jsonl": (t["sha256"], t["rows"]) for t in manifest["tables"]}
    wanted |= {f"keys/{name}": (sha256, None) for name, sha256 in manifest["keys"].items()}
    for name, (sha256, rows) in wanted.items():
        digest, count = hashlib.sha256(), 0
        try:
            with archive.open(name) as part:
                while block := part.read(1 << 20):
                    digest.update(block)
                    count += block.count(b"\n")
        except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError):
            raise _damaged(file, f"{name} whole") from None
        except Exception as error:  # zlib.error has no base of its own
            if type(error).__module__ != "zlib":
                raise
            raise _damaged(file, f"{name} whole") from None
        if digest.hexdigest() != sha256 or (rows is not None and rows != count):
            raise _damaged(file, f"{name} with the digest and rows that the manifest says")


def _put_keys(
    archive: zipfile.ZipFile, manifest: Document, settings: Settings, undo: ExitStack
) -> None:
    """Write the keys that the backup has and the home lacks."""
    for name, path in zip(KEYS, (settings.log_key, settings.entry_key), strict=True):
        if name not in manifest["keys"]:
            continue
        data = archive.read(f"keys/{name}")
        if path.exists():
            if path.read_bytes() != data:
                raise _fault(
                    "restore-key",
                    "--home",
                    path.name,
                    "the key of the backup, or none",
                    "Name the home of this store, or an empty one.",
                )
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        undo.callback(path.unlink, missing_ok=True)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())


def _refuse_full(connection: Connection, settings: Settings) -> None:
    for table in tables_of(connection):
        if connection.execute(select(1).select_from(table).limit(1)).first() is not None:
            raise _fault(
                "restore-store",
                "--db",
                "the database" if settings.url else settings.db.name,
                f"an empty store; this one has rows in {table.name}",
                "Move it away, or name another.",
            )


def _fill(connection: Connection, archive: zipfile.ZipFile, manifest: Document, file: Path) -> None:
    """Make the tables of the backup's version, fill them, bring them up to date."""
    config: Config = migration_config()
    config.attributes["connection"] = connection
    if MigrationContext.configure(connection).get_current_revision() is not None:
        command.downgrade(config, "base")
    command.upgrade(config, manifest["revision"])
    tables = {table.name: table for table in tables_of(connection)}
    listed = {each["name"]: each["columns"] for each in manifest["tables"]}
    for name, columns in listed.items():
        if name not in tables or sorted(columns) != sorted(c.name for c in tables[name].columns):
            raise _damaged(file, f"tables of version {manifest['revision']}, not {name} as it is")
    for name, table in tables.items():
        if name not in listed:
            continue
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type = JSON(none_as_null=True)
        with archive.open(f"tables/{name}.jsonl") as part:
            while rows := list(islice(part, _ROWS)):
                try:
                    values = [_unpack(table, listed[name], row) for row in rows]
                except (TypeError, ValueError):
                    raise _damaged(file, f"rows of {name} that can be read") from None
                connection.execute(insert(table), values)
        _go_on_counting(connection, table)
    command.upgrade(config, "head")


def _unpack(table: Table, columns: list[str], line: bytes) -> dict[str, Any]:
    """Read a row back; see `api.store.backup.pack`."""
    values: dict[str, Any] = dict(zip(columns, json.loads(line), strict=True))
    for name, value in values.items():
        kind = table.columns[name].type
        if value is not None and isinstance(kind, LargeBinary):
            values[name] = base64.b64decode(value, validate=True)
        elif value is not None and isinstance(kind, JSON):
            (only,) = value
            values[name] = JSON.NULL if only is None else only
    return values


def _go_on_counting(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows behind those that were put in; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        sequence = connection.scalar(
            select(func.pg_get_serial_sequence(f'"{table.name}"', column.name))
        )
        last = connection.scalar(select(func.max(column)))
        if sequence is not None and last is not None:
            connection.execute(text("SELECT setval(:s, :n)"), {"s": sequence, "n": last})


def _damaged(file: Path, expected: str) -> InputError:
    return InputError(
        Fault(
            "backup-damaged",
            file.name,
            expected=f"expected {expected}",
            mend="Take another copy of the backup, or an earlier one.",
        )
    )


def _fault(code: str, field: str, value: str, expected: str, mend: str) -> InputError:
    return InputError(
        Fault(code, "restore", field=field, value=value, expected=f"expected {expected}", mend=mend)
    )
