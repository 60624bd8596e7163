"""A backup of a store: one file, of either kind of store, that either kind is restored from.

A zip archive. ``tables/NAME.jsonl`` has a line a row, the values in the order of the columns:
bytes as base64, JSON as a list of its one value, so that the value ``null`` is told from none.
``manifest.json`` says what belongs to it. All of it is read in one transaction that sees one state
of the store, while servers go on writing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Connection, LargeBinary, MetaData, Table, Text, cast, select
from sqlalchemy.exc import DatabaseError

from api.security.logkey import read_log_key
from api.settings import Settings
from api.store.engine import make_engine
from api.store.migrate import migration_config
from api.store.tables import Base, Checkpoint
from optimizer.canon import canonical
from optimizer.domain.registry import Document
from optimizer.errors import Fault, InputError

FORMAT = "double-random/backup/v1"
MANIFEST = "manifest.json"
KEYS = ("log-key", "entry-key")
"""What ``--with-keys`` adds: the server's private keys, under ``keys/``."""
_ROWS = 200  # fetched at a time


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written.

    Attributes
    ----------
    manifest
        As it stands in the file.
    size
        Bytes of the file.
    sha256
        Of the file, in hex.
    """

    manifest: Document
    size: int
    sha256: str


def back_up(settings: Settings, out: Path, *, now: str, with_keys: bool = False) -> Backup:
    """Write a store into one file, readable by its owner alone.

    Parameters
    ----------
    out
        Must not exist; it appears once it is whole and flushed to the disk.
    now
        RFC 3339 time, for the manifest.
    with_keys
        Whether the private keys of log and entry codes go in as well.

    Raises
    ------
    InputError
        If there is no store, it was made by another version, `out` exists, or a key is bad.
    """
    if out.exists():
        raise _fault("backup-exists", "--out", str(out), "a name that is free", "Name another one.")
    if not settings.url and not settings.db.exists():
        raise no_store(settings)
    keys = _keys(settings) if with_keys else {}
    fresh = out.with_name(f"{out.name}.part")
    handle = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    engine = make_engine(settings)
    try:
        with os.fdopen(handle, "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                with engine.connect() as connection:
                    manifest = _dump(connection, archive, settings, now)
                for name, data in keys.items():
                    archive.writestr(f"keys/{name}", data)
                manifest["keys"] = {k: hashlib.sha256(v).hexdigest() for k, v in keys.items()}
                archive.writestr(MANIFEST, canonical(manifest))
            file.flush()
            os.fsync(file.fileno())
            size = file.tell() if file.seek(0, os.SEEK_END) else 0
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        fresh.replace(out)
    except DatabaseError as error:
        raise no_store(settings, str(error.orig)) from None
    finally:
        fresh.unlink(missing_ok=True)
        engine.dispose()
    return Backup(manifest, size, sha256)


def tables_of(connection: Connection) -> list[Table]:
    """Return the store's tables as the database has them, those that others refer to first."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name != "alembic_version")
    return found.sorted_tables


def pack(table: Table, row: Any) -> bytes:
    """Return a row, its JSON read as text, as a line without newline."""
    values: list[Any] = []
    for column, value in zip(table.columns, row, strict=True):
        if value is not None and isinstance(column.type, LargeBinary):
            value = base64.b64encode(value).decode()
        elif value is not None and isinstance(column.type, JSON):
            value = [json.loads(value)]
        values.append(value)
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def no_store(settings: Settings, reason: str = "there is none") -> InputError:
    """Return the refusal of what is not a store."""
    name = settings.db.name if not settings.url else "the database"
    return _fault(
        "store-missing", "--db", name, f"a store ({reason})", "Name the store that is served."
    )


def _keys(settings: Settings) -> dict[str, bytes]:
    read_log_key(settings.log_key)  # refuses what is no key
    paths = dict(zip(KEYS, (settings.log_key, settings.entry_key), strict=True))
    return {name: path.read_bytes() for name, path in paths.items() if path.exists()}


def _dump(
    connection: Connection, archive: zipfile.ZipFile, settings: Settings, now: str
) -> Document:
    """Write the tables; return the manifest."""
    # The first statement fixes the state of the store that all the others see.
    revision = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory.from_config(migration_config()).get_current_head()
    if revision is None:
        raise no_store(settings, "it has no tables of ours")
    if revision != head:
        raise _fault(
            "backup-revision",
            "--db",
            revision,
            f"a store of this version, {head}",
            "Start the server of this version on it once, or use that of the store.",
        )
    names = set(Base.metadata.tables)
    tables = [_dump_table(connection, archive, t) for t in tables_of(connection) if t.name in names]
    newest = connection.execute(
        select(Checkpoint.size, Checkpoint.note).order_by(Checkpoint.size.desc()).limit(1)
    ).first()
    return {
        "format": FORMAT,
        "made_at": now,
        "revision": revision,
        "store": connection.dialect.name,
        "size": 0 if newest is None else newest.size,
        "checkpoint": None if newest is None else newest.note.decode(),
        "tables": tables,
    }


def _dump_table(connection: Connection, archive: zipfile.ZipFile, table: Table) -> Document:
    digest, rows = hashlib.sha256(), 0
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as file:
        for line in _lines(connection, table):
            file.write(line + b"\n")
            digest.update(line + b"\n")
            rows += 1
    return {
        "name": str(table.name),
        "columns": [str(column.name) for column in table.columns],
        "rows": rows,
        "sha256": digest.hexdigest(),
    }


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    wanted = [cast(c, Text).label(c.name) if isinstance(c.type, JSON) else c for c in table.columns]
    rows = connection.execution_options(yield_per=_ROWS).execute(
        select(*wanted).order_by(*table.primary_key.columns)
    )
    for row in rows:
        yield pack(table, row)


def _fault(code: str, field: str, value: str, expected: str, mend: str) -> InputError:
    return InputError(
        Fault(code, "backup", field=field, value=value, expected=f"expected {expected}", mend=mend)
    )
