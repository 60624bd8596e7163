"""No room, no right to write: a clear answer, nothing half there, and the store verifies after."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from api_city import Ticking, Tokens
from conftest import MakeServer, Server
from sqlalchemy import event
from test_api_jobs import BASE, ask_plan, ended, job
from working import working

from api.security.logkey import write_log_key
from api.services import claims
from api.services.claims import Claim
from api.settings import Settings
from api.store.audit import audit_store
from api.store.database import Write, open_database
from api.store.engine import WRITE, make_engine
from optimizer.errors import InputError

resource = pytest.importorskip("resource", reason="limits of posix")
FULL = Path("/dev/full")


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def no_room(server: Server, settings: Settings) -> Iterator[None]:
    """Leave the store no room: of an SQLite file by a limit on its log of writes; a database says
    so itself, as it does on a full disk.
    """
    if not settings.url:
        log = settings.db.with_name(settings.db.name + "-wal")
        with no_file_beyond(log.stat().st_size + 8192):
            yield
        return
    raising = (
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
        "'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$",
        "CREATE TRIGGER full_disk BEFORE INSERT ON answers EXECUTE FUNCTION full_disk()",
    )
    act(settings, *raising)
    try:
        yield
    finally:
        act(settings, "DROP TRIGGER full_disk ON answers", "DROP FUNCTION full_disk")


@contextmanager
def read_only(server: Server, settings: Settings) -> Iterator[None]:
    """Let the store take no writes, from the next connection on."""
    engine = server.service.store.engine
    word = "default_transaction_read_only"

    def refuse(connection: object, _record: object) -> None:
        connection.cursor().execute(  # type: ignore[attr-defined]
            f"SET {word} = on" if settings.url else "PRAGMA query_only = ON"
        )
        if settings.url:
            connection.commit()  # type: ignore[attr-defined]

    event.listen(engine, "connect", refuse)
    engine.dispose()
    try:
        yield
    finally:
        event.remove(engine, "connect", refuse)
        engine.dispose()


def act(settings: Settings, *statements: str) -> None:
    engine = make_engine(settings)
    with engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.mark.parametrize(
    ("trouble", "status", "name"), [(no_room, 507, "no-room"), (read_only, 503, "read-only")]
)
def test_a_write_that_cannot_be_kept(
    server: Server,
    settings: Settings,
    make_server: MakeServer,
    trouble: object,
    status: int,
    name: str,
) -> None:
    """Acts that need room are refused by a problem and leave nothing; reading goes on; the same
    request succeeds once there is room; the store verifies, and opens again.
    """
    server.write("/v1/checks", json={"campaign": "x", "checks": []})
    before = server.get("/v1/public/ledger/checkpoint", None).content
    key = {"idempotency-key": "kept-at-last"}
    with trouble(server, settings):  # type: ignore[operator]
        for _ in range(2):
            refused = server.commit(headers=key)
            assert refused.status_code == status, refused.text
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.json()["type"] == f"/problems/{name}"
            assert int(refused.headers["retry-after"]) > 0
        assert server.get("/v1/campaigns").json()["items"] == []
        assert server.get("/v1/public/ledger/checkpoint", None).content == before
    made = server.commit(headers=key)
    assert made.status_code == 201, made.text
    assert "idempotent-replayed" not in made.headers
    assert server.reveal().status_code == 200
    assert [each.differences for each in audit_store(settings)] == [[]] * 8
    assert len(make_server(settings).get("/v1/campaigns").json()["items"]) == 1


@pytest.mark.skipif(not FULL.exists(), reason="the device that is always full")
def test_no_room_for_the_checkpoint_kept_apart(
    server: Server, settings: Settings, make_server: MakeServer
) -> None:
    """What was committed is answered to a repeat; the old checkpoint is whole, and the next write
    brings it up to date.
    """
    kept = settings.newest_checkpoint.read_bytes()
    fresh = settings.newest_checkpoint.with_name(settings.newest_checkpoint.name + ".new")
    fresh.symlink_to(FULL)
    key = {"idempotency-key": "apart"}
    refused = server.commit(headers=key)
    assert (refused.status_code, refused.json()["type"]) == (507, "/problems/no-room")
    assert settings.newest_checkpoint.read_bytes() == kept
    fresh.unlink()
    again = server.commit(headers=key)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    server.reveal().raise_for_status()
    newest = server.get("/v1/public/ledger/checkpoint", None).content
    assert settings.newest_checkpoint.read_bytes() == newest
    assert [each.differences for each in audit_store(settings)] == [[]] * 8


def test_no_room_for_a_new_store(tmp_path: Path) -> None:
    """Wherever the first start fails, it says so by field and mend, and the next one succeeds."""
    settings = Settings(db=tmp_path / "new.sqlite3")
    for size in (0, 4096, 100_000):
        with no_file_beyond(size), pytest.raises(InputError) as caught:
            open_database(settings, clock=Ticking(), token=Tokens()).close()
        (fault,) = caught.value.faults
        assert (fault.code, fault.field) == ("store-no-room", "--db")
    open_database(settings, clock=Ticking(), token=Tokens()).close()
    with no_file_beyond(10), pytest.raises(OSError, match="large"):
        write_log_key(tmp_path / "key", Tokens())
    assert not (tmp_path / "key").exists()


@contextmanager
def no_room_for_plans(server: Server, settings: Settings) -> Iterator[None]:
    """Leave a worker room to claim a job, and none for what it makes."""
    if not settings.url:
        log = settings.db.with_name(settings.db.name + "-wal")
        with no_file_beyond(log.stat().st_size + 40_000):
            yield
        return
    act(
        settings,
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
        "'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$",
        "CREATE TRIGGER full_disk BEFORE INSERT ON plans EXECUTE FUNCTION full_disk()",
    )
    try:
        yield
    finally:
        act(settings, "DROP TRIGGER full_disk ON plans", "DROP FUNCTION full_disk")


def test_no_room_for_what_a_worker_made(
    server: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job neither fails nor counts as begun nor hangs; it ends once there is room, and nothing
    of it is there twice.
    """
    server.commit().raise_for_status()
    server.reveal().raise_for_status()
    ask_plan(server).raise_for_status()
    tried = 0
    give_back = claims.give_back

    def counting(write: Write, held: Claim, *, counted: bool) -> bool:
        nonlocal tried
        tried += 1
        assert not counted
        return give_back(write, held, counted=counted)

    monkeypatch.setattr(claims, "give_back", counting)
    with ExitStack() as stack:
        with no_room_for_plans(server, settings):
            stack.enter_context(working(settings))
            until = time.monotonic() + 60
            while not tried and time.monotonic() < until:
                assert job(server, 1)["state"] in claims.OPEN
                time.sleep(0.1)
        assert tried
        done = ended(server, 1)
    assert (done["state"], done["runs"]) == ("done", 1)
    assert [each["version"] for each in server.get(f"{BASE}/plans").json()["items"]] == [1]
    assert [each.differences for each in audit_store(settings)] == [[]] * 8
