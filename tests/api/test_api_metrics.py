"""Prometheus metrics of the real server: what is counted, who may read it, and that it adds up."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
from api_city import enterprise, files, pack
from conftest import MakeServer, Server
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from api.settings import Settings
from benchmarks.served import STOPPED, Served

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def parsed(text: str) -> list[Metric]:
    return list(text_string_to_metric_families(text))


def samples(families: Iterable[Metric]) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def read(server: Server) -> Samples:
    answer = server.get("/metrics", "auditor")
    assert answer.status_code == 200
    return samples(parsed(answer.text))


def of(found: Samples, name: str, **labels: str) -> float:
    return found.get((f"double_random_{name}", tuple(sorted(labels.items()))), 0.0)


def test_what_happened_is_counted(server: Server) -> None:
    """Requests by route, method, status; jobs, log, alerts, reservations as the store says."""
    server.commit(pack(files(enterprises=24))).raise_for_status()
    server.reveal().raise_for_status()
    server.write("/v1/campaigns/test-2026/plans", json={"reason": "year"}).raise_for_status()
    wanted = {"enterprise": enterprise(2), "item": "H-1", "department": "health"}
    asked = {"campaign": "test-2026", **wanted, "earliest": "2026-08-03", "due": "2026-08-07"}
    server.write("/v1/requests", json=asked).raise_for_status()
    later = {"prefer": "respond-async"}
    body = {"reason": "again"}
    assert (
        server.write("/v1/campaigns/test-2026/plans", json=body, headers=later).status_code == 202
    )
    assert server.get("/v1/visits/99999", "clerk").status_code == 404
    assert server.get("/v1/visits/99998", "clerk").status_code == 404
    assert server.get("/nowhere/secret-name", None).status_code == 404
    assert server.client.request("BREW", "/health").status_code == 405
    found = read(server)
    assert of(found, "http_requests_total", route="/v1/requests", method="POST", status="201") == 1
    visit = {"route": "/v1/visits/{number}", "method": "GET"}
    assert of(found, "http_requests_total", **visit, status="404") == 2
    assert of(found, "http_request_seconds_count", **visit) == 2
    assert of(found, "http_requests_total", route="none", method="GET", status="404") == 1
    assert sum(v for (n, pairs), v in found.items() if ("method", "other") in pairs) >= 1
    assert of(found, "jobs", state="waiting") == 1
    assert of(found, "jobs", state="done") == 0
    assert of(found, "reservations_total") == 1
    assert of(found, "alerts_open") == 0
    assert of(found, "store_up") == 1
    assert of(found, "store_connections_used") == 0
    entries = server.get("/v1/public/ledger/entries?limit=500", None).json()["items"]
    assert of(found, "ledger_entries") == len(entries)
    assert of(found, "write_wait_seconds_count") >= 5
    labels = {value for (_, pairs) in found for _, value in pairs}
    for private in (*server.keys.values(), "secret-name", "99999", enterprise(2), "test-2026"):
        assert not any(private in value for value in labels)


def test_waiting_writes_are_counted(settings: Settings, make_server: MakeServer) -> None:
    """Who finds the lock taken by another process is a conflict; who waits too long a refusal."""
    first = make_server(settings)
    second = make_server(replace(settings, busy_seconds=0.2))

    def write() -> int:
        return int(second.write("/v1/campaigns/none/sweeps").status_code)

    before = read(second)
    with first.service.store.write():
        assert write() == 503
    after = read(second)
    refusals = "write_refusals_total"
    assert of(after, refusals) == of(before, refusals) + 1
    third = make_server(replace(settings, busy_seconds=60))
    turn = third.service.store._turn
    with ThreadPoolExecutor() as pool:
        # A moment may pass between its turn in the process and its first try for the lock.
        while of(read(third), "write_conflicts_total") == 0:
            with first.service.store.write():
                waiting = pool.submit(third.write, "/v1/campaigns/none/sweeps")
                while not turn.locked():
                    time.sleep(0.001)
                time.sleep(0.02)
            waiting.result()
    found = read(third)
    assert of(found, "write_wait_seconds_sum") >= 0.02
    assert (of(found, "write_retries_total") > 0) == (not settings.url)


def test_only_admins_and_auditors_read_them(server: Server) -> None:
    """No key, a wrong key, a clerk's key: refused, from this machine as well."""
    assert server.get("/metrics", None).status_code == 401
    forged = {"authorization": "Bearer dr_000000000000_" + "0" * 64}
    assert server.get("/metrics", None, headers=forged).status_code == 401
    for role in ("clerk", "supervisor", "department"):
        assert server.get("/metrics", role).status_code == 403
    for role in ("admin", "auditor"):
        answer = server.get("/metrics", role)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


def test_several_processes_count_as_one(tmp_path: Path) -> None:
    """Two server processes: whichever answers gives the sum, also of one that was killed."""
    db = tmp_path / "store.sqlite3"
    temporary = Path(tempfile.gettempdir())
    folders = set(temporary.glob("double-random-metrics-*"))
    with Served(db, "--processes", "2", "--workers", "0") as served:
        headers = {"authorization": f"Bearer {served.printed}"}

        def ask(path: str) -> httpx.Response:
            # A connection each, so that both processes get some.
            return httpx.get(f"{served.url}{path}", headers=headers, trust_env=False, timeout=60)

        def count() -> float:
            found = samples(parsed(ask("/metrics").text))
            return of(found, "http_requests_total", route="/healthz", method="GET", status="200")

        for _ in range(40):
            ask("/healthz").raise_for_status()
        assert {count() for _ in range(10)} == {40.0}
        assert served.stop() in STOPPED
    assert set(temporary.glob("double-random-metrics-*")) <= folders
