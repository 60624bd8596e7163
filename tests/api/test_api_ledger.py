"""The public log: checkpoints, proofs, and what is found when someone changes the store."""

from __future__ import annotations

import shutil
import sqlite3
from itertools import count
from pathlib import Path

import pytest
from api_city import Ticking, Tokens
from conftest import MakeServer, Server
from hypothesis import given, settings
from hypothesis import strategies as st

from api.services.keys import new_key
from api.settings import Settings
from api.store.database import Database, open_database
from optimizer.canon import merkle
from optimizer.errors import CheckFailedError, InputError
from optimizer.ledger import verify_checkpoint

_COUNT = count()


def open_store(path: Path) -> Database:
    return open_database(Settings(db=path), clock=Ticking(), token=Tokens())


def grow(store: Database, times: int) -> None:
    for _ in range(times):
        with store.write() as write:
            new_key(write, Tokens(f"{next(_COUNT)}"), role="clerk")


def test_every_entry_is_proved_against_the_signed_checkpoint(server: Server) -> None:
    """Checkpoint, entries and proofs, all read without a key, agree with each other."""
    server.commit()
    vkey = server.get("/v1/public/ledger/key", None).text
    checkpoint = server.get("/v1/public/ledger/checkpoint", None).content
    _, size, root = verify_checkpoint(checkpoint, vkey)
    page = server.get("/v1/public/ledger/entries?limit=500", None).json()
    assert size == len(page["items"]) == 8
    for entry in page["items"]:
        index = entry["index"]
        proof = server.get(f"/v1/public/ledger/entries/{index}/proof", None).json()
        assert merkle.verify_inclusion(
            index,
            size,
            merkle.leaf_hash(entry["line"].encode()),
            [bytes.fromhex(node) for node in proof["proof"]],
            root,
        )
        assert server.get(f"/v1/public/ledger/entries/{index}", None).json() == entry


def test_every_earlier_checkpoint_is_a_prefix(server: Server) -> None:
    """Each checkpoint ever signed is consistent with every later one."""
    server.commit()
    server.reveal()
    vkey = server.get("/v1/public/ledger/key", None).text
    signed = {}
    for size in range(1, 12):
        answer = server.get(f"/v1/public/ledger/checkpoint?size={size}", None)
        if answer.status_code == 200:
            signed[size] = verify_checkpoint(answer.content, vkey)[2]
    assert sorted(signed) == [1, 2, 3, 4, 5, 8, 11]
    for old, old_root in signed.items():
        for new, new_root in signed.items():
            if old <= new:
                path = f"/v1/public/ledger/consistency?old={old}&new={new}"
                proof = server.get(path, None).json()["proof"]
                assert merkle.verify_consistency(
                    old, new, old_root, new_root, [bytes.fromhex(node) for node in proof]
                )


@pytest.mark.parametrize(
    "path",
    [
        "entries/99",
        "entries/99/proof",
        "entries/0/proof?size=99",
        "consistency?old=99",
        "consistency?old=1&new=99",
        "checkpoint?size=99",
    ],
)
def test_what_is_not_in_the_log_is_not_found(server: Server, path: str) -> None:
    """Sizes and entries beyond the log are 404, not a failure."""
    answer = server.get(f"/v1/public/ledger/{path}", None)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


def test_a_failed_write_leaves_no_entry(tmp_path: Path) -> None:
    """Entry, checkpoint and what they record are one transaction."""
    store = open_store(tmp_path / "s.sqlite3")
    grow(store, 2)

    class StopError(Exception):
        pass

    def fail() -> None:
        with store.write() as write:
            new_key(write, Tokens("other"), role="clerk")
            raise StopError

    with pytest.raises(StopError):
        fail()
    grow(store, 1)
    with store.read() as session:
        with store.log.tree(session) as (_, count):
            assert count == 3
        store.log.check(session, (tmp_path / "s.sqlite3.checkpoint").read_bytes())


@settings(max_examples=12, deadline=None)
@given(
    entry=st.integers(0, 5),
    change=st.sampled_from(
        [
            "UPDATE log_entries SET line = CAST(replace(line, 'clerk', 'admin') AS BLOB) "
            'WHERE "index" = ?',
            'DELETE FROM log_entries WHERE "index" = ?',
            'UPDATE log_entries SET leaf = zeroblob(32) WHERE "index" = ?',
            'UPDATE log_entries SET "index" = 100 WHERE "index" = ?',
        ]
    ),
)
def test_a_changed_log_is_found_when_the_server_starts(
    tmp_path_factory: pytest.TempPathFactory, entry: int, change: str
) -> None:
    """An entry that was changed, removed or moved by hand stops the next start."""
    path = tmp_path_factory.mktemp("log") / "s.sqlite3"
    store = open_store(path)
    grow(store, 6)
    store.close()
    database = sqlite3.connect(path)
    database.execute(change, (entry,))
    database.commit()
    database.close()
    with pytest.raises(CheckFailedError):
        open_store(path)


def test_an_older_copy_does_not_fork_the_log(tmp_path: Path) -> None:
    """A restored backup is older than the checkpoint kept apart, and does not start."""
    path, copy = tmp_path / "s.sqlite3", tmp_path / "backup"
    store = open_store(path)
    grow(store, 2)
    store.close()
    shutil.copy(path, copy)
    store = open_store(path)
    grow(store, 1)
    store.close()
    shutil.copy(copy, path)
    with pytest.raises(CheckFailedError, match="older copy"):
        open_store(path)


def test_time_never_goes_back_in_the_log(tmp_path: Path) -> None:
    """Where the machine's clock goes back, entries keep the last time instead."""
    clock = Ticking()
    store = open_database(Settings(db=tmp_path / "s.sqlite3"), clock=clock, token=Tokens())
    grow(store, 1)
    first = clock.moment
    clock.moment = first.replace(year=2025)
    grow(store, 1)
    with store.read() as session:
        from api.store.tables import LogEntry

        assert session.get(LogEntry, 1).time == session.get(LogEntry, 0).time


@pytest.mark.parametrize(
    ("text", "mode", "code"),
    [
        ("00" * 32, 0o600, "log-key-default"),
        (bytes(range(32)).hex(), 0o600, "log-key-default"),
        ("secret", 0o600, "log-key-malformed"),
        (None, 0o600, "log-key-missing"),
        ("keep", 0o644, "log-key-open"),
    ],
)
def test_bad_log_keys_are_refused(tmp_path: Path, text: str | None, mode: int, code: str) -> None:
    """Placeholders, other text, a key that others can read, and none at all do not start."""
    path = tmp_path / "s.sqlite3"
    store = open_store(path)
    grow(store, 1)
    store.close()
    key = tmp_path / "s.sqlite3.log-key"
    assert key.stat().st_mode & 0o777 == path.stat().st_mode & 0o777 == 0o600
    if text is None:
        key.unlink()
    else:
        key.write_text(key.read_text() if text == "keep" else text)
        key.chmod(mode)
    with pytest.raises(InputError) as caught:
        open_store(path)
    assert [fault.code for fault in caught.value.faults] == [code]


def test_another_key_does_not_go_on_with_the_log(tmp_path: Path) -> None:
    """With another log key the checkpoint kept apart does not verify, and nothing starts."""
    path = tmp_path / "s.sqlite3"
    store = open_store(path)
    grow(store, 1)
    store.close()
    (tmp_path / "s.sqlite3.log-key").write_text("5a" * 31 + "01")
    with pytest.raises(CheckFailedError):
        open_store(path)


def test_restart_goes_on_where_it_stopped(tmp_path: Path, make_server: MakeServer) -> None:
    """A second server on the same store has the same log, and its new entries extend it."""
    first = make_server(Settings(db=tmp_path / "s.sqlite3"))
    first.commit().raise_for_status()
    before = first.get("/v1/public/ledger/consistency?old=1", None).json()
    first.stop()
    second = make_server(Settings(db=tmp_path / "s.sqlite3"))
    second.reveal("supervisor").raise_for_status()
    after = second.get(f"/v1/public/ledger/consistency?old={before['new']}", None).json()
    assert after["old_root"] == before["new_root"]
    assert after["new"] > before["new"]
