"""Witnesses: a log that grows is cosigned, one that forks or shrinks is not."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import MakeServer, Server

from api import witnessing
from api.settings import Settings
from api.witnessing import Served, State
from benchmarks import served
from benchmarks.served import STOPPED, run
from optimizer.canon.cosignature import Cosigner, Witness, cosignatures
from optimizer.errors import CheckFailedError, InputError
from optimizer.ledger import verify_checkpoint

PROVINCE = Cosigner("witness.example/province", bytes(range(1, 33)))
PAPER = Cosigner("paper.example", bytes(range(2, 34)))
KEYS = (PROVINCE.witness.vkey, PAPER.witness.vkey)
PAGE = Path(__file__).parents[2] / "docs/how-to/witness.md"


def vkey(server: Server) -> str:
    return str(server.get("/v1/public/ledger/key", None).text)


def checkpoint(server: Server, query: str = "") -> httpx.Response:
    return server.get(f"/v1/public/ledger/checkpoint{query}", None)


def clock(server: Server) -> Callable[[], int]:
    return lambda: int(datetime.fromisoformat(server.service.store.now()).timestamp())


def look(server: Server, state: Path, cosigner: Cosigner = PROVINCE) -> witnessing.Seen:
    log = Served(str(server.client.base_url))
    return witnessing.cosign(log, vkey(server), State(state), cosigner, clock(server))


def grow(server: Server, name: str) -> None:
    """Make the log longer by an entry or two."""
    server.commit(headers={"idempotency-key": name}, role="admin").raise_for_status()


def add(server: Server, size: int, line: str, **more: Any) -> httpx.Response:
    headers = {"idempotency-key": hashlib.sha256(line.encode()).hexdigest(), **more}
    path = f"/v1/public/ledger/checkpoints/{size}/cosignatures"
    return server.client.post(path, json={"cosignature": line}, headers=headers)


def test_a_growing_log_is_cosigned(
    settings: Settings, make_server: MakeServer, tmp_path: Path
) -> None:
    """The checkpoint is served with its cosignatures, by size and by how many it has."""
    server = make_server(replace(settings, witnesses=KEYS))
    state = tmp_path / "province.seen"
    first = look(server, state)
    assert first.before == 0
    assert look(server, state).before == first.size  # not grown: cosigned again, with a new time
    grow(server, "a")
    second = look(server, state)
    assert (second.before, second.size > first.size) == (first.size, True)
    known = [Witness.parse(key) for key in KEYS]
    note = checkpoint(server).content
    assert [each.line for each in cosignatures(note, known)] == [second.line]
    assert verify_checkpoint(note, vkey(server))[1] == second.size
    assert checkpoint(server, "?cosigned=2").status_code == 404
    look(server, tmp_path / "paper.seen", PAPER)
    both = checkpoint(server, "?cosigned=2").content
    assert {each.name for each in cosignatures(both, known)} == {
        "paper.example",
        PROVINCE.witness.name,
    }
    server.reveal("supervisor").raise_for_status()
    assert cosignatures(checkpoint(server).content, known) == []
    assert checkpoint(server, "?cosigned=2").content == both
    assert len(cosignatures(checkpoint(server, f"?size={first.size}").content, known)) == 1
    listed = server.get("/v1/public/ledger/witnesses", None).json()["items"]
    assert [one["vkey"] for one in listed] == list(KEYS)


def test_a_fork_is_not_cosigned(tmp_path: Path, make_server: MakeServer) -> None:
    """Two histories under one key: whichever the witness saw first is the only one it signs."""
    first = Settings(db=tmp_path / "a" / "s.sqlite3", witnesses=KEYS)
    first.db.parent.mkdir()
    server = make_server(first)
    grow(server, "common")
    server.stop()
    second = replace(first, db=tmp_path / "b" / "s.sqlite3")
    shutil.copytree(first.db.parent, second.db.parent)
    honest, forked = make_server(first), make_server(second)
    honest.reveal("supervisor").raise_for_status()
    state = tmp_path / "seen"
    seen = look(honest, state)
    kept = state.read_bytes()
    # Shorter than what was seen, then of the same size, then longer.
    with pytest.raises(CheckFailedError, match=r"shrank|does not extend"):
        look(forked, state)
    sizes = set()
    for name in ("x", "y", "z", "w"):
        with forked.service.store.write() as write:
            write.record("note", {"name": name})
        sizes.add(verify_checkpoint(checkpoint(forked).content, vkey(forked))[1])
        with pytest.raises(CheckFailedError, match=r"shrank|does not extend"):
            look(forked, state)
    assert max(sizes) > seen.size
    assert state.read_bytes() == kept
    assert cosignatures(checkpoint(forked).content, [PROVINCE.witness]) == []
    assert look(honest, state).before == seen.size


def test_another_key_is_not_cosigned(tmp_path: Path, make_server: MakeServer) -> None:
    """A server that signs with another key than the witness was given is refused."""
    one, other = (make_server(Settings(db=tmp_path / f"{n}.sqlite3", witnesses=KEYS)) for n in "ab")
    grow(other, "a")
    log, state = Served(str(other.client.base_url)), State(tmp_path / "seen")
    with pytest.raises((CheckFailedError, InputError)):
        witnessing.cosign(log, vkey(one), state, PROVINCE, clock(other))
    assert state.read() is None


class Lying(Served):
    """A server that answers with a proof that was changed."""

    def consistency(self, old: int, new: int) -> list[bytes]:
        return [bytes(32) for _ in super().consistency(old, new)]


def test_a_proof_that_does_not_hold_is_a_fork(tmp_path: Path, make_server: MakeServer) -> None:
    """Growth alone is not enough: it must be shown."""
    server = make_server(Settings(db=tmp_path / "s.sqlite3", witnesses=KEYS))
    state = tmp_path / "seen"
    seen = look(server, state)
    grow(server, "a")
    lying = Lying(str(server.client.base_url))
    with pytest.raises(CheckFailedError, match="fork"):
        witnessing.cosign(lying, vkey(server), State(state), PROVINCE, clock(server))
    assert verify_checkpoint(state.read_bytes(), vkey(server))[1] == seen.size


def test_only_cosignatures_that_hold_are_taken(settings: Settings, make_server: MakeServer) -> None:
    """Another witness, another checkpoint, no signature line, a time that cannot be: 422 each."""
    server = make_server(replace(settings, witnesses=KEYS[:1]))
    grow(server, "a")
    text = checkpoint(server).text.split("\n\n")[0] + "\n"
    size, now = int(text.split("\n")[1]), clock(server)()
    good = PROVINCE.cosign(text, now)
    for line, code in (
        (PAPER.cosign(text, now), "cosignature-witness"),
        (PROVINCE.cosign(text.replace(str(size), "9"), now), "cosignature-signature"),
        (f"{good[:-8]}AAAAAA==", "cosignature-signature"),
        ("— witness.example/province", "cosignature-malformed"),
        (f"{good}\n", "cosignature-malformed"),
        (PROVINCE.cosign(text, now + 3600), "cosignature-time"),
        (PROVINCE.cosign(text, now - 10 * 86_400), "cosignature-time"),
    ):
        refused = add(server, size, line)
        assert refused.status_code == 422, line
        assert [one["code"] for one in refused.json()["errors"]] == [code]
    assert add(server, size + 9, good).status_code == 404
    assert add(server, size, good, **{"idempotency-key": ""}).status_code == 400
    made = add(server, size, good)
    assert (made.status_code, made.json()["cosignature"]) == (201, good)
    again = add(server, size, good)
    assert (again.content, again.headers["idempotent-replayed"]) == (made.content, "true")
    # An older one of the same witness does not take the newer one's place.
    older = add(server, size, PROVINCE.cosign(text, now - 1))
    assert (older.status_code, older.json()["cosignature"]) == (201, good)


def test_a_server_without_witnesses_takes_none(tmp_path: Path, make_server: MakeServer) -> None:
    """Nobody is configured: nobody's cosignature is taken."""
    server = make_server(Settings(db=tmp_path / "s.sqlite3"))
    with pytest.raises(InputError, match="none is configured"):
        look(server, tmp_path / "seen")


def test_the_page_runs_as_written(tmp_path: Path) -> None:
    """docs/how-to/witness.md with the real program: key, setting, two looks by its commands."""
    blocks = re.findall(r"```bash\ndouble-random (.*?)\n```", PAGE.read_text("utf-8"), re.S)
    new_key, cosign = (block.split() for block in blocks)
    made = run(*new_key, cwd=tmp_path)
    assert made.returncode == 0
    key = made.stdout.strip()
    assert (tmp_path / "province.key").stat().st_mode & 0o777 == 0o600
    assert run(*new_key, cwd=tmp_path).returncode == 2
    config = tmp_path / "config.toml"
    config.write_text(f'db = "s.sqlite3"\nworkers = 0\nwitnesses = ["{key}"]\n', "utf-8")
    with served.Served(None, "--config", str(config), home=tmp_path) as server:
        (tmp_path / "log.vkey").write_text(server.client.get("/v1/public/ledger/key").text)
        command = [server.url if word.startswith("http:") else word for word in cosign]
        for before in (0, 1):
            done = run(*command, "--json", cwd=tmp_path)
            assert done.returncode == 0, done.stderr
            told = json.loads(done.stdout)
            assert (told["before"] > 0) == (before > 0)
        note = server.client.get("/v1/public/ledger/checkpoint?cosigned=1").content
        assert [each.line for each in cosignatures(note, [Witness.parse(key)])] == [
            told["cosignature"]
        ]
        assert server.stop() in STOPPED
    gone = run(*command, cwd=tmp_path)
    assert gone.returncode == 2
    assert "does not answer" in gone.stderr


def test_odd_witness_keys_are_refused_at_the_start(tmp_path: Path) -> None:
    """No key, a log's key, one name twice."""
    twice = Cosigner(PAPER.witness.name, bytes(range(3, 35))).witness.vkey
    for witnesses in (("x",), (KEYS[0], "a+00000000+AA=="), (KEYS[1], twice)):
        with pytest.raises(InputError):
            Settings(db=tmp_path / "s", witnesses=witnesses).refuse_odd_witnesses()
