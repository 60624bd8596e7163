"""The audit: a store as it was written passes, and every tampering is told."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from conftest import MakeServer, Server

from api.settings import Settings
from api.store.audit import audit_store
from optimizer.cli import main


def fill(server: Server) -> None:
    server.commit().raise_for_status()
    server.reveal().raise_for_status()
    server.write("/v1/campaigns/test-2026/plans", json={"reason": "first"}).raise_for_status()


def test_a_store_as_it_was_written_passes(server: Server, settings: Settings) -> None:
    """On either store, while it is served, with a campaign that was drawn and planned."""
    fill(server)
    found = audit_store(settings)
    assert [each.differences for each in found] == [[]] * 5
    assert all(each.looked_at for each in found)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audit")


TAMPERINGS = [
    ("log entries", "UPDATE log_entries SET line = CAST(replace(line, 'key', 'kex') AS BLOB) "
     'WHERE "index" = 1'),
    ("log entries", 'UPDATE log_entries SET leaf = zeroblob(32) WHERE "index" = 2'),
    ("log entries", "UPDATE log_entries SET time = '2020-01-01T00:00:00Z' WHERE \"index\" = 2"),
    ("log entries", 'DELETE FROM log_entries WHERE "index" = 3'),
    ("checkpoints", 'DELETE FROM log_entries WHERE "index" = '
     '(SELECT max("index") FROM log_entries)'),
    ("checkpoint kept apart", 'DELETE FROM checkpoints WHERE size > 5; '
     'DELETE FROM log_entries WHERE "index" >= 5'),
    ("log entries", 'UPDATE log_entries SET "index" = 99 WHERE "index" = 1; '
     'UPDATE log_entries SET "index" = 1 WHERE "index" = 2; '
     'UPDATE log_entries SET "index" = 2 WHERE "index" = 99'),
    ("documents", "UPDATE documents SET data = CAST(data || ' ' AS BLOB) "
     "WHERE path = 'transcript/draw.json'"),
    ("documents", "UPDATE documents SET data = (SELECT data FROM documents "
     "WHERE path = 'transcript/spec.json'), sha256 = (SELECT sha256 FROM documents "
     "WHERE path = 'transcript/spec.json') WHERE path = 'transcript/draw.json'"),
    ("documents", "DELETE FROM documents WHERE path = 'transcript/seed.json'"),
    ("documents", "DELETE FROM documents WHERE path LIKE '%/plan.json'"),
    ("checkpoints", "UPDATE checkpoints SET root = replace(root, '0', '1') WHERE size = 2"),
    ("checkpoints", "UPDATE checkpoints SET note = (SELECT note FROM checkpoints WHERE size = 1) "
     "WHERE size = 2"),
    ("checkpoints", "UPDATE checkpoints SET note = CAST(replace(note, '2', '3') AS BLOB) "
     "WHERE size = 2"),
    ("checkpoints", "DELETE FROM checkpoints"),
    ("campaign ledgers", "UPDATE campaigns SET "
     "ledger = CAST(replace(ledger, 'seed', 'sead') AS BLOB)"),
    ("campaign ledgers", "UPDATE campaigns SET ledger = zeroblob(0)"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(TAMPERINGS)))
def test_every_tampering_is_told(
    filled: Path,
    make_server: MakeServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    number: int,
) -> None:
    """An entry changed, removed or moved, a document, a checkpoint, a ledger: exit code 1."""
    if not (filled / "s.sqlite3").exists():
        server = make_server(Settings(db=filled / "s.sqlite3"))
        fill(server)
        server.stop()
    shutil.copytree(filled, tmp_path / "copy")
    path = tmp_path / "copy" / "s.sqlite3"
    assert main(["audit", "--db", str(path)]) == 0
    assert "differences" in capsys.readouterr().out
    what, change = TAMPERINGS[number]
    database = sqlite3.connect(path)
    database.executescript(change)
    database.close()
    assert main(["audit", "--db", str(path), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert not told["ok"]
    assert next(part for part in told["parts"] if part["what"] == what)["differences"]
