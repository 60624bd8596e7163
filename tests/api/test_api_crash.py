"""A server that is killed in the middle of writes loses nothing that it acknowledged."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path
from typing import Any

import httpx
from api_city import DICE, enterprise, files, pack

from benchmarks.served import STOPPED, Served, run
from optimizer.canon import merkle
from optimizer.ledger import verify_checkpoint

ROUNDS = 4
WRITERS = 3


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


def test_kill_9_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Rounds of writes from threads, each ended by SIGKILL at a random moment.

    After every restart each acknowledged write gives the same answer again and is in the list;
    every check has its log entry and every entry its check; the newest checkpoint that a client
    held is a prefix of the log.
    """
    db = tmp_path / "store.sqlite3"
    acknowledged: dict[str, bytes] = {}
    sent: set[str] = set()
    held: tuple[int, bytes] | None = None
    key = ""
    for turn in range(ROUNDS):
        with Served(db) as server:
            key = key or server.printed
            headers = {"authorization": f"Bearer {key}"}
            client = server.client
            client.headers.update(headers)
            if turn == 0:
                client.post(
                    "/v1/campaigns",
                    content=pack(files()),
                    headers={"idempotency-key": "commit", "content-type": "application/zip"},
                ).raise_for_status()
            look(client, acknowledged, sent, held)

            def write(
                number: int,
                turn: int = turn,
                server: Served = server,
                headers: dict[str, str] = headers,
            ) -> None:
                with httpx.Client(
                    base_url=server.client.base_url, headers=headers, timeout=60, trust_env=False
                ) as own:
                    for count in range(10_000):
                        name = f"T-{turn}-{number}-{count}"
                        sent.add(name)
                        try:
                            answer = own.post(
                                "/v1/checks", json=check(name), headers={"idempotency-key": name}
                            )
                        except httpx.HTTPError:
                            return
                        assert answer.status_code == 201
                        acknowledged[name] = answer.content

            threads = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
            before = len(acknowledged)
            for thread in threads:
                thread.start()
            while len(acknowledged) < before + 5:
                time.sleep(0.01)
            checkpoint = client.get("/v1/public/ledger/checkpoint").content
            vkey = client.get("/v1/public/ledger/key").text
            held = verify_checkpoint(checkpoint, vkey)[1:]
            time.sleep(random.Random(turn).uniform(0.0, 0.3))
            server.kill()
            for thread in threads:
                thread.join()
    with Served(db) as server:
        server.client.headers.update({"authorization": f"Bearer {key}"})
        assert server.printed == ""
        look(server.client, acknowledged, sent, held)
        assert len(acknowledged) >= 5 * ROUNDS
        assert server.stop() in STOPPED


def look(
    client: httpx.Client,
    acknowledged: dict[str, bytes],
    sent: set[str],
    held: tuple[int, bytes] | None,
) -> None:
    """Check what a restarted server holds against what clients were told."""
    there = {item["id"] for item in every(client, "/v1/checks?limit=500")}
    logged = [
        entry["body"]["check"]
        for entry in every(client, "/v1/public/ledger/entries?limit=500")
        if entry["kind"] == "check"
    ]
    assert set(acknowledged) <= there <= sent
    assert sorted(logged) == sorted(there)
    for name, body in list(acknowledged.items())[-20:]:
        again = client.post("/v1/checks", json=check(name), headers={"idempotency-key": name})
        assert (again.status_code, again.content) == (201, body)
        assert again.headers["idempotent-replayed"] == "true"
    if held is not None:
        size, root = held
        found = client.get(f"/v1/public/ledger/consistency?old={size}").json()
        assert merkle.verify_consistency(
            size,
            found["new"],
            root,
            bytes.fromhex(found["new_root"]),
            [bytes.fromhex(node) for node in found["proof"]],
        )


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
