"""Backup and restore: one file for both stores, whole or nothing, and no fork of the log unseen."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from api_city import Ticking, Tokens
from conftest import Server, empty
from sqlalchemy import func, select

from api.services.keys import new_key
from api.settings import Settings
from api.store.backup import back_up
from api.store.database import Database, open_database
from api.store.restore import restore
from api.store.tables import Base, CampaignRow, LogEntry
from optimizer.cli import main
from optimizer.errors import CheckFailedError, DoubleRandomError, InputError

NOW = "2026-03-01T09:00:00+08:00"


def open_store(settings: Settings) -> Database:
    return open_database(settings, clock=Ticking(), token=Tokens())


def grow(store: Database, name: str, times: int = 1) -> None:
    for number in range(times):
        with store.write() as write:
            new_key(write, Tokens(f"{name}{number}"), role="clerk")


def contents(settings: Settings) -> dict[str, list[Any]]:
    """Return every row of every table."""
    store = open_store(settings)
    with store.read() as session:
        found = {
            name: sorted(map(repr, session.execute(select(*table.columns))))
            for name, table in Base.metadata.tables.items()
        }
    store.close()
    return found


def other(settings: Settings, request: pytest.FixtureRequest, home: Path) -> Settings:
    """Return an empty store of the other kind."""
    if settings.url:
        return Settings(db=home / "double-random", home=home)
    made = Settings(db=home / "store.sqlite3", url=request.getfixturevalue("database"), home=home)
    empty(made)
    return made


def altered(file: Path, change: Any) -> Path:
    """Write the backup with its parts changed by `change(parts)`."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    out = file.with_name("altered.zip")
    out.write_bytes(made.getvalue())
    return out


def test_a_store_goes_into_the_other_kind_and_back(
    server: Server, settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Every row of a running server's store survives, and new rows are numbered behind them."""
    server.commit().raise_for_status()
    server.reveal().raise_for_status()
    before = contents(settings)
    file = tmp_path / "a.backup"
    made = back_up(settings, file, now=NOW, with_keys=True)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == made.sha256
    assert file.stat().st_mode & 0o777 == 0o600
    server.stop()
    home = tmp_path / "other"
    target = other(settings, request, home)
    assert restore(file, target, now=NOW).size == len(before["log_entries"])
    assert contents(target) == before
    store = open_store(target)
    with store.read() as session:
        last = session.scalar(select(func.max(CampaignRow.number)))
        facts = {
            column.name: getattr(session.scalars(select(CampaignRow)).one(), column.name)
            for column in CampaignRow.__table__.columns
            if column.name != "number"
        }
    with store.write() as write:
        row = CampaignRow(**facts | {"id": "another"})
        write.session.add(row)
        write.session.flush()
        assert last is not None
        assert row.number > last
    store.close()


def test_a_backup_while_others_write_is_one_state(settings: Settings, tmp_path: Path) -> None:
    """Keys and their log entries stay together, whatever is written during the backup."""
    store = open_store(settings)
    grow(store, "first", 3)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            grow(store, f"w{number}-")
            number += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(4):
            manifest = back_up(settings, tmp_path / f"{number}.backup", now=NOW).manifest
            rows = {table["name"]: table["rows"] for table in manifest["tables"]}
            assert rows["keys"] == rows["log_entries"] == manifest["size"]
    finally:
        stop.set()
        thread.join()
        store.close()


def test_keys_are_in_it_only_when_asked_for(settings: Settings, tmp_path: Path) -> None:
    """Without --with-keys the log's key is nowhere in the file, and restoring needs it."""
    open_store(settings).close()
    seed = settings.log_key.read_bytes().strip()
    back_up(settings, tmp_path / "a", now=NOW)
    with zipfile.ZipFile(tmp_path / "a") as archive:
        assert not any(seed in archive.read(name) for name in archive.namelist())
    target = Settings(db=tmp_path / "new" / "s.sqlite3")
    with pytest.raises(InputError) as caught:
        restore(tmp_path / "a", target, now=NOW)
    assert [fault.code for fault in caught.value.faults] == ["log-key-missing"]
    assert not target.db.exists()


def _drop_row(parts: dict[str, bytes]) -> None:
    parts["tables/keys.jsonl"] = parts["tables/keys.jsonl"].split(b"\n", 1)[1]


def _signed_again(name: str, change: Any) -> Any:
    """Change a table and its digest in the manifest."""

    def act(parts: dict[str, bytes]) -> None:
        data = parts[f"tables/{name}.jsonl"] = change(parts[f"tables/{name}.jsonl"])
        manifest = json.loads(parts["manifest.json"])
        for table in manifest["tables"]:
            if table["name"] == name:
                table.update(sha256=hashlib.sha256(data).hexdigest(), rows=data.count(b"\n"))
        parts["manifest.json"] = json.dumps(manifest).encode()

    return act


@pytest.mark.parametrize(
    "change",
    [
        _drop_row,
        lambda parts: parts.pop("tables/keys.jsonl"),
        lambda parts: parts.update({"../evil": b""}),
        lambda parts: parts.update({"manifest.json": b"[]"}),
        _signed_again("log_entries", lambda data: data.split(b"\n", 1)[1]),
        _signed_again("log_entries", lambda data: data.rsplit(b"\n", 2)[0] + b"\n"),
        _signed_again("checkpoints", lambda data: data.replace(b'"', b'"A', 1)),
        _signed_again("keys", lambda data: data + data),
        _signed_again("keys", lambda data: b"{}\n"),
        _signed_again("keys", lambda data: b"no\n"),
        _signed_again("facts", lambda data: b""),
    ],
)
def test_a_changed_backup_leaves_nothing(settings: Settings, tmp_path: Path, change: Any) -> None:
    """What does not hold together is refused, and the store stays as empty as it was."""
    store = open_store(settings)
    grow(store, "a", 3)
    store.close()
    back_up(settings, tmp_path / "a", now=NOW)
    file = altered(tmp_path / "a", change)
    if settings.url:
        empty(settings)
    else:
        settings.db.unlink()
    with pytest.raises(DoubleRandomError):
        restore(file, settings, now=NOW)
    if settings.url:
        assert restore(tmp_path / "a", settings, now=NOW).size == 3
    else:
        assert not settings.db.exists()


def test_a_store_with_rows_is_not_restored_into(settings: Settings, tmp_path: Path) -> None:
    """Nothing that is there is overwritten: neither a store nor a backup."""
    store = open_store(settings)
    grow(store, "a")
    store.close()
    back_up(settings, tmp_path / "a", now=NOW)
    before = contents(settings)
    with pytest.raises(InputError) as caught:
        restore(tmp_path / "a", settings, now=NOW)
    assert caught.value.faults[0].code == "restore-store"
    with pytest.raises(InputError) as caught:
        back_up(settings, tmp_path / "a", now=NOW)
    assert caught.value.faults[0].code == "backup-exists"
    assert contents(settings) == before


def test_an_older_copy_is_taken_only_on_record(settings: Settings, tmp_path: Path) -> None:
    """The first new entry says what is left behind; then the store opens, writes, opens again."""
    store = open_store(settings)
    grow(store, "a", 2)
    back_up(settings, tmp_path / "a", now=NOW)
    grow(store, "b", 3)
    store.close()
    newest = settings.newest_checkpoint.read_bytes()
    if settings.url:
        empty(settings)
    else:
        settings.db.unlink()
    with pytest.raises(CheckFailedError, match="older copy"):
        restore(tmp_path / "a", settings, now=NOW)
    with pytest.raises(InputError):
        restore(tmp_path / "a", settings, now=NOW, reason=" ")
    assert settings.newest_checkpoint.read_bytes() == newest
    made = restore(tmp_path / "a", settings, now=NOW, reason="disk lost")
    assert (made.size, made.left_behind) == (3, 5)
    # As if the power had failed before the checkpoint kept apart was replaced.
    settings.newest_checkpoint.write_bytes(newest)
    for number in range(2):
        store = open_store(settings)
        grow(store, f"c{number}")
        with store.read() as session:
            entry = json.loads(session.get_one(LogEntry, 2).line)
        store.close()
    assert entry["kind"] == "restored"
    assert entry["body"] == {
        "new": 2, "old": 5, "reason": "disk lost", "superseded": newest.decode()
    }  # fmt: skip
    # And the store is again guarded against its own older copies.
    back_up(settings, tmp_path / "b", now=NOW)
    store = open_store(settings)
    grow(store, "d")
    store.close()
    if settings.url:
        empty(settings)
    else:
        settings.db.unlink()
    with pytest.raises(CheckFailedError, match="older copy"):
        restore(tmp_path / "b", settings, now=NOW)


def test_a_current_copy_needs_no_record(tmp_path: Path) -> None:
    """An entry that says that a store is older is refused where it is not."""
    settings = Settings(db=tmp_path / "s.sqlite3")
    store = open_store(settings)
    grow(store, "a")
    store.close()
    back_up(settings, tmp_path / "a", now=NOW)
    settings.db.unlink()
    with pytest.raises(InputError) as caught:
        restore(tmp_path / "a", settings, now=NOW, reason="why not")
    assert caught.value.faults[0].code == "restore-not-older"


def test_the_verbs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The program backs up, restores elsewhere, and refuses what is not there."""
    settings = Settings(db=tmp_path / "s.sqlite3")
    store = open_store(settings)
    grow(store, "a", 2)
    store.close()
    file = str(tmp_path / "a")
    assert main(["backup", "--db", str(settings.db), "--out", file, "--with-keys", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["keys"] == ["log-key"]
    there = replace(settings, db=tmp_path / "there" / "t.sqlite3")
    assert main(["restore", file, "--db", str(there.db), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["size"], told["apart_known"]) == (2, False)
    assert contents(there) == contents(settings)
    assert main(["restore", str(tmp_path / "no"), "--db", str(tmp_path / "x")]) == 2
    assert main(["backup", "--db", str(tmp_path / "no"), "--out", str(tmp_path / "b")]) == 2
    (tmp_path / "text").write_text("not a store, not a backup\n" * 99)
    assert main(["restore", str(tmp_path / "text"), "--db", str(tmp_path / "x")]) == 2
    assert main(["backup", "--db", str(tmp_path / "text"), "--out", str(tmp_path / "b")]) == 2
    assert not (tmp_path / "x").exists()
    assert sorted(p.name for p in tmp_path.glob("b*")) == []
