"""The audit: a store as it was written passes, and every tampering is told."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from api_city import DICE, files, pack
from conftest import MakeServer, Server
from test_api_witness import look

from api.settings import Settings
from api.store.audit import audit_store
from optimizer.canon.cosignature import Cosigner
from optimizer.cli import main

WITNESS = Cosigner("witness.example/province", bytes(range(1, 33)))
CITY = {key: text for key, text in files().items() if key.startswith("registers/")}


def fill(server: Server, state: Path) -> None:
    """An open campaign with a plan, a sealed one with plan and odds, registers, a cosignature."""
    server.commit().raise_for_status()
    server.reveal().raise_for_status()
    server.write("/v1/campaigns/test-2026/plans", json={"reason": "first"}).raise_for_status()
    sealed = files("shut-2026")
    sealed["scenario.yaml"] = sealed["scenario.yaml"].replace("  seed:", "  mode: sealed\n  seed:")
    server.commit(pack(sealed)).raise_for_status()
    base = "/v1/campaigns/shut-2026"
    server.write(f"{base}/seal", json={}).raise_for_status()
    rolls = {"seed": {**DICE, "rolls": "27182818284590452353"}}
    server.write(f"{base}/reveal", "supervisor", json=rolls).raise_for_status()
    server.write(f"{base}/plans", json={"reason": "first", "effort": 1}).raise_for_status()
    for top in ("", "registers-2026/"):
        kept = server.write(
            f"/v1/registers?city=140300&identifiers=free&exclude_faulty={top != ''}",
            content=pack(CITY, top=top),
            headers={"content-type": "application/zip"},
        )
        assert kept.status_code == 201, kept.text
    look(server, state, WITNESS)


def test_a_store_as_it_was_written_passes(
    settings: Settings, make_server: MakeServer, tmp_path: Path
) -> None:
    """On either store, while it is served, with all that an audit looks at."""
    settings = replace(settings, witnesses=(WITNESS.witness.vkey,))
    fill(make_server(settings), tmp_path / "seen")
    found = audit_store(settings)
    assert {each.what: each.differences for each in found if each.differences} == {}
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
    ("cosignatures", "UPDATE cosignatures SET line = replace(line, 'A', 'B')"),
    ("cosignatures", "UPDATE cosignatures SET time = time + 1"),
    ("cosignatures", "UPDATE cosignatures SET size = size - 1"),
    ("cosignatures", "UPDATE cosignatures SET witness = 'paper.example'"),
    ("registers", "UPDATE registers SET archive = (SELECT archive FROM registers LIMIT 1), "
     "city = '140400'"),
    ("registers", "UPDATE registers SET exclude_faulty = 1 - exclude_faulty"),
    ("registers", "UPDATE registers SET archive = zeroblob(30)"),
    ("registers", "UPDATE registers SET digest = replace(digest, 'a', 'b')"),
    ("registers", "DELETE FROM registers"),
    ("private files", "DELETE FROM private_files"),
    ("private files", "DELETE FROM private_files WHERE path = 'secret.json'"),
    ("private files", "DELETE FROM private_files WHERE path = 'transcript/plan.json'"),
    ("private files", "UPDATE private_files SET data = CAST(replace(data, '1', '2') AS BLOB) "
     "WHERE path = 'secret.json'"),
    ("private files", "UPDATE private_files SET data = CAST(replace(data, 'sample', 'sampel') "
     "AS BLOB) WHERE path = 'transcript/draw.json'"),
    ("private files", "UPDATE private_files SET data = CAST(data || ' ' AS BLOB) "
     "WHERE path = 'transcript/plan.json'"),
    ("private files", "UPDATE private_files SET data = CAST(replace(data, '140302', '140303') "
     "AS BLOB) WHERE path = 'transcript/frame.jsonl'"),
    ("private files", "UPDATE private_files SET data = CAST(replace(data, 'E000', 'E001') "
     "AS BLOB) WHERE path = 'drawn.csv'"),
    ("private files", "UPDATE private_files SET data = CAST(replace(data, '4', '5') AS BLOB) "
     "WHERE path = 'secrets.json'"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(TAMPERINGS)))
def test_every_tampering_is_told(
    filled: Path,
    make_server: MakeServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    """An entry changed, removed or moved, a document, a checkpoint, a ledger, a cosignature, the
    files of registers, what waits for the opening of a sealed campaign: exit code 1.
    """
    if not (filled / "s.sqlite3").exists():
        server = make_server(Settings(db=filled / "s.sqlite3", witnesses=(WITNESS.witness.vkey,)))
        fill(server, filled / "seen")
        server.stop()
    shutil.copytree(filled, tmp_path / "copy")
    path = tmp_path / "copy" / "s.sqlite3"
    monkeypatch.setenv("DOUBLE_RANDOM_WITNESSES", WITNESS.witness.vkey)
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
