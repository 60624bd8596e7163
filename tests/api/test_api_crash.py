"""A server that is killed in the middle of writes loses nothing that it acknowledged."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_city import DICE, enterprise, files, pack
from lives import Life, Nursery

from api.settings import Settings
from benchmarks.served import STOPPED, Served, run
from optimizer.canon import merkle
from optimizer.ledger import verify_checkpoint

KILLS = {
    "sqlite": int(os.environ.get("DOUBLE_RANDOM_KILLS", "200")),
    "postgresql": int(os.environ.get("DOUBLE_RANDOM_KILLS", "25")),
}
WRITERS = 4
WHOLE = 25
"""After so many lives everything is read; after the others, what the last of them left."""


def check(name: str) -> dict[str, Any]:
    return {
        "campaign": "test-2026",
        "checks": [
            {
                "id": name,
                "enterprise": enterprise(1),
                "item": "H-1",
                "source": "complaint",
                "received": "2026-03-01",
                "due": "2026-04-30",
            }
        ],
    }


@dataclass
class Told:
    """What clients sent, and what they were told: that must stand for good."""

    sent: set[str] = field(default_factory=set)
    acknowledged: dict[str, bytes] = field(default_factory=dict)
    latest: deque[str] = field(default_factory=lambda: deque(maxlen=2 * WRITERS))
    checkpoints: list[tuple[int, bytes]] = field(default_factory=list)
    during_start: int = 0
    open_at_kill: int = 0


def connect(address: str, headers: dict[str, str]) -> httpx.Client:
    # Nothing is encrypted here, and to load certificates takes longer than a life.
    return httpx.Client(
        base_url=address, headers=headers, timeout=60, trust_env=False, verify=False
    )


class Writers:
    """Clients that write as fast as they are answered, each with a connection of its own."""

    def __init__(self, address: str, headers: dict[str, str], told: Told, turn: int) -> None:
        self._told = told
        self.asking = 0
        self.answered = 0
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._write, args=(address, headers, f"T-{turn}-{n}"))
            for n in range(WRITERS)
        ]
        for thread in self._threads:
            thread.start()

    def _write(self, address: str, headers: dict[str, str], prefix: str) -> None:
        with connect(address, headers) as client:
            for count in range(10_000):
                name = f"{prefix}-{count}"
                with self._lock:
                    self._told.sent.add(name)
                    self.asking += 1
                try:
                    answer = client.post(
                        "/v1/checks", json=check(name), headers={"idempotency-key": name}
                    )
                except httpx.HTTPError:
                    return
                with self._lock:
                    self.asking -= 1
                    self.answered += 1
                    assert answer.status_code == 201
                    self._told.acknowledged[name] = answer.content
                    self._told.latest.append(name)

    def join(self) -> None:
        for thread in self._threads:
            thread.join()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="servers are forked")
def test_kill_9_loses_nothing_acknowledged(settings: Settings) -> None:
    """Lives of the server, each ended by SIGKILL at a random moment of start or writing.

    After every restart the last acknowledged writes give the same answer again, and the newest
    checkpoint that a client held is a prefix of the log. Every few lives, and at the end: each
    acknowledged write is in the list; every check has its log entry and every entry its check;
    every checkpoint that was ever handed out is a prefix of the log.
    """
    kills = KILLS["postgresql" if settings.url else "sqlite"]
    chance = random.Random(7)
    folder = settings.log_key.parent
    store = ("--db", settings.url or str(settings.db), "--home", str(folder))
    serve = ("serve", "--port", "0", *store, "--workers", "0")
    told = Told()
    made = run("serve", *store, "--new-key", "admin", cwd=folder)
    headers = {"authorization": f"Bearer {made.stdout.strip()}"}
    with Nursery() as nursery:
        life = Life(nursery, serve, folder)
        with connect(life.address(), headers) as client:
            post = {"idempotency-key": "commit", "content-type": "application/zip"}
            client.post("/v1/campaigns", content=pack(files()), headers=post).raise_for_status()
            vkey = client.get("/v1/public/ledger/key").text
        assert life.kill() == -signal.SIGKILL
        for turn in range(1, kills):
            life = Life(nursery, serve, folder)
            if chance.random() < 0.1:
                # A start is a moment like every other: the store is opened, checked, migrated.
                time.sleep(chance.uniform(0.0, 0.15))
                told.during_start += life.listening() is None
                assert life.kill() == -signal.SIGKILL
                continue
            address = life.address()
            with connect(address, headers) as client:
                look(client, told, whole=turn % WHOLE == 0)
                writers = Writers(address, headers, told, turn)
                wanted = chance.randrange(1, 4)
                while writers.answered < wanted:
                    time.sleep(0.001)
                checkpoint = client.get("/v1/public/ledger/checkpoint").content
                told.checkpoints.append(verify_checkpoint(checkpoint, vkey)[1:])
                time.sleep(chance.uniform(0.0, 0.05))
                assert life.kill() == -signal.SIGKILL
                told.open_at_kill += writers.asking > 0
                writers.join()
        life = Life(nursery, serve, folder)
        with connect(life.address(), headers) as client:
            look(client, told, whole=True)
            unheard(client, told)
        assert life.stop() in STOPPED
    # The test would be none if nothing had been under way.
    assert told.open_at_kill >= kills // 2
    assert len(told.acknowledged) >= kills // 2
    print(
        f"{kills} kills, {told.during_start} of them before it listened, {told.open_at_kill} with "
        f"writes under way; {len(told.acknowledged)} acknowledged of {len(told.sent)} sent, "
        f"{len(told.checkpoints)} checkpoints held"
    )


def look(client: httpx.Client, told: Told, *, whole: bool) -> None:
    """Check what a restarted server holds against what clients were told."""
    for name in list(told.latest):
        again = client.post("/v1/checks", json=check(name), headers={"idempotency-key": name})
        assert (again.status_code, again.content) == (201, told.acknowledged[name])
        assert again.headers["idempotent-replayed"] == "true"
    for size, root in told.checkpoints if whole else told.checkpoints[-1:]:
        found = client.get(f"/v1/public/ledger/consistency?old={size}").json()
        assert merkle.verify_consistency(
            size,
            found["new"],
            root,
            bytes.fromhex(found["new_root"]),
            [bytes.fromhex(node) for node in found["proof"]],
        )
    if whole:
        there = {item["id"] for item in every(client, "/v1/checks?limit=500")}
        logged = [
            entry["body"]["check"]
            for entry in every(client, "/v1/public/ledger/entries?limit=500")
            if entry["kind"] == "check"
        ]
        assert set(told.acknowledged) <= there <= told.sent
        assert sorted(logged) == sorted(there)


def unheard(client: httpx.Client, told: Told) -> None:
    """Check that a write whose answer nobody heard is there with its answer, or not at all."""
    there = {item["id"] for item in every(client, "/v1/checks?limit=500")}
    for name in sorted(told.sent - told.acknowledged.keys()):
        again = client.post("/v1/checks", json=check(name), headers={"idempotency-key": name})
        assert again.status_code == 201
        assert ("idempotent-replayed" in again.headers) == (name in there)


def every(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    """Return all entries of a list."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        answer = client.get(path if cursor is None else f"{path}&cursor={cursor}")
        answer.raise_for_status()
        page = answer.json()
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


def test_a_campaign_goes_on_after_a_kill(tmp_path: Path) -> None:
    """Committed before a SIGKILL, revealed after it: the draw is of what was committed."""
    db = tmp_path / "store.sqlite3"
    with Served(db) as server:
        admin = server.printed
        committed = server.client.post(
            "/v1/campaigns",
            content=pack(files()),
            headers={
                "authorization": f"Bearer {admin}",
                "idempotency-key": "commit",
                "content-type": "application/zip",
            },
        ).json()
        server.kill()
    made = run("serve", "--db", str(db), "--new-key", "supervisor", cwd=tmp_path)
    assert made.returncode == 0
    with Served(db) as server:
        answer = server.client.post(
            "/v1/campaigns/test-2026/reveal",
            json={"seed": DICE},
            headers={"authorization": f"Bearer {made.stdout.strip()}", "idempotency-key": "reveal"},
        )
        assert answer.status_code == 200
        assert answer.json()["frame_root"] == committed["frame_root"]
        assert answer.json()["drawn"] > 0
