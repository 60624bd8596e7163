"""Requests are answered while a worker solves a city."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import httpx
from api_city import DICE, enterprise, files, pack
from test_api_jobs_kill import BASE, write

from benchmarks.served import STOPPED, Served, run

CITY = 6000
REQUESTS = 60
MOST = 10.0
"""How many times as long a request may take at most, median and 99th percentile."""
FLOOR = 0.02
"""Seconds; what is faster than that is not told apart."""
ATTEMPTS = 3
"""The machine may be busy with other things; that must not fail all attempts alike."""


def ask(client: httpx.Client, number: int) -> float:
    """Ask for a visit, and return the seconds until the answer."""
    body = {
        "department": "health",
        "enterprise": enterprise(number),
        "item": "H-1",
        "due": "2026-11-30",
        "source": "complaint",
    }
    began = time.perf_counter()
    answer = client.post("/v1/requests", json=body, headers={"idempotency-key": f"r{number}"})
    took = time.perf_counter() - began
    assert answer.status_code in (201, 409), answer.text
    return took


def spread(client: httpx.Client, numbers: range) -> tuple[float, float]:
    """Return median and 99th percentile of requests one after the other."""
    took = [ask(client, number) for number in numbers]
    return statistics.median(took), statistics.quantiles(took, n=100)[98]


def test_requests_stay_fast_while_a_worker_solves(tmp_path: Path) -> None:
    """Median and 99th percentile with a solve under way, as ratios to those without one."""
    db = tmp_path / "store.sqlite3"
    keys = [
        run("serve", "--db", str(db), "--new-key", "admin", cwd=tmp_path).stdout.strip()
        for _ in range(2)
    ]
    with Served(db) as server:
        client = server.client
        client.headers["authorization"] = f"Bearer {keys[0]}"
        archive = pack(files(enterprises=CITY, inspectors=60))
        zipped = {"content-type": "application/zip"}
        write(client, "/v1/campaigns", "commit", content=archive, headers=zipped)
        client.headers["authorization"] = f"Bearer {keys[1]}"
        write(client, f"{BASE}/reveal", "reveal", json={"seed": DICE})
        first = {"reason": "the first plan", "effort": 1}
        write(client, f"{BASE}/plans", "plan", json=first)
        spread(client, range(10))
        shown = []
        for attempt in range(ATTEMPTS):
            start = 10 + 2 * attempt * REQUESTS
            alone = spread(client, range(start, start + REQUESTS))
            body = {"reason": "a long one", "effort": 10_000}
            job = write(
                client,
                f"{BASE}/plans",
                f"long{attempt}",
                json=body,
                headers={"prefer": "respond-async"},
            ).headers["location"]
            until = time.monotonic() + 120
            while (client.get(job).json()["progress"] or {}).get("stage") != "plan":
                assert time.monotonic() < until
                time.sleep(0.1)
            beside = spread(client, range(start + REQUESTS, start + 2 * REQUESTS))
            still = client.get(job).json()["state"]
            if still == "running":
                still = write(client, f"{job}/cancel", f"cancel{attempt}").json()["state"]
            ratios = [b / max(a, FLOOR) for a, b in zip(alone, beside, strict=True)]
            shown.append((still, [round(1000 * t, 1) for t in (*alone, *beside)], ratios))
            if still == "cancelled" and max(ratios) <= MOST:
                break
        assert still == "cancelled", "the solve ended before the requests did: make it longer"
        assert max(ratios) <= MOST, shown
        assert server.stop() in STOPPED
