"""A server on a port of its own, in a thread: its client, with one key a role."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
import uvicorn.server
from api_city import DICE, Ticking, Tokens, files, pack
from fastapi import FastAPI

from api.app import create_app
from api.security.keys import ROLES
from api.services.keys import new_key
from api.services.service import Service
from api.settings import Settings, store_settings
from api.store.engine import WRITE, make_engine
from api.store.migrate import upgrade
from api.store.tables import Base
from api.verbs import answer_at_once
from benchmarks import local_postgresql

_KEYS = count(1)


@dataclass
class Server:
    """A server and how to talk to it."""

    app: FastAPI
    client: httpx.Client
    stop: Callable[[], None]
    keys: dict[str, str]

    @property
    def service(self) -> Service:
        found: Service = self.app.state.service
        return found

    def auth(self, role: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.keys[role]}"}

    def get(self, path: str, role: str | None = "admin", **more: Any) -> httpx.Response:
        headers = {**(self.auth(role) if role else {}), **more.pop("headers", {})}
        return self.client.get(path, headers=headers, **more)

    def write(
        self, path: str, role: str = "admin", *, method: str = "POST", **more: Any
    ) -> httpx.Response:
        """Write with a new idempotency key, unless the headers name one."""
        headers = {
            **self.auth(role),
            "idempotency-key": f"k{next(_KEYS)}",
            **more.pop("headers", {}),
        }
        return self.client.request(method, path, headers=headers, **more)

    def commit(self, archive: bytes | None = None, role: str = "clerk", **more: Any) -> Any:
        headers = {"content-type": "application/zip", **more.pop("headers", {})}
        return self.write(
            "/v1/campaigns",
            role,
            content=pack(files()) if archive is None else archive,
            headers=headers,
            **more,
        )

    def reveal(self, role: str = "supervisor", name: str = "test-2026", **more: Any) -> Any:
        return self.write(f"/v1/campaigns/{name}/reveal", role, json={"seed": DICE}, **more)


@pytest.fixture(scope="session")
def database() -> str:
    """The PostgreSQL database of this process's tests, one after the other."""
    return local_postgresql.new_database()


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables and nothing in them: a copy is quicker than a new one."""
    path = tmp_path_factory.mktemp("empty") / "store.sqlite3"
    engine = make_engine(Settings(db=path))
    upgrade(engine)
    engine.dispose()
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(tmp_path: Path, request: pytest.FixtureRequest, empty_file: Path) -> Settings:
    """A new store: every test that takes it runs on an SQLite file and on a PostgreSQL database."""
    if request.param == "sqlite":
        path = tmp_path / "store.sqlite3"
        path.write_bytes(empty_file.read_bytes())
        return Settings(db=path)
    made = store_settings(request.getfixturevalue("database"), tmp_path)
    empty(made)
    return made


def empty(settings: Settings) -> None:
    """Leave all tables of a PostgreSQL database, and nothing in them: quicker than a new one."""
    engine = make_engine(settings)
    with engine.begin() as connection:
        # Those whom a test's servers left behind, killed as they were.
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    upgrade(engine)
    tables = ", ".join(f'"{name}"' for name in Base.metadata.tables)
    with engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        connection.exec_driver_sql(f"TRUNCATE {tables} RESTART IDENTITY")
    engine.dispose()


class _Hasty:
    """`asyncio` as the server's loop sees it here: it looks ten times as often whether to stop.

    A server stops within a hundredth of a second, rather than a fifth, in each of hundreds of
    tests.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    @staticmethod
    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / 10)


uvicorn.server.asyncio = _Hasty()  # type: ignore[attr-defined]

MakeServer = Callable[[Settings], Server]


def listen(app: FastAPI) -> tuple[httpx.Client, Callable[[], None]]:
    """Serve an application on a free port; return a client and what stops the server."""
    door = socket.create_server(("127.0.0.1", 0))
    answer_at_once(door)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False))
    app.state.service.stopping = lambda: server.should_exit
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
    thread.start()
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{door.getsockname()[1]}", timeout=180, trust_env=False
    )

    def stop() -> None:
        client.close()
        server.should_exit = True
        thread.join()
        door.close()

    while not server.started:
        time.sleep(0.005)
    return client, stop


@pytest.fixture
def make_server() -> Iterator[MakeServer]:
    """Makes servers; all are stopped when the test ends."""
    opened: list[Server] = []
    clock = Ticking()

    def make(settings: Settings) -> Server:
        token = Tokens(str(len(opened)))
        app = create_app(settings, clock=clock, token=token)
        keys = {}
        for role in ROLES:
            with app.state.service.store.write() as write:
                department = "fire" if role == "department" else ""
                keys[role] = new_key(write, token, role=role, department=department).text
        client, stop = listen(app)
        opened.append(Server(app, client, stop, keys))
        return opened[-1]

    yield make
    for server in opened:
        server.stop()


@pytest.fixture
def server(settings: Settings, make_server: MakeServer) -> Server:
    return make_server(settings)
