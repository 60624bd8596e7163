"""The store: migrations give the tables, writes wait for each other, reads see one state."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from api_city import Ticking, Tokens
from conftest import MakeServer
from sqlalchemy import func, inspect, select

from api.services.keys import new_key
from api.settings import Settings
from api.store.database import Database, open_database
from api.store.engine import WRITE, make_engine
from api.store.migrate import migration_config, upgrade
from api.store.tables import Base, Fact, Key
from optimizer.errors import InputError


@pytest.fixture
def store(settings: Settings) -> Iterator[Database]:
    opened = open_database(settings, clock=Ticking(), token=Tokens())
    yield opened
    opened.close()


def test_migrations_give_the_tables(store: Database) -> None:
    """The migrated store is what the code declares: nothing to add, nothing to drop."""
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_go_down_and_up(settings: Settings) -> None:
    """Every migration can be undone and done again, and there is one line of them."""
    engine = make_engine(settings)
    config = migration_config()
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1
    for _ in range(2):
        upgrade(engine)
        assert set(inspect(engine).get_table_names()) >= set(Base.metadata.tables)
        with (
            engine.connect().execution_options(**{WRITE: True}) as connection,
            connection.begin(),
        ):
            config.attributes["connection"] = connection
            command.downgrade(config, "base")
        assert not set(inspect(engine).get_table_names()) & set(Base.metadata.tables)
    engine.dispose()


def test_opening_twice_changes_nothing(settings: Settings) -> None:
    """A second start finds origin, key and tables as the first left them."""
    vkeys = []
    for name in ("a", "b"):
        store = open_database(settings, clock=Ticking(), token=Tokens(name))
        vkeys.append(store.log.signer.vkey)
        store.close()
    assert vkeys[0] == vkeys[1]


def test_two_stores_have_two_origins(tmp_path: Path) -> None:
    """Checkpoints of two bureaus never mix: each log has a name of its own."""
    origins = set()
    for name in ("a", "b"):
        store = open_database(
            Settings(db=tmp_path / f"{name}.sqlite3"), clock=Ticking(), token=Tokens(name)
        )
        origins.add(store.log.origin)
        store.close()
    assert len(origins) == 2


def test_commits_reach_the_disk(store: Database) -> None:
    """Write-ahead log, every commit flushed; SQLite holds foreign keys only if told to."""
    sqlite = store.engine.dialect.name == "sqlite"
    wanted = (
        {"PRAGMA journal_mode": "wal", "PRAGMA synchronous": 2, "PRAGMA foreign_keys": 1}
        if sqlite
        else {"SHOW fsync": "on", "SHOW synchronous_commit": "on"}
    )
    with store.engine.connect() as connection:
        assert {ask: connection.exec_driver_sql(ask).scalar() for ask in wanted} == wanted


def test_writers_take_turns(settings: Settings) -> None:
    """What a write reads is still so when it writes: counting up from threads loses nothing,
    with two open stores as with two server processes.
    """
    settings = replace(settings, busy_seconds=60)
    stores = [open_database(settings, clock=Ticking(), token=Tokens(n)) for n in "ab"]
    with stores[0].write() as write:
        write.session.add(Fact(name="count", value="0"))

    def work(store: Database, name: str) -> None:
        for turn in range(10):
            with store.write() as write:
                fact = write.session.get(Fact, "count")
                assert fact is not None
                seen = int(fact.value)
                time.sleep(0.001)
                fact.value = str(seen + 1)
                new_key(write, Tokens(f"{name}{turn}"), role="clerk")

    threads = [
        threading.Thread(target=work, args=(store, f"{n}{m}"))
        for n, store in enumerate(stores)
        for m in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with stores[0].read() as session:
        assert session.get(Fact, "count").value == "40"
        assert session.scalar(select(func.count()).select_from(Key)) == 40
        stores[0].log.check(session, settings.newest_checkpoint.read_bytes())
    for store in stores:
        store.close()


@pytest.mark.parametrize("other", [False, True], ids=["same process", "other process"])
def test_a_busy_store_says_so(settings: Settings, make_server: MakeServer, other: bool) -> None:
    """A write that cannot get the lock in time is 503 with Retry-After, and may be repeated,
    whether a thread of its own process holds it or another's.
    """
    server = make_server(replace(settings, busy_seconds=0.2))
    server.commit().raise_for_status()
    key = {"idempotency-key": "again"}
    store = server.service.store
    if other:
        store = open_database(settings, clock=Ticking(), token=Tokens("other"))
    with store.write():
        busy = server.reveal(headers=key)
        assert server.get("/v1/campaigns").status_code == 200
    assert (busy.status_code, busy.json()["type"]) == (503, "/problems/busy")
    if other:
        store.close()
    assert int(busy.headers["retry-after"]) >= 1
    assert server.reveal(headers=key).status_code == 200


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://nobody:secret@127.0.0.1:9/none", "store-unreachable"),
        ("postgresql://127.0.0.1", "store-url"),
        ("mysql://127.0.0.1/x", "store-url"),
        ("postgresql://u:secret@127.0.0.1:port/x", "store-url"),
    ],
)
def test_a_store_that_cannot_be_opened_is_said_plainly(url: str, code: str) -> None:
    """What is wrong with a URL is told with field and mend, and without its password."""
    with pytest.raises(InputError) as caught:
        make_engine(Settings(db=Path("unused"), url=url))
    (fault,) = caught.value.faults
    assert (fault.code, fault.field) == (code, "--db")
    assert "secret" not in str(fault.as_dict())


def test_another_file_is_no_store(tmp_path: Path) -> None:
    """A file that SQLite cannot read is told as such, and left as it is."""
    file = tmp_path / "letter.sqlite3"
    file.write_text("Dear all,\n", "utf-8")
    with pytest.raises(InputError) as caught:
        open_database(Settings(db=file), clock=Ticking(), token=Tokens())
    assert [fault.code for fault in caught.value.faults] == ["store-other-file"]
    assert file.read_text("utf-8") == "Dear all,\n"


def test_migrating_keeps_a_store_in_use(settings: Settings, make_server: MakeServer) -> None:
    """A store with a plan goes a migration down and up again and answers as before."""
    server = make_server(settings)
    server.commit().raise_for_status()
    server.reveal().raise_for_status()
    plans = "/v1/campaigns/test-2026/plans"
    server.write(plans, json={"reason": "year"}).raise_for_status()
    visits = server.get("/v1/visits?campaign=test-2026").json()
    engine, config = make_engine(settings), migration_config()
    with engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    upgrade(engine)
    engine.dispose()
    again = make_server(settings)
    assert again.get("/v1/visits?campaign=test-2026").json() == visits
    assert again.write(plans, json={"reason": "again"}).json()["version"] == 2
